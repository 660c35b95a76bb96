//! How a body travels: what a filter might decide on before it has seen the end, or not see at all.

use countersign_tests::client::Ask;
use countersign_tests::raw::chunk;

use super::attack::{Attack, Attempt, in_two_halves, raw_head, text, trailers, with_body};

const JSON: (&str, &str) = ("content-type", "application/json");
const PATH: &str = "/verify-authentication";

pub(crate) fn attacks() -> Vec<Attack> {
    let mut attacks = arrival();
    attacks.extend(lengths());
    attacks.extend(types());
    attacks.push(Attack::new("over_the_limit", "body_too_large", |_, stage| {
        let body = text(stage);
        let padding = " ".repeat(65 * 1024 - body.len() + 1);
        with_body(stage, body + &padding)
    }));
    attacks.push(Attack::new("over_the_limit_without_a_length", "body_too_large", |_, stage| {
        let body = text(stage) + &" ".repeat(65 * 1024);
        Attempt::Ask(Ask { body: Some(body.into()), length_announced: false, ..stage.honest() })
    }));
    attacks
}

fn arrival() -> Vec<Attack> {
    vec![
        Attack::new("trailers", "verdict_pending", |_, stage| {
            let mut ask = stage.honest().header("trailer", "x-late");
            ask.trailers = Some(trailers());
            Attempt::Ask(ask)
        })
        .while_pending(),
        Attack::new("trailers_after_pieces", "verdict_pending", |_, stage| {
            let mut pieces = vec![raw_head(stage, PATH, &[JSON, ("transfer-encoding", "chunked")])];
            pieces.extend(text(stage).into_bytes().chunks(100).map(chunk));
            pieces.push(b"0\r\nx-late: 1\r\n\r\n".to_vec());
            Attempt::Raw(pieces)
        })
        .while_pending()
        .http1(),
        Attack::new("one_byte_pieces", "verdict_pending", |_, stage| {
            let body = text(stage);
            let length = body.len().to_string();
            let mut pieces = vec![raw_head(stage, PATH, &[JSON, ("content-length", &length)])];
            pieces.extend(body.bytes().map(|byte| vec![byte]));
            Attempt::Raw(pieces)
        })
        .while_pending()
        .http1(),
        Attack::new("one_byte_chunks", "verdict_pending", |_, stage| {
            let mut pieces = vec![raw_head(stage, PATH, &[JSON, ("transfer-encoding", "chunked")])];
            pieces.extend(text(stage).bytes().map(|byte| chunk(&[byte])));
            pieces.push(b"0\r\n\r\n".to_vec());
            Attempt::Raw(pieces)
        })
        .while_pending()
        .http1(),
        Attack::new("in_two_halves", "verdict_pending", |_, stage| in_two_halves(stage, PATH))
            .while_pending()
            .http1(),
        Attack::new("no_content_length", "verdict_pending", |_, stage| {
            Attempt::Ask(Ask { length_announced: false, ..stage.honest() })
        })
        .while_pending(),
        Attack::new("expect_continue", "verdict_pending", |_, stage| {
            let body = text(stage);
            let length = body.len().to_string();
            let head =
                raw_head(stage, PATH, &[JSON, ("content-length", &length), ("expect", "100-continue")]);
            Attempt::Raw(vec![head, body.into_bytes()])
        })
        .while_pending()
        .http1(),
        Attack::new("no_body", "malformed_credential", |_, stage| {
            Attempt::Ask(Ask { body: None, ..stage.honest() })
        })
        .or("unsupported_media_type"),
        Attack::new("empty_body", "malformed_credential", |_, stage| with_body(stage, "")),
    ]
}

fn lengths() -> Vec<Attack> {
    vec![
        Attack::new("content_length_too_short", "malformed_credential", |_, stage| {
            let body = text(stage);
            let head = raw_head(stage, PATH, &[JSON, ("content-length", &(body.len() / 2).to_string())]);
            Attempt::Raw(vec![[head, body.into_bytes()].concat()])
        })
        .http1(),
        Attack::new("content_length_too_long", "", |_, stage| {
            let body = text(stage);
            let head = raw_head(stage, PATH, &[JSON, ("content-length", &(body.len() + 10).to_string())]);
            Attempt::RawThenClose(vec![head, body.into_bytes()])
        })
        .http1()
        .by_anyone(),
        Attack::new("content_length_lies", "", |_, stage| {
            let length = (text(stage).len() - 10).to_string();
            Attempt::Ask(Ask { length_announced: false, ..stage.honest() }.header("content-length", length))
        })
        .http2()
        .by_anyone(),
        Attack::new("content_length_and_chunks", "", |_, stage| {
            let body = text(stage);
            let length = body.len().to_string();
            let framing = [JSON, ("content-length", length.as_str()), ("transfer-encoding", "chunked")];
            let head = raw_head(stage, PATH, &framing);
            Attempt::Raw(vec![head, chunk(body.as_bytes()), b"0\r\n\r\n".to_vec()])
        })
        .http1()
        .by_anyone(),
        Attack::new("two_content_lengths", "", |_, stage| {
            let body = text(stage);
            let framing = [JSON, ("content-length", &body.len().to_string()), ("content-length", "5")]
                .map(|(name, value)| (name, value.to_owned()));
            let framing: Vec<(&str, &str)> =
                framing.iter().map(|(name, value)| (*name, value.as_str())).collect();
            Attempt::Raw(vec![raw_head(stage, PATH, &framing), body.into_bytes()])
        })
        .http1()
        .by_anyone(),
    ]
}

fn types() -> Vec<Attack> {
    let mut attacks: Vec<Attack> = [
        ("form_body", "application/x-www-form-urlencoded"),
        ("multipart_body", "multipart/form-data; boundary=x"),
        ("text_body", "text/plain"),
        ("utf16_charset", "application/json; charset=utf-16"),
        ("another_json", "application/vnd.bank+json"),
        ("two_types_in_one", "application/json, text/plain"),
        ("no_type_at_all", ""),
    ]
    .into_iter()
    .map(|(name, media_type)| {
        Attack::new(name, "unsupported_media_type", move |_, stage| {
            let ask = stage.honest().without("content-type");
            Attempt::Ask(if media_type.is_empty() { ask } else { ask.header("content-type", media_type) })
        })
    })
    .collect();
    attacks.extend([
        Attack::new("repeated_type", "unsupported_media_type", |_, stage| {
            Attempt::Ask(stage.honest().header("content-type", "text/plain"))
        }),
        Attack::new("repeated_same_type", "unsupported_media_type", |_, stage| {
            Attempt::Ask(stage.honest().header("content-type", "application/json"))
        }),
        Attack::new("real_form", "unsupported_media_type", |_, stage| {
            let credential = stage.credential();
            let client_data = credential["response"]["clientDataJSON"].as_str().expect("text").to_owned();
            let ask = Ask::post_bytes(PATH, format!("clientDataJSON={client_data}"));
            Attempt::Ask(ask.header("content-type", "application/x-www-form-urlencoded"))
        }),
        Attack::new("compressed", "unsupported_media_type", |_, stage| {
            Attempt::Ask(stage.honest().header("content-encoding", "gzip"))
        }),
        Attack::new("encoding_identity", "unsupported_media_type", |_, stage| {
            Attempt::Ask(stage.honest().header("content-encoding", "identity"))
        }),
    ]);
    attacks
}
