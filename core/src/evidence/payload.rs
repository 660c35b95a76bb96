//! Members of a payload, read as we write them.

use crate::encoding;
use crate::json::{Object, Value};
use crate::policy::Transaction;
use crate::time::UnixTime;

/// A payload being written.
#[derive(Debug)]
pub(super) struct Payload(Object);

impl Payload {
    /// Of this type `t`.
    pub(super) fn of(kind: &str) -> Self {
        let mut object = Object::default();
        object.insert("t", kind.into());
        Self(object)
    }

    pub(super) fn put(&mut self, name: &str, value: Value) {
        self.0.insert(name, value);
    }

    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.put(name, text.into());
    }

    pub(super) fn binary(&mut self, name: &str, bytes: &[u8]) {
        self.put(name, binary(bytes));
    }

    pub(super) fn text_if(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// A transaction: `th` its hash, `tp` its place.
    pub(super) fn transaction(&mut self, transaction: Option<&Transaction>) {
        if let Some(Transaction { hash, place }) = transaction {
            self.binary("th", hash);
            self.binary("tp", place);
        }
    }

    pub(super) fn lives(mut self, issued: UnixTime, expires: UnixTime) -> Value {
        self.put("iat", issued.0.into());
        self.put("exp", expires.0.into());
        Value::Object(self.0)
    }
}

/// Whether a payload is of this type.
pub(super) fn is(payload: &Value, kind: &str) -> bool {
    payload.get("t").and_then(Value::as_str) == Some(kind)
}

pub(super) fn binary(bytes: &[u8]) -> Value {
    Value::String(encoding::to_base64url(bytes))
}

pub(super) fn text(payload: &Value, name: &str) -> Option<String> {
    payload.get(name)?.as_str().map(str::to_owned)
}

pub(super) fn time(payload: &Value, name: &str) -> Option<UnixTime> {
    payload.get(name)?.as_u64().map(UnixTime)
}

pub(super) fn array<const N: usize>(value: &Value) -> Option<[u8; N]> {
    encoding::from_base64url(value.as_str()?).ok()?.try_into().ok()
}

/// As [`Payload::transaction`] writes it; half of one cannot be read.
#[expect(clippy::option_option, reason = "as `optional`")]
pub(super) fn transaction(payload: &Value) -> Option<Option<Transaction>> {
    match (optional(payload, "th", array)?, optional(payload, "tp", array)?) {
        (None, None) => Some(None),
        (Some(hash), Some(place)) => Some(Some(Transaction { hash, place })),
        _ => None,
    }
}

/// An absent member is `Some(None)`; one that cannot be read is `None`.
#[expect(clippy::option_option, reason = "absent and unreadable are two things; only the second refuses")]
pub(super) fn optional<T>(
    payload: &Value,
    name: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Option<Option<T>> {
    match payload.get(name) {
        None => Some(None),
        Some(member) => read(member).map(Some),
    }
}

/// As [`optional`], for a text.
#[expect(clippy::option_option, reason = "as `optional`")]
pub(super) fn optional_text(payload: &Value, name: &str) -> Option<Option<String>> {
    optional(payload, name, |member| member.as_str().map(str::to_owned))
}
