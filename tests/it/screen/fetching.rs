//! Journeys of files that come to this machine: downloads, and copies that are opened.

use std::fs;

use insta::assert_snapshot;
use mediasweep::domain::job::JobKind;
use tempfile::TempDir;

use super::harness::Screen;

const SHELVES: &[(&str, u64)] = &[
    ("raw/2024/测试片段_001.mov", 1_200_000),
    ("raw/صورة نهائية.heic", 4_300_000),
    ("a/same.txt", 5),
    ("b/same.txt", 6),
    ("note.txt", 12),
];

fn downloads() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("Downloads")).unwrap();
    fs::create_dir(home.path().join("Desktop")).unwrap();
    home
}

async fn into(screen: &mut Screen, folder: &str) {
    screen.keys("O<C-u>");
    screen.take_text(folder);
    screen.settle().await;
    screen.keys("<Enter>");
    screen.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_come_with_all_that_is_in_them_into_the_folder_that_was_typed() {
    let home = downloads();
    let mut screen = Screen::on(SHELVES).await;
    screen.keys("<C-a>O<C-u>");
    screen.take_text(&format!("{}/D", home.path().display()));
    screen
        .until("the folders", |state| {
            (state.prompt.as_ref()).is_some_and(|prompt| prompt.names.all.len() == 2)
        })
        .await;
    screen.keys("<Tab><Tab>");
    let prompt = screen.state.prompt.as_ref().unwrap();
    assert!(prompt.line.value().ends_with("/Downloads"));
    screen.keys("<Enter>");
    screen.settle().await;
    let at = |name: &str| home.path().join("Downloads").join(name);
    for (name, size) in SHELVES {
        assert_eq!(fs::metadata(at(name)).unwrap().len(), *size, "{name}");
    }
    assert!(
        screen.message().contains("none failed"),
        "{}",
        screen.message()
    );
    assert_eq!(screen.state.marks.totals().count, 4, "marks stay");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_taken_on_this_machine_are_asked_about_once() {
    let home = downloads();
    let folder = home.path().to_str().unwrap();
    let mut screen = Screen::on(SHELVES).await;
    fs::write(home.path().join("note.txt"), "mine").unwrap();
    screen.keys("G");
    into(&mut screen, folder).await;
    let text = screen.text().replace(folder, "/home/me");
    assert!(
        text.contains("1 of 1 name is taken on this machine"),
        "{text}"
    );
    screen.keys("s");
    assert_eq!(
        screen.message(),
        "All of this is there already: nothing is fetched."
    );
    into(&mut screen, folder).await;
    screen.keys("k");
    screen.settle().await;
    assert!(home.path().join("note (1).txt").exists());
    into(&mut screen, folder).await;
    screen.keys("o<Enter>");
    assert!(screen.state.question.is_some(), "words are wanted");
    screen.keys("overwrite 1<Enter>");
    screen.settle().await;
    let note = fs::read(home.path().join("note.txt")).unwrap();
    assert_eq!(note.len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_one_name_from_different_folders_come_beside_each_other() {
    let home = downloads();
    let mut screen = Screen::on(SHELVES).await;
    screen.keys("+name:same*<Space>in:tree<Enter>");
    screen.settle().await;
    into(&mut screen, home.path().to_str().unwrap()).await;
    let size = |name: &str| fs::metadata(home.path().join(name)).unwrap().len();
    assert_eq!((size("same.txt"), size("same (1).txt")), (5, 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_folder_is_told() {
    let home = downloads();
    fs::write(home.path().join("file"), "").unwrap();
    let mut screen = Screen::on(SHELVES).await;
    into(
        &mut screen,
        home.path().join("file/below").to_str().unwrap(),
    )
    .await;
    assert!(
        screen
            .message()
            .starts_with("Nothing was fetched: there is no such folder"),
        "{}",
        screen.message()
    );
    screen.keys("O<C-u><Enter>");
    assert!(screen.text().contains("a folder of this machine is wanted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_big_file_is_fetched_to_be_opened_only_after_a_yes() {
    let mut screen = Screen::on(&[("big.mov", 21_000_000), ("raw/", 0)]).await;
    screen.keys("o");
    assert!(screen.message().starts_with("A folder is entered by l"));
    screen.keys("jo");
    assert_snapshot!("a big file to open", screen.text());
    screen.keys("n");
    assert_eq!(screen.message(), "Nothing was fetched.");
    assert!(screen.state.jobs.shown().next().is_none());
    screen.keys("oy");
    screen.settle().await;
    let job = screen.state.jobs.shown().next().unwrap();
    assert_eq!((job.spec.kind(), job.tally.done), (JobKind::Download, 1));
    let mut rooms = fs::read_dir(screen.cache.path().join("opened")).unwrap();
    let copy = rooms.next().unwrap().unwrap().path().join("big.mov");
    assert_eq!(fs::metadata(copy).unwrap().len(), 21_000_000);
}
