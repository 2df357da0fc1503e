//! Nobody gets out of the folder: not by the spelling of a path, not by a link that lies in it, and
//! not by one that comes between a look and a step. And other programs may do there what they like.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tempfile::TempDir;

use crate::seeded::Random;
use crate::service::{Service, write};

/// What no answer may hold.
const SECRET: &str = "what lies outside";

/// Each endpoint that takes a path: method, URL, body. `{p}` is a path in the spelling of URLs in
/// the one and of JSON in the other. A new endpoint is one more line for each place of a path.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str)] = &[
    ("GET", "directory/local/-/{p}", ""),
    ("GET", "directory/local/-/{p}?info", ""),
    ("GET", "directory/local/-/{p}?stats=1", ""),
    ("HEAD", "directory/local/-/{p}", ""),
    ("PUT", "directory/local/-/{p}", ""),
    ("PUT", "directory/local/-/{p}/new", ""),
    ("PUT", "directory/local/-/{p}/moved", r#"{"from":"dir"}"#),
    ("PUT", "directory/local/-/moved", r#"{"from":"{p}"}"#),
    ("DELETE", "directory/local/-/{p}", ""),
    ("DELETE", "directory/local/-/{p}?permanent=1", ""),
    ("GET", "file/local/-/{p}", ""),
    ("GET", "file/local/-/{p}?info", ""),
    ("HEAD", "file/local/-/{p}", ""),
    ("PUT", "file/local/-/{p}", ""),
    ("PUT", "file/local/-/{p}?conflict_resolution_strategy=overwrite", ""),
    ("PUT", "file/local/-/{p}/new", ""),
    ("PUT", "file/local/-/{p}", r#"{"from":"file"}"#),
    ("PUT", "file/local/-/{p}?conflict_resolution_strategy=overwrite", r#"{"from":"file"}"#),
    ("PUT", "file/local/-/moved", r#"{"from":"{p}"}"#),
    ("DELETE", "file/local/-/{p}", ""),
    ("DELETE", "file/local/-/{p}?permanent=1", ""),
    ("POST", "batch/local/-?delete", r#"[{"path":"{p}"}]"#),
    ("POST", "batch/local/-?delete", r#"[{"path":"{p}","permanent":true}]"#),
    ("PUT", "directory/local/-/copied", r#"{"copyFrom":"{p}"}"#),
    ("PUT", "directory/local/-/{p}/copied", r#"{"copyFrom":"dir"}"#),
    ("PUT", "file/local/-/copied", r#"{"copyFrom":"{p}"}"#),
    ("PUT", "file/local/-/{p}/copied", r#"{"copyFrom":"file"}"#),
    ("PUT", "file/local/-/linked", r#"{"linkTo":"{p}"}"#),
    ("PUT", "file/local/-/{p}/linked", r#"{"linkTo":"file"}"#),
    ("POST", "batch/local/-?copy", r#"[{"copyFrom":"{p}","to":"copied"}]"#),
    ("POST", "batch/local/-?copy", r#"[{"copyFrom":"dir","to":"{p}/copied"}]"#),
    ("POST", "batch/local/-?move", r#"[{"from":"{p}","to":"moved"}]"#),
    ("POST", "batch/local/-?move", r#"[{"from":"dir","to":"{p}/moved"}]"#),
    ("POST", "file/local/-/{p}?multipart", "{}"),
    ("POST", "file/local/-/{p}", "{}"),
    ("GET", "file/local/-/{p}?preview", ""),
    ("GET", "directory-history/local/-/history-list/{p}", ""),
    ("PUT", "file/local/-/{p}?virtual_file", "{}"),
    ("PUT", "file/local/-/{p}?conflict_resolution_strategy=overwrite", r#"{"copyFrom":"file"}"#),
    ("PUT", "file/local/-/{p}?conflict_resolution_strategy=overwrite", r#"{"linkTo":"file"}"#),
    ("POST", "batch/local/-?copy", r#"[{"copyFrom":"file","to":"{p}","conflictResolutionStrategy":"overwrite"}]"#),
    ("PUT", "cross-space/directory/local/-/copy/{p}", r#"{"copyFrom":"dir","copyFromSpaceId":"-"}"#),
    ("PUT", "cross-space/directory/local/-/copy/across", r#"{"copyFrom":"{p}","copyFromSpaceId":"-"}"#),
    ("PUT", "directory/local/-/{p}?calibrate", ""),
    ("GET", "file/local/-/{p}?history_id=1", ""),
    ("GET", "album/local/-/cover/{p}", ""),
    ("POST", "favorite/local/-", r#"{"path":"{p}"}"#),
    ("POST", "search/local/-/search-fs", r#"{"keywords":["secret"],"scope":"{p}"}"#),
    ("POST", "search/local/-/search-fs-stats", r#"{"aggregations":[{"field":"size","operation":"sum"}],"scope":"{p}"}"#),
    ("GET", "directory/local/-/{p}?stats=1&stats_type=history", ""),
    ("POST", "directory/local/-/{p}?update", r#"{"labels":["a"]}"#),
    ("POST", "search/local/-/space-contents", r#"{"keyword":"secret","scope":"{p}"}"#),
];

/// Paths as they stand in a URL and in a body.
const PATHS: &[(&str, &str)] = &[
    ("..", ".."),
    ("../outside/secret", "../outside/secret"),
    ("dir/../../outside/secret", "dir/../../outside/secret"),
    ("%2e%2e/outside/secret", "./../outside/secret"),
    ("%2E%2E%2Foutside%2Fsecret", "..//outside/secret"),
    ("..%2f..%2fetc%2fpasswd", "../../../../../../etc/passwd"),
    ("%2Fetc%2Fpasswd", "/etc/passwd"),
    ("//etc//passwd", "//etc//passwd"),
    ("a%00b", "a\\u0000b"),
    ("%00", "\\u0000"),
    (
        "..%5C..%5Coutside%5Csecret",
        "..\\\\..\\\\outside\\\\secret",
    ),
    ("%ff%fe", "\\ud83d\\ude00"),
    ("link", "link"),
    ("link/secret", "link/secret"),
    ("link/below", "link/below"),
    ("link%2Fsecret", "/link/secret"),
    ("file-link", "file-link"),
    ("file-link/x", "file-link/x"),
    (".mediasweep", ".mediasweep"),
    (".mediasweep/ledger.sqlite3", ".mediasweep/ledger.sqlite3"),
    (".mediasweep/bin", ".mediasweep/bin/../bin"),
];

/// A folder `root` to be served, and beside it what nobody may reach.
struct Yard {
    yard: TempDir,
}

impl Yard {
    fn new() -> Self {
        let yard = TempDir::new().unwrap();
        for path in ["outside/secret", "outside/below/secret", "secret"] {
            write(yard.path(), path, SECRET);
        }
        fs::create_dir(yard.path().join("root")).unwrap();
        Self { yard }
    }

    async fn serve(&self) -> Service {
        let root = self.at("root");
        Service::start_with(|config| config.root = root).await
    }

    fn at(&self, path: &str) -> PathBuf {
        self.yard.path().join(path)
    }

    /// What requests speak of, made again where an earlier one took it.
    fn plant(&self) {
        let root = self.at("root");
        write(&root, "file", "inside");
        write(&root, "dir/file", "inside");
        let _ = symlink(self.at("outside"), root.join("link"));
        let _ = symlink(self.at("outside/secret"), root.join("file-link"));
    }

    /// All that lies outside, with its bytes.
    fn outside(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.yard.path().to_owned()];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path == self.at("root") {
                    continue;
                }
                if path.is_dir() {
                    found.insert(path.clone(), Vec::new());
                    open.push(path);
                } else {
                    let bytes = fs::read(&path).unwrap();
                    found.insert(path, bytes);
                }
            }
        }
        found
    }
}

/// Says that it is over, also to a thread that would else outlive a failed test.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The URLs of bytes that an answer gives.
fn links(text: &str) -> Vec<String> {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let location = head
        .lines()
        .find_map(|line| line.strip_prefix("location: "));
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let linked = body["cosUrl"].as_str();
    location
        .into_iter()
        .chain(linked)
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn no_spelling_of_a_path_leads_out() {
    let yard = Yard::new();
    let before = yard.outside();
    let passwords = fs::read_to_string("/etc/passwd").unwrap();
    let password = passwords.lines().next().unwrap();
    let service = yard.serve().await;
    for (method, url, body) in TABLE {
        for (in_url, in_body) in PATHS {
            yard.plant();
            let url = url.replace("{p}", in_url);
            let body = body.replace("{p}", in_body);
            let context = format!("{method} {url} {body}");
            let (status, text) = service.wire_status(method, &url, &body).await;
            assert!(status < 500, "{context}: {text}");
            assert!(!text.contains(SECRET), "{context}: {text}");
            for link in links(&text) {
                let path = link.strip_prefix(service.url()).unwrap();
                let got = service.wire("GET", path, "").await;
                let got = String::from_utf8_lossy(&got);
                let is_inside = !got.contains(SECRET) && !got.contains(password);
                assert!(is_inside, "{context}: {link}: {got}");
            }
        }
    }
    // What went to the bin as a link is a link there, and is not followed when it goes for good.
    service.delete("recycled/local/-").await;
    service.stop().await;
    assert_eq!(yard.outside(), before);
}

/// So many requests go through the directory that is now one and then a link.
const RACES: usize = 400;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_takes_a_directorys_place_leads_nowhere() {
    let yard = Yard::new();
    for number in 0..RACES {
        write(&yard.at("outside"), &format!("v{number}"), SECRET);
        write(&yard.at("outside"), &format!("d{number}/x"), SECRET);
        write(&yard.at("root/swap"), &format!("v{number}"), "inside");
        write(&yard.at("root/swap"), &format!("d{number}/x"), "inside");
    }
    symlink(yard.at("outside"), yard.at("root/other")).unwrap();
    let before = yard.outside();
    let service = yard.serve().await;
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _end = End(&is_over);
        scope.spawn(|| {
            let root = fs::File::open(yard.at("root")).unwrap();
            while !is_over.load(Ordering::Relaxed) {
                let exchange = rustix::fs::RenameFlags::EXCHANGE;
                rustix::fs::renameat_with(&root, "swap", &root, "other", exchange).unwrap();
            }
        });
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                for number in 0..RACES {
                    let permanent = number % 2;
                    let item = format!(r#"[{{"path":"swap/v{number}","permanent":true}}]"#);
                    let from = format!(r#"{{"from":"swap/v{number}"}}"#);
                    let copy_from = format!(r#"{{"copyFrom":"swap/v{number}"}}"#);
                    let link_to = format!(r#"{{"linkTo":"swap/v{number}"}}"#);
                    let file = format!("file/local/-/swap/v{number}");
                    let search = r#"{"keywords":["v"],"scope":"swap"}"#;
                    let (method, path, body) = match number % 15 {
                        0 => ("GET", "directory/local/-/swap?limit=1000".to_owned(), ""),
                        1 => ("GET", file, ""),
                        2 => ("DELETE", format!("{file}?permanent={permanent}"), ""),
                        3 => ("POST", "batch/local/-?delete".to_owned(), item.as_str()),
                        4 => (
                            "PUT",
                            format!("file/local/-/swap/new{number}"),
                            from.as_str(),
                        ),
                        5 => ("PUT", format!("directory/local/-/swap/made{number}/x"), ""),
                        6 => (
                            "DELETE",
                            format!("directory/local/-/swap/d{number}?permanent=1"),
                            "",
                        ),
                        7 => (
                            "PUT",
                            format!("directory/local/-/swap/copied{number}"),
                            r#"{"copyFrom":"swap/d2"}"#,
                        ),
                        8 => (
                            "PUT",
                            format!("file/local/-/swap/copied{number}"),
                            copy_from.as_str(),
                        ),
                        9 => (
                            "PUT",
                            format!("file/local/-/swap/l{number}"),
                            link_to.as_str(),
                        ),
                        10 => (
                            "PUT",
                            format!("directory/local/-/swap/new{number}"),
                            r#"{"from":"swap/d1"}"#,
                        ),
                        11 => (
                            "POST",
                            "search/local/-/search-fs?limit=100".to_owned(),
                            search,
                        ),
                        12 => {
                            let path = "space/local/-/contents-view?filter=onlyFile&limit=1000";
                            ("GET", path.to_owned(), "")
                        }
                        13 => ("GET", "directory/local/-/swap?stats=1".to_owned(), ""),
                        _ => ("GET", format!("{file}?info"), ""),
                    };
                    let (status, text) = service.wire_status(method, &path, body).await;
                    assert!(status < 500, "{method} {path}: {text}");
                    // No file inside is that large.
                    let outside = format!("\"size\":\"{}\"", SECRET.len());
                    assert!(!text.contains(&outside), "{method} {path}: {text}");
                    for link in links(&text) {
                        let path = link.strip_prefix(service.url()).unwrap();
                        let got = service.wire("GET", path, "").await;
                        assert!(!String::from_utf8_lossy(&got).contains(SECRET));
                    }
                    upload(&service, &format!("swap/up{number}")).await;
                }
            });
        });
    });
    service.delete("recycled/local/-").await;
    service.stop().await;
    assert!(yard.outside() == before, "something outside was changed");
}

/// An upload from its beginning to its end, whatever is answered.
async fn upload(service: &Service, path: &str) {
    let (status, text) = service
        .wire_status("PUT", &format!("file/local/-/{path}"), "")
        .await;
    assert!(status < 500, "{text}");
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    let start: Value = serde_json::from_str(body).unwrap();
    let Some(key) = start["confirmKey"].as_str() else {
        return;
    };
    let mut put = service.http().put(format!(
        "{}{}",
        service.url(),
        start["path"].as_str().unwrap()
    ));
    for (name, value) in start["headers"].as_object().unwrap() {
        put = put.header(name, value.as_str().unwrap());
    }
    put.body("inside").send().await.unwrap();
    let confirm = format!("file/local/-/{key}?confirm");
    let (status, text) = service.wire_status("POST", &confirm, "").await;
    assert!(status < 500, "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_programs_may_change_the_folder_at_any_time() {
    let service = Service::start().await;
    let stays: Vec<String> = (0..120).map(|number| format!("stay{number:03}")).collect();
    for name in &stays {
        service.write(&format!("busy/{name}"), "x");
    }
    let busy = service.at("busy");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _end = End(&is_over);
        scope.spawn(|| disturb(&busy, &is_over));
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                for number in 0..40 {
                    let query = match number % 4 {
                        0 => "&limit=7",
                        1 => "&limit=50&order_by=creationTime",
                        2 => "&limit=1000",
                        _ => "&limit=13&filter=onlyFile&order_by_type=desc",
                    };
                    let listed = service.names("busy", query).await;
                    // What comes and goes may be met twice: as what it was and as what it is.
                    for name in &stays {
                        let times = listed.iter().filter(|listed| *listed == name).count();
                        assert_eq!(times, 1, "{name} with {query}");
                    }
                    for (method, path, body) in [
                        ("DELETE", "file/local/-/busy/c3".to_owned(), String::new()),
                        (
                            "DELETE",
                            "directory/local/-/busy/c4?permanent=1".to_owned(),
                            String::new(),
                        ),
                        ("GET", "file/local/-/busy/c5?info".to_owned(), String::new()),
                        (
                            "GET",
                            "directory/local/-/busy?stats=1".to_owned(),
                            String::new(),
                        ),
                        (
                            "PUT",
                            format!("file/local/-/busy/kept{number}"),
                            r#"{"from":"busy/c6"}"#.to_owned(),
                        ),
                        (
                            "PUT",
                            format!("directory/local/-/busy/c7/{number}"),
                            String::new(),
                        ),
                        (
                            "POST",
                            "batch/local/-?delete".to_owned(),
                            r#"[{"path":"busy/c1"},{"path":"busy/c2/x"}]"#.to_owned(),
                        ),
                    ] {
                        let (status, text) = service.wire_status(method, &path, &body).await;
                        assert!(status < 500, "{method} {path}: {text}");
                        assert!(!text.contains("InternalServerError"), "{path}: {text}");
                    }
                }
            });
        });
    });
    for name in &stays {
        assert!(service.has(&format!("busy/{name}")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_others_replace_is_always_one_or_the_other() {
    let service = Service::start().await;
    let contents = ["a".repeat(300 << 10), "b".repeat(700 << 10)];
    let mut known = Vec::new();
    for (name, content) in ["one", "two"].iter().zip(&contents) {
        service.write(name, content);
        let info = service.get(&format!("file/local/-/{name}?info")).await;
        known.push(size_and_sum(&info.json()));
    }
    assert_ne!(known[0], known[1]);
    service.write("f", &contents[0]);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _end = End(&is_over);
        scope.spawn(|| {
            for content in contents.iter().cycle() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                fs::write(service.at("new"), content).unwrap();
                fs::rename(service.at("new"), service.at("f")).unwrap();
            }
        });
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                for _ in 0..30 {
                    let info = service.get("file/local/-/f?info").await;
                    if info.status == 404 {
                        continue;
                    }
                    let info = info.json();
                    assert!(known.contains(&size_and_sum(&info)), "{info}");
                    let url = info["cosUrl"].as_str().unwrap();
                    let got = service.http().get(url).send().await.unwrap();
                    if got.status() == 200 {
                        assert!(contents.contains(&got.text().await.unwrap()));
                    }
                    let deleted = service.batch_delete(&["f"]).await.json();
                    if let Some(id) = deleted["result"][0]["recycledItemId"].as_u64() {
                        let bytes =
                            fs::read_to_string(service.at(&format!(".mediasweep/bin/{id}")));
                        assert!(contents.contains(&bytes.unwrap()));
                    }
                }
            });
        });
    });
}

fn size_and_sum(info: &Value) -> (Value, Value) {
    (info["size"].clone(), info["crc64"].clone())
}

#[tokio::test]
async fn a_link_in_the_place_of_a_space_is_none() {
    let yard = Yard::new();
    let before = yard.outside();
    symlink(yard.at("outside"), yard.at("root/one")).unwrap();
    fs::create_dir(yard.at("root/two")).unwrap();
    let root = yard.at("root");
    let service = Service::start_with(|config| {
        config.root = root;
        config.multi_space = true;
    })
    .await;
    let listed = service.get("space/local/list").await.json();
    assert_eq!(listed["list"].as_array().unwrap().len(), 1, "{listed}");
    for space in [
        "one",
        "%2e%2e",
        "..%2Foutside",
        ".mediasweep",
        "%00",
        "two%00",
    ] {
        let body = format!(r#"[{{"from":"secret","fromSpaceId":"{space}","to":"got"}}]"#);
        for (method, path, body) in [
            ("GET", format!("directory/local/{space}"), ""),
            ("GET", format!("file/local/{space}/secret"), ""),
            ("GET", format!("usage/local/{space}"), ""),
            ("DELETE", format!("directory/local/{space}/below"), ""),
            ("DELETE", format!("space/local/{space}?force=1"), ""),
            ("POST", "batch/local/two?move".to_owned(), &*body),
        ] {
            let (status, text) = service.wire_status(method, &path, body).await;
            let is_refused = (400..500).contains(&status) || status == 207;
            assert!(is_refused, "{method} {path}: {text}");
            assert!(!text.contains(SECRET), "{method} {path}: {text}");
        }
    }
    service.stop().await;
    assert_eq!(yard.outside(), before);
    assert!(!yard.at("root/two/got").exists());
}

/// Creates, deletes, renames and replaces files and directories of a few names.
fn disturb(busy: &Path, is_over: &AtomicBool) {
    let mut random = Random::new(1);
    while !is_over.load(Ordering::Relaxed) {
        let path = busy.join(format!("c{}", random.below(8)));
        let other = busy.join(format!("c{}", random.below(8)));
        // Whether it works depends on what the others do.
        let _ = match random.below(6) {
            0 | 1 => fs::write(&path, "other"),
            2 => fs::create_dir_all(path.join("x")),
            3 => fs::rename(&path, &other),
            4 => fs::remove_dir_all(&path),
            _ => fs::remove_file(&path),
        };
    }
}
