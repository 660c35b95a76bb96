//! What the public document of `IDaaS` says about the two calls that we make: `tests/vectors/idaas_facts.json`.
//! Whatever is said on the wire is held against it.

use serde_json::{Map, Value};

use super::Heard;

/// The facts.
pub struct Facts(Value);

impl Default for Facts {
    fn default() -> Self {
        let facts = include_str!("../../vectors/idaas_facts.json");
        Self(serde_json::from_str(facts).expect("the facts are JSON"))
    }
}

impl Facts {
    /// What is wrong with a call and its answer; nothing where both are as the document has them.
    pub fn against(&self, heard: &Heard) -> Vec<String> {
        let Some(operation) = self.operation(&heard.step) else {
            return vec![format!("{} is not in the document", heard.step)];
        };
        let mut wrong = Vec::new();
        self.object(text(&operation["request"]), &heard.json(), "request", Party::Caller, &mut wrong);
        for name in object(&operation["headers"]).keys() {
            if heard.header(name).is_empty() {
                wrong.push(format!("request: no header {name}"));
            }
        }
        if let Some((status, body)) = &heard.said {
            match operation["answers"].get(status.to_string()) {
                Some(schema) => self.object(text(schema), body, "answer", Party::Vendor, &mut wrong),
                None => wrong.push(format!("answer: status {status} is not in the document")),
            }
        }
        wrong
    }

    fn operation(&self, step: &str) -> Option<&Value> {
        let operations = object(&self.0["operations"]);
        operations.values().find(|operation| {
            let path = text(&operation["path"]).replace("{authenticator}", text(&operation["authenticator"]));
            step == format!("{} {path}", text(&operation["method"]))
        })
    }

    fn object(&self, schema: &str, value: &Value, at: &str, party: Party, wrong: &mut Vec<String>) {
        let described = &self.0["schemas"][schema];
        let Some(members) = value.as_object() else { return wrong.push(format!("{at}: no object")) };
        for name in strings(&described["required"]).filter(|name| !members.contains_key(*name)) {
            wrong.push(format!("{at}: no {name}"));
        }
        // What a vendor still tells of old is its own affair; a caller does not rely on it.
        let deprecated =
            |name: &str| party == Party::Caller && strings(&described["deprecated"]).any(|old| old == name);
        for (name, value) in members {
            let at = format!("{at}/{name}");
            match described["members"].get(name) {
                None => wrong.push(format!("{at} is not in the document")),
                Some(_) if deprecated(name) => wrong.push(format!("{at} is deprecated")),
                Some(kind) => self.value(kind, value, &at, party, wrong),
            }
        }
    }

    fn value(&self, kind: &Value, value: &Value, at: &str, party: Party, wrong: &mut Vec<String>) {
        let fits = match kind {
            Value::Array(elements) => match (elements.first(), value.as_array()) {
                (Some(kind), Some(values)) => {
                    return values.iter().for_each(|value| self.value(kind, value, at, party, wrong));
                }
                _ => false,
            },
            Value::Object(kind) => kind["one_of"].as_array().is_some_and(|words| words.contains(value)),
            kind => match text(kind) {
                "string" => value.is_string(),
                "boolean" => value.is_boolean(),
                "integer" => value.is_i64() || value.is_u64(),
                "object" => value.is_object(),
                schema => return self.object(schema, value, at, party, wrong),
            },
        };
        if !fits {
            wrong.push(format!("{at}: {value} is not {kind}"));
        }
    }
}

/// Who says something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Party {
    Caller,
    Vendor,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("the facts have {value} where a text belongs"))
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("the facts have {value} where an object belongs"))
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().map(text)
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderMap;
    use serde_json::{Value, json};

    use super::{Facts, Heard};

    const CHALLENGE: &str = "POST /api/web/v2/authentication/users/authenticate/FACE";
    const COMPLETE: &str = "POST /api/web/v1/authentication/users/authenticate/FACE/complete";

    #[test]
    fn what_is_not_in_the_document_is_found() {
        let asked = json!({ "applicationId": "a", "userId": "ann" });
        let with = |name: &str, value: Value| {
            let mut asked = asked.clone();
            asked[name] = value;
            asked
        };
        let told = |status, body| Some((status, body));
        for (row, step, request, answer, expected) in [
            ("as it is", CHALLENGE, asked.clone(), told(200, json!({ "status": "NO_RESPONSE" })), ""),
            (
                "the version before",
                &CHALLENGE.replace("v2", "v1"),
                asked.clone(),
                None,
                "is not in the document",
            ),
            (
                "another authenticator",
                &CHALLENGE.replace("FACE", "OTP"),
                asked.clone(),
                None,
                "is not in the document",
            ),
            ("no application", CHALLENGE, json!({}), None, "request: no applicationId"),
            ("no object", CHALLENGE, json!([]), None, "request: no object"),
            ("a member nobody knows", CHALLENGE, with("rp_id", json!("x")), None, "request/rp_id is not in"),
            (
                "a deprecated member",
                CHALLENGE,
                with("origin", json!("x")),
                None,
                "request/origin is deprecated",
            ),
            ("a number for a text", CHALLENGE, with("userId", json!(7)), None, "request/userId: 7 is not"),
            ("null", CHALLENGE, with("userId", Value::Null), None, "request/userId: null is not"),
            (
                "a word of its own",
                CHALLENGE,
                with("transactionDetails", json!([{ "detail": "Amount", "usage": ["ALL"] }])),
                None,
                "request/transactionDetails/usage: \"ALL\" is not",
            ),
            ("no token", COMPLETE, asked.clone(), None, "request: no header authorization"),
            (
                "a status nobody documented",
                CHALLENGE,
                asked.clone(),
                told(409, json!({})),
                "answer: status 409",
            ),
            (
                "another word",
                CHALLENGE,
                asked.clone(),
                told(200, json!({ "status": "OK" })),
                "answer/status: \"OK\"",
            ),
            (
                "a member of the challenge's",
                CHALLENGE,
                asked.clone(),
                told(200, json!({ "faceChallenge": { "device": "WATCH" } })),
                "answer/faceChallenge/device: \"WATCH\"",
            ),
            (
                "an error of another kind",
                CHALLENGE,
                asked.clone(),
                told(400, json!({ "error": "x" })),
                "answer/error is",
            ),
        ] {
            let heard = Heard {
                step: step.to_owned(),
                path: String::new(),
                headers: HeaderMap::new(),
                body: request.to_string().into(),
                said: answer,
            };
            let wrong = Facts::default().against(&heard).join("; ");
            assert_eq!(wrong.is_empty(), expected.is_empty(), "{row}: {wrong}");
            assert!(wrong.contains(expected), "{row}: {wrong}");
        }
    }
}
