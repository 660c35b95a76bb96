//! Operations as HTTP requests. A profile says how each looks; here its templates are filled in.

use super::answer::Failure::{self, Fault};
use super::operation::Operation;
use super::procedure::{Body, Request};
use super::template::Values;
use crate::form;
use crate::headers::Headers;
use crate::policy::{Access, Orchestrator, Push};

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
    /// What is asked with its answer, where the operation takes several requests.
    pub rest: Option<Box<Rest>>,
    /// It needs an access token that the orchestrator gives for the asking.
    pub needs_token: bool,
}

/// The requests of an operation that come after a call.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The position of the call's own request.
    position: usize,
    values: Values,
    trace: Trace,
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

/// W3C trace context, and Envoy's id of the request.
const TRACE: [&str; 3] = ["traceparent", "tracestate", "x-request-id"];

impl Call {
    /// What ties it to a request, for another call because of it.
    pub(super) fn trace(&self) -> impl Iterator<Item = (String, String)> {
        self.headers.iter().filter(|(name, _)| TRACE.contains(&name.as_str())).cloned()
    }
}

impl Trace {
    /// Envoy gives a callout no parent span: what ties it to the request is handed on here.
    pub fn of(request: &Headers) -> Self {
        let headers = TRACE.into_iter();
        Self(headers.filter_map(|name| Some((name.to_owned(), request.text(name)?.to_owned()))).collect())
    }

    /// The headers to copy.
    pub fn headers(&self) -> impl Iterator<Item = (String, String)> {
        self.0.iter().cloned()
    }
}

/// The first request of an operation. A fault: the profile has no such operation, or a value that it needs is
/// missing or does not fit where it belongs.
pub fn ask(
    orchestrator: &Orchestrator,
    trace: &Trace,
    operation: Operation,
    values: Values,
) -> Result<Call, Failure> {
    build(orchestrator, operation, Rest { position: 0, values, trace: trace.clone() })
}

impl Rest {
    /// The request after the one that was answered so.
    pub(crate) fn next(
        mut self,
        orchestrator: &Orchestrator,
        operation: Operation,
        answer: &Answer,
    ) -> Result<Call, Failure> {
        let missing = Fault("the profile has no such request");
        let procedure = orchestrator.procedure(operation).ok_or(missing)?;
        let request = procedure.requests.get(self.position).ok_or(missing)?;
        let body = super::answer::json_body(answer, &request.accepted)?;
        for (name, pointer) in &request.take {
            let value =
                body.at(pointer).ok_or(Fault("an answer does not say what the next request needs"))?;
            self.values.set(name, value.clone());
        }
        self.position = self.position.saturating_add(1);
        build(orchestrator, operation, self)
    }
}

fn build(orchestrator: &Orchestrator, operation: Operation, rest: Rest) -> Result<Call, Failure> {
    let missing = Fault("the profile has no such operation");
    let procedure = orchestrator.procedure(operation).ok_or(missing)?;
    let request = procedure.requests.get(rest.position).ok_or(missing)?;
    let header = match &orchestrator.access {
        Access::Header(name, value) => Some((name.as_str(), value.expose_text())),
        Access::Open | Access::Token(_) => None,
    };
    let upstream = Upstream {
        cluster: &orchestrator.cluster,
        authority: &orchestrator.authority,
        timeout_ms: orchestrator.timeout_ms,
        header,
    };
    let mut call = request.fill(operation, upstream, &rest.values, &rest.trace)?;
    call.needs_token = matches!(orchestrator.access, Access::Token(_));
    let last = procedure.requests.len() == rest.position.saturating_add(1);
    call.rest = (!last).then(|| Box::new(rest));
    Ok(call)
}

/// The message of a push service.
pub fn push(push: &Push, trace: &Trace, values: &Values) -> Result<Call, Failure> {
    let upstream = Upstream {
        cluster: &push.cluster,
        authority: &push.authority,
        timeout_ms: push.timeout_ms,
        header: push.credential.as_ref().map(|(name, value)| (name.as_str(), value.expose_text())),
    };
    push.request.fill(Operation::Push, upstream, values, trace)
}

/// Where a request goes.
#[derive(Clone, Copy)]
struct Upstream<'a> {
    cluster: &'a str,
    authority: &'a str,
    timeout_ms: u32,
    /// What identifies us.
    header: Option<(&'a str, &'a str)>,
}

impl Request {
    fn fill(
        &self,
        operation: Operation,
        upstream: Upstream<'_>,
        values: &Values,
        trace: &Trace,
    ) -> Result<Call, Failure> {
        let unfit = Fault("a value does not fit the operation's template");
        let mut headers = vec![
            (":method".to_owned(), self.method.clone()),
            (":path".to_owned(), self.path.fill_path(values).ok_or(unfit)?),
            (":authority".to_owned(), upstream.authority.to_owned()),
            ("accept".to_owned(), "application/json".to_owned()),
        ];
        let (body, media) = match &self.body {
            Body::Empty => (None, None),
            Body::Json(template) => {
                (Some(template.fill(values).ok_or(unfit)?.to_vec()), Some("application/json"))
            }
            Body::Form(template) => {
                let form = form::write(&template.fill(values).ok_or(unfit)?);
                (Some(form.into_bytes()), Some("application/x-www-form-urlencoded"))
            }
        };
        headers.extend(media.map(|media| ("content-type".to_owned(), media.to_owned())));
        for (name, value) in &self.headers {
            if let Some(value) = value.fill(values).filter(|value| is_field_value(value)) {
                headers.push((name.clone(), value));
            }
        }
        // What was never sent may be sent again; what an upstream may have acted on is sent once more only where
        // the profile gives it a key to know it by.
        if operation.is_safe_to_repeat() || self.headers.iter().any(|(name, _)| name == "idempotency-key") {
            headers.push(("x-envoy-retry-on".to_owned(), "connect-failure,refused-stream".to_owned()));
            headers.push(("x-envoy-max-retries".to_owned(), "1".to_owned()));
        }
        // A profile may write the header of one operation otherwise.
        if let Some((name, value)) =
            upstream.header.filter(|(name, _)| headers.iter().all(|(known, _)| known != name))
        {
            headers.push((name.to_owned(), value.to_owned()));
        }
        headers.extend(trace.headers());
        Ok(Call {
            operation,
            cluster: upstream.cluster.to_owned(),
            headers,
            body,
            timeout_ms: upstream.timeout_ms,
            rest: None,
            needs_token: false,
        })
    }
}

/// What a header's value may be made of (RFC 9110 section 5.5, visible ASCII and spaces).
fn is_field_value(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}
