//! A running service over a temporary folder, and a client that speaks to it in plain HTTP.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Once;

use mediasweep::server::{self, Config, Running, TaskRule, Tempo};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// The secret of every service in the tests.
pub const SECRET: &str = "test-secret";

/// A service, its folder and a token for it.
pub struct Service {
    running: Option<Running>,
    folder: TempDir,
    http: Client,
    url: String,
    /// Sent with every request; an administrator's at first.
    pub token: String,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Service {
    /// Over an empty folder, with a bin and without tasks.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// With other settings.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::over(TempDir::new().unwrap(), change).await
    }

    /// Over a folder that is there.
    pub async fn over(folder: TempDir, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            root: folder.path().to_owned(),
            secret: SECRET.into(),
            tasks: TaskRule::Never,
            tempo: Tempo::Immediately,
            ..Config::default()
        };
        change(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let running = server::start(listener, config).await.unwrap();
        let mut service = Self {
            url: running.url(),
            running: Some(running),
            folder,
            http: client(),
            token: String::new(),
        };
        service.token = service.new_token("admin").await;
        service
    }

    /// Stops it and gives the folder back.
    pub async fn stop(mut self) -> TempDir {
        self.running.take().unwrap().stop().await;
        self.folder
    }

    /// Another token.
    pub async fn new_token(&self, grant: &str) -> String {
        let query =
            format!("token?library_id=local&library_secret={SECRET}&grant={grant}&user_id=u1");
        let answer = self
            .raw(Method::GET, &format!("/api/v1/{query}"), None)
            .await;
        answer.json()["accessToken"].as_str().unwrap().to_owned()
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn http(&self) -> &Client {
        &self.http
    }

    /// The folder that is served.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A path in it.
    pub fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file, and what is missing above it.
    pub fn write(&self, path: &str, content: &str) {
        write(self.root(), path, content);
    }

    pub fn has(&self, path: &str) -> bool {
        self.at(path).symlink_metadata().is_ok()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    pub async fn head(&self, path: &str) -> Answer {
        self.ask(Method::HEAD, path, None).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, None).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::PUT, path, Some(body.to_string())).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, Some(body.to_string())).await
    }

    /// A batch delete of these paths to the bin.
    pub async fn batch_delete(&self, paths: &[&str]) -> Answer {
        let items: Vec<Value> = paths
            .iter()
            .map(|path| serde_json::json!({ "path": path }))
            .collect();
        self.post("batch/local/-?delete", Value::Array(items)).await
    }

    /// The names of all entries of a directory, page by page.
    pub async fn names(&self, directory: &str, query: &str) -> Vec<String> {
        let mut names = Vec::new();
        let mut marker = String::new();
        loop {
            let path = format!("directory/local/-/{directory}?by-marker=1{query}{marker}");
            let page = self.get(&path).await.json();
            names.extend(
                page["contents"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|entry| entry["name"].as_str().unwrap().to_owned()),
            );
            match page["nextMarker"].as_str() {
                Some(next) => marker = format!("&marker={next}"),
                None => return names,
            }
        }
    }

    /// The one bin item with that name.
    pub async fn bin_id(&self, name: &str) -> u64 {
        let page = self
            .get("recycled/local/-?by-marker=1&limit=100")
            .await
            .json();
        let items = page["contents"].as_array().unwrap();
        let item = items.iter().find(|item| item["name"] == name).unwrap();
        item["recycledItemId"].as_u64().unwrap()
    }

    /// A request below `/api/v1/` with the token.
    pub async fn ask(&self, method: Method, path: &str, body: Option<String>) -> Answer {
        let mark = if path.contains('?') { '&' } else { '?' };
        let path = format!("/api/v1/{path}{mark}access_token={}", self.token);
        self.raw(method, &path, body).await
    }

    /// A request as it is.
    pub async fn raw(&self, method: Method, path: &str, body: Option<String>) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/json")
                .body(body);
        }
        Answer::of(request.send().await.unwrap()).await
    }
}

impl Service {
    /// Exactly this request, byte for byte, and all that comes until the connection ends.
    pub async fn wire(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        let host = self.url.strip_prefix("http://").unwrap().to_owned();
        let length = body.len();
        let text = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut got = Vec::new();
        // Whoever closes a connection before he has read all resets it.
        let _ = stream.read_to_end(&mut got).await;
        got
    }

    /// Posts below `/api/v1/` with the token and waits for no answer.
    pub async fn hang_up(&self, path: &str, body: &str) {
        let host = self.url.strip_prefix("http://").unwrap();
        let (token, length) = (&self.token, body.len());
        let text = format!(
            "POST /api/v1/{path}&access_token={token} HTTP/1.1\r\nhost: {host}\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Exactly this request below `/api/v1/` with the token: the status and all that was said.
    pub async fn wire_status(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mark = if path.contains('?') { '&' } else { '?' };
        let path = format!("/api/v1/{path}{mark}access_token={}", self.token);
        let got = self.wire(method, &path, body).await;
        let text = String::from_utf8_lossy(&got).into_owned();
        let status = text.get(9..12).and_then(|status| status.parse().ok());
        (
            status.unwrap_or_else(|| panic!("{method} {path}: {text}")),
            text,
        )
    }
}

impl Answer {
    pub async fn of(response: reqwest::Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        }
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        assert!(
            StatusCode::from_u16(self.status).unwrap().is_success(),
            "{self:?}"
        );
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The status and the code word of a failure.
    pub fn code(&self) -> (u16, String) {
        let fault: Value = serde_json::from_str(&self.text).unwrap_or_default();
        let code = fault["code"].as_str().unwrap_or_default();
        (self.status, code.to_owned())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// A client that follows no redirect and needs no certificates.
pub fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Somebody else in this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    Client::builder()
        .no_proxy()
        .tls_certs_only(std::iter::empty())
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// Writes a file below a folder, and what is missing above it.
pub fn write(root: &Path, path: &str, content: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// Statuses of the items of a batch.
pub fn statuses(answer: &Value) -> Vec<u64> {
    answer["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["status"].as_u64().unwrap())
        .collect()
}

/// Whether this process may do everything, so that permissions cannot be tested.
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

impl Service {
    /// A request with a path that was put together.
    pub async fn get_owned(&self, path: String) -> Value {
        self.get(&path).await.json()
    }

    /// Asks about a task until it is done.
    pub async fn task(&self, task: u64) -> Value {
        loop {
            let mut answer = self.get(&format!("task/local/-/{task}")).await.json();
            if answer[0]["status"] != 202 {
                return answer[0].take();
            }
            tokio::task::yield_now().await;
        }
    }
}
