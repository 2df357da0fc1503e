//! The program is killed at random moments of a job, again and again, while the service goes on by
//! itself. In the end each item was deleted once, and the log says so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mediasweep::server::TaskRule;
use serde_json::Value;

use crate::seeded::{Random, number, seed};
use crate::support::{SECRET, TestService};

const FILES: usize = 400;
/// No job is killed more often.
const KILLS: usize = 4;

fn program(service: &TestService, home: &Path, args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_mediasweep"))
        .args(args)
        .args(["--url", &service.url, "--library", "lib", "--batch", "20"])
        .env("MEDIASWEEP_HOME", home)
        .env("MEDIASWEEP_SECRET", SECRET)
        .env_remove("MEDIASWEEP_PROFILE")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills the program a little after the service has seen so many more batches; says whether it was
/// still alive.
async fn kill(child: &mut Child, service: &TestService, random: &mut Random) -> bool {
    let seen = service.faults.count("POST /batch/");
    let wanted = seen + random.below(8);
    let most = [10, 100, 3000][random.below(3)];
    let moments = 1 + random.below(most);
    let mut passed = 0;
    while passed < moments {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        passed += usize::from(service.faults.count("POST /batch/") >= wanted);
        tokio::task::yield_now().await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    true
}

fn lines(home: &Path) -> Vec<Value> {
    let jobs = home.join("state/jobs");
    let mut files: Vec<_> = fs::read_dir(jobs).unwrap().collect();
    assert_eq!(files.len(), 1);
    let text = fs::read_to_string(files.pop().unwrap().unwrap().path()).unwrap();
    let lines = text.lines();
    lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

async fn one_job(seed: u64) {
    let mut random = Random::new(seed);
    let service = TestService::with(|config| {
        if seed.is_multiple_of(2) {
            config.tasks = TaskRule::Always;
        }
    })
    .await;
    let home = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..FILES).map(|n| format!("目录/{n}.mov")).collect();
    service.files(&names.iter().map(String::as_str).collect::<Vec<_>>());
    service.files(&["目录/stays"]);
    let list = home.path().join("list");
    fs::write(&list, names.join("\n")).unwrap();
    let mut child = program(
        &service,
        home.path(),
        &["rm", "--from-file", list.to_str().unwrap()],
    );
    let mut kills = 0;
    // Before there is a log there is nothing to take up.
    let is_begun = || {
        home.path()
            .join("state/jobs")
            .read_dir()
            .is_ok_and(|mut dir| dir.next().is_some())
    };
    while !is_begun() {
        tokio::task::yield_now().await;
    }
    while kills < KILLS && kill(&mut child, &service, &mut random).await {
        kills += 1;
        child = program(&service, home.path(), &["jobs", "resume", "1"]);
    }
    let context = format!("seed {seed}, {kills} kills");
    let ended = tokio::task::spawn_blocking(move || child.wait().unwrap())
        .await
        .unwrap();
    // Killed before it had written its head line, a job never was.
    let lines = lines(home.path());
    if lines.is_empty() || !lines.iter().any(|line| line["line"] == "request") && !ended.success() {
        assert!(service.has("目录/0.mov"), "{context}");
        return;
    }
    // The last kill may have come when all was done.
    if ended.code() != Some(2) {
        let other: Vec<&Value> = lines
            .iter()
            .filter(|line| line["line"] == "item" && line["outcome"] != "recycled")
            .collect();
        assert!(ended.success(), "{context}: {ended}, {other:?}");
    }
    let mut told: BTreeMap<u64, &Value> = BTreeMap::new();
    for item in lines.iter().filter(|line| line["line"] == "item") {
        let before = told.insert(item["index"].as_u64().unwrap(), item);
        assert!(before.is_none(), "{context}: {item} was told twice");
    }
    assert_eq!(told.len(), FILES, "{context}");
    assert_eq!(lines.last().unwrap()["line"], "end", "{context}");
    let ids: BTreeSet<&str> = told
        .values()
        .map(|item| {
            assert_eq!(item["outcome"], "recycled", "{context}: {item}");
            item["recycled_id"].as_str().unwrap()
        })
        .collect();
    assert_eq!(ids.len(), FILES, "{context}");
    let client = service.client();
    let mut in_bin = BTreeSet::new();
    let mut after = None;
    loop {
        let page = client.bin(after.as_ref(), 100).await.unwrap();
        in_bin.extend(page.items.into_iter().map(|item| item.id.0.to_string()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let ids: BTreeSet<String> = ids.into_iter().map(str::to_owned).collect();
    assert_eq!(in_bin, ids, "{context}");
    let left = fs::read_dir(service.root.path().join("目录"))
        .unwrap()
        .count();
    assert_eq!(left, 1, "{context}");
    service.stop().await;
}

/// `MEDIASWEEP_CUTS=100` cuts off more jobs.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_killed_again_and_again_deletes_each_item_once_and_books_it() {
    let seed = seed();
    println!("MEDIASWEEP_SEED={seed}");
    let jobs: Vec<_> = (0..number("MEDIASWEEP_CUTS", 8))
        .map(|number| tokio::spawn(one_job(seed.wrapping_add(number as u64))))
        .collect();
    for job in jobs {
        job.await.unwrap();
    }
}
