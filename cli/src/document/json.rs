//! JSON as the plugin reads it, and where its parts stand.

use countersign::config::DEPTH;
use countersign::json::{self, JsonError};

use super::{Document, Places, Unreadable, joined, place_of};

pub(super) fn read(bytes: &[u8]) -> Result<Document, Unreadable> {
    let value = json::parse(bytes, DEPTH).map_err(|error| unreadable(bytes, error))?;
    let text = String::from_utf8_lossy(bytes);
    let mut scan = Scan { text: &text, at: 0, places: Places::default() };
    let start = scan.space();
    scan.places.insert("", place_of(&text, start));
    scan.value("");
    Ok(Document { value, places: scan.places })
}

fn unreadable(bytes: &[u8], error: JsonError) -> Unreadable {
    let text = String::from_utf8_lossy(bytes);
    let found = |at: usize| text.get(at..).and_then(|rest| rest.chars().next());
    let (at, message, help) = match error {
        JsonError::ByteOrderMark => {
            (Some(0), "the file begins with a byte order mark".to_owned(), "save it as UTF-8 without one")
        }
        JsonError::Duplicate(at) => (
            Some(at),
            match name_at(&text, at) {
                Some(name) => format!("the name {name} stands twice in one object"),
                None => "a name stands twice in this object".to_owned(),
            },
            "write every member once",
        ),
        JsonError::Depth(at) => (
            Some(at),
            format!("this is nested deeper than {DEPTH} levels"),
            "write fewer lists and objects inside each other",
        ),
        JsonError::NotUtf8 => (
            std::str::from_utf8(bytes).err().map(|error| error.valid_up_to()),
            "this is not UTF-8".to_owned(),
            "save the file as UTF-8",
        ),
        JsonError::Syntax(at) => (
            Some(at),
            found(at).map_or_else(
                || "the text ends too early".to_owned(),
                |found| format!("`{}` is not JSON here", found.escape_debug()),
            ),
            "names and texts stand in double quotes, members are separated by one comma, there are no comments",
        ),
        JsonError::Trailing(at) => {
            (Some(at), "something follows the object".to_owned(), "write one JSON object and nothing else")
        }
        JsonError::UnpairedSurrogate(at) => (
            Some(at),
            "this escape is half a character".to_owned(),
            "write the character itself, or both halves",
        ),
    };
    Unreadable { place: at.map(|at| place_of(&text, at)), message, help: help.to_owned() }
}

/// The name that begins with the quote here.
fn name_at(text: &str, at: usize) -> Option<String> {
    let rest = text.get(at..)?;
    rest.starts_with('"').then_some(())?;
    let name = rest.get(1..)?.split('"').next()?;
    Some(format!("`{}`", name.escape_debug()))
}

/// Goes through a text that was parsed: its grammar is beyond doubt.
struct Scan<'t> {
    text: &'t str,
    at: usize,
    places: Places,
}

impl Scan<'_> {
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }

    /// Goes to what comes next, and says where that is.
    fn space(&mut self) -> usize {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        self.at
    }

    fn value(&mut self, pointer: &str) {
        self.space();
        match self.peek() {
            b'{' => self.object(pointer),
            b'[' => self.array(pointer),
            b'"' => {
                self.string();
            }
            _ => {
                while !matches!(self.peek(), b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r' | 0) {
                    self.at += 1;
                }
            }
        }
    }

    fn object(&mut self, pointer: &str) {
        self.at += 1;
        while self.next_is_not(b'}') {
            let start = self.at;
            let name = self.string();
            let child = joined(pointer, &name);
            self.places.insert(&child, place_of(self.text, start));
            self.space();
            self.at += 1;
            self.value(&child);
        }
    }

    fn array(&mut self, pointer: &str) {
        self.at += 1;
        let mut index = 0_usize;
        while self.next_is_not(b']') {
            let child = joined(pointer, &index.to_string());
            self.places.insert(&child, place_of(self.text, self.at));
            self.value(&child);
            index += 1;
        }
    }

    /// Whether another element comes; takes the comma before it, or the end.
    fn next_is_not(&mut self, end: u8) -> bool {
        self.space();
        if self.peek() == b',' {
            self.at += 1;
            self.space();
        }
        let more = self.peek() != end && self.at < self.text.len();
        if !more {
            self.at += 1;
        }
        more
    }

    /// A string, unescaped.
    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        while self.peek() != b'"' && self.at < self.text.len() {
            self.at += if self.peek() == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        let quoted = self.text.get(start..self.at).unwrap_or_default();
        let value = json::parse(quoted.as_bytes(), 1).ok();
        value.as_ref().and_then(json::Value::as_str).unwrap_or_default().to_owned()
    }
}
