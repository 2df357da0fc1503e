//! What the logs and the bin tell of past jobs, and what can still be undone of them.

use mediasweep::client::Client;
use mediasweep::domain::conflict::Strategy;
use mediasweep::domain::failure::FailureKind;
use mediasweep::domain::job::{
    Job, JobChange, JobId, JobKind, JobSpec, NoWayBack, Outcome, PastJob, Recycled, Relocation,
};
use mediasweep::jobs::{JobCommand, past};
use mediasweep::server::TaskRule;

use crate::support::{Bench, TestService, path, policy, targets};

fn recycle(paths: &[&str]) -> JobSpec {
    JobSpec::Recycle(targets(paths))
}

fn relocate(from: &str, to: &str) -> Relocation {
    Relocation {
        from: path(from),
        to: path(to),
        strategy: Strategy::Ask,
        size: None,
    }
}

async fn history(service: &TestService, bench: &Bench) -> Vec<PastJob> {
    let jobs = past::history(&bench.log, &service.client()).await;
    jobs.unwrap()
}

/// What undoing each job would do, oldest first: to how many items, or why not.
fn ways(jobs: &[PastJob]) -> Vec<Result<(JobKind, usize), NoWayBack>> {
    let ways = jobs.iter().rev();
    ways.map(|job| job.undo.map(|way| (way.kind, way.items)))
        .collect()
}

async fn undo(service: &TestService, bench: &Bench, id: u64) -> Option<JobSpec> {
    let job = (JobId(id), None);
    let undone = past::undoing(Some(&bench.log), &service.client(), job, None).await;
    undone.ok()
}

#[tokio::test]
async fn each_job_says_what_is_left_to_undo() {
    let service = TestService::start().await;
    service.files(&["a", "b", "c", "d", "e", "f", "g", "h"]);
    let mut bench = Bench::new(service.client(), policy());
    let (first, _) = bench.run(recycle(&["a", "b", "c"])).await;
    bench.run(JobSpec::DeleteForever(targets(&["d"]))).await;
    let moves = vec![relocate("e", "new/e"), relocate("f", "new/f")];
    bench.run(JobSpec::Move(moves.into())).await;
    bench
        .run(JobSpec::Copy(vec![relocate("g", "copy of g")].into()))
        .await;
    bench.run(recycle(&["not there"])).await;
    let jobs = history(&service, &bench).await;
    assert_eq!(
        ways(&jobs),
        [
            Ok((JobKind::Restore, 3)),
            Err(NoWayBack::Final),
            Ok((JobKind::Move, 2)),
            Ok((JobKind::Recycle, 1)),
            Err(NoWayBack::NothingDone),
        ]
    );
    assert!(jobs[4].undo.unwrap().is_seen);
    assert_eq!(jobs[4].tally.recycled, 3);

    // One comes back by a job, one leaves the bin without one, and one that was moved is recycled.
    let items: Vec<Recycled> = first.recycled().collect();
    bench
        .run(JobSpec::Restore(
            vec![items[0].clone()].into(),
            Strategy::Rename,
        ))
        .await;
    let purged = service.client().purge_batch(&[items[1].id.clone()]).await;
    purged.unwrap();
    bench.run(recycle(&["new/e"])).await;
    let jobs = history(&service, &bench).await;
    assert_eq!(
        ways(&jobs),
        [
            Ok((JobKind::Restore, 1)),
            Err(NoWayBack::Final),
            Ok((JobKind::Move, 1)),
            Ok((JobKind::Recycle, 1)),
            Err(NoWayBack::NothingDone),
            Ok((JobKind::Recycle, 1)),
            Ok((JobKind::Restore, 1)),
        ]
    );

    // Undone exactly as far as that.
    for id in [1, 3, 4] {
        let spec = undo(&service, &bench, id).await.unwrap();
        let (undone, _) = bench.run(spec).await;
        assert!(!undone.has_trouble(), "{:?}", undone.outcomes);
    }
    assert!(service.has("a") && service.has("c") && service.has("f"));
    assert!(!service.has("b") && !service.has("e") && !service.has("copy of g"));
    let jobs = history(&service, &bench).await;
    for id in [1, 3, 4] {
        assert_eq!(jobs[jobs.len() - id].undo, Err(NoWayBack::NothingLeft));
    }

    // The undoing of an undoing: what was moved back is moved again, and what was put back goes.
    let spec = undo(&service, &bench, 9).await.unwrap();
    assert_eq!(spec.kind(), JobKind::Move);
    bench.run(spec).await;
    assert!(service.has("new/f"));
    let spec = undo(&service, &bench, 8).await.unwrap();
    assert_eq!((spec.kind(), spec.len()), (JobKind::Recycle, 1));
    assert_eq!(spec.path(0), path("c"));
    assert!(undo(&service, &bench, 1).await.is_none());
    assert!(undo(&service, &bench, 99).await.is_none());
}

