//! Path templates: `/register_start/{username}`.

use super::canonical::{canonical, decode_once};
use crate::encoding;

/// A path as the configuration writes it: literal segments and captures that take one whole segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathTemplate {
    text: String,
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    Literal(Vec<u8>),
    Capture(String),
}

/// Why a text is not a path template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateError {
    /// It does not begin with `/`.
    NotAbsolute,
    /// It has a query or a fragment.
    QueryOrFragment,
    /// It has an empty segment, a dot segment, a `;`, a `\`, a control character or a broken escape: no
    /// request for it could be told from its other spellings.
    NotCanonical,
    /// A `{` or `}` that is not around a whole segment, or a name outside `[A-Za-z0-9_]`.
    BadCapture,
    /// The same capture twice.
    RepeatedCapture,
}

impl PathTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let path = text.strip_prefix('/').ok_or(TemplateError::NotAbsolute)?;
        if text.contains(['?', '#']) {
            return Err(TemplateError::QueryOrFragment);
        }
        let count = path.split('/').count();
        let mut segments = Vec::with_capacity(count);
        for (position, segment) in path.split('/').enumerate() {
            let last = position.saturating_add(1) == count;
            let segment = Segment::parse(segment, last)?;
            if let Segment::Capture(_) = segment
                && segments.contains(&segment)
            {
                return Err(TemplateError::RepeatedCapture);
            }
            segments.push(segment);
        }
        Ok(Self { text: text.to_owned(), segments })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The names of its captures, in order.
    pub fn captures(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Capture(name) => Some(name.as_str()),
            Segment::Literal(_) => None,
        })
    }

    /// The path in which each capture says this; `None` where a server might read it as more than its segment, or as
    /// another text.
    pub fn filled(&self, value: &str) -> Option<String> {
        let mut segment = String::new();
        for byte in value.bytes() {
            match byte {
                b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                    segment.push(byte.into());
                }
                _ => encoding::escape(byte, &mut segment),
            }
        }
        let fits = has_one_meaning(value.as_bytes()) && !matches!(value, "" | "." | "..");
        let mut path = self.text.clone();
        for capture in self.captures() {
            path = path.replace(&format!("{{{capture}}}"), fits.then_some(&segment)?);
        }
        Some(path)
    }

    /// Whether some path fits both, in any spelling.
    pub fn overlaps(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.canonical_segments(), other.canonical_segments());
        ours.len() == theirs.len()
            && ours.iter().zip(&theirs).all(|pair| match pair {
                (Segment::Literal(a), Segment::Literal(b)) => a == b,
                _ => true,
            })
    }

    /// Whether every path that fits it lies under `prefix`, in any spelling.
    pub fn is_under(&self, prefix: &str) -> bool {
        let ours = self.canonical_segments();
        let wanted = canonical(prefix.as_bytes());
        let mut ours = ours.iter();
        segments(&wanted).all(|wanted| matches!(ours.next(), Some(Segment::Literal(ours)) if ours == wanted))
    }

    pub(super) fn exact_segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(super) fn canonical_segments(&self) -> Vec<Segment> {
        let mut canonical_segments = Vec::with_capacity(self.segments.len());
        for segment in &self.segments {
            canonical_segments.push(match segment {
                Segment::Capture(name) => Segment::Capture(name.clone()),
                Segment::Literal(literal) => {
                    let form = canonical(literal);
                    Segment::Literal(form.strip_prefix(b"/").unwrap_or(&form).to_vec())
                }
            });
        }
        let only_root = canonical_segments.len() == 1;
        if !only_root && canonical_segments.last() == Some(&Segment::Literal(Vec::new())) {
            canonical_segments.pop();
        }
        canonical_segments
    }

    /// What the captures hold in a path that fits the template.
    pub(super) fn capture(&self, path: &[u8]) -> Captures {
        let mut values = Vec::new();
        for (template, segment) in self.segments.iter().zip(segments(path)) {
            if let Segment::Capture(name) = template {
                values.push((name.clone(), decoded(segment)));
            }
        }
        Captures(values)
    }
}

/// The segments of a path that begins with `/`.
pub(super) fn segments(path: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    path.strip_prefix(b"/").unwrap_or(path).split(|&byte| byte == b'/')
}

impl Segment {
    fn parse(text: &str, last: bool) -> Result<Self, TemplateError> {
        if let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            let known = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            return known.then(|| Self::Capture(name.to_owned())).ok_or(TemplateError::BadCapture);
        }
        if text.contains(['{', '}']) {
            return Err(TemplateError::BadCapture);
        }
        let decoded = decode_once(text.as_bytes());
        let writable = text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b';' | b'\\'));
        let said = if text.is_empty() { last } else { !matches!(decoded.as_slice(), b"." | b"..") };
        (writable && has_one_meaning(&decoded) && said)
            .then(|| Self::Literal(text.as_bytes().to_vec()))
            .ok_or(TemplateError::NotCanonical)
    }
}

/// What the captures of a template held, decoded once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captures(Vec<(String, Option<String>)>);

/// One captured segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Captured<'a> {
    /// The template has no capture of this name.
    Absent,
    /// Servers may read it differently: another escape inside, a `;`, a `\`, a control character, a
    /// broken escape, not UTF-8.
    Unreadable,
    /// What the segment says, decoded once.
    Text(&'a str),
}

impl Captures {
    /// The value of one capture.
    pub fn value(&self, name: &str) -> Captured<'_> {
        match self.0.iter().find(|(known, _)| known == name) {
            None => Captured::Absent,
            Some((_, None)) => Captured::Unreadable,
            Some((_, Some(text))) => Captured::Text(text),
        }
    }
}

