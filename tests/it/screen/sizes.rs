//! Terminals of every size: something is drawn on each, and a question is answered only where it can
//! be read.

use insta::assert_snapshot;
use mediasweep::tui::msg::Msg;
use mediasweep::tui::view::is_answerable;

use super::SHOOT;
use super::harness::Screen;

/// On both sides of where the layout changes.
const WIDTHS: &[u16] = &[0, 1, 8, 19, 20, 40, 44, 59, 100];
const HEIGHTS: &[u16] = &[0, 1, 2, 3, 5, 6, 8, 10, 12, 16, 28];

/// Leads through every screen and everything that lies above one, and shows each of them.
pub async fn everywhere(screen: &mut Screen, mut look: impl FnMut(&mut Screen, &str)) {
    let stops = [
        ("", "list"),
        ("Gv4k", "range"),
        ("v", "marks"),
        ("zm", "marks above"),
        ("zm", "list again"),
        ("zp", "row above"),
        ("zp", "and again"),
        ("fmov type:video", "filter"),
        ("<Esc>gm", "list of marks"),
        ("zg", "groups of marks"),
        ("qgp", "plan"),
        ("t", "dry run"),
        ("W", "name of a plan"),
        ("<Esc><Esc>d", "recycle"),
        ("<Esc>D", "for ever"),
        ("delete", "half typed"),
        ("<Esc>c", "begun"),
        ("<Esc>?", "help"),
        ("<Esc>S", "form"),
        (
            "<Tab><Tab>a very long extension that is none",
            "form with a complaint",
        ),
        ("<Esc>gb", "biggest"),
        ("qgB", "bars"),
        ("qge", "empty folders"),
        ("qgd", "duplicates"),
        ("qs*.mov<Enter>", "search"),
        ("qi", "details"),
        ("qG<Enter>", "file"),
        ("hg<Space>/proxies", "path"),
        ("<Esc>:so", "command"),
        ("<Tab>", "what it may become"),
        ("<Esc><Esc>O", "download"),
        ("<Esc>gl", "libraries"),
        ("<Esc>yp", "paste"),
        ("<Esc>Ymz'", "letters"),
        ("<Esc>dy", "job"),
        ("w", "jobs"),
        ("q", "list while it runs"),
        ("gt", "bin"),
        ("<Space>i", "bin with details"),
        ("r", "put back"),
        ("<Esc>D", "delete from the bin"),
        ("<Esc>E", "empty bin"),
        ("<Esc>qU", "history"),
        ("qwl", "results"),
        ("f99", "results, filtered"),
    ];
    for (keys, name) in stops {
        screen.keys(keys);
        if !name.ends_with("runs") && name != "job" && name != "jobs" {
            screen.settle().await;
        }
        look(screen, name);
        if name == "begun" {
            let at = screen.state.hint_at().unwrap();
            screen.take(Msg::Tick(at));
            look(screen, "keys that follow");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_is_drawn_at_every_size() {
    let mut screen = Screen::on(SHOOT).await;
    everywhere(&mut screen, |screen, name| {
        for height in HEIGHTS {
            for width in WIDTHS {
                screen.resize(*width, *height);
                let drawn = screen.buffer();
                let is_drawn = drawn.content.iter().any(|cell| cell.symbol() != " ");
                let is_there = *width > 0 && *height > 0;
                assert!(
                    is_drawn || name != "list" || !is_there,
                    "{name} {width}x{height}"
                );
            }
        }
        screen.resize(80, 24);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_and_a_question_on_small_terminals() {
    let mut screen = Screen::on(SHOOT).await;
    let sizes = [(59, 16), (50, 14), (40, 10), (30, 8), (24, 6), (20, 5)];
    screen.keys("Gv4kv");
    for (width, height) in sizes {
        screen.resize(width, height);
        assert_snapshot!(format!("small list {width}x{height}"), screen.text());
        screen.keys("d");
        assert_snapshot!(format!("small question {width}x{height}"), screen.text());
        screen.keys("<Esc>D");
        screen.take_text("delete");
        assert_snapshot!(format!("small for ever {width}x{height}"), screen.text());
        screen.keys("<Esc>fmov");
        assert_snapshot!(format!("small filter {width}x{height}"), screen.text());
        screen.keys("<Esc>");
    }
    screen.resize(50, 14);
    screen.keys("dy");
    assert_snapshot!("small job 50x14", screen.text());
    screen.settle().await;
    assert_eq!(screen.tree().len(), 8, "{:?}", screen.tree());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_keeps_its_names_on_a_narrow_terminal() {
    let mut screen = Screen::on(SHOOT).await;
    for (keys, name) in [
        ("+ext:heic<Enter>gm", "marks"),
        ("qgp", "plan"),
        ("ygb", "biggest"),
        ("qgdqdygt", "bin"),
    ] {
        screen.keys(keys);
        screen.settle().await;
        for (width, height) in [(40, 10), (24, 6)] {
            screen.resize(width, height);
            screen.settle().await;
            let text = screen.text();
            assert!(text.contains("IMG"), "{name} {width}:\n{text}");
            assert_snapshot!(format!("narrow {name} {width}x{height}"), text);
        }
        screen.resize(80, 24);
        screen.keys("<Esc>");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_not_answered() {
    let mut screen = Screen::on(SHOOT).await;
    let before = screen.tree();
    screen.keys("Gv4kvd");
    for (width, height) in [(80, 1), (14, 6), (24, 3), (5, 24)] {
        screen.resize(width, height);
        assert!(!is_answerable(&screen.state), "{width}x{height}");
        screen.keys("yy<Tab><Enter>");
        assert!(screen.state.question.is_some(), "{width}x{height}");
        assert!(
            screen.text().contains("This"),
            "{width}x{height}:\n{}",
            screen.text()
        );
        assert_eq!(screen.state.jobs.shown().count(), 0);
    }
    screen.keys("<Esc>D");
    screen.take_text("delete 5");
    assert!(screen.state.question.is_some());
    screen.keys("<Enter><Esc>");
    assert!(screen.state.question.is_none(), "Esc leads out");
    assert_eq!(screen.tree(), before);
    screen.keys("d");
    screen.resize(24, 8);
    assert!(is_answerable(&screen.state));
    screen.keys("y");
    screen.settle().await;
    assert_eq!(screen.tree().len(), before.len() - 5);
}
