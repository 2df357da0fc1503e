//! What is true after each start, whenever the kill was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use super::model::{Content, Model, Place};
use super::victim::Victim;

/// What may lie in `.mediasweep`.
const OWN: &[&str] = &[
    "bin",
    "doomed",
    "ledger.sqlite3",
    "ledger.sqlite3-shm",
    "ledger.sqlite3-wal",
    "lock",
    "uploads",
];

/// The bytes of a file with this content.
pub fn bytes(content: Content) -> Vec<u8> {
    let line = format!("content {content}\n");
    line.repeat(1 + usize::try_from(content % 3).unwrap() * 1000)
        .into_bytes()
}

/// Waits until what an earlier run left is settled, and compares all that is there.
pub fn check(root: &Path, victim: &Victim, model: &mut Model, context: &str) {
    let own = root.join(".mediasweep");
    if own.is_dir() {
        settle(&own);
    }
    let mut there = BTreeMap::new();
    collect(root, "", &mut |path, content| {
        add(&mut there, content, Place::Tree(path));
    });
    if own.is_dir() {
        check_own(&own, victim, context, &mut there);
    }
    let mistakes = model.compare(there);
    assert!(mistakes.is_empty(), "{context}:\n{}", mistakes.join("\n"));
}

/// Tasks go on and doomed things go after a start.
fn settle(own: &Path) {
    loop {
        let is_open = count(own, "SELECT count(*) FROM task WHERE status IS NULL") > 0;
        let is_doomed = fs::read_dir(own.join("doomed")).unwrap().next().is_some();
        if !is_open && !is_doomed {
            return;
        }
        std::thread::yield_now();
    }
}

fn count(own: &Path, question: &str) -> u64 {
    ids(own, question)[0]
}

fn ids(own: &Path, question: &str) -> Vec<u64> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let ledger = Connection::open_with_flags(own.join("ledger.sqlite3"), flags).unwrap();
    ledger
        .busy_timeout(std::time::Duration::from_secs(10))
        .unwrap();
    let mut statement = ledger.prepare(question).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, i64>(0)).unwrap();
    rows.map(|id| id.unwrap().unsigned_abs()).collect()
}

/// Our own folder: no step open, the bin as its list says, nothing left over.
fn check_own(
    own: &Path,
    victim: &Victim,
    context: &str,
    there: &mut BTreeMap<Content, BTreeSet<Place>>,
) {
    let open = count(own, "SELECT count(*) FROM intent");
    assert_eq!(open, 0, "{context}: steps are open");
    for name in names(own) {
        assert!(OWN.contains(&name.as_str()), "{context}: {name} is new");
    }
    let uploads = names(&own.join("uploads"));
    assert!(uploads.is_empty(), "{context}: left over {uploads:?}");
    let listed = recycled(victim);
    let in_bin: BTreeSet<u64> = names(&own.join("bin"))
        .iter()
        .map(|name| name.parse().unwrap())
        .collect();
    let in_list: BTreeSet<u64> = listed.keys().copied().collect();
    assert_eq!(in_bin, in_list, "{context}: bin and list");
    let rows = ids(own, "SELECT id FROM recycled");
    assert_eq!(rows.len(), listed.len(), "{context}: rows and list");
    for (id, path) in listed {
        let item = own.join("bin").join(id.to_string());
        let mut note = |below: String, content| {
            let path = format!("{path}{below}");
            add(there, content, Place::Bin(path));
        };
        if item.is_dir() {
            collect(&item, "/", &mut note);
        } else {
            note(String::new(), content_of(&item));
        }
    }
}

/// All items of the bin with their former paths, page by page.
fn recycled(victim: &Victim) -> BTreeMap<u64, String> {
    let mut found = BTreeMap::new();
    for page in 1.. {
        let path = format!("recycled/local/-?by-page=1&page={page}&page_size=1000");
        let (status, answer) = victim.ask("GET", &path, "", || ()).unwrap();
        assert_eq!(status, 200, "{answer}");
        let items = answer["contents"].as_array().unwrap();
        for item in items {
            let path: Vec<&str> = item["originalPath"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_str)
                .collect();
            found.insert(item["recycledItemId"].as_u64().unwrap(), path.join("/"));
        }
        if items.len() < 1000 {
            break;
        }
    }
    found
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn add(there: &mut BTreeMap<Content, BTreeSet<Place>>, content: Content, place: Place) {
    let is_new = there.entry(content).or_default().insert(place.clone());
    assert!(is_new, "content {content} is twice at {place:?}");
}

/// Every file below a directory, `.mediasweep` aside.
fn collect(directory: &Path, prefix: &str, found: &mut impl FnMut(String, Content)) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let kind = entry.file_type().unwrap();
        if name == ".mediasweep" {
            continue;
        }
        let path = format!("{prefix}{name}");
        if kind.is_dir() {
            collect(&entry.path(), &format!("{path}/"), found);
        } else {
            found(path, content_of(&entry.path()));
        }
    }
}

/// The content of a file, which must be whole.
fn content_of(file: &Path) -> Content {
    let there = fs::read(file).unwrap();
    let line = String::from_utf8_lossy(&there);
    let line = line.lines().next().unwrap_or_default();
    let number = line.strip_prefix("content ").unwrap_or_default();
    let content = number
        .parse()
        .unwrap_or_else(|_| panic!("{} holds '{line}'", file.display()));
    assert!(there == bytes(content), "{} is not whole", file.display());
    content
}
