//! Plans, rules and counts without a screen: what they print, how they end, what they leave alone.

use std::fs;

use serde_json::Value;

use crate::cli::{Desk, Served, code, lines, text};

fn paths(lines: &[Value]) -> Vec<&str> {
    let mut paths: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["path"].as_str())
        .collect();
    paths.sort_unstable();
    paths
}

/// A desk with some films, all of the same content.
fn films() -> Desk {
    let desk = Desk::new();
    for name in [
        "2024/a_废弃.mov",
        "2024/b.mov",
        "2024/deep/c_废弃.MOV",
        "2023/d_废弃.txt",
        "e_废弃.mov",
    ] {
        let path = desk.root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "12345").unwrap();
    }
    desk
}

fn plan_file(desk: &Desk) -> String {
    desk.home
        .path()
        .join("plan.json")
        .to_str()
        .unwrap()
        .to_owned()
}

#[test]
fn find_tells_what_a_rule_chooses_and_points_at_a_wrong_word() {
    let desk = films();
    let found = desk.run(&["find", "--json", "*废弃.mov"]);
    assert_eq!(code(&found), 0, "{}", text(&found.stderr));
    let all = ["2024/a_废弃.mov", "2024/deep/c_废弃.MOV", "e_废弃.mov"];
    assert_eq!(paths(&lines(&found)), all);
    let below = desk.run(&["find", "--json", "*废弃* in:here", "/2024"]);
    assert_eq!(paths(&lines(&below)), ["2024/a_废弃.mov"]);
    // All five have the same content.
    let copies = desk.run(&["find", "--json", "dup:yes in:/2024"]);
    assert_eq!(lines(&copies).len(), 3, "{}", text(&copies.stderr));
    let wrong = desk.run(&["find", "siez:>1M"]);
    assert_eq!(code(&wrong), 2);
    let told = text(&wrong.stderr);
    assert!(
        told.contains("at 'siez'") && told.contains("did you mean size:?"),
        "{told}"
    );
    assert_eq!(code(&desk.run(&["find", " "])), 2);
    assert_eq!(code(&desk.run(&["find", "a", "/nowhere"])), 1);
}

#[test]
fn a_plan_is_made_by_a_named_rule_read_and_carried_out() {
    let desk = films();
    let config = desk.home.path().join("config");
    fs::create_dir_all(&config).unwrap();
    fs::write(
        config.join("config.toml"),
        "[rules]\nold = \"*废弃* type:video\"\n",
    )
    .unwrap();
    let file = plan_file(&desk);
    let made = desk.run(&[
        "plan",
        "--rule",
        "old",
        "2023",
        "2023/d_废弃.txt",
        "-o",
        &file,
    ]);
    assert_eq!(code(&made), 0, "{}", text(&made.stderr));
    let told = text(&made.stderr);
    assert!(
        told.contains("the plan has 4 items") && told.contains("1 inside of chosen"),
        "{told}"
    );
    let plan: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(plan["count"], 4);
    assert_eq!(plan["rules"][0], "*废弃* type:video");
    let items = plan["items"].as_array().unwrap();
    assert_eq!(items[0]["path"], "2023");
    assert!(
        items[1]["inode"].is_string() && items[1]["modified"].is_string(),
        "{}",
        items[1]
    );
    assert!(items[0]["rule"].is_null() && items[1]["rule"] == 0);
    let dry = desk.run(&["rm", "--plan", &file, "--dry-run", "--json"]);
    assert_eq!((code(&dry), lines(&dry).len()), (0, 4));
    assert!(desk.has("2023/d_废弃.txt"));
    for (args, expected) in [
        (&["--expect", "3"] as &[&str], 5),
        (&["--max-items", "3"], 4),
        (&["--max-size", "12"], 4),
        (&["--max-size", "twelve"], 2),
        (&["--permanent", "--yes"], 2),
        (&["--permanent", "--expect", "4"], 2),
    ] {
        let refused = desk.run(&[&["rm", "--plan", &file], args].concat());
        assert_eq!(
            code(&refused),
            expected,
            "{args:?}: {}",
            text(&refused.stderr)
        );
    }
    assert!(desk.has("2023/d_废弃.txt") && desk.has("e_废弃.mov"));
    let removed = desk.run(&[
        "rm",
        "--plan",
        &file,
        "--expect",
        "4",
        "--max-size",
        "1M",
        "--json",
    ]);
    assert_eq!(code(&removed), 0, "{}", text(&removed.stderr));
    assert_eq!(paths(&lines(&removed))[0], "2023");
    assert!(!desk.has("2023") && !desk.has("e_废弃.mov") && desk.has("2024/b.mov"));
    assert_eq!(code(&desk.run(&["jobs", "undo", "1"])), 0);
    assert!(desk.has("2023/d_废弃.txt") && desk.has("e_废弃.mov"));
}

