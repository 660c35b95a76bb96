//! `POST /handoffs`: an identified session asks for a phone.

use super::entry::{Asks, Entered, Entering, Entry};
use super::{BuiltIn, consume, json, members};
use crate::evidence::{self, Carried, Handoff, RuleReference, Token, commit, number_commitment};
use crate::exchange::ask::ShownTransaction;
use crate::exchange::{
    Context, Effect, Event, Outcome, Reply, State, Step, ask, elevate, identify, out_of_order,
};
use crate::json::{Object, Value};
use crate::orchestrator::{self, Answer, Call, ExternalUserId, OpenedHandoff, Operation, Values};
use crate::policy::Flow;
use crate::refusal::{Code, Refusal};

/// A hand-off lives at most so long, in seconds (contract section 4).
pub(super) const LONGEST: u64 = 300;

/// A hand-off that is being opened.
#[derive(Debug)]
pub(in crate::exchange) struct Open(Expect);

#[derive(Debug)]
enum Expect {
    Entry(Entry),
    Opened(Box<Asked>),
    Pushed(Reply),
}

/// Who asked.
#[derive(Debug)]
struct Asked {
    entered: Entered,
    user: ExternalUserId,
    /// As the relying party names them, where the phone's begin has to and the orchestrator does not know.
    named: Option<String>,
    binding: [u8; 32],
    /// The rule of the refused action, if one came along.
    rule: Option<RuleReference>,
    shown: Option<ShownTransaction>,
}

impl Open {
    pub(super) fn new(entry: Entry) -> Self {
        Self(Expect::Entry(entry))
    }

    #[inline(never)]
    pub(super) fn on(self, event: Event<'_>, context: Context<'_>, outcome: &mut Outcome) -> Step {
        let wait = |expect| State::BuiltIn(Box::new(BuiltIn::Open(Self(expect))));
        outcome.rule(Flow::CrossPlatform, None);
        match (self.0, event) {
            (Expect::Entry(entry), event) => match entry.on(event, Asks::User, context) {
                Ok(Entering::Hold(entry)) => (wait(Expect::Entry(entry)), Effect::Hold),
                Ok(Entering::Ask(entry, call)) => (wait(Expect::Entry(entry)), Effect::Ask(vec![call])),
                Ok(Entering::Entered(entered)) => match asked(entered, context) {
                    Ok((asked, call)) => (wait(Expect::Opened(Box::new(asked))), Effect::Ask(vec![call])),
                    Err(refusal) => refusal.into(),
                },
                Err(refusal) => refusal.into(),
            },
            (Expect::Opened(asked), Event::Answers(answers)) => {
                let answer = answers.into_iter().next().flatten();
                match opened(&asked, &answer, context) {
                    Ok((reply, Some(call))) => (wait(Expect::Pushed(reply)), Effect::Ask(vec![call])),
                    Ok((reply, None)) => done(reply, outcome),
                    Err(refusal) => refusal.into(),
                }
            }
            // QR code and deep link work without it; the callout's counter says how it went.
            (Expect::Pushed(reply), Event::Answers(_)) => done(reply, outcome),
            _ => out_of_order(),
        }
    }
}

fn done(reply: Reply, outcome: &mut Outcome) -> Step {
    outcome.note("offered");
    (State::Done, Effect::Reply(reply))
}

