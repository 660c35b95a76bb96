//! A credential on a route that no profile names.

use countersign_tests::client::Ask;
use countersign_tests::encoding::base64url;
use countersign_tests::raw::chunk;

use super::attack::{Attack, Attempt, in_two_halves, raw_head, text, trailers};

const UNLISTED: &str = "unlisted_ceremony";

pub(crate) fn attacks() -> Vec<Attack> {
    let mut attacks = vec![
        Attack::new("as_json", UNLISTED, |_, stage| {
            Attempt::Ask(Ask { path: "/api/passkey".to_owned(), ..stage.honest() })
        }),
        Attack::new("without_a_type", UNLISTED, |_, stage| {
            Attempt::Ask(Ask::post_bytes("/api/passkey", text(stage)))
        }),
        Attack::new("with_trailers", UNLISTED, |_, stage| {
            let mut ask =
                Ask { path: "/api/passkey".to_owned(), ..stage.honest() }.header("trailer", "x-late");
            ask.trailers = Some(trailers());
            Attempt::Ask(ask)
        }),
        Attack::new("without_a_length", UNLISTED, |_, stage| {
            Attempt::Ask(Ask { path: "/api/passkey".to_owned(), length_announced: false, ..stage.honest() })
        }),
        Attack::new("by_put", UNLISTED, |_, stage| {
            Attempt::Ask(Ask {
                path: "/api/passkey".to_owned(),
                method: hyper::Method::PUT,
                ..stage.honest()
            })
        }),
        Attack::new("in_one_byte_chunks", UNLISTED, |_, stage| {
            let mut pieces = vec![raw_head(stage, "/api/passkey", &[("transfer-encoding", "chunked")])];
            pieces.extend(text(stage).bytes().map(|byte| chunk(&[byte])));
            pieces.push(b"0\r\n\r\n".to_vec());
            Attempt::Raw(pieces)
        })
        .http1(),
        Attack::new("in_two_halves", UNLISTED, |_, stage| in_two_halves(stage, "/api/passkey")).http1(),
        Attack::new("after_much_else", UNLISTED, |_, stage| {
            let body = format!("{{\"x\":\"{}\",\"credential\":{}}}", "y".repeat(50_000), text(stage));
            Attempt::Ask(Ask::post_bytes("/api/passkey", body))
        }),
        Attack::new("before_much_else", UNLISTED, |_, stage| {
            let body = format!("{{\"credential\":{},\"x\":\"{}\"}}", text(stage), "y".repeat(500_000));
            Attempt::Ask(Ask::post_bytes("/api/passkey", body))
        }),
    ];
    let client_data =
        || base64url(br#"{"type":"webauthn.get","challenge":"AAAA","origin":"https://bank.example"}"#);
    let fixed: Vec<(&str, &str, String)> = vec![
        ("member_in_capitals", "application/json", format!("{{\"CLIENTDATAJSON\":\"{}\"}}", client_data())),
        (
            "member_in_small_letters",
            "application/json",
            format!("{{\"clientdatajson\":\"{}\"}}", client_data()),
        ),
        ("member_escaped", "application/json", r#"{"client\u0044ata\u004aSON":"AAAA"}"#.to_owned()),
        ("value_under_another_name", "application/json", format!("{{\"c\":\"{}\"}}", client_data())),
        ("in_a_string", "application/json", r#"{"payload":"{\"clientDataJSON\":\"AAAA\"}"}"#.to_owned()),
        ("as_form", "application/x-www-form-urlencoded", format!("a=1&clientDataJSON={}", client_data())),
        ("as_form_encoded_name", "application/x-www-form-urlencoded", "client%44ataJSON=AAAA".to_owned()),
        (
            "as_multipart",
            "multipart/form-data; boundary=b",
            "--b\r\ncontent-disposition: form-data; name=\"clientDataJSON\"\r\n\r\nAAAA\r\n--b--\r\n"
                .to_owned(),
        ),
        ("as_text", "text/plain", client_data()),
        (
            "as_graphql",
            "application/graphql",
            format!("mutation {{ f(clientDataJSON: \"{}\") }}", client_data()),
        ),
    ];
    for (name, media_type, body) in fixed {
        attacks.push(Attack::new(name, UNLISTED, move |_, _| {
            Attempt::Ask(Ask::post_bytes("/api/passkey", body.clone()).header("content-type", media_type))
        }));
    }
    attacks
}
