//! What a person agrees to: the members of a request that are bound, and the text that shows them.
//!
//! PSD2 RTS article 5 (dynamic linking): the person sees amount and payee, the proof is good for these only, and any
//! change makes it worthless. What is shown comes from the very members that are bound.

use sha2::{Digest, Sha256};

use crate::encoding;
use crate::json::{Object, Pointer, Value};
use crate::order::sorted_by_key;

use super::Decimal;

/// A value in a display text is cut after so many characters, or before, where several have to share the room.
const LONGEST_VALUE: usize = 64;

/// A display text has about so many characters: no value can push another one out of it.
const LONGEST_TEXT: usize = 240;

/// What a rule binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionTemplate {
    /// The members, each once.
    pub members: Vec<Pointer>,
    /// The text that shows them.
    pub display: Display,
}

/// A text with members in it: `Pay {/amount} {/currency} to {/payee}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Display(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Member(Pointer),
}

/// A transaction: exactly these values, at exactly this place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// SHA-256 of the members, an object from pointer to value in canonical JSON (RFC 8785). An absent member is absent.
    pub hash: [u8; 32],
    /// The first half of SHA-256 of method and path.
    pub place: [u8; 16],
}

impl Display {
    /// Reads it. `None`: a brace without its other half, or what stands between two is no pointer.
    pub fn parse(text: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (pointer, after) = after.split_once('}')?;
            if before.contains('}') || !pointer.starts_with('/') {
                return None;
            }
            if !before.is_empty() {
                pieces.push(Piece::Literal(before.to_owned()));
            }
            pieces.push(Piece::Member(Pointer::parse(pointer).ok()?));
            rest = after;
        }
        if rest.contains('}') {
            return None;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Some(Self(pieces))
    }

    /// The members that it shows.
    pub fn members(&self) -> impl Iterator<Item = &Pointer> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Member(pointer) => Some(pointer),
            Piece::Literal(_) => None,
        })
    }

    /// The text with the values in it, each on one line and cut where it is long.
    pub fn show(&self, body: &Value) -> String {
        let literals = self.0.iter().map(|piece| match piece {
            Piece::Literal(literal) => literal.chars().count(),
            Piece::Member(_) => 0,
        });
        let room = LONGEST_TEXT.saturating_sub(literals.sum());
        let longest = room.checked_div(self.members().count()).unwrap_or(room).min(LONGEST_VALUE);
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Member(pointer) => text.push_str(&shown(body.at(pointer), longest)),
            }
        }
        text
    }
}

/// A value as a person reads it.
fn shown(value: Option<&Value>, longest: usize) -> String {
    let text = match value {
        None | Some(Value::Null) => "–".to_owned(),
        Some(Value::String(text)) => text.clone(),
        // Nobody reads an exponent.
        Some(Value::Number(number)) if number.as_str().contains(['e', 'E']) => number_text(number.as_str()),
        Some(other) => {
            let mut text = String::new();
            other.write(&mut text);
            text
        }
    };
    cut(&text.chars().map(plain).collect::<String>(), longest)
}

/// What could end the line, hide, or turn the order of what stands around it (Unicode's control and format
/// characters) is replaced.
fn plain(character: char) -> char {
    let hidden = character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        );
    if hidden { '\u{fffd}' } else { character }
}

fn cut(text: &str, longest: usize) -> String {
    let mut cut: String = text.chars().take(longest).collect();
    if text.chars().nth(longest).is_some() {
        cut.push('…');
    }
    cut
}

impl TransactionTemplate {
    /// Binds the members of this body, sent by this method to this path.
    pub fn bind(&self, body: &Value, method: &[u8], path: &[u8]) -> Transaction {
        let mut bound = Object::default();
        for pointer in &self.members {
            if let Some(value) = body.at(pointer) {
                bound.insert(&pointer.to_string(), value.clone());
            }
        }
        let mut place = Sha256::new();
        place.update(method);
        place.update([0]);
        place.update(path);
        let place: [u8; 32] = place.finalize().into();
        let hash = Sha256::digest(canonical(&Value::Object(bound))).into();
        Transaction { hash, place: place.first_chunk().copied().unwrap_or_default() }
    }
}

impl Transaction {
    /// The hash as the orchestrator gets it.
    pub fn hash_text(&self) -> String {
        encoding::to_base64url(&self.hash)
    }
}

