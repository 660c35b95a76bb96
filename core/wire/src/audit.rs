//! The audit stream (`docs/wire.md`): one event for each decision, posted in batches. Nothing personal, nothing secret.

use core::str;

use crate::json::{Object, Value};

/// The trace id of a request's `traceparent` (W3C Trace Context, section 3.2): 32 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceId([u8; 32]);

impl TraceId {
    /// Takes it out of the header; `None` where that is not what the specification allows.
    ///
    /// <https://www.w3.org/TR/trace-context/#traceparent-header-field-values>
    pub fn of(traceparent: &[u8]) -> Option<Self> {
        let mut parts = traceparent.split(|byte| *byte == b'-');
        let (version, trace) = (parts.next()?, parts.next()?);
        let known = version.len() == 2 && is_hex(version) && version != b"ff";
        let id = Self(trace.try_into().ok()?);
        // All zeroes is no id.
        let valid = known && is_hex(trace) && trace.iter().any(|digit| *digit != b'0');
        valid.then_some(id)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Lower-case hexadecimal.
fn is_hex(digits: &[u8]) -> bool {
    digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

/// What was done with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It went on, or was answered, under a rule.
    Allowed,
    /// The relying party said no by itself.
    Declined,
    /// It was refused.
    Refused,
    /// No rule asked anything.
    Routine,
    /// Nothing was done: it, or the rule, is only observed.
    Watched,
}

impl Decision {
    /// Its word in an event.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Declined => "declined",
            Self::Refused => "refused",
            Self::Routine => "routine",
            Self::Watched => "watched",
        }
    }
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Seconds since 1970.
    pub at: u64,
    /// The relying party's name in the configuration; none where the request was for no relying party's host.
    pub relying_party: Option<String>,
    /// The flow, where one was reached.
    pub flow: Option<&'static str>,
    /// The rule that spoke.
    pub rule: Option<String>,
    /// What was done.
    pub decision: Decision,
    /// A refusal's code, or what else came of it.
    pub code: &'static str,
    /// The orchestrator's session, by a pseudonym.
    pub session: Option<String>,
    /// Of the request.
    pub trace: Option<TraceId>,
    /// The `instance` that the client was told with a refusal, without `urn:uuid:`.
    pub instance: Option<String>,
}

impl Event {
    /// The event as it travels, compact JSON. Its number is unique at its source.
    pub fn to_json(&self, sequence: u64) -> Vec<u8> {
        let mut object = Object::default();
        object.insert("sequence", sequence.into());
        object.insert("at", self.at.into());
        let mut put = |name, text: Option<&str>| {
            if let Some(text) = text {
                object.insert(name, text.into());
            }
        };
        put("relying_party", self.relying_party.as_deref());
        put("flow", self.flow);
        put("rule", self.rule.as_deref());
        put("decision", Some(self.decision.name()));
        put("code", Some(self.code));
        put("session", self.session.as_deref());
        put("trace_id", self.trace.as_ref().map(TraceId::as_str));
        put("instance", self.instance.as_deref());
        Value::Object(object).to_vec()
    }
}

/// A batch of events as it is posted. `gap`: how many events before the first of these were lost.
pub fn batch<'a>(source: &str, gap: u64, events: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut body = format!("{{\"source\":\"{source}\",\"gap\":{gap},\"events\":[").into_bytes();
    for (at, event) in events.enumerate() {
        if at > 0 {
            body.push(b',');
        }
        body.extend_from_slice(event);
    }
    body.extend_from_slice(b"]}");
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_is_taken_from_a_traceparent_that_is_one() {
        // The examples of W3C Trace Context, section 3.2.
        const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
        let rows: &[(&str, String, bool)] = &[
            ("as specified", format!("00-{ID}-00f067aa0ba902b7-01"), true),
            ("a later version", format!("cc-{ID}-00f067aa0ba902b7-01-what-the-future-will-be"), true),
            ("version ff", format!("ff-{ID}-00f067aa0ba902b7-01"), false),
            ("capitals", format!("00-{}-00f067aa0ba902b7-01", ID.to_uppercase()), false),
            ("all zeroes", format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)), false),
            ("too short", "00-4bf92f3577b34da6-00f067aa0ba902b7-01".to_owned(), false),
            ("nothing", String::new(), false),
        ];
        for (name, header, valid) in rows {
            let found = TraceId::of(header.as_bytes());
            assert_eq!(found.as_ref().map(TraceId::as_str), valid.then_some(ID), "{name}");
        }
    }

    #[test]
    fn an_event_has_what_is_known_and_nothing_else() {
        let event = Event {
            at: 1_763_800_000,
            relying_party: Some("bank".to_owned()),
            flow: Some("step_up"),
            rule: None,
            decision: Decision::Refused,
            code: "biometric_mismatch",
            session: None,
            trace: None,
            instance: None,
        };
        let text = String::from_utf8(event.to_json(7)).unwrap();
        let expected = "{\"sequence\":7,\"at\":1763800000,\"relying_party\":\"bank\",\"flow\":\"step_up\",\
                        \"decision\":\"refused\",\"code\":\"biometric_mismatch\"}";
        assert_eq!(text, expected);
        let body = batch("s", 2, [text.as_bytes(), text.as_bytes()].into_iter());
        assert_eq!(
            String::from_utf8(body).unwrap(),
            format!("{{\"source\":\"s\",\"gap\":2,\"events\":[{text},{text}]}}")
        );
    }
}
