//! Files up and down and folders as jobs of the worker: booked one by one, and gone on with.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mediasweep::domain::conflict::Strategy;
use mediasweep::domain::failure::FailureKind;
use mediasweep::domain::job::{JobId, JobKind, JobSpec, Outcome, Outcomes, Phase, Transfer};
use mediasweep::jobs::log::word;
use mediasweep::jobs::policy::Policy;
use mediasweep::jobs::{JobCommand, past};
use mediasweep::server::faults::{Action, Rule, When};
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::support::{Bench, TestService, instead, path, policy};

const MIB: usize = 1 << 20;

fn in_parts() -> Policy {
    let mut policy = policy();
    policy.transfer.parts_from = 2 * MIB as u64;
    policy.transfer.part_size = MIB as u64;
    policy.transfer.parts_at_once = 1;
    policy
}

/// A folder of this machine and what is to become of what is in it.
struct Local(TempDir);

impl Local {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        fs::create_dir_all(self.at(name).parent().unwrap()).unwrap();
        fs::write(self.at(name), bytes).unwrap();
    }

    /// Names that end in `/` are folders.
    fn items(&self, names: &[&str]) -> Vec<Transfer> {
        let item = |name: &&str| Transfer {
            local: self.at(name.trim_end_matches('/')).to_str().unwrap().into(),
            remote: path(name.trim_end_matches('/')),
            is_directory: name.ends_with('/'),
            strategy: Strategy::Ask,
            size: fs::metadata(self.at(name)).ok().map(|there| there.len()),
        };
        names.iter().map(item).collect()
    }
}

fn content(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| u8::try_from(at * 7 % 251).unwrap())
        .collect()
}

fn words(outcomes: &Outcomes) -> Vec<&'static str> {
    let words = outcomes.iter().map(|outcome| outcome.as_ref().map(word));
    words.map(|word| word.unwrap_or("open")).collect()
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}

#[tokio::test]
async fn files_go_up_in_their_folders_and_what_was_sent_can_be_undone() {
    let service = TestService::start().await;
    let local = Local::new();
    for name in ["新/a.mov", "新/b.mov", "same", "taken"] {
        local.put(name, name.as_bytes());
    }
    fs::write(service.root.path().join("same"), "same").unwrap();
    fs::write(service.root.path().join("taken"), "by something else").unwrap();
    let mut bench = Bench::new(service.client(), in_parts());
    let names = ["新/", "新/a.mov", "新/b.mov", "same", "taken", "gone"];
    let (job, facts) = bench.run(JobSpec::Upload(local.items(&names).into())).await;
    let ends = ["placed", "placed", "placed", "there", "failed", "failed"];
    assert_eq!(words(&job.outcomes), ends);
    assert_eq!(
        read(&service.root.path().join("新/a.mov")),
        "新/a.mov".as_bytes()
    );
    assert_eq!(
        read(&service.root.path().join("taken")),
        b"by something else"
    );
    assert_eq!((job.tally.done, job.tally.failed), (4, 2));
    let bytes = 2 * "新/a.mov".len() as u64;
    assert!(job.carried >= bytes, "{facts:?}");
    // The log tells the same.
    let record = bench.log.read(job.id).unwrap().remove(0);
    assert_eq!((&record.spec, &record.outcomes), (&job.spec, &job.outcomes));

    // What was there before stays, and so does the folder.
    let undo = past::undoing(Some(&bench.log), &service.client(), (job.id, None), None).await;
    let undo = undo.unwrap();
    assert_eq!((undo.kind(), undo.len()), (JobKind::Recycle, 2));
    bench.run(undo).await;
    assert!(!service.has("新/a.mov") && service.has("新") && service.has("same"));
}

#[tokio::test]
async fn files_come_down_in_their_folders() {
    let service = TestService::start().await;
    let local = Local::new();
    service.files(&["d/a.mov", "same", "taken"]);
    fs::copy(service.root.path().join("same"), local.at("same")).unwrap();
    local.put("taken", b"by something else");
    let mut bench = Bench::new(service.client(), policy());
    let names = ["d/", "d/a.mov", "same", "taken", "gone"];
    let (job, _) = bench
        .run(JobSpec::Download(local.items(&names).into()))
        .await;
    let ends = ["fetched", "fetched", "there", "failed", "failed"];
    assert_eq!(words(&job.outcomes), ends);
    let Some(Outcome::Failed(failure)) = job.outcomes.get(4) else {
        panic!()
    };
    assert_eq!(failure.kind, FailureKind::Absent);
    assert_eq!(
        read(&local.at("d/a.mov")),
        read(&service.root.path().join("d/a.mov"))
    );
    assert_eq!(read(&local.at("taken")), b"by something else");
    let record = bench.log.read(job.id).unwrap().remove(0);
    assert_eq!((&record.spec, &record.outcomes), (&job.spec, &job.outcomes));
}

#[tokio::test]
async fn folders_are_made_once() {
    let service = TestService::start().await;
    service.files(&["there/x", "file"]);
    let mut bench = Bench::new(service.client(), policy());
    let paths = ["new", "new/新", "there", "file"].map(path);
    let (job, _) = bench
        .run(JobSpec::MakeFolders(paths.into_iter().collect()))
        .await;
    assert_eq!(
        words(&job.outcomes),
        ["placed", "placed", "there", "failed"]
    );
    assert!(service.root.path().join("new/新").is_dir());
}

