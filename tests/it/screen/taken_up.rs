//! Jobs that an earlier program has left behind are offered at the start.

use std::sync::Arc;

use insta::assert_snapshot;
use mediasweep::domain::conflict::Strategy;
use mediasweep::domain::job::{JobChange, JobSpec, Relocation};
use mediasweep::jobs::log::JobLog;
use mediasweep::jobs::policy::Policy;
use mediasweep::tui::effect::Effect;
use mediasweep::tui::state::State;

use super::harness::{Screen, noon, put, still};
use crate::support::{Bench, TestService, path, policy, targets};
use mediasweep::server::TaskRule;
use mediasweep::server::faults::Action;
use tokio::sync::Notify;

/// Six files of which a program has deleted two, and sent two more, when it was ended.
async fn cut_off() -> (TestService, Bench) {
    let service = TestService::with(|config| {
        config.tasks = TaskRule::Always;
        config.clock = noon;
    })
    .await;
    let names = ["a", "b", "c", "d", "e", "f"];
    for name in names {
        put(service.root.path(), name, 1);
    }
    let slow = Policy {
        batch: 2,
        ..still()
    };
    let mut bench = Bench::new(service.client(), slow);
    let mut job = bench.start(JobSpec::Recycle(targets(&names)));
    let mut waits = 0;
    while waits < 2 {
        let fact = bench.fact(&mut job).await;
        waits += usize::from(matches!(fact, JobChange::Waiting { .. }));
    }
    // The worker is left as a killed program leaves it: its log ends in the middle.
    bench.leave().await;
    (service, bench)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_cut_off_is_offered_and_goes_on() {
    let (service, bench) = cut_off().await;
    let quick = still();
    let mut screen = Screen::at(service, Some(bench.log.clone()), quick);
    screen.settle().await;
    assert_snapshot!("offered", screen.text());
    screen.keys("y");
    screen.keys("<Enter>");
    assert!(screen.state.question.is_some());
    screen.keys("r");
    screen.settle().await;
    assert_snapshot!("gone on", screen.text());
    assert!(screen.tree().is_empty());
    screen.keys("u");
    // Its items are in its log.
    screen.settle().await;
    screen.keys("y");
    screen.settle().await;
    assert_eq!(screen.tree().len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_on_the_way_can_be_checked_and_the_rest_left() {
    let (service, bench) = cut_off().await;
    let quick = still();
    let mut screen = Screen::at(service, Some(bench.log.clone()), quick);
    screen.settle().await;
    screen.keys("<Esc>");
    assert!(
        screen.message().contains("asked about again"),
        "{}",
        screen.message()
    );
    let service = screen.close().await;
    let mut screen = Screen::at(service, Some(bench.log.clone()), quick);
    screen.settle().await;
    screen.keys("c");
    screen.settle().await;
    assert_eq!(screen.tree(), ["e 1", "f 1"]);
    screen.keys("w");
    assert_snapshot!("checked", screen.text());
    // It is not asked about once more.
    let service = screen.close().await;
    let screen = Screen::at(service, Some(bench.log.clone()), quick);
    assert!(screen.state.question.is_none());
}

/// The program was ended while the items were written down, before the first request.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_not_written_down_says_that_nothing_was_sent() {
    let (service, bench) = cut_off().await;
    let jobs = std::fs::read_dir(bench.dir.path().join("jobs")).unwrap();
    for file in jobs.map(|file| file.unwrap().path()) {
        let text = std::fs::read_to_string(&file).unwrap();
        let head = text.lines().next().unwrap();
        std::fs::write(&file, format!("{head}\n{{\"line\":\"items\",\"fir")).unwrap();
    }
    let left = still();
    let mut screen = Screen::at(service, Some(bench.log.clone()), left);
    screen.settle().await;
    let files = screen.tree();
    screen.keys("rc");
    assert_snapshot!("not written down", screen.text());
    screen.keys("x");
    screen.settle().await;
    let screen = Screen::at(screen.close().await, Some(bench.log.clone()), left);
    assert!(screen.state.question.is_none(), "it is over");
    assert_eq!(screen.tree(), files);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_job_sends_nothing_until_it_goes_on() {
    let names: Vec<String> = (0..6).map(|number| format!("f{number}")).collect();
    let entries: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    let mut screen = Screen::with(&entries, |config, policy| {
        config.tasks = TaskRule::Never;
        policy.batch = 2;
    })
    .await;
    screen.settle().await;
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let hold = Action::Hold(Arc::clone(&arrived), Arc::clone(&go));
    screen.service.faults.add("POST /batch/", 1, hold);
    screen.keys("<C-a>dy");
    arrived.notified().await;
    screen.keys("wp");
    screen
        .until("the pause", |state| {
            state.jobs.shown().any(|job| job.paused)
        })
        .await;
    go.notify_one();
    screen
        .until("the first answer", |state| {
            state.jobs.shown().any(|job| job.tally.done == 2)
        })
        .await;
    assert_snapshot!("paused", screen.text());
    let text = screen.text();
    assert!(
        text.contains("1 paused") && !text.contains("running"),
        "{text}"
    );
    assert_eq!(screen.tree().len(), 4);
    screen.keys("p");
    screen.settle().await;
    assert!(screen.tree().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_an_earlier_session_is_undone_after_a_question() {
    let service = TestService::with(|config| config.clock = noon).await;
    put(service.root.path(), "a.mov", 7);
    put(service.root.path(), "b.mov", 8);
    let quick = still();
    let mut bench = Bench::new(service.client(), quick);
    let moves = ["a.mov", "b.mov"].map(|name| Relocation {
        from: path(name),
        to: path(&format!("old/{name}")),
        strategy: Strategy::Ask,
        size: None,
    });
    bench.run(JobSpec::Move(moves.into_iter().collect())).await;
    bench.run(JobSpec::Recycle(targets(&["old/b.mov"]))).await;

    let mut screen = Screen::at(service, Some(bench.log.clone()), quick);
    screen.settle().await;
    screen.state.past.reload();
    screen.perform(vec![Effect::History]);
    screen.settle().await;
    let jobs = &screen.state.past.jobs;
    let ids: Vec<u64> = jobs.iter().map(|job| job.id.0).collect();
    assert_eq!(ids, [2, 1]);
    for job in jobs.clone() {
        screen.perform(vec![Effect::UndoPast(job.id, Some(job.at))]);
        screen
            .until("the question", |state| state.question.is_some())
            .await;
        let asked = format!("Undo job {}", job.id);
        assert!(screen.text().contains(&asked), "{}", screen.text());
        screen.keys("y");
        screen.settle().await;
    }
    assert_eq!(screen.tree(), ["a.mov 7", "old/", "old/b.mov 8"]);
    // The one that was moved back can be moved again.
    screen.keys("wu");
    screen
        .until("the question", |state| state.question.is_some())
        .await;
    screen.keys("y");
    screen.settle().await;
    assert_eq!(screen.tree(), ["old/", "old/a.mov 7", "old/b.mov 8"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_cut_off_is_dropped_by_a_key_or_by_a_command() {
    let (service, bench) = cut_off().await;
    let quick = still();
    let mut screen = Screen::at(service, Some(bench.log.clone()), quick);
    screen.settle().await;
    let count =
        |screen: &Screen| ["/batch/", "/task/"].map(|what| screen.service.faults.count(what));
    let asked = count(&screen);
    screen.keys("x");
    screen.settle().await;
    let job = screen.state.jobs.shown().next().unwrap();
    let tally = job.tally;
    assert_eq!((tally.recycled, tally.unknown, tally.not_sent), (2, 2, 2));
    // Neither is anything sent nor any task asked about.
    assert_eq!(count(&screen), asked);
    assert!(bench.log.cut_off().unwrap().is_empty());
    assert_eq!(bench.log.latest(1).unwrap()[0].tally, tally);

    let (_service, bench) = cut_off().await;
    let home = bench.dir.path();
    std::fs::create_dir(home.join("state")).unwrap();
    std::fs::rename(home.join("jobs"), home.join("state/jobs")).unwrap();
    let drop = |job: &str| {
        std::process::Command::new(env!("CARGO_BIN_EXE_mediasweep"))
            .args(["jobs", "drop", job])
            .env("MEDIASWEEP_HOME", home)
            .output()
            .unwrap()
    };
    let dropped = drop("1");
    let text = String::from_utf8(dropped.stderr).unwrap();
    assert_eq!(dropped.status.code(), Some(0), "{text}");
    assert!(text.contains("2 booked, 2 unknown, 2 not sent"), "{text}");
    let log = JobLog::open(home.join("state/jobs")).unwrap();
    assert_eq!(log.latest(1).unwrap()[0].tally, tally);
    // It is over: there is nothing to drop any more, and no such job at all.
    assert_eq!(drop("1").status.code(), Some(2));
    assert_ne!(drop("7").status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_waits_changes_its_turn_by_keys() {
    let names = ["a", "b", "c", "d"];
    let mut screen = Screen::on(&names.map(|name| (name, 1))).await;
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let hold = Action::Hold(Arc::clone(&arrived), Arc::clone(&go));
    screen.service.faults.add("POST /batch/", 1, hold);
    screen.keys("gg");
    for _ in names {
        screen.keys("dyj");
    }
    arrived.notified().await;
    let turns = |state: &State| -> Vec<u64> { state.jobs.running().map(|job| job.id.0).collect() };
    screen
        .until("four jobs", |state| turns(state) == [1, 2, 3, 4])
        .await;
    screen.keys("w");
    // The latest is on top.
    screen.keys("ggK");
    screen
        .until("job 4 before job 3", |state| turns(state) == [1, 2, 4, 3])
        .await;
    let place = |state: &State, id| state.jobs.shown().position(|job| job.id.0 == id).unwrap();
    while screen.state.jobs.selected().unwrap().id.0 != 2 {
        let (wanted, here) = (place(&screen.state, 2), screen.state.jobs.cursor.row);
        screen.keys(if wanted > here { "j" } else { "k" });
    }
    screen.keys("J");
    screen
        .until("job 2 behind job 4", |state| turns(state) == [1, 4, 2, 3])
        .await;
    // The one that runs does not wait for its turn.
    while screen.state.jobs.selected().unwrap().id.0 != 1 {
        screen.keys("j");
    }
    screen.keys("K");
    assert!(
        screen.message().contains("does not wait"),
        "{}",
        screen.message()
    );
    go.notify_one();
    screen.settle().await;
    assert!(screen.tree().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_are_left_go_on_next_time() {
    let service = TestService::with(|config| config.clock = noon).await;
    for name in ["a", "b", "c", "d"] {
        put(service.root.path(), name, 1);
    }
    let place = tempfile::tempdir().unwrap();
    let log = JobLog::open(place.path()).unwrap();
    let slow = Policy {
        batch: 1,
        at_once: 1,
        clock: noon,
        ..policy()
    };
    let mut screen = Screen::at(service, Some(log.clone()), slow);
    screen.settle().await;
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let hold = Action::Hold(Arc::clone(&arrived), Arc::clone(&go));
    screen.service.faults.add("POST /batch/", 1, hold);
    screen.keys("<Space><Space>dy");
    arrived.notified().await;
    // Another one waits behind it.
    screen.keys("G<Space>dyq");
    assert!(
        screen.text().contains("l  leave: go on next time"),
        "{}",
        screen.text()
    );
    screen.keys("l");
    assert!(screen.has_ended);
    go.notify_one();
    let service = screen.close().await;
    let mut screen = Screen::at(service, Some(log), slow);
    screen.settle().await;
    screen.keys("r");
    screen.keys("r");
    screen.settle().await;
    assert!(screen.state.question.is_none());
    assert_eq!(screen.tree(), ["c 1"]);
}
