//! Journeys by searching the library: results as a list like any other.

use insta::assert_snapshot;
use mediasweep::server::faults::Action;
use mediasweep::tui::state::View;

use super::SHOOT;
use super::harness::Screen;

fn found(screen: &Screen) -> usize {
    screen.state.found.as_ref().unwrap().rows()
}

fn many(count: usize) -> Vec<(String, u64)> {
    let name = |at| format!("shoot_{:02}/take_{at:04}.mov", at % 7);
    (0..count).map(|at| (name(at), 1000 + at as u64)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_in_the_whole_library_and_its_rows_can_be_recycled() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("jjlsmov");
    screen.settle().await;
    screen.keys("<Enter>");
    screen.settle().await;
    assert_eq!(found(&screen), 4);
    screen.resize(120, 32);
    assert_snapshot!("search at 120", screen.text());
    screen.resize(60, 16);
    assert_snapshot!("search at 60", screen.text());
    screen.resize(80, 24);
    screen.keys(",Sggv");
    screen.keys("jv");
    assert_eq!(screen.state.marks.totals().count, 2);
    screen.keys("gp");
    assert_eq!(screen.state.view, View::Plan);
    screen.keys("<Esc>dy");
    screen.settle().await;
    assert_eq!(found(&screen), 2, "{}", screen.text());
    assert_eq!(screen.state.view, View::Found);
    screen.keys("<Esc>");
    assert_eq!(screen.state.view, View::Browse);
    assert_eq!(screen.state.browser.directory.as_str(), "proxies");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_search_come_as_they_are_needed() {
    let many = many(150);
    let entries: Vec<(&str, u64)> = many
        .iter()
        .map(|(name, size)| (name.as_str(), *size))
        .collect();
    let mut screen = Screen::on(&entries).await;
    screen.keys("stake_<Enter>");
    screen.settle().await;
    let first = found(&screen);
    assert!((60..150).contains(&first), "{first}");
    assert!(
        screen.text().contains("more on scroll"),
        "{}",
        screen.text()
    );
    screen.keys("G");
    screen.settle().await;
    assert!(found(&screen) > first);
    screen.keys("<C-a>");
    assert!(
        screen
            .message()
            .contains("Ctrl-a again marks all that the search finds")
    );
    screen.keys("<C-a>");
    screen.settle().await;
    assert_eq!(
        (found(&screen), screen.state.marks.totals().count),
        (150, 150)
    );
    screen.keys("*");
    assert_eq!(screen.state.marks.totals().count, 0);
    // Stopped with more to come, it stays as it is.
    screen.keys("f<C-u>take<Enter><C-s>");
    screen.settle().await;
    assert!(screen.text().contains("stopped"), "{}", screen.text());
    screen.keys("R");
    screen.settle().await;
    assert!(found(&screen) >= 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_writes_the_rule_and_says_what_is_wrong_with_it() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("Simg<Tab><Tab>heic<Tab>4 MB<Tab>nonsense<Enter>");
    assert!(screen.state.form.is_some(), "it stays open");
    assert_snapshot!("a form with a mistake", screen.text());
    screen.keys("<C-u>");
    screen.resize(60, 16);
    assert_snapshot!("the form at 60", screen.text());
    screen.resize(80, 24);
    screen.keys("<Enter>");
    screen.settle().await;
    assert_eq!(found(&screen), 2);
    screen.keys("S");
    assert_eq!(
        screen.state.form.as_ref().unwrap().rule(),
        "img ext:heic size:>=4MB"
    );
    screen.keys("<Esc><Esc>");
    assert_eq!(screen.state.view, View::Browse);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_search_is_walked_through_and_that_is_said() {
    for (status, code) in [
        (400, "SearchNotEnabled"),
        (400, "FunctionNotEnabled"),
        (404, "RouteNotFound"),
    ] {
        let mut screen = Screen::on(SHOOT).await;
        let off = Action::Status {
            status,
            code: code.to_owned(),
            retry_after: None,
            work: false,
        };
        screen.service.faults.add("POST /api/v1/search/", 1, off);
        screen.keys("smov size:..1M<Enter>");
        screen.settle().await;
        assert_eq!(found(&screen), 1, "{}", screen.text());
        assert!(screen.text().contains("no search here: folder by folder"));
    }
    let mut screen = Screen::on(SHOOT).await;
    screen
        .service
        .faults
        .add("POST /api/v1/search/", 9, Action::status(500));
    screen.keys("smov<Enter>");
    screen.settle().await;
    assert!(
        screen.message().starts_with("The search ended: "),
        "{}",
        screen.message()
    );
    assert_eq!(found(&screen), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_service_finds_too_much_is_left_out() {
    let mut screen = Screen::on(SHOOT).await;
    // The service takes any of the words, the rule wants both.
    screen.keys("simg 22 type:image<Enter>");
    screen.settle().await;
    assert_eq!(found(&screen), 2);
    screen.keys("f<C-u>/^IMG_\\d+/ size:..1M in:/<Enter>");
    screen.settle().await;
    assert_eq!(found(&screen), 1);
    screen.keys("f<C-u>dup:yes");
    assert!(screen.text().contains("copies are not known to a search"));
}
