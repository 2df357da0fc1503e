//! `mv` and `cp`, as jobs and as a user types them; and what undoes jobs of every kind.

use std::process::{Command, Stdio};

use mediasweep::domain::conflict::Strategy;
use mediasweep::domain::job::{Job, JobSpec, Outcome, Relocation};
use mediasweep::server::TaskRule;
use mediasweep::server::faults::Action;
use serde_json::{Value, json};

use crate::support::{Bench, SECRET, TestService, edit, instead, path, policy, targets};

fn relocations(pairs: &[(&str, &str)], strategy: Strategy) -> Vec<Relocation> {
    let relocation = |(from, to): &(&str, &str)| Relocation {
        from: path(from),
        to: path(to),
        strategy,
        size: None,
    };
    pairs.iter().map(relocation).collect()
}

fn moves(pairs: &[(&str, &str)]) -> JobSpec {
    JobSpec::Move(relocations(pairs, Strategy::Ask).into())
}

fn copies(pairs: &[(&str, &str)]) -> JobSpec {
    JobSpec::Copy(relocations(pairs, Strategy::Ask).into())
}

fn placed(at: &str) -> Outcome {
    Outcome::Placed(path(at))
}

/// Status and code of what failed or is unknown.
fn code(job: &Job, index: usize) -> Option<String> {
    match job.outcomes.get(index) {
        Some(Outcome::Failed(failure)) => failure.code.as_ref().map(ToString::to_string),
        _ => None,
    }
}

#[tokio::test]
async fn entries_are_moved_and_moved_back() {
    for tasks in [TaskRule::Never, TaskRule::Always] {
        let service = TestService::with(|config| config.tasks = tasks).await;
        service.files(&["原始/a.mov", "原始/day/b.mov", "taken", "there/c", "c"]);
        let mut bench = Bench::new(service.client(), policy());
        let spec = moves(&[
            ("原始/a.mov", "新/a.mov"),
            ("原始/day", "新/day"),
            ("gone", "新/gone"),
            ("c", "there/c"),
        ]);
        let (job, _) = bench.run(spec).await;
        assert_eq!(
            [job.outcomes.get(0), job.outcomes.get(1)],
            [Some(placed("新/a.mov")), Some(placed("新/day"))]
        );
        assert_eq!(job.outcomes.get(2), Some(Outcome::AlreadyGone));
        assert_eq!(
            code(&job, 3).as_deref(),
            Some("SameNameDirectoryOrFileExists")
        );
        assert!(job.has_trouble());
        assert!(service.has("新/day/b.mov") && !service.has("原始/a.mov"));

        // The directory of old is gone, and one of the old names is taken.
        std::fs::remove_dir(service.root.path().join("原始")).unwrap();
        service.files(&["原始/day/other"]);
        std::fs::remove_dir_all(service.root.path().join("原始")).unwrap();
        let (undone, _) = bench.run(job.undo(None).unwrap()).await;
        assert_eq!(
            undone.outcomes,
            [Some(placed("原始/day")), Some(placed("原始/a.mov"))]
        );
        assert!(service.has("原始/day/b.mov") && service.has("原始/a.mov"));

        // And an undo of the undo.
        service.files(&["新/a.mov"]);
        let (again, _) = bench.run(undone.undo(None).unwrap()).await;
        assert_eq!(
            code(&again, 0).as_deref(),
            Some("SameNameDirectoryOrFileExists")
        );
        assert_eq!(again.outcomes.get(1), Some(placed("新/day")));
        service.stop().await;
    }
}

#[tokio::test]
async fn a_taken_name_is_kept_by_both_or_replaced_as_was_said() {
    let service = TestService::start().await;
    service.files(&["a", "b", "d/a", "d/b"]);
    let mut bench = Bench::new(service.client(), policy());
    let both = relocations(&[("a", "d/a")], Strategy::Rename);
    let (job, _) = bench.run(JobSpec::Copy(both.into())).await;
    assert_eq!(job.outcomes, [Some(placed("d/a (1)"))]);
    let one = relocations(&[("b", "d/b")], Strategy::Overwrite);
    let (job, _) = bench.run(JobSpec::Move(one.into())).await;
    assert_eq!(job.outcomes, [Some(placed("d/b"))]);
    assert!(service.has("a") && service.has("d/a (1)") && !service.has("b"));
    service.stop().await;
}

