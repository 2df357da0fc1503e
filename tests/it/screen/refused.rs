//! A 207 in which every item failed: on the screen, in the log and in the exit code.

use std::process::{Command, Stdio};

use mediasweep::jobs::log::JobLog;
use serde_json::{Value, json};

use super::harness::{Screen, noon, still};
use crate::support::{SECRET, TestService, instead, policy};
use mediasweep::server::faults::{Action, Rule, When};

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
    let quick = still();
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

/// So many folders with a file in each.
async fn folders(number: usize) -> Screen {
    let names: Vec<String> = (0..number).map(|at| format!("{at:02}/a.mov")).collect();
    let entries: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), 5)).collect();
    Screen::on(&entries).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_waits_until_what_is_inside_is_counted() {
    let mut screen = folders(3).await;
    screen.state.caution.max_items = 5;
    screen.keys("<C-a>dy<Tab><Enter>");
    assert!(
        screen
            .message()
            .starts_with("Still counting what is inside"),
        "{}",
        screen.message()
    );
    let text = screen.text();
    assert!(
        text.contains("Counting what is inside: 0 of 3 folders"),
        "{text}"
    );
    screen.settle().await;
    assert!(screen.text().contains("Type  move 3"), "{}", screen.text());
    screen.keys("<Esc>");
    screen.state.caution.max_items = 6;
    screen.keys("d");
    screen.settle().await;
    screen.keys("y");
    screen.settle().await;
    assert_eq!(screen.tree(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_wait_for_the_count_types_the_words() {
    let mut screen = folders(2).await;
    screen.keys("<C-a>dw");
    assert!(screen.text().contains("Type  move 2"), "{}", screen.text());
    screen.keys("move<Space>2<Enter>");
    screen.settle().await;
    assert_eq!(screen.tree(), Vec::<String>::new());
    assert!(screen.state.weighing.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_marked_folders_are_counted_however_many_they_are() {
    let mut screen = folders(40).await;
    screen.state.caution.max_items = 79;
    screen.keys("<C-a>d");
    screen.settle().await;
    let text = screen.text();
    assert!(
        text.contains("40 folders with 40 files inside   200 B"),
        "{text}"
    );
    assert!(text.contains("over your limit of 79 items"), "{text}");
    assert!(text.contains("Type  move 40"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_counted_is_typed() {
    let mut screen = folders(3).await;
    let refused = instead(
        403,
        &[],
        r#"{"code":"NoPermission","message":"Not this one."}"#,
    );
    screen.service.faults.add_rule(Rule {
        method: None,
        path: "directory/*/*/01".to_owned(),
        query: Vec::new(),
        when: When::Always,
        action: refused,
    });
    screen.keys("<C-a>d");
    screen.settle().await;
    let text = screen.text();
    assert!(
        text.contains("3 folders with at least 2 files inside"),
        "{text}"
    );
    assert!(
        text.contains("1 folder could not be counted: there may be more."),
        "{text}"
    );
    assert!(text.contains("Type  move 3"), "{text}");
    screen.keys("y<Enter>");
    assert!(screen.state.question.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_nobody_waits_for_ends() {
    let mut screen = folders(3).await;
    screen.keys("<C-a>d");
    assert!(screen.state.weighing.is_some());
    screen.keys("<Esc>");
    assert!(screen.state.weighing.is_none());
    // Nor does it for the plan.
    screen.keys("dp");
    assert!(screen.state.weighing.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_gone_holds_no_yes_back() {
    let mut screen = folders(2).await;
    screen.keys("<C-a>");
    std::fs::remove_dir_all(screen.service.root.path().join("00")).unwrap();
    screen.keys("d");
    screen.settle().await;
    screen.keys("y");
    screen.settle().await;
    assert_eq!(screen.tree(), Vec::<String>::new());
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
