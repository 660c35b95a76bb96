//! The strict JSON reader beside `serde_json`: it accepts nothing that `serde_json` refuses or reads otherwise, and
//! refuses more only for its own rules.

use std::fmt::Write as _;

use countersign::json::{JsonError, Value, parse};

mod random;

use random::Random;

const DEPTH: usize = 6;

/// Same value? Floats of `serde_json` may be an ulp off.
fn same(ours: &Value, theirs: &serde_json::Value) -> bool {
    match (ours, theirs) {
        (Value::Null, serde_json::Value::Null) => true,
        (Value::Bool(ours), serde_json::Value::Bool(theirs)) => ours == theirs,
        (Value::Number(ours), serde_json::Value::Number(theirs)) => {
            let (ours, theirs) = (ours.as_str().parse::<f64>().unwrap(), theirs.as_f64().unwrap());
            (ours - theirs).abs() <= ours.abs() * 1e-12
        }
        (Value::String(ours), serde_json::Value::String(theirs)) => ours == theirs,
        (Value::Array(ours), serde_json::Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Value::Object(ours), serde_json::Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|(name, value)| theirs.get(name).is_some_and(|theirs| same(value, theirs)))
        }
        _ => false,
    }
}

/// Compares the two; says whether both accepted.
fn compare(text: &[u8]) -> bool {
    let shown = String::from_utf8_lossy(text);
    let theirs = serde_json::from_slice::<serde_json::Value>(text);
    match (parse(text, DEPTH), theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert!(same(&ours, &theirs), "{shown}");
            let printed = ours.to_vec();
            assert_eq!(parse(&printed, DEPTH).as_ref(), Ok(&ours), "{shown}");
            assert_eq!(serde_json::from_slice::<serde_json::Value>(&printed).unwrap(), theirs, "{shown}");
            true
        }
        (Ok(_), Err(error)) => {
            // The one thing it cannot represent and we can: a number beyond f64.
            assert!(error.to_string().starts_with("number out of range"), "{shown}: {error}");
            false
        }
        (Err(JsonError::Duplicate(_) | JsonError::Depth(_)), _) | (Err(_), Err(_)) => false,
        (Err(error), Ok(_)) => panic!("{shown}: {error:?}"),
    }
}

const TOKENS: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"a\"",
    "\"b\"",
    "\"\\u0061\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\\ude00\"",
    "\"\\n\\\\\\\"\\/\\b\\f\\r\\t\"",
    "\"\u{1f600}\"",
    "\"\\x\"",
    "\"\\u12g4\"",
    "\"",
    "0",
    "-0",
    "1",
    "-1",
    "01",
    "1.5",
    "1.",
    ".5",
    "1e3",
    "1E-3",
    "1e+",
    "+1",
    "-",
    "true",
    "false",
    "null",
    "nul",
    "True",
    " ",
    "\t",
    "\n",
    "\u{b}",
    "\u{feff}",
];

#[test]
fn on_rows_of_tokens() {
    let mut random = Random::new(1);
    let mut accepted = 0;
    for _ in 0..200_000 {
        let text: String = (0..=random.below(7)).map(|_| TOKENS[random.below(TOKENS.len())]).collect();
        accepted += usize::from(compare(text.as_bytes()));
    }
    assert!(accepted > 1000, "{accepted}");
}

/// A document; with `depth` no more arrays and objects inside each other.
fn document(random: &mut Random, depth: usize, out: &mut String) {
    match if depth == 0 { random.below(6) } else { random.below(9) } {
        0 => out.push_str(["null", "true", "false"][random.below(3)]),
        1 => out.push_str(
            ["0", "-0", "7", "-12", "1.25", "6e2", "1E-7", "123456789012345678901"][random.below(8)],
        ),
        2..=5 => out.push_str(
            ["\"\"", "\"x\"", "\"\\u00e9\"", "\"\u{20ac} \"", "\"\\ud83d\\ude00\\u0000\""][random.below(5)],
        ),
        6 => {
            out.push('[');
            for at in 0..random.below(4) {
                out.push_str(if at == 0 { " " } else { "," });
                document(random, depth - 1, out);
            }
            out.push(']');
        }
        _ => {
            out.push('{');
            // Now and then more members than are looked through one by one.
            let members = if random.below(20) == 0 { 14 + random.below(6) } else { random.below(4) };
            for at in 0..members {
                out.push_str(if at == 0 { "\n" } else { ", " });
                write!(out, "\"{}\" :", random.below(200)).unwrap();
                document(random, depth - 1, out);
            }
            out.push('}');
        }
    }
}

#[test]
fn on_documents_and_what_is_left_of_them() {
    let mut random = Random::new(2);
    let mut accepted = [0; 2];
    for _ in 0..20_000 {
        let mut text = String::new();
        document(&mut random, 4, &mut text);
        accepted[0] += usize::from(compare(text.as_bytes()));
        let changed = random.mutate(text.as_bytes());
        accepted[1] += usize::from(compare(&changed));
    }
    assert!(accepted[0] > 10_000 && accepted[1] > 1000, "{accepted:?}");
}
