//! `POST /handoffs/consume`: a phone has the token, and says the number.

use super::entry::{Asks, Entered, Entering, Entry};
use super::{BuiltIn, members};
use crate::evidence::{self, Token, number_commitment};
use crate::exchange::begin::{Begin, HandedOff};
use crate::exchange::request::Request;
use crate::exchange::{Context, Effect, Event, Outcome, State, Step, ask, identify, out_of_order};
use crate::headers::Headers;
use crate::json::{Object, Value};
use crate::orchestrator::{self, Answer, Call, ExternalUserId, Operation, Values};
use crate::policy::{Content, Endpoint, Flow, Leg};
use crate::refusal::{Code, Refusal};

/// A token that is being consumed.
#[derive(Debug)]
pub(in crate::exchange) struct Consume(Expect);

#[derive(Debug)]
enum Expect {
    Entry(Entry),
    Consumed(Box<Presented>),
}

/// What the phone shows.
#[derive(Debug)]
struct Presented {
    entered: Entered,
    token: Token,
    /// The id of the key that sealed it.
    key: String,
    number: String,
}

impl Consume {
    pub(super) fn new(entry: Entry) -> Self {
        Self(Expect::Entry(entry))
    }

    pub(super) fn on(self, event: Event<'_>, context: Context<'_>, outcome: &mut Outcome) -> Step {
        let wait = |expect| State::BuiltIn(Box::new(BuiltIn::Consume(Self(expect))));
        outcome.rule(Flow::CrossPlatform, None);
        match (self.0, event) {
            (Expect::Entry(entry), event) => match entry.on(event, Asks::User, context) {
                Ok(Entering::Hold(entry)) => (wait(Expect::Entry(entry)), Effect::Hold),
                Ok(Entering::Ask(entry, call)) => (wait(Expect::Entry(entry)), Effect::Ask(vec![call])),
                Ok(Entering::Entered(entered)) => match present(entered, context) {
                    Ok((presented, call)) => {
                        (wait(Expect::Consumed(Box::new(presented))), Effect::Ask(vec![call]))
                    }
                    Err(refusal) => refusal.into(),
                },
                Err(refusal) => refusal.into(),
            },
            (Expect::Consumed(presented), Event::Answers(answers)) => {
                let answer = answers.into_iter().next().flatten();
                let begin =
                    consumed(&presented, &answer, context).and_then(|user| begin(*presented, user, context));
                match begin {
                    Ok((request, body, handoff)) => {
                        Begin::handed_off(request, &body, handoff, context, outcome)
                    }
                    Err(refusal) => refusal.into(),
                }
            }
            _ => out_of_order(),
        }
    }
}

fn values(token: &Token) -> Values {
    Values::default().with("handoff_token", token.token.as_str()).with("handoff", token.id.as_str())
}

/// Everything that can be refused without the orchestrator is. The number cannot: who tries one must spend the token.
fn present(entered: Entered, context: Context<'_>) -> Result<(Presented, Call), Refusal> {
    let unknown = |why| Refusal::new(Code::CeremonyUnknown, why);
    let [text, number] = members(&entered.body, ["token", "number"], context)?;
    let party = entered.request.party(context)?;
    let opened = evidence::open(&context.policy.keys.seal, &text).ok_or(unknown("not a token of ours"))?;
    let token = Token::from_payload(&opened.payload).ok_or(unknown("not a token"))?;
    if token.relying_party != party.name {
        return Err(unknown("another relying party's token"));
    }
    if token.expires <= context.now {
        return Err(Refusal::new(Code::CeremonyExpired, "too old"));
    }
    let call = ask::operation(Operation::ConsumeHandoff, values(&token), &entered.request.trace, context)?;
    let key = opened.key.id.clone();
    Ok((Presented { entered, token, key, number }, call))
}

/// The token is spent; was it this phone's to spend?
fn consumed(presented: &Presented, answer: &Answer, context: Context<'_>) -> Result<ExternalUserId, Refusal> {
    let unknown = |why| Refusal::new(Code::CeremonyUnknown, why);
    let Presented { entered, token, key, number } = presented;
    let consumed = orchestrator::consumed(&context.policy.orchestrator, &values(token), answer)
        .map_err(ask::handoff_refused)?;
    let key = context.policy.keys.by_id(key).ok_or(unknown("key gone"))?;
    if number_commitment(key, &token.id, number) != Some(token.number) {
        return Err(unknown("wrong number"));
    }
    let party = entered.request.party(context)?;
    let another = entered
        .user(context)?
        .is_some_and(|user| identify::external(&user, party, context).as_ref() != Some(&consumed.user));
    if another {
        return Err(unknown("the phone is signed in as another user"));
    }
    Ok(consumed.user)
}

/// The relying party's begin, as the phone would ask for it.
fn begin(
    presented: Presented,
    user: ExternalUserId,
    context: Context<'_>,
) -> Result<(Request, Vec<u8>, HandedOff), Refusal> {
    let missing =
        Refusal::new(Code::RelyingPartyUnreadable, "the relying party has no authentication to begin");
    let Presented { entered, token, .. } = presented;
    let party = entered.request.party(context)?;
    let position = party.endpoints.iter().position(|endpoint| endpoint.leg == Leg::AuthenticationBegin);
    let (position, endpoint) =
        position.and_then(|position| Some((position, party.endpoints.get(position)?))).ok_or(missing)?;
    let body = body(endpoint, &user);
    let mut path = endpoint.path.as_str().to_owned();
    for capture in endpoint.path.captures() {
        path = path.replace(&format!("{{{capture}}}"), user.as_str());
    }
    let mut headers = Headers::default();
    headers.push(b":method", endpoint.method.as_bytes());
    headers.push(b":path", path.as_bytes());
    for (name, value) in entered.request.headers.iter() {
        if !matches!(name, b":method" | b":path" | b"content-type" | b"content-length") {
            headers.push(name, value);
        }
    }
    if !body.is_empty() {
        headers.push(b"content-type", endpoint.content.media_type().as_bytes());
    }
    let request = Request { headers, endpoint: position, ..entered.request };
    let Token { id, display, from, rule, issued, .. } = token;
    Ok((request, body, HandedOff { id, user, display, started: issued, from, rule }))
}

/// A POST names the user where the profile says that a request does; else it is empty, in its content type.
fn body(endpoint: &Endpoint, user: &ExternalUserId) -> Vec<u8> {
    if endpoint.method == "GET" {
        return Vec::new();
    }
    let mut document = Value::Object(Object::default());
    let name = endpoint.user.as_ref().and_then(|pointer| {
        let mut tokens = pointer.tokens();
        tokens.next().filter(|_| tokens.next().is_none())
    });
    if let (Some(name), Some(object)) = (name, document.as_object_mut()) {
        object.insert(name, user.as_str().into());
    }
    match endpoint.content {
        Content::Json => document.to_vec(),
        Content::Form => crate::form::write(&document).into_bytes(),
    }
}
