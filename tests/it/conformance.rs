//! The protocol as a collection of plain requests: `tests/conformance/*.json`, one file for each
//! family. They are sent to the embedded service, or to a real library, in a fresh folder that is
//! removed afterwards, if these variables are set: `MEDIASWEEP_CONFORMANCE_URL`, `_LIBRARY`,
//! `_SPACE`, and `_SECRET` or `_TOKEN`.
//!
//! A file is `{"needs": [...], "steps": [...]}`; it is left out where something that it needs is
//! not there: `secret`, `embedded`, `many` (the embedded service with many spaces), `media` (the same
//! as a library of albums). A step has
//! - `ask`: method and path below `/api/v1/`; `$L`, `$S`, `$F` are library, space and folder, `$name`
//!   is what was captured;
//! - `token`: `none`, `wrong`, or `grants:a,b` for a token of its own; without it an administrator's;
//! - `body`: JSON, in which a text that is nothing but `$name` becomes the value itself;
//! - `bytes` or `hex`: instead of `ask`, bytes that are sent to where the captured `$start` says, with
//!   the `query` that is given;
//! - `fetch`: instead of `ask`, a captured URL, which is read without a token;
//! - `text`: the whole body;
//! - `status`: the expected one, or a list of those that are allowed;
//! - `code`: the code word of a failure;
//! - `headers`, `shape`: patterns (see `conformance/shape.rs`);
//! - `until`: a pattern; asked again until the body fits;
//! - `capture`: names and JSON pointers.

mod shape;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use mediasweep::server::{Albums, TaskRule};
use reqwest::Method;
use serde_json::{Value, json};

use crate::service::{Answer, SECRET, Service, client};

/// How often a step with `until` is sent.
const TRIES: usize = 2000;

/// Where the requests go.
struct Target {
    url: String,
    secret: Option<String>,
    token: String,
    variables: BTreeMap<String, Value>,
    is_embedded: bool,
}

fn setting(name: &str) -> Option<String> {
    std::env::var(format!("MEDIASWEEP_CONFORMANCE_{name}")).ok()
}

#[tokio::test]
async fn every_answer_is_as_the_documents_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    let mut mistakes = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let collection: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found = if let Some(url) = setting("URL") {
            run(&real(url).await, &collection).await
        } else {
            let needs = collection["needs"].as_array();
            let does_need = |what: &str| needs.is_some_and(|needs| needs.contains(&what.into()));
            let has_many = does_need("many");
            let service = Service::start_with(|config| {
                config.multi_space = has_many;
                config.media = does_need("media").then_some(Albums::One);
                config.tasks = TaskRule::Above {
                    items: 5,
                    descendants: u64::MAX,
                }
            })
            .await;
            run(&embedded(&service, has_many).await, &collection).await
        };
        mistakes.extend(found.iter().map(|mistake| format!("{name}: {mistake}")));
    }
    assert!(mistakes.is_empty(), "\n{}", mistakes.join("\n"));
}

async fn embedded(service: &Service, has_many: bool) -> Target {
    let mut space = "-";
    if has_many {
        space = "one";
        let made = service.post("space/local?space_id=one", json!({})).await;
        assert_eq!(made.status, 201);
    }
    Target {
        url: service.url().to_owned(),
        secret: Some(SECRET.to_owned()),
        token: service.token.clone(),
        variables: variables("local", space),
        is_embedded: true,
    }
}

async fn real(url: String) -> Target {
    let library = setting("LIBRARY").expect("the id of the library is needed");
    let space = setting("SPACE").unwrap_or("-".to_owned());
    let mut target = Target {
        url,
        secret: setting("SECRET"),
        token: setting("TOKEN").unwrap_or_default(),
        variables: variables(&library, &space),
        is_embedded: false,
    };
    if target.token.is_empty() {
        target.token = target.new_token("admin").await;
    }
    target
}

