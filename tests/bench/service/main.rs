//! How fast the embedded service is, against the bare system calls that it cannot do without.
//!
//! `cargo bench --bench service`, or with `listings`, `batches`, `folder` or `crowd` after `--` for
//! some of it. Both sides take turns, and what counts is the median of the ratios of all rounds:
//! this machine may be doing other things. `MEDIASWEEP_BENCH_ENTRIES` is the size of the large
//! folder (1,000,000), `MEDIASWEEP_BENCH_SECONDS` the length of the last part (60), and
//! `MEDIASWEEP_BENCH_PROGRAM` another build to measure than this one.

#![allow(clippy::unwrap_used, clippy::unchecked_time_subtraction, missing_docs)]

mod crowd;
mod deletions;
mod folders;
mod listings;
mod measure;
mod process;

use std::time::Duration;

use process::Service;

/// Rounds of each measurement.
const ROUNDS: usize = 5;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let entries = number("MEDIASWEEP_BENCH_ENTRIES", 1_000_000);
    let seconds = number("MEDIASWEEP_BENCH_SECONDS", 60);
    let chosen: Vec<String> = std::env::args()
        .skip(1)
        // Cargo's own.
        .filter(|word| word != "--bench")
        .collect();
    let is_chosen = |part: &str| chosen.is_empty() || chosen.iter().any(|word| word == part);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let root = folder.path();
    let large = root.join("large");
    if is_chosen("listings") || is_chosen("folder") {
        folders::fill(&large, entries);
    }
    let service = Service::start(root).await;
    measure::print_head();
    if is_chosen("listings") {
        listings::measure(&service, &large, entries).await;
    }
    if is_chosen("batches") {
        deletions::measure_batches(&service, root).await;
    }
    if is_chosen("folder") {
        deletions::measure_folder(&service, root, entries).await;
    }
    if is_chosen("crowd") {
        crowd::measure(&service, root, Duration::from_secs(seconds)).await;
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}
