//! Settings, keys and themes as files; accounts and where their secrets come from; what the program
//! says about itself.

use std::fs;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::{SECRET, TestService};

/// A home of its own for the program.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("config")).unwrap();
        Self(home)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join("config").join(name), text).unwrap();
    }

    fn run(&self, args: &[&str]) -> Output {
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
            .env("MEDIASWEEP_HOME", self.0.path())
            .env("LANG", "C.UTF-8")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .args(args)
            .output()
            .unwrap()
    }

    fn says(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{args:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn everything_wrong_in_the_files_is_told_with_its_line() {
    let home = Home::new();
    let fine = home.says(&["config", "check"]);
    assert_eq!(fine.matches("not there").count(), 3, "{fine}");
    home.write("config.toml", "batch = 10\ntimeuot = 3\nrecconect = 5\n");
    home.write(
        "keys.toml",
        "[browse]\n'<C-x>' = 'recicle'\nK = 'undo'\nKx = 'quit'\n",
    );
    home.write("theme.toml", "\nmarkt = {}\n");
    let output = home.run(&["config", "check"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap();
    for wanted in [
        "config.toml: line 2: there is no setting 'timeuot'; did you mean 'timeout'?",
        "config.toml: line 3: there is no setting 'recconect'; did you mean 'reconnect'?",
        "keys.toml: line 2: there is no action 'recicle'; did you mean 'recycle'?",
        "keys.toml: line 3: in the list, K on line 3 is the beginning of Kx on line 4",
        "theme.toml: line 2: there is no role 'markt'; did you mean 'marked'?",
    ] {
        assert!(told.contains(wanted), "{wanted}\n{told}");
    }
}

#[test]
fn what_is_printed_as_default_is_a_file_without_mistakes() {
    let home = Home::new();
    for (which, file) in [
        ("config", "config.toml"),
        ("keys", "keys.toml"),
        ("theme", "theme.toml"),
    ] {
        home.write(file, &home.says(&["config", "print", which]));
    }
    let fine = home.says(&["config", "check"]);
    assert_eq!(fine.matches(": fine").count(), 3, "{fine}");
}

#[test]
fn shells_are_told_the_commands_and_the_manual_has_all_keys() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = home.says(&["completions", shell]);
        assert!(
            text.contains("doctor") && text.contains("restore"),
            "{shell}"
        );
    }
    let page = home.says(&["man"]);
    for wanted in [
        ".TH mediasweep 1",
        ".SH \"MEDIASWEEP RESTORE\"",
        ".SH KEYS",
        "\\fBgt\\fR",
    ] {
        assert!(page.contains(wanted), "{wanted}\n{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_gets_its_secret_from_a_command_and_the_doctor_is_content() {
    let service = TestService::start().await;
    let home = Home::new();
    let (url, library) = (&service.url, "lib");
    home.write(
        "config.toml",
        &format!(
            "profile_name = 'studio'\n[profile.studio]\nurl = '{url}'\nlibrary = '{library}'\n\
             secret_command = 'echo {SECRET}; echo more'\n\
             [profile.broken]\nurl = '{url}'\nlibrary = '{library}'\nsecret_command = 'exit 3'\n\
             [profile.kept]\nurl = '{url}'\nlibrary = '{library}'\nkeyring = 'secret'\n\
             [profile.stranger]\nurl = '{url}'\nlibrary = '{library}'\nsecret_command = 'echo a-stranger'\n"
        ),
    );
    fs::write(service.root.path().join("a.mov"), "a").unwrap();
    assert_eq!(home.says(&["ls"]).lines().count(), 1);
    let told = home.says(&["doctor"]);
    for wanted in [
        "ok   sign-in     the root was listed in",
        "ok   grants      listing and deleting are allowed",
        "ok   bin         the library has a recycle bin",
        "ok   clock       within",
    ] {
        assert!(told.contains(wanted), "{wanted}\n{told}");
    }
    let output = home.run(&["doctor", "--profile", "broken"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told.contains("FAIL library     secret_command of the account failed"),
        "{told}"
    );
    // No build reaches a keyring here: neither one without it nor one that finds no service for it.
    let output = home.run(&["doctor", "--profile", "kept"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(told.contains("FAIL library"), "{told}");
    assert!(
        told.contains(
            "-> start and unlock the keyring of the system, then `mediasweep login kept`"
        ),
        "{told}"
    );
    let output = home.run(&["doctor", "--profile", "stranger"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(told.contains("FAIL sign-in"), "{told}");
    assert!(
        told.contains("-> see that library, space, and token or secret belong together"),
        "{told}"
    );
    for output in [
        home.run(&["doctor"]),
        home.run(&["doctor", "--profile", "stranger"]),
    ] {
        let all = [output.stdout, output.stderr].concat();
        assert!(!String::from_utf8(all).unwrap().contains(SECRET));
    }
}

#[test]
fn a_rule_that_cannot_be_read_is_told_with_its_line() {
    let home = Home::new();
    home.write(
        "config.toml",
        "batch = 10\n\n[rules]\ngood = 'ext:mov'\nbad = 'mov siz:>3'\nall = ' '\n",
    );
    let output = home.run(&["config", "check"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap();
    for wrong in [
        "config.toml: line 5: the rule 'bad' of the settings at 'siz': there is no field",
        "did you mean size:?",
        "config.toml: line 6: the rule 'all' of the settings is empty",
    ] {
        assert!(told.contains(wrong), "{wrong}\n{told}");
    }
    assert!(
        !told.contains("good") && !told.contains("config.toml: fine"),
        "{told}"
    );
}
