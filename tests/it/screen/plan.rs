//! The plan screen: what would be sent, left out, asked about, written down; limits, protected
//! paths, and looking only.

use std::fs;

use mediasweep::domain::path::RemotePath;
use mediasweep::jobs::plan::PlanFile;
use mediasweep::tui::state::View;
use mediasweep::tui::state::plan::DryRun;
use mediasweep::tui::state::plan::Row;

use super::harness::{Screen, put};

const SHOOT: &[(&str, u64)] = &[
    ("杭州外拍/A001_C004_0328X7_take2_final.mov", 18_400_000),
    ("杭州外拍/测试片段_001_废弃.mov", 1_200_000),
    ("杭州外拍/测试片段_002_废弃.mov", 1_250_000),
    ("proxies/a.mov", 700_000),
    ("proxies/b\u{1b}[2J.mov", 800_000),
    ("IMG_2231.heic", 4_300_000),
    ("IMG_2232.heic", 4_400_000),
];

/// Everything of `杭州外拍` by rules and by hand, `proxies/` with one mark inside, one picture.
async fn marked() -> Screen {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("+in:tree<Space>废弃<Enter>");
    screen.settle().await;
    screen.keys("+in:tree<Space>size:10M..<Enter>");
    screen.settle().await;
    screen.keys("+in:tree<Space>a.mov<Enter>");
    screen.settle().await;
    screen.keys("+proxies<Enter>");
    screen.settle().await;
    screen.keys("G<Space>");
    screen
}

fn shows(screen: &mut Screen, words: &[&str]) {
    let text = screen.text();
    for word in words {
        assert!(text.contains(word), "{word}:\n{text}");
    }
}

