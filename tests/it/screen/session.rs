//! A whole session on the demo library: what somebody does who cleans up for an afternoon.

use std::fs;
use std::path::Path;

use mediasweep::jobs::log::JobLog;
use mediasweep::server::demo;
use mediasweep::tui::state::View;
use serde_json::Value;

use super::harness::{Screen, noon, put, still};
use crate::support::{TestService, edit};

fn lock_first(answer: &mut Value) {
    let first = &mut answer["result"][0];
    first["status"] = 409.into();
    first["code"] = "FileLocked".into();
    first.as_object_mut().unwrap().remove("recycledItemId");
}

async fn go(screen: &mut Screen, folder: &str) {
    screen.keys(":cd<Space>");
    screen.take_text(folder);
    screen.keys("<Enter>");
    screen.settle().await;
    assert_eq!(screen.state.browser.directory.to_string(), folder);
}

fn shows(screen: &mut Screen, words: &str) {
    let text = screen.text();
    assert!(text.contains(words), "{words}:\n{text}");
}

/// How many files are left of the exports.
fn exports(root: &Path) -> usize {
    let names = fs::read_dir(root.join("2024/exports")).unwrap();
    let files = names.filter(|name| name.as_ref().unwrap().path().is_file());
    files.count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_afternoon_with_the_demo_library() {
    let logs = tempfile::tempdir().unwrap();
    let service = TestService::with(|config| {
        config.clock = noon;
        demo::make(&config.root, false).unwrap();
    })
    .await;
    let log = JobLog::open(logs.path()).unwrap();
    let still = still();
    let mut screen = Screen::at(service, Some(log), still);
    screen.resize(120, 32);
    screen.settle().await;
    forgotten_exports(&mut screen).await;
    partial_downloads(&mut screen).await;
    doubled_pictures(&mut screen).await;
    what_is_in_the_bin(&mut screen).await;
}

/// Exports that were forgotten, wherever they are. One of them is locked when it is sent, and is
/// free later.
async fn forgotten_exports(screen: &mut Screen) {
    let root = screen.service.root.path().to_owned();
    assert_eq!(exports(&root), 68);
    screen.keys("+in:tree ext:mxf name:tmp_*<Enter>");
    screen.settle().await;
    assert_eq!(screen.state.marks.totals().count, 48);
    screen.keys("gp");
    shows(screen, "48 items");
    shows(screen, "rule  in:tree ext:mxf name:tmp_*");
    shows(screen, "once the bin is emptied too");
    screen.keys("t");
    screen.settle().await;
    shows(screen, "48 still there");

    let faults = &screen.service.faults;
    faults.add("POST /api/v1/batch/", 1, edit(lock_first));
    screen.keys("yy");
    screen.settle().await;
    assert_eq!(screen.state.view, View::Browse);
    shows(screen, "47 recycled");
    let marked = screen.state.marks.totals().count;
    assert_eq!(marked, 1, "what failed stays marked");
    // The service has taken it away by the time its answer is changed.
    put(&root, "2024/exports/tmp_export_01.mxf", 7);
    screen.keys("wl");
    shows(screen, "409 FileLocked");
    screen.keys("ry");
    screen.settle().await;
    assert_eq!(screen.state.marks.totals().count, 0);
    assert_eq!(exports(&root), 20);
    screen.keys("qq");
}

/// Partial downloads go, and come back: they were somebody's.
async fn partial_downloads(screen: &mut Screen) {
    let root = screen.service.root.path().to_owned();
    go(screen, "/2024/exports").await;
    screen.keys("+*.part<Enter>dy");
    screen.settle().await;
    assert_eq!(exports(&root), 0);
    screen.keys("U");
    screen.settle().await;
    shows(screen, "20 still in the bin");
    screen.keys("gg<Enter>");
    screen.settle().await;
    screen.keys("y");
    screen.settle().await;
    assert_eq!(exports(&root), 20);
    screen.keys("q");
    assert_eq!(screen.state.browser.listing.rows(), 22, "rows are back too");
}

/// Pictures that were copied twice into the same folder.
async fn doubled_pictures(screen: &mut Screen) {
    let folder = screen.service.root.path().join("备份/2024-05 照片");
    let pictures = || fs::read_dir(&folder).unwrap().count();
    let before = pictures();
    go(screen, "/备份/2024-05 照片").await;
    screen.keys("gd");
    screen.settle().await;
    screen.keys("o");
    assert_eq!(screen.state.marks.totals().count, 30);
    screen.keys("d");
    let text = screen.text();
    assert!(!text.contains("LAST COPY"), "one of each stays: {text}");
    screen.keys("y");
    screen.settle().await;
    assert_eq!(pictures(), before - 30);
}

/// Three jobs have something in the bin; one was undone.
async fn what_is_in_the_bin(screen: &mut Screen) {
    screen.keys("gt");
    screen.settle().await;
    screen.keys("hh");
    // What was locked was in the bin all the same, and belongs to no job.
    for group in [
        "job 5  (30)",
        "job 2  (1)",
        "other  (1)",
        "job 1  (47)",
        "79 items",
    ] {
        shows(screen, group);
    }
    assert!(!screen.text().contains("job 3"), "{}", screen.text());
    screen.keys("f.jpg<Enter><C-a>r");
    screen.settle().await;
    shows(screen, "Put back 30 items");
    shows(screen, "All names are free.");
    screen.keys("n<Esc><Esc>q");
    assert_eq!(screen.state.view, View::Found);
}
