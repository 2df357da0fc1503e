use super::*;
use crate::domain::entry::{Kind, Stamp};
use crate::domain::failure::FailureKind;

fn job(names: &[&str]) -> Job {
    let targets = names
        .iter()
        .map(|name| Target::new(RemotePath::parse(name).unwrap(), Kind::File, Some(10)))
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
            (2, Outcome::Failed(conflict.into())),
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
    assert_eq!(job.recycled().count(), 1);
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
    assert_eq!(again.at(0).path.as_str(), "b");
}

#[test]
fn a_list_gives_back_what_was_put_into_it() {
    let mut targets: Vec<Target> = (0..3000)
        .map(|number: u32| {
            let path = format!(
                "目录 {}/{}",
                number / 7,
                "片".repeat(number as usize % 90 + 1)
            );
            let kind =
                [Kind::Directory, Kind::File, Kind::Symlink, Kind::Other][number as usize % 4];
            let size = (!number.is_multiple_of(3)).then_some(u64::from(number).pow(5));
            Target::new(RemotePath::parse(&path).unwrap(), kind, size)
        })
        .collect();
    targets.push(Target::new(RemotePath::root(), Kind::Other, Some(u64::MAX)));
    targets[5].seen = Seen {
        modified: Some(Timestamp::from_nanosecond(-1_234_567_890_123).unwrap()),
        e_tag: Some("\"0f-2\"".into()),
        inode: None,
        stamp: Some(Stamp::of("a")),
    };
    targets[6].seen = Some(Stamp::of("b")).into();
    let list: Items<Target> = targets.iter().cloned().collect();
    assert_eq!(list.len(), targets.len());
    assert!(list.iter().eq(targets.iter().cloned()));
    assert!(list.iter().rev().eq(targets.iter().rev().cloned()));
    assert_eq!(list.pick(&[5]).at(0), targets[5]);
    assert_eq!(list.get(targets.len()), None);
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + seconds).unwrap()
}

#[test]
fn the_time_left_follows_the_last_half_minute() {
    let names: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
    let mut job = job(&names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(job.speed(at(0)), None);
    job.apply(at(0), JobChange::Started);
    let mut next = 0;
    let mut settle = |job: &mut Job, seconds: i64, items: usize| {
        let some = (next..next + items).map(|index| (index, Outcome::AlreadyGone));
        job.apply(at(seconds), settled(some.collect()));
        next += items;
    };
    settle(&mut job, 1, 10);
    settle(&mut job, 2, 10);
    // Two answers in two seconds are too few to tell from.
    assert_eq!(job.speed(at(2)), None);
    settle(&mut job, 3, 10);
    assert_eq!(job.speed(at(3)), Some(Speed::Going(10, 97)));
    // It has become slower: what was a minute ago no longer counts.
    for second in [20, 40, 60, 80] {
        settle(&mut job, second, 20);
    }
    assert_eq!(job.speed(at(80)), Some(Speed::Going(1, 890)));
    assert_eq!(job.speed(at(96)), Some(Speed::Waiting(16)));
    let until = at(200);
    job.apply(at(81), JobChange::Throttled { until });
    assert_eq!(
        job.speed(at(96))
            .map(|speed| matches!(speed, Speed::Waiting(_))),
        Some(false)
    );
    job.apply(at(97), JobChange::Finished);
    assert_eq!(job.speed(at(98)), None);
}

/// The outcomes of the items with even numbers.
struct Half(Vec<Outcome>);

impl Book for Half {
    fn has(&self, index: usize) -> bool {
        index.is_multiple_of(2)
    }

    fn read(&self, index: usize) -> Option<Outcome> {
        self.0.get(index).filter(|_| self.has(index)).cloned()
    }
}

#[test]
fn outcomes_are_told_again_as_they_were_with_a_book_and_without() {
    let path = RemotePath::parse("a/b").unwrap();
    let failure = |text: &str| Arc::new(Failure::new(FailureKind::Conflict, text));
    let all = vec![
        recycled("1"),
        recycled("2"),
        Outcome::Deleted,
        Outcome::Restored(None),
        Outcome::Restored(Some(path.clone())),
        Outcome::Restored(Some(path.clone())),
        Outcome::Placed(path),
        Outcome::Fetched("/tmp/a".into()),
        Outcome::There,
        Outcome::AlreadyGone,
        Outcome::Failed(failure("one")),
        Outcome::Failed(failure("other")),
        Outcome::Unknown(failure("one")),
        Outcome::Changed,
        Outcome::NotSent,
    ];
    for has_book in [false, true] {
        let mut outcomes = Outcomes::new(all.len() + 1);
        if has_book {
            outcomes = outcomes.kept_in(Arc::new(Half(all.clone())));
        }
        for (index, outcome) in all.iter().enumerate() {
            assert!(outcomes.set(index, outcome.clone()));
            assert!(!outcomes.set(index, Outcome::NotSent));
            assert_eq!(outcomes.get(index).as_ref(), Some(outcome));
            assert_eq!(outcomes.kind(index), Some(outcome.kind()));
        }
        assert!(!outcomes.set(all.len() + 1, Outcome::NotSent));
        assert_eq!(outcomes.get(all.len()), None);
        let (one, same) = (outcomes.failure(10).unwrap(), outcomes.failure(12).unwrap());
        assert!(Arc::ptr_eq(one, same));
        assert_eq!(outcomes.kinds().flatten().count(), all.len());
    }
}
