//! The real embedded service on a folder of its own, and a way to spoil its answers.
//!
//! There is no mock: the real work is done, before or after which the answer is held back,
//! replaced, edited or cut off.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use mediasweep::client::{Client, Credentials, Patience, Settings};
use mediasweep::domain::entry::Kind;
use mediasweep::domain::job::{Job, JobChange, JobId, JobSpec, Target};
use mediasweep::domain::path::RemotePath;
use mediasweep::jobs::log::JobLog;
use mediasweep::jobs::policy::Policy;
use mediasweep::jobs::{self, JobCommand, Worker};
use mediasweep::server::{self, Running, Service, routes};
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use url::Url;

/// The secret of every library in these tests.
pub const SECRET: &str = "s3cret-never-to-be-seen";

/// What is done to a request or to its answer.
#[derive(Clone)]
pub enum Fault {
    /// The work is not done; this is the answer.
    Instead(u16, &'static [(&'static str, &'static str)], &'static str),
    /// The work is done; this is the answer.
    After(u16, &'static [(&'static str, &'static str)], &'static str),
    /// The work is done, and the connection breaks in the middle of the answer.
    CutAfter,
    /// The work is not done, and the connection breaks.
    CutBefore,
    /// The work is done when the test allows it.
    Hold(Arc<Notify>, Arc<Notify>),
    /// No answer ever comes, and the work is not done.
    Silence,
    /// The answer is changed.
    Edit(fn(&mut Value)),
}

/// Spoils the next `times` requests whose method, path and query hold all words of `what`.
struct Rule {
    what: &'static str,
    times: usize,
    fault: Fault,
}

/// What the service has been asked, and what goes wrong.
#[derive(Default)]
pub struct Faults {
    rules: Mutex<Vec<Rule>>,
    asked: Mutex<Vec<String>>,
}

impl Faults {
    /// From now on, spoil the next `times` requests that hold all words of `what`.
    pub fn add(&self, what: &'static str, times: usize, fault: Fault) {
        self.rules.lock().unwrap().push(Rule { what, times, fault });
    }

    /// How many requests held all words of `what`.
    pub fn count(&self, what: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|line| holds(line, what)).count()
    }

    fn next(&self, line: &str) -> Option<Fault> {
        let mut rules = self.rules.lock().unwrap();
        let rule = rules
            .iter_mut()
            .find(|rule| rule.times > 0 && holds(line, rule.what))?;
        rule.times -= 1;
        Some(rule.fault.clone())
    }
}

fn holds(line: &str, what: &str) -> bool {
    what.split_whitespace().all(|word| line.contains(word))
}

async fn distort(State(faults): State<Arc<Faults>>, request: Request, next: Next) -> Response {
    let line = format!("{} {}", request.method(), request.uri());
    faults.asked.lock().unwrap().push(line.clone());
    match faults.next(&line) {
        None => next.run(request).await,
        Some(Fault::Instead(status, headers, body)) => answer(status, headers, body),
        Some(Fault::After(status, headers, body)) => {
            next.run(request).await;
            answer(status, headers, body)
        }
        Some(Fault::CutAfter) => {
            next.run(request).await;
            cut()
        }
        Some(Fault::CutBefore) => cut(),
        Some(Fault::Hold(arrived, go)) => {
            arrived.notify_one();
            go.notified().await;
            next.run(request).await
        }
        Some(Fault::Silence) => std::future::pending().await,
        Some(Fault::Edit(edit)) => {
            let (mut parts, body) = next.run(request).await.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.unwrap();
            let mut value: Value = serde_json::from_slice(&bytes).unwrap();
            edit(&mut value);
            parts.headers.remove("content-length");
            Response::from_parts(parts, Body::from(value.to_string()))
        }
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &'static str) -> Response {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Body::from(body)).unwrap().into_response()
}

/// A head and no body: what was promised does not come.
fn cut() -> Response {
    let broken = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("cut"))]);
    Response::new(Body::from_stream(broken))
}

/// The service on a fresh folder.
pub struct TestService {
    pub root: TempDir,
    pub faults: Arc<Faults>,
    pub url: String,
    running: Running,
}

impl TestService {
    /// With a bin, and answering at once.
    pub async fn start() -> Self {
        Self::with(|_| ()).await
    }

