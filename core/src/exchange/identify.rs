//! Who is asking, and in which session of the relying party.

use sha2::{Digest, Sha256};

use super::Context;
use super::request::Request;
use crate::cookies::{self, Change};
use crate::headers::{Headers, Single};
use crate::json::{self, Pointer, Value};
use crate::orchestrator::{Answer, Call, ExternalUserId, Operation, external_user_id};
use crate::policy::{RelyingParty, SessionSource, UserSource};
use crate::refusal::{Code, Refusal};

/// What the relying party said about its session.
#[derive(Clone, Debug, Default)]
pub(super) struct Introspection {
    /// The user id; `None`: nobody is signed in.
    pub(super) user: Option<String>,
    /// The session's stable id, when the session source asks for it.
    pub(super) session: Option<String>,
}

/// The introspection of a relying party that has one.
fn source(party: &RelyingParty) -> Option<(&str, &str, &Pointer)> {
    party.user.iter().find_map(|source| match source {
        UserSource::Introspect { method, path, pointer } => Some((&**method, &**path, pointer)),
        _ => None,
    })
}

/// Whether the session itself is known by introspection only.
pub(super) fn session_needs_introspection(party: &RelyingParty) -> bool {
    matches!(party.session, SessionSource::Introspect(_))
}

/// Asks the relying party who its session belongs to, with the session as the client will hold it once
/// `answer` (to a begin) has arrived.
pub(super) fn introspect(
    request: &Request,
    answer: Option<&Headers>,
    context: Context<'_>,
) -> Result<Call, Refusal> {
    let unknown = |why| Refusal::new(Code::UserUnknown, why);
    let party = request.party(context)?;
    let (method, path, _) = source(party).ok_or(unknown("no introspection"))?;
    let cluster = party.cluster.clone().ok_or(unknown("no cluster to introspect at"))?;
    let mut headers = vec![
        (":method".to_owned(), method.to_owned()),
        (":path".to_owned(), path.to_owned()),
        (":authority".to_owned(), request.headers.text(":authority").unwrap_or_default().to_owned()),
        (":scheme".to_owned(), request.headers.text(":scheme").unwrap_or("http").to_owned()),
        ("accept".to_owned(), "application/json".to_owned()),
    ];
    let cookie = match (&party.session, answer) {
        (SessionSource::Cookie(name), Some(answer)) => match cookies::change(answer, name) {
            Change::Kept => cookies::with(&request.headers, None),
            Change::Set(value) => cookies::with(&request.headers, Some((name, value))),
            Change::Deleted => cookies::with(&request.headers, Some((name, b""))),
        },
        _ => cookies::with(&request.headers, None),
    };
    if !cookie.is_empty() {
        let cookie = String::from_utf8(cookie);
        let unreadable = Refusal::new(Code::MalformedRequest, "cookies are not UTF-8");
        headers.push(("cookie".to_owned(), cookie.map_err(|_| unreadable)?));
    }
    for name in ["authorization", "x-forwarded-proto", "x-forwarded-for", "user-agent"] {
        if let Some(value) = request.headers.text(name) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    if let SessionSource::Header(name) = &party.session
        && let Some(value) = request.headers.text(name).filter(|_| name != "authorization")
    {
        headers.push((name.clone(), value.to_owned()));
    }
    headers.extend(request.trace.headers());
    if matches!(method, "GET" | "HEAD") {
        headers.push(("x-envoy-retry-on".to_owned(), "connect-failure,refused-stream".to_owned()));
        headers.push(("x-envoy-max-retries".to_owned(), "1".to_owned()));
    }
    let timeout_ms = context.policy.orchestrator.timeout_ms;
    Ok(Call {
        operation: Operation::Introspect,
        cluster,
        headers,
        body: None,
        timeout_ms,
        rest: None,
        needs_token: false,
    })
}

/// Reads the answer. Nobody signed in (401, 403, 404, or JSON that names nobody) is an answer; anything
/// else that is not one refuses.
pub(super) fn introspected(
    answer: &Answer,
    party: &RelyingParty,
    context: Context<'_>,
) -> Result<Introspection, Refusal> {
    let unreadable = |why| Refusal::new(Code::RelyingPartyUnreadable, why);
    let answer = answer.as_ref().ok_or(unreadable("introspection failed"))?;
    match answer.headers.status() {
        200..=299 => {}
        401 | 403 | 404 => return Ok(Introspection::default()),
        _ => return Err(unreadable("introspection answered with an error")),
    }
    let body = json::parse(&answer.body, context.policy.limits.json_depth);
    let body = body.map_err(|_| unreadable("introspection is not strict JSON"))?;
    let read = |pointer: &Pointer| match body.at(pointer) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => identifier(value).map(Some).ok_or(unreadable("introspection names no id")),
    };
    let user = match source(party) {
        Some((_, _, pointer)) => read(pointer)?,
        None => None,
    };
    let session = match &party.session {
        SessionSource::Introspect(pointer) => read(pointer)?,
        _ => None,
    };
    Ok(Introspection { user, session })
}

