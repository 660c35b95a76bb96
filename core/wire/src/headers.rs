//! A header map as it stood on the wire: names lower case, values bytes, repeats kept.

use core::ops::Range;
use core::str;

/// The headers of one request or answer, pseudo-headers included: one buffer, and where in it each header is.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    bytes: Vec<u8>,
    spans: Vec<Span>,
}

#[derive(Clone, Debug)]
struct Span {
    name: Range<usize>,
    value: Range<usize>,
}

/// What asking for a header that must not be repeated can find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Single<'a> {
    /// Not there.
    Absent,
    /// Once.
    One(&'a [u8]),
    /// More than once: nobody knows which one the relying party reads.
    Repeated,
}

impl Headers {
    /// Room for `count` headers of `size` bytes in all.
    pub fn with_capacity(count: usize, size: usize) -> Self {
        Self { bytes: Vec::with_capacity(size), spans: Vec::with_capacity(count) }
    }

    /// Appends a header as it came; the name is lower-cased.
    pub fn push(&mut self, name: &[u8], value: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend(name.iter().map(u8::to_ascii_lowercase));
        let middle = self.bytes.len();
        self.bytes.extend_from_slice(value);
        self.spans.push(Span { name: start..middle, value: middle..self.bytes.len() });
    }

    /// All headers in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let part = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
        self.spans.iter().map(move |span| (part(&span.name), part(&span.value)))
    }

    /// Every value of a name, in order. `name` is lower case.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.iter().filter(move |(candidate, _)| *candidate == name.as_bytes()).map(|(_, value)| value)
    }

    /// The value of a header that may stand once only.
    pub fn single(&self, name: &str) -> Single<'_> {
        let mut values = self.iter().filter(|(candidate, _)| *candidate == name.as_bytes());
        match (values.next(), values.next()) {
            (None, _) => Single::Absent,
            (Some((_, value)), None) => Single::One(value),
            (Some(_), Some(_)) => Single::Repeated,
        }
    }

    /// The first value as text; `None` when absent or not UTF-8. For what no decision hangs on.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(candidate, _)| *candidate == name.as_bytes())
            .and_then(|(_, value)| str::from_utf8(value).ok())
    }

    /// Whether the name stands at all.
    pub fn has(&self, name: &str) -> bool {
        self.iter().any(|(candidate, _)| candidate == name.as_bytes())
    }

    /// `:status` of an answer; 0 when unreadable, which no table accepts.
    pub fn status(&self) -> u16 {
        self.text(":status").and_then(|text| text.parse().ok()).unwrap_or(0)
    }
}

/// What to change in a header map before it goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// Names whose every value goes.
    pub remove: Vec<String>,
    /// Names set to one value; bytes, for a request's cookies are among them.
    pub set: Vec<(String, Vec<u8>)>,
    /// Values added beside what stands (`set-cookie`).
    pub add: Vec<(String, String)>,
}

impl Edits {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.remove.is_empty() && self.set.is_empty() && self.add.is_empty()
    }
}
