//! The wire shapes held to the documents' examples: read, and written again as they were.

use mediasweep::protocol::batch::{Answer, Delete};
use mediasweep::protocol::directory::{Entry, Page, Type};
use mediasweep::protocol::fault::Fault;
use mediasweep::protocol::file::{UploadPlace, UploadStart, UploadStatus, Uploaded};
use mediasweep::protocol::recycle;
use mediasweep::protocol::space::{Size, SpaceUsage, Usage};
use mediasweep::protocol::task::Task;
use mediasweep::protocol::token::Token;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Reads a text, writes it again and compares.
#[track_caller]
fn round_trip<T: DeserializeOwned + Serialize>(text: &str) -> T {
    let value: T = serde_json::from_str(text).unwrap();
    let before: Value = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_value(&value).unwrap(), before);
    value
}

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

#[test]
fn a_batch_delete_and_its_answer_are_as_in_part_a_9_1() {
    let items: Vec<Delete> =
        serde_json::from_str(include_str!("golden/batch-delete-request.json")).unwrap();
    assert_eq!(
        items.iter().map(|item| item.permanent).collect::<Vec<_>>(),
        [false, false, true]
    );
    let answer: Answer = round_trip(include_str!("golden/batch-delete-answer.json"));
    let result = answer.result.unwrap();
    let ids: Vec<_> = result
        .iter()
        .map(|item| {
            item.recycled_item_id
                .as_ref()
                .map(|id| id.as_str().to_owned())
        })
        .collect();
    assert_eq!(ids, [Some("5001".into()), Some("5002".into()), None]);
    assert_eq!(
        result.iter().map(|item| item.status).collect::<Vec<_>>(),
        [200, 200, 204]
    );
}

#[test]
fn a_task_answer_is_as_in_part_a_7_1() {
    let tasks: Vec<Task> = round_trip(include_str!("golden/tasks.json"));
    assert_eq!(tasks[0].status, 207);
    let result = tasks[0].result.as_ref().unwrap();
    assert_eq!(result[1].code.as_deref(), Some("PathNotFound"));
    assert_eq!((tasks[1].status, &tasks[1].result), (202, &None));
}

#[test]
fn ids_and_statuses_may_be_text_and_a_result_one_object() {
    let task: Task = read(json!({ "id": "881", "status": "200",
        "result": { "status": "204", "path": ["a"], "recycledItemId": null } }));
    assert_eq!(task.task_id.unwrap().as_str(), "881");
    let result = task.result.unwrap();
    assert_eq!((task.status, result[0].status), (200, 204));
    assert_eq!(result[0].recycled_item_id, None);
    let answer: Answer = read(json!({ "taskId": "18446744073709551615" }));
    assert_eq!(answer.task_id.unwrap().as_str(), "18446744073709551615");
    let answer: Answer = read(json!({ "id": 7 }));
    assert_eq!(answer.task_id.unwrap().as_str(), "7");
}

#[test]
fn a_listing_is_as_in_part_b_appendix_a() {
    let page: Page = round_trip(include_str!("golden/listing.json"));
    assert_eq!(page.path, ["photos", "2024"]);
    let kinds: Vec<_> = page
        .contents
        .iter()
        .map(|entry| entry.kind.clone())
        .collect();
    assert_eq!(kinds, [Type::Dir, Type::File, Type::Symlink]);
    let file = &page.contents[1];
    assert_eq!(
        (file.size, file.crc64),
        (Some(1_048_576), Some(6_947_770_692_288_575_170))
    );
    assert_eq!(
        file.e_tag.as_deref(),
        Some("\"0f343b0931126a20f133d67c2b018a3b\"")
    );
}

#[test]
fn the_end_of_a_listing_is_told_in_three_ways() {
    let next = |value: Value| {
        read::<Page>(value)
            .next_marker
            .map(|marker| marker.to_string())
    };
    assert_eq!(next(json!({ "contents": [] })), None);
    assert_eq!(next(json!({ "contents": [], "nextMarker": null })), None);
    assert_eq!(next(json!({ "contents": [], "nextMarker": "" })), None);
    assert_eq!(
        next(json!({ "contents": [], "nextMarker": 4096 })),
        Some("4096".into())
    );
    assert_eq!(
        next(json!({ "contents": [], "nextMarker": "eyJ0" })),
        Some("eyJ0".into())
    );
}

