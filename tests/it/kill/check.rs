//! What is true after each start, whenever the kill was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, UNIX_EPOCH};

use rusqlite::{Connection, OpenFlags, Row};
use serde_json::Value;

use super::model::{Content, LABELLED, LARGE, LINK, Model, Place, Places, path_in, space_of};
use super::victim::Victim;

/// What may lie in `.mediasweep`.
const OWN: &[&str] = &[
    "bin",
    "doomed",
    "history",
    "ledger.sqlite3",
    "ledger.sqlite3-shm",
    "ledger.sqlite3-wal",
    "lock",
    "uploads",
];

/// Bytes of the first of two parts.
pub const PART: usize = 1 << 20;

/// Nothing that goes on after a start takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// The bytes of a file with this content.
pub fn bytes(content: Content) -> Vec<u8> {
    let line = format!("content {content}\n");
    let lines = match content & LARGE {
        0 => 1 + usize::try_from(content % 3).unwrap() * 1000,
        _ => PART / line.len() + 100,
    };
    line.repeat(lines).into_bytes()
}

/// What the ledger knows an entry by.
type Identity = (i64, i64);

/// All contents that were found.
#[derive(Default)]
struct Found {
    places: BTreeMap<Content, Places>,
    entries: Vec<(Content, Identity, Place)>,
}

impl Found {
    fn add(&mut self, content: Content, of: Identity, place: Place) {
        let places = self.places.entry(content).or_default();
        places.push(place.clone());
        places.sort();
        self.entries.push((content, of, place));
    }
}

/// Waits until what an earlier run left is settled, and compares all that is there.
pub fn check(root: &Path, victim: &Victim, model: &mut Model, context: &str) {
    let mut found = Found::default();
    let mut mistakes = Vec::new();
    let mut versions = Vec::new();
    let mut open = Vec::new();
    let mut folders = Vec::new();
    for space in victim.spaces {
        let (folder, prefix) = match *space {
            "-" => (root.to_owned(), String::new()),
            space => (root.join(space), format!("{space}/")),
        };
        let own = folder.join(".mediasweep");
        // Without a ledger nothing has been changed yet: the kill was while the folder was made.
        if own.join("ledger.sqlite3").is_file() {
            settle(&own, context);
            open.push((*space, own));
        }
        folders.push((folder, prefix));
    }
    // A task of one space may have moved things out of another one until now.
    for (folder, prefix) in folders {
        collect(&folder, &prefix, &mut |path, content, of| {
            found.add(content, of, Place::Tree(path));
        });
    }
    for (space, own) in &open {
        check_own(own, space, victim, context, &mut found);
        versions.extend(check_history(own, space, context));
    }
    check_versions(versions, model, &mut found);
    for (space, own) in &open {
        mistakes.extend(check_said(own, space, model, &found));
    }
    mistakes.extend(check_links(&open, model, &found));
    mistakes.extend(model.compare(found.places));
    assert!(mistakes.is_empty(), "{context}:\n{}", mistakes.join("\n"));
}

/// An old version as its row has it.
struct OldOne {
    space: String,
    content: Content,
    of: Identity,
    /// The file that it is an old version of.
    file: Identity,
}

/// Old versions: for each a row, and for each row one.
fn check_history(own: &Path, space: &str, context: &str) -> Vec<OldOne> {
    let history = own.join("history");
    let rows: BTreeMap<String, Identity> =
        rows(own, "SELECT id, inode, born FROM version", |row| {
            let id: i64 = row.get(0)?;
            Ok((id.to_string(), (row.get(1)?, row.get(2)?)))
        })
        .into_iter()
        .collect();
    let there: BTreeSet<String> = names(&history).into_iter().collect();
    let in_list: BTreeSet<String> = rows.keys().cloned().collect();
    assert_eq!(there, in_list, "{context}: history");
    let version = |(name, file): (&String, &Identity)| {
        let path = history.join(name);
        OldOne {
            space: space.to_owned(),
            content: content_of(&path),
            of: identity(&path.symlink_metadata().unwrap()),
            file: *file,
        }
    };
    rows.iter().map(version).collect()
}

/// Each old version is with its file, wherever that is.
fn check_versions(versions: Vec<OldOne>, model: &mut Model, found: &mut Found) {
    let files: BTreeMap<Identity, Place> = found
        .entries
        .iter()
        .map(|(_, of, place)| (*of, place.clone()))
        .collect();
    for version in versions {
        let file = files.get(&version.file);
        if file.is_some_and(|file| space_of(file.path()) != version.space) {
            model.strays.insert(version.content);
        }
        let place = file.map_or(Place::Stray, |file| file.clone().version());
        found.add(version.content, version.of, place);
    }
}

