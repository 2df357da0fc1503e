//! Journeys through the library: what the header says, and what it costs to look again.

use insta::assert_snapshot;
use mediasweep::server::faults::Action;
use mediasweep::tui::msg::Msg;

use super::harness::{Screen, put};
use super::{SHOOT, frames, sized};
use crate::support::edit;

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_of_an_unchanged_folder_fetches_nothing() {
    let mut screen = Screen::with(&sized(&frames(1500)), |_, _| ()).await;
    screen.settle().await;
    assert_eq!(screen.service.faults.answered("200 GET /directory/"), 3);
    screen.keys("5jR");
    screen.settle().await;
    assert_eq!(screen.service.faults.answered("304 GET /directory/"), 3);
    assert_eq!(screen.service.faults.answered("200 GET /directory/"), 3);
    assert_eq!(screen.message(), "Nothing has changed here.");
    put(screen.service.root.path(), "frame_00000_b.dpx", 7);
    screen.take(Msg::Focus(true));
    screen.settle().await;
    assert_eq!(screen.state.browser.listing.rows(), 1501);
    let name = screen.state.browser.under_cursor().unwrap().name();
    assert_eq!(name, "frame_00005.dpx");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_header_tells_place_quota_and_connection() {
    let mut screen = Screen::on(SHOOT).await;
    let quota = edit(|usage| usage[0]["capacity"] = "1099511627776".into());
    screen.service.faults.add("GET /api/v1/usage/", 1, quota);
    for keys in ["R", "gg<Enter>", "<Enter>", "<Enter>"] {
        screen.keys(keys);
        screen.settle().await;
    }
    screen.resize(120, 32);
    assert_snapshot!("header at 120", screen.header());
    screen.resize(60, 16);
    assert_snapshot!("header at 60", screen.header());
    screen
        .service
        .faults
        .add("GET /api/v1/directory/", 9, Action::DropBefore);
    screen.keys("R");
    screen.settle().await;
    assert!(screen.header().contains("NO ANSWER"), "{}", screen.header());
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_are_measured_by_statistics_or_counted() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("zs");
    screen.settle().await;
    let row = |text: &str| text.lines().nth(2).unwrap().to_owned();
    let by_statistics = row(&screen.text());
    assert!(
        by_statistics.contains("2024/") && by_statistics.contains("1.8 MB"),
        "{by_statistics}"
    );
    let asked = screen.service.faults.count("GET /directory/ stats=1");
    assert_eq!(asked, 3);
    // What is known of folders is among the bytes of the marks, whatever is marked inside.
    screen.keys("<Space>");
    assert!(
        screen.text().contains("1 marked  1.8 MB"),
        "{}",
        screen.text()
    );
    screen.keys("k<Enter>");
    screen.settle().await;
    screen.keys("<Space>h");
    screen.settle().await;
    assert!(
        screen.text().contains("2 marked  1.8 MB"),
        "{}",
        screen.text()
    );
    screen.keys("<Esc><Esc>");
    // Without statistics the same comes of counting.
    let off = Action::status(400);
    screen
        .service
        .faults
        .add("GET /api/v1/directory/ stats", 3, off);
    screen.keys("zs");
    screen.settle().await;
    screen.keys("k");
    assert_eq!(row(&screen.text()), by_statistics);
    screen.keys("Gdy");
    screen.settle().await;
    screen.keys("ggjjl");
    screen.settle().await;
    screen.keys("dyh");
    screen.settle().await;
    let proxies = mediasweep::domain::path::RemotePath::parse("proxies").unwrap();
    assert!(
        screen.state.sizes.get(&proxies).is_none(),
        "what was in it has left"
    );
}
