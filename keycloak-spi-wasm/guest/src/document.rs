//! Reading a document: every member is known, of its type, and canonical.

use countersign::encoding::from_base64url;
use countersign::json::{Object, Value};
use countersign::refusal::{Code, Refusal};

/// An object all of whose members are known.
pub(crate) struct Members<'a>(&'a Object);

impl<'a> Members<'a> {
    /// Refuses an object that has another member than these.
    pub(crate) fn of(object: &'a Object, known: &[&str]) -> Result<Self, Refusal> {
        if object.iter().all(|(name, _)| known.contains(&name)) {
            Ok(Self(object))
        } else {
            Err(malformed("unknown member"))
        }
    }

    /// A member that is such an object itself.
    pub(crate) fn object(&self, name: &'static str, known: &[&str]) -> Result<Self, Refusal> {
        Members::of(self.0.get(name).and_then(Value::as_object).ok_or(malformed(name))?, known)
    }

    /// A text, which must be there.
    pub(crate) fn text(&self, name: &'static str) -> Result<&'a str, Refusal> {
        self.optional_text(name)?.ok_or(malformed(name))
    }

    /// A text, if it is there.
    pub(crate) fn optional_text(&self, name: &'static str) -> Result<Option<&'a str>, Refusal> {
        self.0.get(name).map(|value| value.as_str().ok_or(malformed(name))).transpose()
    }

    /// base64url of bytes, which must be there.
    pub(crate) fn binary(&self, name: &'static str) -> Result<Vec<u8>, Refusal> {
        from_base64url(self.text(name)?).map_err(|_| malformed(name))
    }

    /// base64url of bytes, if it is there.
    pub(crate) fn optional_binary(&self, name: &'static str) -> Result<Option<Vec<u8>>, Refusal> {
        let text = self.optional_text(name)?;
        text.map(|text| from_base64url(text).map_err(|_| malformed(name))).transpose()
    }

    /// `true` or `false`, which must be there.
    pub(crate) fn boolean(&self, name: &'static str) -> Result<bool, Refusal> {
        self.0.get(name).and_then(Value::as_bool).ok_or(malformed(name))
    }

    /// A list that is not empty.
    pub(crate) fn list(&self, name: &'static str) -> Result<&'a [Value], Refusal> {
        let list = self.0.get(name).and_then(Value::as_array);
        list.filter(|list| !list.is_empty()).ok_or(malformed(name))
    }

    /// Whether there is such a member.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some()
    }

    /// A whole number that is not negative, which must be there.
    pub(crate) fn number(&self, name: &'static str) -> Result<u64, Refusal> {
        self.0.get(name).and_then(Value::as_u64).ok_or(malformed(name))
    }

    /// A list that may be empty.
    pub(crate) fn any_list(&self, name: &'static str) -> Result<&'a [Value], Refusal> {
        self.0.get(name).and_then(Value::as_array).ok_or(malformed(name))
    }

    /// A list of texts that may be empty.
    pub(crate) fn texts(&self, name: &'static str) -> Result<Vec<&'a str>, Refusal> {
        self.any_list(name)?.iter().map(|value| value.as_str().ok_or(malformed(name))).collect()
    }

    /// An object whose names are free.
    pub(crate) fn any_object(&self, name: &'static str) -> Result<&'a Object, Refusal> {
        self.0.get(name).and_then(Value::as_object).ok_or(malformed(name))
    }
}

/// A document that breaks the rule of this name.
pub(crate) fn malformed(why: &'static str) -> Refusal {
    Refusal::new(Code::MalformedRequest, why)
}
