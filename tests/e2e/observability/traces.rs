//! Traces: whatever is asked because of a request is a part of what this Envoy did with it, seen as one trace by a
//! collector. The Envoy is that of `envoy/envoy.yaml`; behind it another one says what reached it.

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_tests::audit::{told, trace};
use countersign_tests::client::{Ask, Carrier, Client, Protocol};
use countersign_tests::envoy::{Envoy, INSIDE};
use countersign_tests::handoff::Offered;
use countersign_tests::lab::{Checking, Lab};
use countersign_tests::orchestrator::Operation::{
    self, Audit, Complete, ConsumeElevation, ConsumeHandoff, CredentialOwner, ExchangeContinuation,
    HandoffStatus, Open, OpenCrossPlatform, OpenCrossPlatformAuthentication, OpenRecovery, Status,
};
use countersign_tests::otlp::{Collector, Span, SpanKind};
use countersign_tests::patience::until;
use countersign_tests::recovery::Recovering;
use countersign_tests::refusal;
use countersign_tests::resource::{PAYMENTS, Payer, large, pay};
use countersign_tests::shipped::Shipped;
use countersign_tests::stage::Stage;
use countersign_tests::suite::{Shared, Suite};
use countersign_tests::table;

struct Traced {
    lab: Lab,
    collector: Collector,
    _inside: Envoy,
}

