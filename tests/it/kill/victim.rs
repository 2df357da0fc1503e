//! The process that is killed, and the moment of it.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::Value;

use super::model::SPACES;
use crate::seeded::Random;

const SECRET: &str = "test-secret";

/// The signal that nobody can put off.
const SIGKILL: i32 = 9;

/// Large batches are tasks.
pub const LARGE_ONES: [&str; 2] = ["--async-items", "20"];
/// All batches are.
pub const ALL: [&str; 2] = ["--async", "always"];

/// A running service.
pub struct Victim {
    child: Mutex<Child>,
    pub address: String,
    pub token: String,
    pub spaces: &'static [&'static str],
    is_dead: AtomicBool,
}

/// When to kill: after so many steps, and then after so many looks at the clock of the disk.
pub struct Plan {
    steps: AtomicUsize,
    looks: usize,
}

impl Plan {
    pub fn new(random: &mut Random, workers: usize) -> Self {
        let looks = 1 << random.below(13);
        Self {
            steps: AtomicUsize::new(random.below(30 * workers)),
            looks: random.below(looks),
        }
    }
}

impl Victim {
    /// Which batches are tasks is up to `rule`. Of many spaces there are two.
    pub fn start(root: &Path, rule: [&str; 2], has_spaces: bool) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mediasweep"))
            .arg("serve")
            .arg(root)
            .args(["--library", "local"])
            .args(rule)
            .args(has_spaces.then_some("--multi-space"))
            .env("MEDIASWEEP_SECRET", SECRET)
            .env("MEDIASWEEP_HOME", root.with_extension("home"))
            .env_remove("MEDIASWEEP_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let address = ready["url"].as_str().unwrap().replace("http://", "");
        let mut victim = Self {
            child: Mutex::new(child),
            address,
            token: String::new(),
            spaces: if has_spaces { &SPACES } else { &["-"] },
            is_dead: AtomicBool::new(false),
        };
        let query = format!("token?library_id=local&library_secret={SECRET}&grant=admin");
        let (_, answer) = victim.ask("GET", &query, "", || ()).unwrap();
        let token = answer["accessToken"].as_str().unwrap();
        token.clone_into(&mut victim.token);
        victim
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.lock().unwrap().id()
    }

    /// Whether it ended because it was killed, now or before.
    pub fn kill(&self) -> bool {
        self.is_dead.store(true, Ordering::SeqCst);
        let mut child = self.child.lock().unwrap();
        let _ = child.kill();
        child.wait().unwrap().signal() == Some(SIGKILL)
    }

    pub fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::SeqCst)
    }

    /// One step nearer to the end; the last one kills.
    pub fn step(&self, plan: &Plan, root: &Path) {
        let left = plan
            .steps
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        if left == Ok(0) || left == Err(0) && !self.is_dead() {
            for _ in 0..plan.looks {
                let _ = std::fs::symlink_metadata(root);
            }
            self.kill();
        }
    }

    /// A request below `/api/v1/`: its answer, or an error if it did not come in full. `sent` is
    /// called between the two.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        body: &str,
        sent: impl FnOnce(),
    ) -> io::Result<(u16, Value)> {
        let mark = if path.contains('?') { '&' } else { '?' };
        let path = format!("/api/v1/{path}{mark}access_token={}", self.token);
        let mut stream = self.begin(method, &path, "", body.len())?;
        stream.write_all(body.as_bytes())?;
        sent();
        answer(stream)
    }

    /// Sends the bytes of an upload, or of a part of it, piece by piece.
    pub fn send(
        &self,
        start: &Value,
        query: &str,
        bytes: &[u8],
        mut piece: impl FnMut(),
    ) -> io::Result<u16> {
        let mut headers = String::new();
        if let Some(fields) = start["form"].as_object() {
            return self.send_form(fields, bytes, piece);
        }
        for (name, value) in start["headers"].as_object().unwrap() {
            write!(headers, "{name}: {}\r\n", value.as_str().unwrap()).unwrap();
        }
        let path = format!("{}{query}", start["path"].as_str().unwrap());
        let stream = self.begin("PUT", &path, &headers, bytes.len())?;
        send_pieces(stream, bytes, &mut piece)
    }

    fn send_form(
        &self,
        fields: &serde_json::Map<String, Value>,
        bytes: &[u8],
        mut piece: impl FnMut(),
    ) -> io::Result<u16> {
        let mut form = String::new();
        let begin = "--edge\r\nContent-Disposition: form-data; name=";
        for (name, value) in fields {
            let value = value.as_str().unwrap();
            write!(form, "{begin}\"{name}\"\r\n\r\n{value}\r\n").unwrap();
        }
        write!(form, "{begin}\"file\"; filename=\"a\"\r\n\r\n").unwrap();
        let bytes = [form.as_bytes(), bytes, b"\r\n--edge--\r\n"].concat();
        let headers = "content-type: multipart/form-data; boundary=edge\r\n";
        let stream = self.begin("POST", "/", headers, bytes.len())?;
        send_pieces(stream, &bytes, &mut piece)
    }

    fn begin(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        length: usize,
    ) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
             content-length: {length}\r\n{headers}\r\n",
            self.address
        );
        stream.write_all(head.as_bytes())?;
        Ok(stream)
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap();
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn send_pieces(mut stream: TcpStream, bytes: &[u8], piece: &mut impl FnMut()) -> io::Result<u16> {
    for part in bytes.chunks((bytes.len() / 4).max(8 << 10)) {
        stream.write_all(part)?;
        piece();
    }
    answer(stream).map(|(status, _)| status)
}

fn answer(mut stream: TcpStream) -> io::Result<(u16, Value)> {
    let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(cut)?;
    let status = head.get(9..12).and_then(|status| status.parse().ok());
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse().unwrap());
    if body.len() != length {
        return Err(cut());
    }
    let value = serde_json::from_str(body).unwrap_or_default();
    Ok((status.ok_or_else(cut)?, value))
}
