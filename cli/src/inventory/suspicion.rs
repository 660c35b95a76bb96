//! Why a route may mint a session or a credential. Names are all there is to go by, and whether it sets a cookie.

use countersign::json::{Object, Value};

use super::Route;

/// What such a route's name has a word that begins with.
const BEGINNINGS: [&str; 22] = [
    "login",
    "logon",
    "signin",
    "signup",
    "session",
    "token",
    "oauth",
    "authenticat",
    "authoriz",
    "webauthn",
    "passkey",
    "credential",
    "regist",
    "enrol",
    "recover",
    "password",
    "passwd",
    "reset",
    "verif",
    "assertion",
    "attestation",
    "impersonat",
];

/// The same, as a whole word.
const WORDS: [&str; 9] = ["otp", "totp", "mfa", "2fa", "sso", "saml", "oidc", "fido", "magic"];

/// Two words that are one.
const PAIRS: [(&str, &str); 3] = [("sign", "in"), ("sign", "up"), ("log", "in")];

/// The reasons; none: it is not suspicious.
pub(super) fn of(route: &Route<'_>) -> Vec<String> {
    if route.method == "DELETE" {
        return Vec::new();
    }
    let operation = route.operation;
    let mut reasons = Vec::new();
    if sets_cookie(operation) {
        reasons.push("it sets a cookie".to_owned());
    }
    // Whatever is only read mints nothing, but where it sets a cookie.
    if route.method == "GET" && reasons.is_empty() {
        return reasons;
    }
    let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
    let tags =
        operation.get("tags").and_then(Value::as_array).unwrap_or_default().iter().filter_map(Value::as_str);
    let texts =
        [("path", route.path.as_str()), ("operationId", id)].into_iter().chain(tags.map(|tag| ("tag", tag)));
    for (place, text) in texts {
        if let Some(word) = suspicious_word(text) {
            reasons.push(format!("{place} says `{word}`"));
        }
    }
    reasons
}

/// Whether an answer has the header.
fn sets_cookie(operation: &Value) -> bool {
    let responses = operation.get("responses").and_then(Value::as_object);
    let mut headers = responses.into_iter().flat_map(Object::iter).filter_map(|(_, one)| one.get("headers"));
    headers.any(|headers| {
        headers
            .as_object()
            .is_some_and(|all| all.iter().any(|(name, _)| name.eq_ignore_ascii_case("set-cookie")))
    })
}

fn suspicious_word(text: &str) -> Option<String> {
    let words = words(text);
    let single = words.iter().find(|word| {
        BEGINNINGS.iter().any(|beginning| word.starts_with(beginning)) || WORDS.contains(&word.as_str())
    });
    let pair = || {
        let pairs = words.iter().zip(words.iter().skip(1));
        let mut found = pairs.filter(|(a, b)| PAIRS.contains(&(a.as_str(), b.as_str())));
        found.next().map(|(a, b)| format!("{a} {b}"))
    };
    single.cloned().or_else(pair)
}

/// Words in small letters: `passwordReset`, `password-reset` and `/password/reset` are two each.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small_before = false;
    for character in text.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && small_before) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_lowercase());
        }
        small_before = character.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::suspicious_word;

    #[test]
    fn names() {
        for (text, expected) in [
            ("/password/reset", Some("password")),
            ("startPasswordReset", Some("password")),
            ("/v1/sessions", Some("sessions")),
            ("signIn", Some("sign in")),
            ("/sign-up", Some("sign up")),
            ("/2fa", Some("2fa")),
            ("/api/payments", None),
            ("/logs/in", None),
            ("/mfalcon", None),
            ("/logout", None),
        ] {
            assert_eq!(suspicious_word(text).as_deref(), expected, "{text}");
        }
    }
}
