//! How fast a large delete job is on a slow link, against every fixed size and number of requests.
//!
//! `cargo bench --bench jobs`. The service is a process of its own that waits before each answer.
//! All rows come from one run, and what counts is the ratio to the best fixed row.
//! `MEDIASWEEP_BENCH_ITEMS` is the size of the job (100,000), `MEDIASWEEP_BENCH_LATENCY` the wait in
//! milliseconds (50), `MEDIASWEEP_BENCH_ROUNDS` how often each row is measured (3).

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, missing_docs)]

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mediasweep::client::{Client, Credentials, Settings};
use mediasweep::domain::entry::Kind;
use mediasweep::domain::job::items::Builder;
use mediasweep::domain::job::{Items, Job, JobId, JobSpec, Target};
use mediasweep::domain::path::RemotePath;
use mediasweep::jobs::log::JobLog;
use mediasweep::jobs::policy::Policy;
use mediasweep::jobs::{self, JobCommand};
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

/// Files in one directory.
const CROWD: usize = 1000;
/// Items in a request, and requests on the way; none are ours, which find their pace themselves.
const ROWS: [Option<(usize, usize)>; 9] = [
    None,
    Some((100, 8)),
    Some((500, 1)),
    Some((500, 4)),
    Some((500, 8)),
    Some((1000, 1)),
    Some((1000, 4)),
    Some((1000, 8)),
    Some((1000, 16)),
];

#[tokio::main]
async fn main() {
    let items = number("MEDIASWEEP_BENCH_ITEMS", 100_000);
    let latency = number("MEDIASWEEP_BENCH_LATENCY", 50);
    let rounds = number("MEDIASWEEP_BENCH_ROUNDS", 3).max(1);
    println!("{items} items, {latency} ms before each answer, medians of {rounds}");
    println!(
        "{:<24}{:>10}{:>12}{:>14}",
        "", "seconds", "items/s", "cpu s/100k"
    );
    let mut times: Vec<Vec<(Duration, Duration)>> = vec![Vec::new(); ROWS.len()];
    for _ in 0..rounds {
        for (row, times) in ROWS.iter().zip(&mut times) {
            times.push(delete(items, latency, *row).await);
        }
    }
    let mut best = Duration::MAX;
    let mut ours = Duration::MAX;
    for (row, times) in ROWS.iter().zip(times) {
        let wall = median(times.iter().map(|(wall, _)| *wall));
        let cpu = median(times.iter().map(|(_, cpu)| *cpu));
        let what = match row {
            None => "its own pace".to_owned(),
            Some((size, at_once)) => format!("{size} items, {at_once} at once"),
        };
        println!(
            "{what:<24}{:>10.2}{:>12.0}{:>14.2}",
            wall.as_secs_f64(),
            items as f64 / wall.as_secs_f64(),
            cpu.as_secs_f64() * 100_000.0 / items as f64
        );
        match row {
            None => ours = wall,
            Some(_) => best = best.min(wall),
        }
    }
    println!(
        "its own pace takes {:.2} times as long as the best fixed one (goal: 1.3)",
        ours.as_secs_f64() / best.as_secs_f64()
    );
    println!("most memory: {} MiB", peak_memory() >> 20);
}

/// Deletes so many files in one job; gives the time that it took and this process's part of the
/// processor.
async fn delete(items: usize, latency: usize, row: Option<(usize, usize)>) -> (Duration, Duration) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let root = folder.path().join("library");
    let targets = fill(&root, items);
    let fault = folder.path().join("slow.toml");
    if latency > 0 {
        let rule = format!(
            "[[rule]]\npath = \"**\"\naction = \"latency\"\ndelay_ms = [{latency}, {latency}]\n"
        );
        fs::write(&fault, rule).unwrap();
    } else {
        fs::write(&fault, "").unwrap();
    }
    let service = Service::start(&root, &fault);
    let log = JobLog::open(folder.path().join("jobs")).unwrap();
    let mut policy = Policy::default();
    if let Some((size, at_once)) = row {
        policy.batch = size;
        policy.first_batch = size;
        policy.at_once = at_once;
        policy.first_at_once = at_once;
    }
    let spec = JobSpec::Recycle(targets);
    let mut job = Job::new(JobId(1), spec.clone());
    let mut worker = jobs::spawn(service.client.clone(), Some(log), policy);
    let (start, cpu) = (Instant::now(), own_cpu());
    worker
        .commands
        .send(JobCommand::Start(JobId(1), spec))
        .unwrap();
    while !job.is_over() {
        let event = worker.events.recv().await.unwrap();
        job.apply(event.at, event.change);
    }
    let took = (start.elapsed(), own_cpu().saturating_sub(cpu));
    assert_eq!(job.tally.recycled, items, "{:?}", job.tally);
    took
}

fn fill(root: &Path, items: usize) -> Items<Target> {
    let mut targets = Builder::default();
    for number in 0..items {
        let directory = format!("目录{:04}", number / CROWD);
        if number % CROWD == 0 {
            fs::create_dir_all(root.join(&directory)).unwrap();
        }
        let path = format!("{directory}/clip{number:07}.mov");
        File::create(root.join(&path)).unwrap();
        let path = RemotePath::parse(&path).unwrap();
        targets.push(&Target::new(path, Kind::File, Some(0)));
    }
    targets.finish()
}

/// The service in a process of its own.
struct Service {
    child: Child,
    client: Client,
}

impl Service {
    fn start(root: &Path, fault: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mediasweep"))
            .args(["serve", "--listen", "127.0.0.1:0", "--library", "lib"])
            .args(["--async", "never", "--fault"])
            .arg(fault)
            .arg(root)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let secret = SecretString::from(ready["secret"].as_str().unwrap());
        let settings = Settings::new(
            Url::parse(ready["url"].as_str().unwrap()).unwrap(),
            "lib",
            Credentials::LibrarySecret(secret),
        );
        Self {
            child,
            client: Client::new(settings).unwrap(),
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time of this process so far.
fn own_cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second())
}

/// The most bytes that this process had in memory.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
    kilobytes.parse::<u64>().unwrap() << 10
}

fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort();
    times[times.len() / 2]
}

fn number(name: &str, default: usize) -> usize {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| text.parse().unwrap())
}