    /// With other habits.
    pub async fn with(change: impl FnOnce(&mut server::Config)) -> Self {
        let root = tempfile::tempdir().unwrap();
        let mut config = server::Config {
            root: root.path().to_owned(),
            library: "lib".into(),
            secret: SECRET.into(),
            ..server::Config::default()
        };
        change(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let service = Service::open(config).unwrap();
        let faults = Arc::new(Faults::default());
        let router: Router = routes::router(Arc::clone(&service))
            .layer(from_fn_with_state(Arc::clone(&faults), distort));
        let running = server::start_with(listener, service, router).await.unwrap();
        Self {
            root,
            faults,
            url: running.url(),
            running,
        }
    }

    pub fn settings(&self) -> Settings {
        let secret = SecretString::from(SECRET);
        let mut settings = Settings::new(
            Url::parse(&self.url).unwrap(),
            "lib",
            Credentials::LibrarySecret(secret),
        );
        settings.timeout = Duration::from_secs(20);
        settings
    }

    pub fn client(&self) -> Client {
        hurried(Client::new(self.settings()).unwrap())
    }

    /// A client that does not wait long for an answer.
    pub fn impatient(&self) -> Client {
        let mut settings = self.settings();
        settings.timeout = Duration::from_millis(500);
        hurried(Client::new(settings).unwrap())
    }

    /// Puts files with some bytes into the folder, directories included.
    pub fn files(&self, paths: &[&str]) {
        put_files(self.root.path(), paths);
    }

    pub fn has(&self, path: &str) -> bool {
        self.root.path().join(path).exists()
    }

    pub async fn stop(self) {
        self.running.stop().await;
    }
}

/// No pauses between tries.
pub fn hurried(client: Client) -> Client {
    client.with_patience(Patience {
        tries: 3,
        first: Duration::ZERO,
        longest: Duration::ZERO,
    })
}

pub fn put_files(root: &Path, paths: &[&str]) {
    for path in paths {
        let file = root.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, path.as_bytes()).unwrap();
    }
}

pub fn path(text: &str) -> RemotePath {
    RemotePath::parse(text).unwrap()
}

pub fn targets(paths: &[&str]) -> Arc<[Target]> {
    paths
        .iter()
        .map(|text| Target {
            path: path(text),
            kind: Kind::File,
            size: Some(1),
        })
        .collect()
}

/// Policy without pauses.
pub fn policy() -> Policy {
    Policy::default().without_pauses()
}

/// A worker with its log, and the jobs it was given.
pub struct Bench {
    pub worker: Worker,
    pub log: JobLog,
    pub dir: TempDir,
    next: u64,
}

impl Bench {
    pub fn new(client: Client, policy: Policy) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let log = JobLog::open(dir.path().join("jobs")).unwrap();
        Self {
            worker: jobs::spawn(client, Some(log.clone()), policy),
            log,
            dir,
            next: 0,
        }
    }

    pub fn start(&mut self, spec: JobSpec) -> Job {
        self.next += 1;
        let id = JobId(self.next);
        let command = JobCommand::Start(id, spec.clone());
        self.worker.commands.send(command).unwrap();
        Job::new(id, spec)
    }

    pub fn cancel(&self, job: &Job) {
        let command = JobCommand::Cancel(job.id);
        self.worker.commands.send(command).unwrap();
    }

    /// Takes the next fact about `job` in and gives it back.
    pub async fn fact(&mut self, job: &mut Job) -> JobChange {
        loop {
            let event = self.worker.events.recv().await.expect("the worker lives");
            if event.id == job.id {
                job.apply(event.at, event.change.clone());
                return event.change;
            }
        }
    }

    /// Follows a job to its end and tells its facts.
    pub async fn follow(&mut self, job: &mut Job) -> Vec<JobChange> {
        let mut facts = Vec::new();
        while !job.is_over() {
            facts.push(self.fact(job).await);
        }
        facts
    }

    /// Starts a job and follows it to its end.
    pub async fn run(&mut self, spec: JobSpec) -> (Job, Vec<JobChange>) {
        let mut job = self.start(spec);
        let facts = self.follow(&mut job).await;
        (job, facts)
    }
}
