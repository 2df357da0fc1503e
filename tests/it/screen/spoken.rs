//! What the screen says in Chinese: messages, warnings, complaints and reasons of a session.

use std::fs;

use insta::assert_snapshot;
use regex::Regex;
use serde_json::Value;

use super::SHOOT;
use super::harness::{InChinese, Screen};
use crate::support::edit;

/// What was said so far. Each is Chinese, but for names, keys, and the words of rules and commands.
#[derive(Default)]
struct Said(Vec<String>);

impl Said {
    fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        let is_chinese = text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        let english = Regex::new(r"[A-Za-z]{2,},? [a-z]{2,}").unwrap();
        let rest = text.replace("mediasweep rm", "");
        assert!(is_chinese && !english.is_match(&rest), "{text}");
        self.0.push(text);
    }

    /// What the line says in which something is typed, else the message.
    fn told(&mut self, screen: &Screen) {
        let state = &screen.state;
        let complaint = [
            (state.prompt.as_ref()).and_then(|it| it.complaint.clone()),
            state.prompt.as_ref().map(|it| it.remark.clone()),
        ];
        let complaint = complaint.into_iter().flatten().find(|it| !it.is_empty());
        let told = complaint.unwrap_or_else(|| screen.message().to_owned());
        if !told.is_empty() {
            self.note(told);
        }
    }

    /// Presses keys, and hears what is said once everything has settled.
    async fn press(&mut self, screen: &mut Screen, keys: &str) {
        screen.keys(keys);
        screen.settle().await;
        self.told(screen);
    }

    /// The same, with a text that is typed after the keys and one more key.
    async fn write(&mut self, screen: &mut Screen, keys: &str, text: &str, then: &str) {
        screen.keys(keys);
        screen.take_text(text);
        screen.keys(then);
        screen.settle().await;
        self.told(screen);
    }

    fn all(&self) -> String {
        self.0.join("\n")
    }
}

