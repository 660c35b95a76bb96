//! The options that a relying party sends out: read, and raised to `userVerification: required`.

use crate::encoding::from_base64url;
use crate::json::{Object, Value};
use crate::policy::Ceremony;

/// What we need of creation or request options as JSON (W3C WebAuthn Level 3, sections 5.4 and 5.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The challenge's bytes.
    pub challenge: Vec<u8>,
    /// `rp.id` or `rpId`; absent means the origin's host.
    pub rp_id: Option<String>,
    /// How long the client may take, in milliseconds.
    pub timeout: Option<u64>,
    /// `user.id` of creation options, as it stands there.
    pub user_id: Option<String>,
    /// The ids of `allowCredentials`; empty when the client may choose any.
    pub allow_credentials: Vec<Vec<u8>>,
    /// `userVerification`; in creation options that of `authenticatorSelection`.
    pub user_verification: Option<String>,
}

/// Which member of the options cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable(pub &'static str);

impl Options {
    /// Reads options. A `null` member counts as absent.
    pub fn read(value: &Value, ceremony: Ceremony) -> Result<Self, Unreadable> {
        let options = value.as_object().ok_or(Unreadable("options"))?;
        let challenge = text(options, "challenge")?.ok_or(Unreadable("challenge"))?;
        let challenge = from_base64url(challenge).map_err(|_| Unreadable("challenge"))?;
        if challenge.is_empty() {
            return Err(Unreadable("challenge"));
        }
        // Only a hint for how long evidence lives: what is no whole number is as good as absent.
        let timeout = present(options, "timeout").and_then(Value::as_u64);
        let own = |text: Option<&str>| text.map(str::to_owned);
        let nested = |object: &'static str, member| match present(options, object) {
            None => Ok(None),
            Some(value) => text(value.as_object().ok_or(Unreadable(object))?, member).map(own),
        };
        let (rp_id, user_id, allow_credentials, user_verification) = match ceremony {
            Ceremony::Registration => (
                nested("rp", "id")?,
                nested("user", "id")?,
                Vec::new(),
                nested("authenticatorSelection", "userVerification")?,
            ),
            Ceremony::Authentication => (
                own(text(options, "rpId")?),
                None,
                allow_credentials(options)?,
                own(text(options, "userVerification")?),
            ),
        };
        Ok(Self { challenge, rp_id, timeout, user_id, allow_credentials, user_verification })
    }
}

/// Sets `userVerification` to `required` and changes nothing else.
pub fn raise(options: &mut Object, ceremony: Ceremony) -> Result<(), Unreadable> {
    let holder = match ceremony {
        Ceremony::Authentication => options,
        Ceremony::Registration => {
            if present(options, SELECTION).is_none() {
                options.insert(SELECTION, Value::Object(Object::default()));
            }
            options.get_mut(SELECTION).and_then(Value::as_object_mut).ok_or(Unreadable(SELECTION))?
        }
    };
    holder.insert("userVerification", Value::String("required".to_owned()));
    Ok(())
}

const SELECTION: &str = "authenticatorSelection";

fn allow_credentials(options: &Object) -> Result<Vec<Vec<u8>>, Unreadable> {
    let unreadable = Unreadable("allowCredentials");
    let Some(list) = present(options, "allowCredentials") else { return Ok(Vec::new()) };
    let ids = list.as_array().ok_or(unreadable)?.iter().map(|descriptor| {
        let id = descriptor.get("id").and_then(Value::as_str).ok_or(unreadable)?;
        from_base64url(id).map_err(|_| unreadable)
    });
    ids.collect()
}

fn present<'a>(object: &'a Object, member: &str) -> Option<&'a Value> {
    object.get(member).filter(|value| **value != Value::Null)
}

fn text<'a>(object: &'a Object, member: &'static str) -> Result<Option<&'a str>, Unreadable> {
    present(object, member).map(|value| value.as_str().ok_or(Unreadable(member))).transpose()
}

#[cfg(test)]
mod tests {
    use super::{Options, Unreadable, raise};
    use crate::json::{Value, parse};
    use crate::policy::Ceremony::{Authentication, Registration};

    fn json(text: &str) -> Value {
        parse(text.as_bytes(), 8).unwrap()
    }

