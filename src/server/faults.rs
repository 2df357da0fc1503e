//! Fault switches for those who test clients: a layer over the router that spoils some answers, as
//! rules say (part A section 11, item 10). Whatever is random is drawn from a seed and the number
//! of the call, so the same calls in the same order meet the same faults.
//!
//! ```
//! use mediasweep::server::faults::{Action, Faults, Rule, When};
//!
//! let rules = vec![Rule {
//!     method: Some("POST".to_owned()),
//!     path: "batch/**".to_owned(),
//!     query: vec!["delete".to_owned()],
//!     when: When::First(2),
//!     action: Action::status(429).retry_after(1),
//! }];
//! let faults = Faults::new(rules);
//! assert_eq!(faults.calls(), 0);
//! ```

mod ask;
mod file;
mod pattern;
mod spoil;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::sync::Notify;

pub use file::Error;

/// Which calls are spoiled, and how.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The HTTP method; none for any.
    pub method: Option<String>,
    /// A pattern over the decoded path below `/api/v1/`: `*` is any text in one component, `**`
    /// any number of components. For the doors outside of `/api/v1/` it begins with a slash.
    pub path: String,
    /// Words of the query: `delete` for a parameter of that name, `by-page=1` for its value too.
    pub query: Vec<String>,
    /// Which of the calls that fit.
    pub when: When,
    /// What is done to them.
    pub action: Action,
}

/// Which of the calls that fit a rule are spoiled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// All.
    Always,
    /// Only this one, counted from 1.
    Nth(u64),
    /// Each time that so many have come.
    Every(u64),
    /// So many at first.
    First(u64),
    /// So many, without those that an earlier rule of this kind takes: one after the other.
    Next(u64),
    /// Each with this probability.
    Chance {
        /// From 0 to 1.
        probability: f64,
        /// Another seed spoils other calls.
        seed: u64,
    },
}

/// What is done to a call or to its answer.
#[derive(Clone)]
pub enum Action {
    /// Another answer: an error body of the protocol.
    Status {
        /// The HTTP status.
        status: u16,
        /// The code word.
        code: String,
        /// Seconds for the header `Retry-After`.
        retry_after: Option<u64>,
        /// Whether the work is done first.
        work: bool,
    },
    /// Any other answer, as it is.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Names and values.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
        /// Whether the work is done first.
        work: bool,
    },
    /// The error page of a proxy, in HTML; the work is not done.
    ProxyPage(u16),
    /// A slow answer: a time between these two, drawn from the seed.
    Latency {
        /// At least.
        least: Duration,
        /// At most.
        most: Duration,
        /// Another seed draws other times.
        seed: u64,
    },
    /// The connection is closed without an answer, and the work is not done.
    DropBefore,
    /// The connection is closed without an answer after the work.
    DropAfter,
    /// The connection is closed in the middle of the body.
    Cut,
    /// The answer has another content type.
    ContentType(String),
    /// The work is done and no item is said to have worked: 207 with this status for each.
    AllFailed(u16),
    /// The work is done and the first item is said to have failed: 207 with this status for it.
    OneFailed(u16),
    /// One item of a batch is said to be still at work: 202.
    OnePending,
    /// The numbers of tasks and bin items are text.
    StringIds,
    /// The statuses of items and tasks are text.
    StringStatuses,
    /// `id` instead of `taskId`.
    IdForTaskId,
    /// How a marker, or the end of a listing, is spelled.
    NextMarker(Marker),
    /// The results of a batch come in the reverse order.
    Reordered,
    /// The last result of a batch is missing.
    ItemMissing,
    /// The results of a batch have `null` where their path is.
    NullPaths,
    /// Pages have at most so many entries, however many are asked for.
    ShortPages(u64),
    /// A later page is empty and says that there is more behind the marker that was asked for.
    EmptyPage,
    /// The token is over, for this call and for all that come after it; the work is not done.
    TokenExpired,
    /// No answer ever comes, and the work is not done.
    Silence,
    /// Tells the first that a call has come, and waits for the second before the work.
    Hold(Arc<Notify>, Arc<Notify>),
    /// Whatever else is to be changed in a JSON answer.
    Edit(Arc<dyn Fn(&mut Value) + Send + Sync>),
}

/// Spellings of `nextMarker` (part A, U9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// Text, where it is a number.
    Text,
    /// A number, where its text is one.
    Number,
    /// An empty text at the end, where nothing is usual.
    Empty,
    /// `null` at the end.
    Null,
}

impl Action {
    /// An error status with the code word that is usual for it; the work is not done.
    pub fn status(status: u16) -> Self {
        Self::Status {
            status,
            code: spoil::usual_code(status).to_owned(),
            retry_after: None,
            work: false,
        }
    }

