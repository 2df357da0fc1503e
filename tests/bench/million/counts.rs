//! Instructions instead of seconds: the same on a busy machine and an idle one.
//!
//! Each thing is done once and twice in a process of its own under callgrind; the difference is what
//! it takes.

use std::process::Command;

use mediasweep::client::read_page;
use mediasweep::domain::filter::Filter;
use mediasweep::domain::order::{Order, SortKey};
use mediasweep::tui::view::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::made;

/// Asks for counts.
const COUNTS: &str = "MEDIASWEEP_BENCH_COUNTS";
/// Says to a process what to do how often.
const ONCE: &str = "MEDIASWEEP_BENCH_ONCE";
/// Entries that it is done with.
const SIZE: usize = 100_000;

const WHAT: [(&str, &str); 5] = [
    ("page", "read a page of 1,000"),
    ("insert", "insert 100,000"),
    ("sort", "sort 100,000 by size"),
    ("filter", "filter 100,000"),
    ("frame", "draw a frame"),
];

/// Counts, if that is what was asked for.
pub fn asked() -> bool {
    if let Ok(order) = std::env::var(ONCE) {
        let (what, times) = order.split_once(' ').unwrap();
        work(what, times.parse().unwrap());
        return true;
    }
    if std::env::var_os(COUNTS).is_none() {
        return false;
    }
    println!("{:<28}{:>16}", "", "instructions");
    for (what, label) in WHAT {
        let [once, twice] = [1, 2].map(|times| instructions(what, times));
        println!("{label:<28}{:>16}", twice - once);
    }
    true
}

fn instructions(what: &str, times: usize) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().unwrap())
        .env(ONCE, format!("{what} {times}"))
        .output()
        .expect("valgrind is needed to count instructions");
    let told = String::from_utf8_lossy(&output.stderr);
    let collected = told.lines().find_map(|line| line.split_once("Collected :"));
    let (_, count) = collected.expect("callgrind tells how many instructions it has seen");
    count.trim().parse().unwrap()
}

fn work(what: &str, times: usize) {
    match what {
        "page" => {
            let json = made::json();
            (0..times).for_each(|_| drop(read_page(&json).unwrap()));
        }
        "insert" => {
            let pages = made::pages(SIZE);
            (0..times).for_each(|_| drop(made::inserted(&pages)));
        }
        "sort" => {
            let mut listing = made::listing(SIZE);
            for reversed in [false, true].into_iter().take(times) {
                listing.set_order(Order {
                    key: SortKey::Size,
                    reversed,
                });
                listing.settle();
            }
        }
        "filter" => {
            let mut listing = made::listing(SIZE);
            let filter = Filter::parse("needle", &made::viewpoint()).unwrap();
            for _ in 0..times {
                listing.set_filter(filter.clone());
                listing.settle();
            }
        }
        "frame" => {
            let state = made::screen(SIZE);
            let mut terminal = Terminal::new(TestBackend::new(160, 45)).unwrap();
            for _ in 0..times {
                terminal.draw(|frame| view(&state, frame)).unwrap();
            }
        }
        other => panic!("nothing is called {other}"),
    }
}
