//! The worker: what it tells, in every fault that a service or a network can have.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use mediasweep::domain::bin::RecycledId;
use mediasweep::domain::conflict::Strategy;
use mediasweep::domain::failure::FailureKind;
use mediasweep::domain::job::{Job, JobChange, JobId, JobSpec, Outcome, Phase, Recycled, TaskId};
use mediasweep::jobs::policy::Policy;
use mediasweep::server::faults::{Action, Rule, When};
use mediasweep::server::{TaskRule, Tempo};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::{Bench, TestService, edit, instead, path, policy, targets};

fn recycle(paths: &[&str]) -> JobSpec {
    JobSpec::Recycle(targets(paths))
}

fn words(job: &Job) -> Vec<&'static str> {
    job.outcomes
        .iter()
        .map(|outcome| match outcome {
            None => "open",
            Some(outcome) => mediasweep::jobs::log::word(&outcome),
        })
        .collect()
}

fn is_checking(facts: &[JobChange]) -> bool {
    facts.contains(&JobChange::Checking)
}

async fn bench() -> (TestService, Bench) {
    let service = TestService::start().await;
    let bench = Bench::new(service.client(), policy());
    (service, bench)
}

#[tokio::test]
async fn a_job_moves_its_entries_to_the_bin_and_can_be_undone() {
    let (service, mut bench) = bench().await;
    service.files(&["a", "dir/b", "c"]);
    let (job, facts) = bench.run(recycle(&["a", "dir"])).await;
    assert_eq!(words(&job), ["recycled", "recycled"]);
    assert_eq!(facts[0], JobChange::Started);
    assert!(matches!(facts[1], JobChange::Kept(_)), "{facts:?}");
    assert_eq!(facts[2], JobChange::Sent { items: 2 });
    assert_eq!(facts.last(), Some(&JobChange::Finished));
    assert_eq!(job.exchanges.len(), 1);
    assert_eq!(job.exchanges[0].status, Some(200));
    assert!(job.exchanges[0].request_id.is_some());
    assert!(!service.has("a") && !service.has("dir") && service.has("c"));
    let (undo, _) = bench
        .run(JobSpec::Restore(job.recycled().collect(), Strategy::Rename))
        .await;
    let back = |text| Some(Outcome::Restored(Some(path(text))));
    assert_eq!(undo.outcomes, [back("a"), back("dir")]);
    assert!(service.has("a") && service.has("dir/b"));
    service.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_already_gone_and_the_root_is_refused() {
    let (service, mut bench) = bench().await;
    service.files(&["a"]);
    let (job, _) = bench.run(recycle(&["gone", "/", "a"])).await;
    assert_eq!(words(&job), ["already-gone", "failed", "recycled"]);
    assert_eq!(job.exchanges[0].status, Some(207));
    service.stop().await;
}

#[tokio::test]
async fn what_lies_in_a_listed_directory_and_what_is_listed_twice_is_sent_once() {
    let (service, mut bench) = bench().await;
    service.files(&["dir/sub/b", "a"]);
    let (job, facts) = bench.run(recycle(&["dir/sub/b", "a", "dir", "a"])).await;
    assert_eq!(
        words(&job),
        ["already-gone", "recycled", "recycled", "already-gone"]
    );
    assert!(facts.contains(&JobChange::Sent { items: 2 }));
    assert_eq!(job.recycled().count(), 2);
    service.stop().await;
}

#[tokio::test]
async fn a_library_without_a_bin_deletes_for_ever_and_the_job_says_so() {
    let service = TestService::with(|config| config.bin = false).await;
    let mut bench = Bench::new(service.client(), policy());
    service.files(&["a", "b"]);
    let (job, _) = bench.run(recycle(&["a"])).await;
    assert_eq!(words(&job), ["deleted"]);
    service.faults.add("POST /batch/", 1, Action::DropAfter);
    let (job, _) = bench.run(recycle(&["b"])).await;
    assert_eq!(words(&job), ["deleted"]);
    service.stop().await;
}

#[tokio::test]
async fn deleting_for_ever_leaves_nothing_in_the_bin() {
    let (service, mut bench) = bench().await;
    service.files(&["a", "b"]);
    let (job, _) = bench.run(JobSpec::DeleteForever(targets(&["a"]))).await;
    assert_eq!(words(&job), ["deleted"]);
    service.faults.add("POST /batch/", 1, Action::DropAfter);
    let (job, facts) = bench.run(JobSpec::DeleteForever(targets(&["b"]))).await;
    assert_eq!(words(&job), ["deleted"]);
    assert!(is_checking(&facts));
    let bin = service.client().bin(None, 10).await.unwrap();
    assert!(bin.items.is_empty());
    service.stop().await;
}

#[tokio::test]
async fn a_task_is_followed_to_its_end() {
    let service = TestService::with(|config| {
        config.tasks = TaskRule::Always;
        config.tempo = Tempo::Polls(3);
    })
    .await;
    let mut bench = Bench::new(service.client(), policy());
    service.files(&["a", "b"]);
    let (job, facts) = bench.run(recycle(&["a", "gone", "b"])).await;
    assert_eq!(words(&job), ["recycled", "already-gone", "recycled"]);
    assert!(
        facts
            .iter()
            .any(|fact| matches!(fact, JobChange::Waiting { .. }))
    );
    assert!(job.exchanges[0].task.is_some());
    assert_eq!(job.exchanges[0].status, Some(207));
    assert!(service.faults.count("GET /task/") >= 3);
    service.stop().await;
}

#[tokio::test]
async fn questions_about_a_task_that_fail_say_nothing_about_the_task() {
    let service = TestService::with(|config| config.tasks = TaskRule::Always).await;
    let mut bench = Bench::new(service.client(), policy());
    service.files(&["a"]);
    // More than the client itself tries.
    let page = instead(502, &[], "<html>");
    service.faults.add("GET /task/", 7, page);
    let strange = edit(|tasks| tasks[0]["status"] = json!("299"));
    service.faults.add("GET /task/", 2, strange);
    let (job, _) = bench.run(recycle(&["a"])).await;
    assert_eq!(words(&job), ["recycled"]);
    service.stop().await;
}

#[tokio::test]
async fn a_task_that_failed_or_vanished_is_followed_by_a_look() {
    for spoil in [
        (|tasks: &mut Value| {
            tasks[0]["status"] = json!(500);
            tasks[0].as_object_mut().unwrap().remove("result");
        }) as fn(&mut Value),
        |tasks| *tasks = json!([]),
        |tasks| {
            tasks[0]["status"] = json!(204);
            tasks[0].as_object_mut().unwrap().remove("result");
        },
    ] {
        let service = TestService::with(|config| config.tasks = TaskRule::Always).await;
        let mut bench = Bench::new(service.client(), policy());
        service.files(&["a"]);
        service.faults.add("GET /task/", 9, edit(spoil));
        let (job, facts) = bench.run(recycle(&["a", "gone"])).await;
        assert_eq!(words(&job), ["recycled", "already-gone"]);
        assert!(is_checking(&facts));
        assert_eq!(job.recycled().count(), 1);
        service.stop().await;
    }
}

#[tokio::test]
async fn an_answer_that_was_lost_after_the_work_is_found_out_by_looking() {
    let (service, mut bench) = bench().await;
    let files: Vec<String> = (0..40).map(|n| format!("dir/{n}")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    service.files(&files);
    service.files(&["dir/stays", "other"]);
    service.faults.add("POST /batch/", 1, Action::DropAfter);
    let mut listed = files.clone();
    listed.push("other");
    let (job, facts) = bench.run(recycle(&listed)).await;
    assert_eq!(job.tally.recycled, 41, "{:?}", words(&job));
    assert!(is_checking(&facts));
    assert_eq!(job.exchanges[0].status, None);
    assert_eq!(service.faults.count("POST /batch/"), 1);
    let (undo, _) = bench
        .run(JobSpec::Restore(job.recycled().collect(), Strategy::Rename))
        .await;
    assert_eq!(undo.tally.done, 41);
    assert!(service.has("dir/39") && service.has("other"));
    service.stop().await;
}

#[tokio::test]
async fn a_request_that_was_lost_before_the_work_is_not_sent_again() {
    let (service, mut bench) = bench().await;
    service.files(&["a", "b"]);
    service.faults.add("POST /batch/", 1, Action::DropBefore);
    let (job, _) = bench.run(recycle(&["a", "b"])).await;
    // The service might still be at work: seen to be there is not the same as failed.
    assert_eq!(words(&job), ["unknown", "unknown"]);
    assert_eq!(service.faults.count("POST /batch/"), 1);
    let Some(Outcome::Unknown(failure)) = job.outcomes.get(0) else {
        panic!("{:?}", job.outcomes)
    };
    assert!(failure.message.contains("still there"), "{failure}");
    assert_eq!(
        job.retry(),
        None,
        "nothing is sent again before somebody has looked"
    );
    service.stop().await;
}

#[tokio::test]
async fn a_request_without_an_answer_in_time_is_followed_by_a_look() {
    let service = TestService::start().await;
    let mut bench = Bench::new(service.impatient(), policy());
    service.files(&["a"]);
    service.faults.add("POST /batch/", 1, Action::Silence);
    let (job, facts) = bench.run(recycle(&["a"])).await;
    assert_eq!(words(&job), ["unknown"]);
    assert!(is_checking(&facts) && service.has("a"));
    service.stop().await;
}

#[tokio::test]
async fn an_older_item_of_the_bin_is_not_taken_for_this_deletion() {
    let (service, mut bench) = bench().await;
    service.files(&["a"]);
    bench.run(recycle(&["a"])).await;
    // Removed long ago, says the service; and now nothing is there to delete.
    let long_ago = edit(|page| {
        page["contents"][0]["removalTime"] = json!("2020-01-01T00:00:00.000Z");
    });
    service.faults.add("GET /recycled/", 9, long_ago);
    service.faults.add("POST /batch/", 1, Action::DropAfter);
    let (job, _) = bench.run(recycle(&["a"])).await;
    assert_eq!(words(&job), ["already-gone"]);
    service.stop().await;
}

#[tokio::test]
async fn a_look_that_fails_leaves_items_unknown_and_stops_the_job() {
    let service = TestService::start().await;
    let mut settings = policy();
    settings.batch = 1;
    let mut bench = Bench::new(service.client(), settings);
    service.files(&["a", "b"]);
    service.faults.add("POST /batch/", 1, Action::DropAfter);
    service
        .faults
        .add("GET /directory/", 99, Action::DropBefore);
    let (job, _) = bench.run(recycle(&["a", "b"])).await;
    assert_eq!(words(&job), ["unknown", "not-sent"]);
    assert!(matches!(job.phase, Phase::Aborted(_)));
    service.stop().await;
}

#[tokio::test]
async fn answers_of_other_shapes_mean_the_same() {
    for shape in [
        (|answer: &mut Value| answer["result"].as_array_mut().unwrap().reverse()) as fn(&mut Value),
        |answer| {
            for item in answer["result"].as_array_mut().unwrap() {
                item["status"] = json!(item["status"].to_string());
                if !item["recycledItemId"].is_null() {
                    item["recycledItemId"] = json!(item["recycledItemId"].to_string());
                }
            }
        },
        |answer| {
            for item in answer["result"].as_array_mut().unwrap() {
                let path = item["path"].as_array_mut().unwrap();
                path.insert(0, json!(""));
            }
        },
        |answer| {
            for item in answer["result"].as_array_mut().unwrap() {
                item.as_object_mut().unwrap().remove("path");
            }
        },
    ] {
        let (service, mut bench) = bench().await;
        service.files(&["a", "dir/b"]);
        service.faults.add("POST /batch/", 1, edit(shape));
        let (job, facts) = bench.run(recycle(&["a", "gone", "dir/b"])).await;
        assert_eq!(words(&job), ["recycled", "already-gone", "recycled"]);
        assert!(!is_checking(&facts));
        let bin = service.client().bin(None, 10).await.unwrap();
        for item in job.recycled() {
            let entry = bin.items.iter().find(|entry| entry.id == item.id).unwrap();
            assert_eq!(entry.path, item.path);
        }
        service.stop().await;
    }
}

#[tokio::test]
async fn an_item_that_is_missing_from_the_answer_is_looked_for() {
    let (service, mut bench) = bench().await;
    service.files(&["a", "b"]);
    let missing = edit(|answer| {
        answer["result"].as_array_mut().unwrap().remove(0);
    });
    service.faults.add("POST /batch/", 1, missing);
    let (job, facts) = bench.run(recycle(&["a", "b"])).await;
    assert_eq!(words(&job), ["recycled", "recycled"]);
    assert!(is_checking(&facts));
    service.stop().await;
}

#[tokio::test]
async fn an_item_that_failed_inside_the_service_is_looked_for() {
    let (service, mut bench) = bench().await;
    service.files(&["a", "b"]);
    let failed = edit(|answer| {
        answer["result"][0] = json!({"status": 500, "code": "InternalServerError", "path": ["a"]});
        answer["result"][1] = json!({"status": 409, "code": "PathConflict", "message": "busy\u{1b}[2J", "path": ["b"]});
    });
    service.faults.add("POST /batch/", 1, failed);
    let (job, _) = bench.run(recycle(&["a", "b"])).await;
    assert_eq!(words(&job), ["recycled", "failed"]);
    let Some(Outcome::Failed(failure)) = job.outcomes.get(1) else {
        panic!("{:?}", job.outcomes)
    };
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert_eq!(failure.label(), "409 PathConflict");
    assert!(failure.request_id.is_some());
    assert!(!failure.message.contains('\u{1b}'));
    service.stop().await;
}

#[tokio::test]
async fn a_throttled_request_waits_and_goes_out_again() {
    let (service, mut bench) = bench().await;
    service.files(&["a"]);
    let busy = instead(
        429,
        &[("retry-after", "3")],
        r#"{"code":"RateLimitExceeded"}"#,
    );
    service.faults.add("POST /batch/", 1, busy);
    let overload = instead(503, &[], r#"{"code":"ServerOverloaded","message":"x"}"#);
    service.faults.add("POST /batch/", 2, overload);
    let (job, facts) = bench.run(recycle(&["a"])).await;
    assert_eq!(words(&job), ["recycled"]);
    let throttled = |fact: &&JobChange| matches!(fact, JobChange::Throttled { .. });
    assert_eq!(facts.iter().filter(throttled).count(), 3);
    service.stop().await;
}

#[tokio::test]
async fn patience_with_a_throttling_service_has_an_end() {
    let service = TestService::start().await;
    let mut settings = policy();
    settings.batch = 1;
    settings.throttle.tries = 4;
    let mut bench = Bench::new(service.client(), settings);
    service.files(&["a", "b"]);
    let busy = instead(429, &[], "");
    service.faults.add("POST /batch/", 99, busy);
    let (job, _) = bench.run(recycle(&["a", "b"])).await;
    assert_eq!(words(&job), ["failed", "not-sent"]);
    assert!(
        matches!(&job.phase, Phase::Aborted(failure) if failure.kind == FailureKind::Throttled)
    );
    assert_eq!(service.faults.count("POST /batch/"), 5);
    service.stop().await;
}

#[tokio::test]
async fn a_job_can_be_stopped_while_it_waits_for_a_throttling_service() {
    let service = TestService::start().await;
    let mut bench = Bench::new(service.client(), Policy::default());
    service.files(&["a"]);
    let busy = instead(429, &[("retry-after", "3600")], "");
    service.faults.add("POST /batch/", 9, busy);
    let mut job = bench.start(recycle(&["a"]));
    while !matches!(bench.fact(&mut job).await, JobChange::Throttled { .. }) {}
    bench.cancel(&job);
    bench.follow(&mut job).await;
    assert_eq!(words(&job), ["not-sent"]);
    assert_eq!(job.phase, Phase::Cancelled);
    assert!(service.has("a"));
    assert!(
        bench
            .log
            .read(job.id)
            .unwrap()
            .remove(0)
            .unanswered
            .is_empty()
    );
    service.stop().await;
}

#[tokio::test]
async fn a_stopped_job_books_the_request_on_the_way_and_sends_no_other() {
    let service = TestService::start().await;
    let mut settings = policy();
    settings.batch = 2;
    let mut bench = Bench::new(service.client(), settings);
    service.files(&["a", "b", "c"]);
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    service
        .faults
        .add("POST /batch/", 1, Action::Hold(arrived.clone(), go.clone()));
    let mut job = bench.start(recycle(&["a", "b", "c"]));
    arrived.notified().await;
    bench.cancel(&job);
    while bench.fact(&mut job).await != JobChange::Cancelling {}
    go.notify_one();
    bench.follow(&mut job).await;
    assert_eq!(words(&job), ["recycled", "recycled", "not-sent"]);
    assert_eq!(job.phase, Phase::Cancelled);
    assert!(service.has("c"));
    service.stop().await;
}

#[tokio::test]
async fn a_stopped_job_follows_the_task_that_the_service_has_accepted() {
    let service = TestService::with(|config| {
        config.tasks = TaskRule::Always;
        config.tempo = Tempo::Polls(2);
    })
    .await;
    let mut settings = policy();
    settings.batch = 1;
    let mut bench = Bench::new(service.client(), settings);
    service.files(&["a", "b"]);
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    service
        .faults
        .add("GET /task/", 1, Action::Hold(arrived.clone(), go.clone()));
    let mut job = bench.start(recycle(&["a", "b"]));
    arrived.notified().await;
    bench.cancel(&job);
    while bench.fact(&mut job).await != JobChange::Cancelling {}
    go.notify_one();
    bench.follow(&mut job).await;
    assert_eq!(words(&job), ["recycled", "not-sent"]);
    service.stop().await;
}

#[tokio::test]
async fn jobs_run_one_after_another_and_a_waiting_one_can_be_stopped() {
    let (service, mut bench) = bench().await;
    service.files(&["a", "b", "c"]);
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    service
        .faults
        .add("POST /batch/", 1, Action::Hold(arrived.clone(), go.clone()));
    let mut first = bench.start(recycle(&["a"]));
    let mut second = bench.start(recycle(&["b"]));
    let mut third = bench.start(recycle(&["c"]));
    arrived.notified().await;
    bench.cancel(&second);
    // The second ends before the first.
    assert_eq!(bench.fact(&mut second).await, JobChange::Cancelling);
    assert_eq!(bench.fact(&mut second).await, JobChange::Finished);
    assert_eq!(second.phase, Phase::Cancelled);
    go.notify_one();
    let mut order = Vec::new();
    while !third.is_over() {
        let event = bench.worker.events.recv().await.unwrap();
        order.push(event.id);
        for job in [&mut first, &mut third] {
            if job.id == event.id {
                job.apply(event.at, event.change.clone());
            }
        }
    }
    assert!(order.is_sorted(), "{order:?}");
    assert!(service.has("b") && !service.has("a") && !service.has("c"));
    service.stop().await;
}

static BREAKS: AtomicBool = AtomicBool::new(false);
static READS: AtomicUsize = AtomicUsize::new(0);

/// Breaks when it is read for the second time after it was told to: while a request is on the way.
fn breaking_clock() -> Timestamp {
    if BREAKS.load(Ordering::SeqCst) && READS.fetch_add(1, Ordering::SeqCst) == 1 {
        BREAKS.store(false, Ordering::SeqCst);
        panic!("the clock fell from the wall");
    }
    Timestamp::now()
}

#[tokio::test]
async fn a_job_that_breaks_down_ends_alone_and_says_what_nobody_knows() {
    let service = TestService::start().await;
    let mut settings = policy();
    settings.clock = breaking_clock;
    let mut bench = Bench::new(service.client(), settings);
    service.files(&["a", "b"]);
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    service
        .faults
        .add("POST /batch/", 1, Action::Hold(arrived.clone(), go.clone()));
    let mut job = bench.start(recycle(&["a"]));
    arrived.notified().await;
    BREAKS.store(true, Ordering::SeqCst);
    go.notify_one();
    bench.follow(&mut job).await;
    assert_eq!(words(&job), ["unknown"]);
    assert!(matches!(&job.phase, Phase::Aborted(failure) if failure.kind == FailureKind::Internal));
    let (next, _) = bench.run(recycle(&["b"])).await;
    assert_eq!(words(&next), ["recycled"]);
    service.stop().await;
}

#[tokio::test]
async fn a_job_whose_log_cannot_be_written_sends_nothing() {
    let (service, mut bench) = bench().await;
    service.files(&["a"]);
    std::fs::remove_dir_all(bench.dir.path().join("jobs")).unwrap();
    let (job, _) = bench.run(recycle(&["a"])).await;
    assert_eq!(words(&job), ["not-sent"]);
    assert!(matches!(&job.phase, Phase::Aborted(failure) if failure.message.contains("log")));
    assert_eq!(service.faults.count("POST /batch/"), 0);
    service.stop().await;
}

#[tokio::test]
async fn the_log_remembers_what_can_be_put_back_and_what_was_never_answered() {
    let (service, mut bench) = bench().await;
    service.files(&["a", "b"]);
    let (job, _) = bench.run(recycle(&["a", "gone", "b"])).await;
    let past = bench.log.read(JobId(1)).unwrap().remove(0);
    assert!(past.job().recycled().eq(job.recycled()));
    assert!(past.is_over() && past.unanswered.is_empty());
    assert_eq!((past.library.as_str(), past.space.as_str()), ("lib", "-"));
    assert_eq!(bench.log.next_id().unwrap(), JobId(2));
    assert!(bench.log.read(JobId(2)).is_err());
    // As a crash leaves it: the request is there, its answer is cut off.
    let dir = bench.dir.path().join("jobs");
    let file = std::fs::read_dir(&dir).unwrap().next().unwrap().unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    let kept: Vec<&str> = text.lines().take(3).collect();
    std::fs::write(file.path(), format!("{}\n{{\"line\":\"it", kept.join("\n"))).unwrap();
    let past = bench.log.read(JobId(1)).unwrap().remove(0);
    assert!(!past.is_over() && past.booked() == 0);
    assert_eq!(past.unknown(), 3);
    service.stop().await;
}

#[tokio::test]
async fn a_missing_right_stops_the_job_after_one_request() {
    for (body, kind) in [
        (r#"{"code":"NoPermission"}"#, FailureKind::Denied),
        (r#"{"code":"SpaceBanned"}"#, FailureKind::Denied),
        (
            r#"{"code":"AccessTokenNotMatchSpace"}"#,
            FailureKind::SignIn,
        ),
    ] {
        let service = TestService::start().await;
        let mut settings = policy();
        settings.batch = 1;
        let mut bench = Bench::new(service.client(), settings);
        service.files(&["a", "b"]);
        service
            .faults
            .add("POST /batch/", 9, instead(403, &[], body));
        let (job, _) = bench.run(recycle(&["a", "b"])).await;
        assert_eq!(words(&job), ["failed", "not-sent"]);
        assert!(matches!(&job.phase, Phase::Aborted(failure) if failure.kind == kind));
        assert_eq!(service.faults.count("POST /batch/"), 1);
        service.stop().await;
    }
}

#[tokio::test]
async fn a_request_that_is_too_large_is_halved() {
    let (service, mut bench) = bench().await;
    service.files(&["a", "b", "c", "d"]);
    let large = instead(413, &[], r#"{"code":"RequestEntityTooLarge"}"#);
    service.faults.add("POST /batch/", 1, large);
    let (job, facts) = bench.run(recycle(&["a", "b", "c", "d"])).await;
    assert_eq!(job.tally.recycled, 4);
    let sizes: Vec<usize> = facts
        .iter()
        .filter_map(|fact| match fact {
            JobChange::Sent { items } => Some(*items),
            _ => None,
        })
        .collect();
    assert_eq!(sizes, [4, 2, 2]);
    service.stop().await;
}

#[tokio::test]
async fn a_worker_without_commanders_books_the_running_request_and_stops() {
    let service = TestService::start().await;
    let mut settings = policy();
    settings.batch = 1;
    let mut bench = Bench::new(service.client(), settings);
    service.files(&["a", "b", "c"]);
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    service
        .faults
        .add("POST /batch/", 1, Action::Hold(arrived.clone(), go.clone()));
    let mut job = bench.start(recycle(&["a", "b"]));
    let mut waiting = bench.start(recycle(&["c"]));
    arrived.notified().await;
    let Bench {
        worker, log, dir, ..
    } = bench;
    drop(worker.commands);
    let mut events = worker.events;
    let mut is_let_go = false;
    while let Some(event) = events.recv().await {
        if event.id == job.id {
            if event.change == JobChange::Cancelling && !is_let_go {
                go.notify_one();
                is_let_go = true;
            }
            job.apply(event.at, event.change);
        } else {
            waiting.apply(event.at, event.change);
        }
    }
    worker.stopped.await.unwrap();
    assert_eq!(words(&job), ["recycled", "not-sent"]);
    assert_eq!(words(&waiting), ["not-sent"]);
    assert_eq!(log.read(JobId(1)).unwrap().remove(0).booked(), 1);
    drop(dir);
    service.stop().await;
}

#[tokio::test]
async fn putting_back_is_matched_by_id_and_looked_for_when_unclear() {
    let (service, mut bench) = bench().await;
    service.files(&["a", "b", "c"]);
    let (job, _) = bench.run(recycle(&["a", "b", "c"])).await;
    let mut items: Vec<_> = job.recycled().collect();
    items.push(Recycled {
        id: RecycledId("99999".into()),
        path: path("never"),
        size: None,
    });
    // The name is taken again: the service renames.
    service.files(&["a"]);
    let reversed = edit(|answer| answer["result"].as_array_mut().unwrap().reverse());
    service.faults.add("POST /recycled/ restore", 1, reversed);
    let (undo, _) = bench
        .run(JobSpec::Restore(items.into(), Strategy::Rename))
        .await;
    assert_eq!(
        words(&undo),
        ["restored", "restored", "restored", "already-gone"]
    );
    assert_eq!(
        undo.outcomes.get(1),
        Some(Outcome::Restored(Some(path("b"))))
    );
    assert_ne!(
        undo.outcomes.get(0),
        Some(Outcome::Restored(Some(path("a"))))
    );
    let (job, _) = bench.run(recycle(&["b", "c"])).await;
    service
        .faults
        .add("POST /recycled/ restore", 1, Action::DropAfter);
    let (undo, facts) = bench
        .run(JobSpec::Restore(job.recycled().collect(), Strategy::Rename))
        .await;
    assert_eq!(undo.outcomes, [const { Some(Outcome::Restored(None)) }; 2]);
    assert!(is_checking(&facts));
    let (job, _) = bench.run(recycle(&["b", "c"])).await;
    service
        .faults
        .add("POST /recycled/ restore", 1, Action::DropBefore);
    let (undo, _) = bench
        .run(JobSpec::Restore(job.recycled().collect(), Strategy::Rename))
        .await;
    assert_eq!(words(&undo), ["failed", "failed"]);
    assert_eq!(undo.tally.retryable, 2);
    // Somebody deletes the items for good while the answer is lost: that is not "put back".
    let lost = instead(504, &[], "");
    service.faults.add("POST /recycled/ restore", 1, lost);
    service.faults.add(
        "GET /recycled/",
        1,
        edit(|page| page["contents"] = json!([])),
    );
    let (undo, _) = bench.run(undo.retry().unwrap()).await;
    assert_eq!(words(&undo), ["unknown", "unknown"]);
    assert!(undo.has_trouble());
    service.stop().await;
}

#[tokio::test]
async fn purging_is_looked_after_when_the_service_fails() {
    let (service, mut bench) = bench().await;
    service.files(&["a", "b", "c"]);
    let (job, _) = bench.run(recycle(&["a", "b", "c"])).await;
    let items: Vec<_> = job.recycled().collect();
    let purge = |range: std::ops::Range<usize>| JobSpec::Purge(items[range].to_vec().into());
    let (job, _) = bench.run(purge(0..1)).await;
    assert_eq!(words(&job), ["deleted"]);
    let failed = r#"{"code":"InternalServerError"}"#;
    let fault = instead(500, &[], failed).after_work();
    service.faults.add("POST /recycled/ delete", 1, fault);
    let (job, facts) = bench.run(purge(1..2)).await;
    assert_eq!(words(&job), ["deleted"]);
    assert!(is_checking(&facts));
    let fault = instead(500, &[], failed);
    service.faults.add("POST /recycled/ delete", 1, fault);
    let (job, _) = bench.run(purge(2..3)).await;
    assert_eq!(words(&job), ["failed"]);
    assert_eq!(job.tally.retryable, 1);
    service.stop().await;
}

#[tokio::test]
async fn emptying_the_bin_is_asked_once_and_what_is_left_goes_by_its_ids() {
    let (service, mut bench) = bench().await;
    service.files(&["a", "b"]);
    bench.run(recycle(&["a", "b"])).await;
    service
        .faults
        .add("DELETE /recycled/", 1, instead(204, &[], ""));
    service
        .faults
        .add("POST /recycled/ delete", 1, Action::DropAfter);
    let (job, _) = bench.run(JobSpec::EmptyBin).await;
    assert_eq!(words(&job), ["deleted"]);
    assert_eq!(service.faults.count("DELETE /recycled/"), 1);
    assert_eq!(service.faults.count("POST /recycled/ delete"), 1);
    let bin = service.client().bin(None, 10).await.unwrap();
    assert!(bin.items.is_empty());
    service.stop().await;
}

#[tokio::test]
async fn a_task_is_asked_about_under_the_number_that_the_service_gave() {
    let service = TestService::with(|config| config.tasks = TaskRule::Always).await;
    let mut bench = Bench::new(service.client(), policy());
    service.files(&["a"]);
    // As older services spell it, and as text (part A, U1 and U8).
    let older = edit(|answer| {
        let id = answer["taskId"].take();
        *answer = json!({"id": id.to_string()});
    });
    service.faults.add("POST /batch/", 1, older);
    let nameless = edit(|tasks| {
        tasks[0].as_object_mut().unwrap().remove("taskId");
    });
    service.faults.add("GET /task/", 99, nameless);
    let (job, facts) = bench.run(recycle(&["a"])).await;
    assert_eq!(words(&job), ["recycled"]);
    let Some(JobChange::Waiting { task: TaskId(task) }) = facts
        .iter()
        .find(|fact| matches!(fact, JobChange::Waiting { .. }))
    else {
        panic!("{facts:?}")
    };
    assert!(task.parse::<u64>().is_ok());
    service.stop().await;
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_fails_the_job_and_nothing_is_unknown() {
    let service = TestService::start().await;
    let client = service.client();
    client.space_size().await.unwrap();
    let mut bench = Bench::new(client, policy());
    service.stop().await;
    let started = std::time::Instant::now();
    let (job, _) = bench.run(recycle(&["a"])).await;
    assert_eq!(words(&job), ["failed"]);
    assert_eq!(job.tally.retryable, 1);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_busy_path_is_tried_again_later() {
    let service = TestService::start().await;
    let mut settings = policy();
    settings.conflicts.tries = 2;
    let mut bench = Bench::new(service.client(), settings);
    service.files(&["a", "b"]);
    let busy = || {
        edit(|answer| {
            for item in answer["result"].as_array_mut().unwrap() {
                if item["path"] == json!(["b"]) {
                    *item = json!({"status": 409, "code": "PathConflict", "path": ["b"]});
                }
            }
        })
    };
    let before = instead(409, &[], r#"{"code":"PathConflict"}"#);
    service.faults.add("POST /batch/", 1, before);
    let (job, _) = bench.run(recycle(&["a", "b"])).await;
    assert_eq!(words(&job), ["recycled", "recycled"]);
    service.files(&["b"]);
    service.faults.add("POST /batch/", 9, busy());
    let (job, _) = bench.run(recycle(&["b"])).await;
    assert_eq!(words(&job), ["failed"], "patience has an end");
    assert_eq!(job.exchanges.len(), 3);
    service.stop().await;
}

#[tokio::test]
async fn several_requests_are_on_the_way_at_once_and_their_tasks_are_asked_about_together() {
    let service = TestService::with(|config| {
        config.tasks = TaskRule::Always;
        config.tempo = Tempo::Polls(4);
    })
    .await;
    let mut settings = policy();
    settings.batch = 1;
    settings.at_once = 3;
    settings.first_at_once = 3;
    let mut bench = Bench::new(service.client(), settings);
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    service.files(&names);
    let (job, facts) = bench.run(recycle(&names)).await;
    assert_eq!(job.tally.recycled, 7);
    let is_sent = |fact: &&JobChange| matches!(fact, JobChange::Sent { .. });
    let mut sent = facts
        .iter()
        .take_while(|fact| !matches!(fact, JobChange::Settled { .. }));
    assert_eq!(sent.by_ref().filter(is_sent).count(), 3);
    assert!(service.faults.count("GET /task/ ,") > 0, "asked one by one");
    service.stop().await;
}

/// The log as it was when a job had got so far, and nothing after it.
fn cut_log_after(bench: &Bench, lines: usize) {
    let dir = bench.dir.path().join("jobs");
    let file = std::fs::read_dir(&dir).unwrap().next().unwrap().unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    let kept: Vec<&str> = text.lines().take(lines).collect();
    std::fs::write(file.path(), format!("{}\n{{\"line\":\"it", kept.join("\n"))).unwrap();
}

#[tokio::test]
async fn a_job_that_was_cut_off_is_taken_up_from_any_line_of_its_log() {
    for goes_on in [true, false] {
        for lines in 2..16 {
            let service = TestService::start().await;
            let mut settings = policy();
            settings.batch = 2;
            let mut bench = Bench::new(service.client(), settings);
            service.files(&["a", "b", "c", "dir/d", "e"]);
            let all = ["a", "dir/d", "b", "c", "dir", "e"];
            // The service has done all of it; the program knows only some.
            let (whole, _) = bench.run(recycle(&all)).await;
            assert_eq!(whole.tally.done + whole.tally.gone, 6);
            cut_log_after(&bench, lines);
            let before = bench.log.cut_off().unwrap();
            if before.is_empty() {
                assert!(lines >= 13, "cut after line {lines}");
                continue;
            }
            let mut bench = bench.again(service.client(), settings);
            let (job, _) = bench.resume(1, goes_on).await;
            let open = before[0].spec.len() - before[0].booked() - before[0].unknown();
            assert_eq!(job.tally.failed + job.tally.unknown, 0, "{lines}: {job:?}");
            if goes_on {
                assert_eq!(job.tally.not_sent, 0);
            } else {
                assert!(job.tally.not_sent <= open);
            }
            // Those whose request was on the way are found in the bin by their paths.
            let record = bench.log.read(JobId(1)).unwrap().remove(0);
            assert!(record.is_over() && record.unanswered.is_empty());
            assert!(bench.log.cut_off().unwrap().is_empty());
            assert_eq!(record.job().tally, job.tally);
            service.stop().await;
        }
    }
}

#[tokio::test]
async fn a_task_is_followed_again_after_a_restart() {
    let service = TestService::with(|config| config.tasks = TaskRule::Always).await;
    let mut bench = Bench::new(service.client(), policy());
    service.files(&["a", "b"]);
    let (whole, _) = bench.run(recycle(&["a", "b"])).await;
    // Head, items, request, task.
    cut_log_after(&bench, 4);
    let record = bench.log.read(JobId(1)).unwrap().remove(0);
    assert!(record.unanswered[0].task.is_some());
    let mut bench = bench.again(service.client(), policy());
    let sent = service.faults.count("POST /batch/");
    let (job, facts) = bench.resume(1, true).await;
    assert_eq!(job.outcomes, whole.outcomes);
    assert!(!is_checking(&facts));
    assert_eq!(service.faults.count("POST /batch/"), sent);
    service.stop().await;
}

#[tokio::test]
async fn a_job_that_a_program_works_on_is_not_taken_up_by_another() {
    let (service, mut bench) = bench().await;
    service.files(&["a"]);
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    service
        .faults
        .add("POST /batch/", 1, Action::Hold(arrived.clone(), go.clone()));
    let mut job = bench.start(recycle(&["a"]));
    arrived.notified().await;
    assert!(bench.log.cut_off().unwrap().is_empty());
    let record = bench.log.read(job.id).unwrap().remove(0);
    assert!(record.is_held && !record.is_over());
    let mut other = mediasweep::jobs::spawn(service.client(), Some(bench.log.clone()), policy());
    let command = mediasweep::jobs::JobCommand::Resume {
        record: Box::new(record),
        goes_on: true,
    };
    other.commands.send(command).unwrap();
    let mut changes = Vec::new();
    while changes.len() < 2 {
        changes.push(other.events.recv().await.unwrap().change);
    }
    let JobChange::Aborted(failure) = &changes[1] else {
        panic!("{changes:?}");
    };
    assert!(failure.message.contains("another program"), "{failure}");
    go.notify_one();
    bench.follow(&mut job).await;
    assert_eq!(words(&job), ["recycled"]);
    service.stop().await;
}

#[tokio::test]
async fn a_halted_job_sends_nothing_until_it_goes_on() {
    let service = TestService::start().await;
    let mut settings = policy();
    settings.batch = 1;
    let mut bench = Bench::new(service.client(), settings);
    service.files(&["a", "b"]);
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    service
        .faults
        .add("POST /batch/", 1, Action::Hold(arrived.clone(), go.clone()));
    let mut job = bench.start(recycle(&["a", "b"]));
    arrived.notified().await;
    let pause = mediasweep::jobs::JobCommand::Pause(job.id);
    bench.worker.commands.send(pause).unwrap();
    while bench.fact(&mut job).await != JobChange::Paused {}
    go.notify_one();
    while job.tally.settled() == 0 {
        bench.fact(&mut job).await;
    }
    assert!(job.paused && service.has("b"));
    let go_on = mediasweep::jobs::JobCommand::GoOn(job.id);
    bench.worker.commands.send(go_on).unwrap();
    bench.follow(&mut job).await;
    assert_eq!(words(&job), ["recycled", "recycled"]);
    service.stop().await;
}

#[tokio::test]
async fn a_lost_answer_does_not_end_the_job() {
    let (service, _) = bench().await;
    let policy = Policy {
        batch: 2,
        ..policy()
    };
    let mut bench = Bench::new(service.client(), policy);
    service.files(&["a", "b", "c", "d", "e", "f"]);
    service.faults.add("POST /batch/", 1, Action::DropBefore);
    let (job, _) = bench.run(recycle(&["a", "b", "c", "d", "e", "f"])).await;
    assert_eq!(job.phase, Phase::Finished);
    assert_eq!((job.tally.recycled, job.tally.unknown), (4, 2));
    service.stop().await;
}

#[tokio::test]
async fn a_job_waits_for_a_service_that_cannot_be_reached() {
    let (service, mut bench) = bench().await;
    service.files(&["first", "a", "b"]);
    bench.run(recycle(&["first"])).await;
    // The batch; the first look in vain, and the second, each of which tries three times.
    service.faults.add_rule(Rule {
        method: None,
        path: "**".to_owned(),
        query: Vec::new(),
        when: When::Next(7),
        action: Action::DropAfter,
    });
    let (job, facts) = bench.run(recycle(&["a", "b"])).await;
    assert_eq!(words(&job), ["recycled", "recycled"]);
    let is_waiting = |fact: &&JobChange| matches!(fact, JobChange::Unreachable { .. });
    assert_eq!(facts.iter().filter(is_waiting).count(), 2, "{facts:?}");
    service.stop().await;
}
