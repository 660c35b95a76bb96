//! Where in a relying party's API a leg of a ceremony is.

use std::borrow::Cow;

use crate::json::{self, Object, Pointer, Value};
use crate::route::PathTemplate;

use super::{Ceremony, Occasion};

/// One endpoint of a relying party's own WebAuthn API.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// Which part of which ceremony happens here.
    pub leg: Leg,
    /// The one method, in upper case.
    pub method: String,
    /// The path, without a query.
    pub path: PathTemplate,
    /// What the request's body is: that of a finish, and that of a begin where a rule looks into it.
    pub content: Content,
    /// Where the options are in the answer (begin) or the credential in the request (finish).
    pub locator: Locator,
    /// Where the answer, or the request, says who the user is (begin, recovery).
    pub user: Option<Pointer>,
    /// Which answers of the relying party mean that it accepted the credential (finish).
    pub accepted: Accepted,
    /// Whether a credential without `rawId` is let through: the FIDO conformance API leaves it out.
    pub raw_id_optional: bool,
}

/// Half a ceremony.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leg {
    /// Creation options leave the relying party.
    RegistrationBegin,
    /// The attestation comes back.
    RegistrationFinish,
    /// Request options leave the relying party.
    AuthenticationBegin,
    /// The assertion comes back.
    AuthenticationFinish,
    /// The relying party has found out, by its own means, who lost their passkey.
    Recovery,
}

impl Leg {
    /// All of them, in the order of a user's life.
    pub const ALL: [Self; 5] = [
        Self::RegistrationBegin,
        Self::RegistrationFinish,
        Self::AuthenticationBegin,
        Self::AuthenticationFinish,
        Self::Recovery,
    ];

    /// As the configuration and the evidence write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RegistrationBegin => "registration_begin",
            Self::RegistrationFinish => "registration_finish",
            Self::AuthenticationBegin => "authentication_begin",
            Self::AuthenticationFinish => "authentication_finish",
            Self::Recovery => "recovery",
        }
    }

    /// The ceremony it is half of, or leads to.
    pub fn ceremony(self) -> Ceremony {
        match self {
            Self::RegistrationBegin | Self::RegistrationFinish | Self::Recovery => Ceremony::Registration,
            Self::AuthenticationBegin | Self::AuthenticationFinish => Ceremony::Authentication,
        }
    }

    /// What a rule for it is about.
    pub fn occasion(self) -> Occasion {
        match self {
            Self::Recovery => Occasion::Recovery,
            leg => Occasion::Ceremony(leg.ceremony()),
        }
    }

    /// Whether something begins here; if not, the credential comes back.
    pub fn is_begin(self) -> bool {
        matches!(self, Self::RegistrationBegin | Self::AuthenticationBegin | Self::Recovery)
    }
}

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

impl Content {
    /// The media type, without parameters.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }
}

/// A request's body, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// What it was.
    pub content: Content,
    /// What it says; of a form, an object of texts.
    pub value: Value,
}

/// Where a JSON value is in a body.
#[derive(Clone, Debug, PartialEq)]
pub enum Locator {
    /// At this pointer (RFC 6901); the empty one is the whole body.
    Pointer(Pointer),
    /// In the JSON inside the string at `text`, there at `then`.
    Text {
        /// Where the string is.
        text: Pointer,
        /// Where in its JSON the value is.
        then: Pointer,
    },
}

impl Locator {
    /// The pointer into the body itself.
    pub fn outer(&self) -> &Pointer {
        match self {
            Self::Pointer(pointer) | Self::Text { text: pointer, .. } => pointer,
        }
    }

