//! Finishes that two readers of forms take differently. Each row first sees its honest twin accepted.

use countersign_tests::client::{Ask, Client};
use countersign_tests::lab::Lab;
use countersign_tests::refusal;

use super::sign_in::{FORM, LOGIN, SignIn, encoded, expect_untouched, finishes, post};

pub(crate) struct Attack {
    pub(crate) name: &'static str,
    code: &'static str,
    attempt: fn(&SignIn) -> Ask,
}

impl Attack {
    pub(crate) async fn run(&self, lab: &Lab, client: Client) {
        lab.reset();
        let mut twin = SignIn::matched(lab, client.clone()).await;
        let answer = twin.client.send(post(LOGIN, &twin.form())).await.expect("an answer");
        assert_eq!(answer.status, 200, "the honest twin: {}", answer.text());
        assert_eq!(finishes(lab).await.len(), 1, "the honest twin reaches the relying party");

        lab.reset();
        let mut sign_in = SignIn::matched(lab, client).await;
        let ask = (self.attempt)(&sign_in);
        refusal::expect(&sign_in.client.send(ask).await.expect("an answer"), &[self.code]);
        expect_untouched(lab).await;
    }
}

pub(crate) fn attacks() -> Vec<Attack> {
    [fields(), texts(), types()].into_iter().flatten().collect()
}

fn malformed(name: &'static str, attempt: fn(&SignIn) -> Ask) -> Attack {
    Attack { name, code: "malformed_credential", attempt }
}

/// The honest form and one more field.
fn and(sign_in: &SignIn, field: &str) -> Ask {
    post(LOGIN, &format!("{}&{field}", sign_in.form()))
}

fn fields() -> Vec<Attack> {
    vec![
        malformed("the_field_twice", |sign_in| {
            and(sign_in, &format!("passkey_login={}", encoded(&sign_in.credential())))
        }),
        malformed("another_one_before", |sign_in| {
            post(LOGIN, &format!("passkey_login=%7B%7D&{}", sign_in.form()))
        }),
        malformed("the_field_twice_once_escaped", |sign_in| {
            and(sign_in, &format!("passkey%5Flogin={}", encoded(&sign_in.credential())))
        }),
        malformed("another_field_twice", |sign_in| and(sign_in, "method=password")),
        malformed("in_another_case_too", |sign_in| and(sign_in, "Passkey_Login=%7B%7D")),
        malformed("in_another_case", |sign_in| {
            post(LOGIN, &sign_in.form().replace("passkey_login", "PASSKEY_LOGIN"))
        }),
        malformed("with_a_dot", |sign_in| and(sign_in, "passkey.login=%7B%7D")),
        malformed("with_a_space", |sign_in| and(sign_in, "passkey+login=%7B%7D")),
        malformed("as_a_list", |sign_in| and(sign_in, "passkey_login%5B%5D=%7B%7D")),
        malformed("as_a_map", |sign_in| and(sign_in, "passkey_login[x]=%7B%7D")),
        malformed("with_a_nul", |sign_in| and(sign_in, "passkey_login%00=%7B%7D")),
        malformed("without_the_field", |_| post(LOGIN, "csrf_token=a&method=passkey")),
        malformed("an_empty_field", |_| post(LOGIN, "csrf_token=a&passkey_login=&method=passkey")),
        malformed("a_field_without_a_name", |sign_in| and(sign_in, "=1")),
        malformed("an_empty_pair", |sign_in| and(sign_in, "&a=1")),
        malformed("flat_members", |sign_in| {
            let credential: serde_json::Value = serde_json::from_str(&sign_in.credential()).expect("JSON");
            let text = |pointer: &str| {
                credential.pointer(pointer).and_then(|it| it.as_str()).expect("text").to_owned()
            };
            let members = ["clientDataJSON", "authenticatorData", "signature"];
            let members = members.map(|member| format!("{member}={}", text(&format!("/response/{member}"))));
            post(
                LOGIN,
                &format!("id={}&rawId={}&type=public-key&{}", text("/id"), text("/id"), members.join("&")),
            )
        }),
        Attack {
            name: "another_method",
            code: "malformed_request",
            attempt: |sign_in| and(sign_in, "_method=PUT"),
        },
    ]
}

