//! The fault switches, as a client meets them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mediasweep::server::TaskRule;
use mediasweep::server::faults::{Action, Faults, Rule, When};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::service::{Answer, Service};

async fn spoiled(rules: &str) -> Service {
    let faults = Faults::parse(rules).unwrap();
    Service::start_with(|config| config.faults = Some(faults)).await
}

fn rule(action: &str) -> String {
    format!("[[rule]]\npath = \"batch/**\"\n{action}\n")
}

async fn delete(service: &Service, paths: &[&str]) -> Answer {
    for path in paths {
        service.write(path, "x");
    }
    service.batch_delete(paths).await
}

/// All that comes for a request until the connection ends.
async fn bytes_of(service: &Service, method: &str, path: &str, body: &str) -> Vec<u8> {
    let path = format!("/api/v1/{path}access_token={}", service.token);
    service.wire(method, &path, body).await
}

#[tokio::test]
async fn a_status_comes_instead_of_the_work_or_after_it() {
    let service = spoiled(&format!(
        "{}{}{}",
        rule("nth = 1\naction = 'status'\nstatus = 429\nretry_after = 7"),
        rule("nth = 2\naction = 'status'\nstatus = 503"),
        rule("nth = 3\naction = 'status'\nstatus = 418\ncode = 'Tea'\nwork = true"),
    ))
    .await;
    let first = delete(&service, &["a"]).await;
    assert_eq!(first.code(), (429, "RateLimitExceeded".into()));
    assert_eq!(first.header("retry-after"), "7");
    assert_eq!(first.header("x-request-id").len(), 32);
    let second = delete(&service, &["a"]).await;
    assert_eq!(second.code(), (503, "ServerOverloaded".into()));
    assert_eq!(second.header("retry-after"), "");
    assert!(service.has("a"));
    assert_eq!(delete(&service, &["a"]).await.code(), (418, "Tea".into()));
    assert!(!service.has("a"));
    assert_eq!(delete(&service, &["a"]).await.status, 200);
}

#[tokio::test]
async fn a_dropped_connection_carries_no_byte() {
    let service = spoiled(&format!(
        "{}{}",
        rule("nth = 1\naction = 'drop-before'"),
        rule("nth = 2\naction = 'drop-after'"),
    ))
    .await;
    service.write("a", "x");
    let ask = async || {
        bytes_of(
            &service,
            "POST",
            "batch/local/-?delete&",
            r#"[{"path":"a"}]"#,
        )
        .await
    };
    assert_eq!(ask().await, b"");
    assert!(service.has("a"));
    assert_eq!(ask().await, b"");
    assert!(!service.has("a"));
}

#[tokio::test]
async fn a_body_is_cut_in_the_middle() {
    let service = spoiled("[[rule]]\npath = 'directory/**'\naction = 'cut'").await;
    service.write("a", "x");
    let got = bytes_of(&service, "GET", "directory/local/-?", "").await;
    let text = String::from_utf8(got).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.unwrap().parse().unwrap();
    assert!(head.starts_with("HTTP/1.1 200"));
    assert_eq!(body.len(), length / 2);
}

#[tokio::test]
async fn a_proxy_and_a_token_and_a_type_can_be_wrong() {
    let mut service = spoiled(
        "[[rule]]\npath = 'directory/**'\nnth = 1\naction = 'proxy-page'\n\
         [[rule]]\npath = 'directory/**'\nnth = 2\naction = 'token-expired'\n\
         [[rule]]\npath = 'directory/**'\nnth = 3\naction = 'content-type'\nvalue = 'text/plain'",
    )
    .await;
    let page = service.get("directory/local/-").await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (502, "text/html")
    );
    assert!(page.text.starts_with("<html>"));
    let (old, before) = (
        service.token.clone(),
        service.get("directory/local/-").await,
    );
    assert_eq!(before.code(), (403, "InvalidAccessToken".into()));
    // It stays so wherever the token is used, until there is another one.
    let refused = service.get("recycled/local/-").await;
    assert_eq!(refused.code(), (403, "InvalidAccessToken".into()));
    service.token = service.new_token("admin").await;
    assert_ne!(service.token, old);
    let typed = service.get("directory/local/-").await;
    assert_eq!(typed.header("content-type"), "text/plain");
    assert_eq!(typed.json()["contents"], json!([]));
    assert_eq!(
        service
            .get("directory/local/-")
            .await
            .header("content-type"),
        "application/json; charset=utf-8"
    );
}