/// RFC 8785: members by UTF-16 code units, numbers as ECMAScript prints them. A number that a double cannot hold
/// exactly keeps all its digits: two different amounts must not have one text.
fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Number(number) => out.push_str(&number_text(number.as_str())),
        Value::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(element, out);
            }
            out.push(']');
        }
        Value::Object(object) => {
            let members: Vec<(&str, &Value)> = object.iter().collect();
            let members = sorted_by_key(members, |(name, _)| name.encode_utf16().collect::<Vec<u16>>());
            out.push('{');
            for (index, (name, value)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                Value::String(name.to_owned()).write(out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        scalar => scalar.write(out),
    }
}

fn number_text(text: &str) -> String {
    Decimal::parse(text).map_or_else(|| text.to_owned(), |number| number.plain())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn value(text: &str) -> Value {
        json::parse(text.as_bytes(), 16).unwrap()
    }

    fn pointers(texts: &[&str]) -> Vec<Pointer> {
        texts.iter().map(|text| Pointer::parse(text).unwrap()).collect()
    }

    #[test]
    fn canonical_texts() {
        // RFC 8785 section 3.2.3 and appendix B.
        for (text, expected) in [
            (r#"{"b":1,"a":2}"#, r#"{"a":2,"b":1}"#),
            (
                r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001]}"#,
                r#"{"numbers":[333333333.33333329,1e+30,4.5,0.002,1e-27]}"#,
            ),
            ("[-0,0.0,1e3,1000.00,1E+2,100e-2]", "[0,0,1000,1000,100,1]"),
            (
                "[123456789012345678901,1e21,999999999999999999999]",
                "[123456789012345678901,1e+21,999999999999999999999]",
            ),
            ("[1e-6,1e-7,-0.00001]", "[0.000001,1e-7,-0.00001]"),
            (
                r#"{"\u20ac":1,"\r":2,"1":3,"\ud83d\ude00":4,"\u0080":5,"\u00f6":6,"\ufb33":7}"#,
                "{\"\\r\":2,\"1\":3,\"\u{80}\":5,\"ö\":6,\"€\":1,\"😀\":4,\"\u{fb33}\":7}",
            ),
            (r#"["\u000f\n\"\\\/é",true,null]"#, "[\"\\u000f\\n\\\"\\\\/é\",true,null]"),
        ] {
            assert_eq!(canonical(&value(text)), expected);
        }
    }

    /// The data published with RFC 8785. One number of it has more digits than a double holds: there we keep them.
    #[test]
    fn published_texts() {
        let published = value(include_str!("../../../tests/vectors/jcs.json"));
        let Value::Array(documents) = published else { panic!("a list") };
        assert_eq!(documents.len(), 6);
        for document in documents {
            let text =
                |name: &str| document.at(&Pointer::parse(name).unwrap()).and_then(Value::as_str).unwrap();
            let expected = text("/output").replace("333333333.3333333,", "333333333.33333329,");
            assert_eq!(canonical(&value(text("/input"))), expected, "{}", text("/name"));
        }
    }

    #[test]
    fn what_is_bound() {
        let template = TransactionTemplate {
            members: pointers(&["/amount", "/payee/iban", "/reference"]),
            display: Display::parse("x").unwrap(),
        };
        let bind = |body: &str| template.bind(&value(body), b"POST", b"/api/payments");
        let first = bind(r#"{"amount":1500,"payee":{"iban":"DE1"},"note":1}"#);
        // printf '{"/amount":1500,"/payee/iban":"DE1"}' | sha256sum
        let expected = Sha256::digest(br#"{"/amount":1500,"/payee/iban":"DE1"}"#);
        assert_eq!(first.hash[..], expected[..]);
        for (row, body, same) in [
            ("another spelling of the number", r#"{"amount":1.5e3,"payee":{"iban":"DE1"}}"#, true),
            (
                "another member that is not bound",
                r#"{"amount":1500,"payee":{"iban":"DE1","x":1},"note":2}"#,
                true,
            ),
            ("another amount", r#"{"amount":1500.0000000000000000001,"payee":{"iban":"DE1"}}"#, false),
            ("a text instead", r#"{"amount":"1500","payee":{"iban":"DE1"}}"#, false),
            ("another payee", r#"{"amount":1500,"payee":{"iban":"DE2"}}"#, false),
            (
                "an absent one that is null",
                r#"{"amount":1500,"payee":{"iban":"DE1"},"reference":null}"#,
                false,
            ),
        ] {
            assert_eq!(bind(body) == first, same, "{row}");
        }
        let body = value(r#"{"amount":1500,"payee":{"iban":"DE1"}}"#);
        for (row, method, path) in [
            ("another method", &b"PUT"[..], &b"/api/payments"[..]),
            ("another path", b"POST", b"/api/payment"),
            ("method and path that run together", b"POST/", b"api/payments"),
        ] {
            assert_ne!(template.bind(&body, method, path).place, first.place, "{row}");
        }
    }

    #[test]
    fn what_is_shown() {
        let display = Display::parse("Pay {/amount} {/currency} to {/payee}").unwrap();
        let shown: Vec<String> = display.members().map(ToString::to_string).collect();
        assert_eq!(shown, ["/amount", "/currency", "/payee"]);
        for (row, body, expected) in [
            ("plain", r#"{"amount":1500.50,"currency":"EUR","payee":"Ann"}"#, "Pay 1500.50 EUR to Ann"),
            ("absent", r#"{"amount":1,"currency":null}"#, "Pay 1 – to –"),
            (
                "on one line",
                r#"{"amount":1,"currency":"EUR\nto Bob","payee":"A\u202eB\u200b"}"#,
                "Pay 1 EUR\u{fffd}to Bob to A\u{fffd}B\u{fffd}",
            ),
            ("an object", r#"{"amount":{"v":1},"currency":[1],"payee":true}"#, "Pay {\"v\":1} [1] to true"),
        ] {
            assert_eq!(display.show(&value(body)), expected, "{row}");
        }
        let long = format!(r#"{{"payee":"{}"}}"#, "ä".repeat(100));
        let text = Display::parse("{/payee}").unwrap().show(&value(&long));
        assert_eq!(text, format!("{}…", "ä".repeat(64)));
        for wrong in ["{amount}", "{/amount", "/amount}", "{{/amount}}", "{/a~2}", "{}"] {
            assert_eq!(Display::parse(wrong), None, "{wrong}");
        }
    }
}
