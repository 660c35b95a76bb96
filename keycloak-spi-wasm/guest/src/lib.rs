//! Countersign's core behind one function: a document in, a document out.
//!
//! For hosts that run WebAssembly and have their own I/O, such as an identity provider. The module has no imports:
//! what is to be known (keys, policy, time) stands in the document, so a decision can be repeated. Decides nothing
//! that the core does not decide.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    clippy::unreachable,
    clippy::arithmetic_side_effects
)]

pub mod abi;
mod document;
#[cfg(feature = "hostile")]
mod hostile;
mod operation;

use countersign::json::{self, Object, Value};
use countersign::refusal::{Code, Refusal};

/// No larger document is read.
pub const LONGEST: usize = 256 * 1024;

/// Deep enough for an orchestrator's answer inside a document.
const DEPTH: usize = 32;

/// Answers one document: `{"passed": …}`, `{"refusal": {"code": …, "reason": …}}`, or what its operation says.
///
/// The codes are the contract's; the reason is for a log and holds nothing of the document.
pub fn answer(document: &[u8]) -> Vec<u8> {
    #[cfg(feature = "hostile")]
    if let Some(answer) = hostile::answer(document) {
        return answer;
    }
    Value::Object(read(document).unwrap_or_else(|refusal| refused(&refusal))).to_vec()
}

fn read(document: &[u8]) -> Result<Object, Refusal> {
    let malformed = |why| Refusal::new(Code::MalformedRequest, why);
    if document.len() > LONGEST {
        return Err(malformed("document too large"));
    }
    let document = json::parse(document, DEPTH).map_err(|_| malformed("document is not strict JSON"))?;
    operation::perform(document.as_object().ok_or(malformed("document is no object"))?)
}

fn refused(refusal: &Refusal) -> Object {
    let mut about = Object::default();
    about.insert("code", refusal.code.name().into());
    about.insert("reason", refusal.why.into());
    let mut answer = Object::default();
    answer.insert("refusal", Value::Object(about));
    answer
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, answer};

    #[test]
    fn refuses_what_is_no_question() {
        let long = format!("{{\"op\":\"about\",\"x\":\"{}\"}}", "x".repeat(LONGEST));
        let deep = format!("{{\"op\":{}{}}}", "[".repeat(40), "]".repeat(40));
        for (name, document, reason) in [
            ("nothing", "", "document is not strict JSON"),
            ("half an object", r#"{"op":"about""#, "document is not strict JSON"),
            ("two operations", r#"{"op":"about","op":"about"}"#, "document is not strict JSON"),
            ("two documents", r#"{"op":"about"}{}"#, "document is not strict JSON"),
            ("too deep", &deep, "document is not strict JSON"),
            ("too large", &long, "document too large"),
            ("a list", "[]", "document is no object"),
            ("no operation", "{}", "op"),
            ("a number for an operation", r#"{"op":1}"#, "op"),
            ("an unknown operation", r#"{"op":"approve"}"#, "unknown operation"),
            ("an operation in another case", r#"{"op":"About"}"#, "unknown operation"),
            ("an unknown member", r#"{"op":"about","force":true}"#, "unknown member"),
        ] {
            let expected = format!(r#"{{"refusal":{{"code":"malformed_request","reason":"{reason}"}}}}"#);
            assert_eq!(String::from_utf8(answer(document.as_bytes())).unwrap(), expected, "{name}");
        }
    }
}
