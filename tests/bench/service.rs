//! How fast the embedded service is, against the bare system calls that it cannot do without.
//!
//! `cargo bench --bench service`. Rounds of both sides take turns, and what counts is the ratio of
//! their medians: this machine may be doing other things. `MEDIASWEEP_BENCH_ENTRIES` is the size
//! of the large folder (1,000,000), `MEDIASWEEP_BENCH_SECONDS` the length of the last part (60).

#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::unchecked_time_subtraction,
    missing_docs
)]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, StatxFlags, openat, renameat, statx};
use serde_json::Value;

/// Rounds of each measurement; the median counts.
const ROUNDS: usize = 5;

/// The service in a process of its own.
struct Service {
    child: Child,
    http: Client,
    base: String,
    token: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let entries = number("MEDIASWEEP_BENCH_ENTRIES", 1_000_000);
    let seconds = number("MEDIASWEEP_BENCH_SECONDS", 60);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let root = folder.path();
    println!(
        "{:<52}{:>12}{:>12}{:>8}{:>8}",
        "", "ours", "bare", "ratio", "goal"
    );
    fill(&root.join("large"), entries);
    let service = Service::start(root).await;
    listings(&service, root, entries).await;
    deletions(&service, root).await;
    large_folder(&service, entries).await;
    crowd(&service, root, Duration::from_secs(seconds)).await;
}

async fn listings(service: &Service, root: &Path, entries: u64) {
    let large = root.join("large");
    let resting = service.memory();
    let (mut first, mut bare) = (Vec::new(), Vec::new());
    let (mut pages, mut used) = (Vec::new(), Vec::new());
    let (mut by_time, mut bare_stat) = (Vec::new(), Vec::new());
    let mut names = 0;
    let mut peak = 0;
    for round in 0..ROUNDS {
        // A change makes the reading anew.
        File::create(large.join(format!("zz-{round}"))).unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        bare.push(timed(|| names = count_names(&large)));
        let start = Instant::now();
        let mut page = service.get("directory/lib/-/large?limit=1000").await;
        first.push(start.elapsed());
        let cpu = service.cpu();
        let mut count = 0;
        while let Some(marker) = page["nextMarker"].as_str().map(str::to_owned) {
            let start = Instant::now();
            let url = format!("directory/lib/-/large?limit=1000&marker={marker}");
            page = service.get(&url).await;
            pages.push(start.elapsed());
            count += 1;
            // Later there are other listings in memory too.
            if round == 0 && count == entries / 2000 {
                peak = service.memory();
            }
        }
        used.push((service.cpu() - cpu) / u32::try_from(count.max(1)).unwrap());

        File::create(large.join(format!("zy-{round}"))).unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        bare_stat.push(timed(|| names = sorted_by_time(&large)));
        let start = Instant::now();
        let url = "directory/lib/-/large?limit=1000&order_by=modificationTime&order_by_type=desc";
        service.get(url).await;
        by_time.push(start.elapsed());
    }
    let text = read_names(&large).iter().map(Vec::len).sum::<usize>() as u64;
    assert!(names > 0);
    row("first page of the large folder, by name", first, bare, 1.5);
    row("first page of it, by time", by_time, bare_stat, 1.5);
    told(
        "each further page, processor time",
        &format!("{:.2} ms", millis(median(used))),
        "< 3 ms",
    );
    told(
        "each further page, as seen by the client",
        &format!("{:.2} ms", millis(median(pages))),
        "",
    );
    let bytes = peak.saturating_sub(resting).saturating_sub(text) as f64 / entries as f64;
    told(
        "memory while paging, each entry without its name",
        &format!("{bytes:.1} B"),
        "< 32 B",
    );
    // A listing whose last page was given is let go at once, others after a minute.
    let url = "directory/lib/-/large?limit=1&order_by=modificationTime&order_by_type=desc";
    let mut page = service.get(url).await;
    while let Some(marker) = page["nextMarker"].as_str().map(str::to_owned) {
        let url = format!(
            "directory/lib/-/large?limit=1000&order_by=modificationTime&order_by_type=desc&marker={marker}"
        );
        page = service.get(&url).await;
    }
    let after = (service.memory() as f64 - resting as f64) / f64::from(1 << 20);
    told("memory kept afterwards", &format!("{after:.1} MiB"), "~ 0");
}

