//! `put`, `get` and `mkdir` as a user types them, against the real service.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use mediasweep::server::faults::Action;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{SECRET, TestService, instead, put_files};

const PART: u64 = 8 << 20;

/// A service, a home of the program, and a folder of the user.
struct Desk {
    service: TestService,
    home: TempDir,
    local: TempDir,
}

impl Desk {
    async fn new() -> Self {
        Self {
            service: TestService::start().await,
            home: tempfile::tempdir().unwrap(),
            local: tempfile::tempdir().unwrap(),
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mediasweep"));
        for name in ["TOKEN", "PROFILE", "BATCH", "TIMEOUT", "MAX_ITEMS", "LOG"] {
            command.env_remove(format!("MEDIASWEEP_{name}"));
        }
        command
            .args(args)
            .args(["--url", &self.service.url, "--library", "lib"])
            .env("MEDIASWEEP_HOME", self.home.path())
            .env("MEDIASWEEP_SECRET", SECRET)
            .current_dir(self.local.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    async fn run(&self, args: &[&str]) -> Run {
        let mut command = self.command(args);
        let output = tokio::task::spawn_blocking(move || command.output());
        Run::of(output.await.unwrap().unwrap())
    }

    fn local(&self, name: &str) -> PathBuf {
        self.local.path().join(name)
    }

    fn remote(&self, name: &str) -> PathBuf {
        self.service.root.path().join(name)
    }

    /// From now on bytes go up slowly.
    fn slow(&self) {
        let slow = Action::Latency {
            least: Duration::from_millis(150),
            most: Duration::from_millis(150),
            seed: 1,
        };
        let faults = &self.service.faults;
        faults.add_outside("PUT", "/cos/**", u64::MAX, slow);
    }

    /// How many parts the files of the state directory say to have arrived.
    fn parts_noted(&self) -> usize {
        let files = fs::read_dir(self.home.path().join("state/jobs/uploads"));
        files
            .into_iter()
            .flatten()
            .filter_map(|file| {
                let text = fs::read(file.ok()?.path()).ok()?;
                let state: Value = serde_json::from_slice(&text).ok()?;
                Some(state["upload"]["done"].as_object()?.len())
            })
            .sum()
    }
}

/// How a command ended.
struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Run {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn lines(&self) -> Vec<Value> {
        let lines = self.out.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The outcome of the thing with this remote path.
    fn outcome(&self, path: &str) -> String {
        let lines = self.lines();
        let line = lines.iter().find(|line| line["path"] == path);
        let line = line.unwrap_or_else(|| panic!("nothing of {path}: {} {}", self.out, self.err));
        line["outcome"].as_str().unwrap().to_owned()
    }
}

/// All below a directory: paths, and what files hold.
fn tree(root: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let mut found = Vec::new();
    let mut left = vec![root.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap();
            let name = path.strip_prefix(root).unwrap().to_owned();
            if name.starts_with(".mediasweep") || kind.is_symlink() {
                continue;
            }
            let content = kind.is_file().then(|| fs::read(&path).unwrap());
            if kind.is_dir() {
                left.push(path);
            }
            found.push((name, content));
        }
    }
    found.sort();
    found
}

fn content(length: u64) -> Vec<u8> {
    let pattern: Vec<u8> = (0..=250).collect();
    let length = usize::try_from(length).unwrap();
    let mut bytes = pattern.repeat(length / pattern.len() + 1);
    bytes.truncate(length);
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tree_goes_up_and_comes_down_unaltered() {
    let desk = Desk::new().await;
    let top = desk.local("旅行 100%");
    put_files(
        &top,
        &["a.jpg", "子/b #1.mov", "子/\u{1b}[31mred\n", "子/深/c"],
    );
    fs::write(top.join("empty file"), b"").unwrap();
    fs::create_dir_all(top.join("empty/directory")).unwrap();
    fs::write(top.join("large"), content(PART * 2 + 5)).unwrap();
    let put = desk.run(&["put", "-r", "--json", "旅行 100%", "/"]).await;
    assert_eq!(put.code, 0, "{} {}", put.out, put.err);
    assert_eq!(tree(desk.service.root.path()), tree(desk.local.path()));
    assert_eq!(put.outcome("旅行 100%/empty/directory"), "placed");
    let lines = put.lines();
    let large = lines.iter().find(|line| line["path"] == "旅行 100%/large");
    let large = large.unwrap();
    assert_eq!(large["outcome"], "placed");
    assert_eq!(large["size"], PART * 2 + 5);
    assert!(large["crc64"].is_string() && large["kind"] == "file");
    // The same again has nothing to do and is content.
    let asked = desk.service.faults.count("PUT /cos/");
    let again = desk.run(&["put", "-r", "--json", "旅行 100%", "/"]).await;
    assert_eq!(again.code, 0, "{} {}", again.out, again.err);
    assert_eq!(again.outcome("旅行 100%/large"), "there");
    assert_eq!(again.outcome("旅行 100%/子"), "there");
    assert_eq!(desk.service.faults.count("PUT /cos/"), asked);
    fs::create_dir(desk.local("back")).unwrap();
    let get = desk
        .run(&["get", "-r", "--json", "/旅行 100%", "back"])
        .await;
    assert_eq!(get.code, 0, "{} {}", get.out, get.err);
    assert_eq!(tree(&desk.local("back/旅行 100%")), tree(&top));
    let root = desk.run(&["get", "-r", "/", "back"]).await;
    assert_eq!(root.code, 0, "{} {}", root.out, root.err);
    assert!(root.out.contains("11 there already"), "{}", root.out);
    desk.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_file_is_left_out_and_said() {
    let desk = Desk::new().await;
    put_files(desk.local.path(), &["dir/a", "dir/sub/b", "alone"]);
    symlink(desk.local("alone"), desk.local("dir/link")).unwrap();
    symlink("/", desk.local("dir/root")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        desk.local("dir/pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"dir/\xff");
    fs::write(desk.local.path().join(odd), b"x").unwrap();
    fs::write(desk.local("dir/half.mediasweep-part"), b"x").unwrap();
    let put = desk.run(&["put", "-r", "dir", "/"]).await;
    assert_eq!(put.code, 3, "{} {}", put.out, put.err);
    for said in [
        "skipped: dir/link: it is a symbolic link",
        "skipped: dir/root: it is a symbolic link",
        "skipped: dir/pipe: it is no plain file",
        "its name is not UTF-8",
        "4 items sent",
        "5 items left out",
    ] {
        assert!(put.out.contains(said), "{said}: {}", put.out);
    }
    assert!(desk.remote("dir/a").exists() && desk.remote("dir/sub/b").exists());
    assert!(!desk.remote("dir/link").exists() && !desk.remote("dir/root").exists());
    // Without --recursive no directory goes, and each named thing is told.
    let flat = desk
        .run(&["put", "--json", "dir", "alone", "none", ".", "/"])
        .await;
    assert_eq!(flat.code, 3);
    assert_eq!(flat.outcome("dir"), "skipped");
    assert_eq!(flat.outcome("alone"), "placed");
    assert_eq!(flat.lines().len(), 4);
    let got = desk
        .run(&["get", "--json", "dir", "alone", "none", "."])
        .await;
    assert_eq!(got.code, 3);
    assert_eq!(got.outcome("dir"), "skipped");
    assert_eq!(got.outcome("alone"), "there");
    assert_eq!(got.outcome("none"), "failed");
    desk.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taken_names_are_as_chosen() {
    let desk = Desk::new().await;
    fs::write(desk.local("a"), b"local").unwrap();
    fs::write(desk.remote("a"), b"remote").unwrap();
    let skip = desk.run(&["put", "--json", "a", "/"]).await;
    assert_eq!((skip.code, skip.outcome("a").as_str()), (3, "failed"));
    let rename = desk.run(&["put", "--on-clash", "rename", "a", "/"]).await;
    assert_eq!(rename.code, 0, "{} {}", rename.out, rename.err);
    assert!(rename.out.contains("a is now /a (1)"), "{}", rename.out);
    assert_eq!(fs::read(desk.remote("a (1)")).unwrap(), b"local");
    let skip = desk.run(&["get", "--json", "a", "."]).await;
    assert_eq!((skip.code, skip.outcome("a").as_str()), (3, "failed"));
    let rename = desk.run(&["get", "--on-clash", "rename", "a", "."]).await;
    assert_eq!(rename.code, 0);
    assert_eq!(fs::read(desk.local("a (1)")).unwrap(), b"remote");
    assert_eq!(fs::read(desk.local("a")).unwrap(), b"local");
    let over = desk
        .run(&["put", "--on-clash", "overwrite", "a", "/"])
        .await;
    assert_eq!(over.code, 0);
    assert_eq!(fs::read(desk.remote("a")).unwrap(), b"local");
    fs::write(desk.remote("a"), b"newer").unwrap();
    let over = desk
        .run(&["get", "--on-clash", "overwrite", "a", "."])
        .await;
    assert_eq!(over.code, 0, "{} {}", over.out, over.err);
    assert_eq!(fs::read(desk.local("a")).unwrap(), b"newer");
    // A file where a directory belongs: nothing is put below it, and nothing is replaced.
    put_files(desk.local.path(), &["dir/x/y"]);
    put_files(desk.service.root.path(), &["dir"]);
    let blocked = desk
        .run(&["put", "-r", "--json", "--on-clash", "overwrite", "dir", "/"])
        .await;
    assert_eq!(blocked.code, 3);
    assert_eq!(blocked.outcome("dir"), "failed");
    assert_eq!(blocked.lines()[0]["kind"], "directory");
    assert_eq!(blocked.outcome("dir/x"), "not-sent");
    assert_eq!(blocked.outcome("dir/x/y"), "not-sent");
    assert_eq!(fs::read(desk.remote("dir")).unwrap(), b"dir");
    desk.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_that_make_no_sense_change_nothing() {
    let desk = Desk::new().await;
    put_files(desk.local.path(), &["a"]);
    for (args, code) in [
        (&["put", "a"] as &[&str], 2),
        (&["put", "a", "x/../y"], 2),
        (&["put", "a", "nowhere"], 1),
        (&["put", "--on-clash", "ask", "a", "/"], 2),
        (&["put", "--at-once", "17", "a", "/"], 2),
        (&["get", "a"], 2),
        (&["get", "..", "."], 2),
        (&["get", "a", "nowhere"], 1),
        (&["mkdir"], 2),
        (&["mkdir", "/"], 2),
    ] {
        let run = desk.run(args).await;
        assert_eq!(run.code, code, "{args:?}: {} {}", run.out, run.err);
    }
    assert!(tree(desk.service.root.path()).is_empty());
    // A service that refuses the sign-in is asked once, not for each file.
    put_files(desk.local.path(), &["many/1", "many/2", "many/3"]);
    let refused = instead(403, &[], r#"{"code":"InvalidAccessToken","message":"x"}"#);
    desk.service.faults.add("PUT /file/", 99, refused);
    let run = desk
        .run(&["put", "-r", "--at-once", "1", "many", "/"])
        .await;
    assert_eq!(run.code, 1, "{} {}", run.out, run.err);
    assert_eq!(desk.service.faults.count("PUT /api/v1/file/"), 2);
    desk.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn directories_are_made_with_those_above_them() {
    let desk = Desk::new().await;
    put_files(desk.service.root.path(), &["file"]);
    let made = desk.run(&["mkdir", "--json", "a/b", "/a", "file"]).await;
    assert_eq!(made.code, 3);
    assert_eq!(made.outcome("a/b"), "placed");
    assert_eq!(made.outcome("a"), "there");
    assert_eq!(made.outcome("file"), "failed");
    assert!(desk.remote("a/b").is_dir());
    let plain = desk.run(&["mkdir", "c"]).await;
    assert_eq!(
        (plain.code, plain.out.as_str()),
        (0, "job 2: 1 item made\n")
    );
    desk.service.stop().await;
}

fn send(child: &Child, signal: &str) {
    let sent = Command::new("kill")
        .args([format!("-{signal}"), child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_put_that_is_killed_goes_on_with_the_parts_that_are_missing() {
    const SIZE: u64 = 40_000_000;
    for (signal, code) in [("KILL", -1), ("INT", 130)] {
        let desk = Desk::new().await;
        fs::write(desk.local("film.mov"), content(SIZE)).unwrap();
        desk.slow();
        let args = ["put", "--json", "film.mov", "/"];
        let child = desk.command(&args).spawn().unwrap();
        while desk.parts_noted() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        send(&child, signal);
        let ended = tokio::task::spawn_blocking(move || child.wait_with_output());
        assert_eq!(Run::of(ended.await.unwrap().unwrap()).code, code);
        assert!(!desk.remote("film.mov").exists());
        let noted = desk.parts_noted() as u64;
        assert!((2..5).contains(&noted), "{noted} parts are noted");
        let parts = |desk: &Desk| desk.service.faults.count("PUT /cos/ partNumber=");
        let before = parts(&desk);
        let again = desk.run(&args).await;
        assert_eq!(again.code, 0, "{} {}", again.out, again.err);
        assert_eq!(fs::read(desk.remote("film.mov")).unwrap(), content(SIZE));
        // What was noted is not sent again, and nothing else was lost but what was on the way.
        assert_eq!(again.lines()[0]["kept"], noted * PART);
        assert_eq!((parts(&desk) - before) as u64, 5 - noted);
        assert!(parts(&desk) <= 5 + 2);
        assert_eq!(desk.service.faults.count("POST multipart"), 1);
        assert_eq!(desk.parts_noted(), 0);
        desk.service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_put_that_is_killed_is_a_job_that_can_be_taken_up_and_undone() {
    let desk = Desk::new().await;
    put_files(desk.local.path(), &["d/a", "d/b"]);
    fs::write(desk.local("d/film.mov"), content(PART * 3)).unwrap();
    desk.slow();
    let child = desk.command(&["put", "-r", "d", "/"]).spawn().unwrap();
    while desk.parts_noted() < 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    send(&child, "KILL");
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output());
    ended.await.unwrap().unwrap();
    let resumed = desk.run(&["jobs", "resume", "1"]).await;
    assert_eq!(resumed.code, 0, "{} {}", resumed.out, resumed.err);
    assert_eq!(tree(desk.service.root.path()), tree(desk.local.path()));
    let undone = desk.run(&["jobs", "undo", "1"]).await;
    assert_eq!(undone.code, 0, "{} {}", undone.out, undone.err);
    assert!(
        undone.out.contains("3 items moved to the bin"),
        "{}",
        undone.out
    );
    // An undo is undone like any other job.
    let again = desk.run(&["jobs", "undo", "2"]).await;
    assert_eq!(again.code, 0, "{} {}", again.out, again.err);
    assert_eq!(tree(desk.service.root.path()), tree(desk.local.path()));
    desk.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_file_is_not_mixed_with_the_parts_of_the_old_one() {
    let desk = Desk::new().await;
    fs::write(desk.local("film.mov"), content(PART * 3)).unwrap();
    desk.slow();
    let child = desk.command(&["put", "film.mov", "/"]).spawn().unwrap();
    while desk.parts_noted() < 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    send(&child, "KILL");
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output());
    ended.await.unwrap().unwrap();
    fs::write(desk.local("film.mov"), vec![9; 20 << 20]).unwrap();
    let again = desk.run(&["put", "--json", "film.mov", "/"]).await;
    assert_eq!(again.code, 0, "{} {}", again.out, again.err);
    assert_eq!(again.lines()[0]["kept"], 0);
    assert!(fs::read(desk.remote("film.mov")).unwrap() == vec![9; 20 << 20]);
    desk.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_get_goes_on_from_the_bytes_that_are_there() {
    let desk = Desk::new().await;
    let bytes = content(3 << 20);
    fs::write(desk.remote("film.mov"), &bytes).unwrap();
    fs::write(desk.local("film.mov.mediasweep-part"), &bytes[..2 << 20]).unwrap();
    let get = desk.run(&["get", "--json", "film.mov", "."]).await;
    assert_eq!(get.code, 0, "{} {}", get.out, get.err);
    assert_eq!(get.lines()[0]["kept"], 2 << 20);
    assert!(fs::read(desk.local("film.mov")).unwrap() == bytes);
    assert!(!desk.local("film.mov.mediasweep-part").exists());
    desk.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_get_that_is_killed_goes_on_as_well() {
    let desk = Desk::new().await;
    let bytes = content(PART);
    fs::write(desk.remote("film.mov"), &bytes).unwrap();
    for action in [Action::Cut, Action::Silence] {
        desk.service.faults.add_outside("GET", "/cos/**", 1, action);
    }
    let args = ["get", "--json", "film.mov", "."];
    let child = desk.command(&args).spawn().unwrap();
    let partial = desk.local("film.mov.mediasweep-part");
    // The second try gets no answer.
    while desk.service.faults.count("GET /cos/") < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    send(&child, "KILL");
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output());
    ended.await.unwrap().unwrap();
    assert!(!desk.local("film.mov").exists());
    let there = fs::metadata(&partial).unwrap().len();
    let again = desk.run(&args).await;
    assert_eq!(again.code, 0, "{} {}", again.out, again.err);
    assert_eq!(again.lines()[0]["kept"], there);
    assert!(fs::read(desk.local("film.mov")).unwrap() == bytes);
    desk.service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_a_terminal_acts_upon_is_shown() {
    let desk = Desk::new().await;
    put_files(desk.local.path(), &["d/\u{1b}[2J\u{202e}x"]);
    symlink("/", desk.local("d/\u{1b}]0;evil\u{7}")).unwrap();
    for json in [&[] as &[&str], &["--json"]] {
        let put = desk.run(&[&["put", "-r", "d", "/"], json].concat()).await;
        assert_eq!(put.code, 3);
        let shown = put.out.clone() + &put.err;
        assert!(
            !shown.contains(['\u{1b}', '\u{7}', '\u{202e}']),
            "{shown:?}"
        );
    }
    assert!(desk.remote("d/\u{1b}[2J\u{202e}x").exists());
    desk.service.stop().await;
}