type Row = (&'static str, for<'a> fn(&'a Traced, Client) -> Checking<'a>);

/// What a client goes through, each with all the operations that it takes.
const ROWS: &[Row] = table![a_step_up, a_registration, a_payment, a_handoff, a_recovery];

pub(crate) fn add(suite: &mut Suite, mode: &'static str, waits: bool) {
    let traced = Shared::new(move || Traced::start(waits));
    for (name, begun) in [("begun_by_the_client", true), ("begun_here", false)] {
        for &(row, check) in ROWS {
            let traced = Arc::clone(&traced);
            suite.row(format!("{mode}/traces/{name}/{row}"), move || async move {
                let traced = traced.turn().await;
                traced.lab.reset();
                traced.collector.reset();
                let mut client = traced.lab.client(Protocol::Http1, Carrier::Cookies);
                let theirs = begun.then(|| trace(&mut client));
                check(&traced, client).await;
                traced.expect_one_trace(theirs.as_deref()).await;
            });
        }
    }
    suite.row(format!("{mode}/traces/one_that_is_not_recorded"), move || async move {
        one_that_is_not_recorded(&*traced.turn().await).await;
    });
}

/// Something that was asked because of a client's request, with what it was sent.
struct Asked {
    what: String,
    traceparent: String,
    request: String,
    by: By,
}

/// Who asked it.
#[derive(PartialEq, Eq)]
enum By {
    Filter,
    /// The filter let the client's request pass.
    Router,
    /// Options: the one, or the other where headers cannot wait, or for a phone.
    Either,
}

impl Traced {
    async fn start(waits: bool) -> Self {
        let collector = Collector::start().await;
        let (lab, inside) = Shipped::new(waits).traced_lab(collector.address()).await;
        Self { lab, collector, _inside: inside }
    }

    fn asked(&self) -> Vec<Asked> {
        let calls = self.lab.orchestrator.calls().into_iter().filter(|call| call.operation != Audit);
        let calls = calls.map(|call| Asked {
            what: call.line.clone(),
            traceparent: call.header("traceparent").to_owned(),
            request: call.header("x-request-id").to_owned(),
            by: By::Filter,
        });
        let seen = self.lab.relying_party.seen().into_iter().filter(|seen| seen.complete);
        let seen = seen.map(|seen| Asked {
            what: format!("{} {}", seen.method, seen.path),
            traceparent: seen.header("traceparent"),
            request: seen.header("x-request-id"),
            by: match seen.path.as_str() {
                "/me" => By::Filter,
                path if path.starts_with("/verify-") || path == PAYMENTS => By::Router,
                _ => By::Either,
            },
        });
        calls.chain(seen).collect()
    }

    /// Everything that was asked is in a trace of the client's, or else in one that began with its request.
    async fn expect_one_trace(&self, theirs: Option<&str>) {
        let asked = self.asked();
        assert!(!asked.is_empty());
        let mut traces = BTreeSet::new();
        for asked in &asked {
            let line = self.line(asked).await;
            let path: Vec<_> = line.iter().map(|span| (span.service.as_str(), span.kind)).collect();
            let by = match path.as_slice() {
                [(INSIDE, SpanKind::Server), ("gateway", SpanKind::Server)] => By::Filter,
                [
                    (INSIDE, SpanKind::Server),
                    ("gateway", SpanKind::Client),
                    ("gateway", SpanKind::Server),
                ] => By::Router,
                _ => panic!("{}: {path:?}", asked.what),
            };
            assert!(asked.by == by || asked.by == By::Either, "{}: {path:?}", asked.what);
            let gateway = line.last().expect("the gateway's");
            assert_eq!(gateway.attributes["guid:x-request-id"], asked.request, "{}", asked.what);
            match theirs {
                Some(theirs) => assert_eq!(gateway.trace, theirs, "{}", asked.what),
                None => assert_eq!(gateway.parent, "", "{}", asked.what),
            }
            traces.insert(gateway.trace.clone());
        }
        self.expect_told(&traces).await;
    }

    /// The span of whoever was asked, what it is a part of, and so on to the client's.
    async fn line(&self, asked: &Asked) -> Vec<Span> {
        let [_, trace, id, flags] = parts(&asked.traceparent);
        assert_eq!(flags, "01", "{}", asked.what);
        until(format!("a line of spans for {} in {:#?}", asked.what, self.collector.spans()), || async {
            let spans = self.collector.spans();
            let find = |id: &str| spans.iter().find(|span| span.trace == trace && span.id == id).cloned();
            let mut line = vec![find(id)?];
            while line.last().is_some_and(|span| (&*span.service, span.kind) != ("gateway", SpanKind::Server))
            {
                line.push(find(&line.last()?.parent)?);
            }
            Some(line)
        })
        .await
    }

    /// A decision that is told names the trace.
    async fn expect_told(&self, traces: &BTreeSet<String>) {
        until(format!("decisions of {traces:?}"), || async {
            let events = told(&self.lab);
            let named = |trace: &String| events.values().any(|event| event["trace_id"] == **trace);
            traces.iter().all(named).then_some(())
        })
        .await;
    }

    fn expect_asked(&self, expected: &[Operation]) {
        let calls: BTreeSet<_> = self.lab.orchestrator.calls().iter().map(|call| call.operation).collect();
        for operation in expected {
            assert!(calls.contains(operation), "{operation:?} was not asked: {calls:?}");
        }
    }
}

/// Version, trace, span and flags.
fn parts(traceparent: &str) -> [&str; 4] {
    let parts: Vec<&str> = traceparent.split('-').collect();
    parts.try_into().unwrap_or_else(|_| panic!("no traceparent: {traceparent:?}"))
}

async fn a_step_up(traced: &Traced, client: Client) {
    let mut stage = Stage::step_up(&traced.lab, client).await;
    refusal::expect(&stage.finish().await, &["verdict_pending"]);
    traced.lab.orchestrator.decide(stage.begun.session(), "matched");
    assert_eq!(stage.finish().await.status, 200);
    traced.expect_asked(&[Open, Status, Complete]);
}

async fn a_registration(traced: &Traced, client: Client) {
    let mut stage = Stage::registration(&traced.lab, client).await;
    traced.lab.orchestrator.decide(stage.begun.session(), "matched");
    assert_eq!(stage.finish().await.status, 200);
    traced.expect_asked(&[Open, Status, Complete]);
}

async fn a_payment(traced: &Traced, client: Client) {
    let mut payer = Payer::elevated(&traced.lab, client, pay(&large())).await;
    assert_eq!(payer.send(pay(&large())).await.status, 200);
    traced.expect_asked(&[Open, Status, Complete, ConsumeElevation]);
}

async fn a_handoff(traced: &Traced, client: Client) {
    let mut offered = Offered::by(&traced.lab, client).await;
    let mut phone = offered.taken().await;
    traced.lab.orchestrator.decide(phone.begun.session(), "matched");
    assert_eq!(phone.finish().await.status, 200);
    offered.follow().await;
    traced.expect_asked(&[
        OpenCrossPlatform,
        ConsumeHandoff,
        OpenCrossPlatformAuthentication,
        HandoffStatus,
        CredentialOwner,
        Status,
        Complete,
    ]);
}

async fn a_recovery(traced: &Traced, client: Client) {
    let recovering = Recovering::decided(&traced.lab, client, "matched").await;
    let mut stage = recovering.replacing().await;
    assert_eq!(stage.finish().await.status, 200);
    traced.expect_asked(&[OpenRecovery, ExchangeContinuation]);
}

/// Nobody records it then, and everybody is told so.
async fn one_that_is_not_recorded(traced: &Traced) {
    traced.lab.reset();
    traced.collector.reset();
    let mut client = traced.lab.client(Protocol::Http1, Carrier::Cookies);
    let unrecorded = trace(&mut client);
    let header = client.always.last_mut().expect("a traceparent");
    header.1 = format!("{}-00", header.1.trim_end_matches("-01"));
    let mut stage = Stage::step_up(&traced.lab, client).await;
    traced.lab.orchestrator.decide(stage.begun.session(), "matched");
    assert_eq!(stage.finish().await.status, 200);
    let asked = traced.asked();
    assert!(!asked.is_empty());
    for asked in &asked {
        assert_eq!(parts(&asked.traceparent)[3], "00", "{}", asked.what);
    }
    // One that is recorded, to know that both would have been there.
    let mut client = traced.lab.client(Protocol::Http1, Carrier::Cookies);
    let recorded = trace(&mut client);
    client.send(Ask::get("/fence")).await.expect("an answer");
    until("the spans of both", || async {
        let spans = traced.collector.spans();
        let services: BTreeSet<_> =
            spans.iter().filter(|span| span.trace == recorded).map(|span| &span.service).collect();
        (services.len() == 2).then_some(())
    })
    .await;
    assert!(traced.collector.spans().iter().all(|span| span.trace != unrecorded));
}
