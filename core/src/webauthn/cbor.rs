//! As much CBOR (RFC 8949) as attestation objects and authenticator data have, in CTAP2 canonical form.
//!
//! Everything the form forbids is refused but the order of map keys and lengths that take more bytes than they
//! need: every reader reads both alike, and clients that assemble the attestation object themselves write both.

use core::str;

/// CTAP2 (section 8, message encoding) nests four deep; twice that leaves extensions some room.
const DEEPEST: u8 = 8;

/// The largest map of WebAuthn, an authenticator's extensions, has a dozen entries. The bound keeps the search for
/// keys that stand twice from growing with the square of the bytes.
const LARGEST: usize = 64;

/// Why bytes are not strict CBOR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CborError {
    /// Nested too deep.
    Depth,
    /// A map has a key twice.
    DuplicateKey,
    /// An indefinite length.
    Indefinite,
    /// A map with more entries than any of WebAuthn's.
    Large,
    /// A text that is not UTF-8.
    NotUtf8,
    /// A tag, or a simple value that means nothing.
    Reserved,
    /// Something follows the value.
    Trailing,
    /// The bytes end early.
    Truncated,
    /// A well-formed value of another type than its place needs, or no value where one must be.
    Unexpected,
}

impl CborError {
    /// The rule's name, as the log has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Depth => "cbor_depth",
            Self::DuplicateKey => "cbor_duplicate_key",
            Self::Indefinite => "cbor_indefinite",
            Self::Large => "cbor_large",
            Self::NotUtf8 => "cbor_not_utf8",
            Self::Reserved => "cbor_reserved",
            Self::Trailing => "cbor_trailing",
            Self::Truncated => "cbor_truncated",
            Self::Unexpected => "cbor_unexpected",
        }
    }
}

/// A map's key. WebAuthn has no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key<'a> {
    Integer(i64),
    Text(&'a str),
}

/// A map whose values are well-formed and still encoded.
pub(super) struct Map<'a>(Vec<(Key<'a>, &'a [u8])>);

impl<'a> Map<'a> {
    /// Reads the value of a key to its end.
    pub(super) fn read<T>(
        &self,
        key: Key<'_>,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, CborError>,
    ) -> Result<T, CborError> {
        let found = self.0.iter().find(|(candidate, _)| *candidate == key);
        let (_, bytes) = found.ok_or(CborError::Unexpected)?;
        let mut reader = Reader::new(bytes);
        let value = read(&mut reader)?;
        reader.end()?;
        Ok(value)
    }
}

/// Takes values off the front of its bytes.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// Major type and argument (RFC 8949 section 3).
struct Head {
    major: u8,
    argument: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<(), CborError> {
        if self.rest.is_empty() { Ok(()) } else { Err(CborError::Trailing) }
    }

    pub(super) fn integer(&mut self) -> Result<i64, CborError> {
        let head = self.head()?;
        integer(&head)
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], CborError> {
        match self.head()? {
            Head { major: 2, argument } => self.take(argument),
            _ => Err(CborError::Unexpected),
        }
    }

    pub(super) fn text(&mut self) -> Result<&'a str, CborError> {
        match self.head()? {
            Head { major: 3, argument } => self.utf8(argument),
            _ => Err(CborError::Unexpected),
        }
    }

    /// A map; its values are checked to the last byte.
    pub(super) fn map(&mut self) -> Result<Map<'a>, CborError> {
        match self.head()? {
            Head { major: 5, argument } => self.entries(argument, DEEPEST),
            _ => Err(CborError::Unexpected),
        }
    }

    fn entries(&mut self, count: u64, depth: u8) -> Result<Map<'a>, CborError> {
        let depth = depth.checked_sub(1).ok_or(CborError::Depth)?;
        let mut entries: Vec<(Key<'a>, &'a [u8])> = Vec::new();
        // Each turn takes at least two bytes or ends with `Truncated`, whatever the count claims.
        for _ in 0..count {
            let head = self.head()?;
            let key = match head.major {
                0 | 1 => Key::Integer(integer(&head)?),
                3 => Key::Text(self.utf8(head.argument)?),
                _ => return Err(CborError::Unexpected),
            };
            if entries.iter().any(|(seen, _)| *seen == key) {
                return Err(CborError::DuplicateKey);
            }
            if entries.len() == LARGEST {
                return Err(CborError::Large);
            }
            let before = self.rest;
            self.skip(depth)?;
            let length = before.len().saturating_sub(self.rest.len());
            entries.push((key, before.get(..length).ok_or(CborError::Truncated)?));
        }
        Ok(Map(entries))
    }

    fn skip(&mut self, depth: u8) -> Result<(), CborError> {
        let Head { major, argument } = self.head()?;
        match major {
            0 | 1 | 7 => Ok(()),
            2 => self.take(argument).map(drop),
            3 => self.utf8(argument).map(drop),
            4 => {
                let depth = depth.checked_sub(1).ok_or(CborError::Depth)?;
                (0..argument).try_for_each(|_| self.skip(depth))
            }
            5 => self.entries(argument, depth).map(drop),
            _ => Err(CborError::Reserved),
        }
    }

    fn head(&mut self) -> Result<Head, CborError> {
        let initial = self.byte()?;
        let major = initial >> 5;
        let argument = match initial & 0x1f {
            value @ 0..=23 => u64::from(value),
            24 => self.unsigned(1)?,
            25 => self.unsigned(2)?,
            26 => self.unsigned(4)?,
            27 => self.unsigned(8)?,
            31 if (2..=5).contains(&major) => return Err(CborError::Indefinite),
            _ => return Err(CborError::Reserved),
        };
        match (major, initial & 0x1f) {
            // `false`, `true`, `null`, `undefined`; half, single and double floats are as long as their type says.
            (7, 20..=23 | 25..=27) => {}
            (6 | 7, _) => return Err(CborError::Reserved),
            _ => {}
        }
        Ok(Head { major, argument })
    }

    fn unsigned(&mut self, length: u64) -> Result<u64, CborError> {
        let bytes = self.take(length)?;
        Ok(bytes.iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)))
    }

    fn byte(&mut self) -> Result<u8, CborError> {
        let (first, rest) = self.rest.split_first().ok_or(CborError::Truncated)?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], CborError> {
        let length = usize::try_from(length).map_err(|_| CborError::Truncated)?;
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(CborError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    fn utf8(&mut self, length: u64) -> Result<&'a str, CborError> {
        str::from_utf8(self.take(length)?).map_err(|_| CborError::NotUtf8)
    }
}

