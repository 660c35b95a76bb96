//! The interleaved run: for each row a slice through Envoy alone, then one through what is compared, again and
//! again, so that whatever else the machine does falls on both.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::cores::Cores;
use crate::gateway::Gateway;
use crate::listeners::{self, Between};
use crate::load::{self, Requests};
use crate::rows::{self, Row};
use crate::statistics::Spread;
use crate::upstream::Upstreams;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    /// Pairs of slices for each row.
    pub(crate) pairs: usize,
    /// The slices are so many times shorter.
    pub(crate) shorter: usize,
}

/// One stretch of traffic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slice {
    /// CPU of the Envoy process for a request, µs, at saturation.
    pub(crate) cpu: f64,
    /// Requests a second at saturation.
    pub(crate) throughput: f64,
    /// How much of one core Envoy used meanwhile: well below 1, it was not saturated.
    pub(crate) busy: f64,
    /// Median time of a request at the fixed rate, µs.
    pub(crate) p50: f64,
}

/// The same traffic through Envoy alone and through what is compared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(crate) alone: Slice,
    pub(crate) with: Slice,
}

impl Pair {
    /// CPU as a multiple of Envoy alone.
    pub(crate) fn cpu(&self) -> f64 {
        self.with.cpu / self.alone.cpu
    }
}

/// Row name → its pairs, in the order in which they were measured.
pub(crate) type Measured = BTreeMap<&'static str, Vec<Pair>>;

/// Measures these rows.
pub(crate) async fn measure(rows: &[Row], extent: Extent, cores: Cores, upstreams: &Upstreams) -> Measured {
    let bootstrap = listeners::bootstrap(&Between::ALL, upstreams);
    let gateway = Gateway::start(&bootstrap, 1, cores, true).await;
    let alone = gateway.listener(&Between::Nothing.name()).await;
    let mut measured = Measured::new();
    // Round 0 warms everything up and is thrown away.
    for round in 0..=extent.pairs {
        for row in rows {
            let with = gateway.listener(&row.between.name()).await;
            let extent = if round == 0 { Extent { shorter: extent.shorter * 4, ..extent } } else { extent };
            let pair = pair(row, extent, &gateway, alone, with, upstreams).await;
            if round > 0 {
                measured.entry(row.name).or_default().push(pair);
            }
        }
        let so_far = measured.get(rows::GUARDED).map(|pairs| Spread::of(pairs.iter().map(Pair::cpu)));
        let so_far =
            so_far.map_or_else(String::new, |cpu| format!(": guarded finish {} × no filter", cpu.text(2)));
        eprintln!("bench: round {round} of {}{so_far}", extent.pairs);
    }
    measured
}

async fn pair(
    row: &Row,
    extent: Extent,
    gateway: &Gateway,
    alone: SocketAddr,
    with: SocketAddr,
    upstreams: &Upstreams,
) -> Pair {
    let (fast, paced) = (row.requests / extent.shorter, rows::PACED / extent.shorter);
    let from = gateway.listener(&row.between.evidence().name()).await;
    let requests = Arc::new(row.traffic.requests(fast + paced, from, upstreams).await);
    let sent = u64::try_from(fast + paced).expect("few requests");
    let so_far = || (upstreams.arrived(), upstreams.callouts());
    let (arrived, calls) = so_far();
    let alone = slice(gateway, alone, &requests, fast, paced).await;
    assert_eq!(so_far(), (arrived + sent, calls), "{}: Envoy alone forwards, and asks nobody", row.name);
    let with = slice(gateway, with, &requests, fast, paced).await;
    let expected = (arrived + 2 * sent, calls + row.callouts * sent);
    assert_eq!(so_far(), expected, "{}: requests to the relying party and to the orchestrator", row.name);
    Pair { alone, with }
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
async fn slice(
    gateway: &Gateway,
    at: SocketAddr,
    requests: &Arc<Requests>,
    fast: usize,
    paced: usize,
) -> Slice {
    let used = gateway.cpu();
    let elapsed = load::saturate(at, requests, 0..fast).await;
    let used = gateway.cpu().saturating_sub(used);
    let times = load::pace(at, requests, fast..fast + paced, rows::RATE).await;
    Slice {
        cpu: micros(used) / fast as f64,
        throughput: fast as f64 / elapsed.as_secs_f64(),
        busy: used.as_secs_f64() / elapsed.as_secs_f64(),
        p50: Spread::of(times.into_iter().map(micros)).median,
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