fn variables(library: &str, space: &str) -> BTreeMap<String, Value> {
    let folder = format!("mediasweep-conformance-{:016x}", getrandom::u64().unwrap());
    BTreeMap::from([
        ("L".to_owned(), library.into()),
        ("S".to_owned(), space.into()),
        ("F".to_owned(), folder.into()),
    ])
}

/// Sends the steps in a fresh folder; gives what was not as expected.
async fn run(target: &Target, collection: &Value) -> Vec<String> {
    let needs = collection["needs"].as_array().into_iter().flatten();
    for need in needs {
        let is_there = match need.as_str().unwrap() {
            "secret" => target.secret.is_some(),
            "embedded" | "many" | "media" => target.is_embedded,
            other => panic!("nobody knows '{other}'"),
        };
        if !is_there {
            return Vec::new();
        }
    }
    let mut variables = target.variables.clone();
    if let Some(secret) = &target.secret {
        variables.insert("secret".to_owned(), secret.clone().into());
    }
    variables.insert("token".to_owned(), target.token.clone().into());
    let folder = json!({ "ask": "PUT directory/$L/$S/$F", "status": 201 });
    let mut mistakes = target.step(&folder, &mut variables).await;
    if mistakes.is_empty() {
        for step in collection["steps"].as_array().unwrap() {
            mistakes.extend(target.step(step, &mut variables).await);
        }
    }
    let folder = json!({ "ask": "DELETE directory/$L/$S/$F?permanent=1", "status": [200, 204] });
    mistakes.extend(target.step(&folder, &mut variables).await);
    mistakes
}

impl Target {
    async fn new_token(&self, grant: &str) -> String {
        let library = self.variables["L"].as_str().unwrap();
        let space = self.variables["S"].as_str().unwrap();
        let secret = self.secret.as_ref().expect("a secret or a token is needed");
        let path = format!(
            "{}/api/v1/token?library_id={library}&library_secret={secret}&grant={grant}&space_id={space}",
            self.url
        );
        let answer = Answer::of(client().get(path).send().await.unwrap()).await;
        answer.json()["accessToken"].as_str().unwrap().to_owned()
    }

