//! Journeys: keys in, screens out, against the real service.

mod bin;
mod browsing;
mod chinese;
mod duplicates;
mod fetching;
mod finding;
pub mod harness;
mod history;
mod keys;
mod many;
mod marked;
mod modes;
mod naming;
mod places;
mod plan;
mod preview;
mod refused;
mod results;
mod rules;
mod searching;
mod session;
mod shapes;
mod shown;
mod sizes;
mod spoken;
mod taken_up;
mod yank;

use std::fs;
use std::sync::Arc;

use insta::assert_snapshot;
use mediasweep::domain::job::{Activity, Phase};
use mediasweep::server::{TaskRule, Tempo};
use mediasweep::tui::state::View;
use serde_json::Value;
use tokio::sync::Notify;

use crate::support::{edit, instead};
use harness::Screen;
use mediasweep::server::faults::Action;

const SHOOT: &[(&str, u64)] = &[
    ("2024/raw/杭州外拍/A001_C004_0328X7.mov", 1_900_000),
    ("delivery/", 0),
    ("proxies/a.mov", 700),
    ("IMG_2231.heic", 4_300_000),
    ("IMG_2232.heic", 4_400_000),
    ("IMG_10.heic", 90_000),
    ("notes - 场记.txt", 12_000),
    ("测试片段_001_废弃.mov", 1_200_000),
    ("测试片段_002_废弃.mov", 1_250_000),
];