    #[test]
    fn reads_request_options() {
        let full = r#"{"challenge":"AAEC","rpId":"a.example","timeout":60000,"userVerification":"preferred",
            "allowCredentials":[{"id":"AQ","type":"public-key"},{"id":"Ag","type":"public-key"}]}"#;
        let read = Options::read(&json(full), Authentication).unwrap();
        assert_eq!(read.challenge, [0, 1, 2]);
        assert_eq!(read.rp_id.as_deref(), Some("a.example"));
        assert_eq!(read.timeout, Some(60000));
        assert_eq!(read.allow_credentials, [[1], [2]]);
        assert_eq!(read.user_verification.as_deref(), Some("preferred"));
        let least = r#"{"challenge":"AAEC","allowCredentials":null,"rpId":null}"#;
        let read = Options::read(&json(least), Authentication).unwrap();
        assert_eq!((read.rp_id, read.timeout, read.allow_credentials), (None, None, vec![]));
    }

    #[test]
    fn reads_creation_options() {
        let full = r#"{"challenge":"AAEC","rp":{"id":"a.example","name":"A"},"user":{"id":"dXNlcg","name":"u"},
            "authenticatorSelection":{"userVerification":"discouraged"},"excludeCredentials":[{"id":"AQ"}]}"#;
        let read = Options::read(&json(full), Registration).unwrap();
        assert_eq!(read.rp_id.as_deref(), Some("a.example"));
        assert_eq!(read.user_id.as_deref(), Some("dXNlcg"));
        assert_eq!(read.user_verification.as_deref(), Some("discouraged"));
        assert!(read.allow_credentials.is_empty());
    }

    #[test]
    fn says_what_it_cannot_read() {
        for (ceremony, text, member) in [
            (Authentication, "[]", "options"),
            (Authentication, "{}", "challenge"),
            (Authentication, r#"{"challenge":null}"#, "challenge"),
            (Authentication, r#"{"challenge":[1]}"#, "challenge"),
            (Authentication, r#"{"challenge":""}"#, "challenge"),
            (Authentication, r#"{"challenge":"AA=="}"#, "challenge"),
            (Authentication, r#"{"challenge":"AAEC","rpId":1}"#, "rpId"),
            (Authentication, r#"{"challenge":"AAEC","allowCredentials":{}}"#, "allowCredentials"),
            (Authentication, r#"{"challenge":"AAEC","allowCredentials":["AQ"]}"#, "allowCredentials"),
            (Authentication, r#"{"challenge":"AAEC","allowCredentials":[{"id":"A"}]}"#, "allowCredentials"),
            (Authentication, r#"{"challenge":"AAEC","userVerification":true}"#, "userVerification"),
            (Registration, r#"{"challenge":"AAEC","rp":"a"}"#, "rp"),
            (Registration, r#"{"challenge":"AAEC","user":{"id":1}}"#, "id"),
            (Registration, r#"{"challenge":"AAEC","authenticatorSelection":1}"#, "authenticatorSelection"),
        ] {
            assert_eq!(Options::read(&json(text), ceremony), Err(Unreadable(member)), "{text}");
        }
    }

    #[test]
    fn raises_user_verification_and_nothing_else() {
        for (ceremony, before, after) in [
            (
                Authentication,
                r#"{"a":1,"challenge":"x"}"#,
                r#"{"a":1,"challenge":"x","userVerification":"required"}"#,
            ),
            (
                Authentication,
                r#"{"userVerification":"preferred","a":1}"#,
                r#"{"userVerification":"required","a":1}"#,
            ),
            (
                Registration,
                r#"{"a":1}"#,
                r#"{"a":1,"authenticatorSelection":{"userVerification":"required"}}"#,
            ),
            (
                Registration,
                r#"{"authenticatorSelection":null}"#,
                r#"{"authenticatorSelection":{"userVerification":"required"}}"#,
            ),
            (
                Registration,
                r#"{"authenticatorSelection":{"userVerification":"discouraged","residentKey":"required"},"a":1.0}"#,
                r#"{"authenticatorSelection":{"userVerification":"required","residentKey":"required"},"a":1.0}"#,
            ),
        ] {
            let mut value = json(before);
            raise(value.as_object_mut().unwrap(), ceremony).unwrap();
            assert_eq!(value.to_vec(), after.as_bytes());
        }
        let mut wrong = json(r#"{"authenticatorSelection":1}"#);
        assert_eq!(
            raise(wrong.as_object_mut().unwrap(), Registration),
            Err(Unreadable("authenticatorSelection"))
        );
    }
}
