//! The answers. Whatever is not exactly an answer about what was asked is a [`Fault`].

use super::call::Answer;
use super::identity::{ExternalUserId, unreserved};
use super::operation::Operation;
use super::procedure::{Client, Ended, Member, Procedure, Reading};
use super::template::Values;
use crate::encoding;
use crate::json::{self, Object, Value};
use crate::policy::{Flow, Orchestrator};
use crate::webauthn::PublicKey;

mod handoff;

pub use handoff::{
    Consumed, Handoff, HandoffStatus, OpenedHandoff, consumed, handoff_opened, handoff_status,
};

use Failure::Fault;

/// Members nest at most this deep in what the orchestrator says.
const DEPTH: usize = 16;

/// What may travel in evidence for later calls about a session, in bytes.
const LONGEST_CARRY: usize = 1500;

/// Why an operation gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The orchestrator says no, for one of the reasons that its profile knows.
    Ended(Ended),
    /// The answer is missing, unreadable or contradicts what was asked; the text goes to the log only.
    Fault(&'static str),
}

fn read(
    orchestrator: &Orchestrator,
    operation: Operation,
    values: &Values,
    answer: &Answer,
) -> Result<Value, Failure> {
    let procedure = procedure(orchestrator, operation)?;
    let reading = &procedure.answer;
    let exchanged = answer.as_ref().ok_or(Fault("no answer"))?;
    let status = exchanged.headers.status();
    let accepted = procedure.requests.last().map(|request| request.accepted.as_slice()).unwrap_or_default();
    if !accepted.contains(&status) {
        return Err(reading.ended(status, &exchanged.body));
    }
    if reading.is_empty() {
        return Ok(Value::Null);
    }
    let body = json_body(answer, accepted)?;
    match reading.same.iter().find(|same| !same.holds(&body, values)) {
        None => Ok(body),
        // What the client says may be wrong without anybody's being at fault upstream.
        Some(same) if same.is_what_the_client_says() => Err(Failure::Ended(Ended::Unknown)),
        Some(_) => Err(Fault("an answer about something else")),
    }
}

fn procedure(orchestrator: &Orchestrator, operation: Operation) -> Result<&Procedure, Failure> {
    orchestrator.procedure(operation).ok_or(Fault("the profile has no such operation"))
}

impl Reading {
    /// Whether nothing of the answer but its status counts.
    fn is_empty(&self) -> bool {
        self.members.is_empty() && self.same.is_empty() && self.client == Client::Nothing
    }

    fn ended(&self, status: u16, body: &[u8]) -> Failure {
        let by_status = self.statuses.iter().find(|(known, _)| *known == status).map(|(_, ended)| *ended);
        let by_code = self.code.as_ref().filter(|_| (400..500).contains(&status)).and_then(|pointer| {
            let body = json::parse(body, DEPTH).ok()?;
            let code = body.at(pointer)?.as_str()?;
            self.codes.iter().find(|(known, _)| known == code).map(|(_, ended)| *ended)
        });
        by_code.or(by_status).map_or(Fault("unexpected status code"), Failure::Ended)
    }

    fn at<'v>(&self, member: Member, body: &'v Value) -> Option<&'v Value> {
        let (_, pointer) = self.members.iter().find(|(known, _)| *known == member)?;
        body.at(pointer).filter(|value| **value != Value::Null)
    }

    /// A text that may be absent; anything else in its place is a fault.
    fn text(&self, member: Member, body: &Value) -> Result<Option<String>, Failure> {
        match self.at(member, body) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Fault("a member is not a string")),
        }
    }

    fn binary(&self, member: Member, body: &Value) -> Result<Option<Vec<u8>>, Failure> {
        let text = self.text(member, body)?;
        text.map(|text| {
            encoding::from_base64url(&text).map_err(|_| Fault("a binary member is not base64url"))
        })
        .transpose()
    }

    fn user(&self, body: &Value) -> Result<ExternalUserId, Failure> {
        let user = self.text(Member::ExternalUserId, body)?;
        user.and_then(|user| ExternalUserId::parse(&user)).ok_or(Fault("an answer without a user"))
    }

    fn client(&self, body: &Value) -> Option<Value> {
        match &self.client {
            Client::Nothing => None,
            Client::Whole(pointer) => body.at(pointer).cloned(),
            Client::Parts(parts) => {
                let mut client = Object::default();
                for (name, pointer) in parts {
                    if let Some(value) = body.at(pointer).filter(|value| **value != Value::Null) {
                        client.insert(name, value.clone());
                    }
                }
                Some(Value::Object(client))
            }
        }
    }

    fn word<'w>(&'w self, word: &str) -> Option<&'w str> {
        self.words.iter().find(|(theirs, _)| theirs == word).map(|(_, ours)| ours.as_str())
    }
}

