//! Journeys by key bar, help, command line, hints and mouse.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use insta::assert_snapshot;
use jiff::SignedDuration;
use mediasweep::tui::effect::Effect;
use mediasweep::tui::keymap::own::read_over_preset;
use mediasweep::tui::msg::Msg;
use mediasweep::tui::state::View;
use mediasweep::tui::update::update;

use super::harness::{Screen, noon};

const FOLDER: &[(&str, u64)] = &[
    ("2024/raw/a.mov", 700),
    ("2025/b.mov", 900),
    ("IMG_0001.heic", 4_300_000),
    ("IMG_0002.heic", 4_400_000),
    ("tmp_export_01.mxf", 9_000_000),
    ("tmp_export_02.mxf", 8_000_000),
    ("场记.txt", 12_000),
];

fn mouse(screen: &mut Screen, kind: MouseEventKind, column: u16, row: u16) {
    let event = MouseEvent {
        kind,
        column,
        row,
        modifiers: KeyModifiers::NONE,
    };
    let at = screen.state.now + SignedDuration::from_secs(1);
    screen.take(Msg::Mouse(event, at));
}

const DOWN: MouseEventKind = MouseEventKind::Down(MouseButton::Left);
const DRAG: MouseEventKind = MouseEventKind::Drag(MouseButton::Left);
const UP: MouseEventKind = MouseEventKind::Up(MouseButton::Left);

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_can_do_nothing_says_why() {
    let mut screen = Screen::on(FOLDER).await;
    for (keys, reason) in [
        (
            "u",
            "Nothing of this session is left to put back. U has the jobs of earlier ones.",
        ),
        ("p", "Nothing is yanked: y takes a copy along, x cuts."),
        ("gv", "No marks were cleared."),
        ("h", "This is the root of the library."),
        ("gmd", "Nothing is marked. Space in the list marks."),
        ("qwr", "There are no jobs yet. d on marked rows makes one."),
        ("qgtr", "The bin is empty."),
    ] {
        screen.keys(keys);
        screen.settle().await;
        assert_eq!(screen.message(), reason, "{keys}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_help_is_searched_by_typing_and_its_lines_can_be_run() {
    let mut screen = Screen::on(FOLDER).await;
    screen.keys("?recycle");
    assert_snapshot!("help, searched", screen.text());
    screen.keys("<Esc>,S<Enter>");
    assert_eq!(screen.state.view, View::Browse);
    assert_eq!(screen.state.browser.cursor.row, 0);
    let first = screen.state.browser.listing.row(2).unwrap();
    assert_eq!(
        first.name(),
        "tmp_export_01.mxf",
        "sorted by size, large first"
    );
    screen.keys("?results of the job<Enter>");
    assert_eq!(
        screen.message(),
        "That is a key of the jobs: go there first."
    );
    // Every line of the list's own keys can be run without the program falling over.
    for row in 0..20 {
        screen.keys("?");
        for _ in 0..row {
            screen.keys("<Down>");
        }
        screen.keys("<Enter><Esc><Esc><Esc>");
        screen.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_does_what_keys_do_and_remembers() {
    let mut screen = Screen::on(FOLDER).await;
    screen.keys(":mark *.mxf<Enter>");
    assert_eq!(screen.state.marks.totals().count, 2);
    screen.keys(":unmark 02<Enter>");
    assert_eq!(screen.state.marks.totals().count, 1);
    screen.keys(":filter img<Enter>");
    assert_eq!(screen.state.browser.listing.rows(), 2);
    screen.keys(":filter<Enter>");
    assert_eq!(screen.state.browser.listing.rows(), 7);
    screen.keys(":sort size reversed<Enter>");
    assert_eq!(
        screen.state.browser.listing.row(2).unwrap().name(),
        "tmp_export_01.mxf"
    );
    screen.keys(":sort m<Tab><Tab>");
    assert_snapshot!("completed by Tab", screen.text());
    screen.keys("<Esc>:cd 2024/raw<Enter>");
    screen.settle().await;
    assert_eq!(screen.state.browser.directory.to_string(), "/2024/raw");
    screen.keys(":cd ../../2025<Enter>");
    screen.settle().await;
    assert_eq!(screen.state.browser.directory.to_string(), "/2025");
    screen.keys(":recicle<Enter>");
    assert_snapshot!("a command that does not exist", screen.text());
    screen.keys("<Esc>:<Up>");
    let line = |screen: &Screen| {
        screen
            .state
            .prompt
            .as_ref()
            .unwrap()
            .line
            .value()
            .to_owned()
    };
    assert_eq!(line(&screen), "cd ../../2025");
    screen.keys("<Up><Up><Up>");
    assert_eq!(line(&screen), "filter");
    screen.keys("<Esc>:mark<Up>");
    assert_eq!(line(&screen), "mark *.mxf");
    screen.keys("<Esc>");
    // In every list, not only in that of a folder.
    for (keys, view) in [("w", View::Jobs), ("gm", View::Marks), ("gt", View::Bin)] {
        screen.keys(keys);
        screen.keys(":help<Enter>");
        assert_eq!(screen.state.view, View::Help, "{keys}");
        screen.keys("<Esc>");
        assert_eq!(screen.state.view, view);
        screen.keys(":cd /<Enter>");
        screen.settle().await;
        assert_eq!(screen.state.view, View::Browse);
    }
    screen.keys(":rm<Enter>");
    assert!(
        screen.state.question.is_some(),
        "the word of the headless command"
    );
    screen.keys("n:q<Enter>:q<Enter>");
    assert!(screen.has_ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_follow_is_shown_to_hands_that_wait() {
    let mut screen = Screen::on(FOLDER).await;
    screen.keys(",");
    let at = screen.state.hint_at().unwrap();
    assert!(!screen.text().contains("sort by name"), "not at once");
    screen.take(Msg::Tick(at));
    assert_snapshot!("what may follow a comma", screen.text());
    screen.keys("S");
    assert!(!screen.state.hints());
    screen.resize(60, 16);
    screen.keys("g");
    let at = screen.state.hint_at().unwrap();
    screen.take(Msg::Tick(at));
    assert_snapshot!("what may follow g", screen.text());
    screen.keys("<Esc>");
    assert_eq!(screen.state.hint_at(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mouse_moves_marks_and_presses_nothing() {
    let mut screen = Screen::on(FOLDER).await;
    let before = screen.tree();
    mouse(&mut screen, DOWN, 20, 5);
    mouse(&mut screen, UP, 20, 5);
    assert_eq!(screen.state.browser.cursor.row, 3);
    assert_eq!(screen.state.marks.totals().count, 0);
    mouse(&mut screen, DOWN, 2, 6);
    mouse(&mut screen, UP, 2, 6);
    assert_eq!(
        screen.state.marks.totals().count,
        1,
        "the column of signs marks"
    );
    mouse(&mut screen, DOWN, 2, 4);
    mouse(&mut screen, DRAG, 2, 5);
    mouse(&mut screen, DRAG, 9, 7);
    mouse(&mut screen, UP, 9, 7);
    assert_eq!(
        screen.state.marks.totals().count,
        4,
        "dragging there marks a range"
    );
    mouse(&mut screen, MouseEventKind::ScrollDown, 9, 9);
    assert_eq!(screen.state.browser.cursor.row, 5);
    mouse(&mut screen, MouseEventKind::ScrollUp, 9, 9);
    assert_eq!(screen.state.browser.cursor.row, 2);
    screen.keys("d");
    let text = screen.text();
    let (y, line) = text
        .lines()
        .enumerate()
        .find(|(_, line)| line.contains("[ Cancel ]"))
        .unwrap();
    let x = line[..line.find("Move").unwrap()].chars().count();
    let (x, y) = (u16::try_from(x).unwrap(), u16::try_from(y).unwrap());
    mouse(&mut screen, DOWN, x, y);
    assert!(
        screen.text().contains("[ Move 4 to the bin ]"),
        "{}",
        screen.text()
    );
    assert!(
        screen.state.question.is_some(),
        "the focus moved, and no more"
    );
    mouse(&mut screen, DOWN, x - 12, y);
    assert!(screen.text().contains("[ Cancel ]"));
    screen.keys("<Enter>");
    screen.settle().await;
    assert_eq!(screen.tree(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn presets_and_keys_of_ones_own_call_the_same_actions() {
    let mut screen = Screen::on(FOLDER).await;
    let own = "preset = 'ranger'\n[browse]\nX = ':mark *.heic'\n";
    screen.state.keymap = read_over_preset(own).unwrap();
    screen.keys("XdT");
    assert!(
        screen.text().contains("Move 2 to the bin"),
        "{}",
        screen.text()
    );
    screen.keys("n");
    screen.keys("oS");
    assert_eq!(
        screen.state.browser.listing.row(2).unwrap().name(),
        "tmp_export_01.mxf"
    );
    screen.state.keymap = read_over_preset("preset = 'arrows'\n").unwrap();
    screen.keys("<Down><Insert><Delete>");
    assert!(screen.state.question.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_job_is_told_to_a_user_who_looks_elsewhere() {
    let mut screen = Screen::with(FOLDER, |_, policy| {
        policy.clock = long_clock;
    })
    .await;
    screen.settle().await;
    screen.keys(":mark heic<Enter>");
    screen.take(Msg::Focus(false));
    screen.keys("dy");
    let job = screen.state.jobs.running().next().unwrap().id;
    let mut told = Vec::new();
    while screen.state.jobs.get(job).is_some_and(|job| !job.is_over()) {
        let msg = screen.next().await;
        told.extend(update(&mut screen.state, msg));
    }
    let notices: Vec<&Effect> = told
        .iter()
        .filter(|effect| matches!(effect, Effect::Notify(_)))
        .collect();
    assert_eq!(notices.len(), 1, "{told:?}");
}

/// Each look at it finds a minute gone.
fn long_clock() -> jiff::Timestamp {
    use std::sync::atomic::{AtomicI64, Ordering};
    static MINUTES: AtomicI64 = AtomicI64::new(0);
    noon() + SignedDuration::from_mins(MINUTES.fetch_add(1, Ordering::SeqCst))
}

#[tokio::test(flavor = "multi_thread")]
async fn another_library_is_gone_to_without_losing_jobs_or_marks_unasked() {
    let mut screen = Screen::on(FOLDER).await;
    screen.keys("gl");
    assert_eq!(
        screen.state.view,
        View::Browse,
        "there are none in the settings"
    );
    screen.state.libraries.labels = ["studio  smh1 / -", "studio  smh1 / team-01", "场记  /srv"]
        .map(String::from)
        .to_vec();
    screen.state.libraries.here = Some(1);
    screen.keys(":mark heic<Enter>gl");
    let text = screen.text();
    assert!(text.contains("│  studio  smh1 / -"), "{text}");
    assert!(text.contains("│> studio  smh1 / team-01  (open)"), "{text}");
    screen.keys("<Enter>");
    assert_eq!(screen.state.view, View::Browse, "this one is open already");
    screen.state.keeps_marks = false;
    screen.keys("glj<Enter>");
    assert_eq!(
        screen.message(),
        "2 marks would be lost. Enter again goes there."
    );
    assert_eq!(screen.gone_to, None);
    screen.state.keeps_marks = true;
    screen.keys("<Esc>glj<Enter>");
    assert_eq!(screen.gone_to, Some(2), "they come back with this library");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_help_knows_the_words_of_other_programs() {
    let mut screen = Screen::on(FOLDER).await;
    screen.resize(120, 32);
    for (word, found) in [
        ("bookmark", "remember this folder under a letter"),
        ("delete", "recycle bin; asks"),
        ("trash", "recycle bin"),
        ("mkdir", "make a folder"),
        ("refresh", "load the folder anew"),
        ("exit", "close this tab"),
        ("select", "mark or unmark this row"),
        ("move", "cut the marked entries"),
        ("书签", "remember this folder under a letter"),
        ("删除", "recycle bin; asks"),
    ] {
        screen.keys("?");
        screen.keys(word);
        let text = screen.text();
        assert!(text.contains(found), "{word}:\n{text}");
        screen.keys("<Esc><Esc>");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_gone_to_from_every_list() {
    let mut screen = Screen::on(FOLDER).await;
    screen.keys("gb");
    screen.settle().await;
    screen.keys("q");
    let places = ["gm", "w", "U", "gt", "F", "?<Esc>i", "gmw<Enter>"];
    for from in places {
        for (keys, view) in [
            ("gt", View::Bin),
            ("gm", View::Marks),
            ("U", View::Past),
            ("F", View::Found),
        ] {
            screen.keys("<Tab><Tab><Tab>");
            screen.state.view = View::Browse;
            screen.keys(from);
            screen.settle().await;
            screen.keys(keys);
            screen.settle().await;
            assert_eq!(screen.state.view, view, "{from} {keys}");
        }
    }
}
