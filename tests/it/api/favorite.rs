//! Favourites (part B 8.1).

use std::fs;

use serde_json::{Value, json};

use crate::service::Service;

const FAVORITE: &str = "favorite/local/-";

async fn add(service: &Service, path: &str) -> String {
    let answer = service.post(FAVORITE, json!({ "path": path })).await.json();
    answer["inode"].as_str().unwrap().to_owned()
}

async fn list(service: &Service, query: &str) -> Value {
    service
        .get_owned(format!("favorite/local/-/list?with_path=1{query}"))
        .await
}

fn names(page: &Value) -> Vec<&str> {
    let entries = page["contents"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_favourite_goes_along_with_its_target_and_outlives_it() {
    let service = Service::start().await;
    service.write("d/a.jpg", "123");
    let inode = add(&service, "/d/a.jpg").await;
    let entry = |page: Value| page["contents"][0].clone();
    let first = entry(list(&service, "").await);
    assert_eq!(first["path"], json!(["d", "a.jpg"]));
    assert_eq!(first["inode"], inode);
    assert_eq!(first["spaceId"], "-");
    assert_eq!(first["type"], "file");
    assert_eq!(first["size"], "3");
    assert_eq!(first["fileType"], "image");
    assert!(first["favoriteTime"].as_str().unwrap().ends_with('Z'));
    fs::create_dir(service.at("e")).unwrap();
    fs::rename(service.at("d/a.jpg"), service.at("e/b.jpg")).unwrap();
    service.write("d/a.jpg", "another");
    let moved = entry(list(&service, "").await);
    assert_eq!(moved["path"], json!(["e", "b.jpg"]));
    fs::remove_file(service.at("e/b.jpg")).unwrap();
    let gone = entry(list(&service, "").await);
    assert_eq!(gone["name"], "");
    assert_eq!(gone["inode"], inode);
    assert_eq!(gone.get("type"), None);
    let answer = service
        .post("favorite/local/-?cancel=1", json!({ "inode": inode }))
        .await;
    assert_eq!(answer.status, 204);
    assert!(names(&list(&service, "").await).is_empty());
}

#[tokio::test]
async fn the_newest_are_first_and_pages_follow_each_other() {
    let service = Service::start().await;
    for name in ["a", "b", "c"] {
        service.write(name, name);
        add(&service, name).await;
    }
    for (query, expected) in [
        ("", ["c", "b", "a"]),
        ("&order_by=favoriteTime&order_by_type=asc", ["a", "b", "c"]),
    ] {
        let first = list(&service, &format!("{query}&limit=2")).await;
        assert_eq!(names(&first), expected[..2]);
        let marker = first["nextMarker"].as_str().unwrap();
        let last = list(&service, &format!("{query}&limit=2&marker={marker}")).await;
        assert_eq!(names(&last), expected[2..]);
        assert_eq!(last.get("nextMarker"), None);
    }
    let page = list(&service, "&page=2&page_size=2").await;
    assert_eq!(names(&page), ["a"]);
    assert_eq!(page["totalNum"], 3);
    assert_eq!(
        service
            .get("favorite/local/-/list?order_by=name")
            .await
            .code(),
        (400, "OrderByNotAllowed".to_owned())
    );
}

#[tokio::test]
async fn marks_are_made_and_taken_away_once() {
    let service = Service::start().await;
    service.write("a", "x");
    service.write("b", "x");
    let inode = add(&service, "a").await;
    let cancel = "favorite/local/-?cancel";
    for (path, body, status, code) in [
        (
            FAVORITE,
            json!({ "path": "a" }),
            409,
            "DuplicateFavoriteRecord",
        ),
        (
            FAVORITE,
            json!({ "path": "b", "inode": inode }),
            409,
            "DuplicateFavoriteRecord",
        ),
        (FAVORITE, json!({ "path": "x" }), 404, "PathNotFound"),
        (FAVORITE, json!({ "path": "x/y" }), 404, "PathNotFound"),
        (
            FAVORITE,
            json!({ "inode": "0".repeat(32) }),
            404,
            "PathNotFound",
        ),
        (FAVORITE, json!({}), 400, "ParamInvalid"),
        (cancel, json!({ "path": "b" }), 404, "FavoriteIdNotFound"),
        (cancel, json!({ "inode": "x" }), 404, "FavoriteIdNotFound"),
        (cancel, json!({ "path": "x" }), 404, "PathNotFound"),
    ] {
        let answer = service.post(path, body.clone()).await;
        assert_eq!(answer.code(), (status, code.to_owned()), "{path} {body}");
    }
    assert_eq!(
        service.post(cancel, json!({ "path": "a" })).await.status,
        204
    );
    assert_eq!(add(&service, "a").await, inode);
}

#[tokio::test]
async fn favourites_are_each_users_own_and_are_told_in_listings() {
    let mut service = Service::start().await;
    service.write("d/a", "x");
    service.write("d/b", "x");
    let query = "token?library_id=local&library_secret=test-secret&grant=admin";
    let token = async |user: &str| {
        let path = format!("/api/v1/{query}&user_id={user}");
        let answer = service.raw(reqwest::Method::GET, &path, None).await.json();
        answer["accessToken"].as_str().unwrap().to_owned()
    };
    let (other, nobody) = (token("u2").await, token("").await);
    add(&service, "d/b").await;
    let marks = async |service: &Service| {
        let page = service
            .get("directory/local/-/d?with_favorite_status=1")
            .await
            .json();
        [0, 1].map(|index| page["contents"][index]["isFavorite"].as_bool().unwrap())
    };
    assert_eq!(marks(&service).await, [false, true]);
    let info = "directory/local/-/d/b?info&with_favorite_status=1";
    assert_eq!(service.get(info).await.json()["isFavorite"], true);
    let plain = service.get("directory/local/-/d").await.json();
    assert_eq!(plain["contents"][1].get("isFavorite"), None);
    service.token = other;
    assert_eq!(marks(&service).await, [false, false]);
    assert!(names(&list(&service, "").await).is_empty());
    service.token = nobody;
    assert_eq!(
        service.get("favorite/local/-/list").await.code(),
        (403, "NoPermission".to_owned())
    );
}