fn refuse_two(answer: &mut Value) {
    let results = answer["result"].as_array_mut().unwrap();
    let reasons = [(409, "PathConflict", "Busy."), (403, "NoPermission", "")];
    for (result, (status, code, message)) in results.iter_mut().zip(reasons) {
        result["status"] = status.into();
        result["code"] = code.into();
        result["message"] = message.into();
        result.as_object_mut().unwrap().remove("recycledItemId");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_and_lists_speak_chinese() {
    let _chinese = InChinese::begin();
    let mut screen = Screen::on(SHOOT).await;
    let mut said = Said::default();
    for keys in [
        "h", "<Space>", "<Esc>", "<Esc>", "gv", "v", "<Esc>", "<C-a>", "<C-r>", "mQ", "mq", "'w",
        "''", "H", "L", "<A-5>", "]", "tc", "zs", "zi", "zi", ".", ".", "<F9>", "n", "cc", "cn",
        "&", "u", "w", "U", "<Esc>", "R",
    ] {
        screen.keys(keys);
        screen.settle().await;
        let message = screen.message().to_owned();
        if !message.is_empty() {
            said.note(format!("{keys}  {message}"));
        }
    }
    assert_snapshot!(said.all());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_is_answered_in_chinese() {
    let _chinese = InChinese::begin();
    let mut screen = Screen::on(SHOOT).await;
    let mut said = Said::default();
    for wrong in [
        "typ:video",
        "size:>5X",
        "size:2G..1M",
        "size:",
        "size:..",
        "mod:soon",
        "mod:3m",
        "mod:2025..2024",
        "mod:..",
        "(a",
        "()",
        "a or",
        "!",
        "dup:yes",
        "type:vidio",
        "in:there",
        "name:",
        "/[/",
    ] {
        said.write(&mut screen, "f", wrong, "").await;
        screen.keys("<Esc>");
    }
    said.write(&mut screen, "+", "mark:maybe", "").await;
    screen.keys("<Esc>");
    said.write(&mut screen, "+", "*.heic", "").await;
    said.press(&mut screen, "<Enter>").await;
    said.write(&mut screen, "-", "IMG_10*", "<Enter>").await;
    said.write(&mut screen, "/", "IMG", "").await;
    said.press(&mut screen, "<Enter>").await;
    said.press(&mut screen, "n").await;
    for rule in [
        "*.mov size:>1M mod:<90d",
        "type:video,doc !(ext:mov or name:=a) in:/raw",
        "cre:2023..2024 owner:u207 label:draft path:*/raw/*",
        "mark:yes",
        "",
    ] {
        said.write(&mut screen, "s", rule, "").await;
        screen.keys("<Esc>");
    }
    for command in ["recicle", "sort weight", "quit now", "theme pink", "cd"] {
        said.write(&mut screen, ":", command, "<Enter>").await;
        screen.keys("<Esc>");
    }
    said.write(&mut screen, "a", "delivery", "<Enter>").await;
    said.write(&mut screen, "<C-u>", "..", "<Enter>").await;
    said.press(&mut screen, "<C-u><Enter>").await;
    screen.keys("<Esc>");
    said.press(&mut screen, "<Esc><Esc>gg").await;
    assert_snapshot!(said.all());
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_and_their_reasons_are_told_in_chinese_and_written_for_programs_in_english() {
    let _chinese = InChinese::begin();
    let mut screen = Screen::on(SHOOT).await;
    let mut said = Said::default();
    let faults = &screen.service.faults;
    faults.add("POST /api/v1/batch/", 1, edit(refuse_two));
    said.press(&mut screen, "<C-a>dn").await;
    said.press(&mut screen, "d").await;
    said.press(&mut screen, "y").await;
    let job = screen.state.jobs.shown().next().unwrap();
    for index in 0..2 {
        said.note(job.outcomes.failure(index).unwrap().sentence());
    }
    screen.keys("wl");
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["report.json", "report.csv", "report.txt"] {
        screen.keys("W<C-u>");
        screen.take_text(at(name).to_str().unwrap());
        screen.keys("<Enter>");
        screen.settle().await;
        said.note(
            screen
                .message()
                .replace(folder.path().to_str().unwrap(), ""),
        );
    }
    let json: Value = serde_json::from_slice(&fs::read(at("report.json")).unwrap()).unwrap();
    assert_eq!(
        (&json["what"], &json["ended"]),
        (&"recycle".into(), &"finished".into())
    );
    let rows = json["results"].as_array().unwrap();
    let failed = rows
        .iter()
        .find(|row| row["code"] == "PathConflict")
        .unwrap();
    let reason = "something else works on it or holds its name; try again later: Busy";
    assert_eq!(failed["message"], reason);
    let table = fs::read_to_string(at("report.csv")).unwrap();
    assert!(
        table.contains(reason) && table.contains("recycled"),
        "{table}"
    );
    let text = fs::read_to_string(at("report.txt")).unwrap();
    assert!(text.starts_with("作业 1：移入回收站 "), "{text}");
    assert!(
        text.contains("该条目正被其他操作占用") && text.contains("已移入回收站"),
        "{text}"
    );
    screen.keys("<Esc><Esc>");
    said.press(&mut screen, "uy").await;
    said.press(&mut screen, "u").await;
    assert_snapshot!(said.all());
}

#[tokio::test(flavor = "multi_thread")]
async fn pasting_renaming_fetching_and_the_bin_speak_chinese() {
    let _chinese = InChinese::begin();
    let mut screen = Screen::on(SHOOT).await;
    let mut said = Said::default();
    said.press(&mut screen, "Gy").await;
    said.press(&mut screen, "p").await;
    said.press(&mut screen, "<Esc>Y").await;
    said.press(&mut screen, "x").await;
    said.press(&mut screen, "p").await;
    said.press(&mut screen, "X").await;
    said.press(&mut screen, "X").await;
    said.press(&mut screen, "r<Enter>").await;
    screen.keys("r<C-u>");
    screen.take_text("a/b");
    said.press(&mut screen, "<Enter>").await;
    screen.keys("<Esc>O<C-u>");
    screen.take_text("/dev/null/there");
    screen.settle().await;
    screen.keys("<Enter>");
    screen.settle().await;
    let message = screen.message().to_owned();
    assert!(
        message.starts_with("未下载：本机没有该文件夹："),
        "{message}"
    );
    said.press(&mut screen, "O<C-u><Enter>").await;
    screen.keys("<Esc>");
    screen.keys("gt");
    screen.settle().await;
    said.press(&mut screen, "r").await;
    said.press(&mut screen, "E").await;
    screen.keys("<Esc><Esc>");
    said.press(&mut screen, "Gd").await;
    said.press(&mut screen, "y").await;
    screen.keys("gt");
    screen.settle().await;
    said.press(&mut screen, "d").await;
    said.write(&mut screen, "f", "owner:u1", "").await;
    screen.keys("<Esc>");
    said.press(&mut screen, "ry").await;
    assert_snapshot!(said.all());
}
