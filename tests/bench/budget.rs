//! What it may cost: the gates, their aims and where they fail. The anchors were measured with the same Envoy
//! before there was a filter, on this kind of machine, and are repeated in `docs/performance.md`.

use crate::footprint::Footprint;
use crate::rows::{
    self, BEGIN, DISABLED, ELSEWHERE_10, ELSEWHERE_1000, EXT_AUTHZ, EXT_AUTHZ_BODY, GUARDED, JWT_AUTHN,
    OTHER, RESOURCE, SIGNATURE,
};
use crate::run::{Measured, Pair};
use crate::statistics::Spread;

/// How much longer an Envoy with a module of 255 kB took to start than one without: 250 ms against 69.
const ANCHOR_START: f64 = 250.0 / 69.0;

/// One line of the budget.
pub(crate) struct Gate {
    pub(crate) name: &'static str,
    /// What the numbers are.
    pub(crate) unit: &'static str,
    /// At most this is wanted.
    pub(crate) aim: f64,
    /// More than this fails; `None` where only an aim was set.
    pub(crate) fail: Option<f64>,
    pub(crate) decimals: usize,
    /// What was measured; `None` where it cannot be yet.
    pub(crate) measured: Option<f64>,
}

impl Gate {
    /// The verdict's words.
    pub(crate) fn verdict(&self) -> &'static str {
        // What is printed is what is judged: 1.004 is 1.00.
        let scale = 10_f64.powi(i32::try_from(self.decimals).expect("few decimals"));
        match self.measured.map(|measured| (measured * scale).round() / scale) {
            None => "not measured",
            Some(measured) if measured <= self.aim => "meets the aim",
            Some(measured) if self.fail.is_none_or(|fail| measured <= fail) => "misses the aim",
            Some(_) => "**fails**",
        }
    }
}

/// The whole budget, filled in.
pub(crate) fn gates(measured: &Measured, footprint: &Footprint) -> Vec<Gate> {
    let gate = |name, unit, aim, fail, decimals, measured| Gate { name, unit, aim, fail, decimals, measured };
    let alone = |row: &str| Some(against_nothing(measured.get(row)?).median);
    let against = |row: &str, other: &str| against(measured, row, other).map(|spread| spread.median);
    let (one, eight) = (footprint.resident[0], footprint.resident[1]);
    let first = one.1.median - one.0.median;
    let further = (eight.1.median - eight.0.median - first) / 7.0;
    let start = footprint.start.1.median / (footprint.start.0.median * ANCHOR_START);
    vec![
        gate("route where the filter is disabled", "× no filter", 1.00, Some(1.05), 2, alone(DISABLED)),
        gate("other route", "× `ext_authz`", 0.65, Some(0.80), 2, against(OTHER, EXT_AUTHZ)),
        gate("other route", "× no filter", 1.25, None, 2, alone(OTHER)),
        // A bound of our own: what it costs must not grow with the rules on other paths, and this much is noise.
        gate(
            "other route, 1000 rules",
            "× 10 rules",
            1.05,
            Some(1.15),
            2,
            against(ELSEWHERE_1000, ELSEWHERE_10),
        ),
        gate("begin, routine", "× no filter", 1.4, Some(1.6), 2, alone(BEGIN)),
        gate(
            "guarded finish",
            "× `ext_authz` with body",
            2.0,
            Some(2.3),
            2,
            against(GUARDED, EXT_AUTHZ_BODY),
        ),
        gate("one signature check more", "µs", 80.0, Some(500.0), 0, added(measured, SIGNATURE, GUARDED)),
        gate(
            "guarded resource, elevation valid",
            "× `jwt_authn`",
            0.65,
            Some(1.0),
            2,
            against(RESOURCE, JWT_AUTHN),
        ),
        gate("module size", "kB", 400.0, Some(700.0), 0, Some(thousands(footprint.module))),
        gate("memory, one worker", "MiB more", 30.0, Some(45.0), 1, Some(first)),
        gate("memory, each worker more", "MiB more", 1.5, None, 1, Some(further)),
        gate("start", "× a module of 255 kB", 1.3, Some(2.0), 2, Some(start)),
    ]
}

/// CPU as a multiple of Envoy alone.
pub(crate) fn against_nothing(pairs: &[Pair]) -> Spread {
    Spread::of(pairs.iter().map(Pair::cpu))
}

/// CPU as a multiple of another row's with the same kind of traffic, round by round, each first divided by its
/// own slice of Envoy alone: what the machine did meanwhile falls out.
pub(crate) fn against(measured: &Measured, row: &str, other: &str) -> Option<Spread> {
    let (pairs, others) = (measured.get(row)?, measured.get(other)?);
    Some(Spread::of(pairs.iter().zip(others).map(|(pair, other)| pair.cpu() / other.cpu())))
}

/// CPU more than another row's, µs.
fn added(measured: &Measured, row: &str, other: &str) -> Option<f64> {
    let (pairs, others) = (measured.get(row)?, measured.get(other)?);
    Some(Spread::of(pairs.iter().zip(others).map(|(pair, other)| pair.with.cpu - other.with.cpu)).median)
}

/// What a row is compared with beside Envoy alone: `ext_authz` with the same kind of traffic.
pub(crate) fn yardstick(row: &str) -> Option<&'static str> {
    let row = rows::ROWS.iter().find(|candidate| candidate.name == row)?;
    if row.traffic.has_body() { Some(EXT_AUTHZ_BODY) } else { row.traffic.is_get().then_some(EXT_AUTHZ) }
}

#[expect(clippy::cast_precision_loss, reason = "a module is smaller than 2^52 bytes")]
fn thousands(bytes: u64) -> f64 {
    bytes as f64 / 1000.0
}
