//! `make bench`: what Countersign costs, compared with Envoy alone and with what Envoy has for similar work.
//!
//! usage: bench [--quick] [--pairs N] [--only TEXT] [--write]
//!
//! `--quick` is a smoke run: every row once, a few requests each. `--only` takes the rows whose name has this
//! text. `--write` puts the tables into `docs/performance.md`. The tables go to standard output, progress to
//! standard error.

mod budget;
mod cores;
mod footprint;
mod gateway;
mod listeners;
mod load;
mod plugins;
mod report;
mod rows;
mod run;
mod statistics;
mod traffic;
mod upstream;

use countersign_tests::binaries;

use crate::cores::Cores;
use crate::rows::{ROWS, Row};
use crate::run::Extent;
use crate::upstream::Upstreams;

#[derive(Debug)]
struct Wanted {
    extent: Extent,
    starts: usize,
    only: String,
    write: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let wanted = wanted(std::env::args().skip(1));
    let cores = Cores::allowed();
    cores.take_load_core();
    if cores.envoy.is_none() {
        eprintln!("bench: one core only: Envoy and the load share it, and the numbers mean little");
    }
    let upstreams = Upstreams::start().await;
    let rows: Vec<Row> = ROWS.into_iter().filter(|row| row.name.contains(&wanted.only)).collect();
    let measured = run::measure(&rows, wanted.extent, cores, &upstreams).await;
    let footprint = footprint::measure(wanted.starts, cores, &upstreams).await;
    let text = report::text(&rows, &measured, &footprint, wanted.extent);
    println!("{text}");
    if wanted.write {
        report::write(&binaries::root().join("docs/performance.md"), &text);
    }
}

fn wanted(mut arguments: impl Iterator<Item = String>) -> Wanted {
    let mut wanted =
        Wanted { extent: Extent { pairs: 10, shorter: 1 }, starts: 5, only: String::new(), write: false };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| panic!("{argument} needs a value"));
        match argument.as_str() {
            "--quick" => {
                wanted.extent = Extent { pairs: 1, shorter: 40 };
                wanted.starts = 1;
            }
            "--pairs" => wanted.extent.pairs = value().parse().expect("--pairs needs a number"),
            "--only" => wanted.only = value(),
            "--write" => wanted.write = true,
            _ => panic!("unknown argument {argument}; see the head of tests/bench/main.rs"),
        }
    }
    wanted
}
