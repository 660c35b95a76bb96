//! The operations as section 8 has them.

use hyper::Response;
use serde_json::{Value, json};

use super::{Call, Operation, Session, State, TOKEN};
use crate::encoding::{base64url, random, rfc3339_in};
use crate::serving::Payload;

pub(super) fn answer(state: &mut State, call: &Call) -> (u16, Value) {
    if call.header("authorization") != format!("Bearer {TOKEN}") {
        return error(401, "unauthorized");
    }
    let key = call.header("idempotency-key").to_owned();
    if call.line.starts_with("POST") {
        if key.is_empty() {
            return error(400, "idempotency_key_missing");
        }
        if let Some(answered) = state.answered.get(&key) {
            return answered.clone();
        }
    }
    let id = call.line.split('/').nth(3).unwrap_or("").split('?').next().unwrap_or("").to_owned();
    let answer = match call.operation {
        Operation::Open => open(state, &call.body),
        Operation::Status => status(state, &id),
        Operation::Complete => complete(state, &id, &call.body),
        Operation::Cancel => cancel(state, &id),
        Operation::CredentialOwner => {
            state.credentials.get(&id).map_or_else(|| error(404, "not_found"), |found| (200, found.clone()))
        }
        Operation::Unknown => error(404, "not_found"),
    };
    if call.line.starts_with("POST") {
        state.answered.insert(key, answer.clone());
    }
    answer
}

pub(super) fn json(status: u16, body: &Value) -> Response<Payload> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Payload::whole(body.to_string()))
        .expect("a well-formed answer")
}

fn open(state: &mut State, body: &Value) -> (u16, Value) {
    let text = |member: &str| body[member].as_str().unwrap_or("").to_owned();
    let user = text("external_user_id");
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte);
    let known_flow = ["registration", "step_up"].contains(&text("flow").as_str());
    if user.is_empty() || !user.bytes().all(allowed) || !known_flow || text("challenge").len() != 43 {
        return error(400, "invalid_request");
    }
    let session = Session {
        id: format!("ses_{}", base64url(random::<12>())),
        flow: text("flow"),
        external_user_id: user,
        rp_id: text("rp_id"),
        challenge: text("challenge"),
        status: state.verdict_at_once.clone().unwrap_or_else(|| "pending".to_owned()),
        sdk_token: format!("sdk-{}", base64url(random::<12>())),
    };
    let answer = json!({
        "id": session.id,
        "status": session.status,
        "client": { "sdkToken": session.sdk_token },
        "expires_at": rfc3339_in(300),
    });
    state.sessions.insert(session.id.clone(), session);
    (201, answer)
}

fn status(state: &State, id: &str) -> (u16, Value) {
    let Some(session) = state.sessions.get(id) else { return error(404, "not_found") };
    let mut answer = json!({
        "id": session.id,
        "flow": session.flow,
        "external_user_id": session.external_user_id,
        "challenge": session.challenge,
        "status": session.status,
    });
    if let (Some(signer), "matched") = (&state.signer, session.status.as_str()) {
        answer["verdict"] = signer.verdict(session).into();
    }
    (200, answer)
}

fn complete(state: &mut State, id: &str, body: &Value) -> (u16, Value) {
    let Some(session) = state.sessions.get_mut(id) else { return error(404, "not_found") };
    match session.status.as_str() {
        "matched" => {}
        "completed" => return error(409, "already_completed"),
        "pending" => return error(409, "not_ready"),
        _ => return error(409, "not_matched"),
    }
    let Some(credential_id) = body["credential_id"].as_str() else { return error(400, "invalid_request") };
    "completed".clone_into(&mut session.status);
    let mut learned = json!({ "external_user_id": session.external_user_id });
    for member in ["public_key", "user_handle"] {
        if body[member].is_string() {
            learned[member] = body[member].clone();
        }
    }
    // Only a registration teaches it a credential; a step-up must not change whose it is.
    if session.flow == "registration" {
        state.credentials.insert(credential_id.to_owned(), learned);
    }
    (200, json!({ "status": "completed" }))
}

fn cancel(state: &mut State, id: &str) -> (u16, Value) {
    let Some(session) = state.sessions.get_mut(id) else { return error(404, "not_found") };
    "cancelled".clone_into(&mut session.status);
    (200, json!({ "status": "cancelled" }))
}

fn error(status: u16, code: &str) -> (u16, Value) {
    (status, json!({ "error": { "code": code } }))
}