fn paths(screen: &Screen) -> Vec<String> {
    let plan = screen.state.plan.as_ref().unwrap().plan();
    let items = plan.items.iter();
    items.map(|item| item.path.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_looked_at_changed_and_sent_exactly() {
    let mut screen = marked().await;
    let before = screen.tree();
    screen.resize(120, 32);
    screen.keys("gp");
    shows(
        &mut screen,
        &[
            "Plan: recycle",
            "5 items   ~24 MB   1 request",
            "[-] /杭州外拍",
            "with all inside, 1 marked",
            "inside marked folders",
            "rule  in:tree 废弃",
            "by hand",
            "nothing has been sent",
        ],
    );
    screen.keys("jj<Space>");
    shows(
        &mut screen,
        &[
            "4 items   24 MB",
            "- proxies/",
            "left out by you",
            "inside folders left out",
        ],
    );
    screen.resize(60, 16);
    shows(
        &mut screen,
        &["4 items", "- proxies/", "left out by you", "PLAN"],
    );
    screen.resize(120, 32);
    let wanted = paths(&screen);
    assert_eq!(wanted.len(), 4);
    screen.keys("q");
    assert_eq!(screen.state.view, View::Browse);
    screen.keys("gp");
    assert_eq!(paths(&screen), wanted, "the plan is kept");
    screen.keys("y");
    assert!(
        screen.text().contains("Move 4 items to the recycle bin?"),
        "{}",
        screen.text()
    );
    assert_eq!(screen.tree(), before);
    screen.keys("y");
    screen.settle().await;
    assert_eq!(screen.state.view, View::Browse);
    let left: Vec<String> = screen.tree();
    let files: Vec<_> = left.iter().filter(|name| !name.ends_with('/')).collect();
    assert_eq!(files.len(), 3, "{files:?}");
    let marked = screen.state.marks.totals().count;
    assert_eq!(marked, 2, "what was left out stays marked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_leads_to_its_plan_and_back_to_where_it_was_asked() {
    let mut screen = marked().await;
    screen.keys("gmd");
    assert!(screen.state.question.is_some());
    screen.keys("p");
    assert!(screen.state.question.is_none());
    assert_eq!(screen.state.view, View::Plan);
    screen.keys("<Esc>");
    assert_eq!(screen.state.view, View::Marks);
    screen.keys("qDp");
    assert!(
        screen.text().contains("Plan: delete FOR EVER"),
        "{}",
        screen.text()
    );
    screen.keys("y");
    assert!(screen.text().contains("FOR EVER?"), "{}", screen.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn folding_sorting_and_filtering_hide_nothing_from_the_job() {
    let mut screen = marked().await;
    screen.keys("gp");
    let all = paths(&screen);
    let rows = |screen: &Screen| screen.state.plan.as_ref().unwrap().rows.len();
    assert_eq!(rows(&screen), 7);
    screen.keys("h");
    assert_eq!(rows(&screen), 5);
    screen.keys("l");
    assert_eq!(rows(&screen), 7);
    screen.keys(",S");
    assert_eq!(paths(&screen), all);
    screen.keys("f废弃<Enter>");
    assert_eq!(rows(&screen), 3);
    assert!(
        screen.text().contains("what it hides is sent all the same"),
        "{}",
        screen.text()
    );
    assert_eq!(paths(&screen), all);
    screen.keys("gg<Space>");
    assert_eq!(paths(&screen).len(), all.len() - 2, "only what is shown");
    screen.keys("f<C-u>mod:>90d");
    assert!(
        screen.text().contains("mod: is not known of marks"),
        "{}",
        screen.text()
    );
    screen.keys("<Esc><Esc>gg<Space>");
    assert_eq!(rows(&screen), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_sorted_by_what_has_marked_its_items() {
    let entries = [("a.mov", 1), ("b.heic", 1), ("c.mov", 1), ("d.heic", 1)];
    let mut screen = Screen::on(&entries).await;
    screen.keys("+ext:heic<Enter>gg<Space>j<Space>gp");
    let names = |screen: &Screen| {
        let draft = screen.state.plan.as_ref().unwrap();
        let items = draft.rows.iter().filter_map(|row| match row {
            Row::Item(at) => Some(draft.items[*at].target.path.name().to_owned()),
            Row::Folder(_) => None,
        });
        items.collect::<Vec<_>>().concat()
    };
    assert_eq!(names(&screen), "a.movb.heicc.movd.heic");
    screen.keys(",m");
    let by_origin = names(&screen);
    assert_eq!(by_origin, "a.movc.movb.heicd.heic");
    screen.keys(",M");
    assert_eq!(names(&screen), "d.heicb.heicc.mova.mov");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_finds_what_has_gone_or_changed_and_leaves_it_out() {
    let mut screen = marked().await;
    let root = screen.service.root.path().to_owned();
    fs::remove_file(root.join("IMG_2232.heic")).unwrap();
    put(&root, "杭州外拍/测试片段_001_废弃.mov", 9);
    let before = screen.tree();
    screen.resize(120, 32);
    screen.keys("gpt");
    assert!(screen.state.is_busy());
    screen.settle().await;
    shows(
        &mut screen,
        &[
            "Dry run (t)",
            "3 still there   1 gone   1 changed",
            "changed: was",
            "gone",
        ],
    );
    assert_eq!(screen.tree(), before, "it changes nothing");
    assert_eq!(paths(&screen).len(), 3);
    screen.keys("f片段_001<Enter>j<Space>");
    assert_eq!(paths(&screen).len(), 4, "Space sends what has changed");
    screen.keys("t<Esc>");
    let plan = screen.state.plan.as_ref().unwrap();
    assert!(
        matches!(&plan.dry_run, DryRun::Over { broken_off: Some(why), .. } if why == "stopped by you")
    );
    assert!(!screen.state.is_busy());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_written_as_the_command_line_reads_it() {
    let mut screen = marked().await;
    let root = screen.service.root.path().to_owned();
    put(&root, "杭州外拍/测试片段_001_废弃.mov", 9);
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("plan.json");
    screen.keys("gpjj<Space>W<C-u>");
    screen.take_text(&file.display().to_string());
    screen.keys("<Enter>");
    screen.settle().await;
    assert!(
        screen.message().contains("has 3 items, 2 left out"),
        "{}",
        screen.message()
    );
    let plan = PlanFile::read(&fs::read_to_string(&file).unwrap()).unwrap();
    let sent: Vec<_> = plan.items.iter().map(|item| item.path.as_str()).collect();
    assert_eq!(sent.len(), 3);
    assert!(plan.rules.contains(&"in:tree 废弃".to_owned()));
    let why: Vec<_> = plan
        .left_out
        .iter()
        .map(|left| left.reason.as_str())
        .collect();
    assert_eq!(why, ["left out by hand", "changed since it was marked"]);
    screen.keys("W<C-u>");
    screen.take_text(&file.display().to_string());
    screen.keys("<Enter>");
    screen.settle().await;
    assert!(
        screen.message().contains("a file of that name already"),
        "{}",
        screen.message()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_limit_a_recycling_wants_typed_words() {
    let mut screen = marked().await;
    screen.state.caution.max_items = 4;
    screen.keys("d");
    shows(
        &mut screen,
        &[
            "That is over your limit of 4 items.",
            "Type  move 5  to go on",
            "p plan",
        ],
    );
    screen.keys("y<C-u>");
    assert!(screen.state.question.is_some());
    screen.keys("<Esc>");
    screen.state.caution.max_items = 5;
    screen.state.caution.max_size = Some(20_000_000);
    screen.keys("d");
    assert!(
        screen.text().contains("over your limit of 19 MB"),
        "{}",
        screen.text()
    );
    screen.keys("delete<Space>5<Enter>");
    assert!(screen.state.question.is_some(), "words for another act");
    assert!(!screen.text().contains("Plan   Esc"), "{}", screen.text());
    screen.keys("<C-u>move<Space>5<Enter>");
    screen.settle().await;
    assert!(
        screen.message().contains("5 recycled"),
        "{}",
        screen.message()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_protected_can_be_marked_and_is_never_sent() {
    let mut screen = marked().await;
    let path = |text| RemotePath::parse(text).unwrap();
    screen.state.caution.protected = vec![
        path("proxies/a.mov"),
        path("杭州外拍/A001_C004_0328X7_take2_final.mov"),
    ];
    assert!(screen.text().contains("protected"), "{}", screen.text());
    screen.keys("gp");
    shows(&mut screen, &["! proxies/", "by the settings", "3 items"]);
    screen.keys("jj<Space>");
    assert!(
        screen.message().starts_with("The settings protect this"),
        "{}",
        screen.message()
    );
    screen.keys("qd");
    assert!(
        screen.text().contains("2  protected by the settings"),
        "{}",
        screen.text()
    );
    screen.keys("y");
    screen.settle().await;
    let tree = screen.tree();
    for kept in ["proxies/a.mov 700000", "proxies/b\u{1b}[2J.mov 800000"] {
        assert!(tree.iter().any(|name| name == kept), "{tree:?}");
    }
    assert!(tree.iter().any(|name| name.contains("A001_C004")));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_looks_changes_nothing() {
    let mut screen = marked().await;
    let before = screen.tree();
    screen.state.caution.is_read_only = true;
    assert!(
        screen.text().contains("mediasweep  [RO]"),
        "{}",
        screen.text()
    );
    for keys in ["d", "D", "u", "gpy", "D"] {
        screen.keys(keys);
        assert!(
            screen.message().starts_with("read-only"),
            "{keys}: {}",
            screen.message()
        );
        assert!(screen.state.question.is_none());
    }
    screen.keys("t");
    screen.settle().await;
    assert!(
        screen.message().starts_with("Dry run"),
        "{}",
        screen.message()
    );
    assert_eq!(screen.tree(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_known_copies_are_told_apart() {
    let mut screen = Screen::on(&[]).await;
    let root = screen.service.root.path().to_owned();
    let write = |name: &str, content: &str| {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    for (name, content) in [
        ("raw/one.mov", "one"),
        ("backup/one.mov", "one"),
        ("raw/two.mov", "two"),
        ("raw/two again.mov", "two"),
        ("raw/single.mov", "single"),
    ] {
        write(name, content);
    }
    screen.keys("R");
    screen.settle().await;
    // The service tells the checksums that it was asked for: of files of the same size.
    screen.keys("ghgd");
    screen.settle().await;
    screen.keys("q:cd<Space>/raw<Enter>");
    screen.settle().await;
    assert_eq!(screen.state.known.files(), 4);
    screen.resize(120, 32);
    screen.keys("<C-a>gp");
    shows(
        &mut screen,
        &[
            "1 other copy stays",
            "LAST COPY",
            "the LAST COPY of 1 file would go   among 4 known files",
        ],
    );
    let lasts = screen.text().matches("LAST COPY").count();
    assert!(lasts >= 3, "both copies, and the sum: {}", screen.text());
    screen.keys("y");
    shows(
        &mut screen,
        &["the LAST COPY of that content among 4 known files"],
    );
    screen.keys("n");
    // One of the two stays.
    screen.keys("ggjjj");
    screen.keys("<Space>");
    shows(&mut screen, &["left out by you"]);
    assert!(
        !screen.text().contains("would go   among"),
        "{}",
        screen.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_size_holds_for_the_jobs_to_come() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("l");
    screen.settle().await;
    screen.keys("<C-a>gpb<C-u>1001<Enter>");
    shows(&mut screen, &["a number from 1 to 1,000"]);
    screen.keys("<C-u>1<Enter>");
    shows(&mut screen, &["2 requests of at most 1"]);
    screen.keys("y");
    shows(&mut screen, &["2 requests of at most 1 item"]);
    screen.keys("y");
    screen.settle().await;
    let job = screen.state.jobs.shown().next().unwrap();
    let largest = job.exchanges.iter().map(|exchange| exchange.items).max();
    assert_eq!(largest, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_plain_file_needs_no_question_once_that_was_said() {
    let mut screen = Screen::on(SHOOT).await;
    screen.resize(120, 32);
    screen.keys("Gd");
    shows(&mut screen, &["a: yes, and never ask this again"]);
    screen.keys("a");
    screen.settle().await;
    assert_eq!(screen.state.jobs.shown().count(), 1);
    // A key that is held down: the first one counts.
    screen.slip("dd");
    screen.settle().await;
    assert_eq!(screen.state.jobs.shown().count(), 2);
    assert!(screen.state.question.is_none());
    // A folder still asks, and so does deleting for ever.
    screen.keys("ggd");
    assert!(screen.state.question.is_some());
    screen.keys("nu");
    screen.settle().await;
    screen.keys("y");
    screen.settle().await;
    screen.keys("GD");
    assert!(screen.state.question.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_leads_to_a_dry_run() {
    let mut screen = marked().await;
    screen.keys("dt");
    screen.settle().await;
    assert_eq!(screen.state.view, View::Plan);
    shows(&mut screen, &["5 still there"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_which_all_is_left_out_says_by_whom() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("G<Space>gp<Space>y");
    assert!(screen.state.question.is_none());
    assert!(
        screen.message().contains("it was left out by you"),
        "{}",
        screen.message()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_while_the_plan_is_being_written() {
    let mut screen = marked().await;
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("plan.json");
    screen.keys("gpW<C-u>");
    screen.take_text(&file.display().to_string());
    screen.keys("<Enter>yy");
    assert!(screen.state.question.is_none());
    assert!(
        screen.message().contains("The plan is being written"),
        "{}",
        screen.message()
    );
    screen.settle().await;
    let plan = PlanFile::read(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(plan.items.len(), 5);
    screen.keys("y");
    assert!(screen.state.question.is_some());
}