#[tokio::test]
async fn answers_to_batches_take_every_shape() {
    type Case = (&'static str, u16, fn(&Value) -> bool);
    let cases: [Case; 8] = [
        ("all-failed", 207, |answer| {
            let results = answer["result"].as_array().unwrap();
            results
                .iter()
                .all(|item| item["status"] == 500 && item.get("recycledItemId").is_none())
        }),
        ("one-failed", 207, |answer| {
            answer["result"][0]["status"] == 500 && answer["result"][1]["status"] == 200
        }),
        ("null-paths", 200, |answer| {
            let results = answer["result"].as_array().unwrap();
            results.iter().all(|item| item["path"].is_null())
        }),
        ("one-pending", 200, |answer| {
            answer["result"][0]["status"] == 202 && answer["result"][1]["status"] == 200
        }),
        ("string-ids", 200, |answer| {
            answer["result"][1]["recycledItemId"].is_string()
        }),
        ("string-statuses", 200, |answer| {
            answer["result"][0]["status"] == "200"
        }),
        ("reordered", 200, |answer| {
            answer["result"][0]["path"] == json!(["b"])
        }),
        ("item-missing", 200, |answer| {
            answer["result"].as_array().unwrap().len() == 1
        }),
    ];
    for (action, status, holds) in cases {
        let service = spoiled(&rule(&format!("action = '{action}'"))).await;
        let answer = delete(&service, &["a", "b"]).await;
        assert_eq!(answer.status, status, "{action}");
        assert!(holds(&answer.json()), "{action}: {}", answer.text);
        assert!(!service.has("a") && !service.has("b"));
    }
}

#[tokio::test]
async fn a_task_can_be_named_otherwise() {
    let rules = rule("action = 'id-for-task-id'") + &rule("action = 'string-ids'");
    let faults = Faults::parse(&rules).unwrap();
    let service = Service::start_with(|config| {
        config.faults = Some(Arc::clone(&faults));
        config.tasks = TaskRule::Always;
    })
    .await;
    let answer = delete(&service, &["a"]).await.json();
    assert_eq!(answer.as_object().unwrap().len(), 1);
    // The rule that renames comes first, so that the other finds nothing to do.
    let task = answer["id"].as_u64().unwrap();
    assert_eq!(service.task(task).await["status"], 200);
    assert_eq!(faults.spoiled(), 1);
    assert!(faults.calls() > 1);
}

#[tokio::test]
async fn a_marker_has_many_spellings() {
    let page = |value: &str| {
        format!("[[rule]]\npath = 'recycled/*/*'\naction = 'next-marker'\nvalue = '{value}'\n")
    };
    let cases = [
        ("string", 1, "text"),
        ("int", 1, "number"),
        ("empty", 2, "empty"),
        ("null", 2, "null"),
    ];
    for (value, limit, expected) in cases {
        let service = spoiled(&page(value)).await;
        delete(&service, &["a", "b"]).await;
        let path = format!("recycled/local/-?by-marker=1&limit={limit}");
        let answer = service.get(&path).await.json();
        let spelled = match answer.get("nextMarker") {
            Some(Value::String(text)) if text.is_empty() => "empty",
            Some(Value::String(_)) => "text",
            Some(Value::Number(_)) => "number",
            Some(Value::Null) => "null",
            _ => "other",
        };
        assert_eq!(spelled, expected, "{answer}");
    }
}

#[tokio::test]
async fn pages_can_be_short_and_empty_and_nothing_is_lost() {
    let service = spoiled(
        "[[rule]]\npath = 'directory/**'\naction = 'short-pages'\nmost = 2\n\
         [[rule]]\npath = 'directory/**'\nnth = 2\naction = 'empty-page'\n",
    )
    .await;
    for name in ["a", "b", "c"] {
        service.write(name, "x");
    }
    let (mut marker, mut pages) = (String::new(), Vec::new());
    loop {
        let path = format!("directory/local/-?limit=1000&marker={marker}");
        let page = service.get(&path).await.json();
        let contents = page["contents"].as_array().unwrap();
        let names = contents.iter().map(|entry| entry["name"].as_str().unwrap());
        pages.push(names.collect::<String>());
        match page["nextMarker"].as_str() {
            Some(next) => next.clone_into(&mut marker),
            None => break,
        }
    }
    assert_eq!(pages, ["ab", "", "c"]);
}

#[tokio::test]
async fn chance_strikes_the_same_calls_each_time() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let service = spoiled(&format!(
            "[[rule]]\nmethod = 'HEAD'\nchance = 0.5\nseed = {seed}\naction = 'status'\nstatus = 503\n"
        ))
        .await;
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(service.head("directory/local/-").await.status);
        }
        let struck = statuses.iter().filter(|status| **status == 503).count();
        assert!((5..35).contains(&struck), "{struck}");
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[tokio::test]
async fn rules_choose_by_method_path_query_and_number() {
    let service = spoiled(
        "[[rule]]\nmethod = 'HEAD'\npath = 'directory/*/-/a'\nfirst = 2\naction = 'status'\nstatus = 503\n\
         [[rule]]\nmethod = 'GET'\nquery = ['by-page=1', 'info']\nevery = 3\naction = 'status'\nstatus = 429\n",
    )
    .await;
    service.write("a/x", "x");
    let asked = async |method: Method, path: &str| service.ask(method, path, None).await.status;
    let (get, head) = (Method::GET, Method::HEAD);
    for expected in [503, 503, 200] {
        assert_eq!(asked(get.clone(), "directory/local/-/a").await, 200);
        assert_eq!(asked(head.clone(), "directory/local/-").await, 200);
        assert_eq!(asked(head.clone(), "directory/local/-/a").await, expected);
    }
    for expected in [200, 200, 429, 200] {
        assert_eq!(asked(get.clone(), "directory/local/-?info").await, 200);
        let path = "directory/local/-/a?info&by-page=1";
        assert_eq!(asked(get.clone(), path).await, expected);
    }
}

