//! Files up and down, broken off and gone on with, against the real service and its faults.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mediasweep::client::Client;
use mediasweep::client::content::Meter;
use mediasweep::domain::conflict::Strategy;
use mediasweep::domain::path::RemotePath;
use mediasweep::server::faults::Action;
use mediasweep::transfer::download::{Download, Downloaded, partial};
use mediasweep::transfer::upload::{Unfinished, Upload, Uploaded};
use mediasweep::transfer::{Policy, Stop, Stopper, Trouble, sum_of};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{TestService, edit, instead, path};

const MIB: usize = 1 << 20;

/// A local folder beside a service.
struct Desk {
    service: TestService,
    client: Client,
    local: TempDir,
    meter: Meter,
    policy: Policy,
    stopper: Stopper,
    stop: Stop,
    strategy: Strategy,
    kept: Option<Unfinished>,
}

impl Desk {
    async fn new() -> Self {
        let service = TestService::start().await;
        let (stopper, stop) = Stopper::new();
        Self {
            client: service.client(),
            service,
            local: tempfile::tempdir().unwrap(),
            meter: Meter::default(),
            policy: Policy {
                parts_from: 2 * MIB as u64,
                part_size: MIB as u64,
                ..Policy::default().without_pauses()
            },
            stopper,
            stop,
            strategy: Strategy::Ask,
            kept: None,
        }
    }

    fn local(&self, name: &str) -> PathBuf {
        self.local.path().join(name)
    }

    fn remote(&self, name: &str) -> PathBuf {
        self.service.root.path().join(name)
    }

    async fn put(&mut self, name: &str, to: &str) -> Result<Uploaded, Trouble> {
        let (local, remote) = (self.local(name), path(to));
        let before = self.kept.clone();
        let kept = &mut self.kept;
        let mut keep = |unfinished: Option<&Unfinished>| *kept = unfinished.cloned();
        Upload {
            client: &self.client,
            policy: &self.policy,
            local: &local,
            remote: &remote,
            strategy: self.strategy,
            meter: &self.meter,
            stop: &self.stop,
        }
        .run(before, &mut keep)
        .await
    }

    async fn get(&self, from: &str, name: &str) -> Result<Downloaded, Trouble> {
        let (remote, local): (RemotePath, PathBuf) = (path(from), self.local(name));
        Download {
            client: &self.client,
            policy: &self.policy,
            remote: &remote,
            local: &local,
            strategy: self.strategy,
            meter: &self.meter,
            stop: &self.stop,
        }
        .run()
        .await
    }

    fn spoil(&self, method: &str, times: u64, action: Action) {
        self.service
            .faults
            .add_outside(method, "/cos/**", times, action);
    }
}

