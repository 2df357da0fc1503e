//! Journeys by history, letters, typed paths and tabs; what is copied; marking a whole folder.

use std::fs;
use std::sync::Arc;

use mediasweep::keep::Shelf;
use mediasweep::tui::effect::Effect;

use super::harness::Screen;
use super::{SHOOT, frames, sized};

fn here(screen: &Screen) -> &str {
    screen.state.browser.directory.as_str()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_back_and_forward_and_letters_for_folders() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("mrjjl");
    screen.settle().await;
    assert_eq!(here(&screen), "proxies");
    screen.keys("H");
    screen.settle().await;
    assert_eq!(here(&screen), "");
    screen.keys("L");
    screen.settle().await;
    assert_eq!(here(&screen), "proxies");
    screen.keys("mp'");
    assert!(
        screen
            .text()
            .contains("'   ' last folder   p /proxies   r /"),
        "{}",
        screen.text()
    );
    screen.keys("r");
    screen.settle().await;
    assert_eq!(here(&screen), "");
    screen.keys("''");
    screen.settle().await;
    assert_eq!(here(&screen), "proxies");
    screen.keys("'z");
    assert!(screen.message().contains("No folder is remembered under z"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_path_is_completed_from_the_service() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("g<Space>");
    screen.settle().await;
    let shown = screen.text();
    assert!(
        shown.contains(" go to: /  2024  delivery  proxies"),
        "{shown}"
    );
    screen.keys("2<Tab>");
    screen.settle().await;
    screen.keys("<Tab>");
    screen.settle().await;
    screen.keys("<Tab>");
    screen.settle().await;
    let typed = screen.state.prompt.as_ref().unwrap();
    assert_eq!(typed.line.value(), "/2024/raw/杭州外拍/");
    screen.keys("<Enter>");
    screen.settle().await;
    assert_eq!(here(&screen), "2024/raw/杭州外拍");
    // A slash behind that of the folder begins anew, and no Tab is too early.
    screen.keys("g<Space>/2<Tab>");
    screen.settle().await;
    let typed = screen.state.prompt.as_ref().unwrap();
    assert_eq!(typed.line.value(), "/2024/");
    screen.keys("<Esc>");
    screen.keys("g<Space><C-u>/nowhere/../x<Enter>");
    assert!(screen.text().contains("may not hold the component"));
    screen.keys("<C-u>/nowhere<Enter>");
    screen.settle().await;
    assert!(screen.text().contains("There is no folder /nowhere"));
    screen.keys("<Esc>");
    assert_eq!(here(&screen), "2024/raw/杭州外拍");
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_have_their_own_place_and_share_the_marks() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("4jtt");
    screen.settle().await;
    screen.keys("jjl");
    screen.settle().await;
    assert_eq!(here(&screen), "proxies");
    screen.keys("<Space>,S<A-1>");
    screen.settle().await;
    assert_eq!((here(&screen), screen.state.browser.cursor.row), ("", 4));
    assert_eq!(screen.state.marks.totals().count, 1);
    let shown = screen.text();
    assert!(shown.contains("1/2 tabs"), "{shown}");
    screen.agree("d").await;
    screen.settle().await;
    assert!(!screen.service.has("proxies/a.mov"));
    screen.keys("]");
    screen.settle().await;
    assert_eq!(here(&screen), "proxies");
    assert_eq!(
        screen.state.browser.listing.rows(),
        0,
        "the row has left here too"
    );
    screen.keys("q");
    assert!(!screen.has_ended, "q closes the tab");
    assert_eq!(screen.state.tabs.count(), 1);
    screen.keys("tc");
    assert!(screen.message().contains("last tab"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_on_a_folder_that_is_recycled_shows_its_parent() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("tt");
    screen.settle().await;
    screen.keys("jjl");
    screen.settle().await;
    screen.agree("[jjd").await;
    screen.settle().await;
    assert!(!screen.service.has("proxies"));
    screen.keys("]");
    screen.settle().await;
    assert_eq!(here(&screen), "");
    assert_eq!(screen.state.browser.listing.rows(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_folder_is_marked_only_when_it_is_all_there() {
    let mut screen = Screen::with(&sized(&frames(2400)), |_, _| ()).await;
    screen
        .until("the first page", |state| state.browser.listing.rows() > 0)
        .await;
    screen.keys("<C-a>");
    assert!(
        screen.message().contains("Ctrl-a again marks all 2,400"),
        "{}",
        screen.message()
    );
    let first = screen.state.marks.totals().count;
    screen.keys("<C-a>");
    assert_eq!(screen.state.marks.totals().count, first);
    screen.settle().await;
    assert_eq!(screen.state.marks.totals().count, 2400);
    screen.keys("ggV9jV");
    assert_eq!(screen.state.marks.totals().count, 2390);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_a_folder_is_remembered() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys(",Sggl");
    screen.settle().await;
    assert!(screen.text().contains("sort: name"));
    screen.keys("h");
    screen.settle().await;
    assert!(screen.text().contains("sort: size, large first"));
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_and_names_go_to_the_clipboard_as_they_are() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("ggl");
    screen.settle().await;
    screen.keys("l");
    screen.settle().await;
    screen.keys("l");
    screen.settle().await;
    screen.keys("cccdcfcn");
    let copied: Vec<_> = screen
        .performed
        .iter()
        .filter_map(|effect| match effect {
            Effect::Copy(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(
        copied,
        [
            "/2024/raw/杭州外拍/A001_C004_0328X7.mov",
            "/2024/raw/杭州外拍",
            "A001_C004_0328X7.mov",
            "A001_C004_0328X7",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_and_letters_outlive_the_program() {
    let directory = tempfile::tempdir().unwrap();
    let shelf = Arc::new(Shelf::new(directory.path(), "lib", "-"));
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("jj<Space><Space>kkl");
    screen.settle().await;
    screen.keys("mp<Space>q");
    assert!(screen.has_ended, "nothing is lost");
    let marked = screen.state.marks.totals();
    let mut screen = screen.again(&shelf).await;
    screen.settle().await;
    assert_eq!(screen.state.marks.totals().count, 0);
    assert!(
        screen.message().ends_with("can be brought back: gv"),
        "{}",
        screen.message()
    );
    // Not taken, it is offered once more; also after a session that ended before it was read.
    let screen = screen.again(&shelf).await;
    assert!(screen.state.is_recalling);
    let mut screen = screen.again(&shelf).await;
    screen.settle().await;
    screen.keys("gv'p");
    screen.settle().await;
    assert_eq!(screen.state.marks.totals(), marked);
    assert_eq!(here(&screen), "proxies");
    fs::write(directory.path().join("lib_-.json"), "{").unwrap();
    assert!(shelf.load().is_err());
    assert!(directory.path().join("lib_-.damaged").exists());
    assert!(shelf.load().unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_leads_nowhere_is_not_gone_to() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("jjl");
    screen.settle().await;
    screen.keys("mpmq<Space>g<Space><C-u>");
    screen.take_text("/proxies/none/there");
    screen.keys("<Enter>");
    screen.settle().await;
    assert_eq!(here(&screen), "proxies");
    let text = screen.text();
    assert!(text.contains("There is no folder /proxies/none"), "{text}");
    assert!(text.contains("a.mov"), "{text}");
    assert_eq!(screen.state.marks.totals().count, 1);
    // The line is open still, to mend the path.
    screen.keys("<C-u>");
    screen.take_text("/IMG_10.heic");
    screen.keys("<Enter>");
    screen.settle().await;
    assert_eq!(here(&screen), "");
    let row = screen.state.browser.under_cursor().unwrap();
    assert_eq!(row.name(), "IMG_10.heic");
    assert_eq!(
        screen.message(),
        "/IMG_10.heic is a file: this is its folder."
    );
    fs::remove_dir_all(screen.service.root.path().join("proxies")).unwrap();
    for keys in ["'p", ":cd /proxies<Enter>", "''", "w:cd proxies/x<Enter>"] {
        screen.keys(keys);
        screen.settle().await;
        assert_eq!(here(&screen), "", "{keys}");
        let told = screen.message();
        assert!(told.starts_with("There is no folder /proxies"), "{told}");
    }
    // Keys that are pressed before the answer wait for it.
    screen.keys(":cd /2024<Enter>j<Space>:cd /nowhere<Enter>d");
    screen.settle().await;
    assert_eq!(here(&screen), "2024");
    assert!(screen.state.question.is_none(), "d was meant for elsewhere");
    screen.keys(":cd /delivery<Enter><Esc>");
    screen.settle().await;
    assert_eq!(here(&screen), "2024");
}
