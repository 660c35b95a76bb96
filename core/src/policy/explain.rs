//! A decision in words, for the operator: what a rule looked at and what it was held against. What was found there is
//! told only where the rule says that it may be.

use std::fmt::Write as _;

use super::condition::{Condition, Scalar, Source, Test};
use super::facts::Fact;
use super::{Facts, Rule};

impl Rule {
    /// `rule payment applies: /amount > 1000 and /currency = EUR`
    pub fn explain(&self, facts: &Facts<'_>) -> String {
        let mut text = format!("rule {} applies", self.id);
        if let Some(condition) = &self.when {
            text.push_str(": ");
            condition.explain(facts, self.explains_values, false, &mut text);
        }
        text
    }
}

impl Condition {
    fn explain(&self, facts: &Facts<'_>, values: bool, inner: bool, out: &mut String) {
        match self {
            Self::All(parts) => join(parts, " and ", facts, values, inner, out),
            Self::Any(parts) => join(parts, " or ", facts, values, inner, out),
            Self::Not(part) => {
                out.push_str("not ");
                part.explain(facts, values, true, out);
            }
            Self::Test(source, test) => {
                source.explain(out);
                if values {
                    out.push(' ');
                    found(&facts.fact(source), out);
                }
                // That a rule about a person applies names the person.
                if *source == Source::User && !values && !matches!(test, Test::Present(_)) {
                    out.push_str(" as the rule has it");
                } else {
                    test.explain(matches!(source, Source::ElevationAge), out);
                }
            }
        }
    }
}

fn join(parts: &[Condition], with: &str, facts: &Facts<'_>, values: bool, inner: bool, out: &mut String) {
    if inner {
        out.push('(');
    }
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push_str(with);
        }
        part.explain(facts, values, true, out);
    }
    if inner {
        out.push(')');
    }
}

impl Source {
    fn explain(&self, out: &mut String) {
        match self {
            Self::Header(name) => match name.strip_prefix(super::identity_provider::MARK) {
                Some(fact) => out.push_str(fact),
                None => {
                    let _written = write!(out, "header {name}");
                }
            },
            Self::Query(name) => {
                let _written = write!(out, "query {name}");
            }
            Self::Path(name) => {
                let _written = write!(out, "path {name}");
            }
            Self::Body(pointer) => {
                let _written = write!(out, "{pointer}");
            }
            Self::User => out.push_str("user"),
            Self::Credential(fact) => {
                let _written = write!(out, "credential {}", fact.name());
            }
            Self::ElevationAge => out.push_str("elevation age"),
        }
    }
}

/// What was found, short and on one line.
fn found(fact: &Fact<'_>, out: &mut String) {
    const LONGEST: usize = 40;
    let text = match fact {
        Fact::Absent => "(absent)".to_owned(),
        Fact::Unreadable => "(unreadable)".to_owned(),
        Fact::Awaited => "(not known yet)".to_owned(),
        Fact::Text(text) => text.clone().into_owned(),
        Fact::Json(value) => {
            let mut text = String::new();
            value.write(&mut text);
            text
        }
        Fact::Flag(flag) => flag.to_string(),
    };
    out.extend(text.chars().take(LONGEST).map(|c| if matches!(c, ' '..='~') { c } else { '?' }));
}

impl Test {
    fn explain(&self, seconds: bool, out: &mut String) {
        let unit = if seconds { "s" } else { "" };
        let _written = match self {
            Self::Equals(scalar) => write!(out, " = {}", scalar.shown()),
            Self::OneOf(scalars) => {
                let all: Vec<String> = scalars.iter().map(Scalar::shown).collect();
                write!(out, " one of [{}]", all.join(", "))
            }
            Self::StartsWith(prefix) => write!(out, " starts with {prefix}"),
            Self::GreaterThan(limit) => write!(out, " > {}{unit}", limit.plain()),
            Self::LessThan(limit) => write!(out, " < {}{unit}", limit.plain()),
            Self::Present(true) => write!(out, " present"),
            Self::Present(false) => write!(out, " absent"),
        };
    }
}

impl Scalar {
    fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.plain(),
            Self::Flag(flag) => flag.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::headers::Headers;
    use crate::json;
    use crate::policy::{Body, Content, Facts, Policy};
    use crate::route::Captures;

    fn policy(more: &str) -> Policy {
        let text = format!(
            r#"{{ "version": 1, "headers_can_wait": true, "trusted_headers": ["x-risk", "x-explain"],
            "explain": {{ "header": "x-explain" }},
            "relying_parties": {{ "bank": {{
                "hosts": ["bank.example"], "rp_id": "bank.example", "origins": ["https://bank.example"],
                "session": {{ "cookie": "sid" }}, "cluster": "bank",
                "user": [ {{ "introspect": {{ "path": "/me", "pointer": "/id" }} }} ], "ceremonies": "simplewebauthn" }} }},
            "rules": [ {{ "id": "payment", "relying_party": "bank", "resource": {{ "path": "/pay" }}, "require": "step_up"{more},
                "when": {{ "all": [ {{ "body": "/amount", "greater_than": 1e3 }},
                    {{ "any": [ {{ "header": "x-risk", "one_of": ["high", "critical"] }},
                                {{ "not": {{ "elevation_age": true, "less_than": "5m" }} }} ] }} ] }} }} ],
            "orchestrator": {{ "profile": "countersign", "cluster": "o" }},
            "keys": {{ "seal": [ {{ "id": "k1", "env": "KEY" }} ] }} }}"#
        );
        let env = |_: &str| Some("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".to_owned());
        Policy::load(text.as_bytes(), &env).unwrap_or_else(|errors| panic!("{errors:#?}"))
    }

    #[test]
    fn in_words_and_with_values_only_where_the_rule_says_so() {
        let value = json::parse(b"{\"amount\":1500.50}", 4).unwrap();
        let body = Body { content: Content::Json, value };
        let mut headers = Headers::default();
        headers.push(b"x-risk", "b\u{e4}d".as_bytes());
        let facts = Facts {
            headers: &headers,
            captures: &Captures::default(),
            body: Some(&body),
            user: None,
            elevation_age: Some(30),
            credential: None,
        };
        for (row, more, expected) in [
            (
                "without values",
                "",
                "rule payment applies: /amount > 1000 and (header x-risk one of [high, critical] or not elevation age < 300s)",
            ),
            (
                "with values",
                r#", "explain_values": true"#,
                "rule payment applies: /amount 1500.50 > 1000 and (header x-risk b?d one of [high, critical] or not \
                 elevation age 30 < 300s)",
            ),
        ] {
            assert_eq!(policy(more).rules[0].explain(&facts), expected, "{row}");
        }
    }
}
