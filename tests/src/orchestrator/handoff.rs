//! Hand-offs: a session on one device, matched on another.

use serde_json::{Value, json};

use super::State;
use super::answer::{Answer, error};
use super::session::{Opening, admit, cancel as cancel_session, is_user, text};
use crate::encoding::{base64url, random, rfc3339_in};

/// One hand-off.
#[derive(Clone, Debug)]
pub struct Handoff {
    /// `hof_…`.
    pub id: String,
    /// What the phone's side shows, once.
    pub token: String,
    /// Whose it is.
    pub external_user_id: String,
    /// The transaction, as opened; `Null` without one.
    pub transaction: Value,
    /// How far it came by itself: `waiting`, `consumed`, `cancelled` or `expired`.
    pub stage: String,
    /// Its session, which says the rest.
    pub session: Option<String>,
}

/// `POST /v1/handoffs`.
pub(super) fn open(state: &mut State, body: &Value) -> Answer {
    let external_user_id = text(body, "external_user_id");
    if !is_user(&external_user_id) {
        return error(400, "invalid_request");
    }
    let handoff = Handoff {
        id: format!("hof_{}", base64url(random::<12>())),
        token: format!("hft_{}", base64url(random::<12>())),
        external_user_id,
        transaction: body["transaction"].clone(),
        stage: "waiting".to_owned(),
        session: None,
    };
    let answer = json!({ "id": handoff.id, "handoff_token": handoff.token, "expires_at": rfc3339_in(300) });
    state.handoffs.insert(handoff.id.clone(), handoff);
    (201, answer)
}

/// `POST /v1/handoffs/consume`.
pub(super) fn consume(state: &mut State, body: &Value) -> Answer {
    let token = text(body, "handoff_token");
    let Some(handoff) = state.handoffs.values_mut().find(|handoff| handoff.token == token) else {
        return error(404, "not_found");
    };
    match handoff.stage.as_str() {
        "waiting" => {}
        "consumed" => return error(409, "already_consumed"),
        ended => return error(409, ended),
    }
    "consumed".clone_into(&mut handoff.stage);
    (200, json!({ "id": handoff.id, "external_user_id": handoff.external_user_id }))
}

/// `POST /v1/handoffs/{id}/authentication`.
pub(super) fn authenticate(state: &mut State, id: &str, body: &Value) -> Answer {
    let Some(handoff) = state.handoffs.get(id).cloned() else { return error(404, "not_found") };
    match (handoff.stage.as_str(), handoff.session) {
        ("consumed", None) => {}
        ("consumed", Some(_)) => return error(409, "already_opened"),
        ("waiting", _) => return error(409, "not_consumed"),
        (ended, _) => return error(409, ended),
    }
    let challenge = text(body, "challenge");
    if challenge.len() != 43 {
        return error(400, "invalid_request");
    }
    let (answer, session) = admit(
        state,
        Opening {
            flow: "cross_platform".to_owned(),
            external_user_id: handoff.external_user_id,
            rp_id: text(body, "rp_id"),
            challenge: Some(challenge),
        },
    );
    if let Some(handoff) = state.handoffs.get_mut(id) {
        handoff.session = Some(session);
    }
    answer
}

/// `GET /v1/handoffs/{id}`.
pub(super) fn status(state: &State, id: &str) -> Answer {
    let Some(handoff) = state.handoffs.get(id) else { return error(404, "not_found") };
    let session = handoff.session.as_ref().and_then(|id| state.sessions.get(id));
    let status = match (handoff.stage.as_str(), session.map(|session| session.status.as_str())) {
        ("consumed", Some(word @ ("matched" | "not_matched" | "completed" | "expired"))) => word,
        ("consumed", Some("cancelled" | "failed")) => "cancelled",
        (stage, _) => stage,
    };
    let mut answer = json!({ "id": handoff.id, "status": status });
    if let Some(at) = session.and_then(|session| session.completed_at.as_deref()) {
        answer["completed_at"] = at.into();
    }
    (200, answer)
}

/// `POST /v1/handoffs/{id}/cancel`.
pub(super) fn cancel(state: &mut State, id: &str) -> Answer {
    let Some(handoff) = state.handoffs.get_mut(id) else { return error(404, "not_found") };
    let cancelled = (200, json!({ "status": "cancelled" }));
    let Some(session) = handoff.session.clone() else {
        "cancelled".clone_into(&mut handoff.stage);
        return cancelled;
    };
    match cancel_session(state, &session) {
        (200, _) => {
            state
                .handoffs
                .entry(id.to_owned())
                .and_modify(|handoff| "cancelled".clone_into(&mut handoff.stage));
            cancelled
        }
        refused => refused,
    }
}
