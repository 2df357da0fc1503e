//! A large folder, page by page and in several orders.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde::Deserialize;

use crate::ROUNDS;
use crate::folders::{count_names, read_names, sorted_by_size, sorted_by_time};
use crate::measure::{Cost, Pairs, bare, mebibytes, spread, tell};
use crate::process::Service;

/// Rounds in which all pages are asked for; the first page is asked for in every one.
const PAGED: usize = 2;

/// Longer than file systems take to tick: a reading of what has changed just now is not kept.
const TICK: Duration = Duration::from_millis(50);

#[derive(Deserialize)]
struct Page {
    #[serde(rename = "nextMarker")]
    next: Option<String>,
}

/// All of a folder that was gone through.
struct Paged {
    whole: Cost,
    pages: Vec<Duration>,
    /// Processor time of each page but the first, with which the folder is read.
    further: Duration,
    /// The most that was in memory after any of its pages.
    peak: u64,
}

pub async fn measure(service: &Service, large: &Path, entries: u64) {
    let resting = service.memory();
    let text = read_names(large).iter().map(Vec::len).sum::<usize>() as u64;
    let mut first = Pairs::new("first page of the large folder, by name", 1.5);
    let mut by_time = Pairs::new("first page of it, by time", 1.5);
    let mut by_size = Pairs::new("first page of it, by size", 1.5);
    let mut all = Pairs::new("all its pages, against readdir + stat + sort", None);
    let mut peaks = [0; 2];
    let mut each = (Vec::new(), Vec::new());
    let mut kept = 0;
    for round in 0..ROUNDS {
        change(large, round);
        let names = bare(|| assert!(count_names(large) > 0));
        let ours = first_page(service, "").await;
        first.add(ours, names);
        let stats = bare(|| assert!(sorted_by_time(large) > 0));
        if round < PAGED {
            let paged = all_pages(service, "").await;
            all.add(paged.whole, stats);
            // Later there are listings of other orders in memory too.
            if round == 0 {
                peaks[0] = paged.peak;
            }
            each.0.extend(&paged.pages);
            each.1.push(paged.further);
        }

        change(large, round);
        let order = "&order_by=modificationTime&order_by_type=desc";
        by_time.add(first_page(service, order).await, stats);
        if round == 0 {
            peaks[1] = all_pages(service, order).await.peak;
            // A listing whose last page was given is let go at once, others after a minute.
            kept = service.memory();
        }

        let stats = bare(|| assert!(sorted_by_size(large) > 0));
        change(large, round);
        by_size.add(first_page(service, "&order_by=size").await, stats);
    }
    for pairs in [first, by_time, by_size, all] {
        pairs.print();
    }
    tell(
        "a further page, processor time, ms",
        &spread(&each.1),
        "< 3",
    );
    tell(
        "a further page, as the client sees it, ms",
        &spread(&each.0),
        "",
    );
    for (order, peak) in ["by name", "by time"].iter().zip(peaks) {
        #[expect(clippy::cast_precision_loss)]
        let bytes = peak.saturating_sub(resting).saturating_sub(text) as f64 / entries as f64;
        let what = format!("most memory while paging {order}, B an entry + name");
        tell(&what, &format!("{bytes:.1}"), "< 32");
    }
    #[expect(clippy::cast_precision_loss)]
    let kept = mebibytes(kept as f64 - resting as f64);
    tell("memory kept afterwards, MiB", &format!("{kept:.1}"), "~ 0");
}

/// Adds or takes away a name, so that the folder is read anew.
fn change(folder: &Path, round: usize) {
    File::create(folder.join(format!("zz-{round}"))).unwrap();
    std::fs::remove_file(folder.join(format!("zz-{round}"))).unwrap();
    std::thread::sleep(TICK);
}

async fn first_page(service: &Service, order: &str) -> Cost {
    let url = format!("directory/lib/-/large?limit=1000{order}");
    service.cost(Method::GET, &url, None).await.0
}

async fn all_pages(service: &Service, order: &str) -> Paged {
    let mut paged = Paged {
        whole: Cost::default(),
        pages: Vec::new(),
        further: Duration::ZERO,
        peak: 0,
    };
    let (before, begin) = (service.cpu(), Instant::now());
    let mut first = before;
    let mut marker = String::new();
    loop {
        let url = format!("directory/lib/-/large?limit=1000{order}&marker={marker}");
        let start = Instant::now();
        let (status, text) = service.caller.ask(Method::GET, &url, None).await.unwrap();
        paged.pages.push(start.elapsed());
        assert!(status.is_success(), "{text}");
        paged.peak = paged.peak.max(service.memory());
        if paged.pages.len() == 1 {
            first = service.cpu();
        }
        match serde_json::from_str::<Page>(&text).unwrap().next {
            Some(next) => marker = next,
            None => break,
        }
    }
    let end = service.cpu();
    paged.whole = Cost {
        wall: begin.elapsed(),
        cpu: end - before,
    };
    let further = u32::try_from(paged.pages.len() - 1).unwrap();
    paged.further = (end - first) / further.max(1);
    paged
}
