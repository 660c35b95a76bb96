//! A text that two values share only if they say the same.

use sha2::{Digest, Sha256};

use crate::json::Value;
use crate::order::sorted;
use crate::policy::Decimal;

/// The first half of SHA-256 of the value's [`canonical`] text.
pub(super) fn digest(value: &Value) -> [u8; 16] {
    let digest: [u8; 32] = Sha256::digest(canonical(value)).into();
    digest.first_chunk().copied().unwrap_or_default()
}

/// Members in the order of their names, numbers by value, texts with their length in front.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Null => "n".to_owned(),
        Value::Bool(flag) => format!("b{flag}"),
        Value::Number(number) => {
            let decimal = Decimal::parse(number.as_str());
            format!("#{};", decimal.map_or_else(|| number.as_str().to_owned(), |decimal| decimal.canonical()))
        }
        Value::String(text) => framed(text),
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<String>()),
        Value::Object(object) => {
            let members = object.iter().map(|(name, value)| framed(name) + &canonical(value)).collect();
            format!("{{{}}}", sorted::<String>(members).concat())
        }
    }
}

fn framed(text: &str) -> String {
    format!("{}:{text}", text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse;

    #[test]
    fn the_same_and_not_the_same() {
        for (a, b, same) in [
            (r#"{"a":1,"b":"x"}"#, r#"{"b":"x","a":1.0}"#, true),
            (r#"{"a":10}"#, r#"{"a":1e1}"#, true),
            (r#"["a","b"]"#, r#"["b","a"]"#, false),
            (r#"["ab"]"#, r#"["a","b"]"#, false),
            (r#"["1"]"#, "[1]", false),
            ("[null]", r#"["n"]"#, false),
            (r#"{"a":true}"#, r#"{"a":false}"#, false),
        ] {
            let [x, y] = [a, b].map(|text| digest(&parse(text.as_bytes(), 8).unwrap()));
            assert_eq!(x == y, same, "{a} and {b}");
        }
    }
}
