//! The program itself: what it prints, how it ends, and what a sudden end leaves behind.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{SECRET, put_files};

/// A home of its own for the program, and a folder to work on.
pub struct Desk {
    pub home: TempDir,
    pub root: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            root: tempfile::tempdir().unwrap(),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mediasweep"));
        for name in [
            "TOKEN",
            "SECRET",
            "PROFILE",
            "BATCH",
            "TIMEOUT",
            "MAX_ITEMS",
            "LOG",
        ] {
            command.env_remove(format!("MEDIASWEEP_{name}"));
        }
        command
            .env("MEDIASWEEP_HOME", self.home.path())
            .env("MEDIASWEEP_RECONNECT", "0")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command on the folder.
    pub fn run(&self, args: &[&str]) -> Output {
        let place = ["--local", self.root.path().to_str().unwrap()];
        self.command().args(args).args(place).output().unwrap()
    }

    pub fn has(&self, path: &str) -> bool {
        self.root.path().join(path).exists()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("state/mediasweep.log")).unwrap_or_default()
    }
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub fn lines(output: &Output) -> Vec<Value> {
    text(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A running `serve`, and what its line says.
pub struct Served {
    child: Child,
    url: String,
    secret: String,
}

impl Served {
    pub fn start(desk: &Desk, args: &[&str]) -> Self {
        let mut child = desk
            .command()
            .arg("serve")
            .arg(desk.root.path())
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(ready["space"], "-");
        Self {
            child,
            url: ready["url"].as_str().unwrap().into(),
            secret: ready["secret"].as_str().unwrap().into(),
        }
    }

    /// A command of another process on this service.
    pub fn command(&self, desk: &Desk, args: &[&str]) -> Command {
        let mut command = desk.command();
        command
            .args(args)
            .args(["--url", &self.url, "--library", "lib"])
            .env("MEDIASWEEP_SECRET", &self.secret);
        command
    }

    fn signal(&self, signal: &str) {
        send(&self.child, signal);
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn send(child: &Child, signal: &str) {
    let sent = Command::new("kill")
        .args([format!("-{signal}"), child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

#[test]
fn rm_moves_to_the_bin_and_restore_puts_back() {
    let desk = Desk::new();
    put_files(desk.root.path(), &["a", "dir/b", "stays"]);
    let removed = desk.run(&["rm", "--json", "/a", "dir"]);
    assert_eq!(code(&removed), 0, "{}", text(&removed.stderr));
    let items = lines(&removed);
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["path"], "a");
    assert_eq!(items[0]["outcome"], "recycled");
    assert!(items[0]["recycled_id"].is_string() && items[0]["request"].is_string());
    assert!(!desk.has("a") && !desk.has("dir") && desk.has("stays"));
    let bin = lines(&desk.run(&["bin", "--json"]));
    assert_eq!(bin.len(), 2);
    let id = items[0]["recycled_id"].as_str().unwrap();
    let restored = desk.run(&["restore", id]);
    assert_eq!(code(&restored), 0);
    assert!(desk.has("a") && !desk.has("dir"));
    let rest = desk.run(&["restore", "--job", "1", "--json"]);
    let outcomes: Vec<Value> = lines(&rest)
        .iter()
        .map(|line| line["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["already-gone", "restored"]);
    assert!(desk.has("dir/b"));
    let unknown = desk.run(&["restore", "--job", "77"]);
    assert_eq!(code(&unknown), 1);
}

#[test]
fn rm_tells_people_what_was_not_there_and_how_to_undo() {
    let desk = Desk::new();
    put_files(desk.root.path(), &["a"]);
    let removed = desk.run(&["rm", "a", "gone\u{1b}[31m"]);
    assert_eq!(code(&removed), 0);
    let told = text(&removed.stdout);
    assert!(told.contains("already gone: /gone"), "{told}");
    assert!(told.contains("mediasweep restore --job 1"), "{told}");
    assert!(!told.contains('\u{1b}'));
}

#[test]
fn rm_refuses_what_it_must_not_do_and_changes_nothing() {
    let desk = Desk::new();
    put_files(desk.root.path(), &["a", "b"]);
    for (args, expected) in [
        (&["rm", "--permanent", "a"] as &[&str], 2),
        (&["rm", "--permanent", "--yes", "a"], 2),
        (&["rm", "--permanent", "--yes", "--expect", "2", "a"], 5),
        (&["rm", "/"], 2),
        (&["rm", "a", "x/../b"], 2),
        (&["rm"], 2),
        (&["rm", "--max-items", "1", "a", "b"], 4),
        (&["rm", "--no-such-flag", "a"], 2),
        (&["restore"], 2),
    ] {
        let output = desk.run(args);
        assert_eq!(
            code(&output),
            expected,
            "{args:?}: {}",
            text(&output.stderr)
        );
    }
    let elsewhere = desk.command().args(["rm", "a"]).output().unwrap();
    assert_eq!(code(&elsewhere), 2);
    assert!(desk.has("a") && desk.has("b"));
    let gone = desk.run(&["rm", "--permanent", "--yes", "--expect", "1", "a"]);
    assert_eq!(code(&gone), 0);
    assert!(!desk.has("a"));
    assert!(lines(&desk.run(&["bin", "--json"])).is_empty());
}

#[test]
fn a_dry_run_changes_nothing() {
    let desk = Desk::new();
    put_files(desk.root.path(), &["a", "dir/b"]);
    let output = desk.run(&["rm", "--dry-run", "--json", "a", "dir", "gone"]);
    assert_eq!(code(&output), 0);
    let outcomes: Vec<Value> = lines(&output)
        .iter()
        .map(|line| line["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["would-recycle", "would-recycle", "already-gone"]);
    assert!(desk.has("a") && desk.has("dir/b"));
    // Not even the service's own notes are made by looking.
    assert!(!desk.has(".mediasweep/bin"));
}

#[test]
fn rm_reads_paths_from_files_and_from_standard_input() {
    let desk = Desk::new();
    put_files(desk.root.path(), &["a", "b\nc", "d"]);
    let list = desk.home.path().join("list");
    fs::write(&list, "a\r\n\n").unwrap();
    let output = desk.run(&["rm", "--from-file", list.to_str().unwrap()]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(!desk.has("a"));
    let mut child = desk
        .command()
        .args(["rm", "--from-file", "-", "-0", "--local"])
        .arg(desk.root.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"b\nc\0d\0").unwrap();
    assert!(child.wait().unwrap().success());
    assert!(!desk.has("d") && !desk.has("b\nc"));
}

#[test]
fn ls_lists_directories_and_single_files() {
    let desk = Desk::new();
    put_files(desk.root.path(), &["dir/b", "dir/c/d", "dir/\u{1b}[2Jx"]);
    let listed = lines(&desk.run(&["ls", "--json", "dir"]));
    let mut paths: Vec<&str> = listed
        .iter()
        .map(|line| line["path"].as_str().unwrap())
        .collect();
    paths.sort_unstable();
    assert_eq!(paths, ["dir/\u{1b}[2Jx", "dir/b", "dir/c"]);
    let shown = desk.run(&["ls", "/dir"]);
    assert!(!text(&shown.stdout).contains('\u{1b}'));
    let one = lines(&desk.run(&["ls", "--json", "dir/b"]));
    assert_eq!(one[0]["size"], 5);
    let none = desk.run(&["ls", "nowhere"]);
    assert_eq!(code(&none), 1);
    assert!(!text(&none.stderr).is_empty());
}

#[test]
fn serve_says_when_it_is_ready_and_stops_when_asked() {
    let desk = Desk::new();
    put_files(desk.root.path(), &["a"]);
    let mut served = Served::start(&desk, &["--library", "lib"]);
    let listed = served.command(&desk, &["ls", "--json"]).output().unwrap();
    assert_eq!(lines(&listed)[0]["path"], "a");
    served.signal("TERM");
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
    let refused = served.command(&desk, &["ls"]).output().unwrap();
    assert_eq!(code(&refused), 1);
}

#[test]
fn serve_limits_how_deep_directories_lie() {
    let desk = Desk::new();
    let served = Served::start(&desk, &["--library", "lib", "--max-depth", "2"]);
    let mkdir = |path| code(&served.command(&desk, &["mkdir", path]).output().unwrap());
    assert_eq!(mkdir("a/b"), 0);
    assert_ne!(mkdir("a/b/c"), 0);
    assert!(!desk.root.path().join("a/b/c").exists());
}

#[test]
fn serve_does_not_open_the_folder_to_others_unasked() {
    let desk = Desk::new();
    let output = desk
        .command()
        .arg("serve")
        .arg(desk.root.path())
        .args(["--listen", "0.0.0.0:0"])
        .output()
        .unwrap();
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("--allow-remote"));
}

#[test]
fn serve_spoils_what_a_file_says_and_names_a_mistake_in_it() {
    let desk = Desk::new();
    let file = desk.root.path().join("faults.toml");
    fs::write(&file, "[[rule]]\naction = \"stop\"\n").unwrap();
    let serve = ["--library", "lib", "--fault", file.to_str().unwrap()];
    let output = desk
        .command()
        .arg("serve")
        .arg(desk.root.path())
        .args(serve)
        .output()
        .unwrap();
    assert_eq!(code(&output), 2);
    assert!(
        text(&output.stderr).contains("line 2: 'stop'"),
        "{output:?}"
    );
    assert!(output.stdout.is_empty() && !desk.root.path().join(".mediasweep").exists());
    let rules = "[[rule]]\npath = \"directory/**\"\naction = \"status\"\nstatus = 404\n";
    fs::write(&file, rules).unwrap();
    let served = Served::start(&desk, &serve);
    let listed = served.command(&desk, &["ls"]).output().unwrap();
    assert_eq!(code(&listed), 1, "{listed:?}");
}

#[test]
fn without_a_bin_rm_says_that_it_is_for_ever() {
    let desk = Desk::new();
    put_files(desk.root.path(), &["a"]);
    let served = Served::start(&desk, &["--library", "lib", "--bin", "off"]);
    let removed = served.command(&desk, &["rm", "a"]).output().unwrap();
    assert_eq!(code(&removed), 0);
    assert!(text(&removed.stdout).contains("for ever"), "{removed:?}");
    let bin = served.command(&desk, &["bin"]).output().unwrap();
    assert_eq!(code(&bin), 1);
}

#[test]
fn an_account_of_the_settings_file_is_used_by_name() {
    let desk = Desk::new();
    put_files(desk.root.path(), &["a"]);
    let served = Served::start(&desk, &["--library", "lib", "--async", "always"]);
    let config = desk.home.path().join("config/config.toml");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    let account = format!(
        "[profile.studio]\nurl = '{}'\nlibrary = 'lib'\nsecret_env = 'STUDIO'\n",
        served.url
    );
    fs::write(&config, &account).unwrap();
    let rm = |name: &str| {
        let mut command = desk.command();
        command.args(["rm", "a", "--profile", name]);
        command.env("STUDIO", &served.secret).output().unwrap()
    };
    let wrong = rm("stutio");
    assert_eq!(code(&wrong), 2);
    assert!(text(&wrong.stderr).contains("did you mean 'studio'"));
    let removed = rm("studio");
    assert_eq!(code(&removed), 0, "{}", text(&removed.stderr));
    assert!(!desk.has("a"));
    fs::write(&config, format!("btach = 3\n{account}")).unwrap();
    let unreadable = rm("studio");
    assert_eq!(code(&unreadable), 2);
    assert!(text(&unreadable.stderr).contains("did you mean 'batch'"));
}

#[test]
fn no_output_and_no_log_holds_a_secret() {
    let desk = Desk::new();
    put_files(desk.root.path(), &["a", "b"]);
    let mut served = Served::start(&desk, &["--library", "lib", "--secret", SECRET]);
    let mut told = String::new();
    let mut run = |served: &Served, secret: &str, args: &[&str], expected: i32| {
        let output = served
            .command(&desk, args)
            .env("MEDIASWEEP_SECRET", secret)
            .env("MEDIASWEEP_LOG", "trace")
            .output()
            .unwrap();
        assert_eq!(code(&output), expected, "{args:?} {output:?}");
        told.push_str(&text(&output.stdout));
        told.push_str(&text(&output.stderr));
    };
    run(&served, SECRET, &["rm", "--json", "a"], 0);
    run(&served, SECRET, &["bin"], 0);
    run(&served, SECRET, &["restore", "--job", "1"], 0);
    run(&served, "wrong-but-secret", &["ls"], 1);
    served.signal("TERM");
    served.child.wait().unwrap();
    run(&served, SECRET, &["rm", "b"], 3);
    let log = desk.log();
    assert!(log.contains("sending"), "{log}");
    let jobs = fs::read_dir(desk.home.path().join("state/jobs")).unwrap();
    for job in jobs {
        told.push_str(&fs::read_to_string(job.unwrap().path()).unwrap());
    }
    for secret in [SECRET, "wrong-but-secret", "access_token", "acctk"] {
        assert!(!told.contains(secret), "{secret} in {told}");
        assert!(!log.contains(secret), "{secret} in {log}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &str| {
            let file = desk.home.path().join(path);
            fs::metadata(file).unwrap().permissions().mode() & 0o777
        };
        assert_eq!(mode("state/mediasweep.log"), 0o600);
        assert_eq!(mode("state/jobs"), 0o700);
    }
}

/// Names of `many/` in the folder and in the bin, together.
fn everything(desk: &Desk, served: &Served) -> Vec<String> {
    let mut names = Vec::new();
    for args in [
        &["ls", "many", "--json"],
        &["bin", "--json", "--timeout=30"],
    ] {
        let output = served.command(desk, args).output().unwrap();
        if output.status.success() {
            for line in lines(&output) {
                names.push(line["path"].as_str().unwrap().to_owned());
            }
        }
    }
    names.sort();
    names
}

fn thousand(root: &Path) -> Vec<String> {
    let mut names: Vec<String> = (0..1000).map(|n| format!("many/{n:04}")).collect();
    put_files(root, &names.iter().map(String::as_str).collect::<Vec<_>>());
    names.sort();
    names
}

/// Waits until `is_so`, by looking again and again.
fn wait_until(mut is_so: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !is_so() {
        assert!(std::time::Instant::now() < end, "it never came to that");
        // Looking all the time would slow down what is looked at.
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

#[test]
fn a_service_that_is_killed_in_a_batch_of_a_thousand_loses_nothing() {
    for (removed_before, async_rule) in [
        (1, "never"),
        (200, "never"),
        (400, "always"),
        (700, "never"),
    ] {
        let desk = Desk::new();
        let names = thousand(desk.root.path());
        let list = desk.home.path().join("list");
        fs::write(&list, names.join("\n")).unwrap();
        let usual = [
            "--library",
            "lib",
            "--secret",
            SECRET,
            "--async",
            async_rule,
        ];
        let mut served = Served::start(&desk, &usual);
        let mut removing = served
            .command(
                &desk,
                &["rm", "--batch", "1000", "--json", "--timeout", "5"],
            )
            .arg("--from-file")
            .arg(&list)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let many = desk.root.path().join("many");
        wait_until(|| 1000 - fs::read_dir(&many).unwrap().count() >= removed_before);
        served.child.kill().unwrap();
        served.child.wait().unwrap();
        let served = if async_rule == "always" {
            // The service comes back and finishes the task that it had accepted; the client has
            // gone on asking about it.
            let address = served.url.strip_prefix("http://").unwrap().to_owned();
            let again = Served::start(&desk, &[&usual[..], &["--listen", &address]].concat());
            assert_eq!(removing.wait().unwrap().code(), Some(0));
            again
        } else {
            // The client finds nobody to ask, and ends.
            removing.wait().unwrap();
            Served::start(&desk, &usual)
        };
        wait_until(|| everything(&desk, &served) == names);
        let bin = served.command(&desk, &["bin", "--json"]).output().unwrap();
        let ids: Vec<String> = lines(&bin)
            .iter()
            .map(|line| line["id"].as_str().unwrap().to_owned())
            .collect();
        assert!(ids.len() >= removed_before);
        let restored = served
            .command(&desk, &["restore", "--json"])
            .args(&ids)
            .output()
            .unwrap();
        assert_eq!(code(&restored), 0, "{}", text(&restored.stderr));
        assert_eq!(fs::read_dir(&many).unwrap().count(), 1000);
    }
}

#[test]
fn a_client_that_is_killed_in_a_batch_can_put_back_what_it_never_heard_of() {
    let desk = Desk::new();
    let names = thousand(desk.root.path());
    let list = desk.home.path().join("list");
    fs::write(&list, names.join("\n")).unwrap();
    let served = Served::start(&desk, &["--library", "lib"]);
    let mut removing = served
        .command(&desk, &["rm", "--batch", "1000"])
        .arg("--from-file")
        .arg(&list)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let many = desk.root.path().join("many");
    wait_until(|| fs::read_dir(&many).unwrap().count() < 900);
    removing.kill().unwrap();
    removing.wait().unwrap();
    // The service goes on with what it was asked.
    wait_until(|| fs::read_dir(&many).unwrap().count() == 0);
    wait_until(|| everything(&desk, &served) == names);
    let restored = served
        .command(&desk, &["restore", "--job", "1"])
        .output()
        .unwrap();
    assert_eq!(code(&restored), 0, "{}", text(&restored.stderr));
    assert!(text(&restored.stderr).contains("cut off"));
    assert_eq!(fs::read_dir(&many).unwrap().count(), 1000);
}

#[test]
fn an_interrupted_rm_books_what_is_on_the_way_and_leaves_the_rest() {
    let desk = Desk::new();
    let names = thousand(desk.root.path());
    let list = desk.home.path().join("list");
    fs::write(&list, names.join("\n")).unwrap();
    let served = Served::start(&desk, &["--library", "lib"]);
    let mut removing = served
        .command(&desk, &["rm", "--batch", "10", "--json"])
        .arg("--from-file")
        .arg(&list)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(removing.stdout.take().unwrap()).lines();
    let mut told: Vec<String> = vec![output.next().unwrap().unwrap()];
    send(&removing, "INT");
    told.extend(output.map(Result::unwrap));
    assert_eq!(removing.wait().unwrap().code(), Some(130));
    let outcomes: Vec<Value> = told
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["outcome"].clone())
        .collect();
    assert_eq!(outcomes.len(), 1000);
    let recycled = outcomes
        .iter()
        .filter(|outcome| *outcome == "recycled")
        .count();
    let not_sent = outcomes
        .iter()
        .filter(|outcome| *outcome == "not-sent")
        .count();
    assert_eq!(recycled + not_sent, 1000);
    assert!(recycled > 0 && not_sent > 0, "{recycled} {not_sent}");
    let left = fs::read_dir(desk.root.path().join("many")).unwrap().count();
    assert_eq!(left, not_sent);
    let restored = served
        .command(&desk, &["restore", "--job", "1"])
        .output()
        .unwrap();
    assert_eq!(code(&restored), 0);
    assert_eq!(
        fs::read_dir(desk.root.path().join("many")).unwrap().count(),
        1000
    );
}
