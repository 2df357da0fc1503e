//! The service in a process of its own, seen from outside, and those who ask it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

use crate::measure::Cost;

/// The running service.
pub struct Service {
    child: Child,
    /// One who asks it.
    pub caller: Caller,
}

/// One client with connections of its own.
#[derive(Clone)]
pub struct Caller {
    http: Client,
    base: String,
    token: String,
}

impl Service {
    /// Serves a folder.
    pub async fn start(root: &Path) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let ours = || env!("CARGO_BIN_EXE_mediasweep").into();
        let program = std::env::var_os("MEDIASWEEP_BENCH_PROGRAM").unwrap_or_else(ours);
        let mut child = Command::new(program)
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
        let caller = Caller {
            http: Client::new(),
            base: ready["url"].as_str().unwrap().to_owned(),
            token: String::new(),
        };
        let mut service = Self { child, caller };
        let secret = ready["secret"].as_str().unwrap();
        let url = format!("token?library_id=lib&library_secret={secret}&grant=admin&user_id=u");
        let token = service.get(&url).await;
        token["accessToken"]
            .as_str()
            .unwrap()
            .clone_into(&mut service.caller.token);
        service
    }

    /// Another client.
    pub fn another_caller(&self) -> Caller {
        Caller {
            http: Client::new(),
            ..self.caller.clone()
        }
    }

    /// Asks for something that must be there.
    pub async fn get(&self, path: &str) -> Value {
        self.send(Method::GET, path, None).await
    }

    /// Asks for something that must succeed.
    pub async fn send(&self, method: Method, path: &str, body: Option<String>) -> Value {
        let (status, text) = self.ask(method, path, body).await;
        assert!(status.is_success(), "{path}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The same, with what it cost until the answer was there. What the client does with the answer
    /// after that is no matter of the service.
    pub async fn cost(&self, method: Method, path: &str, body: Option<String>) -> (Cost, Value) {
        let (before, start) = (self.cpu(), Instant::now());
        let (status, text) = self.ask(method, path, body).await;
        let cost = Cost {
            wall: start.elapsed(),
            cpu: self.cpu() - before,
        };
        assert!(status.is_success(), "{path}: {text}");
        (cost, serde_json::from_str(&text).unwrap_or_default())
    }

    async fn ask(&self, method: Method, path: &str, body: Option<String>) -> (StatusCode, String) {
        self.caller.ask(method, path, body).await.unwrap()
    }

    /// Processor time so far.
    pub fn cpu(&self) -> Duration {
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
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(self.proc("status")).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("RssAnon:"))
            .unwrap();
        let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes << 10
    }

    /// Open files and connections.
    pub fn descriptors(&self) -> u64 {
        std::fs::read_dir(self.proc("fd")).unwrap().count() as u64
    }

    fn proc(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.child.id()))
    }
}

impl Caller {
    /// One request: status and body, whatever they are.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> reqwest::Result<(StatusCode, String)> {
        let mut request = self
            .http
            .request(method, format!("{}/api/v1/{path}", self.base))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.body(body);
        }
        let answer = request.send().await?;
        Ok((answer.status(), answer.text().await?))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
