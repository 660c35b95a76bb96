//! Sessions: one biometric check each, whatever the flow.

use serde_json::{Value, json};

use super::State;
use super::answer::{Answer, error};
use crate::encoding::{base64url, random, rfc3339_in};

/// One biometric check.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// `ses_…`.
    pub id: String,
    /// The flow, as opened.
    pub flow: String,
    /// The user, as opened.
    pub external_user_id: String,
    /// The RP ID, as opened; empty in a recovery.
    pub rp_id: String,
    /// The challenge's hash, as opened; none in a recovery.
    pub challenge: Option<String>,
    /// The status of section 8.
    pub status: String,
    /// The secret in `client`, which only the client may see.
    pub sdk_token: String,
    /// What the client of a recovery hands back to go on with; also in `client`.
    pub continuation: Option<String>,
    /// Whether it was handed back.
    pub exchanged: bool,
    /// When it was completed (RFC 3339).
    pub completed_at: Option<String>,
}

/// Of another flow than the two that are opened directly, too.
pub(super) struct Opening {
    pub(super) flow: String,
    pub(super) external_user_id: String,
    pub(super) rp_id: String,
    pub(super) challenge: Option<String>,
}

/// `POST /v1/sessions`.
pub(super) fn open(state: &mut State, body: &Value) -> Answer {
    let opening = Opening {
        flow: text(body, "flow"),
        external_user_id: text(body, "external_user_id"),
        rp_id: text(body, "rp_id"),
        challenge: Some(text(body, "challenge")),
    };
    let known_flow = ["registration", "step_up"].contains(&opening.flow.as_str());
    if !is_user(&opening.external_user_id) || !known_flow || text(body, "challenge").len() != 43 {
        return error(400, "invalid_request");
    }
    admit(state, opening).0
}

/// The answer, and the session's id.
pub(super) fn admit(state: &mut State, opening: Opening) -> (Answer, String) {
    let session = Session {
        id: format!("ses_{}", base64url(random::<12>())),
        continuation: (opening.flow == "recovery").then(|| format!("cnt_{}", base64url(random::<12>()))),
        flow: opening.flow,
        external_user_id: opening.external_user_id,
        rp_id: opening.rp_id,
        challenge: opening.challenge,
        status: state.verdict_at_once.clone().unwrap_or_else(|| "pending".to_owned()),
        sdk_token: format!("sdk-{}", base64url(random::<12>())),
        ..Session::default()
    };
    let mut client = json!({ "sdkToken": session.sdk_token });
    if let Some(continuation) = &session.continuation {
        client["continuation"] = continuation.as_str().into();
    }
    let answer = json!({
        "id": session.id, "status": session.status, "client": client, "expires_at": rfc3339_in(300),
    });
    let id = session.id.clone();
    state.sessions.insert(id.clone(), session);
    ((201, answer), id)
}

/// `GET /v1/sessions/{id}`.
pub(super) fn status(state: &State, id: &str) -> Answer {
    let Some(session) = state.sessions.get(id) else { return error(404, "not_found") };
    let mut answer = json!({
        "id": session.id,
        "flow": session.flow,
        "external_user_id": session.external_user_id,
        "status": session.status,
    });
    if let Some(challenge) = &session.challenge {
        answer["challenge"] = challenge.as_str().into();
    }
    if let (Some(signer), "matched") = (&state.signer, session.status.as_str()) {
        answer["verdict"] = signer.verdict(session).into();
    }
    (200, answer)
}

/// `POST /v1/sessions/{id}/complete`.
pub(super) fn complete(state: &mut State, id: &str, body: &Value) -> Answer {
    let Some(session) = state.sessions.get_mut(id) else { return error(404, "not_found") };
    match session.status.as_str() {
        "matched" if session.flow == "recovery" && !session.exchanged => return error(409, "not_ready"),
        "matched" => {}
        "completed" => return error(409, "already_completed"),
        "pending" => return error(409, "not_ready"),
        _ => return error(409, "not_matched"),
    }
    let Some(credential_id) = body["credential_id"].as_str() else { return error(400, "invalid_request") };
    "completed".clone_into(&mut session.status);
    session.completed_at = Some(rfc3339_in(0));
    let mut learned = json!({ "external_user_id": session.external_user_id });
    for member in ["public_key", "user_handle"] {
        if body[member].is_string() {
            learned[member] = body[member].clone();
        }
    }
    // Only a new credential is taught; a step-up must not change whose one is.
    if ["registration", "recovery"].contains(&session.flow.as_str()) {
        state.credentials.insert(credential_id.to_owned(), learned);
    }
    (200, json!({ "status": "completed" }))
}

/// `POST /v1/sessions/{id}/cancel`.
pub(super) fn cancel(state: &mut State, id: &str) -> Answer {
    let Some(session) = state.sessions.get_mut(id) else { return error(404, "not_found") };
    if session.status == "completed" {
        return error(409, "already_completed");
    }
    "cancelled".clone_into(&mut session.status);
    (200, json!({ "status": "cancelled" }))
}

pub(super) fn text(body: &Value, member: &str) -> String {
    body[member].as_str().unwrap_or("").to_owned()
}

pub(super) fn is_user(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte))
}