/// Tasks go on, doomed things go and links follow their targets after a start.
fn settle(own: &Path, context: &str) {
    let begun = Instant::now();
    loop {
        let open: Vec<String> = rows(
            own,
            "SELECT 'task ' || request FROM task WHERE status IS NULL
             UNION ALL
             SELECT 'link ' || place || ' to ' || path || ' in state ' || state
             FROM link WHERE state NOT IN (0, 4)",
            |row| row.get(0),
        );
        let doomed = names(&own.join("doomed"));
        if open.is_empty() && doomed.is_empty() {
            return;
        }
        let is_late = begun.elapsed() > PATIENCE;
        assert!(!is_late, "{context}: open {open:?}, doomed {doomed:?}");
        std::thread::yield_now();
    }
}

fn count(own: &Path, question: &str) -> i64 {
    rows(own, question, |row| row.get(0))[0]
}

fn rows<T>(own: &Path, question: &str, read: impl Fn(&Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let ledger = Connection::open_with_flags(own.join("ledger.sqlite3"), flags).unwrap();
    ledger.busy_timeout(Duration::from_secs(10)).unwrap();
    let mut statement = ledger.prepare(question).unwrap();
    let rows = statement.query_map([], |row| read(row)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Our own folder: no step open, the bin as its list says, nothing left over.
fn check_own(own: &Path, space: &str, victim: &Victim, context: &str, found: &mut Found) {
    for table in ["intent", "overwrite", "relocation"] {
        let open = count(own, &format!("SELECT count(*) FROM {table}"));
        assert_eq!(open, 0, "{context}: {table} has rows");
    }
    for name in names(own) {
        assert!(OWN.contains(&name.as_str()), "{context}: {name} is new");
    }
    check_uploads(own, space, context, found);
    let listed = recycled(victim, space);
    let in_bin: BTreeSet<u64> = names(&own.join("bin"))
        .iter()
        .map(|name| name.parse().unwrap())
        .collect();
    let in_list: BTreeSet<u64> = listed.keys().copied().collect();
    assert_eq!(in_bin, in_list, "{context}: bin and list");
    let rows = rows(own, "SELECT id FROM recycled", |row| row.get::<_, i64>(0));
    assert_eq!(rows.len(), listed.len(), "{context}: rows and list");
    for (id, path) in listed {
        let item = own.join("bin").join(id.to_string());
        let mut note = |below: String, content, of| {
            let path = path_in(space, &format!("{path}{below}"));
            found.add(content, of, Place::Bin(path));
        };
        let metadata = item.symlink_metadata().unwrap();
        if metadata.is_dir() {
            collect(&item, "/", &mut note);
        } else {
            note(String::new(), content_of(&item), identity(&metadata));
        }
    }
}

/// The parts that have arrived, each of which is whole, and no file besides.
fn check_uploads(own: &Path, space: &str, context: &str, found: &mut Found) {
    let uploads = own.join("uploads");
    let open = rows(
        own,
        "SELECT key, request FROM upload WHERE settled IS NULL",
        |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
    );
    let arrived = rows(
        own,
        "SELECT upload, file, size FROM upload_part ORDER BY upload, number",
        |row| {
            let (key, file): (String, String) = (row.get(0)?, row.get(1)?);
            Ok((key, file, usize::try_from(row.get::<_, i64>(2)?).unwrap()))
        },
    );
    let there: BTreeSet<String> = names(&uploads).into_iter().collect();
    let in_list: BTreeSet<String> = arrived.iter().map(|(_, file, _)| file.clone()).collect();
    assert_eq!(there, in_list, "{context}: uploads");
    let mut in_open = 0;
    for (key, request) in open {
        let parts = arrived.iter().filter(|(of, ..)| *of == key);
        let parts: Vec<_> = parts.collect();
        in_open += parts.len();
        let mut bytes = Vec::new();
        for (_, file, size) in &parts {
            // A kill while parts are joined leaves more than the part.
            bytes.extend_from_slice(&fs::read(uploads.join(file)).unwrap()[..*size]);
        }
        if parts.is_empty() {
            continue;
        }
        let which = content_in(&bytes, &format!("{context}: upload {key}"));
        let request: Value = serde_json::from_str(&request).unwrap();
        let place = Place::Upload {
            path: path_in(space, request["path"].as_str().unwrap()),
            key,
            parts: parts.len(),
        };
        found.add(which, (0, 0), place);
    }
    assert_eq!(in_open, arrived.len(), "{context}: parts of no upload");
}

/// What was said about files is known wherever they are, and the same of their copies.
fn check_said(own: &Path, space: &str, model: &mut Model, found: &Found) -> Vec<String> {
    let said: BTreeMap<Identity, Value> =
        rows(own, "SELECT inode, born, value FROM attribute", |row| {
            let value: String = row.get(2)?;
            let value = serde_json::from_str(&value).unwrap();
            Ok(((row.get(0)?, row.get(1)?), value))
        })
        .into_iter()
        .collect();
    let mut mistakes = Vec::new();
    for (content, of, place) in &found.entries {
        let is_elsewhere = space_of(place.path()) != space;
        let is_file = !matches!(place, Place::Upload { .. } | Place::Stray);
        if content & LABELLED == 0 || is_elsewhere || !is_file || model.strays.contains(content) {
            continue;
        }
        let labels = &said.get(of).cloned().unwrap_or_default()["labels"];
        let category = said.get(of).and_then(|said| said["category"].as_str());
        let number = category.map_or(0, |category| category.parse().unwrap());
        if labels[0] != format!("content {content}") {
            mistakes.push(format!("content {content} at {place:?} has {labels}"));
        }
        if let Some(expected) = model.said.get_mut(content) {
            if !expected.contains(&number) {
                mistakes.push(format!(
                    "content {content}: said {number} and not {expected:?}"
                ));
            }
            *expected = BTreeSet::from([number]);
        }
    }
    mistakes
}

/// Each link whose target never left shows it.
fn check_links(own: &[(&str, PathBuf)], model: &Model, found: &Found) -> Vec<String> {
    let question = "SELECT inode, born, target, target_born FROM link WHERE state = 0";
    let mut links: BTreeMap<Identity, Identity> = BTreeMap::new();
    for (_, own) in own {
        links.extend(rows(own, question, |row| {
            Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?)))
        }));
    }
    let mut mistakes = Vec::new();
    for (link, of, place) in &found.entries {
        if !model.is_bound(*link) || !matches!(place, Place::Tree(_)) {
            continue;
        }
        let target = links.get(of).copied();
        let shown = found.entries.iter().find(|(_, of, _)| Some(*of) == target);
        let shown = shown.map(|(content, ..)| *content);
        if shown != Some(model.links[link].target) {
            let expected = model.links[link].target;
            mistakes.push(format!(
                "link {link} at {place:?} shows {shown:?} and not {expected}"
            ));
        }
    }
    mistakes
}

