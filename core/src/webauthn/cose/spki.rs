//! `COSE_Key` to `SubjectPublicKeyInfo`, to compare with the `publicKey` that browsers put beside it.

use super::{CURVE, KEY_TYPE, X, Y};
use crate::webauthn::cbor::{CborError, Key, Map, Reader};

const RSA_MODULUS: Key<'_> = Key::Integer(-1);
const RSA_EXPONENT: Key<'_> = Key::Integer(-2);

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const INTEGER: u8 = 0x02;

/// `AlgorithmIdentifier` of RSA (RFC 3279 section 2.3.1).
const RSA: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
/// Of keys on P-384 and P-521 (RFC 5480 section 2.1.1).
const P384: &[u8] = b"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22";
const P521: &[u8] = b"\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23";
/// Of Ed25519 and Ed448 (RFC 8410 section 3).
const ED25519: &[u8] = b"\x30\x05\x06\x03\x2b\x65\x70";
const ED448: &[u8] = b"\x30\x05\x06\x03\x2b\x65\x71";

/// `None`: a key type or curve that is not here, or a member that is absent or of the wrong length.
pub(super) fn from_cose(map: &Map<'_>) -> Option<Vec<u8>> {
    let integer = |key| map.read(key, Reader::integer).ok();
    let (algorithm, key) = match (integer(KEY_TYPE)?, integer(CURVE)) {
        (1, Some(6)) => (ED25519, coordinate(map, X, 32)?.to_vec()),
        (1, Some(7)) => (ED448, coordinate(map, X, 57)?.to_vec()),
        (2, Some(2)) => (P384, point(map, 48)?),
        (2, Some(3)) => (P521, point(map, 66)?),
        (3, _) => (RSA, rsa(map).ok()?),
        _ => return None,
    };
    let key = tlv(BIT_STRING, &[&[0], &key[..]].concat())?;
    tlv(SEQUENCE, &[algorithm, &key].concat())
}

fn coordinate<'a>(map: &Map<'a>, key: Key<'_>, length: usize) -> Option<&'a [u8]> {
    map.read(key, Reader::bytes).ok().filter(|bytes| bytes.len() == length)
}

fn point(map: &Map<'_>, length: usize) -> Option<Vec<u8>> {
    Some([&[4], coordinate(map, X, length)?, coordinate(map, Y, length)?].concat())
}

fn rsa(map: &Map<'_>) -> Result<Vec<u8>, CborError> {
    let integer = |key| unsigned(map.read(key, Reader::bytes)?).ok_or(CborError::Unexpected);
    let numbers = [integer(RSA_MODULUS)?, integer(RSA_EXPONENT)?].concat();
    tlv(SEQUENCE, &numbers).ok_or(CborError::Unexpected)
}

/// A DER integer: no more leading zeros than keep it positive.
fn unsigned(bytes: &[u8]) -> Option<Vec<u8>> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = bytes.get(zeros..)?;
    match digits.first() {
        Some(first) if *first < 0x80 => tlv(INTEGER, digits),
        _ => tlv(INTEGER, &[&[0], digits].concat()),
    }
}

/// Tag, length, contents; contents of up to 65535 bytes.
fn tlv(tag: u8, contents: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(contents.len()).ok()?;
    let [high, low] = length.to_be_bytes();
    let head: &[u8] = match length {
        0..=0x7f => &[tag, low],
        0x80..=0xff => &[tag, 0x81, low],
        _ => &[tag, 0x82, high, low],
    };
    Some([head, contents].concat())
}
