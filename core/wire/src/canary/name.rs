//! `clientDataJSON` as the name of a member or field, in any case.
//!
//! A name and a mention are told apart by the neighbours:
//!
//! | reading | sign | no sign |
//! |---|---|---|
//! | JSON, also in a string | `"clientDataJSON" :` | `["clientDataJSON"]`, `"the clientDataJSON is"` |
//! | JSON as lenient readers take it, YAML | `{clientDataJSON:`, `'clientDataJSON' =`, `"clientDataJSON"/**/` | `"clientDataJSON: bad"` |
//! | form | `&clientDataJSON=`, `a[clientDataJSON]=`, `a.clientDataJSON=`, `&clientDataJSON&` | `a=clientDataJSON&` |
//! | multipart | `name="clientDataJSON"` | `filename="clientDataJSON"` |
//! | XML | `<clientDataJSON` | |
//! | CBOR, `MessagePack` | behind the byte that says: fourteen characters | |

const NAME: &[u8] = b"clientdatajson";

/// Whether it occurs as a name in plain text.
pub(super) fn occurs(text: &[u8]) -> bool {
    let mut matched = 0_usize;
    let mut start = 0;
    for (at, byte) in text.iter().enumerate() {
        // A backslash in front of a letter adds nothing: a quoted pair (RFC 2045), a needless escape.
        if *byte == b'\\' {
            continue;
        }
        let letter = byte.to_ascii_lowercase();
        // The first letter occurs once in the name, so nothing else can begin inside a failed match.
        if NAME.get(matched) != Some(&letter) {
            matched = 0;
        }
        if NAME.get(matched) == Some(&letter) {
            if matched == 0 {
                start = at;
            }
            matched = matched.saturating_add(1);
        }
        if matched == NAME.len() {
            matched = 0;
            let before = text.get(..start).unwrap_or_default();
            let after = text.get(at.saturating_add(1)..).unwrap_or_default();
            if is_name(before, after) {
                return true;
            }
        }
    }
    false
}

fn is_name(before: &[u8], after: &[u8]) -> bool {
    if is_binary_key(before, after) {
        return true;
    }
    if before.last().copied().is_some_and(is_word) || after.first().copied().is_some_and(is_word) {
        return false;
    }
    let (quoted, after) = past_the_end(after);
    let lead = before.trim_ascii_end();
    // Skipped white space may have been a line end; a form's `+` is a space.
    let starts_line = lead.is_empty()
        || before
            .get(lead.len()..)
            .is_some_and(|skipped| skipped.iter().any(|byte| matches!(byte, b'\r' | b'\n')));
    let lead = lead.iter().rev().find(|byte| !matches!(byte, b'+' | b'\\')).copied();
    let begins_member = starts_line || matches!(lead, Some(b'{' | b',' | b';' | b'/'));
    let stands_alone = matches!(lead, None | Some(b'&' | b'[' | b'.' | b'"' | b'\''));
    before.last() == Some(&b'<')
        || is_part_name(before, after)
        || match after {
            [b':' | b'#', ..] | [b'/', b'*' | b'/', ..] => quoted || begins_member,
            [b'=' | b'[', ..] => quoted || begins_member || stands_alone,
            [] | [b'&', ..] => stands_alone,
            _ => false,
        }
}

/// Past what may stand between a name and what shows that it is one: closing brackets of a field's path, then
/// quotes and white space, also as they stand in a string in JSON. And whether a quote was among them.
fn past_the_end(mut after: &[u8]) -> (bool, &[u8]) {
    let mut quoted = false;
    while let [b']' | b')', rest @ ..] = after {
        after = rest;
    }
    loop {
        after = match after {
            [b'"' | b'\'', rest @ ..] => {
                quoted = true;
                rest
            }
            [b'\\', b'n' | b'r' | b't', rest @ ..] | [b'\\' | b'+', rest @ ..] => rest,
            [byte, rest @ ..] if byte.is_ascii_whitespace() => rest,
            _ => return (quoted, after),
        }
    }
}

/// `name="…"` or `name*=UTF-8''…` (RFC 7578 section 4.2, RFC 8187). Not asked for is the rest of the header,
/// which readers of multipart do not agree on; a form field that is called `name` is told apart by the `&`.
fn is_part_name(before: &[u8], after: &[u8]) -> bool {
    let opening = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'\\');
    let path = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'[' | b']' | b'.' | b'"' | b'\'' | b'\\')
    };
    let mut lead = trim_end(before, usize::MAX, opening);
    if !lead.ends_with(b"=") {
        lead = trim_end(trim_end(before, LONGEST_PATH, path), usize::MAX, u8::is_ascii_whitespace);
    }
    let Some(lead) = lead.strip_suffix(b"=") else { return false };
    let lead = trim_end(lead, usize::MAX, |byte| {
        byte.is_ascii_whitespace() || byte.is_ascii_digit() || *byte == b'*'
    });
    let Some((lead, name)) = lead.len().checked_sub(4).and_then(|at| lead.split_at_checked(at)) else {
        return false;
    };
    let in_form = matches!(lead.last(), None | Some(b'&')) && matches!(after.first(), None | Some(b'&'));
    name.eq_ignore_ascii_case(b"name") && !lead.last().copied().is_some_and(is_word) && !in_form
}

/// What a name in a part may have in front of it: `response[`, `UTF-8'en'`. The bound keeps a body of nothing
/// but names linear; a longer path would have to be one that the relying party knows.
const LONGEST_PATH: usize = 256;

fn trim_end(mut text: &[u8], most: usize, unwanted: impl Fn(&u8) -> bool) -> &[u8] {
    let mut left = most;
    while let [rest @ .., last] = text
        && left > 0
        && unwanted(last)
    {
        text = rest;
        left = left.saturating_sub(1);
    }
    text
}

/// A text of fourteen characters in CBOR (RFC 8949 section 3: 0x6e, 0x78 0x0e) with a string behind it, or in
/// `MessagePack` (0xae, 0xd9 0x0e).
fn is_binary_key(before: &[u8], after: &[u8]) -> bool {
    match before.last() {
        Some(0x0e) => true,
        Some(0x6e) => matches!(after.first(), Some(0x40..=0x5b | 0x60..=0x7b)),
        Some(0xae) => matches!(after.first(), Some(0x80..)),
        _ => false,
    }
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$')
}
