//! Searches (part B section 7).

use serde_json::{Value, json};

use crate::service::Service;

const CLASSIC: &str = "search/local/-/space-contents";
const NEW: &str = "search/local/-/search-fs";
const STATS: &str = "search/local/-/search-fs-stats";

async fn example() -> Service {
    let service = Service::start().await;
    for (path, content) in [
        ("raw/杭州 Trip.JPG", "123"),
        ("raw/trip.mov", "12345"),
        ("raw/deep/TRIP report.docx", "1234567"),
        ("raw/trip/a.txt", "1"),
        ("keep/杭州.png", "12"),
        ("ÄRGER.pdf", "1234"),
        (".mediasweep/trip", "x"),
    ] {
        service.write(path, content);
    }
    service
}

fn paths(page: &Value) -> Vec<String> {
    let entries = page["contents"].as_array().unwrap().iter();
    let path = |entry: &Value| {
        let names = entry["path"].as_array().unwrap().iter();
        let names: Vec<_> = names.map(|name| name.as_str().unwrap()).collect();
        names.join("/")
    };
    entries.map(path).collect()
}

fn names(page: &Value) -> Vec<&str> {
    let entries = page["contents"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["name"].as_str().unwrap())
        .collect()
}

async fn found(service: &Service, body: Value) -> Vec<String> {
    let page = service.post(CLASSIC, body).await.json();
    assert_eq!(page["searchFinished"], true);
    assert_eq!(page["hasMore"], false);
    assert_eq!(page.get("nextMarker"), None);
    paths(&page)
}

#[tokio::test]
async fn a_search_finds_by_words_types_sizes_and_times() {
    let service = example().await;
    let trips = [
        "raw/deep/TRIP report.docx",
        "raw/trip",
        "raw/trip.mov",
        "raw/杭州 Trip.JPG",
    ];
    for (body, expected) in [
        (json!({ "keyword": "trip" }), &trips[..]),
        (
            json!({ "keyword": "杭州 trip", "type": "image" }),
            &["raw/杭州 Trip.JPG", "keep/杭州.png"],
        ),
        (json!({ "keyword": "ärger" }), &["ÄRGER.pdf"]),
        (json!({ "keyword": "trip", "type": ["dir"] }), &["raw/trip"]),
        (
            json!({ "keyword": "trip", "type": ["!dir", "!word"] }),
            &["raw/trip.mov", "raw/杭州 Trip.JPG"],
        ),
        (
            json!({ "type": ["doc", "pdf"], "orderBy": "size", "orderByType": "desc" }),
            &["raw/deep/TRIP report.docx", "ÄRGER.pdf"],
        ),
        (
            json!({ "extname": [".jpg", "png"], "orderBy": "name", "orderByType": "desc" }),
            &["keep/杭州.png", "raw/杭州 Trip.JPG"],
        ),
        (
            json!({ "minFileSize": 3, "maxFileSize": 4, "orderBy": "size" }),
            &["raw/杭州 Trip.JPG", "ÄRGER.pdf"],
        ),
        (
            json!({ "scope": "/raw/deep/", "creators": [], "tags": [] }),
            &["raw/deep/TRIP report.docx"],
        ),
        (
            json!({ "keyword": "trip", "modificationTimeEnd": "2001-01-01T00:00:00Z" }),
            &[],
        ),
        (
            json!({
                "keyword": "ärger", "modificationTimeStart": "2001-01-01", "searchMode": "fast",
            }),
            &["ÄRGER.pdf"],
        ),
        (json!({ "keyword": "trip", "labels": ["red"] }), &[]),
    ] {
        assert_eq!(found(&service, body.clone()).await, expected, "{body}");
    }
}

