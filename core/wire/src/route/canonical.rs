//! The other paths that a forgiving relying party may take a path for.
//!
//! Servers decode once, twice or not at all, drop `;` parameters before or after that, resolve dot
//! segments or keep them. Which of it the relying party does is not known here, so every combination
//! is tried: 2 × 3 × 2 × 2 × 2 × 2 at the most, and only those that the path gives reason for.

use std::borrow::Cow;
use std::ops::ControlFlow;

/// The longest path whose forms are worked out, in bytes. A longer one counts as ambiguous.
pub(super) const LONGEST: usize = 8 * 1024;

/// Whether the path has no other form: its bytes are the only thing a server can make of it.
pub(super) fn is_plain(path: &[u8]) -> bool {
    let Some(rest) = path.strip_prefix(b"/") else { return false };
    let mut before = b'/';
    for &byte in rest {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => {}
            b'.' | b'/' if before != b'/' => {}
            _ => return false,
        }
        before = byte;
    }
    before != b'/' || rest.is_empty()
}

/// The form after every step: decoded until nothing changes, `\` as `/`, lower case, cut at a
/// fragment, without `;` parameters, doubled slashes, dot segments and a trailing slash.
pub(super) fn canonical(path: &[u8]) -> Vec<u8> {
    Steps {
        early_parameters: false,
        decoding: Decoding::Full,
        backslashes: true,
        cut: true,
        parameters: true,
        dots: true,
    }
    .apply(path)
}

/// Shows every form of the path to `visit`, [`canonical`] among them, until it breaks off.
pub(super) fn forms(path: &[u8], visit: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
    let bare = decode(path);
    let either = |present: bool| if present { [Some(false), Some(true)] } else { [Some(false), None] };
    let has = |wanted: &[u8]| bare.iter().any(|byte| wanted.contains(byte));
    let parameters = has(b";");
    let decodings: &[Decoding] = if path.contains(&b'%') {
        &[Decoding::None, Decoding::Once, Decoding::Full]
    } else {
        &[Decoding::None]
    };
    for early_parameters in either(path.contains(&b';')).into_iter().flatten() {
        for &decoding in decodings {
            for backslashes in either(has(b"\\")).into_iter().flatten() {
                for cut in either(has(CUTS)).into_iter().flatten() {
                    for parameters in either(parameters).into_iter().flatten() {
                        for dots in either(has(b".")).into_iter().flatten() {
                            let steps =
                                Steps { early_parameters, decoding, backslashes, cut, parameters, dots };
                            visit(&steps.apply(path))?;
                        }
                    }
                }
            }
        }
    }
    ControlFlow::Continue(())
}

/// Where some server ends a path: at a query or fragment that was encoded, at the end of a C string.
const CUTS: &[u8] = b"?#\0";

#[derive(Clone, Copy)]
enum Decoding {
    None,
    Once,
    Full,
}

#[expect(clippy::struct_excessive_bools, reason = "each step is taken or not, whatever the others")]
struct Steps {
    early_parameters: bool,
    decoding: Decoding,
    backslashes: bool,
    cut: bool,
    parameters: bool,
    dots: bool,
}

impl Steps {
    fn apply(&self, path: &[u8]) -> Vec<u8> {
        let path =
            if self.early_parameters { Cow::Owned(without_parameters(path)) } else { Cow::Borrowed(path) };
        let mut path = match self.decoding {
            Decoding::None => path.into_owned(),
            Decoding::Once => decode_once(&path),
            Decoding::Full => decode(&path),
        };
        if self.backslashes {
            for byte in &mut path {
                if *byte == b'\\' {
                    *byte = b'/';
                }
            }
        }
        if self.cut
            && let Some(end) = path.iter().position(|byte| CUTS.contains(byte))
        {
            path.truncate(end);
        }
        if self.parameters {
            path = without_parameters(&path);
        }
        without_empty_segments(&lower(&path), self.dots)
    }
}

/// Percent-decoding (RFC 3986 section 2.1) until it no longer changes anything, in one pass: no two escapes
/// overlap, so replacing each as soon as it is complete ends where repeated passes would.
fn decode(path: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(path.len());
    for &byte in path {
        decoded.push(byte);
        while let Some((rest, [b'%', high, low])) = decoded.split_last_chunk::<3>()
            && let Some(value) = hex(*high, *low)
        {
            let length = rest.len();
            decoded.truncate(length);
            decoded.push(value);
        }
    }
    decoded
}

/// One pass of percent-decoding; what is no escape stays.
pub(super) fn decode_once(path: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let escape =
            after.split_first_chunk::<2>().and_then(|([high, low], after)| Some((hex(*high, *low)?, after)));
        match escape {
            Some((value, after)) if byte == b'%' => {
                decoded.push(value);
                rest = after;
            }
            _ => decoded.push(byte),
        }
    }
    decoded
}

