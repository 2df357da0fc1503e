//! The screen in Simplified Chinese.

use std::collections::BTreeSet;
use std::fs;

use insta::assert_snapshot;
use mediasweep::jobs::log::JobLog;
use mediasweep::tui::msg::Msg;
use regex::Regex;
use serde_json::Value;

use super::SHOOT;
use super::harness::{InChinese, Screen, new_year, still};
use crate::support::edit;

#[tokio::test(flavor = "multi_thread")]
async fn marks_speak_chinese() {
    let _chinese = InChinese::begin();
    let mut screen = Screen::on(SHOOT).await;
    screen.keys("<C-a>");
    assert_snapshot!(screen.text());
}

/// What stays as it is in every language: names, and what is written into rules.
const AS_WRITTEN: [&str; 4] = [
    "test library",
    "mediasweep rm",
    "file, dir, image, video, audio, doc",
    "ext:mov or ext:mp4",
];

/// Looks at screens, and remembers the lines on which three English words stand side by side.
#[derive(Default)]
struct Reader {
    english: BTreeSet<String>,
}

impl Reader {
    fn look(&mut self, screen: &mut Screen, name: &str, sizes: &[(u16, u16)]) {
        for (width, height) in sizes {
            screen.resize(*width, *height);
            let text = screen.text();
            assert_snapshot!(format!("{name} {width}"), text);
            self.read(&text);
        }
        screen.resize(120, 32);
    }

    fn read(&mut self, text: &str) {
        let words = Regex::new(r"[A-Za-z']{2,}(?:[,.;:]? [A-Za-z']{2,}){2,}").unwrap();
        for line in text.lines() {
            let mut rest = line.to_owned();
            for known in AS_WRITTEN {
                rest = rest.replace(known, "");
            }
            if words.is_match(&rest) {
                self.english.insert(line.to_owned());
            }
        }
    }

    fn has_read_chinese(self) {
        assert!(self.english.is_empty(), "{:#?}", self.english);
    }
}

const LARGE: &[(u16, u16)] = &[(120, 32)];
const MOST: &[(u16, u16)] = &[(120, 32), (80, 24)];
const ALL: &[(u16, u16)] = &[(120, 32), (80, 24), (60, 16)];

