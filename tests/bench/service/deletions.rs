//! Files to the bin by the thousand, and a folder however large.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use crate::ROUNDS;
use crate::folders::{fill, move_all, read_names};
use crate::measure::{Pairs, bare};
use crate::process::Service;

/// A batch of this many.
const FILES: u64 = 1000;

/// One batch against as many bare renames: once as fast as the system does them, when a crash of
/// the machine may undo them after they were told done, and once with the only thing that prevents
/// that.
pub async fn measure_batches(service: &Service, root: &Path) {
    let mut fast = Pairs::new("1,000 files to the bin, against bare renames", 3.0);
    let mut safe = Pairs::new("the same, against renames that are on the disk", 3.0);
    for round in 0..ROUNDS * 4 {
        let moved = |kind: &str, is_synced| {
            let from = root.join(format!("{kind}-{round}"));
            let to = root.join(format!("{kind}-{round}-away"));
            fill(&from, FILES);
            std::fs::create_dir(&to).unwrap();
            let names = read_names(&from);
            settle(&from);
            bare(|| move_all(&from, &to, &names, is_synced))
        };
        let unsynced = moved("fast", false);
        let synced = moved("safe", true);
        let name = format!("batch-{round}");
        let folder = root.join(&name);
        fill(&folder, FILES);
        settle(&folder);
        let items: Vec<_> = read_names(&folder)
            .into_iter()
            .map(|file| {
                let file = String::from_utf8(file).unwrap();
                json!({ "path": format!("{name}/{file}") })
            })
            .collect();
        let body = Value::from(items).to_string();
        let (ours, answer) = service
            .cost(Method::POST, "batch/lib/-?delete", Some(body))
            .await;
        let results = answer["result"].as_array().unwrap();
        assert_eq!(results.len() as u64, FILES);
        assert!(results.iter().all(|item| item["status"] == 200));
        fast.add(ours, unsynced);
        safe.add(ours, synced);
    }
    fast.print();
    safe.print();
}

/// One rename, whatever is below.
pub async fn measure_folder(service: &Service, root: &Path, entries: u64) {
    let what = format!("a folder of {entries} to the bin, against one of 1");
    let mut away = Pairs::new(&what, 1.5);
    let mut back = Pairs::new("and back", 1.5);
    fill(&root.join("small"), 1);
    for _ in 0..ROUNDS * 4 {
        let mut costs = Vec::new();
        for name in ["large", "small"] {
            let url = format!("directory/lib/-/{name}");
            let (cost, answer) = service.cost(Method::DELETE, &url, None).await;
            let id = &answer["recycledItemId"];
            let url = format!("recycled/lib/-/{id}?restore");
            let (other, _) = service.cost(Method::POST, &url, None).await;
            costs.push((cost, other));
        }
        away.add(costs[0].0, costs[1].0);
        back.add(costs[0].1, costs[1].1);
    }
    away.print();
    back.print();
}

/// What making the files left to be written is not for those who rename them.
fn settle(folder: &Path) {
    rustix::fs::syncfs(crate::folders::open(folder)).unwrap();
}
