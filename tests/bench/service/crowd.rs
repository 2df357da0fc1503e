//! Sixty-four clients at once, each with reads and batches of its own, some of them mistaken.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::folders::fill;
use crate::measure::{mebibytes, tell};
use crate::process::{Caller, Service};

const CLIENTS: usize = 64;
const FILES: u64 = 20;

#[derive(Default)]
struct Counts {
    asked: AtomicU64,
    provoked: AtomicU64,
    failed: AtomicU64,
}

pub async fn measure(service: &Service, root: &Path, length: Duration) {
    for client in 0..CLIENTS {
        fill(&root.join(format!("crowd-{client}")), FILES);
    }
    // What grows once and for all has grown after the first seconds.
    run(service, length / 4).await;
    let before = (service.memory(), service.descriptors());
    let start = Instant::now();
    let counts = run(service, length).await;
    #[expect(clippy::cast_precision_loss)]
    let rate = counts.asked.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64();
    // Connections that their clients have closed are gone as soon as the service looks.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after = (service.memory(), service.descriptors());
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed).to_string();
    tell(
        "64 clients at once, requests a second",
        &format!("{rate:.0}"),
        "",
    );
    tell("  errors that were provoked", &count(&counts.provoked), "");
    tell("  other errors", &count(&counts.failed), "0");
    #[expect(clippy::cast_precision_loss)]
    let grown = mebibytes(after.0 as f64 - before.0 as f64);
    tell("  memory grown, MiB", &format!("{grown:.1}"), "~ 0");
    let more = after.1.cast_signed() - before.1.cast_signed();
    tell("  descriptors grown", &more.to_string(), "0");
}

async fn run(service: &Service, length: Duration) -> Arc<Counts> {
    let counts = Arc::new(Counts::default());
    let end = Instant::now() + length;
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let caller = service.another_caller();
            let counts = Arc::clone(&counts);
            tokio::spawn(async move {
                let folder = format!("crowd-{client}");
                while Instant::now() < end {
                    if let Err(error) = turn(&caller, &folder, &counts).await {
                        eprintln!("{folder}: {error}");
                        counts.failed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    counts
}

/// A listing, a look, a look at nothing, a batch delete with one mistake, a restore of all of it.
async fn turn(caller: &Caller, folder: &str, counts: &Counts) -> Result<(), String> {
    let ask = async |method, path: String, body: Option<Value>, expected: u16| {
        let body = body.map(|body| body.to_string());
        counts.asked.fetch_add(1, Ordering::Relaxed);
        match caller.ask(method, &path, body).await {
            Ok((status, text)) if status == StatusCode::from_u16(expected).unwrap() => {
                Ok(serde_json::from_str::<Value>(&text).unwrap_or_default())
            }
            Ok((status, text)) => Err(format!("{path}: {status} {text}")),
            Err(error) => Err(format!("{path}: {error}")),
        }
    };
    let url = format!("directory/lib/-/{folder}");
    let page = ask(Method::GET, format!("{url}?limit=1000"), None, 200).await?;
    let names: Vec<_> = page["contents"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|entry| entry["name"].as_str())
        .collect();
    if names.len() as u64 != FILES {
        return Err(format!("{} files are listed", names.len()));
    }
    ask(Method::GET, format!("{url}/{}?info=1", names[0]), None, 200).await?;
    ask(Method::GET, format!("{url}/nothing?info=1"), None, 404).await?;
    let paths = names.iter().copied().chain(["nothing"]);
    let items: Vec<_> = paths
        .map(|name| json!({ "path": format!("{folder}/{name}") }))
        .collect();
    let url = "batch/lib/-?delete".to_owned();
    let answer = ask(Method::POST, url, Some(Value::from(items)), 207).await?;
    counts.provoked.fetch_add(2, Ordering::Relaxed);
    let results = answer["result"].as_array().map_or(&[][..], Vec::as_slice);
    let ids: Vec<_> = results
        .iter()
        .filter(|item| item["status"] == 200)
        .map(|item| item["recycledItemId"].clone())
        .collect();
    if ids.len() as u64 != FILES || results.len() as u64 != FILES + 1 {
        return Err(format!("not all were recycled: {answer}"));
    }
    let url = "recycled/lib/-?restore".to_owned();
    let answer = ask(Method::POST, url, Some(Value::from(ids)), 200).await?;
    let restored = answer["result"].as_array().into_iter().flatten();
    if restored.filter(|item| item["status"] == 200).count() as u64 != FILES {
        return Err(format!("not all were restored: {answer}"));
    }
    Ok(())
}
