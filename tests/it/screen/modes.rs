//! The screen for terminals that have but ASCII, and for those who hear it.

use insta::assert_snapshot;
use mediasweep::tui::state::State;
use mediasweep::tui::theme::{Borders, BuiltIn, Depth, Look};
use ratatui::buffer::{Buffer, Cell};

use super::harness::Screen;
use super::sizes::everywhere;

/// Names of ASCII: whatever else is on the screen is ours.
const PLAIN: &[(&str, u64)] = &[
    ("delivery/", 0),
    ("proxies/a.mov", 700),
    ("IMG_2231.heic", 4_300_000),
    ("IMG_2232.heic", 4_400_000),
    (" blank at its ends ", 90_000),
    ("notes.txt", 12_000),
    ("take 1.mov", 1_200_000),
    ("take 2.mov", 1_250_000),
];

fn look(borders: Borders) -> Look {
    Look::new(BuiltIn::Dark, "", Depth::Palette, borders).unwrap()
}

async fn heard() -> Screen {
    let mut screen = Screen::on(PLAIN).await;
    screen.state.look = look(Borders::Blank);
    screen.state.panes.is_plain = true;
    screen.resize(120, 32);
    screen.settle().await;
    screen
}

fn lines(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width);
    let rows = buffer.content.chunks(width);
    rows.map(|row| row.iter().map(Cell::symbol).collect())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn with_ascii_nothing_else_is_drawn_on_any_screen() {
    let mut screen = Screen::on(PLAIN).await;
    screen.state.look = look(Borders::Ascii);
    everywhere(&mut screen, |screen, name| {
        for (width, height) in [(120, 32), (80, 24), (40, 12)] {
            screen.resize(width, height);
            for line in lines(&screen.buffer()) {
                assert!(line.is_ascii(), "{name} at {width}: {line}");
            }
        }
    })
    .await;
    screen.keys("<Esc>q");
    screen.resize(80, 24);
    assert_snapshot!("ascii", screen.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_heard_has_no_boxes_and_nothing_beside_the_list() {
    let mut screen = heard().await;
    everywhere(&mut screen, |screen, name| {
        screen.resize(120, 32);
        assert!(screen.state.layout().side.is_none());
        for line in lines(&screen.buffer()) {
            let boxes = line.chars().any(|c| ('\u{2500}'..='\u{259f}').contains(&c));
            assert!(!boxes, "{name}: {line}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_comes_on_a_blank_line_and_moves_no_other() {
    let mut screen = heard().await;
    screen.keys("G<Space>d");
    screen.keys("n");
    let before = lines(&screen.buffer());
    screen.keys("cn");
    let after = lines(&screen.buffer());
    let log = screen.state.layout().log.unwrap();
    let log = usize::from(log.y)..usize::from(log.y + log.height);
    let changed: Vec<usize> = (0..before.len())
        .filter(|at| before[*at] != after[*at])
        .collect();
    assert_eq!(changed.len(), 1, "{before:#?}\n{after:#?}");
    assert!(log.contains(&changed[0]));
    assert_eq!(before[changed[0]].trim(), "");
    screen.keys("cncncn");
    assert_snapshot!("heard", screen.text());
    let said = |state: &State| state.said.lines().flatten().count();
    assert_eq!(said(&screen.state), 3, "one line is blank for the next one");
}