#[tokio::test]
async fn each_word_of_the_types_is_known() {
    let service = Service::start().await;
    for (name, words) in [
        ("a.docx", "doc word"),
        ("a.xlsx", "xls excel"),
        ("a.pptx", "ppt powerpoint"),
        ("a.txt", "txt text"),
        ("a.pdf", "pdf"),
        ("a.jpg", "image"),
        ("a.mp4", "video"),
        ("a.mp3", "audio"),
    ] {
        service.write(name, "x");
        for word in words.split(' ') {
            assert_eq!(
                found(&service, json!({ "type": word })).await,
                [name],
                "{word}"
            );
            let others = found(&service, json!({ "type": format!("!{word}") })).await;
            assert!(!others.contains(&name.to_owned()), "{word}");
        }
    }
    assert_eq!(found(&service, json!({ "type": "all" })).await.len(), 8);
    assert_eq!(found(&service, json!({ "type": "file" })).await.len(), 8);
}

#[tokio::test]
async fn pages_have_twenty_entries_and_stay_as_they_were() {
    let service = Service::start().await;
    for number in 0..50 {
        service.write(&format!("d/hit{number:02}"), "x");
    }
    let query = "?with_inode=1&with_favorite_status=1";
    let first = service
        .post(&format!("{CLASSIC}{query}"), json!({ "keyword": "hit" }))
        .await
        .json();
    assert_eq!(first["nextMarker"], 20);
    assert_eq!(first["hasMore"], true);
    assert_eq!(first["contents"][0]["isFavorite"], false);
    assert_eq!(first["contents"][0]["inode"].as_str().unwrap().len(), 32);
    let id = first["searchId"].as_str().unwrap();
    let page = async |marker: &str| {
        let path = format!("search/local/-/{id}?marker={marker}");
        service.get_owned(path).await
    };
    let mut all = paths(&first);
    let second = page("20").await;
    all.extend(paths(&second));
    all.extend(paths(&page("40").await));
    let expected: Vec<_> = (0..50).map(|number| format!("d/hit{number:02}")).collect();
    assert_eq!(all, expected);
    assert_eq!(page("40").await["hasMore"], false);
    std::fs::remove_file(service.at("d/hit21")).unwrap();
    service.write("d/hit00b", "x");
    assert_eq!(paths(&page("0").await), expected[..20]);
    assert_eq!(paths(&page("20").await)[..2], ["d/hit20", "d/hit22"]);
    assert_eq!(
        service
            .get(&format!("search/local/-/{id}?marker=x"))
            .await
            .code(),
        (400, "ParamInvalid".to_owned())
    );
    assert_eq!(
        service.delete(&format!("search/local/-/{id}")).await.status,
        204
    );
    for answer in [
        service.get(&format!("search/local/-/{id}?marker=20")).await,
        service.delete(&format!("search/local/-/{id}")).await,
    ] {
        assert_eq!(answer.code(), (400, "SearchIdInvalid".to_owned()));
    }
}

#[tokio::test]
async fn of_too_many_searches_the_oldest_ends() {
    let service = example().await;
    let mut ids = Vec::new();
    for _ in 0..17 {
        let page = service
            .post(CLASSIC, json!({ "keyword": "trip" }))
            .await
            .json();
        ids.push(page["searchId"].as_str().unwrap().to_owned());
    }
    let code = async |id: &str| service.get(&format!("search/local/-/{id}")).await.status;
    assert_eq!(code(&ids[0]).await, 400);
    assert_eq!(code(&ids[1]).await, 200);
    assert_eq!(code(&ids[16]).await, 200);
}

#[tokio::test]
async fn a_search_lapses() {
    use std::sync::atomic::{AtomicI64, Ordering};

    static NOW: AtomicI64 = AtomicI64::new(1_700_000_000);
    let service = Service::start_with(|config| {
        config.clock = || jiff::Timestamp::from_second(NOW.load(Ordering::Relaxed)).unwrap();
    })
    .await;
    service.write("a", "x");
    let page = service
        .post(CLASSIC, json!({ "keyword": "a" }))
        .await
        .json();
    let path = format!("search/local/-/{}", page["searchId"].as_str().unwrap());
    for _ in 0..2 {
        NOW.fetch_add(599, Ordering::Relaxed);
        assert_eq!(paths(&service.get(&path).await.json()), ["a"]);
    }
    NOW.fetch_add(601, Ordering::Relaxed);
    assert_eq!(
        service.get(&path).await.code(),
        (400, "SearchIdInvalid".to_owned())
    );
}

