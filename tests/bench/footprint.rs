//! What Countersign costs before the first request: memory, start, size.

use std::sync::Arc;

use countersign_tests::binaries;

use crate::cores::Cores;
use crate::gateway::Gateway;
use crate::listeners::{self, Between};
use crate::load;
use crate::statistics::Spread;
use crate::traffic::Traffic;
use crate::upstream::Upstreams;

/// Workers of the two sizes of Envoy that are measured.
pub(crate) const WORKERS: [u8; 2] = [1, 8];

/// Envoy without and with the filter.
#[derive(Clone, Debug)]
pub(crate) struct Footprint {
    /// Resident MiB after some traffic, by [`WORKERS`]: without, with.
    pub(crate) resident: Vec<(Spread, Spread)>,
    /// Milliseconds to ready at one worker: without, with.
    pub(crate) start: (Spread, Spread),
    /// Bytes of the module.
    pub(crate) module: u64,
}

/// Starts Envoy `times` times in each way.
pub(crate) async fn measure(times: usize, cores: Cores, upstreams: &Upstreams) -> Footprint {
    let mut resident = Vec::new();
    let mut start = (Vec::new(), Vec::new());
    for workers in WORKERS {
        let (mut without, mut with) = (Vec::new(), Vec::new());
        for _ in 0..times {
            let plain = one(Between::Nothing, workers, cores, upstreams).await;
            let ours = one(Between::Countersign, workers, cores, upstreams).await;
            without.push(plain.resident);
            with.push(ours.resident);
            if workers == WORKERS[0] {
                start.0.push(plain.start);
                start.1.push(ours.start);
            }
        }
        resident.push((Spread::of(without), Spread::of(with)));
        eprintln!("bench: memory and start at {workers} workers");
    }
    let module = std::fs::metadata(binaries::filter()).expect("the built filter").len();
    Footprint { resident, start: (Spread::of(start.0), Spread::of(start.1)), module }
}

struct One {
    resident: f64,
    start: f64,
}

/// A fresh Envoy on every core: its start, then its memory after traffic that every worker saw some of.
async fn one(between: Between, workers: u8, cores: Cores, upstreams: &Upstreams) -> One {
    const REQUESTS: usize = 2000;
    let bootstrap = listeners::bootstrap(&[between], upstreams);
    let gateway = Gateway::start(&bootstrap, workers, cores, false).await;
    let at = gateway.listener(&between.name()).await;
    let requests = Arc::new(Traffic::Begin.requests(REQUESTS, at, upstreams).await);
    load::saturate(at, &requests, 0..REQUESTS).await;
    One { resident: gateway.resident(), start: gateway.started_in.as_secs_f64() * 1e3 }
}