#[tokio::test]
async fn an_upload_that_was_cut_off_goes_on_with_the_parts_that_are_missing() {
    let service = TestService::start().await;
    let local = Local::new();
    local.put("small", b"small");
    local.put("film.mov", &content(5 * MIB));
    local.put("later", b"later");
    let mut bench = Bench::new(service.client(), in_parts());
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let faults = &service.faults;
    // The third part of the film.
    faults.add_rule(Rule {
        method: Some("PUT".into()),
        path: "/cos/**".into(),
        query: Vec::new(),
        when: When::Nth(4),
        action: Action::Hold(Arc::clone(&arrived), Arc::clone(&go)),
    });
    let names = ["small", "film.mov", "later"];
    bench.start(JobSpec::Upload(local.items(&names).into()));
    arrived.notified().await;
    // The program ends; what was on the way stays in the log.
    bench.leave().await;
    go.notify_one();
    let record = bench.log.read(JobId(1)).unwrap().remove(0);
    assert!(!record.is_over());
    assert_eq!(words(&record.outcomes), ["placed", "open", "open"]);

    let mut bench = bench.again(service.client(), in_parts());
    let (job, _) = bench.resume(1, true).await;
    assert_eq!(words(&job.outcomes), ["placed"; 3]);
    assert_eq!(
        read(&service.root.path().join("film.mov")),
        content(5 * MIB)
    );
    // The two parts that had arrived were not sent again, and the upload was begun once.
    assert_eq!(faults.count("PUT /cos/ partNumber="), 6);
    assert_eq!(faults.count("POST multipart"), 1);
}

#[tokio::test]
async fn a_file_that_had_arrived_when_the_program_was_killed_is_not_sent_again() {
    let service = TestService::start().await;
    let local = Local::new();
    for name in ["a", "b", "c"] {
        local.put(name, name.as_bytes());
    }
    let mut bench = Bench::new(service.client(), policy());
    let spec = JobSpec::Upload(local.items(&["a", "b", "c"]).into());
    for goes_on in [true, false] {
        let (job, _) = bench.run(spec.clone()).await;
        let ends = if goes_on { "placed" } else { "there" };
        assert_eq!(words(&job.outcomes), [ends; 3]);
        // The log ends where the second file was about to go.
        let mut files: Vec<PathBuf> = fs::read_dir(bench.dir.path().join("jobs"))
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|file| file.extension().is_some_and(|end| end == "jsonl"))
            .collect();
        files.sort();
        let file = files.pop().unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let second = text.match_indices("\"line\":\"request\"").nth(1).unwrap().0;
        let end = second + text[second..].find('\n').unwrap() + 1;
        fs::write(&file, &text[..end]).unwrap();
        let sent = service.faults.count("PUT /cos/");
        let (taken_up, _) = bench.resume(job.id.0, goes_on).await;
        // The first is booked; the second was on its way and is there.
        assert_eq!(words(&taken_up.outcomes)[..2], [ends, "placed"]);
        let last = if goes_on { "there" } else { "not-sent" };
        assert_eq!(words(&taken_up.outcomes)[2], last);
        assert_eq!(service.faults.count("PUT /cos/"), sent);
    }
}

#[tokio::test]
async fn a_halted_transfer_sends_nothing_and_goes_on_where_it_was() {
    let service = TestService::start().await;
    let local = Local::new();
    local.put("film.mov", &content(4 * MIB));
    let mut bench = Bench::new(service.client(), in_parts());
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let hold = Action::Hold(Arc::clone(&arrived), Arc::clone(&go));
    service.faults.add_outside("PUT", "/cos/**", 1, hold);
    let mut job = bench.start(JobSpec::Upload(local.items(&["film.mov"]).into()));
    arrived.notified().await;
    bench
        .worker
        .commands
        .send(JobCommand::Pause(job.id))
        .unwrap();
    while !job.paused {
        bench.fact(&mut job).await;
    }
    go.notify_one();
    bench
        .worker
        .commands
        .send(JobCommand::GoOn(job.id))
        .unwrap();
    bench.follow(&mut job).await;
    assert_eq!(words(&job.outcomes), ["placed"]);
    assert_eq!(
        read(&service.root.path().join("film.mov")),
        content(4 * MIB)
    );
    assert_eq!(service.faults.count("POST multipart"), 1);
}

#[tokio::test]
async fn a_stopped_transfer_leaves_the_rest_and_a_lost_right_ends_it() {
    let service = TestService::start().await;
    let local = Local::new();
    for name in ["a", "b", "c"] {
        local.put(name, name.as_bytes());
    }
    let slow = Policy {
        at_once: 1,
        ..in_parts()
    };
    let mut bench = Bench::new(service.client(), slow);
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let hold = Action::Hold(Arc::clone(&arrived), Arc::clone(&go));
    service.faults.add_outside("PUT", "/cos/**", 1, hold);
    let mut job = bench.start(JobSpec::Upload(local.items(&["a", "b", "c"]).into()));
    arrived.notified().await;
    bench.cancel(&job);
    while !job.cancelling {
        bench.fact(&mut job).await;
    }
    bench.follow(&mut job).await;
    go.notify_one();
    assert_eq!(job.phase, Phase::Cancelled);
    assert_eq!(words(&job.outcomes), ["not-sent"; 3]);

    let refused = r#"{"code":"WriteForbidden","message":"No."}"#;
    let refused = instead(403, &[], refused);
    service.faults.add("PUT /file/", 1, refused);
    let (job, _) = bench
        .run(JobSpec::Upload(local.items(&["a", "b", "c"]).into()))
        .await;
    assert!(matches!(job.phase, Phase::Aborted(_)));
    assert_eq!(words(&job.outcomes), ["failed", "not-sent", "not-sent"]);
}