#[tokio::test]
async fn what_cannot_be_searched_is_refused() {
    let service = example().await;
    for (path, body, status, code) in [
        (
            CLASSIC,
            json!({ "scope": "nowhere" }),
            404,
            "DirectoryNotFound",
        ),
        (CLASSIC, json!({ "scope": "a/../b" }), 400, "ParamInvalid"),
        (CLASSIC, json!({ "type": "spoon" }), 400, "ParamInvalid"),
        (CLASSIC, json!({ "minFileSize": -1 }), 400, "ParamInvalid"),
        (
            CLASSIC,
            json!({ "searchMode": "slow" }),
            400,
            "ParamInvalid",
        ),
        (
            CLASSIC,
            json!({ "orderBy": "colour" }),
            400,
            "OrderByNotAllowed",
        ),
        (
            CLASSIC,
            json!({ "orderByType": "up" }),
            400,
            "OrderByTypeNotAllowed",
        ),
        (
            CLASSIC,
            json!({ "modificationTimeStart": "noon" }),
            400,
            "InvalidTimeFormat",
        ),
        (
            NEW,
            json!({ "type": "filecontent" }),
            400,
            "FunctionNotEnabled",
        ),
        (
            NEW,
            json!({ "keywords": vec!["x"; 101] }),
            400,
            "ParamInvalid",
        ),
        (
            NEW,
            json!({ "inExtnames": vec!["x"; 21] }),
            400,
            "ParamInvalid",
        ),
        (NEW, json!({ "marker": "made-up" }), 404, "MarkerNotFound"),
        (NEW, json!({ "scope": "nowhere" }), 404, "DirectoryNotFound"),
        (
            "search/local/-/search-ai",
            json!({}),
            400,
            "FunctionNotEnabled",
        ),
        (STATS, json!({ "aggregations": [] }), 400, "ParamInvalid"),
        (
            STATS,
            json!({ "aggregations": [{ "field": "size", "operation": "group" }] }),
            400,
            "ParamInvalid",
        ),
        (
            STATS,
            json!({ "aggregations": [{ "field": "name", "operation": "sum" }] }),
            400,
            "ParamInvalid",
        ),
    ] {
        let answer = service.post(path, body.clone()).await;
        assert_eq!(answer.code(), (status, code.to_owned()), "{body}");
    }
    let answer = service.post(&format!("{NEW}?limit=101"), json!({})).await;
    assert_eq!(answer.code(), (400, "ParamInvalid".to_owned()));
}

#[tokio::test]
async fn the_new_search_goes_on_behind_its_marker() {
    let service = example().await;
    let body = json!({ "keywords": ["TRIP", "杭州"], "fileTypes": ["file"] });
    let expected = ["杭州.png", "TRIP report.docx", "trip.mov", "杭州 Trip.JPG"];
    for limit in [1, 2, 3, 100] {
        let mut all: Vec<String> = Vec::new();
        let mut marker = String::new();
        loop {
            let path = format!("{NEW}?limit={limit}&marker={marker}&with_inode=1");
            let page = service.post(&path, body.clone()).await.json();
            all.extend(names(&page).into_iter().map(str::to_owned));
            marker = page["nextMarker"].as_str().unwrap().to_owned();
            if marker.is_empty() {
                break;
            }
        }
        assert_eq!(all, expected, "{limit}");
    }
    let body = json!({ "inExtnames": ["jpg", ".MOV"], "excludeExtnames": ["mov"] });
    let page = service.post(NEW, body).await.json();
    assert_eq!(names(&page), ["杭州 Trip.JPG"]);
    assert_eq!(page["contents"][0].get("inode"), None);
    let page = service
        .post(NEW, json!({ "scope": "raw", "fileTypes": ["dir"] }))
        .await
        .json();
    assert_eq!(names(&page), ["deep", "trip"]);
}

