//! Large jobs against a service with faults of every class, drawn from seeds: in the end the log,
//! the folder and the bin agree about every single item.
//!
//! `MEDIASWEEP_CHAOS=100` runs more seeds, `MEDIASWEEP_CHAOS_ITEMS=20000` larger jobs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use mediasweep::domain::bin::RecycledId;
use mediasweep::domain::job::{Job, JobSpec, Outcome};
use mediasweep::domain::path::RemotePath;
use mediasweep::jobs::policy::Policy;
use mediasweep::server::TaskRule;
use mediasweep::server::faults::{Action, Marker, Rule, When};

use crate::seeded::{Random, number, seed};
use crate::support::{Bench, TestService, policy, targets};

/// Files in one directory.
const CROWD: usize = 250;

/// What may go wrong with a request that changes something, and of how many it is one.
fn faults(seed: u64) -> Vec<(&'static str, f64, Action)> {
    let slow = Action::Latency {
        least: Duration::ZERO,
        most: Duration::from_millis(20),
        seed,
    };
    let mut all = vec![
        ("**", 0.05, slow),
        ("**", 0.03, Action::DropBefore),
        ("**", 0.03, Action::DropAfter),
        ("**", 0.03, Action::Cut),
        ("**", 0.03, Action::ProxyPage(502)),
        ("**", 0.03, Action::status(503)),
        ("**", 0.02, Action::status(429).retry_after(0)),
        ("**", 0.02, Action::ContentType("text/html".into())),
        ("**", 0.02, Action::TokenExpired),
        ("batch/**", 0.04, Action::status(413)),
        ("batch/**", 0.04, Action::status(409)),
        ("batch/**", 0.04, Action::status(500)),
        ("batch/**", 0.04, Action::status(500).after_work()),
        ("batch/**", 0.04, Action::AllFailed(500)),
        ("batch/**", 0.04, Action::OnePending),
        ("batch/**", 0.10, Action::Reordered),
        ("batch/**", 0.05, Action::ItemMissing),
        ("batch/**", 0.10, Action::StringStatuses),
        ("batch/**", 0.10, Action::IdForTaskId),
        ("task/**", 0.05, Action::status(500)),
        ("task/**", 0.05, Action::AllFailed(500)),
        ("task/**", 0.10, Action::ItemMissing),
        ("task/**", 0.10, Action::Reordered),
        ("**", 0.10, Action::StringIds),
        ("directory/**", 0.10, Action::NextMarker(Marker::Number)),
        ("recycled/**", 0.10, Action::NextMarker(Marker::Null)),
    ];
    // A lost answer costs as long as the client is patient.
    if seed.is_multiple_of(5) {
        all.push(("batch/**", 0.01, Action::Silence));
    }
    all
}

async fn one_seed(seed: u64, items: usize) {
    let mut random = Random::new(seed);
    let service = TestService::with(|config| {
        config.tasks = match seed % 3 {
            0 => TaskRule::Never,
            1 => TaskRule::Always,
            _ => TaskRule::Above {
                items: 30,
                descendants: u64::MAX,
            },
        };
    })
    .await;
    let names: Vec<String> = (0..items)
        .map(|number| format!("原始 {}/片段{number:05}.mov", number / CROWD))
        .collect();
    service.files(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for (number, (path, probability, action)) in faults(seed).into_iter().enumerate() {
        service.faults.add_rule(Rule {
            method: None,
            path: path.to_owned(),
            query: Vec::new(),
            when: When::Chance {
                probability,
                seed: seed.wrapping_mul(1000).wrapping_add(number as u64),
            },
            action,
        });
    }
    let at_once = 1 + random.below(8);
    let batch = 20 + random.below(80);
    let policy = Policy {
        at_once,
        batch: batch.max(items / 50),
        first_at_once: at_once.min(2),
        ..Policy::default().without_pauses()
    };
    let mut bench = Bench::new(service.impatient(), policy);
    let spec = JobSpec::Recycle(targets(
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
    ));
    let context = format!("seed {seed}, {items} items");
    let (mut job, _) = bench.run(spec).await;
    agree(&service, &bench, &job, &context).await;
    // Broken off or refused: sent again while things go on as badly, and then in peace.
    for _ in 0..3 {
        let Some(again) = job.retry() else { break };
        (job, _) = bench.run(again).await;
        agree(&service, &bench, &job, &context).await;
    }
    service.faults.take();
    let mut bench = bench.again(service.client(), self::policy());
    if let Some(again) = job.retry() {
        let (job, _) = bench.run(again).await;
        agree(&service, &bench, &job, &context).await;
        assert_eq!(job.tally.done, job.spec.len(), "{context}: {:?}", job.tally);
    }
    service.stop().await;
}

/// The job, its log, the folder and the bin say the same of each item.
async fn agree(service: &TestService, bench: &Bench, job: &Job, context: &str) {
    let record = bench.log.read(job.id).unwrap().remove(0);
    let context = format!("{context}, job {}, {:?} {:?}", job.id, job.phase, job.tally);
    assert_eq!(job.tally.settled(), job.spec.len(), "{context}");
    assert!(record.is_over(), "{context}");
    let rules = service.faults.take();
    let bin = bin(service).await;
    for rule in rules {
        service.faults.add_rule(rule);
    }
    for (index, outcome) in job.outcomes.iter().enumerate() {
        let path = job.spec.path(index);
        let what = format!("{context}: {path}: {outcome:?}");
        let outcome = outcome.as_ref().unwrap();
        let logged = record.outcomes.get(index);
        if *outcome == Outcome::NotSent {
            assert!(logged.is_none_or(|logged| logged == *outcome), "{what}");
        } else {
            assert_eq!(logged.as_ref(), Some(outcome), "{what}");
        }
        let is_there = is_there(service.root.path(), &path);
        match outcome {
            Outcome::Recycled(id) => {
                assert!(!is_there, "{what}");
                assert_eq!(bin.get(id), Some(&path), "{what}");
            }
            Outcome::Failed(_) | Outcome::NotSent => assert!(is_there, "{what}"),
            Outcome::Unknown(_) => {}
            // Nobody else deletes, and there is a bin.
            Outcome::AlreadyGone
            | Outcome::Changed
            | Outcome::Deleted
            | Outcome::Restored(_)
            | Outcome::Placed(_)
            | Outcome::Fetched(_)
            | Outcome::There => {
                panic!("{what}")
            }
        }
    }
}

fn is_there(root: &Path, path: &RemotePath) -> bool {
    fs::exists(root.join(path.as_str().trim_start_matches('/'))).unwrap()
}

/// What is in the bin.
async fn bin(service: &TestService) -> BTreeMap<RecycledId, RemotePath> {
    let client = service.client();
    let mut all = BTreeMap::new();
    let mut after = None;
    loop {
        let page = client.bin(after.as_ref(), 100).await.unwrap();
        all.extend(page.items.into_iter().map(|item| (item.id, item.path)));
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_the_log_the_folder_and_the_bin_agree() {
    let seed = seed();
    println!("MEDIASWEEP_SEED={seed}");
    let items = number("MEDIASWEEP_CHAOS_ITEMS", 1000);
    let seeds: Vec<u64> = (0..number("MEDIASWEEP_CHAOS", 20))
        .map(|number| seed.wrapping_add(number as u64))
        .collect();
    // A few at a time: each has a service with files of its own.
    for some in seeds.chunks(4) {
        let running: Vec<_> = some
            .iter()
            .map(|seed| tokio::spawn(one_seed(*seed, items)))
            .collect();
        for job in running {
            job.await.unwrap();
        }
    }
}