/// Who is asking, by the sources that need no ceremony: the first that answers.
pub(super) fn of_session(
    request: &Request,
    introspection: Option<&Introspection>,
    party: &RelyingParty,
    context: Context<'_>,
) -> Option<String> {
    party.user.iter().find_map(|source| match source {
        UserSource::Introspect { .. } => introspection?.user.clone(),
        source => vouched(request, source, context),
    })
}

/// Who is asking, as far as that is known without a ceremony.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SessionUser {
    /// Introspection tells, and was not asked yet.
    Unasked,
    /// No source of this relying party's names the users of sessions.
    Unnamed,
    /// This one; `None`: nobody is signed in.
    Named(Option<String>),
}

impl SessionUser {
    /// As a fact: `None` while somebody could still be asked.
    #[expect(clippy::option_option, reason = "not asked yet and nobody are two things")]
    pub(super) fn as_fact(&self) -> Option<Option<&str>> {
        (*self != Self::Unasked).then(|| self.name())
    }

    /// The name, where there is one.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Named(user) => user.as_deref(),
            Self::Unasked | Self::Unnamed => None,
        }
    }
}

/// As [`of_session`], and whether introspection has to be asked before a later source may speak.
pub(super) fn session_user(
    request: &Request,
    introspection: Option<&Introspection>,
    party: &RelyingParty,
    context: Context<'_>,
) -> SessionUser {
    let mut found = SessionUser::Unnamed;
    for source in &party.user {
        let user = match (source, introspection) {
            (UserSource::Introspect { .. }, None) => return SessionUser::Unasked,
            (UserSource::Introspect { .. }, Some(introspection)) => introspection.user.clone(),
            (UserSource::Claim { .. } | UserSource::Header(_), _) => vouched(request, source, context),
            (UserSource::Options(_) | UserSource::CredentialOwner, _) => continue,
        };
        if user.is_some() {
            return SessionUser::Named(user);
        }
        found = SessionUser::Named(None);
    }
    found
}

/// The user that an earlier filter vouches for.
pub(super) fn vouched(request: &Request, source: &UserSource, context: Context<'_>) -> Option<String> {
    match source {
        UserSource::Claim { claim, metadata } => context.gateway.verified_claim(metadata, claim),
        UserSource::Header(name) => match request.headers.single(name) {
            Single::One(value) => core::str::from_utf8(value).ok().map(str::to_owned),
            Single::Absent | Single::Repeated => None,
        },
        UserSource::Introspect { .. } | UserSource::Options(_) | UserSource::CredentialOwner => None,
    }
    .filter(|user| !user.is_empty())
}

/// An id as text: a string as it stands, or a whole number.
pub(super) fn identifier(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => number.as_u64().map(|number| number.to_string()),
        _ => None,
    }
}

/// SHA-256 of the session handle as the client holds it once `answer` has arrived; `None`: no session.
pub(super) fn binding(
    request: &Request,
    answer: Option<&Headers>,
    introspection: Option<&Introspection>,
    context: Context<'_>,
) -> Result<Option<[u8; 32]>, Refusal> {
    let repeated = Refusal::new(Code::MalformedRequest, "session repeated");
    let digest = |handle: &[u8]| <[u8; 32]>::from(Sha256::digest(handle));
    Ok(match &request.party(context)?.session {
        SessionSource::Cookie(name) => {
            match answer.map_or(Change::Kept, |answer| cookies::change(answer, name)) {
                Change::Set(value) => Some(digest(value)),
                Change::Deleted => None,
                Change::Kept => match cookies::single(&request.headers, name) {
                    Single::Absent => None,
                    Single::One(value) => Some(digest(value)),
                    Single::Repeated => return Err(repeated),
                },
            }
        }
        SessionSource::Header(name) => match request.headers.single(name) {
            Single::Absent => None,
            Single::One(value) => Some(digest(value)),
            Single::Repeated => return Err(repeated),
        },
        SessionSource::Introspect(_) => {
            introspection.and_then(|found| found.session.as_ref()).map(|handle| digest(handle.as_bytes()))
        }
        SessionSource::Claim { claim, metadata } => {
            context.gateway.verified_claim(metadata, claim).map(|claim| digest(claim.as_bytes()))
        }
    })
}

/// The user as the orchestrator knows them; `None`: not usable.
pub(super) fn external(user: &str, party: &RelyingParty, context: Context<'_>) -> Option<ExternalUserId> {
    external_user_id(&party.rp_id, user, context.policy.keys.surrogate.as_ref())
}