/// A session that was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The session.
    pub session: SessionId,
    /// What the client needs for the capture; passed on as it stands.
    pub client: Option<Value>,
}

/// A session as evidence keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionId {
    /// 1 to 128 unreserved characters: it goes into paths and headers.
    pub id: String,
    /// What later calls need beside it.
    pub carry: Option<String>,
}

impl SessionId {
    /// The values that name it.
    pub fn values(&self) -> Values {
        Values::default().with("session", self.id.as_str()).with_some("carry", self.carry.as_deref())
    }

    /// What a question about it says, and its answer must say again.
    pub fn about(&self, flow: Flow, challenge: &[u8; 32]) -> Values {
        // A recovery is opened before there is a challenge.
        let challenge = (flow != Flow::Recovery).then(|| encoding::to_base64url(challenge));
        self.values().with("flow", flow.name()).with_some("challenge", challenge)
    }
}

/// Reads the answer to an open.
pub fn opened(orchestrator: &Orchestrator, operation: Operation, answer: &Answer) -> Result<Opened, Failure> {
    let reading = &procedure(orchestrator, operation)?.answer;
    let body = read(orchestrator, operation, &Values::default(), answer)?;
    let id =
        reading.text(Member::Session, &body)?.filter(|id| is_id(id)).ok_or(Fault("no usable session id"))?;
    let carry = reading.text(Member::Carry, &body)?;
    if carry.as_ref().is_some_and(|carry| carry.len() > LONGEST_CARRY) {
        return Err(Fault("what later calls need would not fit a cookie"));
    }
    Ok(Opened { session: SessionId { id, carry }, client: reading.client(&body) })
}

/// An id as we accept it.
pub(crate) fn is_id(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.bytes().all(unreserved) && id != "." && id != ".."
}

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Cancelled.
    Cancelled,
    /// Used up.
    Completed,
    /// Too late.
    Expired,
    /// Error, abandoned, review, or a word we do not know.
    Failed,
    /// The enrolled person.
    Matched,
    /// Somebody else.
    NotMatched,
    /// Not finished.
    Pending,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Cancelled,
        Self::Completed,
        Self::Expired,
        Self::Failed,
        Self::Matched,
        Self::NotMatched,
        Self::Pending,
    ];

    /// The word of the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Matched => "matched",
            Self::NotMatched => "not_matched",
            Self::Pending => "pending",
        }
    }

    fn of(word: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|verdict| Some(verdict.name()) == word).unwrap_or(Self::Failed)
    }
}

/// What a status call says why there is no session to speak of.
impl From<Ended> for Verdict {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Cancelled => Self::Cancelled,
            Ended::Expired => Self::Expired,
            Ended::Failed | Ended::Unknown => Self::Failed,
            Ended::NotMatched => Self::NotMatched,
            Ended::NotReady => Self::Pending,
            Ended::Replayed => Self::Completed,
        }
    }
}

/// What the orchestrator says about a session. Whose it is, is for the caller to compare.
#[derive(Clone, Debug)]
pub struct Status {
    /// `external_user_id`; `None` only where the verdict is no match.
    pub user: Option<ExternalUserId>,
    /// How far it is.
    pub verdict: Verdict,
    /// The signed verdict, when there is one.
    pub jws: Option<String>,
}

