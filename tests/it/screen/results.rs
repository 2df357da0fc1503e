//! Results: filtered, copied, written down as text, JSON, lines and a table.

use std::fs;

use std::sync::Arc;

use mediasweep::domain::job::Job;
use mediasweep::server::faults::Action;
use mediasweep::tui::effect::Effect;
use mediasweep::tui::state::State;
use serde_json::Value;
use tokio::sync::Notify;

use super::harness::Screen;
use crate::support::edit;

const TAKES: &[(&str, u64)] = &[
    ("杭州外拍/a, \"final\".mov", 5),
    ("杭州外拍/b\u{1b}[2J.mov", 6),
    ("杭州外拍/c.mov", 7),
];

/// Everything in the folder was sent; the service has refused the last one.
async fn one_refused() -> Screen {
    let mut screen = Screen::on(TAKES).await;
    screen.keys("l");
    screen.settle().await;
    let faults = &screen.service.faults;
    faults.add("POST /api/v1/batch/", 1, edit(refuse_last));
    screen.keys("<C-a>dy");
    screen.settle().await;
    screen.keys("wl");
    screen
}

fn refuse_last(answer: &mut Value) {
    let results = answer["result"].as_array_mut().unwrap();
    let last = results.last_mut().unwrap();
    last["status"] = 409.into();
    last["code"] = "FileLocked".into();
    last["message"] = "An upload holds it.".into();
    last.as_object_mut().unwrap().remove("recycledItemId");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_of_a_job_has_room_for_what_failed_and_for_its_keys() {
    let mut screen = one_refused().await;
    screen.keys("<Esc>");
    for (width, height) in [(120, 32), (80, 24), (60, 16)] {
        screen.resize(width, height);
        let text = screen.text();
        let line = text.lines().find(|line| line.contains("#1")).unwrap();
        for wanted in ["2 ok", "1 failed", "r retry", "u undo"] {
            assert!(line.contains(wanted), "{wanted} at {width}:\n{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_of_a_running_job_keeps_what_matters_where_there_is_less_room() {
    let mut screen = Screen::on(TAKES).await;
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let hold = Action::Hold(Arc::clone(&arrived), Arc::clone(&go));
    screen.service.faults.add("POST /api/v1/batch/", 1, hold);
    screen.agree("ggd").await;
    arrived.notified().await;
    let is_running = |state: &State| state.jobs.running().any(Job::is_running);
    screen.until("the job to run", is_running).await;
    for (width, height) in [(120, 32), (80, 24), (60, 16), (40, 12), (24, 8)] {
        screen.resize(width, height);
        screen.keys("w");
        let text = screen.text();
        let line = text.lines().find(|line| line.contains("#1")).unwrap();
        assert!(line.contains("0%"), "{width}:\n{text}");
        let has_counts = line.contains("0 ok") && line.contains("0 failed");
        assert!(has_counts || width < 30, "{width}:\n{text}");
        screen.keys("q");
        if width < 60 {
            let text = screen.text();
            assert!(text.lines().any(|line| line.starts_with(" #1")), "{text}");
        }
    }
    go.notify_one();
    screen.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_written_in_the_form_that_its_name_says() {
    let mut screen = one_refused().await;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["report.json", "report.jsonl", "report.csv", "report.txt"] {
        let file = at(name).display().to_string();
        screen.keys("W<C-u>");
        screen.take_text(&file);
        screen.keys("<Enter>");
        screen.settle().await;
        assert!(
            screen.message().ends_with("tells what became of 3 items."),
            "{}",
            screen.message()
        );
    }
    let json: Value = serde_json::from_slice(&fs::read(at("report.json")).unwrap()).unwrap();
    assert_eq!((&json["done"], &json["failed"]), (&2.into(), &1.into()));
    assert_eq!(json["requests"][0]["items"], 3);
    let rows = json["results"].as_array().unwrap();
    assert_eq!(rows[1]["path"], "/杭州外拍/b\u{1b}[2J.mov");
    assert_eq!(rows[1]["outcome"], "recycled");
    assert!(rows[1]["recycled_id"].is_string());
    assert_eq!(
        (&rows[1]["status"], &rows[2]["status"]),
        (&200.into(), &409.into())
    );
    let request = &json["requests"][0]["request_id"];
    assert!(request.is_string());
    assert!(
        rows.iter().all(|row| row["request_id"] == *request),
        "{json}"
    );
    assert_eq!(rows[2]["code"], "FileLocked");
    assert_eq!(rows[2]["can_retry"], true);

    let lines = fs::read_to_string(at("report.jsonl")).unwrap();
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(&lines, rows);

    let table = fs::read_to_string(at("report.csv")).unwrap();
    let mut table = table.split("\r\n");
    assert!(table.next().unwrap().starts_with("path,outcome,size,"));
    let first = table.next().unwrap();
    assert!(
        first.starts_with("\"/杭州外拍/a, \"\"final\"\".mov\",recycled,5,200,,,"),
        "{first}"
    );

    let text = fs::read_to_string(at("report.txt")).unwrap();
    assert!(text.contains("1  failed"), "{text}");
    assert!(text.contains("409 FileLocked"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");

    // Nothing is written over.
    screen.keys("W<C-u>");
    screen.take_text(&at("report.txt").display().to_string());
    screen.keys("<Enter>");
    screen.settle().await;
    assert!(
        screen.message().contains("a file of that name already"),
        "{}",
        screen.message()
    );
    screen.keys("qW");
    let typed = screen.state.prompt.as_ref().unwrap().line.value();
    assert!(typed.contains(".jsonl"), "{typed}");
    screen.keys("<Esc>");
    assert_eq!(screen.message(), "Nothing was written.");
}

#[tokio::test(flavor = "multi_thread")]
async fn results_are_filtered_and_a_reason_is_copied() {
    let mut screen = one_refused().await;
    screen.keys("fc.mov<Enter>");
    let text = screen.text();
    assert!(text.contains("filter: c.mov, 2 hidden"), "{text}");
    assert_eq!(screen.state.results.rows.len(), 2);
    screen.keys("ggy");
    let Some(Effect::Copy(copied)) = screen.performed.last() else {
        panic!("nothing was copied")
    };
    assert!(
        copied.starts_with("job 1: 1 item failed   409 FileLocked   "),
        "{copied}"
    );
    screen.keys("ggjy");
    let Some(Effect::Copy(copied)) = screen.performed.last() else {
        panic!("nothing was copied")
    };
    assert!(copied.starts_with("/杭州外拍/c.mov: "), "{copied}");
    assert!(copied.contains("409 FileLocked, request "), "{copied}");
    screen.keys("f<C-u>owner:me");
    let text = screen.text();
    assert!(text.contains("results do not tell owner:"), "{text}");
    screen.keys("<Esc>");
    assert_eq!(screen.state.results.rows.len(), 2);
    screen.keys("<Esc>");
    assert_eq!(screen.state.results.rows.len(), 5);
    screen.keys("ggh");
    assert_eq!(screen.state.results.rows.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn results_say_what_a_command_would_end_with_and_where_the_log_is() {
    let mut screen = one_refused().await;
    screen.state.logs = "~/.local/state/mediasweep/jobs".to_owned();
    let text = screen.text();
    for wanted in [
        "exit code 3, some items failed or were not sent",
        "Log: ~/.local/state/mediasweep/jobs/2026-01-15-1.jsonl",
    ] {
        assert!(text.contains(wanted), "{text}");
    }
    screen.resize(60, 16);
    let text = screen.text();
    assert!(text.contains("c.mov"), "rows come first: {text}");
}