#[tokio::test]
async fn copies_are_undone_by_recycling_them_and_that_by_putting_them_back() {
    let service = TestService::start().await;
    service.files(&["a", "dir/x"]);
    let mut bench = Bench::new(service.client(), policy());
    let (copied, _) = bench.run(copies(&[("a", "b"), ("dir", "dir2")])).await;
    assert_eq!(copied.outcomes, [Some(placed("b")), Some(placed("dir2"))]);
    let (recycled, _) = bench.run(copied.undo(None).unwrap()).await;
    assert!(!service.has("b") && !service.has("dir2") && service.has("dir/x"));
    let (back, _) = bench.run(recycled.undo(None).unwrap()).await;
    assert!(service.has("b") && service.has("dir2/x"));
    let (recycled, _) = bench.run(back.undo(None).unwrap()).await;
    assert_eq!(recycled.tally.recycled, 2);
    assert!(!service.has("b") && !service.has("dir2"));
    service.stop().await;
}

#[tokio::test]
async fn a_move_without_a_clear_answer_is_looked_for() {
    let service = TestService::start().await;
    service.files(&["a", "b", "c", "d"]);
    let mut bench = Bench::new(service.client(), policy());
    service.faults.add("POST /batch/", 1, Action::DropAfter);
    let (job, _) = bench.run(moves(&[("a", "a2"), ("gone", "g")])).await;
    assert_eq!(job.outcomes.get(0), Some(placed("a2")));
    assert!(
        matches!(job.outcomes.get(1), Some(Outcome::Unknown(_))),
        "{job:?}"
    );

    service.faults.add("POST /batch/", 1, Action::DropBefore);
    let (job, _) = bench.run(moves(&[("b", "b2")])).await;
    assert!(
        matches!(job.outcomes.get(0), Some(Outcome::Unknown(_))),
        "{job:?}"
    );
    assert!(service.has("b"));

    // What the answer does not mention is looked for as well, in whatever order the rest comes.
    let incomplete = edit(|answer: &mut Value| {
        let results = answer["result"].as_array_mut().unwrap();
        results.remove(0);
        results.reverse();
    });
    service.faults.add("POST /batch/", 1, incomplete);
    let spec = moves(&[("b", "b2"), ("c", "c2"), ("d", "d2")]);
    let (job, _) = bench.run(spec).await;
    assert_eq!(
        job.outcomes,
        [Some(placed("b2")), Some(placed("c2")), Some(placed("d2"))]
    );
    service.stop().await;
}

#[tokio::test]
async fn a_lost_copy_is_never_called_a_success() {
    let service = TestService::start().await;
    service.files(&["a", "b"]);
    let mut bench = Bench::new(service.client(), policy());
    service.faults.add("POST /batch/", 1, Action::DropAfter);
    let (job, _) = bench.run(copies(&[("a", "a2")])).await;
    assert!(
        matches!(job.outcomes.get(0), Some(Outcome::Unknown(_))),
        "{job:?}"
    );
    assert!(job.retry().is_none() && service.has("a2"));
    service.stop().await;
}

#[tokio::test]
async fn what_is_put_back_finds_its_directory_made_again() {
    let service = TestService::start().await;
    service.files(&["a/b/c", "a/b/d"]);
    let mut bench = Bench::new(service.client(), policy());
    let (job, _) = bench
        .run(JobSpec::Recycle(targets(&["a/b/c", "a/b/d"])))
        .await;
    assert_eq!(job.tally.recycled, 2);
    std::fs::remove_dir_all(service.root.path().join("a")).unwrap();
    // The first answer is that of a service which does not make the directories by itself.
    let refused: Vec<Value> = job
        .recycled()
        .map(|item| json!({ "status": 404, "code": "DirectoryNotFound", "recycledItemId": item.id.0 }))
        .collect();
    let refusal = instead(207, &[], &json!({ "result": refused }).to_string());
    service.faults.add("POST /recycled/ restore", 1, refusal);
    let (back, _) = bench.run(job.undo(None).unwrap()).await;
    assert_eq!(back.tally.done, 2, "{back:?}");
    assert!(service.has("a/b/c") && service.has("a/b/d"));
    assert_eq!(service.faults.count("PUT /directory/"), 1);
    assert_eq!(service.faults.count("POST /recycled/"), 2);
    service.stop().await;
}