    /// One step; gives what was not as expected.
    async fn step(&self, step: &Value, variables: &mut BTreeMap<String, Value>) -> Vec<String> {
        const KNOWN: &[&str] = &[
            "ask", "token", "body", "bytes", "hex", "query", "fetch", "status", "code", "headers",
            "shape", "text", "until", "capture",
        ];
        for key in step.as_object().unwrap().keys() {
            assert!(
                KNOWN.contains(&key.as_str()),
                "nobody knows '{key}' of {step}"
            );
        }
        let token = match step["token"].as_str() {
            None => self.token.clone(),
            Some("none") => String::new(),
            Some("wrong") => "acctkwrong".to_owned(),
            Some(other) if self.secret.is_some() => {
                self.new_token(other.strip_prefix("grants:").unwrap()).await
            }
            Some(_) => return Vec::new(),
        };
        let mut answer = self.send(step, &token, variables).await;
        if !step["until"].is_null() {
            for _ in 0..TRIES {
                let body = serde_json::from_str(&answer.text).unwrap_or_default();
                if shape::mistakes(&step["until"], &body, "").is_empty() {
                    break;
                }
                if self.is_embedded {
                    tokio::task::yield_now().await;
                } else {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                answer = self.send(step, &token, variables).await;
            }
        }
        let mut mistakes = compare(step, &answer, variables);
        let body: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        for (name, pointer) in step["capture"].as_object().into_iter().flatten() {
            match body.pointer(pointer.as_str().unwrap()) {
                Some(value) => {
                    variables.insert(name.clone(), value.clone());
                }
                None => mistakes.push(format!("nothing to capture at {pointer}")),
            }
        }
        let asked = step["ask"].as_str().or(step["fetch"].as_str());
        let what = asked.unwrap_or("bytes");
        let told = mistakes.into_iter();
        told.map(|mistake| {
            format!(
                "{what}: {mistake}; answered {} {}",
                answer.status, answer.text
            )
        })
        .collect()
    }

    async fn send(&self, step: &Value, token: &str, variables: &BTreeMap<String, Value>) -> Answer {
        if let Some(bytes) = bytes_of(step) {
            let start = &variables["start"];
            let scheme = self.url.split("://").next().unwrap();
            let domain = start["domain"].as_str().unwrap();
            let path = start["path"].as_str().unwrap();
            let query = filled(step["query"].as_str().unwrap_or_default(), variables);
            let mut request = client().put(format!("{scheme}://{domain}{path}{query}"));
            for (name, value) in start["headers"].as_object().unwrap() {
                request = request.header(name, value.as_str().unwrap());
            }
            return Answer::of(request.body(bytes).send().await.unwrap()).await;
        }
        if let Some(url) = step["fetch"].as_str() {
            let url = filled(url, variables);
            return Answer::of(client().get(url).send().await.unwrap()).await;
        }
        let ask = filled(step["ask"].as_str().unwrap(), variables);
        let (method, path) = ask.split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        let mark = if path.contains('?') { '&' } else { '?' };
        let token = match token {
            "" => String::new(),
            token => format!("{mark}access_token={token}"),
        };
        let mut request = client().request(method, format!("{}/api/v1/{path}{token}", self.url));
        if let Some(body) = step.get("body") {
            request = request
                .header("Content-Type", "application/json")
                .body(filled_value(body, variables).to_string());
        }
        Answer::of(request.send().await.unwrap()).await
    }
}

/// The bytes of a step that sends some.
fn bytes_of(step: &Value) -> Option<Vec<u8>> {
    if let Some(text) = step["bytes"].as_str() {
        return Some(text.as_bytes().to_vec());
    }
    let digits = step["hex"].as_str()?.as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    Some(digits.chunks(2).map(byte).collect())
}

fn compare(step: &Value, answer: &Answer, variables: &BTreeMap<String, Value>) -> Vec<String> {
    let mut mistakes = Vec::new();
    let is_expected = match &step["status"] {
        Value::Array(allowed) => allowed.iter().any(|status| *status == answer.status),
        status => *status == answer.status,
    };
    if !is_expected {
        mistakes.push(format!("expected the status {}", step["status"]));
    }
    if let Some(text) = step["text"].as_str().filter(|text| *text != answer.text) {
        mistakes.push(format!("expected the text '{text}'"));
    }
    let body: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    if let Some(code) = step.get("code") {
        let pattern = json!({ "code": code, "message": "$string" });
        mistakes.extend(shape::mistakes(&pattern, &body, ""));
    }
    if let Some(pattern) = step.get("shape") {
        let pattern = filled_value(pattern, variables);
        mistakes.extend(shape::mistakes(&pattern, &body, ""));
    }
    for (name, pattern) in step["headers"].as_object().into_iter().flatten() {
        let value = match answer.header(name) {
            "" => Value::Null,
            text => text.into(),
        };
        mistakes.extend(shape::mistakes(pattern, &value, name));
    }
    mistakes
}

/// A text with the captured values in their places; the longest names first.
fn filled(text: &str, variables: &BTreeMap<String, Value>) -> String {
    let mut text = text.to_owned();
    for (name, value) in variables.iter().rev() {
        let value = match value {
            Value::String(value) => value.clone(),
            other => other.to_string(),
        };
        text = text.replace(&format!("${name}"), &value);
    }
    text
}

fn filled_value(value: &Value, variables: &BTreeMap<String, Value>) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('$').and_then(|name| variables.get(name)) {
            Some(value) => value.clone(),
            None if ["$L", "$S", "$F"].iter().any(|name| text.contains(name)) => {
                filled(text, variables).into()
            }
            None => text.clone().into(),
        },
        Value::Array(values) => values
            .iter()
            .map(|value| filled_value(value, variables))
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), filled_value(value, variables)))
            .collect(),
        other => other.clone(),
    }
}
