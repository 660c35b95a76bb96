//! `google.protobuf.Struct` in its wire form. Envoy 1.40 hands a plugin configuration that is YAML in its own
//! configuration over as these bytes, not as JSON (tried; its documentation says otherwise).

use core::str;

use crate::json::{Object, Value};

/// Reads a `Struct`; `None` for anything that is not exactly one, or nests deeper than `depth`.
pub(super) fn parse(bytes: &[u8], depth: usize) -> Option<Value> {
    structure(bytes, depth.checked_sub(1)?)
}

/// `Struct { map<string, Value> fields = 1; }`: each entry is a message of a key (1) and a value (2).
fn structure(bytes: &[u8], depth: usize) -> Option<Value> {
    let mut object = Object::default();
    for field in Fields(bytes) {
        let Field::Bytes(1, entry) = field? else { return None };
        let (mut name, mut value) = ("", None);
        for field in Fields(entry) {
            match field? {
                Field::Bytes(1, key) => name = str::from_utf8(key).ok()?,
                Field::Bytes(2, bytes) => value = Some(self::value(bytes, depth)?),
                _ => return None,
            }
        }
        if object.get(name).is_some() {
            return None;
        }
        object.insert(name, value?);
    }
    Some(Value::Object(object))
}

/// `Value`: one of null (1), number (2), string (3), bool (4), struct (5), list (6).
fn value(bytes: &[u8], depth: usize) -> Option<Value> {
    let mut fields = Fields(bytes);
    let value = match fields.next()?? {
        Field::Number(1, 0) => Value::Null,
        Field::Double(2, number) => Value::from_f64(number)?,
        Field::Bytes(3, text) => Value::String(str::from_utf8(text).ok()?.to_owned()),
        Field::Number(4, flag) => Value::Bool(flag == 1),
        Field::Bytes(5, bytes) => structure(bytes, depth.checked_sub(1)?)?,
        Field::Bytes(6, bytes) => list(bytes, depth.checked_sub(1)?)?,
        _ => return None,
    };
    fields.next().is_none().then_some(value)
}

/// `ListValue { repeated Value values = 1; }`
fn list(bytes: &[u8], depth: usize) -> Option<Value> {
    let elements = Fields(bytes).map(|field| match field? {
        Field::Bytes(1, bytes) => value(bytes, depth),
        _ => None,
    });
    elements.collect::<Option<_>>().map(Value::Array)
}

/// One field of a message: its number and what the wire type makes of it.
enum Field<'a> {
    Bytes(u64, &'a [u8]),
    Double(u64, f64),
    Number(u64, u64),
}

/// The fields of a message; `Some(None)` where it cannot be read.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Option<Field<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<Field<'a>> {
        let tag = self.varint()?;
        let number = tag >> 3;
        match tag & 7 {
            0 => Some(Field::Number(number, self.varint()?)),
            1 => {
                let (bytes, rest) = self.0.split_first_chunk::<8>()?;
                self.0 = rest;
                Some(Field::Double(number, f64::from_le_bytes(*bytes)))
            }
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                let (bytes, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Some(Field::Bytes(number, bytes))
            }
            _ => None,
        }
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    /// Written down from the definition of `google/protobuf/struct.proto`.
    const SAMPLE: &[u8] = b"\x0a\x0e\x0a\x01n\x12\x09\x11\x00\x00\x00\x00\x00\x40\x8f\x40\
        \x0a\x08\x0a\x01s\x12\x03\x1a\x01x\
        \x0a\x07\x0a\x01t\x12\x02\x20\x01\
        \x0a\x07\x0a\x01z\x12\x02\x08\x00\
        \x0a\x0c\x0a\x01l\x12\x07\x32\x05\x0a\x03\x1a\x01y\
        \x0a\x07\x0a\x01o\x12\x02\x2a\x00";

    #[test]
    fn reads_every_kind_of_value() {
        let value = parse(SAMPLE, 4).unwrap();
        assert_eq!(value.to_vec(), br#"{"n":1000,"s":"x","t":true,"z":null,"l":["y"],"o":{}}"#);
    }

    #[test]
    fn refuses_what_is_not_one() {
        let twice = [&SAMPLE[16..26], &SAMPLE[16..26]].concat();
        for (name, bytes, depth) in [
            ("shortened", &SAMPLE[..SAMPLE.len() - 1], 4),
            ("too deep", SAMPLE, 1),
            ("another field", b"\x12\x00", 4),
            ("an entry without a value", b"\x0a\x03\x0a\x01n", 4),
            ("a value of two kinds", b"\x0a\x0b\x0a\x01n\x12\x06\x20\x01\x1a\x02ab", 4),
            ("a value of no kind", b"\x0a\x05\x0a\x01n\x12\x00", 4),
            ("a name twice", &twice, 4),
            ("an endless number", b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 4),
        ] {
            assert!(parse(bytes, depth).is_none(), "{name}");
        }
        assert!(parse(&SAMPLE[16..26], 4).is_some());
    }
}
