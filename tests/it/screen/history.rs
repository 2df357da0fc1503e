//! The undo history: jobs of all sessions, what can still be undone of them, and undoing it.

use mediasweep::domain::job::NoWayBack;
use mediasweep::jobs::log::JobLog;
use mediasweep::tui::state::View;

use super::harness::{Screen, put, still};
use crate::support::TestService;
use mediasweep::server::faults::Action;

use super::harness::noon;

/// Two sessions: the first has recycled two files one by one and deleted one for ever, the second has
/// recycled a folder.
async fn two_sessions(logs: &tempfile::TempDir) -> Screen {
    let service = TestService::with(|config| config.clock = noon).await;
    for (name, size) in [
        ("a.mov", 5),
        ("b.mov", 6),
        ("c.mov", 7),
        ("杭州外拍/d.mov", 8),
    ] {
        put(service.root.path(), name, size);
    }
    let log = || JobLog::open(logs.path()).unwrap();
    let mut screen = Screen::at(service, Some(log()), still());
    screen.settle().await;
    screen.agree("jd").await;
    screen.settle().await;
    screen.agree("ggjd").await;
    screen.settle().await;
    screen.keys("ggjDdelete 1<Enter>");
    screen.settle().await;
    let mut screen = Screen::at(screen.close().await, Some(log()), still());
    screen.settle().await;
    screen.agree("ggd").await;
    screen.settle().await;
    screen
}

