//! Conditions: `when`.

use super::node::{Members, Node, quoted};
use super::quantity;
use super::suggest::{closest, nearest};
use crate::json::Value;
use crate::policy::identity_provider as facts;
use crate::policy::{Condition, CredentialFact, Decimal, Occasion, Scalar, Source, Test};

const COMBINATIONS: [&str; 3] = ["all", "any", "not"];
const FACTS: [&str; 7] = ["header", "query", "path", "body", "user", "credential", "elevation_age"];
/// What an identity provider knows of a sign-in.
const FACTS_OF_SIGN_IN: [&str; 7] = ["client", "attribute", "acr", "ip", "new_device", "user", "credential"];
const TESTS: [&str; 6] = ["equals", "one_of", "starts_with", "greater_than", "less_than", "present"];

/// What there is to look at; `None` where that could not be read.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) trusted_headers: Option<&'a [String]>,
    /// The captures in the paths of the ceremony's begin.
    pub(super) captures: Option<&'a [&'a str]>,
    pub(super) occasion: Option<Occasion>,
    /// Whether it is an identity provider that decides.
    pub(super) sign_in: bool,
}

impl Scope<'_> {
    fn facts(self) -> &'static [&'static str] {
        if self.sign_in { &FACTS_OF_SIGN_IN } else { &FACTS }
    }

    fn example(self) -> &'static str {
        if self.sign_in {
            "{ client: true, one_of: [payments, payroll] }"
        } else {
            "{ header: x-risk, one_of: [high, critical] }"
        }
    }
}

#[inline(never)]
pub(super) fn read(node: &Node<'_>, scope: Scope<'_>) -> Option<Condition> {
    let known: Vec<&str> = [&COMBINATIONS[..], scope.facts(), &TESTS].concat();
    let members = node.members(&known)?;
    let combinations = members.present(&COMBINATIONS);
    let facts = members.present(scope.facts());
    let tests = members.present(&TESTS);
    match (combinations.as_slice(), facts.as_slice(), tests.as_slice()) {
        ([(kind, parts)], [], []) => combination(kind, parts, scope),
        ([], [("new_device", named)], [(test, operand)]) => new_device(named, test, operand, &members),
        ([], [(fact, named)], [(test, operand)]) => {
            let source = source(fact, named, scope);
            let test = read_test(test, operand, &members, source.as_ref());
            Some(Condition::Test(source?, test?))
        }
        _ => {
            members.refuse(
                shape(combinations.len(), facts.len(), tests.len()),
                &format!(
                    "write one fact with one test, such as `{}`, or one of `all`, `any`, `not`",
                    scope.example()
                ),
            );
            None
        }
    }
}

fn shape(combinations: usize, facts: usize, tests: usize) -> &'static str {
    match (combinations, facts, tests) {
        (0, 0, 0) => "the condition is empty",
        (0, 0, _) => "the condition has no fact",
        (0, _, 0) => "the condition has no test",
        (0, ..) => "the condition has more than one fact or test",
        (1, ..) => "a combination cannot have a fact or a test beside it",
        _ => "the condition has more than one combination",
    }
}

fn combination(kind: &str, parts: &Node<'_>, scope: Scope<'_>) -> Option<Condition> {
    if kind == "not" {
        return read(parts, scope).map(|part| Condition::Not(Box::new(part)));
    }
    let items = parts.some_items("a list of conditions")?;
    let read: Vec<_> = items.iter().map(|part| read(part, scope)).collect();
    let parts = read.into_iter().collect::<Option<_>>()?;
    Some(if kind == "all" { Condition::All(parts) } else { Condition::Any(parts) })
}

fn source(fact: &str, named: &Node<'_>, scope: Scope<'_>) -> Option<Source> {
    match fact {
        "header" => header(named, scope.trusted_headers?),
        "query" => named
            .parsed("the name of a query parameter, such as `type`", |text| {
                (!text.is_empty()).then_some(text)
            })
            .map(|name| Source::Query(name.to_owned())),
        "path" => capture(named, scope.captures?),
        "body" => named.pointer("/amount").map(Source::Body),
        "elevation_age" => flag(named, "elevation_age").map(|()| Source::ElevationAge),
        "credential" => credential(named, scope.occasion),
        "attribute" => named
            .parsed("the name of a user attribute, such as `department`", |text| {
                (!text.is_empty()).then_some(text)
            })
            .map(|name| Source::Header(facts::attribute(name))),
        "client" => flag(named, fact).map(|()| Source::Header(facts::CLIENT.to_owned())),
        "acr" => flag(named, fact).map(|()| Source::Header(facts::ACR.to_owned())),
        "ip" => flag(named, fact).map(|()| Source::Header(facts::IP.to_owned())),
        _ => flag(named, "user").map(|()| Source::User),
    }
}

/// A device is new, or it is not: the fact is there or absent, so that nothing is neither.
fn new_device(named: &Node<'_>, test: &str, operand: &Node<'_>, members: &Members<'_>) -> Option<Condition> {
    flag(named, "new_device")?;
    if test != "equals" {
        members.refuse("this fact is true or false", "test it with `equals: true` or `equals: false`");
        return None;
    }
    Some(Condition::Test(Source::Header(facts::NEW_DEVICE.to_owned()), Test::Present(operand.flag()?)))
}

/// A fact of which there is only one.
fn flag(named: &Node<'_>, fact: &str) -> Option<()> {
    if *named.value != Value::Bool(true) {
        named.refuse("this is one fact", format!("write `{fact}: true` and a test beside it"));
        return None;
    }
    Some(())
}

