//! What is measured on: listings, marks and jobs of any size, the same in every run.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mediasweep::domain::entry::{Entry, EntryPage, Kind, Marker};
use mediasweep::domain::job::items::Builder;
use mediasweep::domain::job::{Items, JobId, Target};
use mediasweep::domain::listing::Listing;
use mediasweep::domain::marks::{Marks, Origin};
use mediasweep::domain::order::Order;
use mediasweep::domain::path::RemotePath;
use mediasweep::domain::rule::{Named, Rule, Viewpoint};
use mediasweep::tui::effect::Effect;
use mediasweep::tui::msg::Msg;
use mediasweep::tui::state::{Habits, Start, State};
use mediasweep::tui::update::{start, update};
use ratatui::layout::Size;

/// Entries of a page, as many as the service gives.
pub const PAGE: usize = 1000;

/// Every hundredth name has a word that is looked for.
fn name(number: usize) -> String {
    let word = if number.is_multiple_of(100) {
        "needle"
    } else {
        "废弃"
    };
    format!("测试片段_{number}_{word}.mov")
}

fn entry(number: usize) -> Entry {
    let some = number as u64 * 7919 % 100_003;
    Entry {
        size: Some(some),
        modified: Timestamp::from_second(some.cast_signed()).ok(),
        ..Entry::new(name(number), Kind::File)
    }
}

/// Pages with so many entries in all, in no order: each is taken once, for 7,919 divides no size.
pub fn pages(size: usize) -> Vec<EntryPage> {
    let begins = (0..size).step_by(PAGE);
    begins
        .map(|from| {
            let to = size.min(from + PAGE);
            let entries: Vec<Entry> = (from..to).map(|at| entry(at * 7919 % size)).collect();
            EntryPage {
                entries: entries.iter().collect(),
                next: (to < size).then(|| Marker("more".into())),
                total: Some(size as u64),
                tag: None,
            }
        })
        .collect()
}

/// A listing of them.
pub fn listing(size: usize) -> Listing {
    inserted(&pages(size))
}

/// A listing of pages, as many of them at once as arrive between two frames.
pub fn inserted(pages: &[EntryPage]) -> Listing {
    let mut listing = Listing::new(Order::default(), None);
    for arrived in pages.chunks(16) {
        for page in arrived {
            listing.pile(page);
        }
        listing.tidy();
    }
    listing
}

pub fn directory() -> RemotePath {
    RemotePath::parse("素材/2024").unwrap()
}

/// All of a listing, marked.
pub fn marks(listing: &Listing) -> Marks {
    let mut marks = Marks::default();
    marks.add_rows(&directory(), listing, listing.ids(), &Origin::Hand);
    marks
}

pub fn viewpoint() -> Viewpoint {
    Viewpoint {
        here: directory(),
        now: Timestamp::UNIX_EPOCH,
        zone: TimeZone::UTC,
        named: Named::default(),
    }
}

/// A rule as somebody would write it for a clean-up.
pub fn rule() -> Rule {
    let text = "ext:mov size:>50K mod:<1970-01-02 *needle*";
    Rule::parse(text, &viewpoint()).unwrap().unwrap()
}

/// What a job would delete.
pub fn targets(size: usize) -> Items<Target> {
    let mut items = Builder::default();
    for number in 0..size {
        let path = directory().join(&name(number)).unwrap();
        items.push(&Target::new(path, Kind::File, Some(1)));
    }
    items.finish()
}

/// A screen that shows a directory of so many entries.
pub fn screen(size: usize) -> State {
    let mut state = State::new(
        Start {
            label: "bench".into(),
            directory: RemotePath::root(),
            next_job: JobId(1),
            at_work: Vec::new(),
            cut_off: Vec::new(),
            has_kept: false,
            is_first: false,
            keeps_marks: true,
            zone: TimeZone::UTC,
            now: Timestamp::UNIX_EPOCH,
            habits: Habits::default(),
        },
        Size::new(160, 45),
    );
    let ticket = start(&mut state)
        .into_iter()
        .find_map(|effect| match effect {
            Effect::List { ticket, .. } => Some(ticket),
            _ => None,
        });
    for page in pages(size) {
        let ticket = ticket.unwrap();
        update(
            &mut state,
            Msg::Listed {
                ticket,
                page: Ok(page),
            },
        );
    }
    state
}

/// A page as the service writes it.
pub fn json() -> Vec<u8> {
    let contents: Vec<serde_json::Value> = (0..PAGE)
        .map(|number| {
            serde_json::json!({
                "name": name(number),
                "type": "file",
                "creationTime": "2024-03-28T09:20:11.000Z",
                "modificationTime": "2024-03-28T09:20:11.000Z",
                "contentType": "video/quicktime",
                "size": (number * 7919).to_string(),
                "eTag": format!("\"{number:032x}\""),
                "crc64": (number as u64 * 0x9e37_79b9_7f4a_7c15).to_string(),
                "userId": "u207",
                "authorityList": {"canView": true, "canDelete": true, "canDownload": true},
                "previewByDoc": false,
                "previewByCI": false
            })
        })
        .collect();
    let page = serde_json::json!({
        "path": ["素材", "2024"],
        "contents": contents,
        "eTag": "\"1\"",
        "nextMarker": "more",
        "totalNum": PAGE
    });
    serde_json::to_vec(&page).unwrap()
}