#[tokio::test(flavor = "multi_thread")]
async fn three_marked_rows_are_recycled_and_put_back() {
    let mut screen = Screen::on(SHOOT).await;
    let before = screen.tree();
    screen.keys("4j<Space><Space><Space>");
    assert_snapshot!("three marked", screen.text());
    screen.keys("d");
    assert_snapshot!("the question", screen.text());
    screen.keys("y");
    assert_snapshot!("handed to the job before anything was sent", screen.text());
    screen.settle().await;
    assert_snapshot!("recycled", screen.text());
    assert_eq!(screen.tree().len(), before.len() - 3);
    screen.keys("wl");
    assert_snapshot!("each item has its 200", screen.text());
    screen.keys("qq");
    screen.keys("u");
    assert_snapshot!("asked to undo", screen.text());
    screen.keys("y");
    screen.settle().await;
    assert_snapshot!("put back", screen.text());
    assert_eq!(screen.tree(), before);
    assert!(screen.text().contains("undone"), "{}", screen.text());
    screen.keys("u");
    assert!(
        screen.message().contains("left to put back"),
        "{}",
        screen.message()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_stays_marked_with_its_reason_and_can_be_retried() {
    let entries = [
        ("absent.mov", 5),
        ("busy.mov", 6),
        ("good.mov", 7),
        ("keep.mov", 8),
    ];
    let mut screen = Screen::on(&entries).await;
    screen.resize(120, 32);
    screen
        .service
        .faults
        .add("POST /api/v1/batch/", 1, edit(refuse_two));
    let at = |name| screen.service.root.path().join(name);
    // The service has taken these two away by the time its answer is changed.
    let (busy, keep) = (at("busy.mov"), at("keep.mov"));
    let kept = [fs::read(&busy).unwrap(), fs::read(&keep).unwrap()];
    let absent = at("absent.mov");
    screen.keys("<C-a>");
    fs::remove_file(absent).unwrap();
    screen.agree("d").await;
    screen.settle().await;
    assert_snapshot!("two refused", screen.text());
    screen.keys("w<Enter>");
    assert_snapshot!("the reasons", screen.text());
    fs::write(busy, &kept[0]).unwrap();
    fs::write(keep, &kept[1]).unwrap();
    screen.keys("r");
    assert_snapshot!("only what may be retried is asked about", screen.text());
    screen.keys("y");
    screen.settle().await;
    assert_eq!(screen.tree(), ["keep.mov 8"]);
    screen.keys("qq");
    assert_snapshot!("the one without right is left", screen.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_202_is_polled_to_its_end() {
    let mut screen = Screen::with(SHOOT, |config, _| {
        config.tasks = TaskRule::Always;
        config.tempo = Tempo::Polls(3);
    })
    .await;
    screen.settle().await;
    screen.keys("<C-a>d");
    screen.settle().await;
    screen.keys("y");
    screen
        .until("a task", |state| {
            let job = state.jobs.shown().next();
            job.is_some_and(|job| matches!(job.phase, Phase::Running(Activity::Asking(_))))
        })
        .await;
    assert_snapshot!("asking about the task", screen.text());
    screen.settle().await;
    assert!(screen.tree().is_empty());
    assert!(
        screen.message().starts_with("Job 1 ended: 9 recycled"),
        "{}",
        screen.message()
    );
    screen.keys("uy");
    screen.settle().await;
    assert_eq!(screen.tree().len(), 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_for_ever_wants_the_typed_words() {
    let mut screen = Screen::on(SHOOT).await;
    let before = screen.tree();
    screen.keys("G<Space>kk<Space>D");
    assert_snapshot!("typed words are wanted", screen.text());
    for slip in ["y", "<Enter>", "d", "D", "delete 3<Enter>"] {
        screen.keys(slip);
        screen.keys("<C-u>");
    }
    assert!(screen.state.question.is_some());
    assert_eq!(screen.tree(), before);
    screen.keys("delete 2<Enter>");
    screen.settle().await;
    assert_eq!(screen.tree().len(), before.len() - 2);
    screen.keys("gt");
    screen.settle().await;
    assert!(
        screen.text().contains("The bin is empty"),
        "{}",
        screen.text()
    );
    screen.keys("qu");
    assert!(screen.message().contains("left to put back"));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_meant_for_the_list_answer_no_question() {
    let mut screen = Screen::on(SHOOT).await;
    let before = screen.tree();
    screen.keys("<C-a>");
    screen.slip("dyyy<Enter>");
    assert!(
        screen.state.question.is_some(),
        "keys of the first 0.3 s are not heard"
    );
    screen.keys("d");
    assert!(screen.state.question.is_some(), "d never confirms");
    screen.keys("<Enter>");
    assert!(screen.state.question.is_none(), "Enter presses Cancel");
    screen.settle().await;
    assert_eq!(screen.tree(), before);
    assert_eq!(screen.state.marks.totals().count, 9);
    screen.keys("d");
    screen.settle().await;
    screen.keys("<Tab><Enter>");
    screen.settle().await;
    assert!(
        screen.tree().is_empty(),
        "a focus that was moved on purpose does confirm"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_and_a_half_thousand_marks_go_in_requests_that_grow() {
    let names = frames(2500);
    let mut screen = Screen::with(&sized(&names), |_, _| ()).await;
    screen.settle().await;
    screen.keys("<C-a>dy");
    screen.settle().await;
    let job = screen.state.jobs.shown().next().unwrap();
    let requests: Vec<usize> = job
        .exchanges
        .iter()
        .map(|exchange| exchange.items)
        .collect();
    assert_eq!(requests, [500, 500, 500, 600, 400]);
    assert_eq!(job.tally.recycled, 2500);
    assert!(screen.tree().is_empty());
    assert_eq!(screen.state.marks.totals().count, 0);
    screen.keys("uy");
    screen.settle().await;
    assert_eq!(screen.tree().len(), 2500);
    assert_eq!(screen.state.browser.listing.rows(), 2500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_books_what_was_due_and_leaves_the_rest() {
    let names = frames(30);
    let mut screen = Screen::with(&sized(&names), |_, policy| policy.batch = 10).await;
    screen.settle().await;
    let (first, second) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let arrived = Arc::new(Notify::new());
    for (arrived, go) in [(Arc::default(), &first), (Arc::clone(&arrived), &second)] {
        let hold = Action::Hold(arrived, Arc::clone(go));
        screen.service.faults.add("POST /api/v1/batch/", 1, hold);
    }
    screen.keys("<C-a>dy");
    first.notify_one();
    screen
        .until("ten rows to leave", |state| {
            state.browser.listing.rows() == 20
        })
        .await;
    arrived.notified().await;
    screen.keys("wx");
    second.notify_one();
    screen.settle().await;
    screen.keys("q");
    assert_snapshot!("cancelled in the middle", screen.text());
    assert_eq!(screen.tree().len(), 10);
    assert_eq!(screen.state.marks.totals().count, 10);
    screen.keys("uy");
    screen.settle().await;
    assert_eq!(screen.tree().len(), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_can_be_used_while_pages_still_arrive() {
    let names = frames(2400);
    let mut screen = Screen::with(&sized(&names), |_, _| ()).await;
    screen
        .until("the first page", |state| state.browser.listing.rows() > 0)
        .await;
    assert!(screen.state.is_busy());
    let shown = screen.text();
    assert!(
        shown.contains("200 of 2,400 loaded") && shown.contains("frame_00017.dpx"),
        "{shown}"
    );
    screen.keys("5j<Space>v3jv");
    screen.settle().await;
    assert_eq!(screen.state.marks.totals().count, 5);
    assert_eq!(screen.state.browser.listing.rows(), 2400);
    assert_eq!(
        screen.state.browser.under_cursor().unwrap().name(),
        "frame_00009.dpx"
    );
    screen.keys("G");
    assert!(screen.text().contains("2,400/2,400"), "{}", screen.text());
    screen.keys("1200G");
    assert_eq!(
        screen.state.browser.under_cursor().unwrap().name(),
        "frame_01199.dpx"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_sorts_and_marks_go_together() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("<C-a>f废弃<Enter>");
    assert_snapshot!("marks hidden by the filter are told", screen.text());
    screen.keys("<C-r><Esc>");
    assert_eq!(screen.state.marks.totals().count, 7);
    screen.keys(",S");
    assert_snapshot!("large first, folders before files", screen.text());
    screen.keys("f/(");
    assert!(screen.text().contains("is not a regular expression yet"));
    screen.keys("<Enter>");
    assert!(
        screen.state.prompt.is_some(),
        "what is no filter yet is not kept"
    );
    screen.keys("<Esc>");
    assert_eq!(screen.state.browser.listing.rows(), 9);
    screen.keys("<Esc><Esc>");
    assert_eq!(screen.state.marks.totals().count, 0);
    screen.keys("gv");
    assert_eq!(screen.state.marks.totals().count, 7);
    screen.keys("<Esc>j<Esc>");
    assert_eq!(
        screen.state.marks.totals().count,
        7,
        "only Esc twice in a row clears"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_down_and_up_again_keeps_the_place() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("jjl");
    screen.settle().await;
    assert_eq!(screen.state.browser.directory.as_str(), "proxies");
    screen.keys("<Space>h");
    screen.settle().await;
    assert_eq!(
        screen.state.browser.under_cursor().unwrap().name(),
        "proxies"
    );
    screen.keys("gg<Space>gm");
    assert_snapshot!("marks of several folders", screen.text());
    screen.keys("G<Enter>");
    screen.settle().await;
    assert_eq!(screen.state.browser.directory.as_str(), "proxies");
    assert_eq!(screen.state.browser.under_cursor().unwrap().name(), "a.mov");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bin_puts_back_deletes_for_ever_and_empties() {
    let mut screen = Screen::on(SHOOT).await;
    screen.agree("G<Space>gg<Space>d").await;
    screen.settle().await;
    screen.keys("gt");
    screen.settle().await;
    let shown = screen.text();
    assert!(
        shown.contains("测试片段_002_废弃.mov") && shown.contains("2024/"),
        "{shown}"
    );
    screen.keys("d");
    assert!(screen.message().contains("Already in the bin"));
    screen.keys("<C-a>r");
    assert!(
        screen.text().contains("Put back 2 items"),
        "{}",
        screen.text()
    );
    screen.keys("y");
    screen.settle().await;
    assert_eq!(screen.tree().len(), 13);
    assert!(
        screen.text().contains("The bin is empty"),
        "{}",
        screen.text()
    );
    screen.agree("q<C-a>d").await;
    screen.settle().await;
    screen.keys("gt");
    screen.settle().await;
    screen.keys("jD");
    screen.keys("delete 1<Enter>");
    screen.settle().await;
    assert_eq!(screen.state.bin.items.len(), 8);
    screen.keys("E");
    assert_snapshot!("emptying wants its words", screen.text());
    screen.keys("empty bin<Enter>");
    screen.settle().await;
    assert!(
        screen.text().contains("The bin is empty"),
        "{}",
        screen.text()
    );
    assert!(screen.tree().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bin_is_not_emptied_behind_a_job_that_fills_it() {
    let mut screen = Screen::on(SHOOT).await;
    screen.agree("d").await;
    screen.settle().await;
    let go = Arc::new(Notify::new());
    let hold = Action::Hold(Arc::default(), Arc::clone(&go));
    screen.service.faults.add("POST /api/v1/batch/", 1, hold);
    screen.agree("<C-a>d").await;
    screen.keys("gt");
    screen
        .until("the bin", |state| !state.bin.is_loading())
        .await;
    screen.keys("E");
    assert!(screen.state.question.is_none());
    assert!(
        screen.message().contains("Job 2 is filling the bin"),
        "{}",
        screen.message()
    );
    go.notify_one();
    screen.settle().await;
    assert_eq!(screen.state.bin.items.len(), 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_in_the_bin_stays_with_its_items_when_others_leave() {
    let mut screen = Screen::on(SHOOT).await;
    screen.agree("<C-a>d").await;
    screen.keys("gt");
    screen.settle().await;
    screen.keys("gtzg<Space><Space>r");
    let go = Arc::new(Notify::new());
    let hold = Action::Hold(Arc::default(), Arc::clone(&go));
    screen.service.faults.add("POST /api/v1/recycled/", 1, hold);
    screen.keys("y");
    screen.keys("jvj");
    let wanted: Vec<_> = screen.state.bin.items[3..=4]
        .iter()
        .map(|item| item.id.clone())
        .collect();
    go.notify_one();
    screen.settle().await;
    let rows = screen.state.bin.range_rows().unwrap();
    let ranged: Vec<_> = screen.state.bin.items[rows]
        .iter()
        .map(|item| item.id.clone())
        .collect();
    assert_eq!(ranged, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn quitting_with_marks_takes_two_keys_where_they_cannot_be_kept() {
    let mut screen = Screen::on(SHOOT).await;
    screen.state.keeps_marks = false;
    screen.keys("<Space>q");
    assert!(!screen.has_ended && screen.message().contains("1 mark would be lost"));
    screen.keys("jq");
    assert!(!screen.has_ended, "another key came between");
    screen.keys("q");
    assert!(screen.has_ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_that_was_deleted_is_not_shown_as_empty() {
    let mut screen = Screen::on(SHOOT).await;
    fs::remove_dir_all(screen.service.root.path()).unwrap();
    screen.keys("R");
    screen.settle().await;
    assert!(
        screen.message().contains("not there any more"),
        "{}",
        screen.message()
    );
    assert_eq!(
        screen.state.browser.listing.rows(),
        9,
        "the rows stay until there are others"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_makes_no_question_deaf() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("d");
    screen.set_clock_back();
    screen.keys("n");
    assert!(screen.state.question.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bin_every_delete_says_so_and_wants_words() {
    let entries = [("a.mov", 3), ("b.mov", 4)];
    let mut screen = Screen::with(&entries, |config, _| config.bin = false).await;
    screen.settle().await;
    screen.keys("d");
    assert_snapshot!("there is no bin", screen.text());
    screen.keys("y<Enter>");
    assert_eq!(screen.tree().len(), 2);
    screen.keys("<C-u>delete 1<Enter>");
    screen.settle().await;
    assert_eq!(screen.tree(), ["b.mov 4"]);
    screen.keys("gt");
    screen.settle().await;
    assert!(
        screen.text().contains("no recycle bin"),
        "{}",
        screen.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_recycled_while_one_is_in_it_is_left() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("jj<Space>kl");
    screen.settle().await;
    screen.keys("<Space>");
    screen.keys("d");
    screen.settle().await;
    assert_snapshot!(
        "what lies inside a marked folder is counted once",
        screen.text()
    );
    screen.keys("y");
    screen.settle().await;
    assert!(screen.state.browser.directory.is_root());
    assert_eq!(screen.state.marks.totals().count, 0);
    assert!(!screen.service.has("proxies"));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_would_drive_a_terminal_are_spelled_out() {
    let long = "很长".repeat(40);
    let mut screen = Screen::on(&[
        ("\u{1b}[2J\u{1b}[31mred", 1),
        ("a\nb\tc", 1),
        ("gpj.\u{202e}exe", 1),
        (" lead", 1),
        ("trail ", 1),
        ("é👩\u{200d}👩\u{200d}👧", 1),
        (&long, 1),
    ])
    .await;
    let shown = screen.text();
    assert!(
        !shown.chars().any(|c| c.is_control() && c != '\n'),
        "{shown:?}"
    );
    assert_snapshot!("names made safe", shown);
    screen.agree("<C-a>d").await;
    screen.settle().await;
    assert!(screen.tree().is_empty(), "and they can be deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn panes_come_and_go_with_the_size_of_the_terminal() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("4j<Space>dy");
    screen.settle().await;
    screen.resize(60, 16);
    assert_snapshot!("sixty by sixteen", screen.text());
    screen.resize(120, 32);
    assert_snapshot!("a hundred and twenty by thirty-two", screen.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn quitting_with_a_job_asks_and_can_wait_for_it() {
    let mut screen = Screen::on(SHOOT).await;
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    screen.service.faults.add(
        "POST /api/v1/batch/",
        1,
        Action::Hold(arrived, Arc::clone(&go)),
    );
    screen.keys("<C-a>d");
    screen.settle().await;
    screen.keys("yq");
    assert_snapshot!("a job is not over", screen.text());
    screen.keys("f");
    assert!(!screen.has_ended);
    go.notify_one();
    screen.settle().await;
    assert!(screen.has_ended);
    assert!(screen.tree().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_help_lists_every_key_of_the_screen_it_was_called_from() {
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("?");
    assert_snapshot!("help", screen.text());
    screen.keys("<Esc>w?");
    assert!(
        screen.text().contains("Keys of the jobs"),
        "{}",
        screen.text()
    );
    screen.keys("<Esc>q");
    assert_eq!(screen.state.view, View::Browse);
    screen.keys("<Tab>");
    assert_eq!(screen.state.view, View::Marks);
    screen.keys("<Tab><Tab>");
    assert_eq!(screen.state.view, View::Browse);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_fails_says_why_and_can_be_tried_again() {
    let mut screen = Screen::on(&[("a.mov", 3)]).await;
    let page = "<html>a proxy \u{1b}[31m says no</html>";
    screen
        .service
        .faults
        .add("GET /api/v1/directory/", 1, instead(403, &[], page));
    screen.keys("gh");
    screen.settle().await;
    assert_snapshot!("the listing failed", screen.text());
    screen.keys("R");
    screen.settle().await;
    assert_eq!(screen.state.browser.listing.rows(), 1);
}

/// What a service would say that has not deleted two of the items.
fn refuse_two(answer: &mut Value) {
    for item in answer["result"].as_array_mut().into_iter().flatten() {
        let (status, code) = match item["path"][0].as_str() {
            Some("busy.mov") => (409, "PathConflict"),
            Some("keep.mov") => (403, "NoPermission"),
            _ => continue,
        };
        let path = item["path"].clone();
        *item = serde_json::json!({
            "path": path, "status": status, "code": code, "message": "Not now.",
        });
    }
}

/// Names such as `frame_00017.dpx`.
fn frames(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("frame_{number:05}.dpx"))
        .collect()
}

fn sized(names: &[String]) -> Vec<(&str, u64)> {
    names.iter().map(|name| (name.as_str(), 20)).collect()
}
