//! Libraries of photos and videos, and limits of depth (part A section 3, part B 2.11).

use mediasweep::server::{Albums, Config};
use serde_json::{Value, json};

use crate::service::{Answer, Service};

async fn library(media: Albums) -> Service {
    Service::start_with(|config: &mut Config| config.media = Some(media)).await
}

async fn upload(service: &Service, path: &str) -> Answer {
    service
        .put(&format!("file/local/-/{path}"), json!({}))
        .await
}

async fn make(service: &Service, path: &str) -> Answer {
    let path = format!("directory/local/-/{path}");
    service.put(&path, Value::Null).await
}

#[tokio::test]
async fn a_library_of_albums_has_one_level_and_its_files_are_in_albums() {
    let service = library(Albums::One).await;
    assert_eq!(make(&service, "summer").await.status, 201);
    for (answer, code) in [
        (make(&service, "summer/day").await, "DirectoryLevelExceed"),
        (
            upload(&service, "a.jpg").await,
            "UploadToRootDirectoryNotAllowed",
        ),
        (upload(&service, "summer/a.txt").await, "ExtnameNotAllowed"),
    ] {
        assert_eq!(answer.code(), (400, code.into()));
    }
    for name in ["summer/a.jpg", "summer/b.MOV"] {
        assert_eq!(upload(&service, name).await.status, 201, "{name}");
    }
}

#[tokio::test]
async fn a_library_without_albums_has_everything_in_the_root() {
    let service = library(Albums::None).await;
    assert_eq!(
        make(&service, "summer").await.code(),
        (400, "DirectoryNotAllowed".into())
    );
    assert_eq!(upload(&service, "a.jpg").await.status, 201);
    assert_eq!(
        upload(&service, "a.zip").await.code(),
        (400, "ExtnameNotAllowed".into())
    );
}

#[tokio::test]
async fn what_is_moved_or_copied_obeys_as_well() {
    let service = library(Albums::One).await;
    for name in ["x/a.jpg", "y/b.jpg"] {
        service.write(name, name);
    }
    let codes = async |way: &str, items: Value| {
        let answer = service.post(&format!("batch/local/-?{way}"), items).await;
        let items = answer.json()["result"].take();
        let items = items.as_array().unwrap();
        let codes: Vec<String> = items
            .iter()
            .map(|item| item["code"].as_str().unwrap_or_default().to_owned())
            .collect();
        codes
    };
    for (way, from) in [("move", "from"), ("copy", "copyFrom")] {
        let items = json!([
            { from: "x", "to": "y/x" },
            { from: "x/a.jpg", "to": "a.jpg" },
            { from: "x/a.jpg", "to": "y/a.txt" }]);
        assert_eq!(
            codes(way, items).await,
            [
                "DirectoryLevelExceed",
                "UploadToRootDirectoryNotAllowed",
                "ExtnameNotAllowed"
            ],
            "{way}"
        );
    }
    // A photo does not become a film by its name, in whatever way that is tried.
    let mismatch = (400, "FileTypeNotMatched".to_owned());
    for way in ["from", "copyFrom", "linkTo"] {
        let body = json!({ way: "x/a.jpg" });
        let answer = service.put("file/local/-/y/a.mov", body).await;
        assert_eq!(answer.code(), mismatch, "{way}");
    }
    for (way, from) in [("move", "from"), ("copy", "copyFrom")] {
        let items = json!([{ from: "x/a.jpg", "to": "y/a.mov" }]);
        assert_eq!(codes(way, items).await, ["FileTypeNotMatched"]);
    }
    assert!(service.has("x/a.jpg") && !service.has("y/a.mov"));
    assert_eq!(
        codes("move", json!([{ "from": "x/a.jpg", "to": "y/a.png" }])).await,
        [""]
    );
}

#[tokio::test]
async fn pictures_and_films_are_told_apart_and_listed_as_they_came() {
    let service = library(Albums::One).await;
    for name in ["x/c.mov", "x/a.jpg", "x/b.png"] {
        service.write(name, name);
        // Another moment for each, on clocks that tick coarsely.
        let born = |at: &str| std::fs::metadata(service.at(at)).unwrap().created().ok();
        while born(name).is_some_and(|born| born.elapsed().is_ok_and(|age| age.as_millis() < 20)) {
            tokio::task::yield_now().await;
        }
    }
    let page = service.get("directory/local/-/x").await.json();
    let listed: Vec<_> = page["contents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["name"].clone(), entry["type"].clone()))
        .collect();
    assert_eq!(
        listed,
        [
            (json!("c.mov"), json!("video")),
            (json!("a.jpg"), json!("image")),
            (json!("b.png"), json!("image"))
        ]
    );
    let by_name = service.names("x", "&order_by=name").await;
    assert_eq!(by_name, ["a.jpg", "b.png", "c.mov"]);
    let answer = service.get("album/local/-/cover/x?size=100").await;
    assert_eq!(answer.status, 302);
    let cover = service.http().get(answer.header("location"));
    let bytes = cover.send().await.unwrap().text().await.unwrap();
    assert_eq!(bytes, "x/a.jpg");
}

#[tokio::test]
async fn what_has_no_cover_says_why() {
    let service = library(Albums::One).await;
    service.write("empty/a.mov", "");
    for (path, status, code) in [
        ("", 400, "CoverNotSupportedInRootDirectory"),
        ("/empty", 404, "FileNotFound"),
        ("/gone", 404, "DirectoryNotFound"),
        ("/empty?size=0", 400, "ParamInvalid"),
    ] {
        let answer = service.get(&format!("album/local/-/cover{path}")).await;
        assert_eq!(answer.code(), (status, code.into()), "{path}");
    }
    let service = Service::start().await;
    let answer = service.get("album/local/-/cover").await;
    assert_eq!(
        answer.code(),
        (400, "CoverNotSupportedInFileLibrary".into())
    );
}

#[tokio::test]
async fn directories_lie_in_one_another_as_deep_as_is_allowed() {
    let service = Service::start_with(|config| config.most_levels = Some(2)).await;
    assert_eq!(make(&service, "a/b").await.status, 201);
    let too_deep = (400, "DirectoryLevelExceed".to_owned());
    assert_eq!(make(&service, "a/b/c").await.code(), too_deep);
    service.write("a/b/f", "f");
    make(&service, "x").await;
    for body in [json!({ "from": "a" }), json!({ "copyFrom": "a" })] {
        let answer = service.put("directory/local/-/x/a", body).await;
        assert_eq!(answer.code(), too_deep);
        assert!(!service.has("x/a"));
    }
    let body = json!({ "from": "a" });
    assert_eq!(service.put("directory/local/-/y", body).await.status, 204);
}
