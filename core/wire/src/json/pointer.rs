//! JSON Pointer (RFC 6901).

use core::fmt;

use super::Value;

/// Where in a document a value is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pointer(Vec<String>);

/// Why a text is not a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointerError {
    /// It is neither empty nor starts with `/`.
    NoSlash,
    /// `~` is followed by neither `0` nor `1`.
    Escape,
}

impl Pointer {
    /// `""` is the whole document, `/a/0` the first element of member `a`.
    pub fn parse(text: &str) -> Result<Self, PointerError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let rest = text.strip_prefix('/').ok_or(PointerError::NoSlash)?;
        rest.split('/').map(unescape).collect::<Result<_, _>>().map(Self)
    }

    /// Whether it is the whole document.
    pub fn is_whole(&self) -> bool {
        self.0.is_empty()
    }

    /// The names and indices on the way, unescaped.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

fn unescape(token: &str) -> Result<String, PointerError> {
    let mut unescaped = String::with_capacity(token.len());
    let mut characters = token.chars();
    while let Some(character) = characters.next() {
        unescaped.push(match character {
            '~' => match characters.next() {
                Some('0') => '~',
                Some('1') => '/',
                _ => return Err(PointerError::Escape),
            },
            other => other,
        });
    }
    Ok(unescaped)
}

/// The text that parses to it.
impl fmt::Display for Pointer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|token| write!(out, "/{}", token.replace('~', "~0").replace('/', "~1")))
    }
}

impl Value {
    /// The value that a pointer names.
    pub fn at(&self, pointer: &Pointer) -> Option<&Self> {
        pointer.0.iter().try_fold(self, |value, token| match value {
            Self::Object(object) => object.get(token),
            Self::Array(elements) => elements.get(index(token)?),
            _ => None,
        })
    }

    /// The value that a pointer names, to change it.
    pub fn at_mut(&mut self, pointer: &Pointer) -> Option<&mut Self> {
        follow(self, &pointer.0)
    }

    /// Takes the object member that a pointer names out of its object.
    pub fn remove_at(&mut self, pointer: &Pointer) -> Option<Self> {
        let (name, parent) = pointer.0.split_last()?;
        follow(self, parent)?.as_object_mut()?.remove(name)
    }
}

fn follow<'v>(value: &'v mut Value, tokens: &[String]) -> Option<&'v mut Value> {
    tokens.iter().try_fold(value, |value, token| match value {
        Value::Object(object) => object.get_mut(token),
        Value::Array(elements) => elements.get_mut(index(token)?),
        _ => None,
    })
}

/// RFC 6901 section 4: digits without a leading zero.
fn index(token: &str) -> Option<usize> {
    let plain = token.bytes().all(|byte| byte.is_ascii_digit()) && (token == "0" || !token.starts_with('0'));
    if plain { token.parse().ok() } else { None }
}
