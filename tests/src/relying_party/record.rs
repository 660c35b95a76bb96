//! What reached the relying party, byte for byte, also when it never became complete.

use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::BodyExt as _;
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use serde_json::Value;

use crate::serving::Severed;

/// One request as far as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body so far.
    pub body: Vec<u8>,
    /// The trailers.
    pub trailers: Option<HeaderMap>,
    /// Whether the body came to its proper end.
    pub complete: bool,
}

impl Seen {
    pub(super) fn arriving(request: &Request<Incoming>) -> Arc<Mutex<Self>> {
        let path = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
        Arc::new(Mutex::new(Self {
            method: request.method().to_string(),
            path,
            headers: request.headers().clone(),
            body: Vec::new(),
            trailers: None,
            complete: false,
        }))
    }

    /// The path alone.
    pub fn path_without_query(&self) -> &str {
        self.path.split('?').next().unwrap_or("")
    }

    /// A header's first value; empty when it is absent.
    pub fn header(&self, name: &str) -> String {
        self.headers
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .unwrap_or_default()
    }

    /// The cookies it came with.
    pub fn cookies(&self) -> Vec<(String, String)> {
        let values = self.headers.get_all("cookie");
        let text: Vec<String> =
            values.iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        text.iter()
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// One cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies().into_iter().find(|(have, _)| have == name).map(|(_, value)| value)
    }

    /// The body as JSON; `Null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

pub(super) async fn read_body(mut body: Incoming, seen: &Mutex<Seen>) -> Result<(), Severed> {
    let lock = || seen.lock().unwrap_or_else(PoisonError::into_inner);
    while let Some(frame) = body.frame().await {
        match frame.map_err(|_| Severed)?.into_data() {
            Ok(data) => lock().body.extend_from_slice(&data),
            Err(frame) => lock().trailers = frame.into_trailers().ok(),
        }
    }
    lock().complete = true;
    Ok(())
}
