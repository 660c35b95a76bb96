//! What a word without quotes is. Envoy (yaml-cpp) and a Kubernetes API server (YAML 1.1 by way of JSON) differ.

use countersign::json::{self, Value};

/// Who reads the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Envoy makes a number of what fits 32 bits, and leaves every other number a text.
    #[default]
    Envoy,
    /// A Kubernetes API server makes a number of every number.
    Kubernetes,
}

impl Dialect {
    /// Objects of Kubernetes say what they are at the top.
    pub(super) fn of(text: &str) -> Self {
        let kubernetes = text.lines().any(|line| line.starts_with("apiVersion:"));
        if kubernetes { Self::Kubernetes } else { Self::Envoy }
    }

    /// The value of a scalar that has neither quotes nor a tag.
    pub(super) fn plain(self, text: &str) -> Value {
        if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
            return Value::Null;
        }
        if let Some(flag) = flag(text) {
            return Value::Bool(flag);
        }
        match (whole(text), self) {
            (Some(number), Self::Envoy) if i32::try_from(number).is_err() => number.to_string().into(),
            (Some(number), _) => number_of(&number.to_string()).unwrap_or_else(|| text.into()),
            (None, Self::Envoy) => text.into(),
            (None, Self::Kubernetes) => number_of(text).unwrap_or_else(|| text.into()),
        }
    }
}

/// `yes`, `No`, `ON` and so on: small, capital, or with a capital letter in front.
fn flag(text: &str) -> Option<bool> {
    const WORDS: [(&str, bool); 8] = [
        ("true", true),
        ("false", false),
        ("yes", true),
        ("no", false),
        ("on", true),
        ("off", false),
        ("y", true),
        ("n", false),
    ];
    let small = text.to_ascii_lowercase();
    let rest = text.get(1..)?;
    let even = rest.bytes().all(|byte| byte.is_ascii_lowercase())
        || text.bytes().all(|byte| byte.is_ascii_uppercase());
    WORDS.iter().find(|(word, _)| even && *word == small).map(|(_, flag)| *flag)
}

/// A whole number, decimal, octal (`010`) or hexadecimal (`0x10`).
fn whole(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match (digits.strip_prefix("0x").or(digits.strip_prefix("0X")), digits) {
        (Some(hexadecimal), _) => (16, hexadecimal),
        (None, octal) if octal.len() > 1 && octal.starts_with('0') => (8, octal),
        (None, decimal) => (10, decimal),
    };
    let number =
        digits.chars().all(|digit| digit.is_digit(radix)).then(|| i64::from_str_radix(digits, radix))?;
    number.ok()?.checked_mul(sign)
}

fn number_of(text: &str) -> Option<Value> {
    json::parse(text.as_bytes(), 1).ok().filter(|value| matches!(value, Value::Number(_)))
}

#[cfg(test)]
mod tests {
    use super::Dialect::{self, Envoy, Kubernetes};

    #[test]
    fn words_without_quotes() {
        for (text, dialect, expected) in [
            ("bank", Envoy, "\"bank\""),
            ("true", Envoy, "true"),
            ("No", Envoy, "false"),
            ("ON", Envoy, "true"),
            ("oN", Envoy, "\"oN\""),
            ("~", Envoy, "null"),
            ("1000", Envoy, "1000"),
            ("-5", Envoy, "-5"),
            ("010", Envoy, "8"),
            ("0x10", Envoy, "16"),
            ("08", Envoy, "\"08\""),
            ("3000000000", Envoy, "\"3000000000\""),
            ("1000.5", Envoy, "\"1000.5\""),
            ("1000.5", Kubernetes, "1000.5"),
            ("3000000000", Kubernetes, "3000000000"),
            ("1.2.3", Kubernetes, "\"1.2.3\""),
            ("2m", Kubernetes, "\"2m\""),
        ] {
            assert_eq!(
                String::from_utf8(dialect.plain(text).to_vec()).unwrap(),
                expected,
                "{text} {dialect:?}"
            );
        }
    }

    #[test]
    fn objects_of_kubernetes_say_so() {
        assert_eq!(Dialect::of("# x\napiVersion: v1\nkind: Secret\n"), Kubernetes);
        assert_eq!(Dialect::of("static_resources:\n  apiVersion: x\n"), Envoy);
    }
}
