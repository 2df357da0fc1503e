//! A service that is killed in the middle of a batch.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::service::{SECRET, Service, statuses};

const FOLDER: &str = "MEDIASWEEP_TEST_VICTIM";

/// Not a test by itself: the process that the next test kills.
#[tokio::test]
async fn victim() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = mediasweep::server::Config {
        root: folder.into(),
        secret: SECRET.into(),
        ..Default::default()
    };
    let running = mediasweep::server::start(listener, config).await.unwrap();
    println!("\nserving {}", running.url());
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_kill_in_the_middle_of_a_batch_loses_nothing() {
    for round in 0..6_u32 {
        let folder = TempDir::new().unwrap();
        let names: Vec<String> = (0..1000).map(|number| format!("{number:04}.mov")).collect();
        for name in &names {
            File::create(folder.path().join(name)).unwrap();
        }
        kill_during_batch(folder.path(), &names, round * 40).await;

        let service = Service::over(folder, |_| {}).await;
        let there: HashSet<String> = service.names("", "&limit=1000").await.into_iter().collect();
        let mut ids = Vec::new();
        let mut recycled = HashSet::new();
        let mut page = 1;
        loop {
            let path = format!("recycled/local/-?by-page=1&page={page}&page_size=1000");
            let listed = service.get(&path).await.json();
            let items = listed["contents"].as_array().unwrap();
            if items.is_empty() {
                break;
            }
            for item in items {
                ids.push(item["recycledItemId"].clone());
                recycled.insert(item["name"].as_str().unwrap().to_owned());
            }
            page += 1;
        }
        assert_eq!(there.len() + recycled.len(), names.len(), "round {round}");
        assert!(there.is_disjoint(&recycled));
        let in_bin = fs::read_dir(service.at(".mediasweep/bin")).map_or(0, Iterator::count);
        assert_eq!(in_bin, recycled.len());
        if !ids.is_empty() {
            let answer = service
                .post("recycled/local/-?restore", json!(ids))
                .await
                .json();
            assert!(statuses(&answer).iter().all(|status| *status == 200));
        }
        assert_eq!(service.names("", "&limit=1000").await, names);
    }
}

/// Kills the service once so many files are gone from the folder (or have been answered).
async fn kill_during_batch(folder: &Path, names: &[String], after: u32) {
    let (mut victim, url, token) = start_victim(folder).await;
    let http = crate::service::client();
    let items: Vec<_> = names.iter().map(|name| json!({ "path": name })).collect();
    let request = http
        .post(format!(
            "{url}/api/v1/batch/local/-?delete&access_token={token}"
        ))
        .body(serde_json::Value::Array(items).to_string());
    let sent = tokio::spawn(async move {
        // The killed service answers nothing.
        let _ = request.send().await;
    });
    let watched = folder.join(&names[after as usize]);
    while watched.exists() && !sent.is_finished() {
        tokio::task::yield_now().await;
    }
    victim.kill().unwrap();
    victim.wait().unwrap();
    sent.await.unwrap();
}

/// Starts a service over a folder in a process of its own; says its URL and a token for it.
pub async fn start_victim(folder: &Path) -> (Child, String, String) {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "api::kill::victim", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let url = BufReader::new(victim.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("serving ").map(str::to_owned))
        .unwrap();
    let http = crate::service::client();
    let token = format!("{url}/api/v1/token?library_id=local&library_secret={SECRET}&grant=admin");
    let token: serde_json::Value = http.get(token).send().await.unwrap().json().await.unwrap();
    let token = token["accessToken"].as_str().unwrap().to_owned();
    (victim, url, token)
}