struct Run {
    code: i32,
    out: String,
    err: String,
}

async fn mediasweep(service: &TestService, home: &std::path::Path, args: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mediasweep"));
    command
        .args(args)
        .args(["--url", &service.url, "--library", "lib"])
        .env("MEDIASWEEP_HOME", home)
        .env("MEDIASWEEP_SECRET", SECRET)
        .env_remove("MEDIASWEEP_PROFILE")
        .stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output());
    let output = output.await.unwrap().unwrap();
    Run {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[tokio::test]
async fn mv_and_cp_do_what_their_names_promise_and_are_undone() {
    let service = TestService::start().await;
    service.files(&["a.mov", "b.mov", "dir/x", "dir/a.mov"]);
    let home = tempfile::tempdir().unwrap();
    let run = async |args: &[&str]| mediasweep(&service, home.path(), args).await;

    let renamed = run(&["mv", "a.mov", "第一.mov"]).await;
    assert_eq!(renamed.code, 0, "{}", renamed.err);
    assert_eq!(
        renamed.out,
        "job 1: 1 item moved; to undo: mediasweep jobs undo 1 (and the same library)\n"
    );
    assert!(service.has("第一.mov") && !service.has("a.mov"));
    assert_eq!(run(&["jobs", "undo", "1"]).await.code, 0);
    assert!(service.has("a.mov"));

    let clash = run(&["cp", "a.mov", "b.mov", "dir", "--json"]).await;
    assert_eq!(clash.code, 3);
    let lines: Vec<Value> = clash
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["outcome"], "failed");
    assert_eq!(lines[0]["code"], "SameNameDirectoryOrFileExists");
    assert_eq!(lines[1]["placed_at"], "dir/b.mov");
    let both = run(&["cp", "a.mov", "dir", "--on-clash", "rename"]).await;
    assert!(
        both.out.starts_with("/a.mov is now /dir/a (1).mov\n"),
        "{}",
        both.out
    );

    for wrong in [
        ["mv", "a.mov", "nowhere/"].as_slice(),
        &["mv", "a.mov", "b.mov", "nowhere"],
        &["mv", "dir", "dir"],
        &["mv", "/", "dir"],
    ] {
        let run = run(wrong).await;
        assert_eq!(run.code, 2, "{wrong:?}: {}", run.err);
        assert!(run.err.contains("nothing was changed"), "{}", run.err);
    }
    let limited = run(&["mv", "a.mov", "b.mov", "dir", "--max-items", "1"]).await;
    assert_eq!(limited.code, 4);
    assert_eq!(run(&["mv", "gone", "here"]).await.code, 3);
    service.stop().await;
}

#[tokio::test]
async fn what_comes_back_meets_a_taken_name_as_was_said() {
    let service = TestService::start().await;
    let mut bench = Bench::new(service.client(), policy());
    for (strategy, names) in [
        (Strategy::Rename, ["a", "a (1)"].as_slice()),
        (Strategy::Ask, &["a"]),
        (Strategy::Overwrite, &["a"]),
    ] {
        service.files(&["d/a", "d/free"]);
        let (job, _) = bench
            .run(JobSpec::Recycle(targets(&["d/a", "d/free"])))
            .await;
        std::fs::create_dir_all(service.root.path().join("d")).unwrap();
        std::fs::write(service.root.path().join("d/a"), "new").unwrap();
        let (back, _) = bench
            .run(JobSpec::Restore(job.recycled().collect(), strategy))
            .await;
        let is_new = std::fs::read(service.root.path().join("d/a")).unwrap() == b"new";
        assert!(service.has("d/free"));
        let mut there: Vec<String> = std::fs::read_dir(service.root.path().join("d"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "free")
            .collect();
        there.sort();
        assert_eq!(there, names, "{strategy:?}");
        assert_eq!(is_new, strategy != Strategy::Overwrite);
        let failed = usize::from(strategy == Strategy::Ask);
        assert_eq!((back.tally.done, back.tally.failed), (2 - failed, failed));
        let log = bench.log.read(back.id).unwrap().remove(0);
        assert_eq!(log.spec, back.spec);
        std::fs::remove_dir_all(service.root.path().join("d")).unwrap();
    }
    service.stop().await;
}
