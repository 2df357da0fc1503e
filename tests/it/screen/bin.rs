//! The recycle bin as a place to work in: groups, folds, filter, orders, and names that are taken.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::SignedDuration;
use mediasweep::domain::job::{JobKind, OutcomeKind};

use super::harness::{Screen, noon, put};

const TAKES: &[(&str, u64)] = &[
    ("raw/杭州外拍/A001.mov", 1_900_000),
    ("raw/杭州外拍/A002.mov", 2_100_000),
    ("raw/B001.mov", 700),
    ("old/", 0),
    ("take2.mov", 40),
    ("take10.mov", 30),
    ("场记.txt", 12_000),
];

/// Three jobs have recycled something: takes and a folder, then the notes, then one take below.
async fn filled() -> Screen {
    let mut screen = Screen::on(TAKES).await;
    screen.resize(120, 32);
    screen.agree("gg<Space>j<Space><Space>d").await;
    screen.settle().await;
    screen.agree("Gd").await;
    screen.settle().await;
    screen.keys("ggl");
    screen.settle().await;
    screen.agree("Gd").await;
    screen.settle().await;
    screen.keys("gt");
    screen.settle().await;
    screen
}

fn rows(screen: &mut Screen) -> Vec<String> {
    let text = screen.text();
    let rows = text.lines().filter(|line| line.starts_with('│'));
    let name = |row: &str| row.chars().skip(1).take(26).collect::<String>();
    let rows = rows.map(|row| name(row).trim().to_owned());
    rows.filter(|row| !row.is_empty() && !row.starts_with('#'))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bin_is_grouped_by_the_jobs_that_filled_it() {
    let mut screen = filled().await;
    let shown = rows(&mut screen);
    let head = |job: &str| shown.iter().position(|row| row.contains(job)).unwrap();
    assert_eq!(head("[-] job 3  (1)") + 1, head("B001.mov"), "{shown:?}");
    assert_eq!(head("[-] job 1  (3)"), 4, "{shown:?}");
    screen.keys("G<Space>");
    assert_eq!(screen.state.bin.marks.len(), 1);
    screen.keys("h");
    assert!(
        screen.text().contains("[+] job 1  (1 of 3)"),
        "{}",
        screen.text()
    );
    screen.keys("<Space>");
    assert_eq!(
        screen.state.bin.marks.len(),
        3,
        "all of a group, folded too"
    );
    screen.keys("<Space>");
    assert_eq!(screen.state.bin.marks.len(), 0);
    screen.keys("r");
    assert!(
        screen.text().contains("Put back 3 items"),
        "{}",
        screen.text()
    );
    screen.keys("y");
    screen.settle().await;
    assert_eq!(screen.state.bin.items.len(), 2);
    assert_eq!(screen.state.bin.groups.all().len(), 2);
    screen.keys("zg");
    assert_eq!(screen.state.bin.rows(), 2);
    screen.resize(60, 16);
    assert!(
        screen.text().contains("Recycle bin  flat"),
        "{}",
        screen.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bin_is_filtered_by_names_and_old_paths_and_sorted() {
    let mut screen = filled().await;
    screen.keys("zg,n");
    let by_name = rows(&mut screen);
    let place = |name: &str| by_name.iter().position(|row| row.contains(name));
    assert!(place("take2.mov") < place("take10.mov"), "{by_name:?}");
    screen.keys(",S");
    assert!(rows(&mut screen)[0].contains("场记.txt"));
    screen.keys("<C-a>fpath:raw removed:today<Enter>");
    assert_eq!(screen.state.bin.groups.len(), 1);
    assert!(screen.text().contains("1 of 5 items"), "{}", screen.text());
    assert_eq!(screen.state.bin.sums.hidden, 4);
    screen.keys("f<C-u>owner:me");
    assert!(
        screen.text().contains("does not tell owner:"),
        "{}",
        screen.text()
    );
    screen.keys("<Esc>");
    assert_eq!(screen.state.bin.groups.len(), 1, "the filter from before");
    screen.keys("<C-r>");
    assert_eq!(
        screen.state.bin.marks.len(),
        4,
        "what is hidden stays marked"
    );
    screen.keys("<Esc>");
    assert_eq!(screen.state.bin.marks.len(), 0);
    screen.keys("<Esc>");
    assert_eq!(screen.state.bin.groups.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_is_dealt_with_as_the_user_says() {
    for (keys, expected) in [
        ("ry", vec!["a (1).mov 5", "a.mov 7"]),
        ("rcy", vec!["a.mov 7"]),
        ("ccry", vec!["a.mov 5"]),
    ] {
        let mut screen = Screen::on(&[("a.mov", 5)]).await;
        screen.keys("dy");
        screen.settle().await;
        put(screen.service.root.path(), "a.mov", 7);
        screen.keys("gt");
        screen.settle().await;
        screen.keys("j");
        screen.keys(keys);
        screen.settle().await;
        let mut tree = screen.tree();
        tree.sort();
        assert_eq!(tree, expected, "{keys}");
        let job = screen.state.jobs.shown().next().unwrap();
        assert_eq!(job.spec.kind(), JobKind::Restore);
        let is_refused = job.outcomes.kind(0) == Some(OutcomeKind::Failed);
        assert_eq!(is_refused, keys == "rcy");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leaves_the_bin_soon_has_a_sign() {
    let mut screen = Screen::with(&[("a.mov", 5), ("b.mov", 6)], |config, _| {
        config.retention_days = Some(2);
    })
    .await;
    screen.settle().await;
    screen.agree("<C-a>d").await;
    screen.keys("gt");
    screen.settle().await;
    screen.keys("gt");
    screen.settle().await;
    screen.keys(",xj");
    screen.keys("i");
    let shown = screen.text();
    assert!(shown.contains("! 2 leave in under 3 days"), "{shown}");
    assert!(shown.contains("leaves    2026-01-1"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bin_is_marked_by_rules_and_ranges_and_folded_at_once() {
    let mut screen = filled().await;
    screen.keys("+size:..1K take");
    let text = screen.text();
    assert!(text.contains("2 match, 70 B"), "{text}");
    screen.keys("<Enter>");
    assert_eq!(screen.message(), "2 marked.");
    screen.keys("-take10<Enter>");
    assert_eq!(screen.message(), "1 unmarked.");
    screen.keys("+owner:me<Enter>");
    let text = screen.text();
    assert!(text.contains("does not tell owner:"), "{text}");
    screen.keys("<Esc><C-a>");
    let all = screen.state.bin.items.len();
    assert_eq!(screen.state.bin.marks.len(), all);
    screen.keys("ggVGV");
    assert_eq!(screen.state.bin.marks.len(), 0);
    let groups = screen.state.bin.groups.all().len();
    screen.keys("gghh");
    assert_eq!(screen.state.bin.rows(), groups);
    screen.keys("vG<Space>");
    assert_eq!(
        screen.state.bin.marks.len(),
        all,
        "folded groups are marked whole"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_group_comes_folded_and_stays_as_the_user_wants_it() {
    let names: Vec<String> = (1..=25)
        .map(|number| format!("take {number}.mov"))
        .collect();
    let mut entries: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), 9)).collect();
    entries.push(("last.txt", 5));
    let mut screen = Screen::on(&entries).await;
    screen.keys("+ext:mov<Enter>dy");
    screen.settle().await;
    screen.keys("dy");
    screen.settle().await;
    screen.resize(120, 32);
    screen.keys("gt");
    screen.settle().await;
    let shown = screen.text();
    assert!(shown.contains("[+] job 1  (25)  by you"), "{shown}");
    assert!(shown.contains("[-] job 2  (1)  by you"), "{shown}");
    screen.keys("Gl");
    assert!(screen.text().contains("take 25.mov"));
    screen.keys("R");
    screen.settle().await;
    assert!(
        screen.text().contains("[-] job 1  (25)"),
        "{}",
        screen.text()
    );
    screen.keys("ggG");
    screen.keys("hftake 1<Enter>");
    assert!(screen.text().contains("[+] job 1"), "folded by the user");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_leave_in_under_three_days_have_a_sign_each() {
    static HOURS: AtomicI64 = AtomicI64::new(0);
    let clock = || noon() + SignedDuration::from_hours(HOURS.load(Ordering::SeqCst));
    let mut screen = Screen::with(&[("a.mov", 5), ("b.mov", 6)], |config, _| {
        config.clock = clock;
        config.retention_days = Some(30);
    })
    .await;
    screen.settle().await;
    screen.agree("ggd").await;
    screen.settle().await;
    HOURS.store(28 * 24, Ordering::SeqCst);
    screen.agree("ggd").await;
    screen.settle().await;
    screen.resize(120, 32);
    screen.keys("gt");
    screen.settle().await;
    let shown = screen.text();
    let row = |name: &str| shown.lines().find(|line| line.contains(name)).unwrap();
    assert!(row("a.mov").contains('!'), "{shown}");
    assert!(row("a.mov").contains("2 d"), "{shown}");
    assert!(!row("b.mov").contains('!'), "{shown}");
    assert!(row("b.mov").contains("30 d"), "{shown}");
    assert!(shown.contains("! 1 leave"), "{shown}");
}
