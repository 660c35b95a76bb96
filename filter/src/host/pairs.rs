//! The ABI's form of a header map: a count, then the lengths of each name and value, then names and values each with a
//! NUL (proxy-wasm ABI 0.2.1).

use countersign::headers::Headers;

/// What the host gave; `None` when it is no such map.
pub(super) fn read(wire: &[u8]) -> Option<Headers> {
    if wire.is_empty() {
        return Some(Headers::default());
    }
    let (count, rest) = wire.split_first_chunk::<4>()?;
    let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
    let (mut lengths, mut texts) = rest.split_at_checked(count.checked_mul(8)?)?;
    let mut headers = Headers::with_capacity(count, texts.len());
    let mut text = |lengths: &mut &[u8]| {
        let (length, later) = lengths.split_first_chunk::<4>()?;
        *lengths = later;
        let (text, later) = texts.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        texts = later.strip_prefix(&[0])?;
        Some(text)
    };
    for _ in 0..count {
        let name = text(&mut lengths)?;
        let value = text(&mut lengths)?;
        headers.push(name, value);
    }
    Some(headers)
}

/// What the host is given.
pub(super) fn write(headers: &[(impl AsRef<[u8]>, impl AsRef<[u8]>)]) -> Option<Vec<u8>> {
    let mut wire = u32::try_from(headers.len()).ok()?.to_le_bytes().to_vec();
    for (name, value) in headers {
        wire.extend(u32::try_from(name.as_ref().len()).ok()?.to_le_bytes());
        wire.extend(u32::try_from(value.as_ref().len()).ok()?.to_le_bytes());
    }
    for (name, value) in headers {
        wire.extend_from_slice(name.as_ref());
        wire.push(0);
        wire.extend_from_slice(value.as_ref());
        wire.push(0);
    }
    Some(wire)
}
