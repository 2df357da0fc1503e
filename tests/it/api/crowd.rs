//! Many clients at once, a short time; the bench of the service has the long one.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::kill::victim::{LARGE_ONES, Victim};

const CLIENTS: usize = 64;
const TURNS: usize = 2;
const FILES: usize = 8;

#[test]
fn sixty_four_clients_meet_no_error_but_their_own_and_leave_nothing_open() {
    let folder = TempDir::new().unwrap();
    for client in 0..CLIENTS {
        let own = folder.path().join(format!("c{client}"));
        fs::create_dir(&own).unwrap();
        for file in 0..FILES {
            fs::write(own.join(format!("样片-{file}.mov")), "x").unwrap();
        }
    }
    let victim = Victim::start(folder.path(), LARGE_ONES, false);
    // What is opened once for all, such as the ledger, is open then.
    turn(&victim, "c0");
    let resting = open_files(&victim);
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let victim = &victim;
            scope.spawn(move || {
                for _ in 0..TURNS {
                    turn(victim, &format!("c{client}"));
                }
            });
        }
    });
    // A connection is closed a moment after its client has seen the end of it.
    let deadline = Instant::now() + Duration::from_secs(60);
    while open_files(&victim) > resting {
        assert!(Instant::now() < deadline, "some stay open");
        thread::yield_now();
    }
}

/// A listing, a look at nothing, a batch delete with one mistake in it, a restore of the others.
fn turn(victim: &Victim, folder: &str) {
    let ask = |method: &str, path: &str, body: Value, expected: u16| {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let (status, answer) = victim.ask(method, path, &body, || ()).unwrap();
        assert_eq!(status, expected, "{path}: {answer}");
        answer
    };
    let url = format!("directory/local/-/{folder}");
    let page = ask("GET", &format!("{url}?limit=100"), Value::Null, 200);
    let names = page["contents"].as_array().unwrap();
    assert_eq!(names.len(), FILES);
    ask("GET", &format!("{url}/nothing?info=1"), Value::Null, 404);
    let names = names.iter().map(|entry| entry["name"].as_str().unwrap());
    let items: Vec<_> = names
        .chain(["nothing"])
        .map(|name| json!({ "path": format!("{folder}/{name}") }))
        .collect();
    let answer = ask("POST", "batch/local/-?delete", Value::from(items), 207);
    let results = answer["result"].as_array().unwrap();
    let (done, failed): (Vec<_>, Vec<_>) =
        results.iter().partition(|result| result["status"] == 200);
    assert_eq!((done.len(), failed.len()), (FILES, 1));
    assert_eq!(failed[0]["status"], 404);
    let ids: Vec<_> = done
        .iter()
        .map(|result| result["recycledItemId"].clone())
        .collect();
    let answer = ask("POST", "recycled/local/-?restore", Value::from(ids), 200);
    let results = answer["result"].as_array().unwrap();
    assert_eq!(results.len(), FILES);
    assert!(results.iter().all(|result| result["status"] == 200));
}

/// Open files and connections.
fn open_files(victim: &Victim) -> usize {
    let open = format!("/proc/{}/fd", victim.id());
    fs::read_dir(open).unwrap().count()
}