/// Decoded once; what could be decoded again, or not at all, still has a `%`.
fn decoded(segment: &[u8]) -> Option<String> {
    String::from_utf8(decode_once(segment)).ok().filter(|text| has_one_meaning(text.as_bytes()))
}

/// Whether every server reads what a segment says, decoded once, the same way.
fn has_one_meaning(said: &[u8]) -> bool {
    said.iter().all(|b| !b.is_ascii_control() && !matches!(b, b'%' | b';' | b'\\' | b'/' | b'?' | b'#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates() {
        use TemplateError::{BadCapture, NotAbsolute, NotCanonical, QueryOrFragment, RepeatedCapture};
        for (text, expected) in [
            ("/", Ok(vec![])),
            ("/login", Ok(vec![])),
            ("/Login/v1.0/caf%C3%A9", Ok(vec![])),
            ("/login/", Ok(vec![])),
            ("/u/{id}/k/{key_id}", Ok(vec!["id", "key_id"])),
            ("", Err(NotAbsolute)),
            ("login", Err(NotAbsolute)),
            ("https://bank.example/login", Err(NotAbsolute)),
            ("/login?x=1", Err(QueryOrFragment)),
            ("/login#x", Err(QueryOrFragment)),
            ("//login", Err(NotCanonical)),
            ("/a/../login", Err(NotCanonical)),
            ("/a/%2e%2e/login", Err(NotCanonical)),
            ("/login;x", Err(NotCanonical)),
            ("/lo%2Fgin", Err(NotCanonical)),
            ("/lo%zzgin", Err(NotCanonical)),
            ("/lo gin", Err(NotCanonical)),
            ("/café", Err(NotCanonical)),
            ("/login\\x", Err(NotCanonical)),
            ("/u/{}", Err(BadCapture)),
            ("/u/{a-b}", Err(BadCapture)),
            ("/u/x{id}", Err(BadCapture)),
            ("/u/{id", Err(BadCapture)),
            ("/u/{id}/{id}", Err(RepeatedCapture)),
        ] {
            let parsed = PathTemplate::parse(text);
            let captures = parsed.as_ref().map(|template| template.captures().collect());
            assert_eq!(captures.map_err(|error| *error), expected, "{text:?}");
        }
    }

    #[test]
    fn templates_that_overlap() {
        for (a, b, expected) in [
            ("/login", "/login", true),
            ("/login", "/LOGIN/", true),
            ("/login", "/%6Cogin", true),
            ("/u/{id}", "/u/me", true),
            ("/u/{id}", "/u/{name}", true),
            ("/u/{id}/x", "/u/me/y", false),
            ("/u/{id}", "/u", false),
            ("/", "/login", false),
        ] {
            let (x, y) = (PathTemplate::parse(a).unwrap(), PathTemplate::parse(b).unwrap());
            assert_eq!(x.overlaps(&y), expected, "{a} and {b}");
            assert_eq!(y.overlaps(&x), expected, "{b} and {a}");
        }
    }

    #[test]
    fn templates_under_a_prefix() {
        for (text, expected) in [
            ("/.countersign", true),
            ("/.Countersign/x", true),
            ("/.countersign/{x}", true),
            ("/.countersigned", false),
            ("/", false),
            ("/{x}/y", false),
        ] {
            assert_eq!(PathTemplate::parse(text).unwrap().is_under("/.countersign"), expected, "{text}");
        }
    }

    #[test]
    fn captured_values() {
        let template = PathTemplate::parse("/u/{id}").unwrap();
        for (name, path, expected) in [
            ("as it is", "/u/Alice", Captured::Text("Alice")),
            ("escaped", "/u/J%C3%B6rg%20B", Captured::Text("Jörg B")),
            ("escaped twice", "/u/%2541", Captured::Unreadable),
            ("a parameter", "/u/a;b", Captured::Unreadable),
            ("a slash", "/u/a%2Fb", Captured::Unreadable),
            ("a null byte", "/u/a%00", Captured::Unreadable),
            ("a broken escape", "/u/a%4", Captured::Unreadable),
            ("not UTF-8", "/u/%ff", Captured::Unreadable),
        ] {
            assert_eq!(template.capture(path.as_bytes()).value("id"), expected, "{name}");
        }
        assert_eq!(template.capture(b"/u/x").value("name"), Captured::Absent);
    }

    #[test]
    fn filled() {
        let template = PathTemplate::parse("/u/{id}/k/{key}").unwrap();
        for (value, path) in [
            ("ann", Some("/u/ann/k/ann")),
            ("A-z_0.~", Some("/u/A-z_0.~/k/A-z_0.~")),
            ("ann@bank.example", Some("/u/ann%40bank.example/k/ann%40bank.example")),
            ("a b+é{key}", Some("/u/a%20b%2B%C3%A9%7Bkey%7D/k/a%20b%2B%C3%A9%7Bkey%7D")),
            ("...", Some("/u/.../k/...")),
            ("", None),
            (".", None),
            ("..", None),
            ("a/b", None),
            ("..\\b", None),
            ("%2e%2e", None),
            ("a;b", None),
            ("a?b", None),
            ("a#b", None),
            ("a\u{0}", None),
        ] {
            assert_eq!(template.filled(value).as_deref(), path, "{value}");
        }
        assert_eq!(PathTemplate::parse("/login").unwrap().filled("a/b").as_deref(), Some("/login"));
    }
}
