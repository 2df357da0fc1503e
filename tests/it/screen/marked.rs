//! Journeys in the list of all marks.

use insta::assert_snapshot;
use mediasweep::tui::effect::Effect;
use mediasweep::tui::msg::Msg;
use mediasweep::tui::update::{apply, catch_up};

use super::harness::Screen;

const TREE: &[(&str, u64)] = &[
    ("2024/raw/杭州外拍/A001_C004_0328X7.mov", 1_900_000),
    ("2024/raw/🎬 take\u{1b}[31m.mov", 700),
    ("2024/صورة نهائية.heic", 4_300_000),
    ("notes - 场记.txt", 12_000),
    ("测试片段_001_废弃.mov", 1_200_000),
    ("测试片段_002_废弃.mov", 1_250_000),
];

/// Everything that ends in `.mov` is marked by a rule, the rest of the root by hand.
async fn marked() -> Screen {
    let mut screen = Screen::on(TREE).await;
    screen.keys("+ext:mov<Space>in:tree<Enter>");
    screen.settle().await;
    screen.keys("j<Space>");
    screen.keys("gm");
    screen
}

#[tokio::test(flavor = "multi_thread")]
async fn the_biggest_come_first_and_groups_by_rule_go_as_one() {
    let mut screen = marked().await;
    assert_snapshot!("the biggest first", screen.text());
    for (width, height) in [(120, 32), (60, 16)] {
        screen.resize(width, height);
        assert_snapshot!(
            format!("the biggest first, {width}x{height}"),
            screen.text()
        );
    }
    screen.resize(80, 24);
    screen.keys("zg<Enter>");
    assert_snapshot!("grouped by rule", screen.text());
    screen.keys("x");
    assert_eq!(screen.message(), "4 marks taken off.");
    assert_eq!(screen.state.marks.totals().count, 1);
    screen.keys("zg");
    assert!(screen.text().contains("grouped by folder"));
    screen.keys("zg,n");
    assert!(screen.text().contains("notes - 场记.txt"));
    screen.keys("cgv");
    assert_eq!(screen.state.marks.totals().count, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_hides_marks_and_says_so_wherever_it_matters() {
    let mut screen = marked().await;
    screen.keys("fsize:>1M");
    assert_snapshot!("filtered while typing", screen.text());
    screen.keys("<Enter>d");
    assert!(
        screen.text().contains("2  are hidden by the filter"),
        "{}",
        screen.text()
    );
    screen.keys("n");
    screen.keys("f<C-u>cre:>9d");
    assert!(screen.text().contains("cre: is not known of marks"));
    screen.keys("<Esc>");
    assert!(screen.text().contains("hidden"), "as it was before");
    screen.keys("<Esc>");
    assert!(!screen.text().contains("hidden"));
    screen.keys("fmod:>2d<Enter>");
    assert_eq!(screen.state.marked.shown(), (5, 5));
    screen.keys("<Esc><Esc>");
    assert_eq!(screen.state.view, mediasweep::tui::state::View::Browse);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_of_marks_is_taken_off_at_once() {
    let mut screen = marked().await;
    screen.keys("vjj");
    assert_snapshot!("a range of marks", screen.text());
    screen.keys("<Space>");
    assert_eq!(screen.message(), "3 marks taken off.");
    assert_eq!(screen.state.marks.totals().count, 2);
    assert_eq!(screen.state.marked.rows.len(), 2);
    screen.keys("v<Esc>");
    assert_eq!(screen.message(), "Range dropped.");
    screen.keys("xxx");
    assert!(screen.text().contains("Nothing is marked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_edited_and_written() {
    let mut screen = marked().await;
    screen.keys("e");
    let Some(Effect::Edit { ticket, text }) = screen.performed.pop() else {
        panic!("no editor")
    };
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "/2024/raw/杭州外拍/A001_C004_0328X7.mov");
    assert_eq!(lines.len(), 5);
    let wrong = Ok("/测试片段_001_废弃.mov\n/etc/passwd\n".to_owned());
    screen.take(Msg::Edited {
        ticket,
        text: wrong,
    });
    assert_eq!(
        screen.message(),
        "Line 2 was not in the list: /etc/passwd. Nothing was changed."
    );
    assert_eq!(screen.state.marks.totals().count, 5);
    screen.keys("e");
    let Some(Effect::Edit { ticket, .. }) = screen.performed.pop() else {
        panic!("no editor")
    };
    let fewer = Ok(lines[1..4].join("\n"));
    screen.take(Msg::Edited {
        ticket,
        text: fewer,
    });
    assert_eq!(screen.message(), "2 marks taken off, 3 left.");

    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("marks.txt");
    screen.keys("W");
    screen.take_text(file.to_str().unwrap());
    screen.keys("<Enter>");
    screen
        .until("the list", |state| {
            (state.notice.as_ref()).is_some_and(|notice| notice.text.contains("3 paths"))
        })
        .await;
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(written.lines().collect::<Vec<_>>(), lines[1..4]);
    screen.keys("W");
    screen.take_text(file.to_str().unwrap());
    screen.keys("<Enter>");
    screen
        .until("a refusal", |state| {
            (state.notice.as_ref()).is_some_and(|notice| notice.text.contains("was not written"))
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_of_a_job_are_gathered_before_the_list_is_made_anew() {
    let mut screen = marked().await;
    screen.agree("d").await;
    let rows = screen.state.marked.rows.clone();
    let mut gone = 0;
    while screen.state.jobs.running().next().is_some() {
        let msg = screen.next().await;
        gone += usize::from(matches!(&msg, Msg::Job(_)));
        let effects = apply(&mut screen.state, msg);
        screen.perform(effects);
        assert_eq!(screen.state.marked.rows, rows);
    }
    assert!(gone > 1);
    catch_up(&mut screen.state);
    assert!(screen.state.marked.rows.is_empty(), "{}", screen.text());
}
