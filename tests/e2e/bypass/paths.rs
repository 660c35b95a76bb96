//! Spellings of a ceremony's path, method and host that a forgiving relying party might follow.

use countersign_tests::client::Ask;
use hyper::Method;

use super::attack::{Attack, Attempt, raw_head, text, with_body};

const MALFORMED: &str = "malformed_request";

/// Paths that would match after decoding, lower-casing and so on.
const SPELLINGS: &[(&str, &str)] = &[
    ("trailing_slash", "/verify-authentication/"),
    ("trailing_slashes", "/verify-authentication//"),
    ("doubled_slash", "//verify-authentication"),
    ("dot_segment", "/./verify-authentication"),
    ("dot_dot_segment", "/x/../verify-authentication"),
    ("dot_dot_above_root", "/../verify-authentication"),
    ("trailing_dot_segment", "/verify-authentication/."),
    ("trailing_dot_dot", "/verify-authentication/x/.."),
    ("encoded_dot_segment", "/%2e/verify-authentication"),
    ("encoded_dot_dot", "/x/%2e%2e/verify-authentication"),
    ("encoded_letter", "/%76erify-authentication"),
    ("encoded_hyphen", "/verify%2dauthentication"),
    ("encoded_hyphen_capital", "/verify%2Dauthentication"),
    ("encoded_slash", "/x%2f..%2fverify-authentication"),
    ("encoded_leading_slash", "/%2fverify-authentication"),
    ("encoded_trailing_slash", "/verify-authentication%2f"),
    ("encoded_twice", "/%2576erify-authentication"),
    ("encoded_thrice", "/%252576erify-authentication"),
    ("parameter", "/verify-authentication;x=1"),
    ("empty_parameter", "/verify-authentication;"),
    ("encoded_parameter", "/verify-authentication%3bx=1"),
    ("parameter_inside", "/;x/verify-authentication"),
    ("capitals", "/VERIFY-AUTHENTICATION"),
    ("one_capital", "/verify-Authentication"),
    ("capitals_and_slash", "/Verify-Authentication/"),
    ("everything_at_once", "//x/..;a/%2556ERIFY-authentication;b/"),
    ("with_query", "/verify-authentication/?x=1"),
];

pub(crate) fn attacks() -> Vec<Attack> {
    let mut attacks: Vec<Attack> = SPELLINGS
        .iter()
        .map(|&(name, path)| {
            Attack::new(name, MALFORMED, move |_, stage| {
                Attempt::Ask(Ask { path: path.to_owned(), ..stage.honest() })
            })
        })
        .collect();
    attacks.extend(raw_targets());
    attacks.extend(methods());
    attacks.extend(hosts());
    attacks
}

fn raw_targets() -> Vec<Attack> {
    let raw = |name: &str, target: &'static str| {
        Attack::new(name, MALFORMED, move |_, stage| {
            let body = text(stage);
            let length = body.len().to_string();
            let framing = [("content-type", "application/json"), ("content-length", length.as_str())];
            Attempt::Raw(vec![raw_head(stage, target, &framing), body.into_bytes()])
        })
        .http1()
    };
    vec![
        raw("backslash", r"/\verify-authentication").by_anyone(),
        raw("backslash_dots", r"/x\..\verify-authentication").by_anyone(),
        raw("fragment", "/verify-authentication#x").by_anyone(),
        raw("absolute_form", "http://bank.example//verify-authentication"),
        raw("absolute_form_of_another_host", "http://evil.example/verify-authentication"),
        raw("absolute_form_in_capitals", "HTTP://BANK.EXAMPLE/VERIFY-AUTHENTICATION"),
    ]
}

fn methods() -> Vec<Attack> {
    let mut attacks: Vec<Attack> = [
        ("get", Method::GET),
        ("head", Method::HEAD),
        ("put", Method::PUT),
        ("patch", Method::PATCH),
        ("delete", Method::DELETE),
    ]
    .into_iter()
    .map(|(name, method)| {
        let attack = Attack::new(format!("method_{name}"), MALFORMED, move |_, stage| {
            Attempt::Ask(Ask { method: method.clone(), ..stage.honest() })
        });
        if name == "head" { attack.by_anyone() } else { attack }
    })
    .collect();
    for header in ["x-http-method-override", "x-http-method", "x-method-override"] {
        attacks.push(Attack::new(header, MALFORMED, move |_, stage| {
            Attempt::Ask(stage.honest().header(header, "PUT"))
        }));
        attacks.push(Attack::new(format!("get_with_{header}"), MALFORMED, move |_, stage| {
            Attempt::Ask(Ask { method: Method::GET, ..stage.honest() }.header(header, "POST"))
        }));
        attacks.push(Attack::new(format!("options_with_{header}"), MALFORMED, move |_, _| {
            Attempt::Ask(Ask::new(Method::OPTIONS, "/verify-authentication").header(header, "POST"))
        }));
    }
    attacks.push(Attack::new("options_with_method_in_query", MALFORMED, |_, _| {
        Attempt::Ask(Ask::new(Method::OPTIONS, "/verify-authentication?_method=POST"))
    }));
    attacks.push(Attack::new("method_in_json", MALFORMED, |_, stage| {
        with_body(stage, text(stage).replacen('{', r#"{"_Method":"PUT","#, 1))
    }));
    for (name, path) in [
        ("method_in_query", "/verify-authentication?_method=PUT"),
        ("method_in_query_among_others", "/verify-authentication?a=1&_method=POST&b"),
        ("method_in_query_encoded", "/verify-authentication?%5fmethod=PUT"),
    ] {
        attacks.push(Attack::new(name, MALFORMED, move |_, stage| {
            Attempt::Ask(Ask { path: path.to_owned(), ..stage.honest() })
        }));
    }
    attacks
}

fn hosts() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for (name, host) in [
        ("host_unlisted", "evil.example"),
        ("host_of_a_subdomain", "www.bank.example"),
        ("host_with_a_prefix", "evilbank.example"),
        ("host_with_another_port", "bank.example:8080"),
        ("host_without_its_port", "localhost"),
        ("host_with_two_dots", "bank.example.."),
        ("host_is_an_address", "127.0.0.1"),
    ] {
        attacks.push(Attack::new(name, MALFORMED, move |_, stage| {
            host.clone_into(&mut stage.client.authority);
            Attempt::Ask(stage.honest())
        }));
    }
    for (name, host) in [
        ("host_in_capitals", "BANK.Example"),
        ("host_with_a_dot", "bank.example."),
        ("host_with_port_80", "bank.example:80"),
        ("host_with_port_443", "bank.example:443"),
        ("host_with_a_dot_and_port", "Bank.Example.:443"),
        ("host_listed_with_port", "localhost:10000"),
    ] {
        attacks.push(
            Attack::new(name, "verdict_pending", move |_, stage| {
                host.clone_into(&mut stage.client.authority);
                Attempt::Ask(stage.honest())
            })
            .while_pending(),
        );
    }
    attacks.push(
        Attack::new("host_repeated", MALFORMED, |_, stage| {
            let body = text(stage);
            let length = body.len().to_string();
            let extra = [
                ("host", "evil.example"),
                ("content-type", "application/json"),
                ("content-length", length.as_str()),
            ];
            Attempt::Raw(vec![raw_head(stage, "/verify-authentication", &extra), body.into_bytes()])
        })
        .http1()
        .by_anyone(),
    );
    attacks
}
