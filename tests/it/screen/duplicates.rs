//! What a walk finds below a folder: duplicates, the biggest files, empty folders, where the bytes
//! are.

use std::fs;

use mediasweep::domain::marks::Origin;
use mediasweep::domain::path::RemotePath;

use super::harness::{Screen, new_year};

const LIBRARY: &[(&str, u64)] = &[
    ("raw/杭州/take_1.mov", 5_000_000),
    ("raw/杭州/take_2.mov", 3_000_000),
    ("raw/notes.txt", 40),
    ("old/exports/2024/", 0),
    ("old/bare/", 0),
    ("b.mov", 2_000_000),
];

/// The library, with copies: of one file three, of another two.
async fn library() -> Screen {
    let mut screen = Screen::with(LIBRARY, |_, _| ()).await;
    let root = screen.service.root.path().to_owned();
    for (from, to) in [
        ("raw/杭州/take_1.mov", "raw/take_1 copy.mov"),
        ("raw/杭州/take_1.mov", "kept/take_1.mov"),
        ("raw/杭州/take_2.mov", "raw/杭州/take_2 (1).mov"),
    ] {
        let to = root.join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(root.join(from), &to).unwrap();
        let copy = fs::File::options().write(true).open(&to).unwrap();
        copy.set_modified(new_year()).unwrap();
    }
    screen.settle().await;
    screen
}

fn marked(screen: &Screen) -> Vec<String> {
    let marks = &screen.state.marks;
    let places = marks.places().flat_map(|(directory, _)| {
        marks
            .inside(directory)
            .map(move |(name, _)| directory.join(name).unwrap().to_string())
    });
    places.collect()
}

