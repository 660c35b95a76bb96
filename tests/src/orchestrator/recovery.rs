//! Recoveries: a check before there is a challenge, and what its client hands back to go on.

use serde_json::{Value, json};

use super::State;
use super::answer::{Answer, error};
use super::session::{Opening, admit, is_user, text};

/// `POST /v1/recoveries`.
pub(super) fn open(state: &mut State, body: &Value) -> Answer {
    let external_user_id = text(body, "external_user_id");
    if !is_user(&external_user_id) {
        return error(400, "invalid_request");
    }
    let opening =
        Opening { flow: "recovery".to_owned(), external_user_id, rp_id: String::new(), challenge: None };
    admit(state, opening).0
}

/// `POST /v1/recoveries/{id}/exchange`.
pub(super) fn exchange(state: &mut State, id: &str, body: &Value) -> Answer {
    let session = state.sessions.get_mut(id).filter(|session| session.flow == "recovery");
    let Some(session) = session else { return error(404, "not_found") };
    if session.continuation.as_deref() != body["continuation"].as_str() {
        return error(403, "continuation_invalid");
    }
    if session.exchanged {
        return error(409, "already_exchanged");
    }
    match session.status.as_str() {
        "matched" => {}
        "pending" => return error(409, "not_ready"),
        "not_matched" => return error(403, "recovery_match_failed"),
        ended => return error(409, ended),
    }
    session.exchanged = true;
    (200, json!({ "status": "exchanged" }))
}