    /// The same with so many seconds in `Retry-After`. Changes nothing in other actions.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        if let Self::Status { retry_after, .. } = &mut self {
            *retry_after = Some(seconds);
        }
        self
    }

    /// The same answer after the work. Changes nothing in other actions.
    #[must_use]
    pub fn after_work(mut self) -> Self {
        if let Self::Status { work, .. } | Self::Answer { work, .. } = &mut self {
            *work = true;
        }
        self
    }

    /// Its word in the file of rules.
    fn word(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::Answer { .. } => "answer",
            Self::ProxyPage(_) => "proxy-page",
            Self::Latency { .. } => "latency",
            Self::DropBefore => "drop-before",
            Self::DropAfter => "drop-after",
            Self::Cut => "cut",
            Self::ContentType(_) => "content-type",
            Self::AllFailed(_) => "all-failed",
            Self::OneFailed(_) => "one-failed",
            Self::OnePending => "one-pending",
            Self::StringIds => "string-ids",
            Self::StringStatuses => "string-statuses",
            Self::IdForTaskId => "id-for-task-id",
            Self::NextMarker(_) => "next-marker",
            Self::Reordered => "reordered",
            Self::ItemMissing => "item-missing",
            Self::NullPaths => "null-paths",
            Self::ShortPages(_) => "short-pages",
            Self::EmptyPage => "empty-page",
            Self::TokenExpired => "token-expired",
            Self::Silence => "silence",
            Self::Hold(..) => "hold",
            Self::Edit(_) => "edit",
        }
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A rule and how many calls have fitted it.
struct Counted {
    rule: Rule,
    calls: AtomicU64,
}

/// Rules, and how often they were met.
#[derive(Default)]
pub struct Faults {
    rules: Mutex<Vec<Arc<Counted>>>,
    calls: AtomicU64,
    spoiled: AtomicU64,
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules: Vec<Rule> = self.rules().iter().map(|rule| rule.rule.clone()).collect();
        f.debug_struct("Faults").field("rules", &rules).finish()
    }
}

impl Faults {
    /// With these rules, in their order.
    pub fn new(rules: Vec<Rule>) -> Arc<Self> {
        let faults = Self::default();
        for rule in rules {
            faults.add(rule);
        }
        Arc::new(faults)
    }

    /// Reads the rules of a TOML text.
    ///
    /// # Errors
    /// The first mistake in it, with its line and word.
    pub fn parse(text: &str) -> Result<Arc<Self>, Error> {
        file::parse(text).map(Self::new)
    }

    /// One more rule, from now on.
    pub fn add(&self, rule: Rule) {
        self.rules().push(Arc::new(Counted {
            rule,
            calls: AtomicU64::new(0),
        }));
    }

    /// Takes all rules away: from now on nothing is spoiled.
    pub fn take(&self) -> Vec<Rule> {
        let rules = std::mem::take(&mut *self.rules());
        rules.iter().map(|counted| counted.rule.clone()).collect()
    }

    /// How many calls have come.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// How many of them were spoiled.
    pub fn spoiled(&self) -> u64 {
        self.spoiled.load(Ordering::Relaxed)
    }

    /// Lays these rules over a router.
    pub fn over(self: &Arc<Self>, router: Router) -> Router {
        router.layer(from_fn_with_state(Arc::clone(self), meet))
    }

    /// What befalls this call, in the order of the rules, with the number of the call for each.
    fn next(&self, request: &Request) -> Vec<(u64, Action)> {
        let rules = self.rules().clone();
        let call = pattern::Target::of(request);
        let mut actions = Vec::new();
        let mut is_taken = false;
        for counted in rules.iter().filter(|counted| call.fits(&counted.rule)) {
            let is_next = matches!(counted.rule.when, When::Next(_));
            if is_next && is_taken {
                continue;
            }
            let number = counted.calls.fetch_add(1, Ordering::Relaxed) + 1;
            if counted.rule.when.holds(number) {
                is_taken |= is_next;
                actions.push((number, counted.rule.action.clone()));
            }
        }
        actions
    }

    fn rules(&self) -> MutexGuard<'_, Vec<Arc<Counted>>> {
        self.rules
            .lock()
            .expect("no thread panics while holding the rules")
    }
}

impl When {
    fn holds(self, number: u64) -> bool {
        match self {
            Self::Always => true,
            Self::Nth(nth) => number == nth,
            Self::Every(every) => every > 0 && number.is_multiple_of(every),
            Self::First(first) | Self::Next(first) => number <= first,
            Self::Chance { probability, seed } => fraction(seed, number) < probability,
        }
    }
}