#[test]
fn unknown_types_are_kept_and_unknown_fields_do_not_matter() {
    let entry: Entry = read(json!({ "name": "x", "type": "hologram", "size": 5, "newField": {} }));
    assert_eq!(
        (entry.kind.clone(), entry.size),
        (Type::Other("hologram".into()), Some(5))
    );
    assert_eq!(serde_json::to_value(&entry).unwrap()["type"], "hologram");
}

#[test]
fn the_bin_is_as_in_part_a_8_1() {
    let text = include_str!("golden/recycled.json");
    let page: recycle::Page = serde_json::from_str(text).unwrap();
    assert_eq!(page.next_marker.unwrap().as_str(), "4096");
    let item = &page.contents[0];
    assert_eq!(item.original_path, ["docs", "old.txt"]);
    assert_eq!(
        (item.size, item.remaining_time.as_ref().unwrap().as_str()),
        (Some(1_048_576), "29")
    );
    let written = serde_json::to_value(item).unwrap();
    assert_eq!(written["removalTime"], "2026-02-01T00:00:00.000Z");
    assert_eq!(written["size"], "1048576");
    assert_eq!(written["recycledItemId"], 5001);
}

#[test]
fn small_answers_come_back_as_they_were() {
    let token: Token = round_trip(r#"{"accessToken":"acctk0123","expiresIn":86400}"#);
    assert_eq!(token.expires_in, 86_400);
    round_trip::<Size>(r#"{"size":"1234"}"#);
    round_trip::<Usage>(r#"{"totalFileSize":"1234"}"#);
    round_trip::<Vec<SpaceUsage>>(
        r#"[{"spaceId":"-","capacity":null,"availableSpace":null,"size":"8"}]"#,
    );
    let fault: Fault =
        round_trip(r#"{"code":"DirectoryNotFound","message":"…","requestId":"0f3c"}"#);
    assert_eq!(fault.code, "DirectoryNotFound");
    let bare: Fault = read(json!({ "code": "RateLimitExceeded" }));
    assert_eq!(bare.message, "");
}

#[test]
fn an_upload_is_as_in_part_b_appendix_a() {
    let start: UploadStart = round_trip(include_str!("golden/upload-start.json"));
    assert_eq!(start.headers["x-cos-security-token"], "…");
    let file: Uploaded = round_trip(include_str!("golden/uploaded.json"));
    assert_eq!(file.path.unwrap(), ["up.bin"]);
    let lost: Uploaded = read(json!({ "path": null, "name": "up.bin", "type": "file" }));
    assert_eq!(lost.path, None);
}

#[test]
fn places_of_uploads_are_read_as_services_of_all_ages_give_them() {
    let public: UploadPlace = read(json!({
        "domain": "bucket.cos.example", "path": "/smhlib01/k1", "uploadId": "u1",
        "headers": {"Authorization": "x"}, "confirmKey": "ck1",
        "expiration": "2024-05-01T10:00:00.000Z", "availableDomainNum": 3,
    }));
    assert_eq!(public.upload_id.as_deref(), Some("u1"));
    assert_eq!(public.headers.unwrap().len(), 1);
    let private: UploadPlace = read(json!({
        "domain": "h:8080", "path": "/k", "parts": {"1": {"headers": {"a": "b"}}},
    }));
    assert_eq!(private.parts.unwrap()["1"].headers["a"], "b");
    assert!(private.confirm_key.is_none() && private.headers.is_none());
}

#[test]
fn the_status_of_an_upload_is_as_in_part_b_4_5() {
    let status: UploadStatus = read(json!({
        "confirmed": false, "path": null, "type": "file", "uploadId": "u1",
        "parts": [{"PartNumber": 2, "Size": 1_048_576, "ETag": "x"}, {"PartNumber": "3", "Size": "5"}],
    }));
    let parts: Vec<_> = status.parts.unwrap();
    let read: Vec<_> = parts
        .iter()
        .map(|part| (part.part_number, part.size))
        .collect();
    assert_eq!(read, [(Some(2), Some(1_048_576)), (Some(3), Some(5))]);
    assert!(!status.confirmed && status.path.is_none());
}
