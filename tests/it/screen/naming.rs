//! Journeys of names: new folders, new names, many new names at once; and all that is known of a row.

use insta::assert_snapshot;
use mediasweep::tui::effect::Effect;
use mediasweep::tui::msg::Msg;

use super::harness::Screen;

const FOLDER: &[(&str, u64)] = &[
    ("a.mov", 1),
    ("b.mov", 2),
    ("c.mov", 3),
    ("raw/测试片段_001_废弃.mov", 1_200_000),
    ("raw/🎬 take\u{1b}[31m.mov", 700),
    ("raw/صورة نهائية.heic", 4_300_000),
];

/// The editor comes back with another text.
fn edit(screen: &mut Screen, change: impl Fn(&str) -> String) {
    let Some(Effect::Edit { ticket, text }) = screen.performed.pop() else {
        panic!("no editor was opened: {}", screen.text())
    };
    let text = Ok(change(&text));
    screen.take(Msg::Edited { ticket, text });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_made_with_those_above_it_and_the_cursor_goes_there() {
    let mut screen = Screen::on(FOLDER).await;
    screen.keys("araw");
    screen.keys("<Enter>");
    assert_snapshot!("the name is taken", screen.text());
    screen.keys("<C-u>sorted/2026/杭州<Enter>");
    screen.settle().await;
    assert!(screen.tree().contains(&"sorted/2026/杭州/".to_owned()));
    let row = screen.state.browser.under_cursor().unwrap();
    assert_eq!(row.name(), "sorted");
    screen.keys("a..<Enter>");
    assert_eq!(
        screen.state.prompt.as_ref().unwrap().complaint.as_deref(),
        Some("a path may not hold the component '..'")
    );
    screen.keys("<Esc>");
    assert!(screen.state.prompt.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_row_is_renamed_in_a_line_and_the_cursor_stays_with_it() {
    let mut screen = Screen::on(FOLDER).await;
    screen.keys("jr");
    assert_snapshot!("renaming", screen.text());
    screen.keys("<C-u>c.mov<Enter>");
    assert!(screen.text().contains("this name is taken here"));
    screen.keys("<C-u>x/y<Enter>");
    assert!(screen.text().contains("a name has no slash"));
    screen.keys("<C-u>zz<Space>杭州.mov<Enter>");
    screen.settle().await;
    let row = screen.state.browser.under_cursor().unwrap();
    assert_eq!(row.name(), "zz 杭州.mov");
    screen.keys("r<Enter>");
    assert_eq!(screen.message(), "The name is as it was.");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_swapped_and_turned_round_in_one_list() {
    let mut screen = Screen::on(FOLDER).await;
    screen.keys("j<Space><Space><Space>r");
    edit(&mut screen, |text| {
        assert_eq!(text, "a.mov\nb.mov\nc.mov\n");
        "b.mov\nc.mov\na.mov\n".to_owned()
    });
    assert_snapshot!("three names in a circle", screen.text());
    for (width, height) in [(120, 32), (60, 16)] {
        screen.resize(width, height);
        let name = format!("three names in a circle, {width}x{height}");
        assert_snapshot!(name, screen.text());
    }
    screen.keys("y");
    screen.settle().await;
    let files = ["a.mov 3", "b.mov 1", "c.mov 2"];
    assert_eq!(screen.tree()[..3], files);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_cannot_be_is_not_lost() {
    let mut screen = Screen::on(FOLDER).await;
    screen.keys("j<Space><Space>r");
    edit(&mut screen, |_| "x\n".to_owned());
    assert_eq!(
        screen.message(),
        "The list has 1 line, and 2 are wanted: nothing was renamed. r opens the list as you left it."
    );
    screen.keys("r");
    edit(&mut screen, |text| {
        assert_eq!(text, "x\n");
        "c.mov\nb.mov\n".to_owned()
    });
    assert!(
        screen
            .message()
            .starts_with("Line 1: the name c.mov is taken")
    );
    screen.keys("r");
    edit(&mut screen, |_| "a.mov\nb.mov\n".to_owned());
    assert_eq!(screen.message(), "No name was changed.");
    screen.keys("r");
    edit(&mut screen, |_| "a1.mov\nb.mov\n".to_owned());
    screen.keys("n");
    assert!(screen.message().starts_with("Nothing was renamed."));
    assert!(screen.state.jobs.shown().next().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_known_of_a_row_is_told() {
    let mut screen = Screen::on(FOLDER).await;
    screen.keys("l");
    screen.settle().await;
    for row in 1..=3 {
        screen.keys("i");
        screen.settle().await;
        let text = hide(&screen.text());
        assert_snapshot!(format!("details of row {row}"), text);
        screen.keys("qj");
    }
    screen.keys("i");
    screen.settle().await;
    for (width, height) in [(120, 32), (60, 16)] {
        screen.resize(width, height);
        let text = hide(&screen.text());
        assert_snapshot!(format!("details, {width}x{height}"), text);
    }
    screen.keys("jjG<Esc>h");
    screen.settle().await;
    screen.keys("i");
    screen.settle().await;
    assert!(screen.text().contains("folder"), "{}", screen.text());
}

/// What differs from run to run.
fn hide(text: &str) -> String {
    let differs = regex::Regex::new(r"((?:created|etag|inode) +)\S.*?│").unwrap();
    differs.replace_all(text, "$1?│").into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_link_goes_to_the_clipboard_and_nowhere_else() {
    let mut screen = Screen::on(FOLDER).await;
    screen.keys("cu");
    assert!(
        screen
            .message()
            .starts_with("A folder has no download link")
    );
    screen.keys("jcu");
    screen.settle().await;
    let told = screen.message();
    assert!(
        told.contains("Whoever has it gets the file, until "),
        "{told}"
    );
    let Some(Effect::CopyHidden(url)) = screen.performed.pop() else {
        panic!("nothing was copied")
    };
    assert!(url.0.starts_with("http://127.0.0.1"), "it is a link");
    assert_eq!(format!("{url:?}"), "***");
    assert!(!screen.text().contains("127.0.0.1"));
}
