//! One table of all endpoints: each wants a token, and each what it wants of the token's grants.
//! A new endpoint is one more line.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use jiff::Timestamp;
use mediasweep::server::{Albums, Config};
use reqwest::Method;
use serde_json::{Value, json};

use crate::service::{Answer, SECRET, Service};

/// Which grants are enough, each by itself.
#[derive(Clone, Copy)]
enum Needs {
    /// No grant at all.
    Any,
    /// These, `space_admin` and `admin`.
    Words(&'static [&'static str]),
    /// These and `admin`: it is about spaces themselves.
    Above(&'static [&'static str]),
}

/// The handler; the request, with places to fill in; the grants that it needs.
///
/// `{S}` a space, `{Q}` a space that has a quota, `{f}` and `{g}` files, `{d}` a directory with a
/// file, `{n}` a new name, `{r}` an item of the bin, `{k}` an upload that was begun, `{m}` one in parts, `{u}` one whose
/// bytes have come, `{i}` an inode, `{t}` a task, `{T}` one of the whole library, `{s}` a search, `{c}` a cursor, `{p}` a picture, `{P}`
/// one in the bin, `{h}` a file with an old version, `{v}` an old version.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str, &str, Needs)] = &[
    ("tenants::create", "POST", "space/local?space_id={n}", "{}", Needs::Above(&["create_space"])),
    ("tenants::list_all", "GET", "space/local", "", Needs::Any),
    ("tenants::list", "GET", "space/local/list", "", Needs::Any),
    ("tenants::count", "GET", "space/local/count", "", ADMIN),
    ("tenants::settings", "GET", "space/local/{S}/extension", "", Needs::Any),
    ("tenants::change", "POST", "space/local/{S}/extension", "{}", SPACE_ADMIN),
    ("tenants::delete", "DELETE", "space/local/{S}?force=1", "", Needs::Above(&["delete_space"])),
    ("spaces::limit_traffic", "POST", "space/local/{S}/traffic-limit", r#"{"downloadTrafficLimit":-1}"#, SPACE_ADMIN),
    ("spaces::size", "GET", "space/local/{S}/size", "", Needs::Any),
    ("spaces::file_count", "GET", "space/local/{S}/file-count", "", SPACE_ADMIN),
    ("spaces::library_usage", "GET", "usage/local", "", ADMIN),
    ("spaces::spaces_usage", "GET", "usage/local/{S}", "", ADMIN),
    ("spaces::sizes_by_tag", "GET", "stats/local/space-size", "", ADMIN),
    ("quota::create", "POST", "quota/local", r#"{"capacity":"100","spaces":["{S}"],"removeWhenExceed":false,"removeAfterDays":0}"#, ADMIN),
    ("quota::get", "GET", "quota/local/{Q}", "", ADMIN),
    ("quota::change", "PUT", "quota/local/{Q}", r#"{"capacity":"200"}"#, ADMIN),
    ("quota::of_space", "GET", "space-quota/local/{Q}", "", ADMIN),
    ("progress::of_space", "GET", "task/local/{S}/{t}", "", Needs::Any),
    ("progress::of_library", "GET", "task/local/{T}", "", Needs::Any),
    ("progress::result_of_space", "GET", "task-result/local/{S}/{t}", "", Needs::Any),
    ("progress::result_of_library", "GET", "task-result/local/{T}", "", Needs::Any),
    ("directory::stats", "GET", "directory/local/{S}/{d}?stats=1", "", Needs::Any),
    ("directory::info", "GET", "directory/local/{S}/{d}?info", "", Needs::Any),
    ("directory::list", "GET", "directory/local/{S}/{d}", "", Needs::Any),
    ("directory::exists", "HEAD", "directory/local/{S}/{d}", "", Needs::Any),
    ("directory::calibrate", "PUT", "directory/local/{S}/{d}?calibrate", "", SPACE_ADMIN),
    ("directory::put", "PUT", "directory/local/{S}/{n}", "", Needs::Words(&["create_directory"])),
    ("directory::put", "PUT", "directory/local/{S}/{n}", r#"{"from":"{d}"}"#, Needs::Words(&["move_directory"])),
    ("directory::put", "PUT", "directory/local/{S}/{n}", r#"{"copyFrom":"{d}"}"#, Needs::Words(&["copy_directory"])),
    ("directory::delete", "DELETE", "directory/local/{S}/{d}", "", Needs::Words(&["delete_directory"])),
    ("directory::delete", "DELETE", "directory/local/{S}/{d}?permanent=1", "", Needs::Words(&["delete_directory_permanent"])),
    ("update::update", "POST", "directory/local/{S}/{d}?update", r#"{"labels":["a"]}"#, SPACE_ADMIN),
    ("update::update", "POST", "file/local/{S}/{f}?update", r#"{"labels":["a"]}"#, SPACE_ADMIN),
    ("relocations::copy_directory_across", "PUT", "cross-space/directory/local/{S}/copy/{n}", r#"{"copyFrom":"{d}","copyFromSpaceId":"{S}"}"#, Needs::Words(&["copy_directory"])),
    ("album::cover", "GET", "album/local/{S}/cover/{d}", "", Needs::Any),
    ("file::put_virtual", "PUT", "file/local/{S}/{n}?virtual_file=1", "{}", BEGIN),
    ("file::put", "PUT", "file/local/{S}/{n}", "", BEGIN),
    ("file::put", "PUT", "file/local/{S}/{f}?conflict_resolution_strategy=overwrite", "", FORCE),
    ("file::put", "PUT", "file/local/{S}/{n}", r#"{"from":"{f}"}"#, Needs::Words(&["move_file", "move_file_force"])),
    ("file::put", "PUT", "file/local/{S}/{g}?conflict_resolution_strategy=overwrite", r#"{"from":"{f}"}"#, Needs::Words(&["move_file_force"])),
    ("file::put", "PUT", "file/local/{S}/{n}", r#"{"copyFrom":"{f}"}"#, Needs::Words(&["copy_file", "copy_file_force"])),
    ("file::put", "PUT", "file/local/{S}/{g}?conflict_resolution_strategy=overwrite", r#"{"copyFrom":"{f}"}"#, Needs::Words(&["copy_file_force"])),
    ("file::put", "PUT", "file/local/{S}/{n}", r#"{"linkTo":"{f}"}"#, Needs::Words(&["create_symlink", "create_symlink_force", "upload_file", "upload_file_force"])),
    ("file::put", "PUT", "file/local/{S}/{g}?conflict_resolution_strategy=overwrite", r#"{"linkTo":"{f}"}"#, Needs::Words(&["create_symlink_force", "upload_file_force"])),
    ("upload::confirm", "POST", "file/local/{S}/{u}?confirm", "", Needs::Words(&["upload_file", "upload_file_force", "confirm_upload"])),
    ("upload::renew", "POST", "file/local/{S}/{m}?renew", "", BEGIN),
    ("upload::begin_multipart", "POST", "file/local/{S}/{n}?multipart", "", BEGIN),
    ("upload::begin_multipart", "POST", "file/local/{S}/{f}?multipart&conflict_resolution_strategy=overwrite", "", FORCE),
    ("upload::begin_form", "POST", "file/local/{S}/{n}", "", BEGIN),
    ("upload::status", "GET", "file/local/{S}/{k}?upload", "", BEGIN),
    ("upload::cancel", "DELETE", "file/local/{S}/{k}?upload", "", BEGIN),
    ("file::info", "GET", "file/local/{S}/{f}?info", "", Needs::Any),
    ("preview::of_file", "GET", "file/local/{S}/{p}?preview", "", Needs::Any),
    ("file::download", "GET", "file/local/{S}/{f}", "", Needs::Any),
    ("file::exists", "HEAD", "file/local/{S}/{f}", "", Needs::Any),
    ("file::delete", "DELETE", "file/local/{S}/{f}", "", Needs::Words(&["delete_file"])),
    ("file::delete", "DELETE", "file/local/{S}/{f}?permanent=1", "", Needs::Words(&["delete_file_permanent"])),
    ("batch::delete", "POST", "batch/local/{S}?delete", r#"[{"path":"{f}"}]"#, Needs::Words(&["delete_file"])),
    ("batch::delete", "POST", "batch/local/{S}?delete", r#"[{"path":"{d}"}]"#, Needs::Words(&["delete_directory"])),
    ("batch::delete", "POST", "batch/local/{S}?delete", r#"[{"path":"{f}","permanent":true}]"#, Needs::Words(&["delete_file_permanent"])),
    ("batch::delete", "POST", "batch/local/{S}?delete", r#"[{"path":"{d}","permanent":true}]"#, Needs::Words(&["delete_directory_permanent"])),
    ("relocations::batch_copy", "POST", "batch/local/{S}?copy", r#"[{"copyFrom":"{f}","to":"{n}"}]"#, Needs::Words(&["copy_file", "copy_file_force"])),
    ("relocations::batch_copy", "POST", "batch/local/{S}?copy", r#"[{"copyFrom":"{f}","to":"{g}","conflictResolutionStrategy":"overwrite"}]"#, Needs::Words(&["copy_file_force"])),
    ("relocations::batch_copy", "POST", "batch/local/{S}?copy", r#"[{"copyFrom":"{d}","to":"{n}"}]"#, Needs::Words(&["copy_directory"])),
    ("relocations::batch_move", "POST", "batch/local/{S}?move", r#"[{"from":"{f}","to":"{n}"}]"#, Needs::Words(&["move_file", "move_file_force"])),
    ("relocations::batch_move", "POST", "batch/local/{S}?move", r#"[{"from":"{f}","to":"{g}","conflictResolutionStrategy":"overwrite"}]"#, Needs::Words(&["move_file_force"])),
    ("relocations::batch_move", "POST", "batch/local/{S}?move", r#"[{"from":"{d}","to":"{n}"}]"#, Needs::Words(&["move_directory"])),
    ("recycled::list", "GET", "recycled/local/{S}", "", Needs::Any),
    ("recycled::info", "GET", "recycled/local/{S}/{r}?info", "", Needs::Any),
    ("preview::of_recycled", "GET", "recycled/local/{S}/{P}?preview", "", Needs::Any),
    ("recycled::restore_one", "POST", "recycled/local/{S}/{r}?restore", "", RESTORE),
    ("recycled::restore_many", "POST", "recycled/local/{S}?restore", "[{r}]", RESTORE),
    ("recycled::purge_many", "POST", "recycled/local/{S}?delete", "[{r}]", PURGE),
    ("recycled::lifecycle", "POST", "recycled/local/{S}?lifecycle", r#"{"retentionDays":30}"#, SPACE_ADMIN),
    ("recycled::purge_one", "DELETE", "recycled/local/{S}/{r}", "", PURGE),
    ("recycled::empty", "DELETE", "recycled/local/{S}", "", PURGE),
    ("inode::get", "GET", "inode/local/{S}/{i}", "", Needs::Any),
    ("inode::deletion", "GET", "file-deletion-check/local/{S}/{i}", "", SPACE_ADMIN),
    ("history::rule", "GET", "directory-history/local/library-history", "", ADMIN),
    ("history::set_rule", "POST", "directory-history/local/library-history", "{}", ADMIN),
    ("history::clear", "DELETE", "directory-history/local/library-history", "", ADMIN),
    ("history::list", "GET", "directory-history/local/{S}/history-list/{h}", "", Needs::Any),
    ("history::delete", "POST", "directory-history/local/{S}/delete", "[{v}]", Needs::Words(&["delete_history"])),
    ("history::make_latest", "POST", "directory-history/local/{S}/latest-version/{v}", "", Needs::Words(&["set_history_latest"])),
    ("search::begin", "POST", "search/local/{S}/space-contents", r#"{"keyword":"x"}"#, Needs::Any),
    ("search::names::find", "POST", "search/local/{S}/search-fs", r#"{"keyword":"x"}"#, Needs::Any),
    ("search::stats::count", "POST", "search/local/{S}/search-fs-stats", r#"{"aggregations":[{"field":"size","operation":"sum"}]}"#, Needs::Any),
    ("search::more", "GET", "search/local/{S}/{s}", "", Needs::Any),
    ("search::end", "DELETE", "search/local/{S}/{s}", "", Needs::Any),
    ("favorite::change", "POST", "favorite/local/{S}", r#"{"path":"{f}"}"#, Needs::Any),
    ("favorite::list", "GET", "favorite/local/{S}/list", "", Needs::Any),
    ("recent::list", "POST", "recent/local/{S}/recently-used-file", "{}", Needs::Any),
    ("flat::list", "GET", "space/local/{S}/contents-view?filter=onlyFile", "", Needs::Any),
    ("delta::cursor", "GET", "fs-delta/local/{S}/cursor", "", Needs::Any),
    ("delta::delta", "GET", "fs-delta/local/{S}/delta?cursor={c}", "", Needs::Any),
];

/// What the protocol has and this service has not: any good token is told so.
#[rustfmt::skip]
const MISSING: &[(&str, &str)] = &[
    ("PUT", "file/local/-/a?convert"),
    ("POST", "file/local/-/a?uncompress"),
    ("GET", "file/local/-/a?zip-preview"),
    ("POST", "search/local/-/search-ai"),
    ("GET", "office/local/-/a"),
];

/// What wants a secret, or the token itself, in the request.
#[rustfmt::skip]
const TOKENS: &[(&str, &str, &str, u16, &str)] = &[
    ("accounts::create", "GET", "token", 400, "EmptyLibraryIdOrSecret"),
    ("accounts::create", "GET", "token?library_id=local&library_secret=x", 404, "WrongLibraryIdOrSecret"),
    ("accounts::renew", "POST", "token/local/acctkwrong", 403, "InvalidAccessToken"),
    ("accounts::delete", "DELETE", "token/local/acctkwrong", 204, ""),
    ("accounts::delete_of_users", "DELETE", "token/local?user_id=u1", 400, "EmptyLibrarySecret"),
    ("accounts::delete_of_users", "DELETE", "token/local?user_id=u1&library_secret=x", 404, "WrongLibraryIdOrSecret"),
];

const ADMIN: Needs = Needs::Above(&[]);
const SPACE_ADMIN: Needs = Needs::Words(&[]);
const BEGIN: Needs = Needs::Words(&[
    "upload_file",
    "upload_file_force",
    "begin_upload",
    "begin_upload_force",
]);
const FORCE: Needs = Needs::Words(&["upload_file_force", "begin_upload_force"]);
const RESTORE: Needs = Needs::Words(&["restore_recycled"]);
const PURGE: Needs = Needs::Words(&["delete_recycled"]);

/// All grants.
const GRANTS: &[&str] = &[
    "admin",
    "space_admin",
    "create_space",
    "delete_space",
    "create_directory",
    "delete_directory",
    "delete_directory_permanent",
    "move_directory",
    "copy_directory",
    "upload_file",
    "upload_file_force",
    "begin_upload",
    "begin_upload_force",
    "confirm_upload",
    "create_symlink",
    "create_symlink_force",
    "delete_file",
    "delete_file_permanent",
    "move_file",
    "move_file_force",
    "copy_file",
    "copy_file_force",
    "delete_recycled",
    "restore_recycled",
    "delete_history",
    "set_history_latest",
];

impl Needs {
    /// Each grant that is enough by itself.
    fn enough(self) -> Vec<&'static str> {
        match self {
            Self::Any => GRANTS.to_vec(),
            Self::Words(words) => [words, &["space_admin", "admin"]].concat(),
            Self::Above(words) => [words, &["admin"]].concat(),
        }
    }
}

static NEXT: AtomicU64 = AtomicU64::new(0);
static NOW: AtomicI64 = AtomicI64::new(1_800_000_000);
/// For the test in which tokens lapse.
static LATER: AtomicI64 = AtomicI64::new(1_800_000_000);

/// Some things can be done only once in some minutes.
const PAUSE: i64 = 11 * 60;

fn clock() -> Timestamp {
    Timestamp::from_second(NOW.load(Ordering::SeqCst)).unwrap()
}

/// A service in which an endpoint can be asked, with its space.
struct Bench {
    service: Service,
    has_many: bool,
}

/// Handlers whose name begins so, and the library in which they are asked.
type LibraryOf = (&'static [&'static str], fn(&mut Config));

const KINDS: [LibraryOf; 4] = [
    (&[], |_| {}),
    (
        &["tenants::", "quota::", "spaces::sizes_by_tag"],
        |config| config.multi_space = true,
    ),
    (&["album::"], |config| config.media = Some(Albums::One)),
    (
        &["history::list", "history::delete", "history::make_latest"],
        |_| {},
    ),
];

fn kind_of(handler: &str) -> usize {
    let begins = |(handlers, _): &LibraryOf| handlers.iter().any(|word| handler.starts_with(word));
    KINDS.iter().position(begins).unwrap_or(0)
}

impl Bench {
    async fn start(kind: usize, clock: fn() -> Timestamp) -> Self {
        let service = Service::start_with(|config| {
            config.clock = clock;
            KINDS[kind].1(config);
        })
        .await;
        if kind == 3 {
            let rule = json!({ "enableFileHistory": true, "mergeInterval": 0 });
            let path = "directory-history/local/library-history";
            assert_eq!(service.post(path, rule).await.status, 204);
        }
        Self {
            service,
            has_many: kind == 1,
        }
    }

    /// A token of a user, for a space if one is named.
    async fn token(&self, grant: &str, space: &str) -> String {
        let path = format!(
            "/api/v1/token?library_id=local&library_secret={SECRET}&grant={grant}&user_id=u1\
             &space_id={space}"
        );
        let answer = self.service.raw(Method::GET, &path, None).await.json();
        answer["accessToken"].as_str().unwrap().to_owned()
    }

    /// Makes what the places of a request speak of, anew for each request; gives the space too.
    async fn fill(&self, texts: [&str; 2]) -> ([String; 2], String) {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut texts = texts.map(str::to_owned);
        let mut space = String::new();
        for place in "SQfgdnrkmuitTscpPhv".chars() {
            let word = format!("{{{place}}}");
            if !texts.iter().any(|text| text.contains(&word)) {
                continue;
            }
            let name = format!("{}{number}", if place == 'P' { 'q' } else { place }).to_lowercase();
            let value = match place {
                'S' | 'Q' if !self.has_many => "-".to_owned(),
                'S' | 'Q' => {
                    space.clone_from(&name);
                    self.make_space(&name, place == 'Q').await;
                    name
                }
                _ => self.make(place, name).await,
            };
            texts = texts.map(|text| text.replace(&word, &value));
        }
        (texts, space)
    }

    async fn make_space(&self, name: &str, has_quota: bool) {
        let path = format!("space/local?space_id={name}");
        assert_eq!(self.service.post(&path, json!({})).await.status, 201);
        if has_quota {
            let body = json!({ "capacity": "100", "spaces": [name],
                               "removeWhenExceed": false, "removeAfterDays": 0 });
            assert_eq!(self.service.post("quota/local", body).await.status, 201);
        }
    }

    async fn make(&self, place: char, name: String) -> String {
        let service = &self.service;
        match place {
            'd' => {
                picture(service, &format!("{name}/x.png"));
                name
            }
            'p' => {
                picture(service, &format!("{name}.png"));
                format!("{name}.png")
            }
            'r' | 'P' => {
                picture(service, &format!("{name}.png"));
                let answer = service.delete(&format!("file/local/-/{name}.png")).await;
                answer.json()["recycledItemId"].to_string()
            }
            'n' => name,
            'k' => {
                let start = begin(service, &name).await;
                start["confirmKey"].as_str().unwrap().to_owned()
            }
            'm' => {
                let path = format!("file/local/-/{name}?multipart");
                text(&service.post(&path, json!({})).await.json(), "confirmKey")
            }
            'u' => {
                let start = begin(service, &name).await;
                send(service, &start, "x").await;
                start["confirmKey"].as_str().unwrap().to_owned()
            }
            'i' => {
                service.write(&name, "x");
                let path = format!("directory/local/-/{name}?info&with_inode=1");
                text(&service.get(&path).await.json(), "inode")
            }
            't' => {
                service.write(&format!("{name}/x"), "x");
                let path = format!("directory/local/-/{name}?calibrate");
                let answer = service.put(&path, Value::Null).await.json();
                let task = answer["taskId"].as_u64().unwrap();
                service.task(task).await;
                task.to_string()
            }
            'T' => {
                let path = "directory-history/local/library-history";
                text(&service.delete(path).await.json(), "taskId")
            }
            's' => {
                let body = json!({ "keyword": "x" });
                let path = "search/local/-/space-contents?user_id=u1";
                text(&service.post(path, body).await.json(), "searchId")
            }
            'c' => {
                let path = "fs-delta/local/-/cursor";
                text(&service.get(path).await.json(), "cursor")
            }
            'h' | 'v' => {
                for content in ["one", "two"] {
                    let over = format!("{name}?conflict_resolution_strategy=overwrite");
                    let start = begin(service, &over).await;
                    send(service, &start, content).await;
                    let key = start["confirmKey"].as_str().unwrap();
                    let path = format!("file/local/-/{key}?confirm");
                    assert_eq!(service.post(&path, json!({})).await.status, 200);
                }
                if place == 'h' {
                    return name;
                }
                let path = format!("directory-history/local/-/history-list/{name}");
                let page = service.get(&path).await.json();
                let versions = page["contents"].as_array().unwrap();
                let old = versions.iter().find_map(|item| item["id"].as_u64());
                old.unwrap().to_string()
            }
            _ => {
                service.write(&name, "x");
                name
            }
        }
    }

    /// Sends a line of the table with a token of this grant.
    async fn ask(&self, line: usize, grant: &str) -> Answer {
        NOW.fetch_add(PAUSE, Ordering::SeqCst);
        let (_, method, path, body, _) = TABLE[line];
        let ([path, body], space) = self.fill([path, body]).await;
        let token = self.token(grant, &space).await;
        raw(&self.service, method, &path, &body, &token).await
    }
}

fn text(answer: &Value, name: &str) -> String {
    let value = &answer[name];
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    }
}

fn picture(service: &Service, path: &str) {
    service.write(path, "");
    let picture = image::RgbImage::new(2, 2);
    picture.save(service.at(path)).unwrap();
}

async fn begin(service: &Service, path: &str) -> Value {
    let path = format!("file/local/-/{path}");
    service.put(&path, Value::Null).await.json()
}

async fn send(service: &Service, start: &Value, content: &'static str) {
    let path = start["path"].as_str().unwrap();
    let mut put = service.http().put(format!("{}{path}", service.url()));
    for (name, value) in start["headers"].as_object().unwrap() {
        put = put.header(name, value.as_str().unwrap());
    }
    assert_eq!(put.body(content).send().await.unwrap().status(), 200);
}

/// A request with a token; an empty one is not sent.
async fn raw(service: &Service, method: &str, path: &str, body: &str, token: &str) -> Answer {
    let mark = if path.contains('?') { '&' } else { '?' };
    let token = match token {
        "" => String::new(),
        token => format!("{mark}access_token={token}"),
    };
    let body = (!body.is_empty()).then(|| body.to_owned());
    let path = format!("/api/v1/{path}{token}");
    service.raw(method.parse().unwrap(), &path, body).await
}

/// The status and code of a refusal, also where it is that of the only item.
fn refusal(answer: &Answer) -> (u16, String) {
    if answer.status != 207 {
        return answer.code();
    }
    let item = &answer.json()["result"][0];
    let status = u16::try_from(item["status"].as_u64().unwrap()).unwrap();
    (status, item["code"].as_str().unwrap_or_default().to_owned())
}

/// A line of the table that nothing was made for: who has no good token does not learn that.
fn unfilled(path: &str, space: &str) -> String {
    let mut path = path.replace("{S}", space).replace("{Q}", space);
    while let (Some(from), Some(to)) = (path.find('{'), path.find('}')) {
        path.replace_range(from..=to, "1");
    }
    path
}

#[tokio::test]
async fn every_endpoint_wants_a_token_that_is_one() {
    let clock = || Timestamp::from_second(LATER.load(Ordering::SeqCst)).unwrap();
    let bench = Bench::start(0, clock).await;
    let expired = bench.token("admin", "").await;
    LATER.fetch_add(10 * 24 * 60 * 60, Ordering::SeqCst);
    let good = bench.token("admin", "").await;
    let all = TABLE.iter().map(|(_, method, path, ..)| (method, path));
    let missing = MISSING.iter().map(|(method, path)| (method, path));
    for (method, path) in all.chain(missing) {
        let path = unfilled(path, "-");
        let elsewhere = path.replacen("/local", "/elsewhere", 1);
        for (path, token, status, code) in [
            (&path, "", 400, "EmptyAccessToken"),
            (&path, "acctkwrong", 403, "InvalidAccessToken"),
            (&path, &*expired, 403, "InvalidAccessToken"),
            (&elsewhere, &*good, 404, "LibraryNotFound"),
        ] {
            let answer = raw(&bench.service, method, path, "", token).await;
            // An answer to HEAD has no body to hold a code.
            let code = if *method == "HEAD" { "" } else { code };
            assert_eq!(answer.code(), (status, code.into()), "{method} {path}");
        }
    }
    for (method, path) in MISSING {
        let answer = raw(&bench.service, method, path, "{}", &good).await;
        assert_eq!(answer.code(), (400, "FunctionNotEnabled".into()), "{path}");
    }
    for (_, method, path, status, code) in TOKENS {
        let answer = raw(&bench.service, method, path, "", "").await;
        assert_eq!(answer.code(), (*status, (*code).into()), "{method} {path}");
    }
}

#[tokio::test]
async fn every_endpoint_of_a_space_wants_a_token_for_that_space() {
    let bench = Bench::start(1, Timestamp::now).await;
    bench.make_space("one", false).await;
    bench.make_space("two", false).await;
    let other = bench.token("admin", "two").await;
    for (_, method, path, body, _) in TABLE {
        if !path.contains("/{S}") {
            continue;
        }
        let path = unfilled(path, "one");
        let answer = raw(&bench.service, method, &path, body, &other).await;
        let code = match *method {
            "HEAD" => "",
            _ => "AccessTokenNotMatchSpace",
        };
        assert_eq!(answer.code(), (403, code.into()), "{method} {path}");
    }
}

#[tokio::test]
async fn every_endpoint_wants_its_grant_and_no_other() {
    for kind in 0..KINDS.len() {
        let bench = Bench::start(kind, clock).await;
        for (line, (handler, method, path, body, needs)) in TABLE.iter().enumerate() {
            if kind_of(handler) != kind {
                continue;
            }
            let context = format!("{method} {path} {body}");
            let enough = needs.enough();
            let others: Vec<&str> = GRANTS
                .iter()
                .copied()
                .filter(|grant| !enough.contains(grant))
                .collect();
            if matches!(needs, Needs::Any) {
                let answer = bench.ask(line, "").await;
                assert!(answer.status < 400, "{context} without: {answer:?}");
                continue;
            }
            for refused in ["", &others.join(",")] {
                let said = refusal(&bench.ask(line, refused).await);
                let no = (403, "NoPermission".to_owned());
                assert_eq!(said, no, "{context} with '{refused}'");
            }
            for allowed in enough {
                let answer = bench.ask(line, allowed).await;
                let is_done = answer.status < 400 && answer.status != 207;
                assert!(is_done, "{context} with '{allowed}': {answer:?}");
            }
        }
    }
}

#[test]
fn every_endpoint_has_a_line() {
    let source = include_str!("../../../src/server/routes.rs");
    let (table, _) = source.split_once("fn tokens<F>").unwrap();
    let mut served = 0;
    let mut missing = 0;
    for about in ["space(", "library(", "tenant(", "tokens("] {
        for rest in table.split(about).skip(1) {
            let handler = rest.split(')').next().unwrap();
            if handler == "missing" {
                missing += 1;
                continue;
            }
            served += 1;
            let mut known = TABLE.iter().map(|(name, ..)| *name);
            let mut tokens = TOKENS.iter().map(|(name, ..)| *name);
            let is_there = known.any(|name| name == handler) || tokens.any(|name| name == handler);
            assert!(is_there, "{handler} has no line in the table of this file");
        }
    }
    assert_eq!(missing, MISSING.len(), "see the table of what is missing");
    let looks_otherwise = "the table of routes looks otherwise: adapt this test";
    assert!(served > 60, "{served}: {looks_otherwise}");
}
