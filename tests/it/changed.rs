//! Entries that are no longer what was chosen, and jobs that look before they send.

use std::io::Write as _;
use std::time::{Duration, SystemTime};

use mediasweep::domain::conflict::Strategy;
use mediasweep::domain::job::{
    Items, JobChange, JobSpec, Outcome, Phase, Relocation, Seen, Target,
};
use mediasweep::domain::marks::Marks;
use mediasweep::domain::order::Order;
use mediasweep::domain::path::RemotePath;
use mediasweep::domain::plan::Plan;
use mediasweep::jobs::log::word;
use mediasweep::jobs::policy::Policy;
use mediasweep::server::faults::Action;

use crate::support::{Bench, TestService, instead, path, policy};

/// Entries with all that the service says about them now.
async fn chosen(service: &TestService, names: &[&str]) -> Vec<Target> {
    let client = service.client();
    let mut targets = Vec::new();
    for name in names {
        let now = client.details(&path(name)).await.unwrap().unwrap();
        targets.push(Target {
            path: path(name),
            kind: now.entry.kind,
            size: now.entry.size,
            seen: Seen {
                modified: now.entry.modified,
                e_tag: now.e_tag.map(Into::into),
                inode: now.inode.map(Into::into),
                stamp: None,
            },
        });
    }
    targets
}

fn looking() -> Policy {
    Policy {
        check_first: true,
        ..policy()
    }
}

#[tokio::test]
async fn what_has_changed_since_it_was_chosen_is_left_out() {
    let service = TestService::start().await;
    let names = ["same", "longer", "tagged", "replaced", "gone", "dir"];
    service.files(&names[..5]);
    service.files(&["dir/inside"]);
    let mut targets = chosen(&service, &names).await;
    service.files(&["dir/new"]);
    let root = service.root.path();
    std::fs::write(root.join("longer"), "longer than it was").unwrap();
    targets[2].seen.e_tag = Some("\"of another content\"".into());
    std::fs::remove_file(root.join("replaced")).unwrap();
    std::fs::create_dir(root.join("replaced")).unwrap();
    std::fs::remove_file(root.join("gone")).unwrap();
    let mut bench = Bench::new(service.client(), looking());
    let (job, _) = bench.run(JobSpec::Recycle(targets.into())).await;
    let words = job.outcomes.iter().flatten().map(|end| word(&end));
    let wanted = [
        "recycled",
        "changed",
        "changed",
        "changed",
        "already-gone",
        "recycled",
    ];
    assert!(words.eq(wanted), "{:?}", job.outcomes);
    assert!(service.has("longer") && service.has("tagged") && service.has("replaced"));
    assert_eq!(job.tally.settled(), job.spec.len());
    assert!(job.has_trouble());
    // The log says the same, and nothing of it is sent again by itself.
    let record = bench.log.read(job.id).unwrap().remove(0);
    assert_eq!(record.outcomes, job.outcomes);
    assert_eq!(record.spec, job.spec);
    assert!(job.retry().is_none());
    service.stop().await;
}

#[tokio::test]
async fn a_look_that_fails_sends_nothing_and_is_tried_again() {
    let service = TestService::start().await;
    service.files(&["a"]);
    let targets: Items<Target> = chosen(&service, &["a"]).await.into();
    let mut bench = Bench::new(service.client(), looking());
    // The client tries three times by itself.
    service.faults.add("GET /directory/", 3, Action::DropBefore);
    let (job, facts) = bench.run(JobSpec::Recycle(targets.clone())).await;
    assert_eq!(job.tally.recycled, 1);
    let is_waiting = |fact: &JobChange| matches!(fact, JobChange::Unreachable { .. });
    assert!(facts.iter().any(is_waiting), "{facts:?}");
    service.files(&["a"]);
    let refusal = instead(403, &[], r#"{"code":"NoPermission","message":"no"}"#);
    service.faults.add("GET /directory/", 1, refusal);
    let sent = service.faults.count("POST /batch/");
    let (job, _) = bench.run(JobSpec::Recycle(targets)).await;
    assert!(matches!(job.phase, Phase::Aborted(_)), "{:?}", job.phase);
    assert_eq!(job.outcomes, [Some(Outcome::NotSent)]);
    assert_eq!(service.faults.count("POST /batch/"), sent);
    service.stop().await;
}

#[tokio::test]
async fn a_move_is_undone_only_where_it_still_is_what_was_moved() {
    let service = TestService::start().await;
    service.files(&["a", "b"]);
    let size = |name: &str| Some(name.len() as u64);
    let moves = ["a", "b"].map(|name| Relocation {
        from: path(name),
        to: path(&format!("new/{name}")),
        strategy: Strategy::Ask,
        size: size(name),
    });
    let mut bench = Bench::new(service.client(), looking());
    let (job, _) = bench.run(JobSpec::Move(moves.to_vec().into())).await;
    assert_eq!(job.tally.done, 2, "{:?}", job.outcomes);
    std::fs::write(service.root.path().join("new/b"), "another one").unwrap();
    let (back, _) = bench.run(job.undo(None).unwrap()).await;
    assert_eq!(back.outcomes.get(0), Some(Outcome::Changed));
    assert!(service.has("a") && service.has("new/b") && !service.has("b"));
    // A name that is taken by now: as was said.
    service.files(&["new/a"]);
    let (again, _) = bench.run(back.undo(Some(Strategy::Rename)).unwrap()).await;
    assert_eq!(again.tally.done, 1, "{:?}", again.outcomes);
    assert!(service.has("new/a (1)"));
    service.stop().await;
}

#[tokio::test]
async fn what_was_replaced_by_as_many_bytes_since_it_was_marked_is_left_out() {
    let service = TestService::start().await;
    service.files(&["same", "replaced", "dir/inside"]);
    let (client, here) = (service.client(), RemotePath::root());
    let page = client.list(&here, Order::default(), None, 100).await;
    let mut marks = Marks::default();
    for entry in page.unwrap().entries.iter() {
        marks.add(&here, entry);
    }
    let plan = Plan::of_marks(&marks);
    let file = std::fs::File::create(service.root.path().join("replaced")).unwrap();
    (&file).write_all(b"REPLACED").unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(9))
        .unwrap();
    service.files(&["dir/new"]);
    let mut bench = Bench::new(client, looking());
    let (job, _) = bench.run(JobSpec::Recycle(plan.targets())).await;
    for (index, target) in plan.items.iter().enumerate() {
        let is_changed = job.outcomes.get(index) == Some(Outcome::Changed);
        let is_replaced = target.path == path("replaced");
        assert_eq!(
            is_changed, is_replaced,
            "{}: {:?}",
            target.path, job.outcomes
        );
    }
    assert_eq!((job.tally.changed, job.tally.recycled), (1, 2));
    // What was known of it is in the log as well.
    assert_eq!(bench.log.read(job.id).unwrap().remove(0).spec, job.spec);
    service.stop().await;
}