#[tokio::test]
async fn the_list_is_that_of_the_library_and_no_longer_than_fifty() {
    let service = TestService::start().await;
    let mut bench = Bench::new(service.client(), policy());
    for number in 0..past::REMEMBERED + 3 {
        let name = format!("f{number}");
        service.files(&[&name]);
        bench.run(recycle(&[&name])).await;
    }
    let jobs = history(&service, &bench).await;
    assert_eq!(jobs.len(), past::REMEMBERED);
    assert_eq!(jobs[0].id, JobId(53));
    assert!(
        ways(&jobs)
            .iter()
            .all(|way| *way == Ok((JobKind::Restore, 1)))
    );

    let mut settings = service.settings();
    settings.library = "other".into();
    let other = Client::new(settings).unwrap();
    let jobs = past::history(&bench.log, &other).await;
    assert_eq!(jobs.unwrap(), []);
    let refused = past::undoing(Some(&bench.log), &other, (JobId(53), None), None).await;
    assert_eq!(refused.unwrap_err().kind, FailureKind::Refused);
}

#[tokio::test]
async fn a_job_that_was_cut_off_is_not_undone_and_one_at_work_neither() {
    let service = TestService::with(|config| config.tasks = TaskRule::Always).await;
    service.files(&["a", "b"]);
    let mut bench = Bench::new(service.client(), policy());
    let mut job = bench.start(recycle(&["a", "b"]));
    while !matches!(bench.fact(&mut job).await, JobChange::Waiting { .. }) {}
    let jobs = history(&service, &bench).await;
    assert_eq!(ways(&jobs), [Err(NoWayBack::AtWork)]);
    bench.leave().await;
    let jobs = history(&service, &bench).await;
    assert_eq!(ways(&jobs), [Err(NoWayBack::CutOff)]);
}

#[tokio::test]
async fn what_is_no_longer_as_the_job_has_left_it_is_not_moved_back() {
    let service = TestService::start().await;
    service.files(&["a", "b"]);
    let mut bench = Bench::new(service.client(), policy());
    let moves = ["a", "b"].map(|name| Relocation {
        size: Some(service.root.path().join(name).metadata().unwrap().len()),
        ..relocate(name, &format!("new/{name}"))
    });
    bench.run(JobSpec::Move(moves.into_iter().collect())).await;
    std::fs::write(service.root.path().join("new/b"), "something else by now").unwrap();
    let spec = undo(&service, &bench, 1).await.unwrap();
    bench
        .worker
        .commands
        .send(JobCommand::Undo(JobId(2), spec.clone()))
        .unwrap();
    let mut job = Job::new(JobId(2), spec);
    bench.follow(&mut job).await;
    // In reverse.
    assert_eq!(
        job.outcomes,
        [Some(Outcome::Changed), Some(Outcome::Placed(path("a")))]
    );
    assert!(service.has("a") && service.has("new/b") && !service.has("b"));
}
