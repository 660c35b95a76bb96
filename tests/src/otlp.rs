//! A collector of traces: OTLP over HTTP, read with the published protobuf.
//!
//! <https://opentelemetry.io/docs/specs/otlp/#otlphttp>

use std::collections::BTreeMap;
use std::net::SocketAddr;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::{Request, Response};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span as Told;
pub use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message as _;

use crate::encoding::hex;
use crate::serving::{Handling, Payload, Severed};
use crate::stand_in::{Shared, StandIn};

/// A span, with its ids in hexadecimal.
#[derive(Clone, Debug)]
pub struct Span {
    /// Whose it is.
    pub service: String,
    /// A server's, a client's.
    pub kind: SpanKind,
    /// The trace's id.
    pub trace: String,
    /// Its own.
    pub id: String,
    /// That of the span it is a part of; empty where it is nobody's.
    pub parent: String,
    /// Those that are text.
    pub attributes: BTreeMap<String, String>,
}

/// The collector, listening on a port of its own.
pub struct Collector(StandIn<Vec<Span>>);

impl Collector {
    /// Starts one.
    pub async fn start() -> Self {
        Self(
            StandIn::start(|_, request, state, _| -> Handling {
                Box::pin(async move { serve(request, &state).await })
            })
            .await,
        )
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.server().address()
    }

    /// What it was told so far.
    pub fn spans(&self) -> Vec<Span> {
        self.0.state().clone()
    }

    /// Forgets everything.
    pub fn reset(&self) {
        self.0.reset();
    }
}

async fn serve(request: Request<Incoming>, state: &Shared<Vec<Span>>) -> Result<Response<Payload>, Severed> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Severed)?.to_bytes();
    let media = head.headers.get("content-type").is_some_and(|media| media == "application/x-protobuf");
    let told =
        ExportTraceServiceRequest::decode(body).ok().filter(|_| media && head.uri.path() == "/v1/traces");
    let answer = Response::builder().header("content-type", "application/x-protobuf");
    let Some(told) = told else {
        return Ok(answer.status(400).body(Payload::whole("")).expect("a well-formed answer"));
    };
    state.lock().extend(spans(told));
    let taken = ExportTraceServiceResponse::default().encode_to_vec();
    Ok(answer.body(Payload::whole(taken)).expect("a well-formed answer"))
}

fn spans(told: ExportTraceServiceRequest) -> impl Iterator<Item = Span> {
    told.resource_spans.into_iter().flat_map(|of_resource| {
        let resource = attributes(of_resource.resource.unwrap_or_default().attributes);
        let service = resource.get("service.name").cloned().unwrap_or_default();
        let spans = of_resource.scope_spans.into_iter().flat_map(|of_scope| of_scope.spans);
        spans.map(move |span| read(service.clone(), span))
    })
}

fn read(service: String, span: Told) -> Span {
    Span {
        service,
        kind: span.kind(),
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        attributes: attributes(span.attributes),
    }
}

fn attributes(told: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |attribute: KeyValue| match attribute.value {
        Some(AnyValue { value: Some(Value::StringValue(text)) }) => Some((attribute.key, text)),
        _ => None,
    };
    told.into_iter().filter_map(text).collect()
}
