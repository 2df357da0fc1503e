//! Every screen of the clean-up, at three sizes, with names that terminals stumble over.

use std::fs;

use insta::assert_snapshot;
use mediasweep::jobs::log::JobLog;
use serde_json::Value;

use super::harness::{Screen, new_year, noon, put, still};
use crate::support::{TestService, edit};

const ODD: &[(&str, u64)] = &[
    ("杭州外拍/测试片段_001_废弃.mov", 1_200_000),
    ("杭州外拍/👩\u{200d}👩\u{200d}👧 party 🎬.mov", 2_300_000),
    ("杭州外拍/ملف الفيديو.mov", 900_000),
    ("杭州外拍/gpj.\u{202e}vom.exe", 700),
    ("杭州外拍/clear\u{1b}[2J screen.mov", 800_000),
    ("杭州外拍/e\u{301}dition finale.mov", 640_000),
    ("杭州外拍/proxies/", 0),
    ("场记.txt", 12_000),
];

async fn at_three_sizes(screen: &mut Screen, name: &str) {
    for (width, height) in [(120, 32), (80, 24), (60, 16)] {
        screen.resize(width, height);
        screen.settle().await;
        assert_snapshot!(format!("{name} {width}x{height}"), screen.text());
    }
    screen.resize(120, 32);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_break_no_screen_at_no_size() {
    let logs = tempfile::tempdir().unwrap();
    let service = TestService::with(|config| config.clock = noon).await;
    for (name, size) in ODD {
        put(service.root.path(), name, *size);
    }
    for folder in ["杭州外拍/proxies", "杭州外拍"] {
        let folder = fs::File::open(service.root.path().join(folder)).unwrap();
        folder.set_modified(new_year()).unwrap();
    }
    let log = JobLog::open(logs.path()).unwrap();
    let still = still();
    let mut screen = Screen::at(service, Some(log), still);
    screen.settle().await;
    screen.keys("l");
    screen.settle().await;
    screen.keys("<C-a>");
    screen.keys("d");
    at_three_sizes(&mut screen, "odd question").await;
    screen.keys("t");
    screen.settle().await;
    at_three_sizes(&mut screen, "odd plan").await;
    screen.keys("y");
    screen.settle().await;
    let faults = &screen.service.faults;
    faults.add("POST /api/v1/batch/", 1, edit(refuse_last));
    screen.keys("y");
    screen.settle().await;
    screen.keys("w");
    at_three_sizes(&mut screen, "odd jobs").await;
    screen.keys("lG");
    at_three_sizes(&mut screen, "odd results").await;
    screen.keys("qq");
    put(screen.service.root.path(), ODD[1].0, 5);
    screen.keys("gt");
    screen.settle().await;
    screen.keys("f👩<Enter>Gi");
    at_three_sizes(&mut screen, "odd bin").await;
    screen.keys("<Esc>r");
    at_three_sizes(&mut screen, "odd restore").await;
    screen.keys("nqD");
    at_three_sizes(&mut screen, "odd for ever").await;
}

fn refuse_last(answer: &mut Value) {
    let results = answer["result"].as_array_mut().unwrap();
    let last = results.last_mut().unwrap();
    last["status"] = 409.into();
    last["code"] = "FileLocked".into();
    last.as_object_mut().unwrap().remove("recycledItemId");
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_do_they_break_the_screens_around_it() {
    let mut screen = Screen::on(ODD).await;
    let root = screen.service.root.path().to_owned();
    for name in ["twin 1.mov", "杭州外拍/twin 2.mov"] {
        put(&root, name, 0);
        fs::write(root.join(name), "the same in both").unwrap();
        let file = fs::File::options()
            .append(true)
            .open(root.join(name))
            .unwrap();
        file.set_modified(new_year()).unwrap();
    }
    fs::File::open(root.join("杭州外拍"))
        .unwrap()
        .set_modified(new_year())
        .unwrap();
    screen.keys("l");
    screen.settle().await;
    screen.keys("jj<Space>v2j");
    at_three_sizes(&mut screen, "odd list").await;
    screen.keys("v+ext:mov<Space>size:>600K");
    at_three_sizes(&mut screen, "odd rule").await;
    screen.keys("<Enter>gm");
    at_three_sizes(&mut screen, "odd marks").await;
    screen.keys("qh");
    screen.settle().await;
    screen.keys("qggjp");
    for (begin, what) in [
        ("gd", "duplicates"),
        ("gb", "biggest"),
        ("ge", "empty folders"),
        // When a row was made differs from run to run: without the pane that tells it.
        ("zpS", "search form"),
    ] {
        screen.keys(begin);
        screen.settle().await;
        at_three_sizes(&mut screen, &format!("odd {what}")).await;
        screen.keys("<Esc>q");
    }
    screen.keys("smov<Enter>");
    screen.settle().await;
    at_three_sizes(&mut screen, "odd search").await;
    screen.keys("q?");
    at_three_sizes(&mut screen, "odd help").await;
    screen.keys("<Esc>:so");
    at_three_sizes(&mut screen, "odd command line").await;
    screen.keys("<Esc>");
    screen.state.libraries.labels = [
        "studio  smh1 / -".to_owned(),
        "素材库  smh0abc / 杭州外拍-2024".to_owned(),
    ]
    .into();
    screen.state.libraries.here = Some(1);
    screen.keys("gl");
    at_three_sizes(&mut screen, "odd libraries").await;
}