fn header(named: &Node<'_>, trusted: &[String]) -> Option<Source> {
    let header = super::header_name(named)?;
    if trusted.contains(&header) {
        return Some(Source::Header(header));
    }
    let known: Vec<&str> = trusted.iter().map(String::as_str).collect();
    let help = nearest(&header, &known).map_or_else(
        || "list it under `trusted_headers` if an earlier filter sets it and clients cannot".to_owned(),
        |name| format!("did you mean `{name}`?"),
    );
    named.refuse(format!("{} is not a trusted header", quoted(&header)), help);
    None
}

fn capture(named: &Node<'_>, captures: &[&str]) -> Option<Source> {
    let name = named.text("the name of a capture in the path, such as `username`")?;
    if captures.contains(&name) {
        return Some(Source::Path(name.to_owned()));
    }
    let help = match captures {
        [] => "take it out, or write a capture into the endpoint's path: `/login/{username}`".to_owned(),
        _ => closest(name, captures),
    };
    named.refuse(format!("no path of this ceremony's begin has a capture {}", quoted(name)), help);
    None
}

/// Only a ceremony ends with a credential; anywhere else nothing could ever decide the rule.
fn credential(named: &Node<'_>, occasion: Option<Occasion>) -> Option<Source> {
    let fact = named.word(&CredentialFact::ALL.map(|fact| (fact.name(), fact)))?;
    if matches!(occasion, Some(Occasion::Recovery | Occasion::Resource)) {
        named.refuse(
            "there is no credential to look at here",
            "take it out, or make the rule one with `ceremony: registration` or `ceremony: authentication`",
        );
        return None;
    }
    Some(Source::Credential(fact))
}

/// What a fact can be.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// A text, which may say a number.
    Text,
    /// Any JSON value.
    Json,
    Flag,
    /// Seconds, written as a duration.
    Age,
}

fn kind(source: Option<&Source>) -> Kind {
    match source {
        Some(Source::Body(_)) | None => Kind::Json,
        Some(Source::ElevationAge) => Kind::Age,
        Some(Source::Credential(fact)) if *fact != CredentialFact::Attachment => Kind::Flag,
        Some(_) => Kind::Text,
    }
}

fn read_test(test: &str, operand: &Node<'_>, members: &Members<'_>, source: Option<&Source>) -> Option<Test> {
    let kind = kind(source);
    if kind == Kind::Flag && test != "equals" {
        members.refuse("this fact is true or false", "test it with `equals: true` or `equals: false`");
        return None;
    }
    if kind == Kind::Age {
        return age(test, operand, members);
    }
    match test {
        "equals" => scalar(operand, kind).map(Test::Equals),
        "one_of" => one_of(operand, kind).map(Test::OneOf),
        "starts_with" => operand.parsed("a text that is not empty", |text| {
            (!text.is_empty()).then(|| Test::StartsWith(text.to_owned()))
        }),
        "greater_than" => limit(operand).map(Test::GreaterThan),
        "less_than" => limit(operand).map(Test::LessThan),
        _ => operand.flag().map(Test::Present),
    }
}

/// An age is more or less than a duration, or there is none.
fn age(test: &str, operand: &Node<'_>, members: &Members<'_>) -> Option<Test> {
    let seconds = |operand: &Node<'_>| {
        let milliseconds = quantity::duration(operand, 1_000, 86_400_000)?;
        Decimal::parse(&milliseconds.checked_div(1_000)?.to_string())
    };
    match test {
        "greater_than" => seconds(operand).map(Test::GreaterThan),
        "less_than" => seconds(operand).map(Test::LessThan),
        "present" => operand.flag().map(Test::Present),
        _ => {
            members.refuse(
                "an age is more or less than something",
                "test it with `less_than` or `greater_than`",
            );
            None
        }
    }
}

fn limit(operand: &Node<'_>) -> Option<Decimal> {
    operand.number("a number without quotes, such as `1000`")
}

fn one_of(operand: &Node<'_>, kind: Kind) -> Option<Vec<Scalar>> {
    let items = operand.some_items("a list of values, such as `[high, critical]`")?;
    let read: Vec<_> = items.iter().map(|item| scalar(item, kind)).collect();
    let scalars: Vec<Scalar> = read.into_iter().collect::<Option<_>>()?;
    let mixed = scalars
        .iter()
        .zip(scalars.iter().skip(1))
        .position(|(a, b)| std::mem::discriminant(a) != std::mem::discriminant(b));
    if let Some(item) = mixed.and_then(|position| items.get(position.saturating_add(1))) {
        item.refuse(
            "this is of another type than the value before it",
            "write values of one type, texts in quotes",
        );
        return None;
    }
    Some(scalars)
}

fn scalar(node: &Node<'_>, kind: Kind) -> Option<Scalar> {
    match (node.value, kind) {
        (Value::Bool(flag), Kind::Flag | Kind::Json) => Some(Scalar::Flag(*flag)),
        (Value::String(text), Kind::Text | Kind::Json) => Some(Scalar::Text(text.clone())),
        (Value::Number(_), Kind::Text | Kind::Json) => node.number("a number").map(Scalar::Number),
        (Value::Bool(flag), Kind::Text) => {
            node.refuse("this fact is a text", format!("write `\"{flag}\"`"));
            None
        }
        (_, Kind::Flag | Kind::Age) => {
            node.refuse("this fact is true or false", "write `true` or `false`, without quotes");
            None
        }
        _ => {
            node.refuse("a fact cannot equal this", "write a text, a number, `true` or `false`");
            None
        }
    }
}
