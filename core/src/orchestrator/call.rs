//! The calls: one function an operation of the `countersign` profile.

use super::identity::{ExternalUserId, unreserved};
use crate::encoding;
use crate::headers::Headers;
use crate::json::{Object, Value};
use crate::policy::{Flow, Orchestrator};

/// What a callout is for; names the callout counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A begin, sent to the relying party by the gateway itself.
    Begin,
    /// `cancel`
    Cancel,
    /// `complete`
    Complete,
    /// `credential_owner`
    CredentialOwner,
    /// Who the relying party's session belongs to.
    Introspect,
    /// `open_registration`
    OpenRegistration,
    /// `open_step_up`
    OpenStepUp,
    /// `status`
    Status,
}

impl Operation {
    /// All of them, for the table of counters.
    pub const ALL: [Self; 8] = [
        Self::Begin,
        Self::Cancel,
        Self::Complete,
        Self::CredentialOwner,
        Self::Introspect,
        Self::OpenRegistration,
        Self::OpenStepUp,
        Self::Status,
    ];

    /// The contract's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Cancel => "cancel",
            Self::Complete => "complete",
            Self::CredentialOwner => "credential_owner",
            Self::Introspect => "introspect",
            Self::OpenRegistration => "open_registration",
            Self::OpenStepUp => "open_step_up",
            Self::Status => "status",
        }
    }
}

/// One HTTP request for the host to send.
#[derive(Clone, Debug)]
pub struct Call {
    /// What it is for.
    pub operation: Operation,
    /// Envoy's name of the upstream.
    pub cluster: String,
    /// Pseudo-headers first.
    pub headers: Vec<(String, String)>,
    /// The body, if any.
    pub body: Option<Vec<u8>>,
    /// Milliseconds until it counts as failed; at least 1.
    pub timeout_ms: u32,
}

/// What came back, whole.
#[derive(Clone, Debug)]
pub struct Exchanged {
    /// With `:status`.
    pub headers: Headers,
    /// At most the host's limit; a longer one is no answer.
    pub body: Vec<u8>,
}

/// `None`: timeout, refused, reset, too large.
pub type Answer = Option<Exchanged>;

/// What ties our calls to the request that caused them.
#[derive(Clone, Debug, Default)]
pub struct Trace(Vec<(String, String)>);

impl Trace {
    /// Envoy gives a callout no parent span: W3C trace context and the request id are handed on here.
    pub fn of(request: &Headers) -> Self {
        Self(
            ["traceparent", "tracestate", "x-request-id"]
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), request.text(name)?.to_owned())))
                .collect(),
        )
    }

    /// The headers to copy.
    pub fn headers(&self) -> impl Iterator<Item = (String, String)> {
        self.0.iter().cloned()
    }
}

/// `open_registration` or `open_step_up`. `challenge` is SHA-256 of the relying party's challenge.
#[expect(clippy::too_many_arguments, reason = "one argument for each member of the request")]
pub fn open(
    orchestrator: &Orchestrator,
    trace: &Trace,
    idempotency_key: &str,
    flow: Flow,
    user: &ExternalUserId,
    rp_id: &str,
    challenge: &[u8; 32],
    prior_biometric: Option<Value>,
) -> Call {
    let mut body = Object::default();
    body.insert("flow", text(flow.name()));
    body.insert("external_user_id", text(user.as_str()));
    body.insert("rp_id", text(rp_id));
    body.insert("challenge", Value::String(encoding::to_base64url(challenge)));
    if let Some(prior) = prior_biometric {
        body.insert("prior_biometric", prior);
    }
    let operation =
        if flow == Flow::Registration { Operation::OpenRegistration } else { Operation::OpenStepUp };
    post(orchestrator, trace, operation, "/v1/sessions".to_owned(), idempotency_key, body)
}

/// `status`
pub fn show(orchestrator: &Orchestrator, trace: &Trace, session: &str) -> Call {
    request(orchestrator, trace, Operation::Status, "GET", format!("/v1/sessions/{}", segment(session)))
}

/// `complete`
pub fn complete(
    orchestrator: &Orchestrator,
    trace: &Trace,
    idempotency_key: &str,
    session: &str,
    credential_id: &[u8],
    public_key: Option<&[u8]>,
    user_handle: Option<&str>,
) -> Call {
    let mut body = Object::default();
    body.insert("credential_id", Value::String(encoding::to_base64url(credential_id)));
    if let Some(key) = public_key {
        body.insert("public_key", Value::String(encoding::to_base64url(key)));
    }
    if let Some(handle) = user_handle {
        body.insert("user_handle", text(handle));
    }
    let path = format!("/v1/sessions/{}/complete", segment(session));
    post(orchestrator, trace, Operation::Complete, path, idempotency_key, body)
}

/// `cancel`
pub fn cancel(orchestrator: &Orchestrator, trace: &Trace, idempotency_key: &str, session: &str) -> Call {
    let path = format!("/v1/sessions/{}/cancel", segment(session));
    post(orchestrator, trace, Operation::Cancel, path, idempotency_key, Object::default())
}

/// `credential_owner`
pub fn credential_owner(orchestrator: &Orchestrator, trace: &Trace, credential_id: &[u8]) -> Call {
    let path = format!("/v1/credentials/{}", encoding::to_base64url(credential_id));
    request(orchestrator, trace, Operation::CredentialOwner, "GET", path)
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// A session id is checked when it is opened; what reaches a path is made safe again all the same.
fn segment(id: &str) -> String {
    id.chars().filter(|c| u8::try_from(*c).is_ok_and(unreserved)).collect()
}

fn post(
    orchestrator: &Orchestrator,
    trace: &Trace,
    operation: Operation,
    path: String,
    idempotency_key: &str,
    body: Object,
) -> Call {
    let mut call = request(orchestrator, trace, operation, "POST", path);
    call.headers.push(("content-type".to_owned(), "application/json".to_owned()));
    call.headers.push(("idempotency-key".to_owned(), idempotency_key.to_owned()));
    call.body = Some(Value::Object(body).to_vec());
    call
}

fn request(
    orchestrator: &Orchestrator,
    trace: &Trace,
    operation: Operation,
    method: &str,
    path: String,
) -> Call {
    let mut headers = vec![
        (":method".to_owned(), method.to_owned()),
        (":path".to_owned(), path),
        (":authority".to_owned(), orchestrator.authority.clone()),
        ("accept".to_owned(), "application/json".to_owned()),
        // Safe for every operation: GETs change nothing, POSTs carry an Idempotency-Key.
        ("x-envoy-retry-on".to_owned(), "connect-failure,refused-stream".to_owned()),
        ("x-envoy-max-retries".to_owned(), "1".to_owned()),
    ];
    if let Some((name, value)) = &orchestrator.credential {
        headers.push((name.clone(), String::from_utf8_lossy(value.expose()).into_owned()));
    }
    headers.extend(trace.headers());
    Call {
        operation,
        cluster: orchestrator.cluster.clone(),
        headers,
        body: None,
        timeout_ms: orchestrator.timeout_ms,
    }
}
