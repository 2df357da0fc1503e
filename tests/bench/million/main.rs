//! What keys and pages cost with up to a million entries.
//!
//! `cargo bench --bench million` times everything. Seconds are noisy on a shared machine, so
//! `MEDIASWEEP_BENCH_COUNTS=1 cargo bench --bench million` counts instructions of what happens most
//! often instead, with the callgrind tool of valgrind.

#![allow(clippy::unwrap_used, missing_docs)]

use divan::{Bencher, black_box};
use jiff::Timestamp;
use mediasweep::client::read_page;
use mediasweep::domain::filter::Filter;
use mediasweep::domain::job::{Exchange, Job, JobChange, JobId, JobSpec, Outcome};
use mediasweep::domain::order::{Order, SortKey};
use mediasweep::domain::plan::Plan;
use mediasweep::tui::view::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

mod counts;
mod made;

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];

fn main() {
    if !counts::asked() {
        divan::main();
    }
}

#[divan::bench]
fn parse_a_page(bencher: Bencher<'_, '_>) {
    let json = made::json();
    bencher.bench_local(|| read_page(black_box(&json)).unwrap());
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn insert(bencher: Bencher<'_, '_>, size: usize) {
    let pages = made::pages(size);
    bencher.bench_local(|| made::inserted(&pages));
}

#[divan::bench(args = SIZES, consts = [0, 1, 2, 3], sample_count = 5)]
fn sort<const KEY: usize>(bencher: Bencher<'_, '_>, size: usize) {
    const KEYS: [SortKey; 4] = [
        SortKey::Name,
        SortKey::Size,
        SortKey::Modified,
        SortKey::Extension,
    ];
    let listing = made::listing(size);
    let order = Order {
        key: KEYS[KEY],
        reversed: true,
    };
    bencher
        .with_inputs(|| listing.clone())
        .bench_local_values(|mut listing| {
            listing.set_order(order);
            listing.settle();
            listing
        });
}

/// The most that is done between two keys.
#[divan::bench(sample_count = 20)]
fn sort_a_piece(bencher: Bencher<'_, '_>) {
    let listing = made::listing(1_000_000);
    let order = Order {
        key: SortKey::Size,
        reversed: true,
    };
    bencher
        .with_inputs(|| {
            let mut listing = listing.clone();
            listing.set_order(order);
            listing
        })
        .bench_local_values(|mut listing| {
            listing.work();
            listing
        });
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn filter(bencher: Bencher<'_, '_>, size: usize) {
    let listing = made::listing(size);
    let filter = Filter::parse("needle", &made::viewpoint()).unwrap();
    bencher
        .with_inputs(|| listing.clone())
        .bench_local_values(|mut listing| {
            listing.set_filter(filter.clone());
            listing.settle();
            listing
        });
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn rule(bencher: Bencher<'_, '_>, size: usize) {
    let (listing, rule, here) = (made::listing(size), made::rule(), made::directory());
    bencher.bench_local(|| {
        let matches = |entry: &_| rule.matches(&rule.facts(&here, *entry));
        listing.shown().filter(matches).count()
    });
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn mark_all(bencher: Bencher<'_, '_>, size: usize) {
    let listing = made::listing(size);
    bencher.bench_local(|| made::marks(&listing));
}

#[divan::bench(args = SIZES)]
fn frame(bencher: Bencher<'_, '_>, size: usize) {
    let state = made::screen(size);
    let mut terminal = Terminal::new(TestBackend::new(160, 45)).unwrap();
    bencher.bench_local(|| {
        terminal.draw(|frame| view(&state, frame)).unwrap();
    });
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn plan(bencher: Bencher<'_, '_>, size: usize) {
    let marks = made::marks(&made::listing(size));
    bencher.bench_local(|| Plan::of_marks(&marks));
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn fold(bencher: Bencher<'_, '_>, size: usize) {
    let targets = made::targets(size);
    bencher
        .with_inputs(|| Job::new(JobId(1), JobSpec::Recycle(targets.clone())))
        .bench_local_values(|mut job| {
            for from in (0..size).step_by(1000) {
                let outcomes = (from..size.min(from + 1000)).map(|item| (item, Outcome::Deleted));
                job.apply(
                    Timestamp::UNIX_EPOCH,
                    JobChange::Settled {
                        exchange: None::<Exchange>,
                        outcomes: outcomes.collect(),
                    },
                );
            }
            job
        });
}
