//! Journeys of entries that are taken along: yanked or cut, and pasted elsewhere.

use insta::assert_snapshot;
use mediasweep::jobs::log::JobLog;
use tempfile::TempDir;

use super::harness::{Screen, still};

const SHELVES: &[(&str, u64)] = &[
    ("raw/测试片段_001.mov", 1_200_000),
    ("raw/صورة نهائية.heic", 4_300_000),
    ("raw/🎬 take\u{1b}[31m.mov", 700),
    ("raw/inside/b.mov", 20),
    ("sorted/测试片段_001.mov", 9_000),
    ("sorted/inside/", 0),
    ("z.txt", 5),
];

/// Goes to a folder of the root and waits for it.
async fn go(screen: &mut Screen, folder: &str) {
    screen.keys(&format!(":cd<Space>/{folder}<Enter>"));
    screen.settle().await;
}

/// A screen whose jobs are logged, so that they can be undone.
async fn logged(home: &TempDir, entries: &[(&str, u64)]) -> Screen {
    let log = JobLog::open(home.path().join("jobs")).unwrap();
    let service = Screen::on(entries).await.close().await;
    let policy = still();
    let mut screen = Screen::at(service, Some(log), policy);
    screen.settle().await;
    screen
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cut_is_moved_where_it_is_pasted_and_comes_back_by_u() {
    let home = TempDir::new().unwrap();
    let mut screen = logged(&home, SHELVES).await;
    let before = screen.tree();
    go(&mut screen, "raw").await;
    screen.keys("<C-a>x");
    assert_snapshot!("cut", screen.text());
    go(&mut screen, "").await;
    screen.keys("p");
    screen.settle().await;
    assert_eq!(
        screen.message(),
        "Job 1 ended: 4 moved (5.2 MB), none failed. u takes it back."
    );
    assert_eq!(
        screen.state.marks.totals().count,
        0,
        "marks go with what they mark"
    );
    let moved = [
        "inside/",
        "inside/b.mov 20",
        "raw/",
        "sorted/",
        "sorted/inside/",
        "sorted/测试片段_001.mov 9000",
        "z.txt 5",
        "صورة نهائية.heic 4300000",
        "测试片段_001.mov 1200000",
        "🎬 take\u{1b}[31m.mov 700",
    ];
    assert_eq!(screen.tree(), moved);
    screen.keys("p");
    assert!(screen.message().starts_with("Nothing is yanked"));
    screen.keys("u");
    screen
        .until("the question", |state| state.question.is_some())
        .await;
    let asked = screen.text();
    assert!(asked.contains("Undo job 1: move 4 items back?"), "{asked}");
    screen.keys("y");
    screen.settle().await;
    assert_eq!(screen.tree(), before);
    screen.keys("u");
    assert!(
        screen.message().contains("left to put back"),
        "{}",
        screen.message()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_choice_holds_for_all_names_that_are_taken() {
    for (choice, expected) in [
        (
            "s",
            &["صورة نهائية.heic 4300000", "🎬 take\u{1b}[31m.mov 700"][..],
        ),
        (
            "k",
            &[
                "inside (1)/",
                "inside (1)/b.mov 20",
                "صورة نهائية.heic 4300000",
                "测试片段_001 (1).mov 1200000",
                "🎬 take\u{1b}[31m.mov 700",
            ],
        ),
    ] {
        let mut screen = Screen::on(SHELVES).await;
        let before = screen.tree();
        go(&mut screen, "raw").await;
        screen.keys("<C-a>y");
        go(&mut screen, "sorted").await;
        screen.keys("p");
        assert_snapshot!("two of four names are taken", screen.text());
        for (width, height) in [(120, 32), (60, 16)] {
            screen.resize(width, height);
            let name = format!("two of four names are taken, {width}x{height}");
            assert_snapshot!(name, screen.text());
        }
        screen.keys(choice);
        screen.settle().await;
        let mut added = screen.tree();
        added.retain(|name| !before.contains(name));
        let expected: Vec<String> = expected
            .iter()
            .map(|name| format!("sorted/{name}"))
            .collect();
        assert_eq!(added, expected, "{choice}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn overwriting_is_for_ever_and_wants_typed_words() {
    let mut screen = Screen::on(SHELVES).await;
    go(&mut screen, "raw").await;
    screen.keys("<C-a>x");
    go(&mut screen, "sorted").await;
    screen.keys("po");
    assert_snapshot!("overwriting", screen.text());
    screen.keys("<Enter>y<C-u>overwrite 1<Enter>");
    screen.settle().await;
    let left = screen.tree();
    assert!(left.contains(&"sorted/测试片段_001.mov 1200000".to_owned()));
    assert!(
        left.contains(&"raw/inside/b.mov 20".to_owned()),
        "folders stay"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_not_pasted_into_itself_and_nothing_moves_to_where_it_is() {
    let mut screen = Screen::on(SHELVES).await;
    screen.keys("x");
    screen.keys("p");
    assert_eq!(
        screen.message(),
        "All of this is here already: nothing is moved."
    );
    go(&mut screen, "raw/inside").await;
    screen.keys("p");
    assert_eq!(
        screen.message(),
        "The folder /raw cannot be pasted into itself. Nothing was sent."
    );
    screen.keys("X");
    assert!(screen.message().starts_with("1 item dropped"));
    assert!(screen.state.jobs.shown().next().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn names_in_a_folder_that_has_not_arrived_are_asked_for() {
    let mut screen = Screen::on(SHELVES).await;
    go(&mut screen, "raw").await;
    screen.keys("<C-a>y");
    screen.keys(":cd<Space>/sorted<Enter>p");
    screen
        .until("the folder", |state| state.places.going.is_none())
        .await;
    assert_eq!(screen.message(), "Asking which names are taken here.");
    screen.settle().await;
    assert!(
        screen.text().contains("2 of 4 names are taken"),
        "{}",
        screen.text()
    );
}