/// The byte that two hexadecimal digits stand for.
pub(super) fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)?.checked_mul(16)?.checked_add(digit(low)?)?).ok()
}

fn without_parameters(path: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(path.len());
    let mut inside = false;
    for &byte in path {
        match byte {
            b'/' => inside = false,
            b';' => inside = true,
            _ => {}
        }
        if !inside {
            kept.push(byte);
        }
    }
    kept
}

/// Lower case, as far as it can make ASCII: beside `A` to `Z` the Kelvin sign (U+212A) and, by way of upper
/// case, the long s (U+017F).
fn lower(path: &[u8]) -> Vec<u8> {
    let mut lowered = Vec::with_capacity(path.len());
    let mut rest = path;
    loop {
        rest = match rest {
            [] => return lowered,
            [0xe2, 0x84, 0xaa, after @ ..] => {
                lowered.push(b'k');
                after
            }
            [0xc5, 0xbf, after @ ..] => {
                lowered.push(b's');
                after
            }
            [byte, after @ ..] => {
                lowered.push(byte.to_ascii_lowercase());
                after
            }
        };
    }
}

/// `/` and the segments that say something; with `dots`, dot segments are resolved (RFC 3986 section 5.2.4).
fn without_empty_segments(path: &[u8], dots: bool) -> Vec<u8> {
    let mut segments: Vec<&[u8]> = Vec::new();
    for segment in path.split(|&byte| byte == b'/') {
        match segment {
            b"" => {}
            b"." if dots => {}
            b".." if dots => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    let mut joined = Vec::with_capacity(path.len());
    for segment in segments {
        joined.push(b'/');
        joined.extend_from_slice(segment);
    }
    if joined.is_empty() {
        joined.push(b'/');
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths() {
        for (path, expected) in [
            ("/", true),
            ("/login", true),
            ("/a/b-c_d.json", true),
            ("/a.b/c", true),
            ("", false),
            ("login", false),
            ("//", false),
            ("/a/", false),
            ("/a//b", false),
            ("/.a", false),
            ("/a/../b", false),
            ("/A", false),
            ("/a%20", false),
            ("/a;b", false),
            ("/a\\b", false),
            ("/a#b", false),
            ("/é", false),
            ("/a\0", false),
        ] {
            assert_eq!(is_plain(path.as_bytes()), expected, "{path:?}");
            if expected {
                assert_eq!(canonical(path.as_bytes()), path.as_bytes(), "{path:?}");
            }
        }
    }

    #[test]
    fn canonical_form() {
        for (name, path, expected) in [
            ("escaped", "/%6Cogin", "/login"),
            ("escaped twice", "/%256Cogin", "/login"),
            ("escaped in halves", "/%%36%63ogin", "/login"),
            ("an escape of an escape's digit", "/%6%43ogin", "/login"),
            ("case", "/LoGiN", "/login"),
            ("the Kelvin sign", "/K", "/k"),
            ("the long s", "/%C5%BF", "/s"),
            ("a parameter", "/login;v=1/x", "/login/x"),
            ("an escaped parameter", "/login%3Bv", "/login"),
            ("a backslash", "/a\\b", "/a/b"),
            ("an escaped backslash", "/a%5Cb", "/a/b"),
            ("doubled slashes", "//a///b", "/a/b"),
            ("a dot segment", "/./a/./b/.", "/a/b"),
            ("a double dot segment", "/x/../a", "/a"),
            ("an escaped double dot segment", "/x/%2e%2E/a", "/a"),
            ("a double dot with a parameter", "/x/..;/a", "/a"),
            ("over the root", "/../../a", "/a"),
            ("a trailing slash", "/a/", "/a"),
            ("a fragment", "/a#b", "/a"),
            ("an escaped fragment", "/a%23b", "/a"),
            ("an escaped query", "/a%3Fb", "/a"),
            ("a null byte", "/a%00b", "/a"),
            ("no leading slash", "a", "/a"),
            ("nothing", "", "/"),
            ("no escape at all", "/%zz%", "/%zz%"),
        ] {
            assert_eq!(String::from_utf8_lossy(&canonical(path.as_bytes())), expected, "{name}");
        }
    }

    #[test]
    fn work_is_bounded() {
        let mut path = b"/".to_vec();
        path.extend(b"%25".repeat(2_000));
        path.extend(b"2F;#\\.\0");
        let mut seen = 0;
        let end = forms(&path, &mut |form| {
            seen += 1;
            assert!(form.len() <= path.len() + 1);
            ControlFlow::Continue(())
        });
        assert!(end.is_continue() && seen <= 96, "{seen} forms");
    }
}
