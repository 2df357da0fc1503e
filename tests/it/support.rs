//! The real embedded service on a folder of its own, with its fault switches: there is no mock.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use mediasweep::client::{Client, Credentials, Patience, Settings};
use mediasweep::domain::entry::Kind;
use mediasweep::domain::job::{Items, Job, JobChange, JobId, JobSpec, Target};
use mediasweep::domain::path::RemotePath;
use mediasweep::jobs::log::JobLog;
use mediasweep::jobs::policy::Policy;
use mediasweep::jobs::{self, JobCommand, Worker};
use mediasweep::server::faults::{self, Action, Rule, When};
use mediasweep::server::{self, Running, Service, routes};
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use url::Url;

/// The secret of every library in these tests.
pub const SECRET: &str = "s3cret-never-to-be-seen";

/// What the service has been asked, and what goes wrong.
#[derive(Default)]
pub struct Faults {
    rules: Arc<faults::Faults>,
    asked: Mutex<Vec<String>>,
    answered: Mutex<Vec<String>>,
}

impl Faults {
    /// From now on, spoil the next `times` requests of this method, family and query, such as
    /// `POST /batch/ delete`.
    pub fn add(&self, what: &str, times: u64, action: Action) {
        let mut words = what.split_whitespace();
        let method = words.next().map(str::to_owned);
        let family = words.next().unwrap().trim_start_matches("/api/v1");
        let family = family.trim_matches('/');
        self.rules.add(Rule {
            method,
            path: format!("{family}/**"),
            query: words.map(str::to_owned).collect(),
            when: When::Next(times),
            action,
        });
    }

    /// From now on, spoil the next `times` requests of this method to this path, which is not one
    /// of the interface, such as `/cos/**`.
    pub fn add_outside(&self, method: &str, path: &str, times: u64, action: Action) {
        self.rules.add(Rule {
            method: Some(method.to_owned()),
            path: path.to_owned(),
            query: Vec::new(),
            when: When::Next(times),
            action,
        });
    }

    /// From now on, spoil one in ten requests to this path; `seed` chooses which.
    pub fn add_by_chance(&self, path: &str, seed: u64, action: Action) {
        self.rules.add(Rule {
            method: None,
            path: path.to_owned(),
            query: Vec::new(),
            when: When::Chance {
                probability: 0.1,
                seed,
            },
            action,
        });
    }

    /// One more rule.
    pub fn add_rule(&self, rule: Rule) {
        self.rules.add(rule);
    }

    /// Nothing is spoiled any more; gives what was.
    pub fn take(&self) -> Vec<Rule> {
        self.rules.take()
    }

    /// How many requests held all words of `what`.
    pub fn count(&self, what: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        let holds = |line: &&String| what.split_whitespace().all(|word| line.contains(word));
        asked.iter().filter(holds).count()
    }
}

impl Faults {
    /// How many answers held all words of `what`, such as `304 GET /directory/`.
    pub fn answered(&self, what: &str) -> usize {
        let answered = self.answered.lock().unwrap();
        let (status, words) = what.split_once(' ').unwrap();
        let holds = |line: &&String| {
            line.starts_with(status) && words.split_whitespace().all(|word| line.contains(word))
        };
        answered.iter().filter(holds).count()
    }
}

async fn note(State(faults): State<Arc<Faults>>, request: Request, next: Next) -> Response {
    let line = format!("{} {}", request.method(), request.uri());
    faults.asked.lock().unwrap().push(line.clone());
    let answer = next.run(request).await;
    let line = format!("{} {line}", answer.status().as_u16());
    faults.answered.lock().unwrap().push(line);
    answer
}

/// This is the answer; the work is not done.
pub fn instead(status: u16, headers: &[(&str, &str)], body: &str) -> Action {
    let header = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Action::Answer {
        status,
        headers: headers.iter().map(header).collect(),
        body: body.to_owned(),
        work: false,
    }
}

/// The answer is changed.
pub fn edit(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Action {
    Action::Edit(Arc::new(change))
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
        let router: Router = faults
            .rules
            .over(routes::router(Arc::clone(&service)))
            .layer(from_fn_with_state(Arc::clone(&faults), note));
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
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, path.as_bytes()).unwrap();
    }
}

pub fn path(text: &str) -> RemotePath {
    RemotePath::parse(text).unwrap()
}

pub fn targets(paths: &[&str]) -> Items<Target> {
    let targets = paths.iter();
    targets
        .map(|text| Target::new(path(text), Kind::File, Some(1)))
        .collect()
}

/// Policy without pauses, one request after another, and a busy path is refused at once.
pub fn policy() -> Policy {
    let mut policy = Policy {
        at_once: 1,
        files_at_once: 1,
        ..Policy::default().without_pauses()
    };
    policy.conflicts.tries = 0;
    policy
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
        // Whatever has more than one item is a large job here.
        let log = JobLog::open(dir.path().join("jobs")).unwrap();
        let log = log.with_in_memory(1);
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

    /// A worker as it is after the program has ended and begun again, with the same logs.
    pub fn again(self, client: Client, policy: Policy) -> Self {
        Self {
            worker: jobs::spawn(client, Some(self.log.clone()), policy),
            ..self
        }
    }

    /// Takes up the job of this number; gives what its log tells and follows it to its end.
    pub async fn resume(&mut self, id: u64, goes_on: bool) -> (Job, Vec<JobChange>) {
        let record = Box::new(self.log.read(JobId(id)).unwrap().remove(0));
        let mut job = record.job();
        let command = JobCommand::Resume { record, goes_on };
        self.worker.commands.send(command).unwrap();
        let facts = self.follow(&mut job).await;
        (job, facts)
    }

    /// The program ends while a job is at work.
    pub async fn leave(&mut self) {
        let (commands, _) = tokio::sync::mpsc::unbounded_channel();
        self.worker.commands = commands;
        while self.worker.events.recv().await.is_some() {}
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

/// The sources below a directory, in order.
pub fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("directories are readable") {
        let path = entry.expect("entries are readable").path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}
