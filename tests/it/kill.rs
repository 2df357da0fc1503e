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

use tempfile::TempDir;

use crate::seeded::{Random, number, seed};
use changes::Worker;
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
    std::thread::scope(|scope| {
        for _ in 0..LINES {
            scope.spawn(|| {
                loop {
                    let Some(folder) = folders.lock().unwrap().next() else {
                        break;
                    };
                    one_folder(seed.wrapping_add(folder as u64));
                }
            });
        }
    });
}

fn one_folder(seed: u64) {
    let mut random = Random::new(seed);
    let folder = TempDir::new().unwrap();
    let mut model = Model::default();
    for round in 0..KILLS_PER_FOLDER {
        let context = format!("folder with seed {seed}, round {round}");
        let rules = [victim::LARGE_ONES, victim::LARGE_ONES, victim::ALL];
        let victim = Victim::start(folder.path(), rules[random.below(3)]);
        check::check(folder.path(), &victim, &mut model, &context);
        // Now and then nobody disturbs the one worker, who may so do what concerns all.
        let workers = 1 + random.below(3);
        let plan = Plan::new(&mut random, workers);
        let pending = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for number in 0..workers {
                let mut worker = Worker {
                    random: Random::new(random.next()),
                    root: folder.path(),
                    directory: format!("w{number}"),
                    is_alone: workers == 1,
                    victim: &victim,
                    plan: &plan,
                    model: match workers {
                        1 => model.clone(),
                        _ => model.part(&format!("w{number}")),
                    },
                };
                let pending = &pending;
                scope.spawn(move || {
                    let changes = worker.work();
                    pending.lock().unwrap().push((worker.model, changes));
                });
            }
        });
        victim.kill();
        for (part, changes) in pending.into_inner().unwrap() {
            model.take(part, changes);
        }
    }
    let victim = Victim::start(folder.path(), victim::LARGE_ONES);
    check::check(
        folder.path(),
        &victim,
        &mut model,
        &format!("folder with seed {seed}, end"),
    );
}
