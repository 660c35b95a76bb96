//! The operations as section 8 has them.

use hyper::Response;
use serde_json::{Value, json};

use super::{Call, Operation, State, TOKEN, handoff, recovery, session};
use crate::serving::Payload;

/// Status code and body; `Null` is no body.
pub(super) type Answer = (u16, Value);

pub(super) fn answer(state: &mut State, call: &Call) -> Answer {
    if call.operation == Operation::Token {
        // Too short for a gateway to keep it: every call asks for one of its own.
        return (200, json!({ "access_token": TOKEN, "expires_in": 1 }));
    }
    if call.header("authorization") != format!("Bearer {TOKEN}") {
        return error(401, "unauthorized");
    }
    if call.operation == Operation::Audit {
        state.told.push(call.body.clone());
        return (204, Value::Null);
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
    let answer = act(state, call);
    if call.line.starts_with("POST") {
        state.answered.insert(key, answer.clone());
    }
    answer
}

fn act(state: &mut State, call: &Call) -> Answer {
    let (id, body) = (call.id(), &call.body);
    match call.operation {
        Operation::Open => session::open(state, body),
        Operation::Status => session::status(state, &id),
        Operation::Complete => session::complete(state, &id, body),
        Operation::Cancel => session::cancel(state, &id),
        Operation::OpenCrossPlatform => handoff::open(state, body),
        Operation::ConsumeHandoff => handoff::consume(state, body),
        Operation::OpenCrossPlatformAuthentication => handoff::authenticate(state, &id, body),
        Operation::HandoffStatus => handoff::status(state, &id),
        Operation::CancelHandoff => handoff::cancel(state, &id),
        Operation::OpenRecovery => recovery::open(state, body),
        Operation::ExchangeContinuation => recovery::exchange(state, &id, body),
        Operation::ConsumeElevation => {
            if state.elevations.insert(id) {
                (204, Value::Null)
            } else {
                error(409, "already_consumed")
            }
        }
        Operation::CredentialOwner => {
            state.credentials.get(&id).map_or_else(|| error(404, "not_found"), |found| (200, found.clone()))
        }
        Operation::Audit | Operation::Token | Operation::Unknown => error(404, "not_found"),
    }
}

pub(crate) fn json(status: u16, body: &Value) -> Response<Payload> {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Payload::whole(text))
        .expect("a well-formed answer")
}

pub(super) fn error(status: u16, code: &str) -> Answer {
    (status, json!({ "error": { "code": code } }))
}
