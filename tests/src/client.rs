//! A client of the gateway: HTTP/1.1 or HTTP/2 by prior knowledge, with a cookie jar or without.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::BodyExt as _;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Bytes, Frame};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::TcpStream;

/// No answer takes longer; every configured timeout is well below.
const ANSWER_LIMIT: Duration = Duration::from_secs(25);

/// The prefix of the gateway's own cookies.
const EVIDENCE_COOKIE: &str = "__Host-cs-";

/// Which HTTP the client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2 by prior knowledge.
    Http2,
}

/// How the client brings evidence back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// As a browser: the cookies it was given.
    Cookies,
    /// As an app without a cookie jar: the `countersign-evidence` header.
    Header,
    /// Not at all.
    Nothing,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// Headers beside those the client adds itself.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body, if any.
    pub body: Option<Bytes>,
    /// Trailers after the body. HTTP/1.1 also needs a `trailer` header that names them.
    pub trailers: Option<HeaderMap>,
    /// Whether the body's length is known from the start (`content-length`).
    pub length_announced: bool,
}

/// One answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// The connection or stream ended without a complete answer.
#[derive(Debug)]
pub struct Broken(pub String);

/// A client with its own memory of cookies and evidence.
#[derive(Clone)]
pub struct Client {
    /// Where it connects.
    pub address: SocketAddr,
    /// What it sends as `Host` or `:authority`.
    pub authority: String,
    /// Which HTTP it speaks.
    pub protocol: Protocol,
    /// How it brings evidence back.
    pub carrier: Carrier,
    /// Its cookies, the gateway's included.
    pub cookies: BTreeMap<String, String>,
    /// The values of the last `countersign-evidence` header it got.
    pub evidence: Vec<String>,
    /// What it sends with every request besides.
    pub always: Vec<(String, String)>,
}

impl Ask {
    /// A request without a body.
    pub fn new(method: Method, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
            trailers: None,
            length_announced: true,
        }
    }

    /// `GET`.
    pub fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    /// `POST` of a JSON value.
    pub fn post(path: &str, json: &Value) -> Self {
        Self::post_bytes(path, json.to_string()).header("content-type", "application/json")
    }

    /// `POST` of these bytes, without a content type.
    pub fn post_bytes(path: &str, body: impl Into<Bytes>) -> Self {
        Self { body: Some(body.into()), ..Self::new(Method::POST, path) }
    }

    /// Adds one header; the value may be any bytes that HTTP allows.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        let value = HeaderValue::from_bytes(value.as_ref()).expect("a header value");
        self.headers.push((HeaderName::from_static(name), value));
        self
    }

    /// Removes every header of that name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(have, _)| have != name);
        self
    }
}

impl Answer {
    /// The body as JSON; `Null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as text, for messages.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The first value of a header; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// All values of a header.
    pub fn header_values(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
    }

    /// The `code` of a refusal; empty when the answer is none.
    pub fn refusal(&self) -> String {
        if self.header("content-type") == "application/problem+json" {
            self.json()["code"].as_str().unwrap_or("").to_owned()
        } else {
            String::new()
        }
    }
}

impl Client {
    /// An HTTP/1.1 client with an empty cookie jar.
    pub fn new(address: SocketAddr, authority: &str) -> Self {
        Self {
            address,
            authority: authority.to_owned(),
            protocol: Protocol::Http1,
            carrier: Carrier::Cookies,
            cookies: BTreeMap::new(),
            evidence: Vec::new(),
            always: Vec::new(),
        }
    }