/// A form with this for a credential.
fn told(credential: &str) -> Ask {
    post(LOGIN, &format!("csrf_token=a&passkey_login={}", encoded(credential)))
}

fn texts() -> Vec<Attack> {
    vec![
        malformed("a_member_twice", |sign_in| {
            told(&sign_in.credential().replacen('{', r#"{"id":"AAAA","#, 1))
        }),
        malformed("a_member_twice_once_escaped", |sign_in| {
            told(&sign_in.credential().replacen('{', r#"{"\u0069d":"AAAA","#, 1))
        }),
        malformed("a_member_in_another_case", |sign_in| {
            told(&sign_in.credential().replacen('{', r#"{"ID":"AAAA","#, 1))
        }),
        malformed("two_values", |sign_in| told(&format!("{}{{}}", sign_in.credential()))),
        malformed("json_in_json", |sign_in| told(&serde_json::Value::from(sign_in.credential()).to_string())),
        malformed("byte_order_mark", |sign_in| told(&format!("\u{feff}{}", sign_in.credential()))),
        malformed("broken_escape", |sign_in| and(sign_in, "a=%4")),
        malformed("not_utf8", |sign_in| and(sign_in, "a=%ff")),
        malformed("overlong_utf8", |sign_in| and(sign_in, "a=%c0%af")),
        malformed("raw_utf8", |sign_in| and(sign_in, "a=\u{e4}")),
        malformed("a_line_end", |sign_in| post(LOGIN, &format!("{}\r\n", sign_in.form()))),
        malformed("too_many_fields", |sign_in| {
            let fields: Vec<String> = (0..300).map(|at| format!("f{at}=")).collect();
            and(sign_in, &fields.join("&"))
        }),
        malformed("empty", |_| post(LOGIN, "")),
        Attack {
            name: "over_the_limit",
            code: "body_too_large",
            attempt: |sign_in| and(sign_in, &format!("a={}", "x".repeat(64 * 1024))),
        },
    ]
}

fn types() -> Vec<Attack> {
    let typed = |name, attempt| Attack { name, code: "unsupported_media_type", attempt };
    vec![
        typed("a_json_body", |sign_in| {
            let body = format!(r#"{{"passkey_login":{}}}"#, serde_json::Value::from(sign_in.credential()));
            Ask::post_bytes(LOGIN, body).header("content-type", "application/json")
        }),
        typed("a_form_called_json", |sign_in| {
            Ask::post_bytes(LOGIN, sign_in.form()).header("content-type", "application/json")
        }),
        typed("multipart", |sign_in| {
            let body = format!(
                "--x\r\ncontent-disposition: form-data; name=\"passkey_login\"\r\n\r\n{}\r\n--x--\r\n",
                sign_in.credential()
            );
            Ask::post_bytes(LOGIN, body).header("content-type", "multipart/form-data; boundary=x")
        }),
        typed("no_type", |sign_in| Ask::post_bytes(LOGIN, sign_in.form())),
        typed("two_types", |sign_in| post(LOGIN, &sign_in.form()).header("content-type", "application/json")),
        typed("the_type_twice", |sign_in| post(LOGIN, &sign_in.form()).header("content-type", FORM)),
        typed("another_charset", |sign_in| {
            Ask::post_bytes(LOGIN, sign_in.form())
                .header("content-type", "application/x-www-form-urlencoded; charset=iso-8859-1")
        }),
        typed("compressed", |sign_in| post(LOGIN, &sign_in.form()).header("content-encoding", "gzip")),
    ]
}