async fn deletions(service: &Service, root: &Path) {
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS * 3 {
        let name = format!("few-{round}");
        fill(&root.join(&name), 1000);
        let away = root.join(format!("away-{round}"));
        std::fs::create_dir(&away).unwrap();
        let other = root.join(format!("bare-{round}"));
        fill(&other, 1000);
        let files: Vec<_> = read_names(&other);
        bare.push(timed(|| {
            let from = directory(&other);
            let to = directory(&away);
            for name in &files {
                renameat(&from, name.as_slice(), &to, name.as_slice()).unwrap();
            }
        }));
        let items: Vec<_> = read_names(&root.join(&name))
            .into_iter()
            .map(|file| {
                let path = format!("{name}/{}", String::from_utf8(file).unwrap());
                serde_json::json!({ "path": path })
            })
            .collect();
        let body = Value::from(items).to_string();
        let start = Instant::now();
        let answer = service
            .send(Method::POST, "batch/lib/-?delete", Some(body))
            .await;
        ours.push(start.elapsed());
        assert_eq!(answer["result"].as_array().unwrap().len(), 1000);
    }
    row("1,000 files to the bin in one batch", ours, bare, 3.0);
}

async fn large_folder(service: &Service, entries: u64) {
    let start = Instant::now();
    let answer = service
        .send(Method::DELETE, "directory/lib/-/large", None)
        .await;
    let took = start.elapsed();
    let id = &answer["recycledItemId"];
    let name = format!("a folder of {entries} to the bin");
    told(&name, &format!("{:.1} ms", millis(took)), "one rename");
    let start = Instant::now();
    service
        .send(Method::POST, &format!("recycled/lib/-/{id}?restore"), None)
        .await;
    told(
        "and back",
        &format!("{:.1} ms", millis(start.elapsed())),
        "",
    );
}

/// Sixty-four clients, each with reads and batches of its own.
async fn crowd(service: &Service, root: &Path, length: Duration) {
    let (done, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    for client in 0..64 {
        fill(&root.join(format!("crowd-{client}")), 20);
    }
    let run = async |length| {
        let end = Instant::now() + length;
        let clients: Vec<_> = (0..64)
            .map(|client| {
                let folder = format!("crowd-{client}");
                let caller = service.caller();
                let (done, failed) = (Arc::clone(&done), Arc::clone(&failed));
                tokio::spawn(async move {
                    while Instant::now() < end {
                        match caller.turn(&folder).await {
                            Some(requests) => done.fetch_add(requests, Ordering::Relaxed),
                            None => failed.fetch_add(1, Ordering::Relaxed),
                        };
                    }
                })
            })
            .collect();
        for client in clients {
            client.await.unwrap();
        }
    };
    // What grows once and for all has grown after the first seconds.
    run(length / 10).await;
    let before = (service.memory(), service.descriptors());
    done.store(0, Ordering::Relaxed);
    let start = Instant::now();
    run(length).await;
    let rate = done.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64();
    let after = (service.memory(), service.descriptors());
    told(
        "64 clients at once, requests a second",
        &format!("{rate:.0}"),
        "",
    );
    told(
        "  of which failed",
        &failed.load(Ordering::Relaxed).to_string(),
        "0",
    );
    let grown = (after.0 as f64 - before.0 as f64) / f64::from(1 << 20);
    told("  memory grown", &format!("{grown:.1} MiB"), "~ 0");
    told(
        "  descriptors grown",
        &(after.1.cast_signed() - before.1.cast_signed()).to_string(),
        "0",
    );
}

/// One client of the crowd.
struct Caller {
    http: Client,
    base: String,
    token: String,
}

impl Caller {
    /// A listing, a look, a batch delete, a restore of all of it: how many requests, if all went
    /// well.
    async fn turn(&self, folder: &str) -> Option<u64> {
        let page = self
            .ask(
                Method::GET,
                &format!("directory/lib/-/{folder}?limit=1000"),
                None,
            )
            .await?;
        let names: Vec<String> = page["contents"]
            .as_array()?
            .iter()
            .filter_map(|entry| entry["name"].as_str().map(str::to_owned))
            .collect();
        let name = names.first()?;
        self.ask(
            Method::GET,
            &format!("directory/lib/-/{folder}/{name}?info=1"),
            None,
        )
        .await?;
        let items: Vec<_> = names
            .iter()
            .map(|name| serde_json::json!({ "path": format!("{folder}/{name}") }))
            .collect();
        let body = Value::from(items).to_string();
        let answer = self
            .ask(Method::POST, "batch/lib/-?delete", Some(body))
            .await?;
        let ids: Vec<Value> = answer["result"]
            .as_array()?
            .iter()
            .map(|item| item["recycledItemId"].clone())
            .collect();
        if ids.iter().any(Value::is_null) {
            return None;
        }
        let body = Value::from(ids).to_string();
        let answer = self
            .ask(Method::POST, "recycled/lib/-?restore", Some(body))
            .await?;
        let restored = answer["result"].as_array()?;
        restored
            .iter()
            .all(|item| item["status"] == 200)
            .then_some(4)
    }

    async fn ask(&self, method: Method, path: &str, body: Option<String>) -> Option<Value> {
        let mut request = self
            .http
            .request(method, format!("{}/api/v1/{path}", self.base))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.body(body);
        }
        let answer = request.send().await.ok()?;
        let is_good = answer.status().is_success();
        let text = answer.text().await.ok()?;
        if !is_good {
            eprintln!("{path}: {text}");
            return None;
        }
        serde_json::from_str(&text).ok()
    }
}