/// A number from 0 to below 1 for the call with this number.
fn fraction(seed: u64, number: u64) -> f64 {
    // SplitMix64: calls next to each other have nothing to do with each other.
    let mut bits = seed.wrapping_add(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let high = u32::try_from((bits ^ (bits >> 31)) >> 32).unwrap_or(u32::MAX);
    f64::from(high) / (f64::from(u32::MAX) + 1.0)
}

/// Slowness first, then what is instead of the work, then the work, then what befalls its answer.
async fn meet(State(faults): State<Arc<Faults>>, mut request: Request, next: Next) -> Response {
    faults.calls.fetch_add(1, Ordering::Relaxed);
    let actions = faults.next(&request);
    if actions.is_empty() {
        return next.run(request).await;
    }
    faults.spoiled.fetch_add(1, Ordering::Relaxed);
    // Neither path nor query: they may hold secrets.
    tracing::info!(?actions, "spoiling a call");
    for (number, action) in &actions {
        match action {
            Action::Latency { least, most, seed } => {
                let more = most
                    .saturating_sub(*least)
                    .mul_f64(fraction(*seed, *number));
                tokio::time::sleep(*least + more).await;
            }
            Action::Hold(arrived, go) => {
                arrived.notify_one();
                go.notified().await;
            }
            _ => {}
        }
    }
    for (_, action) in &actions {
        match action {
            Action::TokenExpired => {
                if let Some(end) = ask::to_end_token(&request) {
                    next.clone().run(end).await;
                }
            }
            Action::ShortPages(most) => ask::for_fewer(&mut request, *most),
            _ => {}
        }
        if let Some(answer) = instead(action).await {
            return answer;
        }
    }
    let marker = ask::marker(&request);
    let mut response = next.run(request).await;
    for (_, action) in actions {
        response = match (action, &marker) {
            (Action::EmptyPage, Some(marker)) => {
                edited(response, |page| spoil::empty(page, marker)).await
            }
            (action, _) => after(action, response).await,
        };
    }
    response
}

/// The answer, if the work is not to be done.
async fn instead(action: &Action) -> Option<Response> {
    match action {
        Action::Status {
            status,
            code,
            retry_after,
            work: false,
        } => Some(spoil::error(*status, code, *retry_after)),
        Action::Answer {
            status,
            headers,
            body,
            work: false,
        } => Some(spoil::answer(*status, headers, body)),
        Action::ProxyPage(status) => Some(spoil::proxy_page(*status)),
        Action::DropBefore => Some(spoil::no_answer()),
        Action::TokenExpired => Some(spoil::error(403, "InvalidAccessToken", None)),
        Action::Silence => std::future::pending().await,
        _ => None,
    }
}

/// What becomes of the answer to work that was done.
async fn after(action: Action, response: Response) -> Response {
    match action {
        Action::Status {
            status,
            code,
            retry_after,
            work: true,
        } => spoil::error(status, &code, retry_after),
        Action::Answer {
            status,
            headers,
            body,
            work: true,
        } => spoil::answer(status, &headers, &body),
        Action::DropAfter => spoil::no_answer(),
        Action::Cut => spoil::cut(response).await,
        Action::ContentType(kind) => spoil::with_type(response, &kind),
        Action::Edit(edit) => edited(response, |value| edit(value)).await,
        Action::AllFailed(status) => {
            failed(response, |value| {
                spoil::fail_first(value, status, usize::MAX);
            })
            .await
        }
        Action::OneFailed(status) => {
            failed(response, |value| spoil::fail_first(value, status, 1)).await
        }
        Action::NullPaths => {
            edited(response, |value| {
                spoil::each_result(value, &mut |results| spoil::without_paths(results));
            })
            .await
        }
        Action::OnePending => edited(response, spoil::leave_one_pending).await,
        Action::StringIds => {
            edited(response, |value| {
                spoil::as_text(value, &["taskId", "recycledItemId"]);
            })
            .await
        }
        Action::StringStatuses => {
            edited(response, |value| spoil::as_text(value, &["status"])).await
        }
        Action::IdForTaskId => edited(response, |value| spoil::rename(value, "taskId", "id")).await,
        Action::NextMarker(marker) => edited(response, |value| spoil::respell(value, marker)).await,
        Action::Reordered => {
            edited(response, |value| {
                spoil::each_result(value, &mut |results| results.reverse());
            })
            .await
        }
        Action::ItemMissing => {
            edited(response, |value| {
                spoil::each_result(value, &mut |results| drop(results.pop()));
            })
            .await
        }
        Action::Status { work: false, .. }
        | Action::Answer { work: false, .. }
        | Action::ProxyPage(_)
        | Action::Latency { .. }
        | Action::DropBefore
        | Action::ShortPages(_)
        | Action::EmptyPage
        | Action::TokenExpired
        | Action::Silence
        | Action::Hold(..) => response,
    }
}

/// The answer to a batch that worked, as if some of it had not.
async fn failed(response: Response, edit: impl FnOnce(&mut Value)) -> Response {
    if !response.status().is_success() {
        return response;
    }
    let mut response = edited(response, edit).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::MULTI_STATUS;
    }
    response
}

/// The answer with its JSON changed; one that is no JSON stays as it is.
async fn edited(response: Response, edit: impl FnOnce(&mut Value)) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let Ok(mut value) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    edit(&mut value);
    parts.headers.remove("content-length");
    Response::from_parts(parts, Body::from(value.to_string()))
}
