//! Journeys by what can be shown otherwise: columns, times, units, dot files, panes, names of tabs.

use insta::assert_snapshot;

use super::SHOOT;
use super::harness::Screen;

#[tokio::test(flavor = "multi_thread")]
async fn columns_times_and_units_are_chosen_by_letters() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("zctzuyztr");
    screen.resize(120, 32);
    assert_snapshot!("types, bytes and ages", screen.text());
    screen.keys("zctzcszudzti");
    let shown = screen.text();
    assert!(shown.contains("2026-01-03T09:20+00:00"), "{shown}");
    assert!(
        shown.contains("columns: modified   units of 1,000"),
        "{shown}"
    );
    screen.keys("zcszcozclzcc");
    screen.resize(60, 16);
    let shown = screen.text();
    assert!(shown.contains("4.3 MB"), "what fits is shown:\n{shown}");
    assert!(!shown.contains("2026-01-03T"), "names need room:\n{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_dot_files_are_counted_and_so_are_their_marks() {
    let entries = [(".git/config", 1), (".a", 2), ("b", 3), ("c", 4)];
    let mut screen = Screen::on(&entries).await;
    screen.keys("<C-a>.");
    assert_eq!(screen.message(), "2 dot files hidden here.");
    let shown = screen.text();
    assert!(shown.contains("2 dot files hidden (. shows)"), "{shown}");
    assert!(
        shown.contains("4 marked") && shown.contains(", 2 hidden"),
        "{shown}"
    );
    screen.keys("fb<Enter>");
    let shown = screen.text();
    assert!(
        shown.contains("filter: b (1 of 4), no dot files"),
        "{shown}"
    );
    screen.keys("<Esc>");
    assert_eq!(
        screen.state.browser.listing.rows(),
        2,
        "Esc drops what was typed"
    );
    screen.keys("tt");
    screen.settle().await;
    assert_eq!(
        screen.state.browser.listing.rows(),
        2,
        "and holds in every tab"
    );
    screen.keys(".");
    assert_eq!(screen.state.browser.listing.rows(), 4);
    screen.keys("[");
    screen.settle().await;
    assert_eq!(screen.state.browser.listing.rows(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn panes_come_and_go_and_lie_over_a_narrow_list() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("4j<Space>zp");
    let shown = screen.text();
    assert!(
        shown.contains("This row") && shown.contains("4,400,000 bytes"),
        "{shown}"
    );
    screen.keys("zm");
    let shown = screen.text();
    assert!(
        shown.contains("Marks 1") && !shown.contains("This row"),
        "{shown}"
    );
    screen.resize(60, 16);
    assert_snapshot!("the marks over a narrow list", screen.text());
    screen.keys("<Esc>");
    assert!(!screen.text().contains("gm opens"));
    assert_eq!(
        screen.state.marks.totals().count,
        1,
        "Esc closes the pane first"
    );
    screen.resize(120, 32);
    screen.keys("zm");
    let shown = screen.text();
    assert!(
        !shown.contains("gm opens") && shown.contains("This row"),
        "{shown}"
    );
    screen.keys("zp");
    assert!(!screen.text().contains("This row"));
    screen.keys("zmzpdy");
    screen.settle().await;
    let panel = |screen: &mut Screen| screen.text().contains("Jobs");
    assert!(panel(&mut screen));
    screen.keys("zj");
    assert!(!panel(&mut screen));
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_tell_what_is_in_them_and_what_is_marked_there() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("jjzs");
    screen.settle().await;
    screen.keys("l");
    screen.settle().await;
    screen.keys("<Space>h");
    screen.settle().await;
    let shown = screen.text();
    assert!(
        shown.contains("proxies/  (1 file, 1 marked inside)"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_has_the_name_that_it_was_given() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("trold takes<Enter>");
    assert!(screen.text().contains("old takes"), "{}", screen.text());
    screen.keys("tt");
    screen.settle().await;
    assert!(!screen.text().contains("old takes"));
    screen.keys("[tr<C-u><Enter>");
    assert!(!screen.text().contains("old takes"));
}
