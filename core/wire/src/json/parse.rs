//! Text to [`Value`].

use core::str;

use super::{DEEPEST, Number, Object, Value};
use crate::order::sorted;

/// Why a text is not one strict JSON value; offsets are in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonError {
    /// Starts with U+FEFF (RFC 8259 section 8.1 lets parsers refuse it).
    ByteOrderMark,
    /// An object has a name twice, after unescaping (RFC 7493 section 2.3).
    Duplicate(usize),
    /// Nested deeper than allowed.
    Depth(usize),
    /// Not UTF-8.
    NotUtf8,
    /// Not JSON's grammar.
    Syntax(usize),
    /// Something follows the value.
    Trailing(usize),
    /// A surrogate escape without its other half (RFC 7493 section 2.1).
    UnpairedSurrogate(usize),
}

/// Objects with more members than this are checked for duplicates by sorting, not by looking through.
const FEW: usize = 16;

/// Reads one value that nests at most `depth` arrays and objects (and never more than [`DEEPEST`]).
pub fn parse(bytes: &[u8], depth: usize) -> Result<Value, JsonError> {
    read(bytes, depth, Duplicates::Refused).map(|read| read.value)
}

/// A value in which a name may stand twice.
#[derive(Debug)]
pub struct Ambiguous {
    /// Every member that some reader might take. To look through: it must not go on.
    pub value: Value,
    /// Where a name stands again; in a large object: where that object begins.
    pub duplicate: Option<usize>,
}

/// As [`parse`], but a name that stands twice is kept with both its values, and said.
pub fn parse_ambiguous(bytes: &[u8], depth: usize) -> Result<Ambiguous, JsonError> {
    read(bytes, depth, Duplicates::Kept { first: None })
}

fn read(bytes: &[u8], depth: usize, duplicates: Duplicates) -> Result<Ambiguous, JsonError> {
    if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
        return Err(JsonError::ByteOrderMark);
    }
    let text = str::from_utf8(bytes).map_err(|_| JsonError::NotUtf8)?;
    let mut reader = Reader { text, at: 0, duplicates };
    reader.skip_space();
    let value = reader.value(depth.min(DEEPEST))?;
    reader.skip_space();
    match reader.duplicates {
        _ if reader.at < text.len() => Err(JsonError::Trailing(reader.at)),
        Duplicates::Refused => Ok(Ambiguous { value, duplicate: None }),
        Duplicates::Kept { first } => Ok(Ambiguous { value, duplicate: first }),
    }
}

enum Duplicates {
    Refused,
    Kept { first: Option<usize> },
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    duplicates: Duplicates,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn take(&mut self, expected: u8) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.advance(1);
        }
        found
    }

    fn expect(&mut self, expected: u8) -> Result<(), JsonError> {
        if self.take(expected) { Ok(()) } else { Err(self.syntax()) }
    }

    fn syntax(&self) -> JsonError {
        JsonError::Syntax(self.at)
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.advance(1);
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if rest.starts_with(word) {
            self.advance(word.len());
            Ok(value)
        } else {
            Err(self.syntax())
        }
    }

    /// `depth` more levels may open; the recursion ends with it.
    fn value(&mut self, depth: usize) -> Result<Value, JsonError> {
        match self.peek() {
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'{') => self.object(self.deeper(depth)?),
            Some(b'[') => self.array(self.deeper(depth)?),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.syntax()),
        }
    }

    fn deeper(&self, depth: usize) -> Result<usize, JsonError> {
        depth.checked_sub(1).ok_or(JsonError::Depth(self.at))
    }

    fn array(&mut self, depth: usize) -> Result<Value, JsonError> {
        self.advance(1);
        let mut elements = Vec::new();
        self.skip_space();
        if self.take(b']') {
            return Ok(Value::Array(elements));
        }
        loop {
            self.skip_space();
            elements.push(self.value(depth)?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Value::Array(elements));
            }
            self.expect(b',')?;
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, JsonError> {
        let start = self.at;
        self.advance(1);
        let mut members: Vec<(String, Value)> = Vec::new();
        self.skip_space();
        if self.take(b'}') {
            return Ok(Value::Object(Object(members)));
        }
        loop {
            self.skip_space();
            let at = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.syntax());
            }
            let name = self.string()?;
            if members.len() < FEW && members.iter().any(|(seen, _)| *seen == name) {
                self.duplicate(at)?;
            }
            self.skip_space();
            self.expect(b':')?;
            self.skip_space();
            members.push((name, self.value(depth)?));
            self.skip_space();
            if self.take(b'}') {
                break;
            }
            self.expect(b',')?;
        }
        if members.len() > FEW && has_duplicates(&members) {
            self.duplicate(start)?;
        }
        Ok(Value::Object(Object(members)))
    }

    fn duplicate(&mut self, at: usize) -> Result<(), JsonError> {
        match &mut self.duplicates {
            Duplicates::Refused => Err(JsonError::Duplicate(at)),
            Duplicates::Kept { first } => {
                first.get_or_insert(at);
                Ok(())
            }
        }
    }

    /// RFC 8259 section 6. The text is kept; nothing is computed.
    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _signed = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        let text = self.text.get(start..self.at).ok_or(JsonError::Syntax(start))?;
        Ok(Value::Number(Number(text.to_owned())))
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.advance(1);
        }
        if self.at == start { Err(self.syntax()) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.advance(1);
        let mut string = String::new();
        loop {
            let plain = self.plain();
            string.push_str(plain);
            match self.peek() {
                Some(b'"') => {
                    self.advance(1);
                    return Ok(string);
                }
                Some(b'\\') => string.push(self.escape()?),
                // The end, or a control character, which must be escaped.
                _ => return Err(self.syntax()),
            }
        }
    }

    /// What stands up to the next quote, backslash or control character.
    fn plain(&mut self) -> &'a str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < 0x20);
        let plain = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        self.advance(plain.len());
        plain
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let start = self.at;
        self.advance(1);
        let escaped = self.peek().ok_or(self.syntax())?;
        self.advance(1);
        Ok(match escaped {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(start),
            _ => return Err(JsonError::Syntax(start)),
        })
    }

    /// RFC 8259 section 7: `\uXXXX`, or two of them for what lies beyond the basic plane.
    fn unicode(&mut self, start: usize) -> Result<char, JsonError> {
        let unpaired = JsonError::UnpairedSurrogate(start);
        let unit = self.hex4()?;
        if !(0xd800..0xe000).contains(&unit) {
            return char::from_u32(unit).ok_or(unpaired);
        }
        if unit >= 0xdc00 || !(self.take(b'\\') && self.take(b'u')) {
            return Err(unpaired);
        }
        let low = self.hex4()?;
        if !(0xdc00..0xe000).contains(&low) {
            return Err(unpaired);
        }
        let high_ten = (unit & 0x3ff) << 10;
        char::from_u32((high_ten | (low & 0x3ff)).saturating_add(0x1_0000)).ok_or(unpaired)
    }

    fn hex4(&mut self) -> Result<u32, JsonError> {
        let digits = self.text.get(self.at..self.at.saturating_add(4)).ok_or(self.syntax())?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(self.syntax());
        }
        self.advance(4);
        u32::from_str_radix(digits, 16).map_err(|_| self.syntax())
    }
}

fn has_duplicates(members: &[(String, Value)]) -> bool {
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    sorted(names).windows(2).any(|pair| matches!(pair, [left, right] if left == right))
}
