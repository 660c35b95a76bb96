//! A body with the usual spellings undone, all at once and however deep they are nested.

/// The body without percent-encoding (also `%uXXXX`), JSON's `\uXXXX` and the zero bytes that UTF-16 and
/// UTF-32 put around ASCII. What an undone escape completes is undone in turn, so JSON in a form in JSON reads
/// as the innermost text. Each step shortens the buffer, which keeps the whole linear.
///
/// This cannot hide a name: a name stands after a delimiter, no delimiter is a hexadecimal digit, and so no
/// escape reaches across it.
pub(super) fn plain(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(body.len());
    for byte in body.iter().copied().filter(|byte| *byte != 0) {
        text.push(byte);
        while let Some((length, replacement)) = escape(&text) {
            text.truncate(text.len().saturating_sub(length));
            if length == UNICODE {
                // JSON in a string doubles the backslash. Left behind, it would make a line end of an `n`.
                while text.last() == Some(&b'\\') {
                    text.pop();
                }
            }
            text.push(replacement);
        }
    }
    text
}

/// The length of `\uXXXX`.
const UNICODE: usize = 6;

/// The escape that the text ends with: its length, and the byte it stands for.
fn escape(text: &[u8]) -> Option<(usize, u8)> {
    match text {
        [.., b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
            Some((3, ascii(number(&[*high, *low])?)))
        }
        [.., b'\\' | b'%', b'u', a, b, c, d] => Some((UNICODE, folded(number(&[*a, *b, *c, *d])?))),
        // U+0130, U+0131 and U+017F in UTF-8.
        [.., 0xc4, 0xb0 | 0xb1] => Some((2, b'i')),
        [.., 0xc5, 0xbf] => Some((2, b's')),
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |sum, digit| Some((sum << 4) | char::from(*digit).to_digit(16)?))
}

/// A code unit as a byte. Three letters outside ASCII are `i` or `s` to readers that ignore case (Go's
/// `encoding/json`, Java's `equalsIgnoreCase`). No other takes part in what is looked for.
fn folded(unit: u32) -> u8 {
    match unit {
        0x130 | 0x131 => b'i',
        0x17f => b's',
        _ => u8::try_from(unit).ok().filter(u8::is_ascii).map_or(0xff, |byte| ascii(byte.into())),
    }
}

/// An encoded byte. An encoded zero ends a name where C reads it, and so does the space that it becomes.
fn ascii(byte: u32) -> u8 {
    u8::try_from(byte).ok().map_or(0xff, |byte| if byte == 0 { b' ' } else { byte })
}
