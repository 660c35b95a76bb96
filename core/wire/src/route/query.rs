//! Parameters in a request's query, and requests that ask for another method than their own.

use crate::headers::Headers;

use super::canonical::hex;

/// Headers by which frameworks let a request ask for another method.
const METHOD_OVERRIDE_HEADERS: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// Whether a parameter or form field of this name asks for another method (`_method`, in any case).
pub fn names_method(name: &str) -> bool {
    name.eq_ignore_ascii_case("_method")
}

/// Whether a request asks for another method than its own, by a header or in its query, readable or not. On a
/// guarded path that is refused.
pub fn overrides_method(headers: &Headers) -> bool {
    METHOD_OVERRIDE_HEADERS.iter().any(|name| headers.has(name))
        || headers.all(":path").any(query_names_method)
}

/// What a query says about one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// It does not occur.
    Absent,
    /// It occurs more than once, by whatever separator or escape.
    Repeated,
    /// Its value has a broken escape or a `;`, or is not UTF-8.
    Unreadable,
    /// Its value, decoded as a form does it (`+` is a space).
    Text(String),
}

/// The query of a request's `:path`: what follows the first `?`, if there is one.
pub fn query_of(path: &[u8]) -> Option<&[u8]> {
    let start = path.iter().position(|&byte| byte == b'?')?;
    path.split_at_checked(start)?.1.strip_prefix(b"?")
}

/// The request's `:path` without its query.
pub fn without_query(path: &[u8]) -> &[u8] {
    path.split(|&byte| byte == b'?').next().unwrap_or(path)
}

/// The value of one parameter.
pub fn parameter(query: &[u8], name: &str) -> Parameter {
    let mut found = Parameter::Absent;
    for part in query.split(|&byte| byte == b'&') {
        // Old servers take `;` for a separator too. What only they would see counts as an occurrence.
        for (position, piece) in part.split(|&byte| byte == b';').enumerate() {
            let (key, value) = split_pair(piece);
            if decode_form(key).as_deref() != Some(name.as_bytes()) {
                continue;
            }
            if found != Parameter::Absent {
                return Parameter::Repeated;
            }
            let ambiguous = position > 0 || part.contains(&b';');
            let text =
                decode_form(value).filter(|_| !ambiguous).and_then(|bytes| String::from_utf8(bytes).ok());
            found = text.map_or(Parameter::Unreadable, Parameter::Text);
        }
    }
    found
}

fn query_names_method(path: &[u8]) -> bool {
    let pieces = query_of(path).unwrap_or_default().split(|byte| matches!(byte, b'&' | b';'));
    pieces
        .filter_map(|piece| decode_form(split_pair(piece).0))
        .any(|key| std::str::from_utf8(&key).is_ok_and(names_method))
}

fn split_pair(piece: &[u8]) -> (&[u8], &[u8]) {
    let mut halves = piece.splitn(2, |&byte| byte == b'=');
    (halves.next().unwrap_or_default(), halves.next().unwrap_or_default())
}

/// `application/x-www-form-urlencoded` decoding, but a broken escape is an error.
fn decode_form(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let ([high, low], after) = after.split_first_chunk::<2>()?;
                rest = after;
                hex(*high, *low)?
            }
            _ => byte,
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters() {
        let text = |text: &str| Parameter::Text(text.to_owned());
        for (name, query, expected) in [
            ("alone", "type=card", text("card")),
            ("among others", "a=1&type=card&b", text("card")),
            ("without a value", "type", text("")),
            ("an equals sign in the value", "type=a=b", text("a=b")),
            ("escaped", "type=c%61rd+x", text("card x")),
            ("an escaped name", "%74ype=card", text("card")),
            ("UTF-8", "type=%C3%B6", text("ö")),
            ("absent", "types=card&a=type", Parameter::Absent),
            ("an empty query", "", Parameter::Absent),
            ("another case", "Type=card", Parameter::Absent),
            ("twice", "type=card&type=wire", Parameter::Repeated),
            ("twice the same", "type=card&type=card", Parameter::Repeated),
            ("twice, once escaped", "type=card&t%79pe=wire", Parameter::Repeated),
            ("twice, by a semicolon", "type=card;type=wire", Parameter::Repeated),
            ("a second one behind a semicolon", "a=1;type=wire&type=card", Parameter::Repeated),
            ("only behind a semicolon", "a=1;type=wire", Parameter::Unreadable),
            ("a semicolon in the value", "type=card;x", Parameter::Unreadable),
            ("a broken escape", "type=%4", Parameter::Unreadable),
            ("not UTF-8", "type=%ff", Parameter::Unreadable),
        ] {
            assert_eq!(parameter(query.as_bytes(), "type"), expected, "{name}");
        }
    }

    #[test]
    fn method_overrides() {
        for (name, path, header, expected) in [
            ("there", "/login?_method=PUT", "accept", true),
            ("among others", "/login?a=1&_method=PUT", "accept", true),
            ("by a semicolon", "/login?a=1;_method=PUT", "accept", true),
            ("escaped", "/login?%5Fmethod=PUT", "accept", true),
            ("another case", "/login?_METHOD=PUT", "accept", true),
            ("an unreadable value", "/login?_method=%ff", "accept", true),
            ("not there", "/login?method=PUT", "accept", false),
            ("in the path", "/_method=PUT", "accept", false),
            ("no query", "/login", "accept", false),
            ("a broken name", "/login?%_method", "accept", false),
            ("x-http-method-override", "/login", "X-HTTP-Method-Override", true),
            ("x-http-method", "/login", "x-http-method", true),
            ("x-method-override", "/login", "x-method-override", true),
        ] {
            let mut headers = Headers::default();
            headers.push(b":path", path.as_bytes());
            headers.push(header.as_bytes(), b"PUT");
            assert_eq!(overrides_method(&headers), expected, "{name}");
        }
    }
}
