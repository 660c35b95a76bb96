//! Strict `application/x-www-form-urlencoded` (URL Standard section 5), as an object of strings.
//!
//! As with JSON, what two readers might read differently is refused, and what goes on is printed anew.

mod rival;
#[cfg(test)]
mod tests;

pub use rival::has_rival;

use crate::encoding;
use crate::json::{Object, Value};

/// No form has more fields than this. It bounds the search for names that stand twice.
pub const MOST_FIELDS: usize = 256;

/// Why a form is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormError {
    /// A byte that every serialiser encodes: white space, a control character, anything outside ASCII.
    Unencoded,
    /// A `%` without two hexadecimal digits.
    PercentEncoding,
    /// Not UTF-8 once decoded.
    NotUtf8,
    /// A field without `=`.
    NoValue,
    /// A field without a name, also the empty field that `&&` or an `&` at either end makes.
    EmptyName,
    /// A name that stands twice, once decoded.
    DuplicateName,
    /// More than [`MOST_FIELDS`].
    TooManyFields,
}

/// Reads a form into an object whose members are strings, in order. No bytes are a form without fields.
pub fn parse(body: &[u8]) -> Result<Value, FormError> {
    let mut fields = Object::default();
    if body.is_empty() {
        return Ok(Value::Object(fields));
    }
    for field in body.split(|byte| *byte == b'&') {
        if fields.len() == MOST_FIELDS {
            return Err(FormError::TooManyFields);
        }
        let mut halves = field.splitn(2, |byte| *byte == b'=');
        let name = decode(halves.next().unwrap_or_default())?;
        if name.is_empty() {
            return Err(FormError::EmptyName);
        }
        let value = decode(halves.next().ok_or(FormError::NoValue)?)?;
        if fields.get(&name).is_some() {
            return Err(FormError::DuplicateName);
        }
        fields.insert(&name, Value::String(value));
    }
    Ok(Value::Object(fields))
}

fn decode(text: &[u8]) -> Result<String, FormError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(*digit).to_digit(16));
                let (high, low) = digit().zip(digit()).ok_or(FormError::PercentEncoding)?;
                u8::try_from((high << 4) | low).map_err(|_| FormError::PercentEncoding)?
            }
            byte if byte.is_ascii_graphic() => *byte,
            _ => return Err(FormError::Unencoded),
        });
    }
    String::from_utf8(bytes).map_err(|_| FormError::NotUtf8)
}

/// Writes the members of an object as a form, in order and in the one way of the URL Standard's serialiser.
///
/// A form knows strings only: another member is written as its JSON text, and a value that is no object has no
/// fields. What [`parse`] gave holds neither.
pub fn write(form: &Value) -> String {
    let mut out = String::new();
    for (name, value) in form.as_object().into_iter().flat_map(Object::iter) {
        if !out.is_empty() {
            out.push('&');
        }
        encode(name, &mut out);
        out.push('=');
        if let Value::String(text) = value {
            encode(text, &mut out);
        } else {
            let mut text = String::new();
            value.write(&mut text);
            encode(&text, &mut out);
        }
    }
    out
}

fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => out.push(char::from(byte)),
            _ => encoding::escape(byte, out),
        }
    }
}