/// Bytes that are nowhere the same.
fn content(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn same(one: &Path, other: &Path) {
    assert!(fs::read(one).unwrap() == fs::read(other).unwrap());
}

#[tokio::test]
async fn small_empty_and_large_files_go_up_and_come_down_unaltered() {
    let mut desk = Desk::new().await;
    let large = 3 * MIB + 7;
    for (name, length) in [("empty", 0), ("杭州 50%", 11), ("a\n\u{1b}[31m", large)] {
        fs::write(desk.local(name), content(length)).unwrap();
        let up = desk.put(name, name).await.unwrap();
        assert_eq!((up.path, up.size), (path(name), length as u64));
        same(&desk.local(name), &desk.remote(name));
        let copy = format!("{name}.copy");
        let down = desk.get(name, &copy).await.unwrap();
        assert_eq!((down.crc64, down.is_checked), (up.crc64, true));
        assert_eq!(down.path, desk.local(&copy));
        same(&desk.local(name), &desk.local(&copy));
        assert_eq!(sum_of(&down.path).await.unwrap(), (up.crc64, up.size));
        assert!(!partial(&down.path).exists());
        assert_eq!(desk.kept, None);
    }
    assert_eq!(desk.meter.bytes(), 2 * (11 + large as u64));
    // Times go along, to the second at least.
    let time = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    let apart = time(&desk.remote("empty")).duration_since(time(&desk.local("empty.copy")));
    assert!(apart.unwrap() < Duration::from_secs(1));
    desk.service.stop().await;
}

#[tokio::test]
async fn an_upload_goes_on_with_the_parts_that_are_missing() {
    let mut desk = Desk::new().await;
    desk.policy.parts_at_once = 1;
    desk.policy.tries = 1;
    fs::write(desk.local("big"), content(5 * MIB + 1)).unwrap();
    desk.service.faults.add_outside(
        "PUT",
        "/cos/**",
        2,
        Action::Latency {
            least: Duration::ZERO,
            most: Duration::ZERO,
            seed: 1,
        },
    );
    desk.spoil("PUT", 1, Action::DropBefore);
    assert!(matches!(
        desk.put("big", "big").await,
        Err(Trouble::Service(_))
    ));
    let sent = desk.meter.bytes();
    assert_eq!(sent, 2 * MIB as u64);
    assert!(!desk.remote("big").exists());
    // Kept as text, as another process reads it.
    let text = serde_json::to_string(desk.kept.as_ref().unwrap()).unwrap();
    desk.kept = serde_json::from_str(&text).unwrap();
    let up = desk.put("big", "big").await.unwrap();
    assert_eq!(up.kept, sent);
    assert_eq!(desk.meter.bytes(), up.size);
    assert_eq!(desk.service.faults.count("POST multipart"), 1);
    same(&desk.local("big"), &desk.remote("big"));
    assert_eq!(desk.kept, None);
    desk.service.stop().await;
}

#[tokio::test]
async fn parts_that_break_off_or_lapse_are_sent_again() {
    let mut desk = Desk::new().await;
    fs::write(desk.local("big"), content(4 * MIB)).unwrap();
    desk.spoil("PUT", 2, Action::DropAfter);
    desk.spoil("PUT", 1, instead(403, &[], "<Code>AccessDenied</Code>"));
    desk.spoil("PUT", 1, instead(503, &[], ""));
    let up = desk.put("big", "big").await.unwrap();
    assert_eq!(up.size, 4 * MIB as u64);
    same(&desk.local("big"), &desk.remote("big"));
    assert_eq!(desk.meter.bytes(), up.size);
    assert!(desk.service.faults.count("POST renew") >= 1);
    // A small one is begun anew.
    fs::write(desk.local("small"), content(9)).unwrap();
    desk.spoil("PUT", 1, instead(403, &[], "<Code>AccessDenied</Code>"));
    desk.put("small", "small").await.unwrap();
    same(&desk.local("small"), &desk.remote("small"));
    desk.service.stop().await;
}

#[tokio::test]
async fn parts_that_are_signed_one_by_one_are_asked_for_one_by_one() {
    let mut desk = Desk::new().await;
    fs::write(desk.local("big"), content(4 * MIB)).unwrap();
    let unsigned = || edit(|place| place["headers"] = json!({}));
    let faults = &desk.service.faults;
    faults.add("POST /file/ multipart", 1, unsigned());
    faults.add("POST /file/ renew", 99, unsigned());
    desk.put("big", "big").await.unwrap();
    let faults = &desk.service.faults;
    assert_eq!(faults.answered("200 PUT"), 4);
    // A part that is refused because another one is just being signed asks again.
    assert_eq!(faults.count("POST renew"), faults.count("PUT"));
    same(&desk.local("big"), &desk.remote("big"));
    desk.service.stop().await;
}

#[tokio::test]
async fn another_local_file_starts_anew_and_the_old_parts_are_given_up() {
    let mut desk = Desk::new().await;
    desk.policy.tries = 1;
    desk.policy.parts_at_once = 1;
    fs::write(desk.local("big"), content(3 * MIB)).unwrap();
    desk.spoil("PUT", 1, Action::DropBefore);
    desk.put("big", "big").await.unwrap_err();
    assert!(desk.kept.is_some());
    fs::write(desk.local("big"), content(4 * MIB)).unwrap();
    let up = desk.put("big", "big").await.unwrap();
    assert_eq!((up.kept, up.size), (0, 4 * MIB as u64));
    assert_eq!(desk.service.faults.count("DELETE upload"), 1);
    same(&desk.local("big"), &desk.remote("big"));
    // Nor does what makes no sense spoil anything.
    let nonsense =
        r#"{"key":"x","stamp":{"size":4194304,"modified":null},"part_size":0,"done":{}}"#;
    desk.kept = serde_json::from_str(nonsense).unwrap();
    fs::write(desk.local("odd"), content(4 * MIB)).unwrap();
    desk.put("odd", "odd").await.unwrap();
    // One that the service does not know any more is begun anew.
    fs::write(desk.local("more"), content(3 * MIB)).unwrap();
    desk.spoil("PUT", 1, Action::DropBefore);
    desk.put("more", "more").await.unwrap_err();
    let gone = instead(404, &[], r#"{"code":"ConfirmKeyNotFound"}"#);
    desk.service.faults.add("GET /file/ upload", 1, gone);
    desk.put("more", "more").await.unwrap();
    same(&desk.local("more"), &desk.remote("more"));
    desk.service.stop().await;
}

#[tokio::test]
async fn an_unclear_confirmation_is_looked_at_and_not_repeated() {
    let mut desk = Desk::new().await;
    for (name, length) in [("small", 5), ("big", 3 * MIB)] {
        fs::write(desk.local(name), content(length)).unwrap();
        desk.strategy = Strategy::Rename;
        desk.service
            .faults
            .add("POST /file/ confirm", 1, Action::DropAfter);
        let before = desk.service.faults.count("POST confirm");
        let up = desk.put(name, name).await.unwrap();
        assert_eq!(up.path, path(name));
        assert_eq!(desk.service.faults.count("POST confirm") - before, 1);
        same(&desk.local(name), &desk.remote(name));
        assert!(!desk.remote(&format!("{name} (1)")).exists());
    }
    desk.service.stop().await;
}

#[tokio::test]
async fn what_was_confirmed_before_a_sudden_end_is_found_or_sent_again() {
    let mut desk = Desk::new().await;
    fs::write(desk.local("big"), content(3 * MIB)).unwrap();
    desk.policy.tries = 1;
    let refused = || instead(400, &[], r#"{"code":"QuotaLimitReached","message":"x"}"#);
    desk.service.faults.add("POST /file/ confirm", 1, refused());
    desk.put("big", "big").await.unwrap_err();
    let kept = desk.kept.clone();
    assert!(kept.is_some());
    desk.put("big", "big").await.unwrap();
    let sent = desk.meter.bytes();
    // As if the end of it had not been noted.
    desk.kept.clone_from(&kept);
    let up = desk.put("big", "big").await.unwrap();
    assert_eq!((up.path, up.kept), (path("big"), 3 * MIB as u64));
    assert_eq!((desk.meter.bytes(), &desk.kept), (sent, &None));
    fs::remove_file(desk.remote("big")).unwrap();
    desk.kept = kept;
    desk.put("big", "big").await.unwrap();
    assert_eq!(desk.meter.bytes(), 2 * sent);
    same(&desk.local("big"), &desk.remote("big"));
    desk.service.stop().await;
}

#[tokio::test]
async fn other_bytes_at_the_service_are_told_and_deleted_by_nobody() {
    let mut desk = Desk::new().await;
    fs::write(desk.local("a"), b"hello world").unwrap();
    let spoiled = edit(|file| file["crc64"] = json!("1"));
    desk.service.faults.add("POST /file/ confirm", 1, spoiled);
    let told = desk.put("a", "a").await.unwrap_err();
    assert!(matches!(told, Trouble::Mismatch { found: 1, .. }), "{told}");
    assert!(desk.remote("a").exists());
    // The other way round the bytes stay aside.
    let spoiled = edit(|info| info["crc64"] = json!("1"));
    desk.service.faults.add("GET /file/ info", 1, spoiled);
    let told = desk.get("a", "b").await.unwrap_err();
    assert!(
        matches!(told, Trouble::Mismatch { wanted: 1, .. }),
        "{told}"
    );
    assert!(!desk.local("b").exists() && partial(&desk.local("b")).exists());
    desk.get("a", "b").await.unwrap();
    assert!(!partial(&desk.local("b")).exists());
    desk.service.stop().await;
}

#[tokio::test]
async fn names_that_are_taken_stay_as_they_are_unless_told() {
    let mut desk = Desk::new().await;
    fs::write(desk.local("new"), b"new").unwrap();
    fs::write(desk.remote("old"), b"old").unwrap();
    assert!(matches!(desk.put("new", "old").await, Err(Trouble::Taken)));
    fs::write(desk.local("there"), b"there").unwrap();
    assert!(matches!(
        desk.get("old", "there").await,
        Err(Trouble::Taken)
    ));
    assert_eq!(desk.meter.bytes(), 0);
    desk.strategy = Strategy::Rename;
    assert_eq!(desk.put("new", "old").await.unwrap().path, path("old (1)"));
    let down = desk.get("old", "there").await.unwrap();
    assert_eq!(down.path, desk.local("there (1)"));
    assert_eq!(fs::read(desk.remote("old")).unwrap(), b"old");
    assert_eq!(fs::read(desk.local("there")).unwrap(), b"there");
    desk.strategy = Strategy::Overwrite;
    assert!(desk.put("new", "old").await.unwrap().is_overwritten);
    assert_eq!(fs::read(desk.remote("old")).unwrap(), b"new");
    desk.get("old", "there").await.unwrap();
    assert_eq!(fs::read(desk.local("there")).unwrap(), b"new");
    fs::create_dir(desk.local("dir")).unwrap();
    assert!(matches!(desk.get("old", "dir").await, Err(Trouble::Taken)));
    assert!(matches!(
        desk.put("dir", "old").await,
        Err(Trouble::NotAFile)
    ));
    desk.service.stop().await;
}

#[tokio::test]
async fn a_download_goes_on_from_its_partial_file() {
    let desk = Desk::new().await;
    let bytes = content(4 * MIB);
    fs::write(desk.remote("big"), &bytes).unwrap();
    fs::write(partial(&desk.local("big")), &bytes[..3 * MIB]).unwrap();
    let down = desk.get("big", "big").await.unwrap();
    assert_eq!(down.kept, 3 * MIB as u64);
    assert_eq!(desk.meter.bytes(), MIB as u64);
    same(&desk.local("big"), &desk.remote("big"));
    // One of another content is no use, whatever its length.
    for length in [10, 4 * MIB, 5 * MIB] {
        let name = format!("big{length}");
        fs::write(partial(&desk.local(&name)), vec![0; length]).unwrap();
        let down = desk.get("big", &name).await.unwrap();
        assert_eq!(down.kept, 0);
        same(&desk.local(&name), &desk.remote("big"));
    }
    desk.service.stop().await;
}

#[tokio::test]
async fn a_download_outlives_cuts_and_lapsed_urls() {
    let desk = Desk::new().await;
    fs::write(desk.remote("big"), content(6 * MIB)).unwrap();
    desk.spoil("GET", 3, Action::Cut);
    desk.spoil("GET", 1, instead(403, &[], "<Code>AccessDenied</Code>"));
    desk.spoil(
        "GET",
        1,
        instead(412, &[], "<Code>PreconditionFailed</Code>"),
    );
    let down = desk.get("big", "big").await.unwrap();
    same(&down.path, &desk.remote("big"));
    desk.service.stop().await;
}

#[tokio::test]
async fn what_changes_meanwhile_is_not_mixed() {
    let desk = Desk::new().await;
    fs::write(desk.remote("big"), content(4 * MIB)).unwrap();
    fs::write(partial(&desk.local("big")), &content(4 * MIB)[..2 * MIB]).unwrap();
    let mut other = content(4 * MIB);
    other.reverse();
    fs::write(desk.remote("big"), &other).unwrap();
    desk.get("big", "big").await.unwrap();
    assert!(fs::read(desk.local("big")).unwrap() == other);
    desk.service.stop().await;
}

#[tokio::test]
async fn two_downloads_to_one_place_do_not_spoil_each_other() {
    let desk = Desk::new().await;
    fs::write(desk.remote("big"), content(MIB)).unwrap();
    let held = fs::File::create(partial(&desk.local("big"))).unwrap();
    held.lock().unwrap();
    assert!(matches!(desk.get("big", "big").await, Err(Trouble::Busy)));
    drop(held);
    desk.get("big", "big").await.unwrap();
    desk.service.stop().await;
}

#[tokio::test]
async fn a_stop_leaves_bytes_on_the_way_and_the_next_try_goes_on() {
    let mut desk = Desk::new().await;
    fs::write(desk.local("big"), content(3 * MIB)).unwrap();
    desk.spoil("PUT", 99, Action::Silence);
    desk.stopper.stop();
    assert!(matches!(
        desk.put("big", "big").await,
        Err(Trouble::Stopped)
    ));
    fs::write(desk.remote("there"), content(MIB)).unwrap();
    assert!(matches!(
        desk.get("there", "there").await,
        Err(Trouble::Stopped)
    ));
    assert!(desk.stop.is_wanted() && desk.kept.is_some());
    desk.service.stop().await;
}

#[tokio::test]
async fn whatever_goes_wrong_the_bytes_arrive_once_and_whole() {
    for seed in 0..5 {
        let mut desk = Desk::new().await;
        desk.policy.tries = 3;
        let proxy = || instead(502, &[], "<html>Bad Gateway</html>");
        for (n, action) in [
            Action::DropBefore,
            Action::DropAfter,
            Action::Cut,
            proxy(),
            instead(
                503,
                &[("retry-after", "0")],
                r#"{"code":"ServerOverloaded"}"#,
            ),
        ]
        .into_iter()
        .enumerate()
        {
            let faults = &desk.service.faults;
            faults.add_by_chance("file/**", seed * 100 + n as u64, action.clone());
            faults.add_by_chance("/cos/**", seed * 200 + n as u64, action);
        }
        let sizes = [0, 1, 1000, MIB - 1, 2 * MIB, 3 * MIB + 5, 5 * MIB];
        for (n, size) in sizes.into_iter().enumerate() {
            let (name, copy) = (n.to_string(), format!("{n}.copy"));
            fs::write(desk.local(&name), content(size)).unwrap();
            let mut tries = 0;
            // As a person would: the same again, until it is there.
            while let Err(trouble) = desk.put(&name, &name).await {
                if matches!(trouble, Trouble::Taken) {
                    break;
                }
                assert!(trouble.failure().can_retry(), "{trouble}");
                tries += 1;
                assert!(tries < 50, "{trouble}");
            }
            desk.kept = None;
            same(&desk.local(&name), &desk.remote(&name));
            while let Err(trouble) = desk.get(&name, &copy).await {
                assert!(trouble.failure().can_retry(), "{trouble}");
                tries += 1;
                assert!(tries < 50, "{trouble}");
            }
            same(&desk.local(&name), &desk.local(&copy));
        }
        let count = |root: &Path| {
            let entries = fs::read_dir(root).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name());
            names.filter(|name| name != ".mediasweep").count()
        };
        assert_eq!(count(desk.service.root.path()), sizes.len());
        assert_eq!(count(desk.local.path()), 2 * sizes.len());
        desk.service.stop().await;
    }
}