/// All items of the bin with their former paths, page by page.
fn recycled(victim: &Victim, space: &str) -> BTreeMap<u64, String> {
    let mut found = BTreeMap::new();
    for page in 1.. {
        let path = format!("recycled/local/{space}?by-page=1&page={page}&page_size=1000");
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

/// Every file below a directory, `.mediasweep` aside.
fn collect(directory: &Path, prefix: &str, found: &mut impl FnMut(String, Content, Identity)) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let metadata = entry.metadata().unwrap();
        if name == ".mediasweep" {
            continue;
        }
        let path = format!("{prefix}{name}");
        if metadata.is_dir() {
            collect(&entry.path(), &format!("{path}/"), found);
        } else {
            found(path, content_of(&entry.path()), identity(&metadata));
        }
    }
}

fn identity(metadata: &Metadata) -> Identity {
    let born = metadata.created().map_or(0, |time| {
        let born = time.duration_since(UNIX_EPOCH).unwrap();
        i64::try_from(born.as_nanos()).unwrap()
    });
    (metadata.ino().cast_signed(), born)
}

/// The content of a file, which must be whole. A link has its number in its name.
pub fn content_of(file: &Path) -> Content {
    if file.symlink_metadata().unwrap().is_symlink() {
        let name = file.file_name().unwrap().to_str().unwrap();
        let number = name.strip_prefix('l');
        let number: Option<Content> = number.and_then(|name| name.parse().ok());
        return LINK | number.unwrap_or_else(|| panic!("{name} is a link"));
    }
    let there = fs::read(file).unwrap();
    let content = content_in(&there, &file.display().to_string());
    let is_whole = there.len() == bytes(content).len();
    assert!(is_whole, "{} is not whole", file.display());
    content
}

/// The content that begins with these bytes.
fn content_in(there: &[u8], place: &str) -> Content {
    let end = there.iter().position(|byte| *byte == b'\n');
    let line = String::from_utf8_lossy(&there[..end.unwrap_or(0)]).into_owned();
    let number = line.strip_prefix("content ").unwrap_or_default();
    let content = number
        .parse()
        .unwrap_or_else(|_| panic!("{place} holds '{line}'"));
    assert!(bytes(content).starts_with(there), "{place} is not whole");
    content
}