fn refuse_last(answer: &mut Value) {
    let results = answer["result"].as_array_mut().unwrap();
    let last = results.last_mut().unwrap();
    last["status"] = 409.into();
    last["code"] = "FileLocked".into();
    last["message"] = "文件正被上传占用。".into();
    last.as_object_mut().unwrap().remove("recycledItemId");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_up_in_chinese() {
    let _chinese = InChinese::begin();
    let mut reader = Reader::default();
    let mut screen = Screen::on(SHOOT).await;
    let home = tempfile::tempdir().unwrap();
    let log = JobLog::open(home.path().join("jobs")).unwrap();
    let quick = still();
    screen = Screen::at(screen.close().await, Some(log), quick);
    screen.settle().await;
    screen.resize(120, 32);
    screen.settle().await;
    reader.look(&mut screen, "list", LARGE);
    screen.keys("Gv4k");
    reader.look(&mut screen, "range", LARGE);
    screen.keys("v");
    reader.look(&mut screen, "marked", ALL);
    screen.keys("g");
    let at = screen.state.hint_at().unwrap();
    screen.take(Msg::Tick(at));
    reader.look(&mut screen, "keys that follow", MOST);
    screen.keys("<Esc>fmov");
    reader.look(&mut screen, "filter", MOST);
    screen.keys("<Esc>gm");
    reader.look(&mut screen, "marks", MOST);
    screen.keys("zg");
    reader.look(&mut screen, "marks in groups", LARGE);
    screen.keys("qgp");
    reader.look(&mut screen, "plan", ALL);
    screen.keys("tj<Space>");
    screen.settle().await;
    reader.look(&mut screen, "dry run", MOST);
    screen.keys("<Esc>d");
    reader.look(&mut screen, "recycle", ALL);
    screen.keys("<Esc>D");
    reader.look(&mut screen, "for ever", ALL);
    screen.keys("<Esc>");
    let faults = &screen.service.faults;
    faults.add("POST /api/v1/batch/", 1, edit(refuse_last));
    screen.keys("dy");
    reader.look(&mut screen, "handed over", LARGE);
    screen.keys("q");
    reader.look(&mut screen, "quit", MOST);
    screen.keys("<Esc>");
    screen.settle().await;
    reader.look(&mut screen, "one refused", MOST);
    screen.keys("w");
    reader.look(&mut screen, "jobs", ALL);
    screen.keys("l");
    reader.look(&mut screen, "results", ALL);
    screen.keys("j");
    reader.look(&mut screen, "reason", LARGE);
    screen.keys("r");
    reader.look(&mut screen, "retry", MOST);
    screen.keys("<Esc>qqU");
    screen.settle().await;
    reader.look(&mut screen, "history", MOST);
    screen.keys("qgt");
    screen.settle().await;
    reader.look(&mut screen, "bin", ALL);
    screen.keys("j<Space>i");
    screen.settle().await;
    reader.look(&mut screen, "bin with details", MOST);
    screen.keys("r");
    screen.settle().await;
    reader.look(&mut screen, "put back", ALL);
    screen.keys("<Esc>E");
    reader.look(&mut screen, "empty bin", MOST);
    reader.has_read_chinese();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_looked_at_in_chinese() {
    let _chinese = InChinese::begin();
    let mut reader = Reader::default();
    let mut screen = Screen::on(SHOOT).await;
    let root = screen.service.root.path().to_owned();
    let copy = root.join("proxies/IMG_10.heic");
    fs::copy(root.join("IMG_10.heic"), &copy).unwrap();
    let copy = fs::File::options().write(true).open(copy).unwrap();
    copy.set_modified(new_year()).unwrap();
    let proxies = fs::File::open(root.join("proxies")).unwrap();
    proxies.set_modified(new_year()).unwrap();
    screen.resize(120, 32);
    screen.keys("?");
    reader.look(&mut screen, "help", ALL);
    screen.take_text("回收站");
    reader.look(&mut screen, "help about the bin", LARGE);
    screen.keys("<C-u>recycle");
    assert!(screen.text().contains("移入回收站"), "English finds it too");
    screen.keys("<C-u>ext:");
    reader.look(&mut screen, "help about rules", MOST);
    screen.keys("<Esc><Esc>Gi");
    screen.settle().await;
    // They tell of an inode, which differs from run to run.
    reader.read(&screen.text());
    screen.keys("qS");
    // On a wider screen the time at which a file was made shows beside it.
    reader.look(&mut screen, "form", &ALL[1..]);
    screen.keys("<Esc>gb");
    screen.settle().await;
    reader.look(&mut screen, "biggest", MOST);
    screen.keys("qge");
    screen.settle().await;
    reader.look(&mut screen, "empty folders", LARGE);
    screen.keys("qgB");
    screen.settle().await;
    reader.look(&mut screen, "weights", LARGE);
    screen.keys("qgd");
    screen.settle().await;
    reader.look(&mut screen, "duplicates", MOST);
    screen.keys("qsmov<Enter>");
    screen.settle().await;
    reader.look(&mut screen, "search", MOST);
    screen.keys("qggj<C-a>yp");
    screen.settle().await;
    reader.look(&mut screen, "paste", MOST);
    screen.keys("<Esc>YG<Enter>");
    screen.settle().await;
    reader.look(&mut screen, "preview", LARGE);
    screen.state.libraries.labels = vec!["studio  smh1 / -".to_owned(), "场记  /srv".to_owned()];
    screen.state.libraries.here = Some(1);
    screen.keys("hgl");
    reader.look(&mut screen, "libraries", MOST);
    screen.keys("<Esc>:");
    reader.look(&mut screen, "command line", LARGE);
    screen.keys("<Esc>");
    screen.resize(50, 12);
    reader.read(&screen.text());
    reader.has_read_chinese();
}
