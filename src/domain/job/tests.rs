use super::*;
use crate::domain::failure::FailureKind;

fn job(names: &[&str]) -> Job {
    let targets = names
        .iter()
        .map(|name| Target {
            path: RemotePath::parse(name).unwrap(),
            kind: Kind::File,
            size: Some(10),
        })
        .collect();
    Job::new(JobId(1), JobSpec::Recycle(targets))
}

fn settled(outcomes: Vec<(usize, Outcome)>) -> JobChange {
    JobChange::Settled {
        exchange: None,
        outcomes,
    }
}

fn recycled(id: &str) -> Outcome {
    Outcome::Recycled(RecycledId(id.into()))
}

#[test]
fn the_sums_always_add_up() {
    let mut job = job(&["a", "b", "c", "d"]);
    let conflict = Failure::new(FailureKind::Conflict, "held by another operation");
    job.apply(Timestamp::UNIX_EPOCH, JobChange::Started);
    job.apply(
        Timestamp::UNIX_EPOCH,
        settled(vec![
            (0, recycled("1")),
            (1, Outcome::AlreadyGone),
            (2, Outcome::Failed(conflict)),
        ]),
    );
    job.apply(Timestamp::UNIX_EPOCH, JobChange::Finished);
    assert_eq!(job.tally.settled(), 4);
    assert_eq!(
        (job.tally.done, job.tally.gone, job.tally.failed),
        (1, 1, 1)
    );
    assert_eq!(
        (
            job.tally.retryable,
            job.tally.not_sent,
            job.tally.done_bytes
        ),
        (1, 1, 10)
    );
    assert_eq!(job.phase, Phase::Finished);
}

#[test]
fn the_first_outcome_of_an_item_stands_and_the_last_word_is_the_last() {
    let mut job = job(&["a"]);
    job.apply(
        Timestamp::UNIX_EPOCH,
        settled(vec![(0, recycled("1")), (7, recycled("9"))]),
    );
    job.apply(
        Timestamp::UNIX_EPOCH,
        settled(vec![(0, Outcome::AlreadyGone)]),
    );
    job.apply(Timestamp::UNIX_EPOCH, JobChange::Finished);
    let late = Failure::new(FailureKind::Internal, "too late");
    job.apply(Timestamp::UNIX_EPOCH, JobChange::Aborted(late));
    assert_eq!(job.phase, Phase::Finished);
    assert_eq!(job.recycled().len(), 1);
}

#[test]
fn a_stopped_job_says_what_was_never_sent_and_retries_just_that() {
    let mut job = job(&["a", "b"]);
    job.apply(Timestamp::UNIX_EPOCH, JobChange::Started);
    job.apply(Timestamp::UNIX_EPOCH, JobChange::Cancelling);
    job.apply(Timestamp::UNIX_EPOCH, settled(vec![(0, recycled("1"))]));
    job.apply(Timestamp::UNIX_EPOCH, JobChange::Finished);
    assert_eq!(job.phase, Phase::Cancelled);
    let Some(JobSpec::Recycle(again)) = job.retry() else {
        panic!("nothing to retry")
    };
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].path.as_str(), "b");
}