fn asked(entered: Entered, context: Context<'_>) -> Result<(Asked, Call), Refusal> {
    let [] = members(&entered.body, [], context)?;
    let unknown = |why| Refusal::new(Code::UserUnknown, why);
    let party = entered.request.party(context)?;
    let user = entered.user(context)?.ok_or(unknown("nobody is signed in"))?;
    let named = user;
    let user = identify::external(&named, party, context).ok_or(unknown("user id outside the alphabet"))?;
    let named = Some(named).filter(|named| named != user.as_str() && consume::names_user(party));
    let binding = entered.binding(context)?.ok_or(unknown("no session"))?;
    let wanted = elevate::asked(&entered.request, entered.introspection.as_ref(), context)?;
    let rule = wanted.as_ref().map(|(asked, _)| asked.rule.clone());
    let shown = wanted.and_then(|(asked, _)| {
        let (transaction, display) = asked.transaction.zip(asked.display)?;
        Some(ShownTransaction { transaction, display })
    });
    let values = Values::default().with("external_user_id", user.as_str());
    let values = ShownTransaction::add_to(shown.as_ref(), values);
    let call = ask::operation(Operation::OpenCrossPlatform, values, &entered.request.trace, context)?;
    Ok((Asked { entered, user, named, binding, rule, shown }, call))
}

fn opened(asked: &Asked, answer: &Answer, context: Context<'_>) -> Result<(Reply, Option<Call>), Refusal> {
    let unsealed = |why| Refusal::new(Code::OrchestratorUnavailable, why);
    let request = &asked.entered.request;
    let party = request.party(context)?;
    let opened = orchestrator::handoff_opened(&context.policy.orchestrator, answer).map_err(ask::unopened)?;
    let key = context.policy.keys.sealing();
    let ends = context.now.plus(LONGEST);
    let expires = opened.expires.map_or(ends, |expires| expires.min(ends));
    let number = number(context).ok_or(unsealed("no randomness for a number"))?;
    let OpenedHandoff { id, token, .. } = opened;
    let handoff = Handoff {
        relying_party: party.name.clone(),
        id: id.clone(),
        binding: asked.binding,
        user: commit(key, &party.name, asked.user.as_str()).ok_or(unsealed("no commitment"))?,
        rule: asked.rule.clone(),
        transaction: asked.shown.as_ref().map(|shown| shown.transaction),
        issued: context.now,
        expires,
    };
    let display = asked.shown.as_ref().map(|shown| shown.display.clone());
    let token = Token {
        relying_party: party.name.clone(),
        id: id.clone(),
        token,
        number: number_commitment(key, &id, &number).ok_or(unsealed("no commitment"))?,
        display: display.clone(),
        user: asked.named.clone(),
        from: context.gateway.client_address(),
        rule: asked.rule.clone(),
        issued: context.now,
        expires,
    };
    let sealed = handoff.seal(key).ok_or(unsealed("evidence would not fit a cookie"))?;
    let token = token.seal(key).ok_or(unsealed("token would not fit a QR code"))?;
    let values = Values::default()
        .with("token", token.as_str())
        .with("handoff", id.as_str())
        .with("external_user_id", asked.user.as_str());
    let handoffs = context.policy.handoff.as_ref();
    let deep_link = handoffs.and_then(|handoffs| handoffs.deep_link.as_ref()?.fill(&values));
    let mut body = Object::default();
    body.insert("id", id.as_str().into());
    body.insert("token", token.as_str().into());
    if let Some(link) = &deep_link {
        body.insert("deepLink", link.as_str().into());
    }
    body.insert("qr", Value::from(deep_link.as_deref().unwrap_or(&token)));
    body.insert("number", number.into());
    body.insert("expiresAt", expires.to_string().into());
    body.insert("status", format!("{}/handoffs/{id}", context.policy.prefix).into());
    body.insert("evidence", sealed.as_str().into());
    let mut headers = evidence::supersede(&request.headers, &id);
    headers.extend(evidence::deliver(Carried::Handoff(&id), &sealed, expires.since(context.now)));
    let reply = json(201, body, headers);
    let values = values.with_some("deep_link", deep_link).with_some("display", display);
    let push = handoffs.and_then(|handoffs| handoffs.push.as_ref());
    let call = push.and_then(|push| orchestrator::push(push, &request.trace, &values).ok());
    Ok((reply, call))
}

/// Two digits that only the person at this screen sees.
fn number(context: Context<'_>) -> Option<String> {
    let random = u128::from_be_bytes(context.gateway.random()?);
    Some(format!("{:02}", random.rem_euclid(100)))
}
