//! Conditions: what a rule's `when` says.

use std::cmp::Ordering;

use crate::json::{Pointer, Value};

use super::Decimal;
use super::facts::{CredentialFact, Fact, Reads};
use super::truth::Truth;

/// A fact and a test, or a combination of conditions.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Every one holds.
    All(Vec<Self>),
    /// At least one holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// This fact passes this test.
    Test(Source, Test),
}

/// Where a fact comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A trusted request header; the name in lower case.
    Header(String),
    /// A parameter in the query.
    Query(String),
    /// A capture of the path template.
    Path(String),
    /// A member of the JSON body, or a field of the form.
    Body(Pointer),
    /// The user's id.
    User,
    /// Something about the credential; known at finish.
    Credential(CredentialFact),
    /// How long ago the session's last step-up was, in seconds.
    ElevationAge,
}

/// What a fact is held against.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It is exactly this.
    Equals(Scalar),
    /// It is one of these, which are all of one type.
    OneOf(Vec<Scalar>),
    /// It is a text that begins with this.
    StartsWith(String),
    /// It is a number above this.
    GreaterThan(Decimal),
    /// It is a number below this.
    LessThan(Decimal),
    /// It is there (or, with `false`, it is not).
    Present(bool),
}

/// A value that a fact can equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A string, compared byte by byte.
    Text(String),
    /// A number, compared by value.
    Number(Decimal),
    /// `true` or `false`.
    Flag(bool),
}

impl Condition {
    /// Asks `leaf` for the truth of every test, from left to right, all of them, and combines.
    pub(super) fn evaluate(&self, leaf: &mut dyn FnMut(&Source, &Test) -> Truth) -> Truth {
        match self {
            Self::All(parts) => parts.iter().fold(Truth::True, |truth, part| truth.and(part.evaluate(leaf))),
            Self::Any(parts) => parts.iter().fold(Truth::False, |truth, part| truth.or(part.evaluate(leaf))),
            Self::Not(part) => part.evaluate(leaf).not(),
            Self::Test(source, test) => leaf(source, test),
        }
    }

    /// Shows every source to `visit`, from left to right.
    pub(crate) fn sources<'a>(&'a self, visit: &mut dyn FnMut(&'a Source)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.sources(visit)),
            Self::Not(part) => part.sources(visit),
            Self::Test(source, _) => visit(source),
        }
    }

    pub(super) fn add_to(&self, reads: &mut Reads) {
        self.sources(&mut |source| match source {
            Source::Header(name) if !reads.headers.contains(name) => reads.headers.push(name.clone()),
            Source::Body(_) => reads.body = true,
            _ => {}
        });
    }
}

impl Source {
    /// What the test says of this source's fact.
    pub(super) fn holds(&self, fact: &Fact<'_>, test: &Test) -> Truth {
        match fact {
            Fact::Awaited => match self {
                Self::User => Truth::AwaitsUser,
                _ => Truth::AwaitsCredential,
            },
            Fact::Unreadable => Truth::Unknown,
            Fact::Absent => match (test, self) {
                (Test::Present(wanted), _) => (!wanted).into(),
                // An earlier filter that sets no header has nothing to say. Anything else is left out by the client.
                (_, Self::Header(_)) => Truth::False,
                _ => Truth::Unknown,
            },
            Fact::Text(said) => test.on_text(said, matches!(self, Self::Header(_))),
            Fact::Json(value) => test.on_json(value),
            Fact::Flag(flag) => test.on_flag(*flag),
        }
    }
}

impl Test {
    /// On a text that has no type of its own (a header, a parameter): it counts as a number where one is needed.
    ///
    /// What a client writes must be a number to every reader: of `1000000e-3` some take the million.
    fn on_text(&self, text: &str, trusted: bool) -> Truth {
        match self {
            Self::Equals(Scalar::Text(_)) | Self::StartsWith(_) | Self::Present(_) => self.on_string(text),
            Self::OneOf(scalars) if matches!(scalars.first(), Some(Scalar::Text(_))) => self.on_string(text),
            _ if !trusted && text.contains(['e', 'E']) => Truth::Unknown,
            _ => Decimal::parse(text).map_or(Truth::Unknown, |number| self.on_number(&number)),
        }
    }

    fn on_json(&self, value: &Value) -> Truth {
        match value {
            _ if matches!(self, Self::Present(_)) => self.on_presence(),
            Value::String(text) => self.on_string(text),
            Value::Number(number) => {
                Decimal::parse(number.as_str()).map_or(Truth::Unknown, |number| self.on_number(&number))
            }
            Value::Bool(flag) => self.on_flag(*flag),
            Value::Null | Value::Array(_) | Value::Object(_) => Truth::Unknown,
        }
    }

    fn on_string(&self, text: &str) -> Truth {
        match self {
            Self::StartsWith(prefix) => text.starts_with(prefix).into(),
            _ => self.on_scalar(&|scalar| matches!(scalar, Scalar::Text(_)), &|scalar| {
                *scalar == Scalar::Text(text.to_owned())
            }),
        }
    }

    fn on_number(&self, number: &Decimal) -> Truth {
        match self {
            Self::GreaterThan(limit) => (number.cmp(limit) == Ordering::Greater).into(),
            Self::LessThan(limit) => (number.cmp(limit) == Ordering::Less).into(),
            _ => self.on_scalar(
                &|scalar| matches!(scalar, Scalar::Number(_)),
                &|scalar| matches!(scalar, Scalar::Number(other) if other == number),
            ),
        }
    }

    fn on_flag(&self, flag: bool) -> Truth {
        self.on_scalar(&|scalar| matches!(scalar, Scalar::Flag(_)), &|scalar| *scalar == Scalar::Flag(flag))
    }

    /// Equality with one or several scalars; of another type than theirs, nothing can be said.
    fn on_scalar(&self, same_type: &dyn Fn(&Scalar) -> bool, equal: &dyn Fn(&Scalar) -> bool) -> Truth {
        match self {
            Self::Equals(scalar) if same_type(scalar) => equal(scalar).into(),
            Self::OneOf(scalars) if scalars.iter().all(same_type) => scalars.iter().any(equal).into(),
            Self::Present(_) => self.on_presence(),
            _ => Truth::Unknown,
        }
    }

    fn on_presence(&self) -> Truth {
        Truth::from(*self == Self::Present(true))
    }
}
