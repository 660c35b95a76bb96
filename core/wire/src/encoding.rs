//! Binary as text, strictly: what decodes re-encodes to itself.

/// The text is not the one encoding of any bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotCanonical;

const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// base64url without padding (RFC 4648 section 5).
pub fn to_base64url(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for chunk in bytes.chunks(3) {
        let [first, second, third] = [0, 1, 2].map(|at| u32::from(chunk.get(at).copied().unwrap_or(0)));
        let group = (first << 16) | (second << 8) | third;
        let symbols = [group >> 18, group >> 12, group >> 6, group];
        for symbol in symbols.into_iter().take(chunk.len().saturating_add(1)) {
            let symbol = usize::try_from(symbol & 0x3f).unwrap_or(0);
            text.push(char::from(URL_SAFE.get(symbol).copied().unwrap_or(b'A')));
        }
    }
    text
}

/// Reads base64url without padding. Refuses padding, white space, the other alphabet and bits that no byte
/// takes up.
pub fn from_base64url(text: &str) -> Result<Vec<u8>, NotCanonical> {
    decode(text.as_bytes(), |byte| match byte {
        b'-' => Some(62),
        b'_' => Some(63),
        _ => common(byte),
    })
}

/// Reads base64 with padding (RFC 4648 section 4).
pub fn from_base64(text: &str) -> Result<Vec<u8>, NotCanonical> {
    if text.len().checked_rem(4) != Some(0) {
        return Err(NotCanonical);
    }
    let unpadded = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    decode(unpadded.as_bytes(), |byte| match byte {
        b'+' => Some(62),
        b'/' => Some(63),
        _ => common(byte),
    })
}

/// Reads base64 with padding, or base64url without, as keys in the environment may be.
pub fn from_either(text: &str) -> Result<Vec<u8>, NotCanonical> {
    from_base64(text).or_else(|_| from_base64url(text))
}

/// Writes a byte as its escape in a URL, `%2F` (RFC 3986 section 2.1).
pub fn escape(byte: u8, out: &mut String) {
    out.push('%');
    let digits = [byte >> 4, byte & 0xf].map(|digit| char::from_digit(digit.into(), 16));
    out.extend(digits.into_iter().flatten().map(|digit| digit.to_ascii_uppercase()));
}

fn common(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => byte.checked_sub(b'A'),
        b'a'..=b'z' => byte.checked_sub(b'a').and_then(|value| value.checked_add(26)),
        b'0'..=b'9' => byte.checked_sub(b'0').and_then(|value| value.checked_add(52)),
        _ => None,
    }
}

fn decode(text: &[u8], symbol: impl Fn(u8) -> Option<u8>) -> Result<Vec<u8>, NotCanonical> {
    let mut bytes = Vec::with_capacity(text.len().div_ceil(4).saturating_mul(3));
    for chunk in text.chunks(4) {
        let mut group = 0_u32;
        for at in 0..4 {
            let value = match chunk.get(at) {
                Some(byte) => symbol(*byte).ok_or(NotCanonical)?,
                None => 0,
            };
            group = (group << 6) | u32::from(value);
        }
        let [_, first, second, third] = group.to_be_bytes();
        match (chunk.len(), second, third) {
            (4, ..) => bytes.extend_from_slice(&[first, second, third]),
            (3, _, 0) => bytes.extend_from_slice(&[first, second]),
            (2, 0, 0) => bytes.push(first),
            _ => return Err(NotCanonical),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{from_base64, from_base64url, to_base64url};

    #[test]
    fn knows_rfc_4648_section_10() {
        for (plain, text) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(to_base64url(plain.as_bytes()), text);
            assert_eq!(from_base64url(text).unwrap(), plain.as_bytes());
        }
        assert_eq!(from_base64("Zg==").unwrap(), b"f");
        assert_eq!(from_base64("Zm8=").unwrap(), b"fo");
        assert_eq!(from_base64("+/+/").unwrap(), [0xfb, 0xff, 0xbf]);
        assert_eq!(from_base64url("-_-_").unwrap(), [0xfb, 0xff, 0xbf]);
    }

    #[test]
    fn refuses_other_spellings() {
        for (name, text) in [
            ("padding", "Zg=="),
            ("one symbol", "Z"),
            ("five symbols", "Zm9vZ"),
            ("bits left over in two", "Zh"),
            ("bits left over in three", "Zm9"),
            ("standard alphabet", "+/+/"),
            ("white space", "Zm 8"),
            ("line end", "Zm8\n"),
            ("junk", "Zm!8"),
        ] {
            assert!(from_base64url(text).is_err(), "{name}");
        }
        for (name, text) in [
            ("no padding", "Zg"),
            ("too much padding", "Zg==="),
            ("padding inside", "Zg==Zg=="),
            ("padding alone", "===="),
            ("bits left over", "Zh=="),
            ("url alphabet", "-_-_"),
        ] {
            assert!(from_base64(text).is_err(), "{name}");
        }
    }
}