#[tokio::test]
async fn aggregations_count_and_sum_and_group() {
    let service = example().await;
    let size = |operation: &str| json!({ "field": "size", "operation": operation });
    let body = json!({
        "aggregations": [
            size("sum"), size("min"), size("max"), size("average"), size("distinct"),
        ],
        "scope": "raw",
    });
    let answer = service.post(STATS, body).await.json();
    let values: Vec<f64> = (0..5)
        .map(|index| answer["aggregations"][index]["value"].as_f64().unwrap())
        .collect();
    assert_eq!(values, [16.0, 1.0, 7.0, 4.0, 4.0]);
    assert_eq!(answer["isTruncated"], false);
    let body = json!({ "aggregations": [
        { "field": "fileType", "operation": "group", "subAggregations": [size("sum")] },
        { "field": "extName", "operation": "distinct" },
        { "field": "name", "operation": "count" },
        { "field": "category", "operation": "count" },
    ] });
    let answer = service.post(STATS, body).await.json();
    assert_eq!(
        answer["aggregations"][0]["groups"][0],
        json!({
            "value": "image",
            "count": 2,
            "subAggregations": [{ "field": "size", "operation": "sum", "value": 5 }],
        })
    );
    assert_eq!(answer["aggregations"][1]["value"], 6);
    assert_eq!(answer["aggregations"][2]["value"], 10);
    assert_eq!(answer["aggregations"][3]["value"], 0);
}

#[tokio::test]
async fn searching_writes_nothing() {
    let service = Service::start().await;
    service.write("a.txt", "x");
    service
        .post(CLASSIC, json!({ "labels": ["red"] }))
        .await
        .json();
    service
        .post(NEW, json!({ "categories": ["x"] }))
        .await
        .json();
    service
        .get("space/local/-/contents-view?filter=onlyFile")
        .await
        .json();
    service.get("favorite/local/-/list").await.json();
    service
        .post("recent/local/-/recently-used-file", json!({}))
        .await
        .json();
    assert!(!service.has(".mediasweep"));
}

#[tokio::test]
async fn a_search_for_what_a_user_made_finds_nothing_else() {
    let service = Service::start().await;
    service.write("trip 1", "x");
    crate::api::upload::upload(&service, "trip%202", b"x".to_vec()).await;
    for (creators, expected) in [
        (json!([]), vec!["trip 1", "trip 2"]),
        (json!([{ "userId": "u1" }]), vec!["trip 2"]),
        (
            json!([{ "userId": "u2" }, { "userOrgId": "1", "userId": 3 }]),
            vec![],
        ),
    ] {
        let body = json!({ "keyword": "trip", "orderBy": "name", "creators": creators });
        let found = service.post(CLASSIC, body).await.json();
        let entries = found["contents"].as_array().unwrap();
        let names: Vec<&str> = entries
            .iter()
            .map(|entry| entry["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected, "{creators}");
    }
}

#[tokio::test]
async fn a_search_that_finds_too_much_says_so_behind_what_it_has_found() {
    let service = Service::start_with(|config| config.search_results = 3).await;
    for number in 0..4 {
        service.write(&format!("trip {number}.txt"), "1");
    }
    assert_eq!(found(&service, json!({"keyword": "1"})).await.len(), 1);
    let first = service.post(CLASSIC, json!({"keyword": "trip"})).await;
    let first = first.json();
    assert_eq!(paths(&first).len(), 3);
    assert_eq!(first["hasMore"], true);
    let (id, marker) = (first["searchId"].as_str().unwrap(), &first["nextMarker"]);
    let rest = format!("search/local/-/{id}?marker={marker}");
    let rest = service.get(&rest).await;
    assert_eq!(rest.code(), (400, "SearchTooComplex".into()));
}

/// It remembers no results, so there are not too many of them (part B 7.4).
#[tokio::test]
async fn the_newer_form_goes_on_where_the_classic_one_has_found_too_much() {
    let service = Service::start_with(|config| config.search_results = 3).await;
    for number in 0..5 {
        service.write(&format!("d{number}/trip.txt"), "1");
    }
    let mut marker = String::new();
    let mut found = 0;
    loop {
        let url = format!("search/local/-/search-fs?limit=2&marker={marker}");
        let page = service.post(&url, json!({ "keywords": ["trip"] })).await;
        let page = page.json();
        found += page["contents"].as_array().unwrap().len();
        match page["nextMarker"].as_str().unwrap() {
            "" => break,
            next => next.clone_into(&mut marker),
        }
    }
    assert_eq!(found, 5);
}