#[tokio::test(flavor = "multi_thread")]
async fn any_of_the_last_jobs_is_undone_and_the_undoing_too() {
    let logs = tempfile::tempdir().unwrap();
    let mut screen = Box::pin(two_sessions(&logs)).await;
    assert!(screen.tree().is_empty(), "{:?}", screen.tree());
    screen.keys("U");
    screen.settle().await;
    assert_eq!(screen.state.view, View::Past);
    for (width, height) in [(120, 32), (80, 24), (60, 16)] {
        screen.resize(width, height);
        insta::assert_snapshot!(format!("undo history {width}x{height}"), screen.text());
    }
    screen.resize(80, 24);
    let undo: Vec<_> = screen.state.past.jobs.iter().map(|job| job.undo).collect();
    assert_eq!(undo[1], Err(NoWayBack::Final));
    screen.keys("ju");
    assert_eq!(screen.message(), "Job 3 cannot be undone.");

    // The first job of the session before.
    screen.keys("G<Enter>");
    screen.settle().await;
    let text = screen.text();
    assert!(text.contains("Undo job 1: put back 1 item"), "{text}");
    assert!(text.contains("All names are free."), "{text}");
    screen.keys("y");
    screen.settle().await;
    assert_eq!(screen.tree(), ["a.mov 5"]);
    let shown = screen.text();
    assert!(shown.contains("nothing left to undo"), "{shown}");

    // And the undoing of that.
    screen.keys("ggu");
    screen.settle().await;
    let text = screen.text();
    assert!(
        text.contains("Undo job 5: move 1 item to the recycle bin?"),
        "{text}"
    );
    screen.keys("y");
    screen.settle().await;
    assert!(screen.tree().is_empty());
    screen.keys("q");
    assert_eq!(screen.state.view, View::Browse);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bin_knows_the_jobs_of_earlier_sessions() {
    let logs = tempfile::tempdir().unwrap();
    let mut screen = Box::pin(two_sessions(&logs)).await;
    screen.keys("gt");
    screen.settle().await;
    let text = screen.text();
    for job in ["job 4  (1)", "job 2  (1)", "job 1  (1)"] {
        assert!(text.contains(job), "{job}:\n{text}");
    }
}

/// The items of such a job stay in its log: going through them is not for the thread of the screen.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_job_is_undone_by_its_log_and_only_once() {
    let logs = tempfile::tempdir().unwrap();
    let service = TestService::with(|config| config.clock = noon).await;
    for name in ["a.mov", "b.mov", "c.mov", "d.mov", "e.mov"] {
        put(service.root.path(), name, 5);
    }
    let log = JobLog::open(logs.path()).unwrap().with_in_memory(2);
    let mut screen = Screen::at(service, Some(log), still());
    screen.settle().await;
    screen.agree("<Space><Space><Space>d").await;
    screen.settle().await;
    assert_eq!(screen.tree(), ["d.mov 5", "e.mov 5"]);
    screen.agree("d").await;
    screen.settle().await;
    assert_eq!(screen.tree(), ["e.mov 5"]);

    screen.keys("u");
    assert!(screen.text().contains("Undo job 2"), "{}", screen.text());
    screen.keys("y");
    screen.settle().await;
    screen.keys("u");
    assert_eq!(screen.message(), "Looking what is left of job 1 ...");
    screen.settle().await;
    let text = screen.text();
    assert!(text.contains("Undo job 1: put back 3 items"), "{text}");
    screen.keys("y");
    screen.settle().await;
    assert_eq!(screen.tree().len(), 5);
    screen.keys("u");
    let message = screen.message();
    assert!(message.contains("left to put back"), "{message}");

    // What a large job of the bin has put back is not known without its log.
    screen.agree("gg<Space><Space><Space>d").await;
    screen.keys("gt");
    screen.settle().await;
    assert!(screen.text().contains("#5 recycle"), "{}", screen.text());
    screen.keys("j<Space><Space><Space>ry");
    screen.settle().await;
    screen.keys("qu");
    screen.settle().await;
    assert!(
        screen.message().contains("nothing left"),
        "{}",
        screen.message()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_large_job_did_not_get_done_is_looked_up_in_its_log_and_sent_again() {
    let logs = tempfile::tempdir().unwrap();
    let service = TestService::with(|config| config.clock = noon).await;
    for name in ["a.mov", "b.mov", "c.mov", "d.mov"] {
        put(service.root.path(), name, 5);
    }
    let log = JobLog::open(logs.path()).unwrap().with_in_memory(2);
    let mut screen = Screen::at(service, Some(log), still());
    screen.settle().await;
    let faults = &screen.service.faults;
    faults.add("POST /api/v1/batch/", 1, Action::AllFailed(503));
    screen.keys("<C-a>dy");
    screen.settle().await;
    // A later job of another library may have been given the same number by another program.
    let entries = std::fs::read_dir(logs.path()).unwrap();
    let mut files = entries.map(|entry| entry.unwrap().path());
    let log = files.find(|path| path.is_file()).unwrap();
    let text = std::fs::read_to_string(&log).unwrap();
    let library = format!("\"{}\"", screen.service.client().library());
    assert!(text.contains(&library));
    let text = text
        .replace(&library, "\"another\"")
        .replace("a.mov", "foreign.mov");
    let text = text.replace("12:00:00Z", "12:00:01Z");
    std::fs::write(log.with_extension("2.jsonl"), text).unwrap();
    screen.keys("wr");
    assert_eq!(screen.message(), "Looking what is left of job 1 ...");
    screen.settle().await;
    assert!(screen.state.question.is_some(), "{}", screen.text());
    let asked = screen.text();
    assert!(
        asked.contains("/a.mov") && !asked.contains("foreign"),
        "{asked}"
    );
    screen.keys("y");
    screen.settle().await;
    assert!(
        screen.message().contains("4 already gone"),
        "{}",
        screen.message()
    );
    screen.keys("jr");
    assert!(
        screen.message().contains("sent again as job 2"),
        "{}",
        screen.message()
    );
}

/// Numbers of the bin begin anew in a folder that is made anew: what a log of before names is not
/// what has that number now.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_a_folder_before_this_one_undoes_nothing_here() {
    let logs = tempfile::tempdir().unwrap();
    let log = || JobLog::open(logs.path()).unwrap();
    for name in ["of before.mov", "of now.mov"] {
        let service = TestService::with(|config| config.clock = noon).await;
        put(service.root.path(), name, 5);
        let mut screen = Screen::at(service, Some(log()), still());
        screen.settle().await;
        screen.keys("dy");
        screen.settle().await;
        if name == "of before.mov" {
            continue;
        }
        screen.keys("U");
        screen.settle().await;
        screen.keys("G<Enter>");
        screen.settle().await;
        assert!(
            screen.message().contains("nothing left"),
            "{}",
            screen.text()
        );
        screen.keys("qgt");
        screen.settle().await;
        assert!(screen.text().contains("#2 recycle"), "{}", screen.text());
    }
}