impl Service {
    async fn start(root: &Path) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut child = Command::new(env!("CARGO_BIN_EXE_mediasweep"))
            .args(["serve", "--listen", "127.0.0.1:0", "--library", "lib"])
            .arg(root)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let mut service = Self {
            child,
            http: Client::new(),
            base: ready["url"].as_str().unwrap().to_owned(),
            token: String::new(),
        };
        let secret = ready["secret"].as_str().unwrap();
        let url = format!("token?library_id=lib&library_secret={secret}&grant=admin&user_id=u");
        let token = service.get(&url).await;
        token["accessToken"]
            .as_str()
            .unwrap()
            .clone_into(&mut service.token);
        service
    }

    fn caller(&self) -> Caller {
        Caller {
            http: Client::new(),
            base: self.base.clone(),
            token: self.token.clone(),
        }
    }

    async fn get(&self, path: &str) -> Value {
        self.send(Method::GET, path, None).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<String>) -> Value {
        let answer = Caller {
            http: self.http.clone(),
            base: self.base.clone(),
            token: self.token.clone(),
        };
        answer.ask(method, path, body).await.unwrap()
    }

    fn proc(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.child.id()))
    }

    /// Processor time so far.
    fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(self.proc("stat")).unwrap();
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap()
            .split_whitespace()
            .collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second())
    }

    /// Resident bytes, without those of the program's own file.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(self.proc("status")).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("RssAnon:"))
            .unwrap();
        let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes << 10
    }

    fn descriptors(&self) -> u64 {
        std::fs::read_dir(self.proc("fd")).unwrap().count() as u64
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Empty files whose names come in no order.
fn fill(folder: &Path, count: u64) {
    std::fs::create_dir(folder).unwrap();
    let directory = directory(folder);
    for index in 0..count {
        let number = index * 7_368_787 % count.max(1);
        let name = format!("IMG_{number:07}-镜头.mov");
        openat(
            &directory,
            name,
            OFlags::CREATE | OFlags::WRONLY,
            Mode::RUSR | Mode::WUSR,
        )
        .unwrap();
    }
}

fn directory(path: &Path) -> rustix::fd::OwnedFd {
    openat(CWD, path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap()
}

fn count_names(folder: &Path) -> usize {
    let open = Dir::read_from(directory(folder)).unwrap();
    open.flatten().count()
}

fn read_names(folder: &Path) -> Vec<Vec<u8>> {
    Dir::read_from(directory(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_bytes().to_vec())
        .filter(|name| !name.starts_with(b"."))
        .collect()
}

/// What any program has to do that shows a folder by time.
fn sorted_by_time(folder: &Path) -> usize {
    let open = directory(folder);
    let mut found: Vec<_> = read_names(folder)
        .into_iter()
        .map(|name| {
            let flags = AtFlags::SYMLINK_NOFOLLOW;
            let stat = statx(&open, name.as_slice(), flags, StatxFlags::BASIC_STATS).unwrap();
            (stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec, name)
        })
        .collect();
    found.sort_unstable();
    found.len()
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut rounds: Vec<Duration>) -> Duration {
    rounds.sort_unstable();
    rounds[rounds.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn row(what: &str, ours: Vec<Duration>, bare: Vec<Duration>, goal: f64) {
    let (ours, bare) = (millis(median(ours)), millis(median(bare)));
    let ratio = ours / bare;
    println!("{what:<52}{ours:>9.1} ms{bare:>9.1} ms{ratio:>8.2}{goal:>8.1}");
}

fn told(what: &str, figure: &str, goal: &str) {
    println!("{what:<52}{figure:>12}{goal:>28}");
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}