#[test]
fn a_plan_that_is_no_longer_true_changes_nothing() {
    let desk = films();
    let file = plan_file(&desk);
    assert_eq!(
        code(&desk.run(&["plan", "--rule", "ext:mov", "-o", &file])),
        0
    );
    fs::write(desk.root.path().join("2024/b.mov"), "another content").unwrap();
    fs::remove_file(desk.root.path().join("e_废弃.mov")).unwrap();
    let none = desk.home.path().join("none.json");
    let mut plan: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    plan["items"] = Value::Array(Vec::new());
    plan["count"] = 0.into();
    fs::write(&none, plan.to_string()).unwrap();
    let empty = desk.run(&["rm", "--plan", &none.display().to_string()]);
    assert_eq!(code(&empty), 2);
    let told = text(&empty.stderr);
    assert!(told.contains("has no items"), "{told}");

    let stale = desk.run(&["rm", "--plan", &file, "--json"]);
    assert_eq!(code(&stale), 5, "{}", text(&stale.stderr));
    let told = lines(&stale);
    assert_eq!(paths(&told), ["2024/b.mov", "e_废弃.mov"]);
    assert!(
        told.iter()
            .any(|line| line["outcome"] == "changed" && line["reason"].is_string())
    );
    assert!(told.iter().any(|line| line["outcome"] == "already-gone"));
    assert!(desk.has("2024/a_废弃.mov"));
    let rest = desk.run(&["rm", "--plan", &file, "--skip-changed"]);
    assert_eq!(code(&rest), 3, "{}", text(&rest.stderr));
    assert!(desk.has("2024/b.mov") && !desk.has("2024/a_废弃.mov"));
}

#[test]
fn a_plan_is_for_its_library_only_and_names_what_is_not_there() {
    let desk = films();
    let file = plan_file(&desk);
    let made = desk.run(&["plan", "2024/b.mov", "nowhere", "-o", &file]);
    assert_eq!(code(&made), 3);
    assert!(text(&made.stderr).contains("/nowhere is not there"));
    let other = films();
    let refused = other.run(&["rm", "--plan", &file]);
    assert_eq!(code(&refused), 2, "{}", text(&refused.stderr));
    assert!(other.has("2024/b.mov"));
    fs::write(&file, "{\"items\": []}").unwrap();
    assert_eq!(code(&desk.run(&["rm", "--plan", &file])), 2);
    assert_eq!(code(&desk.run(&["plan"])), 2);
    let shown = desk.run(&["plan", "2024"]);
    let plan: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(
        (&plan["directories"], &plan["bytes"]),
        (&1.into(), &0.into())
    );
}

#[test]
fn du_counts_by_asking_and_by_walking_alike() {
    let desk = films();
    for args in [
        &["du", "--json", "/", "2024"] as &[&str],
        &["du", "--json", "--walk", "/", "2024"],
    ] {
        let counted = lines(&desk.run(args));
        assert_eq!(
            (&counted[0]["files"], &counted[0]["directories"]),
            (&5.into(), &3.into())
        );
        assert_eq!(
            (&counted[1]["files"], &counted[1]["bytes"]),
            (&3.into(), &15.into())
        );
        let source = if args.contains(&"--walk") {
            "walk"
        } else {
            "stats"
        };
        assert_eq!(counted[0]["source"], source);
    }
    let one = desk.run(&["du", "e_废弃.mov"]);
    assert!(
        text(&one.stdout).contains("1 files"),
        "{}",
        text(&one.stdout)
    );
    assert_eq!(code(&desk.run(&["du", "nowhere"])), 1);
}

#[test]
fn tokens_spaces_and_tasks_are_told_when_asked_for() {
    let desk = films();
    let served = Served::start(&desk, &["--library", "lib"]);
    let run = |args: &[&str]| served.command(&desk, args).output().unwrap();
    let made = run(&["token", "new", "--json"]);
    assert_eq!(code(&made), 0, "{}", text(&made.stderr));
    let token = lines(&made)[0]["access_token"].as_str().unwrap().to_owned();
    assert!(lines(&made)[0]["expires_in"].as_u64().unwrap() > 60);
    assert_eq!(
        code(&run(&["token", "renew"])),
        1,
        "a secret has nothing to renew"
    );
    let mut renew = served.command(&desk, &["token", "renew"]);
    let renewed = renew.env("MEDIASWEEP_TOKEN", &token).output().unwrap();
    assert_eq!(code(&renewed), 0, "{}", text(&renewed.stderr));
    assert!(!text(&renewed.stdout).trim().is_empty());
    assert!(!desk.log().contains(&token), "the token is in the log");
    assert_eq!(code(&desk.run(&["token", "new"])), 2);
    let size = lines(&run(&["space", "size", "--json"]));
    assert_eq!(size[0]["bytes"], 25);
    assert_eq!(
        code(&run(&["space", "list"])),
        1,
        "a single space has no list"
    );
    let task = run(&["task", "77", "--json"]);
    assert_eq!(
        (code(&task), lines(&task)[0]["state"].as_str()),
        (3, Some("unknown"))
    );
}
