//! A 207 in which every item failed: on the screen, in the log and in the exit code.

use std::process::{Command, Stdio};

use mediasweep::jobs::log::JobLog;
use serde_json::{Value, json};

use super::harness::{Screen, noon};
use crate::support::{SECRET, TestService, instead, policy};
use mediasweep::jobs::policy::Policy;
use mediasweep::server::faults::Action;

const NAMES: [&str; 3] = ["a.mov", "b.mov", "c.mov"];

fn all_failed() -> Action {
    let failed = |(name, status, code): (&str, u16, &str)| json!({ "path": [name], "status": status, "code": code, "message": "Not this one." });
    let results = [
        (NAMES[0], 403, "NoPermission"),
        (NAMES[1], 403, "NoPermission"),
        (NAMES[2], 403, "NoPermission"),
    ]
    .map(failed);
    instead(207, &[], &json!({ "result": results }).to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_207_with_every_item_failed_is_told_everywhere() {
    let mut screen = Screen::on(&NAMES.map(|name| (name, 5))).await;
    let home = tempfile::tempdir().unwrap();
    let log = JobLog::open(home.path().join("state/jobs")).unwrap();
    let quick = Policy {
        clock: noon,
        ..policy()
    };
    screen = Screen::at(screen.close().await, Some(log.clone()), quick);
    screen.settle().await;
    screen.service.faults.add("POST /batch/", 1, all_failed());
    screen.keys("<C-a>dy");
    screen.settle().await;
    assert_eq!(screen.tree().len(), 3);
    let told = screen.message().to_owned();
    assert!(told.contains("0 recycled, 3 failed"), "{told}");
    assert_eq!(screen.state.marks.totals().count, 3);
    screen.keys("w");
    assert!(
        screen.text().contains("0 ok  3 failed"),
        "{}",
        screen.text()
    );
    let job = screen.state.jobs.shown().next().unwrap();
    assert_eq!((job.tally.failed, job.tally.retryable), (3, 0));
    assert_eq!(job.tally.settled(), 3);
    let record = log.read(job.id).unwrap().remove(0);
    assert_eq!(
        (&record.tally, &record.outcomes),
        (&job.tally, &job.outcomes)
    );
    assert!(record.is_over());

    // The same without a screen, for a service that does it again.
    screen.service.faults.add("POST /batch/", 1, all_failed());
    let mut program = Command::new(env!("CARGO_BIN_EXE_mediasweep"));
    program
        .args([
            "rm",
            "--json",
            "--url",
            &screen.service.url,
            "--library",
            "lib",
        ])
        .args(NAMES)
        .env("MEDIASWEEP_HOME", home.path())
        .env("MEDIASWEEP_SECRET", SECRET)
        .env_remove("MEDIASWEEP_PROFILE")
        .stdin(Stdio::null());
    let ended = tokio::task::spawn_blocking(move || program.output().unwrap());
    let ended = ended.await.unwrap();
    let text = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(ended.status.code(), Some(3), "{text}");
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<Value> = lines.collect();
    let failed = lines.iter().filter(|line| line["outcome"] == "failed");
    assert_eq!(failed.count(), 3, "{text}");
    let ended = log.latest(1).unwrap().remove(0);
    assert_eq!(
        (ended.items, ended.tally.failed, ended.tally.settled()),
        (3, 3, 3)
    );
    assert_eq!(screen.tree().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_inside_folders_counts_for_the_limit() {
    let mut screen = Screen::on(&[("full/a.mov", 5), ("full/deep/b.mov", 6), ("c.mov", 1)]).await;
    screen.state.caution.max_items = 3;
    screen.keys("<Space><Space>d");
    assert!(
        screen
            .text()
            .contains("1 file and 1 folder with everything inside")
    );
    screen.settle().await;
    let text = screen.text();
    assert!(
        text.contains("1 file and 1 folder with 2 files inside   12 B"),
        "{text}"
    );
    assert!(text.contains("over your limit of 3 items"), "{text}");
    screen.keys("y<Enter>");
    assert!(screen.state.question.is_some(), "{}", screen.text());
    assert_eq!(screen.tree().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_over_the_limit_is_typed_as_well() {
    let mut screen = Screen::on(&[("a.mov", 5), ("b.mov", 6), ("c.mov", 1)]).await;
    let faults = &screen.service.faults;
    faults.add("POST /api/v1/batch/", 1, Action::AllFailed(503));
    screen.keys("<C-a>dy");
    screen.settle().await;
    screen.state.caution.max_items = 2;
    screen.keys("wr");
    assert!(screen.text().contains("Type"), "{}", screen.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_program_on_a_folder_says_at_once_that_it_can_only_look() {
    let mut first = Screen::on(&[("a.mov", 5), ("b.mov", 6)]).await;
    first.keys("dy");
    first.settle().await;
    let root = first.service.root.path().to_owned();
    let service = TestService::with(|config| {
        config.root.clone_from(&root);
        config.clock = noon;
    });
    let mut second = Screen::at(service.await, None, policy());
    second.settle().await;
    assert!(second.header().contains("[RO]"), "{}", second.text());
    assert!(
        second.message().contains("another program"),
        "{}",
        second.text()
    );
    second.keys("d");
    assert!(second.state.question.is_none());
}