    /// The value in this document; JSON inside a string is read no deeper than `depth`. `None`: it is not there.
    pub fn read<'v>(&self, document: &'v Value, depth: usize) -> Option<Cow<'v, Value>> {
        match self {
            Self::Pointer(pointer) => document.at(pointer).map(Cow::Borrowed),
            Self::Text { .. } => {
                let (inner, then) = self.inner(document, depth)?;
                inner.at(then).cloned().map(Cow::Owned)
            }
        }
    }

    /// The JSON inside the string, and the pointer into it; `None` where there is no such string.
    pub fn inner(&self, document: &Value, depth: usize) -> Option<(Value, &Pointer)> {
        let Self::Text { text, then } = self else { return None };
        let inner = json::parse(document.at(text)?.as_str()?.as_bytes(), depth).ok()?;
        Some((inner, then))
    }

    /// Changes the object in this document in place, inside its string where it is in one. `None`: there is none.
    pub fn edit(&self, document: &mut Value, depth: usize, change: impl FnOnce(&mut Object)) -> Option<()> {
        match self {
            Self::Pointer(pointer) => change(document.at_mut(pointer)?.as_object_mut()?),
            Self::Text { text, then } => {
                let Value::String(text) = document.at_mut(text)? else { return None };
                let mut inner = json::parse(text.as_bytes(), depth).ok()?;
                change(inner.at_mut(then)?.as_object_mut()?);
                text.clear();
                inner.write(text);
            }
        }
        Some(())
    }
}

/// How a relying party says yes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accepted {
    /// The statuses that can mean success; none listed: 200 to 299.
    pub statuses: Vec<u16>,
    /// What the answer's body must say as well, for a relying party that answers 200 to a failure.
    pub body: Option<(Pointer, Value)>,
}

impl Accepted {
    /// Whether this status can mean success.
    pub fn status_fits(&self, status: u16) -> bool {
        if self.statuses.is_empty() { (200..300).contains(&status) } else { self.statuses.contains(&status) }
    }

    /// Whether the answer's body, already parsed, means success. `None`: it could not be parsed.
    pub fn body_fits(&self, body: Option<&Value>) -> bool {
        match &self.body {
            None => true,
            Some((pointer, expected)) => body.and_then(|body| body.at(pointer)) == Some(expected),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_in_place_and_inside_a_string() {
        let pointer = |text| Pointer::parse(text).unwrap();
        let inside = Locator::Text { text: pointer("/o"), then: pointer("/publicKey") };
        for (name, locator, document, expected) in [
            ("the whole", Locator::Pointer(pointer("")), r#"{"a":1}"#, Some(r#"{"a":1,"new":2}"#)),
            (
                "a member",
                Locator::Pointer(pointer("/o")),
                r#"{"o":{"a":1},"b":3}"#,
                Some(r#"{"o":{"a":1,"new":2},"b":3}"#),
            ),
            ("no object", Locator::Pointer(pointer("/o")), r#"{"o":[]}"#, None),
            ("not there", Locator::Pointer(pointer("/x")), r#"{"o":{}}"#, None),
            (
                "inside",
                inside.clone(),
                r#"{"o":"{\"publicKey\":{}}"}"#,
                Some(r#"{"o":"{\"publicKey\":{\"new\":2}}"}"#),
            ),
            ("inside, no string", inside.clone(), r#"{"o":{"publicKey":{}}}"#, None),
            ("inside, no JSON", inside.clone(), r#"{"o":"x"}"#, None),
            ("inside, too deep", inside, r#"{"o":"{\"publicKey\":[[[[[[[[[]]]]]]]]]}"}"#, None),
        ] {
            let mut document = json::parse(document.as_bytes(), 8).unwrap();
            let read = locator.read(&document, 8).is_some_and(|value| value.as_object().is_some());
            let written = locator.edit(&mut document, 8, |object| object.insert("new", Value::from(2)));
            assert_eq!(
                (read, written.map(|()| document.to_vec())),
                (expected.is_some(), expected.map(Into::into)),
                "{name}"
            );
        }
    }

    #[test]
    fn accepted_answers() {
        let any = Accepted::default();
        let verified = Accepted {
            statuses: vec![200],
            body: Some((Pointer::parse("/verified").unwrap(), Value::Bool(true))),
        };
        for (name, accepted, status, body, expected) in [
            ("any success", &any, 204, "", true),
            ("no success", &any, 302, "", false),
            ("status and body", &verified, 200, r#"{"verified":true}"#, true),
            ("another status", &verified, 201, r#"{"verified":true}"#, false),
            ("the body says no", &verified, 200, r#"{"verified":false}"#, false),
            ("another type", &verified, 200, r#"{"verified":"true"}"#, false),
            ("the body says nothing", &verified, 200, "{}", false),
            ("an unreadable body", &verified, 200, "", false),
        ] {
            let body = json::parse(body.as_bytes(), 8).ok();
            assert_eq!(accepted.status_fits(status) && accepted.body_fits(body.as_ref()), expected, "{name}");
        }
    }
}