#[tokio::test]
async fn an_answer_is_as_slow_as_its_rule_says_and_good_all_the_same() {
    for delay in ["30", "[30, 60]"] {
        let service = spoiled(&rule(&format!(
            "action = 'latency'\nseed = 1\ndelay_ms = {delay}"
        )))
        .await;
        let begun = Instant::now();
        assert_eq!(delete(&service, &["a"]).await.status, 200);
        assert!(begun.elapsed() >= Duration::from_millis(30), "{delay}");
    }
}

#[tokio::test]
async fn rules_can_take_calls_one_after_the_other() {
    let rules = [(1, 429), (2, 503)].map(|(times, status)| Rule {
        method: None,
        path: "batch/**".to_owned(),
        query: Vec::new(),
        when: When::Next(times),
        action: Action::status(status),
    });
    let faults = Faults::new(rules.to_vec());
    let service = Service::start_with(|config| config.faults = Some(faults)).await;
    for expected in [429, 503, 503, 200] {
        assert_eq!(delete(&service, &["a"]).await.status, expected);
    }
}

#[tokio::test]
async fn silence_ends_with_the_client() {
    let service = spoiled(&rule("first = 1\naction = 'silence'")).await;
    service.write("a", "x");
    let url = format!("{}/api/v1/batch/local/-?delete", service.url());
    let asked = service.http().post(url).timeout(Duration::from_millis(50));
    assert!(asked.send().await.unwrap_err().is_timeout());
    assert!(service.has("a"));
    assert_eq!(delete(&service, &["a"]).await.status, 200);
}

#[tokio::test]
async fn a_program_can_hold_answer_and_edit_calls() {
    let faults = Faults::new(Vec::new());
    let service = Service::start_with(|config| config.faults = Some(Arc::clone(&faults))).await;
    let add = |number: u64, action: Action| {
        faults.add(Rule {
            method: Some("GET".to_owned()),
            path: "directory/**".to_owned(),
            query: Vec::new(),
            when: When::Nth(number),
            action,
        });
    };
    let (arrived, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    add(1, Action::Hold(Arc::clone(&arrived), Arc::clone(&go)));
    let held = service.get("directory/local/-");
    let (held, ()) = tokio::join!(held, async {
        arrived.notified().await;
        service.write("late", "x");
        go.notify_one();
    });
    assert_eq!(held.json()["contents"][0]["name"], "late");
    add(
        1,
        Action::Edit(Arc::new(|page| page["contents"] = json!("?"))),
    );
    let edited = service.get("directory/local/-").await;
    assert_eq!(edited.json()["contents"], "?");
    add(
        1,
        Action::Answer {
            status: 418,
            headers: vec![("X-Pot".to_owned(), "tea".to_owned())],
            body: "short".to_owned(),
            work: false,
        },
    );
    let answer = service.get("directory/local/-").await;
    assert_eq!(
        (answer.status, answer.header("x-pot"), &*answer.text),
        (418, "tea", "short")
    );
}

#[test]
fn every_action_of_the_example_is_in_a_test_of_this_file() {
    let example = include_str!("../../assets/faults.example.toml");
    let here = include_str!("faults.rs");
    let mut seen = 0;
    for line in example.lines() {
        if let Some(word) = line.strip_prefix("action = ") {
            let word = word.trim_matches('"');
            let named = [format!("action = '{word}'"), format!("\"{word}\"")];
            assert!(named.iter().any(|text| here.contains(text)), "{word}");
            seen += 1;
        }
    }
    assert!(seen > 10);
}
