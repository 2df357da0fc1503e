//! Moving, copying and making directories by the client, against the real service.

use mediasweep::client::batch::{BatchAnswer, RelocationAnswer, Submitted, TaskState};
use mediasweep::client::{Client, Error};
use mediasweep::domain::conflict::Strategy;
use mediasweep::domain::failure::{Failure, FailureKind};
use mediasweep::domain::job::Relocation;
use mediasweep::domain::path::RemotePath;
use mediasweep::server::TaskRule;

use crate::support::{TestService, path};

fn relocation(from: &str, to: &str, strategy: Strategy) -> Relocation {
    Relocation {
        from: path(from),
        to: path(to),
        strategy,
        size: None,
    }
}

fn results(submitted: Submitted<RelocationAnswer>) -> Vec<RelocationAnswer> {
    match submitted.answer {
        BatchAnswer::Results(results) => results,
        BatchAnswer::Task(task) => panic!("a task: {task:?}"),
    }
}

fn ended(answers: &[RelocationAnswer], source: &str) -> Option<String> {
    let answer = answers
        .iter()
        .find(|answer| answer.source == Some(path(source)))
        .unwrap();
    match &answer.item.failure {
        Some(failure) => Some(failure.label()),
        None => answer.item.path.as_ref().map(ToString::to_string),
    }
}

#[tokio::test]
async fn a_batch_move_tells_of_each_item_where_it_ended_up() {
    let service = TestService::start().await;
    service.files(&["a", "b", "c", "dir/x", "taken", "to/a"]);
    let items = [
        relocation("a", "to/a", Strategy::Rename),
        relocation("b", "taken", Strategy::Ask),
        relocation("c", "taken", Strategy::Overwrite),
        relocation("dir", "to/dir", Strategy::Ask),
        relocation("none", "to/none", Strategy::Ask),
    ];
    let submitted = service.client().move_batch(&items).await.unwrap();
    assert_eq!(submitted.status, 207);
    let answers = results(submitted);
    assert_eq!(ended(&answers, "a").unwrap(), "/to/a (1)");
    assert_eq!(
        ended(&answers, "b").unwrap(),
        "409 SameNameDirectoryOrFileExists"
    );
    assert_eq!(ended(&answers, "c").unwrap(), "/taken");
    assert_eq!(ended(&answers, "dir").unwrap(), "/to/dir");
    assert!(ended(&answers, "none").unwrap().starts_with("404 "));
    assert!(service.has("to/a (1)") && service.has("to/dir/x") && service.has("b"));
    assert!(!service.has("a") && !service.has("c") && !service.has("dir"));
    service.stop().await;
}

#[tokio::test]
async fn a_batch_copy_may_be_a_task_that_is_asked_about() {
    let service = TestService::with(|config| config.tasks = TaskRule::Always).await;
    service.files(&["dir/x", "b"]);
    let client = service.client();
    let items = [
        relocation("dir", "dir2", Strategy::Ask),
        relocation("b", "b", Strategy::Rename),
    ];
    let submitted = client.copy_batch(&items).await.unwrap();
    let BatchAnswer::Task(task) = submitted.answer else {
        panic!("no task: {submitted:?}");
    };
    let answers = loop {
        let asked = client
            .relocation_tasks(std::slice::from_ref(&task))
            .await
            .unwrap();
        if let TaskState::Finished(answers) = &asked[0].state {
            break answers.clone();
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(ended(&answers, "dir").unwrap(), "/dir2");
    assert_eq!(ended(&answers, "b").unwrap(), "/b (1)");
    assert!(service.has("dir/x") && service.has("dir2/x") && service.has("b (1)"));
    service.stop().await;
}

#[tokio::test]
async fn what_no_service_can_do_is_not_sent() {
    let service = TestService::start().await;
    let client = service.client();
    let root = RemotePath::root();
    let refused = [
        client.move_batch(&[]).await.map(|_| ()),
        client
            .copy_batch(&[relocation("/", "a", Strategy::Ask)])
            .await
            .map(|_| ()),
        client
            .move_file(&root, &path("a"), Strategy::Ask)
            .await
            .map(|_| ()),
        client
            .move_directory(&path("a"), &path("b"), Strategy::Overwrite)
            .await
            .map(|_| ()),
        client
            .create_directory(&root, Strategy::Ask)
            .await
            .map(|_| ()),
    ];
    for refused in refused {
        assert!(matches!(refused, Err(Error::Unsendable(_))), "{refused:?}");
    }
    assert_eq!(service.faults.count("/api/v1/batch"), 0);
    service.stop().await;
}

#[tokio::test]
async fn a_directory_is_made_with_those_above_it() {
    let service = TestService::start().await;
    service.files(&["file"]);
    let client = service.client();
    let make = |at: &'static str, strategy| {
        let client = client.clone();
        async move { client.create_directory(&path(at), strategy).await }
    };
    let wanted = path("杭州 50%/raw #1");
    assert_eq!(
        make("杭州 50%/raw #1", Strategy::Ask).await.unwrap(),
        wanted
    );
    assert!(service.root.path().join("杭州 50%/raw #1").is_dir());
    let taken = Failure::from(make("file", Strategy::Ask).await.unwrap_err());
    assert_eq!(taken.kind, FailureKind::Conflict);
    let renamed = make("file", Strategy::Rename).await.unwrap();
    assert_eq!(renamed, path("file (1)"));
    service.stop().await;
}

#[tokio::test]
async fn one_entry_is_renamed_and_known_again_by_its_inode() {
    let service = TestService::start().await;
    service.files(&["raw/a.mov", "raw/b.mov"]);
    let client: Client = service.client();
    let before = client.details(&path("raw/a.mov")).await.unwrap().unwrap();
    let ended = client
        .move_file(&path("raw/a.mov"), &path("raw/b.mov"), Strategy::Rename)
        .await
        .unwrap();
    assert_eq!(ended, path("raw/b (1).mov"));
    let after = client.details(&ended).await.unwrap().unwrap();
    assert_eq!(after.inode, before.inode);
    assert!(after.inode.is_some() && after.e_tag.is_some());
    let ended = client
        .move_directory(&path("raw"), &path("2024/raw"), Strategy::Ask)
        .await
        .unwrap();
    assert_eq!(ended, path("2024/raw"));
    assert!(service.has("2024/raw/b.mov"));
    assert_eq!(client.details(&path("raw")).await.unwrap(), None);
    service.stop().await;
}
