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
use crate::policy::{Content, Endpoint, Flow, Leg, RelyingParty};
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

    #[inline(never)]
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
                let begin = consumed(&presented, &answer, context)
                    .and_then(|users| begin(*presented, users, context));
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

/// For whom a hand-off is: as the orchestrator knows them, and as the relying party does.
type Users = (ExternalUserId, String);

/// The token is spent; was it this phone's to spend?
fn consumed(presented: &Presented, answer: &Answer, context: Context<'_>) -> Result<Users, Refusal> {
    let unknown = |why| Refusal::new(Code::CeremonyUnknown, why);
    let Presented { entered, token, key, number } = presented;
    let consumed = orchestrator::consumed(&context.policy.orchestrator, &values(token), answer)
        .map_err(ask::handoff_refused)?;
    let key = context.policy.keys.by_id(key).ok_or(unknown("key gone"))?;
    if number_commitment(key, &token.id, number) != Some(token.number) {
        return Err(unknown("wrong number"));
    }
    let party = entered.request.party(context)?;
    let named = entered.user(context)?.or_else(|| token.user.clone());
    let named = named.unwrap_or_else(|| consumed.user.as_str().to_owned());
    let another = identify::external(&named, party, context).as_ref() != Some(&consumed.user);
    if another {
        return Err(unknown("another user: the phone is signed in as them, or the token names them"));
    }
    Ok((consumed.user, named))
}

/// The relying party's begin, as the phone would ask for it.
fn begin(
    presented: Presented,
    (user, named): Users,
    context: Context<'_>,
) -> Result<(Request, Vec<u8>, HandedOff), Refusal> {
    let missing =
        Refusal::new(Code::RelyingPartyUnreadable, "the relying party has no authentication to begin");
    let Presented { entered, token, .. } = presented;
    let party = entered.request.party(context)?;
    let (position, endpoint) = endpoint(party).ok_or(missing)?;
    let body = body(endpoint, &named);
    let unnamable = Refusal::new(Code::UserUnknown, "the user's id cannot stand in the begin's path");
    let path = endpoint.path.filled(&named).ok_or(unnamable)?;
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

/// The begin that a phone's hand-off asks for.
fn endpoint(party: &RelyingParty) -> Option<(usize, &Endpoint)> {
    party.endpoints.iter().enumerate().find(|(_, endpoint)| endpoint.leg == Leg::AuthenticationBegin)
}

/// Whether that begin has to say for whom it is.
pub(super) fn names_user(party: &RelyingParty) -> bool {
    endpoint(party)
        .is_some_and(|(_, endpoint)| endpoint.path.captures().next().is_some() || member(endpoint).is_some())
}

/// The member of its body that names the user, where the profile says that a request does.
fn member(endpoint: &Endpoint) -> Option<&str> {
    let mut tokens = endpoint.user.as_ref().filter(|_| endpoint.method != "GET")?.tokens();
    tokens.next().filter(|_| tokens.next().is_none())
}

/// A POST names the user, or is empty, in its content type.
fn body(endpoint: &Endpoint, user: &str) -> Vec<u8> {
    if endpoint.method == "GET" {
        return Vec::new();
    }
    let mut document = Object::default();
    if let Some(name) = member(endpoint) {
        document.insert(name, user.into());
    }
    let document = Value::Object(document);
    match endpoint.content {
        Content::Json => document.to_vec(),
        Content::Form => crate::form::write(&document).into_bytes(),
    }
}
