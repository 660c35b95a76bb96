//! The answers. Whatever is not exactly an answer about what was asked is a [`Fault`].

use super::call::Answer;
use super::identity::{ExternalUserId, unreserved};
use crate::encoding;
use crate::json::{self, Value};
use crate::policy::Flow;
use crate::webauthn::PublicKey;

/// Members nest at most this deep in what the orchestrator says.
const DEPTH: usize = 16;

/// The answer is missing, unreadable or contradicts what was asked; the text goes to the log only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault(pub &'static str);

/// A session that was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// 1 to 128 unreserved characters: it goes into paths and headers.
    pub id: String,
    /// What the client needs for the capture; passed on as it stands.
    pub client: Option<Value>,
}

/// Reads the answer to an open.
pub fn opened(answer: &Answer) -> Result<Opened, Fault> {
    let body = json_body(answer, &[201, 200])?;
    let id = body.get("id").and_then(Value::as_str).filter(|id| is_session_id(id));
    let id = id.ok_or(Fault("no usable session id"))?.to_owned();
    Ok(Opened { id, client: body.get("client").cloned() })
}

/// A session id as we accept it.
fn is_session_id(id: &str) -> bool {
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
    fn read(word: &str) -> Self {
        match word {
            "cancelled" => Self::Cancelled,
            "completed" => Self::Completed,
            "expired" => Self::Expired,
            "matched" => Self::Matched,
            "not_matched" => Self::NotMatched,
            "pending" => Self::Pending,
            _ => Self::Failed,
        }
    }

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
}

/// What the orchestrator says about a session. Whose it is, is for the caller to compare.
#[derive(Clone, Debug)]
pub struct Status {
    /// `external_user_id`
    pub user: ExternalUserId,
    /// How far it is.
    pub verdict: Verdict,
    /// The signed verdict, when there is one.
    pub jws: Option<String>,
}

/// Reads the answer to a status: about this session, this flow, this challenge.
pub fn status(answer: &Answer, session: &str, flow: Flow, challenge: &[u8; 32]) -> Result<Status, Fault> {
    let body = json_body(answer, &[200])?;
    let member = |name| body.get(name).and_then(Value::as_str);
    if member("id") != Some(session) {
        return Err(Fault("status of another session"));
    }
    if member("flow") != Some(flow.name()) {
        return Err(Fault("status of another flow"));
    }
    if member("challenge") != Some(&encoding::to_base64url(challenge)) {
        return Err(Fault("status of another challenge"));
    }
    let user = member("external_user_id").and_then(ExternalUserId::parse);
    let user = user.ok_or(Fault("status without a user"))?;
    let verdict = Verdict::read(member("status").ok_or(Fault("status without a status"))?);
    let jws = match body.get("verdict") {
        None | Some(Value::Null) => None,
        Some(Value::String(jws)) => Some(jws.clone()),
        Some(_) => return Err(Fault("verdict is not a string")),
    };
    Ok(Status { user, verdict, jws })
}

/// How a `complete` ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// Done, now and by us.
    Completed,
    /// 409: somebody was faster.
    AlreadyCompleted,
    /// 409: not a match after all.
    NotMatched,
    /// 409: not finished after all.
    NotReady,
}

/// Reads the answer to a complete.
pub fn completed(answer: &Answer) -> Result<Completion, Fault> {
    let status = answer.as_ref().map_or(0, |exchanged| exchanged.headers.status());
    if status == 409 {
        let body = json_body(answer, &[409])?;
        return match body.get("error").and_then(|error| error.get("code")).and_then(Value::as_str) {
            Some("already_completed") => Ok(Completion::AlreadyCompleted),
            Some("not_matched") => Ok(Completion::NotMatched),
            Some("not_ready") => Ok(Completion::NotReady),
            _ => Err(Fault("complete refused for an unknown reason")),
        };
    }
    let body = json_body(answer, &[200])?;
    if body.get("status").and_then(Value::as_str) == Some("completed") {
        Ok(Completion::Completed)
    } else {
        Err(Fault("complete did not say completed"))
    }
}

/// Reads the answer to a cancel.
pub fn cancelled(answer: &Answer) -> Result<(), Fault> {
    match answer.as_ref().map(|exchanged| exchanged.headers.status()) {
        Some(200) => Ok(()),
        Some(_) => Err(Fault("cancel refused")),
        None => Err(Fault("no answer")),
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
pub fn owner(answer: &Answer) -> Result<Option<Owner>, Fault> {
    if answer.as_ref().is_some_and(|exchanged| exchanged.headers.status() == 404) {
        return Ok(None);
    }
    let body = json_body(answer, &[200])?;
    let user = body.get("external_user_id").and_then(Value::as_str).and_then(ExternalUserId::parse);
    let user = user.ok_or(Fault("credential without an owner"))?;
    let public_key = match binary(&body, "public_key")? {
        Some(bytes) => {
            Some(PublicKey::from_stored(&bytes).map_err(|_| Fault("credential's public key is unreadable"))?)
        }
        None => None,
    };
    Ok(Some(Owner { user, public_key, user_handle: binary(&body, "user_handle")? }))
}

fn binary(body: &Value, name: &str) -> Result<Option<Vec<u8>>, Fault> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            encoding::from_base64url(text).map(Some).map_err(|_| Fault("a binary member is not base64url"))
        }
        Some(_) => Err(Fault("a binary member is not a string")),
    }
}

fn json_body(answer: &Answer, accepted: &[u16]) -> Result<Value, Fault> {
    let exchanged = answer.as_ref().ok_or(Fault("no answer"))?;
    if !accepted.contains(&exchanged.headers.status()) {
        return Err(Fault("unexpected status code"));
    }
    json::parse(&exchanged.body, DEPTH).map_err(|_| Fault("the body is not strict JSON"))
}
