//! How a body travels: what a guard might decide on before it has seen the end.

use countersign_tests::client::Ask;
use countersign_tests::{plugin, raw};
use hyper::HeaderMap;

use super::core_api::{BODY, SESSIONS, post};
use super::ingress::{TOKEN, WEBHOOK, signature, signed};
use super::knock::Knock;

const RESERVED: &str = r#"{"workflow_input":{"custom_data":{"encrypted_biometric_token":"t"}}}"#;

pub(crate) fn knocks() -> Vec<Knock> {
    let mut knocks = Vec::new();
    for (name, pieces) in [("one_byte_pieces", one_byte_pieces as Cut), ("one_byte_chunks", one_byte_chunks)]
    {
        let webhook = |body: &str| {
            let token = ("x-sha2-signature", signature(TOKEN, BODY.as_bytes()));
            pieces(WEBHOOK, &[token], body)
        };
        let api = |body: &str| pieces(SESSIONS, &[("content-type", "application/json".to_owned())], body);
        let changed = BODY.replace("\"a\"", "\"b\"");
        knocks.extend([
            Knock::passes_in_pieces(format!("webhook_in_{name}"), webhook(BODY), BODY.as_bytes()),
            Knock::refused_in_pieces(
                format!("changed_webhook_in_{name}"),
                "webhook_rejected",
                &signed(BODY.as_bytes()),
                webhook(&changed),
            ),
            Knock::passes_in_pieces(format!("session_in_{name}"), api(BODY), BODY.as_bytes()),
            Knock::refused_in_pieces(
                format!("reserved_key_in_{name}"),
                "reserved_key",
                &post(BODY),
                api(RESERVED),
            ),
        ]);
    }
    let forged = || signed(b"{}").without("x-sha2-signature").header("x-sha2-signature", "0".repeat(64));
    for (name, change) in [("trailers", with_trailers as fn(Ask) -> Ask), ("no_content_length", unannounced)]
    {
        knocks.extend([
            Knock::passes(format!("webhook_with_{name}"), change(signed(BODY.as_bytes()))),
            Knock::refused(
                format!("forged_webhook_with_{name}"),
                "webhook_rejected",
                &change(signed(b"{}")),
                change(forged()),
            ),
            Knock::passes(format!("session_with_{name}"), change(post(BODY))),
            Knock::refused(
                format!("reserved_key_with_{name}"),
                "reserved_key",
                &change(post(BODY)),
                change(post(RESERVED)),
            ),
        ]);
    }
    knocks
}

fn with_trailers(mut ask: Ask) -> Ask {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-late", "1".parse().expect("a value"));
    ask.trailers = Some(trailers);
    ask.header("trailer", "x-late")
}

fn unannounced(ask: Ask) -> Ask {
    Ask { length_announced: false, ..ask }
}

/// How a body is taken apart.
type Cut = fn(&str, &[(&'static str, String)], &str) -> Vec<Vec<u8>>;

fn one_byte_pieces(path: &str, headers: &[(&'static str, String)], body: &str) -> Vec<Vec<u8>> {
    let mut pieces = vec![head(path, headers, ("content-length", body.len().to_string()))];
    pieces.extend(body.bytes().map(|byte| vec![byte]));
    pieces
}

fn one_byte_chunks(path: &str, headers: &[(&'static str, String)], body: &str) -> Vec<Vec<u8>> {
    let mut pieces = vec![head(path, headers, ("transfer-encoding", "chunked".to_owned()))];
    pieces.extend(body.bytes().map(|byte| raw::chunk(&[byte])));
    pieces.push(b"0\r\n\r\n".to_vec());
    pieces
}

fn head(path: &str, headers: &[(&'static str, String)], framing: (&'static str, String)) -> Vec<u8> {
    let all = [("host", plugin::INGRESS.to_owned()), framing];
    let all = all.iter().chain(headers).map(|(name, value)| ((*name).to_owned(), value.clone().into_bytes()));
    raw::head(&format!("POST {path} HTTP/1.1"), &all.collect::<Vec<_>>())
}