/// -1 - n is the complement of n. Beyond 63 bits WebAuthn has no integers.
fn integer(head: &Head) -> Result<i64, CborError> {
    let magnitude = i64::try_from(head.argument).map_err(|_| CborError::Unexpected)?;
    match head.major {
        0 => Ok(magnitude),
        1 => Ok(!magnitude),
        _ => Err(CborError::Unexpected),
    }
}

#[cfg(test)]
mod tests {
    use super::{CborError, Key, Reader};

    fn read(bytes: &[u8]) -> Result<usize, CborError> {
        let mut reader = Reader::new(bytes);
        let map = reader.map()?;
        reader.end()?;
        Ok(map.0.len())
    }

    #[test]
    fn reads_canonical_maps() {
        for (name, bytes, entries) in [
            ("empty", &b"\xa0"[..], 0),
            ("integers and texts", b"\xa3\x01\x02\x20\x41a\x61x\xf5", 3),
            ("another order of keys", b"\xa2\x61x\x00\x01\x00", 2),
            ("nested", b"\xa1\x61x\x82\xa1\x01\x02\xf6", 1),
            ("floats", b"\xa2\x01\xf9\x00\x00\x02\xfb\0\0\0\0\0\0\0\0", 2),
        ] {
            assert_eq!(read(bytes), Ok(entries), "{name}");
        }
        let map = Reader::new(b"\xa2\x03\x39\x01\x00\x20\x42ab").map().unwrap();
        assert_eq!(map.read(Key::Integer(3), Reader::integer), Ok(-257));
        assert_eq!(map.read(Key::Integer(-1), Reader::bytes), Ok(&b"ab"[..]));
        assert_eq!(map.read(Key::Integer(-1), Reader::text), Err(CborError::Unexpected));
        assert_eq!(map.read(Key::Integer(4), Reader::integer), Err(CborError::Unexpected));
    }

    #[test]
    fn refuses_what_canonical_form_forbids() {
        let deep = [&[0xa1, 0x01][..], &[0x81; 8], &[0x00]].concat();
        let large: Vec<u8> =
            (0..65).fold(vec![0xb8, 65], |bytes, key| [&bytes[..], &[0x19, 1, key, 0]].concat());
        let deep_maps = [[0xa1, 0x01]; 9].concat();
        for (name, bytes, expected) in [
            ("key twice", &b"\xa2\x01\x00\x01\x00"[..], CborError::DuplicateKey),
            ("text key twice", b"\xa2\x61x\x00\x61x\x00", CborError::DuplicateKey),
            ("key twice, nested", b"\xa1\x01\xa2\x01\x00\x01\x00", CborError::DuplicateKey),
            ("indefinite map", b"\xbf\xff", CborError::Indefinite),
            ("indefinite bytes", b"\xa1\x01\x5f\x41a\xff", CborError::Indefinite),
            ("key twice, once in more bytes", b"\xa2\x01\x00\x18\x01\x00", CborError::DuplicateKey),
            ("text key twice, once in more bytes", b"\xa2\x61x\x00\x78\x01x\x00", CborError::DuplicateKey),
            ("text not UTF-8", b"\xa1\x01\x61\xff", CborError::NotUtf8),
            ("tag", b"\xa1\x01\xc0\x00", CborError::Reserved),
            ("unassigned simple value", b"\xa1\x01\xe0", CborError::Reserved),
            ("simple value in two bytes", b"\xa1\x01\xf8\x20", CborError::Reserved),
            ("reserved length", b"\xa1\x01\x1c", CborError::Reserved),
            ("bytes as key", b"\xa1\x41a\x00", CborError::Unexpected),
            ("no map", b"\x80", CborError::Unexpected),
            (
                "integer beyond 63 bits",
                b"\xa1\x1b\xff\xff\xff\xff\xff\xff\xff\xff\x00",
                CborError::Unexpected,
            ),
            ("something after it", b"\xa0\x00", CborError::Trailing),
            ("no bytes", b"", CborError::Truncated),
            ("short value", b"\xa1\x01\x42a", CborError::Truncated),
            ("entries missing", b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff", CborError::Truncated),
            ("elements missing", b"\xa1\x01\x9b\xff\xff\xff\xff\xff\xff\xff\xff", CborError::Truncated),
            ("length beyond memory", b"\xa1\x01\x5b\xff\xff\xff\xff\xff\xff\xff\xff", CborError::Truncated),
            ("65 entries", &large, CborError::Large),
            ("deep arrays", &deep, CborError::Depth),
            ("deep maps", &deep_maps, CborError::Depth),
        ] {
            assert_eq!(read(bytes), Err(expected), "{name}");
        }
    }
}
