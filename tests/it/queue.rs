//! Jobs in their queue, jobs that are dropped, and several programs with one directory of logs.

use std::sync::Arc;

use mediasweep::domain::job::{Job, JobChange, JobId, JobSpec, Outcome, Phase};
use mediasweep::jobs::JobCommand;
use mediasweep::jobs::policy::Policy;
use mediasweep::server::faults::Action;
use tokio::sync::Notify;

use crate::support::{Bench, TestService, policy, targets};

fn recycle(paths: &[&str]) -> JobSpec {
    JobSpec::Recycle(targets(paths))
}

#[tokio::test]
async fn jobs_that_wait_change_places_and_run_in_their_new_order() {
    let service = TestService::start().await;
    service.files(&["a", "b", "c", "d"]);
    let mut bench = Bench::new(service.client(), policy());
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let hold = Action::Hold(Arc::clone(&arrived), Arc::clone(&go));
    service.faults.add("POST /batch/", 1, hold);
    let mut jobs: Vec<Job> = ["a", "b", "c", "d"]
        .map(|name| bench.start(recycle(&[name])))
        .into();
    arrived.notified().await;
    for command in [
        // The first one runs, the second is the first to wait, and the last has none behind it.
        JobCommand::Sooner(JobId(1)),
        JobCommand::Sooner(JobId(2)),
        JobCommand::Later(JobId(4)),
        JobCommand::Sooner(JobId(4)),
        JobCommand::Sooner(JobId(4)),
        JobCommand::Later(JobId(2)),
    ] {
        bench.worker.commands.send(command).unwrap();
    }
    let (mut moved, mut started) = (Vec::new(), Vec::new());
    while jobs.iter().any(|job| !job.is_over()) {
        let event = bench.worker.events.recv().await.unwrap();
        match event.change {
            JobChange::Ahead { of } => moved.push((event.id.0, of.0)),
            JobChange::Started => started.push(event.id.0),
            _ => {}
        }
        let at = usize::try_from(event.id.0).unwrap() - 1;
        jobs[at].apply(event.at, event.change);
        if moved.len() == 3 {
            go.notify_one();
        }
    }
    assert_eq!(moved, [(4, 3), (4, 2), (3, 2)]);
    assert_eq!(started, [1, 4, 3, 2]);
    service.stop().await;
}

#[tokio::test]
async fn a_dropped_job_ends_without_a_look_and_says_what_is_unknown() {
    let service = TestService::start().await;
    let names = ["a", "b", "c"];
    service.files(&names);
    let slow = Policy {
        batch: 1,
        ..policy()
    };
    let mut bench = Bench::new(service.client(), slow);
    bench.run(recycle(&names)).await;
    // The program was killed while the second request was on the way.
    let file = bench.dir.path().join("jobs");
    let file = std::fs::read_dir(file).unwrap().next().unwrap().unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    let second = text.match_indices("\"line\":\"request\"").nth(1).unwrap().0;
    let end = second + text[second..].find('\n').unwrap() + 1;
    std::fs::write(file.path(), &text[..end]).unwrap();
    let asked = service.faults.count("/");
    let record = Box::new(bench.log.read(JobId(1)).unwrap().remove(0));
    let mut job = record.job();
    let command = JobCommand::Drop(record);
    bench.worker.commands.send(command).unwrap();
    bench.follow(&mut job).await;
    assert_eq!(job.phase, Phase::Cancelled);
    assert!(matches!(job.outcomes.get(0), Some(Outcome::Recycled(_))));
    assert!(matches!(job.outcomes.get(1), Some(Outcome::Unknown(_))));
    assert_eq!(job.outcomes.get(2), Some(Outcome::NotSent));
    assert_eq!(service.faults.count("/"), asked);
    let record = bench.log.read(JobId(1)).unwrap().remove(0);
    assert!(record.is_over() && bench.log.cut_off().unwrap().is_empty());
    assert_eq!(record.job().tally, job.tally);
    // The list knows the same from the last line alone.
    let summary = bench.log.latest(1).unwrap().remove(0);
    assert_eq!((summary.tally, summary.items), (job.tally, 3));
    service.stop().await;
}

#[tokio::test]
async fn another_program_sees_that_a_job_is_at_work() {
    let service = TestService::start().await;
    service.files(&["a"]);
    let mut bench = Bench::new(service.client(), policy());
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let hold = Action::Hold(Arc::clone(&arrived), Arc::clone(&go));
    service.faults.add("POST /batch/", 1, hold);
    let mut job = bench.start(recycle(&["a"]));
    arrived.notified().await;
    let at_work = bench.log.held().unwrap();
    assert_eq!(at_work.len(), 1);
    assert_eq!((at_work[0].id, at_work[0].items), (job.id, 1));
    assert!(at_work[0].is_held && at_work[0].ended.is_none());
    // It may look, and gives its own job another number.
    assert_eq!(bench.log.next_id().unwrap(), JobId(2));
    assert!(bench.log.cut_off().unwrap().is_empty());
    go.notify_one();
    bench.follow(&mut job).await;
    assert!(bench.log.held().unwrap().is_empty());
    service.stop().await;
}

#[tokio::test]
async fn a_throttled_job_says_that_it_sends_fewer_at_once() {
    let service = TestService::start().await;
    service.files(&["a"]);
    let mut bench = Bench::new(
        service.client(),
        Policy {
            first_at_once: 4,
            ..Policy::default().without_pauses()
        },
    );
    service.faults.add(
        "POST /batch/",
        2,
        crate::support::instead(429, &[("retry-after", "0")], ""),
    );
    let (job, facts) = bench.run(recycle(&["a"])).await;
    let told: Vec<usize> = facts
        .iter()
        .filter_map(|fact| match fact {
            JobChange::Paced { at_once, .. } => Some(*at_once),
            _ => None,
        })
        .collect();
    assert_eq!(told[..2], [2, 1], "{facts:?}");
    assert_eq!(job.tally.recycled, 1);
    service.stop().await;
}
