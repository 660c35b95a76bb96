//! The tables, as `docs/performance.md` holds them.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use countersign_tests::binaries;
use countersign_tests::encoding::rfc3339_in;

use crate::budget::{self, Gate};
use crate::footprint::{Footprint, WORKERS};
use crate::rows::{RATE, Row};
use crate::run::{Extent, Measured, Slice};
use crate::statistics::Spread;

const BEGIN: &str = "<!-- measured: begin -->\n";
const END: &str = "<!-- measured: end -->\n";

/// Everything that was measured, as Markdown.
pub(crate) fn text(rows: &[Row], measured: &Measured, footprint: &Footprint, extent: Extent) -> String {
    let mut text = format!("{}\n", machine(extent));
    text += &costs(rows, measured);
    text += &footprints(footprint);
    text += &gates(&budget::gates(measured, footprint));
    text
}

/// Puts the text between the markers of a document.
pub(crate) fn write(document: &Path, text: &str) {
    let old = std::fs::read_to_string(document).expect("docs/performance.md");
    let (before, rest) = old.split_once(BEGIN).expect("the marker before what is measured");
    let (_, after) = rest.split_once(END).expect("the marker after what is measured");
    std::fs::write(document, format!("{before}{BEGIN}\n{text}\n{END}{after}")).expect("docs/performance.md");
}

fn machine(extent: Extent) -> String {
    let date = rfc3339_in(0);
    let date = date.split('T').next().unwrap_or("");
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown CPU", |(_, model)| model.trim());
    let cores = cpu.lines().filter(|line| line.starts_with("processor")).count();
    let envoy = Command::new(binaries::envoy()).arg("--version").output().expect("Envoy runs");
    let envoy = String::from_utf8_lossy(&envoy.stdout).into_owned();
    // `<program>  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL`
    let envoy = envoy.split_once("version: ").and_then(|(_, version)| version.split('/').nth(1));
    let envoy = envoy.unwrap_or("of unknown version");
    let version = env!("CARGO_PKG_VERSION");
    let pairs = extent.pairs;
    format!(
        "Measured {date} on {cores} cores of {model}, Envoy {envoy}, \
         Countersign {version}; {pairs} pairs of slices a row; medians, and in brackets least and most.\n"
    )
}

fn costs(rows: &[Row], measured: &Measured) -> String {
    let mut text = "| row | callouts | CPU µs | µs more | CPU × no filter | CPU × `ext_authz` | throughput × | p50 × |\n\
                    |---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for row in rows {
        let Some(pairs) = measured.get(row.name) else { continue };
        let of = |value: fn(&Slice) -> f64| {
            Spread::of(pairs.iter().map(|pair| value(&pair.with) / value(&pair.alone)))
        };
        let cpu = Spread::of(pairs.iter().map(|pair| pair.with.cpu));
        let more = Spread::of(pairs.iter().map(|pair| pair.with.cpu - pair.alone.cpu));
        let yardstick =
            budget::yardstick(row.name).and_then(|other| budget::against(measured, row.name, other));
        let _written = writeln!(
            text,
            "| {} | {} | {:.0} | {} | {} | {} | {} | {} |",
            row.name,
            row.callouts,
            cpu.median,
            more.text(0),
            of(|slice| slice.cpu).text(2),
            yardstick.map_or_else(|| "–".to_owned(), |spread| format!("{:.2}", spread.median)),
            of(|slice| slice.throughput).text(2),
            of(|slice| slice.p50).text(2),
        );
    }
    let alone = |body: bool| {
        let rows = rows.iter().filter(|row| row.traffic.has_body() == body);
        let slices: Vec<Slice> =
            rows.filter_map(|row| measured.get(row.name)).flatten().map(|pair| pair.alone).collect();
        (!slices.is_empty()).then(|| {
            let of = |value: fn(&Slice) -> f64| Spread::of(slices.iter().map(value)).median;
            let (cpu, rate) = (of(|slice| slice.cpu), of(|slice| slice.throughput));
            let (busy, p50) = (of(|slice| slice.busy), of(|slice| slice.p50));
            format!(
                "{cpu:.0} µs of CPU, {rate:.0} requests a second ({:.0} % of its core busy), p50 {p50:.0} µs at {RATE} a second",
                busy * 100.0
            )
        })
    };
    for (body, what) in [(false, "requests without a body"), (true, "requests with one, 1.2 kB")] {
        if let Some(line) = alone(body) {
            let _written = writeln!(text, "\nEnvoy alone, {what}: {line}.");
        }
    }
    text
}

fn footprints(footprint: &Footprint) -> String {
    let mut text = "\n| Envoy | no filter | with Countersign |\n|---|---|---|\n".to_owned();
    for (workers, (without, with)) in WORKERS.iter().zip(&footprint.resident) {
        let _written = writeln!(
            text,
            "| resident memory, MiB, {workers} worker{} | {} | {} |",
            if *workers == 1 { "" } else { "s" },
            without.text(1),
            with.text(1)
        );
    }
    let (without, with) = footprint.start;
    let _written = writeln!(text, "| start to ready, ms | {} | {} |", without.text(0), with.text(0));
    let _written = writeln!(text, "| module, bytes | – | {} |", footprint.module);
    text
}

fn gates(gates: &[Gate]) -> String {
    let mut text =
        "\n| gate | unit | aim ≤ | fails > | measured | verdict |\n|---|---|---|---|---|---|\n".to_owned();
    for gate in gates {
        let number = |number: f64| format!("{number:.*}", gate.decimals);
        let _written = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            gate.name,
            gate.unit,
            number(gate.aim),
            gate.fail.map_or_else(|| "–".to_owned(), number),
            gate.measured.map_or_else(|| "–".to_owned(), number),
            gate.verdict(),
        );
    }
    text
}
