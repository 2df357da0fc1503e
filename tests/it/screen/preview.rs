//! The file under the cursor, as a picture or a text.

use image::{ImageFormat, Rgb, RgbImage};
use insta::assert_snapshot;
use mediasweep::tui::state::View;
use mediasweep::tui::state::preview::Shown;

use super::harness::{Screen, new_year};

/// A library with a picture, a text and a film; the text tries to steer the terminal.
async fn library() -> Screen {
    let mut screen = Screen::with(
        &[
            ("a folder/", 0),
            ("b 日落.png", 1),
            ("c take.json", 1),
            ("d film.mov", 9_000),
            ("e archive.zip", 9_000),
        ],
        |_, _| (),
    )
    .await;
    let root = screen.service.root.path().to_owned();
    let sunset = RgbImage::from_fn(64, 48, |_, y| {
        if y < 24 {
            Rgb([200, 80, 20])
        } else {
            Rgb([20, 40, 120])
        }
    });
    sunset
        .save_with_format(root.join("b 日落.png"), ImageFormat::Png)
        .unwrap();
    let lines: Vec<String> = (0..40).map(|line| format!("// line {line}\n")).collect();
    let text = format!(
        "{{\n\t\"take\": 7, \"note\": \"废弃\x1b[2J\"\n}}\n{}",
        lines.concat()
    );
    std::fs::write(root.join("c take.json"), text).unwrap();
    for name in ["b 日落.png", "c take.json"] {
        let file = std::fs::File::options().write(true).open(root.join(name));
        file.unwrap().set_modified(new_year()).unwrap();
    }
    screen.keys("R");
    screen.resize(120, 32);
    screen.settle().await;
    screen
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_shown_beside_the_list_in_the_colours_it_has() {
    let mut screen = library().await;
    screen.keys("j");
    screen.settle().await;
    assert_snapshot!("a picture beside the list", screen.text());
    let colours = screen.colours();
    for wanted in [(200, 80, 20), (20, 40, 120)] {
        let is_near = |one: &(u8, u8, u8)| {
            one.0.abs_diff(wanted.0) < 12
                && one.1.abs_diff(wanted.1) < 12
                && one.2.abs_diff(wanted.2) < 12
        };
        assert!(colours.iter().any(is_near), "{wanted:?} in {colours:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_shown_safely_and_scrolls() {
    let mut screen = library().await;
    screen.keys("jj");
    screen.settle().await;
    assert_snapshot!("a text beside the list", screen.text());
    screen.keys("J");
    assert!(!screen.text().contains("take\":"), "{}", screen.text());
    screen.keys("Kl");
    screen.settle().await;
    assert_snapshot!("a text in full", screen.text());
    screen.keys("G");
    assert!(screen.text().contains("line 39"), "{}", screen.text());
    screen.keys("h");
    assert_eq!(screen.state.view, View::Browse);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_shown_says_so_or_asks_for_nothing() {
    let mut screen = library().await;
    screen.keys("3j");
    screen.settle().await;
    let text = screen.text();
    assert!(text.contains("has no picture of this file"), "{text}");
    // Nothing is known of archives, and folders have no content: nobody is asked.
    screen.keys("j");
    assert!(!screen.state.is_busy());
    screen.keys("l");
    let text = screen.text();
    assert!(text.contains("nothing to see of this one"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_file_on_which_the_cursor_rests_is_seen() {
    let mut screen = library().await;
    screen.slip("jj");
    screen.settle().await;
    let shown = screen.state.preview.shown();
    assert!(
        matches!(shown, Some(Ok(Shown::Text(_)))),
        "the answer for the row before is thrown away: {shown:?}"
    );
    screen.keys("zi");
    assert!(screen.state.preview.shown().is_none());
    screen.keys("k");
    assert!(!screen.state.is_busy(), "nothing is asked while it is off");
}