/// The screen holds all of these.
fn shows(screen: &mut Screen, texts: &[&str]) {
    let screen = screen.text();
    for text in texts {
        assert!(screen.contains(text), "{text}:\n{screen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicates_are_found_kept_by_a_rule_and_recycled() {
    let mut screen = library().await;
    screen.keys("gd");
    screen.settle().await;
    screen.resize(120, 32);
    shows(
        &mut screen,
        &[
            "Duplicates  2 groups, 5 files, 12 MB could go",
            "3 copies of 4.8 MB, 9.5 MB could go",
            "2 copies of 2.9 MB, 2.9 MB could go",
            "take_2 (1).mov",
            "/raw/杭州",
            "below /   anywhere",
        ],
    );
    screen.keys("s");
    assert_eq!(
        marked(&screen),
        [
            "/raw/take_1 copy.mov",
            "/raw/杭州/take_1.mov",
            "/raw/杭州/take_2 (1).mov"
        ]
    );
    let mark = (screen.state.marks)
        .get(&RemotePath::parse("raw").unwrap(), "take_1 copy.mov")
        .unwrap();
    let origin = "duplicates: keep shortest path";
    assert_eq!(*mark.origin, Origin::Rule(origin.into()));
    // Only the first group has a copy in the folder of the first row.
    screen.keys("ggjr");
    assert_eq!(
        marked(&screen),
        ["/raw/take_1 copy.mov", "/raw/杭州/take_1.mov"]
    );
    assert_eq!(
        screen.message(),
        "duplicates: keep in /kept: 2 marked, 9.5 MB. 1 group skipped: the rule matched every copy."
    );
    screen.keys("<Space>");
    assert!(
        screen.message().starts_with("All copies of this group"),
        "{}",
        screen.message()
    );
    screen.resize(60, 16);
    shows(&mut screen, &["none would stay", "keep in /kept"]);
    screen.keys("d");
    assert!(screen.state.question.is_none(), "{}", screen.message());
    screen.keys("k<Space>dy");
    screen.settle().await;
    let tree = screen.tree();
    assert!(
        tree.contains(&"kept/take_1.mov 5000000".to_owned()),
        "{tree:?}"
    );
    assert!(
        !tree.iter().any(|path| path.starts_with("raw/take_1")),
        "{tree:?}"
    );
    let text = screen.text();
    assert!(text.contains("1 group, 2 files, 2.9 MB could go"), "{text}");
    screen.keys("tt");
    let text = screen.text();
    assert!(text.contains("0 groups"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_biggest_files_are_marked_and_shown_in_their_folder() {
    let mut screen = library().await;
    screen.keys("gb");
    screen.settle().await;
    screen.keys("jj<Space>");
    screen.resize(120, 32);
    shows(
        &mut screen,
        &["Biggest files 7 of 7", "take_1 copy.mov", "1 marked"],
    );
    screen.keys(",n");
    screen.resize(60, 16);
    shows(&mut screen, &["Biggest files 7", " b.mov"]);
    screen.keys("gg<Enter>");
    screen.settle().await;
    assert_eq!(screen.state.browser.directory.to_string(), "/");
    let entry = screen.state.browser.under_cursor().unwrap();
    assert_eq!(entry.name(), "b.mov");
    screen.keys("F<Esc>gb<C-c>");
    assert!(
        screen.message().starts_with("Stopped."),
        "{}",
        screen.message()
    );
    assert!(!screen.state.is_busy());
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_folders_are_recycled_and_leave_the_list() {
    let mut screen = library().await;
    screen.keys("ge");
    screen.settle().await;
    assert!(
        screen.text().contains("Empty folders 1"),
        "{}",
        screen.text()
    );
    screen.agree("<Space>d").await;
    screen.settle().await;
    assert!(
        screen.text().contains("Empty folders 0"),
        "{}",
        screen.text()
    );
    assert!(!screen.tree().iter().any(|path| path.starts_with("old")));
}

#[tokio::test(flavor = "multi_thread")]
async fn bars_show_where_the_bytes_are_folder_by_folder() {
    let mut screen = library().await;
    screen.keys("gB");
    screen.settle().await;
    screen.resize(120, 32);
    shows(&mut screen, &["raw/", "kept/", "(files here)", "%", "###"]);
    screen.keys("<C-a>");
    shows(&mut screen, &["Bars are marked one by one"]);
    screen.keys("<Enter><Enter>");
    screen.resize(60, 16);
    shows(&mut screen, &["/raw/杭州  ", "100%"]);
    screen.keys("<Esc><Esc>");
    assert!(screen.text().contains(" /  "), "{}", screen.text());
    screen.keys("<Esc>");
    assert!(screen.text().contains("b.mov"), "{}", screen.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_copies_are_compared_side_by_side_and_marked_there() {
    let mut screen = library().await;
    screen.keys("gd");
    screen.settle().await;
    // The first group: /kept, /raw, /raw/杭州. The third is marked, and so the first is compared to it.
    screen.keys("jjj<Space>ggj=");
    screen.settle().await;
    screen.resize(120, 32);
    shows(
        &mut screen,
        &[
            "Two copies",
            "+ right copy",
            "<> in           /kept  ",
            "/raw/杭州",
            "    size         4.8 MB (5,000,000 bytes)",
            "modified",
            "crc64",
            "etag",
            "content type",
        ],
    );
    let roles = screen.roles();
    let text = |y: u16| (0..120).map(|x| roles[(x, y)].symbol()).collect::<String>();
    let colour_of = |word: &str| {
        let y = (0..32).find(|y| text(*y).contains(word)).unwrap();
        roles[(20, y)].fg
    };
    assert_ne!(colour_of("<> in"), colour_of("4.8 MB"));
    screen.keys("=");
    screen.settle().await;
    shows(&mut screen, &["take_1 copy.mov", "<> name"]);
    screen.keys("l");
    assert_eq!(
        marked(&screen),
        ["/raw/take_1 copy.mov", "/raw/杭州/take_1.mov"]
    );
    screen.keys("h");
    assert!(
        screen.message().starts_with("All copies of this group"),
        "{}",
        screen.message()
    );
    screen.keys("h");
    screen.resize(60, 16);
    shows(&mut screen, &["left copy", "+ right copy", "<> name"]);
    assert!(!screen.text().contains("content type"));
    screen.keys("G");
    shows(&mut screen, &["+ right copy", "content type"]);
    screen.keys("<Esc>");
    shows(&mut screen, &["Duplicates"]);
    screen.keys("<Esc>gb");
    screen.settle().await;
    screen.keys("=");
    assert_eq!(
        screen.message(),
        "Only duplicates are compared: gd in the list finds them."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_copies_are_never_marked_without_a_word() {
    let mut screen = library().await;
    screen.keys("gd");
    screen.settle().await;
    screen.keys("<C-r>");
    assert_eq!(marked(&screen), [""; 0]);
    assert_eq!(
        screen.message(),
        "2 groups left as they are: every copy would be marked."
    );
    // Of the first group one copy is marked: the others instead of it.
    screen.keys("j<Space><C-r>");
    assert_eq!(
        marked(&screen),
        ["/raw/take_1 copy.mov", "/raw/杭州/take_1.mov"]
    );
    assert!(screen.message().starts_with("1 group left as"));
    screen.keys("ggjvGv");
    assert_eq!(
        screen.message(),
        "In 2 groups every copy is marked now: none would stay."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_one_folder_of_the_bars_are_listed_by_size() {
    let mut screen = library().await;
    screen.keys("gB");
    screen.settle().await;
    screen.keys("<Enter>");
    screen.keys("j");
    shows(&mut screen, &["(files here)", " /raw  "]);
    screen.keys("<Enter>");
    screen.settle().await;
    shows(
        &mut screen,
        &[
            "Biggest files 2 of 2",
            "take_1 copy.mov",
            "notes.txt",
            "in /raw",
        ],
    );
    assert!(!screen.text().contains("take_2"), "{}", screen.text());
    screen.keys("R");
    screen.settle().await;
    shows(&mut screen, &["Biggest files 2 of 2"]);
    screen.keys("<Esc>");
    shows(&mut screen, &["(files here)", " /raw  "]);
    screen.keys("<Esc>");
    shows(&mut screen, &["kept/"]);
}