    /// The same client (same memory) at another gateway.
    #[must_use]
    pub fn at(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Sends a request on a connection of its own and remembers what the answer sets.
    ///
    /// # Errors
    /// [`Broken`] when there is no complete answer.
    pub async fn send(&mut self, ask: Ask) -> Result<Answer, Broken> {
        let answer = tokio::time::timeout(ANSWER_LIMIT, self.exchange(ask))
            .await
            .unwrap_or_else(|_| Err(Broken(format!("no answer within {ANSWER_LIMIT:?}"))))?;
        self.remember(&answer);
        Ok(answer)
    }

    /// The request's headers as this client would send them, `host` included: for [`crate::raw`].
    pub fn memory_headers(&self) -> Vec<(String, String)> {
        let mut headers = self.always.clone();
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|(name, _)| self.carrier == Carrier::Cookies || !name.starts_with(EVIDENCE_COOKIE))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            headers.push(("cookie".to_owned(), cookies.join("; ")));
        }
        if self.carrier == Carrier::Header && !self.evidence.is_empty() {
            headers.push(("countersign-evidence".to_owned(), self.evidence.join(", ")));
        }
        headers
    }

    /// The evidence cookies it holds.
    pub fn evidence_cookies(&self) -> Vec<(&String, &String)> {
        self.cookies.iter().filter(|(name, _)| name.starts_with(EVIDENCE_COOKIE)).collect()
    }

    async fn exchange(&self, ask: Ask) -> Result<Answer, Broken> {
        let broken = |error: &dyn std::error::Error| Broken(format!("{error}: {:?}", error.source()));
        let stream = TcpStream::connect(self.address).await.map_err(|error| broken(&error))?;
        let _ = stream.set_nodelay(true);
        let io = TokioIo::new(stream);
        let request = self.request(ask);
        let response = match self.protocol {
            Protocol::Http1 => {
                let (mut sender, connection) =
                    hyper::client::conn::http1::handshake(io).await.map_err(|error| broken(&error))?;
                tokio::spawn(connection);
                sender.send_request(request).await
            }
            Protocol::Http2 => {
                let (mut sender, connection) =
                    hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
                        .await
                        .map_err(|error| broken(&error))?;
                tokio::spawn(connection);
                sender.send_request(request).await
            }
        };
        let (head, body) = response.map_err(|error| broken(&error))?.into_parts();
        let body = body.collect().await.map_err(|error| broken(&error))?.to_bytes();
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }

    fn request(&self, ask: Ask) -> Request<BoxBody<Bytes, Infallible>> {
        let mut request = Request::builder().method(ask.method);
        request = match self.protocol {
            Protocol::Http1 => request.uri(&ask.path).header("host", &self.authority),
            Protocol::Http2 => {
                request.uri(format!("http://{}{}", self.authority, ask.path)).version(Version::HTTP_2)
            }
        };
        let overridden = |name: &str| ask.headers.iter().any(|(have, _)| have == name);
        for (name, value) in self.memory_headers() {
            if !overridden(&name) {
                request = request.header(name, value);
            }
        }
        for (name, value) in ask.headers {
            request = request.header(name, value);
        }
        let body = match (ask.body, ask.trailers) {
            (None, _) => http_body_util::Empty::new().boxed(),
            (Some(body), None) if ask.length_announced => http_body_util::Full::new(body).boxed(),
            (body, trailers) => Unannounced { body, trailers }.boxed(),
        };
        request.body(body).expect("a well-formed request")
    }

    fn remember(&mut self, answer: &Answer) {
        for cookie in answer.header_values("set-cookie") {
            let mut parts = cookie.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let gone = parts.any(|attribute| attribute.eq_ignore_ascii_case("max-age=0"));
            if gone {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let evidence: Vec<String> = answer
            .header_values("countersign-evidence")
            .iter()
            .flat_map(|value| value.split(','))
            .map(|value| value.trim().to_owned())
            .collect();
        if !evidence.is_empty() {
            self.evidence = evidence;
        }
    }
}

/// A body of unannounced length, maybe with trailers.
struct Unannounced {
    body: Option<Bytes>,
    trailers: Option<HeaderMap>,
}

impl Body for Unannounced {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = self.body.take().map(Frame::data).or_else(|| self.trailers.take().map(Frame::trailers));
        Poll::Ready(frame.map(Ok))
    }
}
