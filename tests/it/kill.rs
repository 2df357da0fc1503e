//! The service loses nothing when it is killed: random changes, SIGKILL at a random moment, again
//! and again on the same folder. After each start every file is where the answers said, or where
//! the changes without an answer could have left it.
//!
//! `MEDIASWEEP_KILLS=2000` kills more often, `MEDIASWEEP_SEED=n` makes the same choices again (the
//! moment of a kill still depends on the machine). A new kind of change is one more function in
//! `kill/changes.rs`.

mod changes;
mod check;
mod model;
pub mod victim;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use crate::seeded::{Random, number, seed};
use changes::{Rule, Worker};
use model::Model;
use victim::{Plan, Victim};

/// So many kills befall one folder before the next begins.
const KILLS_PER_FOLDER: usize = 12;
/// So many services are killed side by side.
const LINES: usize = 3;

#[test]
fn a_kill_at_any_moment_loses_nothing() {
    let kills = number("MEDIASWEEP_KILLS", 204);
    let seed = seed();
    println!("MEDIASWEEP_SEED={seed}");
    let folders = Mutex::new(0..kills.div_ceil(KILLS_PER_FOLDER));
    let (killed, cut_off) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..LINES {
            scope.spawn(|| {
                loop {
                    let Some(folder) = folders.lock().unwrap().next() else {
                        break;
                    };
                    let (kills, cut) = one_folder(seed.wrapping_add(folder as u64));
                    killed.fetch_add(kills, Ordering::Relaxed);
                    cut_off.fetch_add(cut, Ordering::Relaxed);
                }
            });
        }
    });
    let (killed, cut_off) = (killed.into_inner(), cut_off.into_inner());
    println!("{killed} kills, {cut_off} changes without an answer");
    assert!(killed >= kills);
    // A kill that cuts nothing off proves nothing.
    assert!(cut_off * 4 > killed, "{cut_off} of {killed}");
}

/// Gives how many kills there were, and how many changes had no answer because of them.
fn one_folder(seed: u64) -> (usize, usize) {
    let mut random = Random::new(seed);
    let folder = TempDir::new().unwrap();
    let mut model = Model::default();
    let (mut kills, mut cut_off) = (0, 0);
    let has_history = seed.is_multiple_of(3);
    // One of them has both.
    let has_spaces = seed % 6 == 1 || seed % 12 == 6;
    let prefixes: &[&str] = if has_spaces { &["one/", "two/"] } else { &[""] };
    for prefix in prefixes {
        std::fs::create_dir_all(folder.path().join(prefix)).unwrap();
    }
    for round in 0..KILLS_PER_FOLDER {
        let context = format!("folder with seed {seed}, round {round}");
        let rules = [victim::LARGE_ONES, victim::LARGE_ONES, victim::ALL];
        let victim = Victim::start(folder.path(), rules[random.below(3)], has_spaces);
        check::check(folder.path(), &victim, &mut model, &context);
        let rule = has_history.then(|| Rule {
            is_on: random.below(4) > 0,
            count: [2, 999][random.below(2)],
        });
        if let Some(rule) = &rule {
            rule.set(&victim);
        }
        // Now and then nobody disturbs the one worker, who may so do what concerns all.
        let workers = 1 + random.below(3);
        let plan = Plan::new(&mut random, workers);
        let pending = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for number in 0..workers {
                let directories: Vec<String> = prefixes
                    .iter()
                    .map(|prefix| format!("{prefix}w{number}"))
                    .collect();
                let mut worker = Worker {
                    random: Random::new(random.next()),
                    root: folder.path(),
                    is_alone: workers == 1,
                    victim: &victim,
                    plan: &plan,
                    rule,
                    model: match workers {
                        1 => model.clone(),
                        _ => model.part(&directories),
                    },
                    directories,
                };
                let pending = &pending;
                scope.spawn(move || {
                    let changes = worker.work();
                    pending.lock().unwrap().push((worker.model, changes));
                });
            }
        });
        kills += usize::from(victim.kill());
        for (part, changes) in pending.into_inner().unwrap() {
            cut_off += usize::from(!changes.is_empty());
            model.take(part, changes);
        }
    }
    let victim = Victim::start(folder.path(), victim::LARGE_ONES, has_spaces);
    let context = format!("folder with seed {seed}, end");
    check::check(folder.path(), &victim, &mut model, &context);
    (kills, cut_off)
}