/// Reads the answer to a status. `values` are those that it was asked with: about this session, this flow, this
/// challenge.
pub fn status(orchestrator: &Orchestrator, values: &Values, answer: &Answer) -> Result<Status, Failure> {
    let reading = &procedure(orchestrator, Operation::Status)?.answer;
    let body = match read(orchestrator, Operation::Status, values, answer) {
        Err(Failure::Ended(ended)) => return Ok(Status { user: None, verdict: ended.into(), jws: None }),
        body => body?,
    };
    let word = reading.at(Member::Status, &body).ok_or(Fault("status without a status"))?;
    let word = match word {
        // A flag is a word only where the profile has it as one.
        Value::Bool(true) if reading.word("true").is_some() => "true",
        Value::Bool(false) if reading.word("false").is_some() => "false",
        word => word.as_str().ok_or(Fault("a member is not a string"))?,
    };
    let mut verdict = Verdict::of(reading.word(word));
    let flow = values.get("flow").and_then(Value::as_str);
    let needed = reading.needs.iter().find(|(known, _)| Some(known.as_str()) == flow);
    let lacks = needed.is_some_and(|(_, pointer)| body.at(pointer).is_none_or(is_blank));
    if verdict == Verdict::Matched && (lacks || !reading.proof.iter().all(|same| same.holds(&body, values))) {
        verdict = Verdict::Failed;
    }
    let user = match verdict {
        Verdict::Matched => Some(reading.user(&body)?),
        _ => reading.user(&body).ok(),
    };
    Ok(Status { user, verdict, jws: reading.text(Member::Verdict, &body)? })
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Reads an answer of which only counts whether it was done. Where a profile says so by a status, `matched` is done.
pub fn done(
    orchestrator: &Orchestrator,
    operation: Operation,
    values: &Values,
    answer: &Answer,
) -> Result<(), Failure> {
    let body = read(orchestrator, operation, values, answer)?;
    let reading = &procedure(orchestrator, operation)?.answer;
    let Some(word) = reading.text(Member::Status, &body)? else { return Ok(()) };
    match Verdict::of(reading.word(&word)) {
        Verdict::Matched => Ok(()),
        Verdict::Cancelled => Err(Failure::Ended(Ended::Cancelled)),
        Verdict::Completed => Err(Failure::Ended(Ended::Replayed)),
        Verdict::Expired => Err(Failure::Ended(Ended::Expired)),
        Verdict::Failed => Err(Failure::Ended(Ended::Failed)),
        Verdict::NotMatched => Err(Failure::Ended(Ended::NotMatched)),
        Verdict::Pending => Err(Failure::Ended(Ended::NotReady)),
    }
}

/// What the orchestrator knows of a credential.
#[derive(Clone, Debug)]
pub struct Owner {
    /// Whose it is.
    pub user: ExternalUserId,
    /// The key that registration taught it.
    pub public_key: Option<PublicKey>,
    /// The user handle that registration taught it.
    pub user_handle: Option<Vec<u8>>,
}

/// Reads the answer to a credential owner; `None`: the orchestrator does not know the credential.
pub fn owner(orchestrator: &Orchestrator, answer: &Answer) -> Result<Option<Owner>, Failure> {
    let operation = Operation::CredentialOwner;
    let reading = &procedure(orchestrator, operation)?.answer;
    let body = match read(orchestrator, operation, &Values::default(), answer) {
        Err(Failure::Ended(Ended::Unknown)) => return Ok(None),
        body => body?,
    };
    let public_key = match reading.binary(Member::PublicKey, &body)? {
        Some(bytes) => {
            Some(PublicKey::from_stored(&bytes).map_err(|_| Fault("credential's public key is unreadable"))?)
        }
        None => None,
    };
    let user_handle = reading.binary(Member::UserHandle, &body)?;
    Ok(Some(Owner { user: reading.user(&body)?, public_key, user_handle }))
}

pub(super) fn json_body(answer: &Answer, accepted: &[u16]) -> Result<Value, Failure> {
    let exchanged = answer.as_ref().ok_or(Fault("no answer"))?;
    if !accepted.contains(&exchanged.headers.status()) {
        return Err(Fault("unexpected status code"));
    }
    json::parse(&exchanged.body, DEPTH).map_err(|_| Fault("the body is not strict JSON"))
}
