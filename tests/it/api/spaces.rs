//! Tenant spaces (part A section 5): each folder right below the root is one.

use mediasweep::server::Albums;
use reqwest::Method;
use serde_json::{Value, json};

use crate::service::{SECRET, Service};

async fn start() -> Service {
    Service::start_with(|config| config.multi_space = true).await
}

async fn create(service: &Service, query: &str) -> (u16, String) {
    let answer = service
        .post(&format!("space/local{query}"), json!({}))
        .await;
    let created: Value = serde_json::from_str(&answer.text).unwrap();
    let word = created["spaceId"].as_str().or(created["code"].as_str());
    (answer.status, word.unwrap().to_owned())
}

/// A token with these parameters.
async fn token(service: &Service, query: &str) -> String {
    let path = format!("/api/v1/token?library_id=local&library_secret={SECRET}&{query}");
    let answer = service.raw(Method::GET, &path, None).await.json();
    answer["accessToken"].as_str().unwrap().to_owned()
}

async fn ids(service: &Service, query: &str) -> Vec<String> {
    let page = service
        .get(&format!("space/local/list{query}"))
        .await
        .json();
    let list = page["list"].as_array().unwrap();
    list.iter()
        .map(|space| space["spaceId"].as_str().unwrap().to_owned())
        .collect()
}

/// Uploads a file of one byte and returns the code word of what failed.
async fn upload(service: &Service, space: &str, path: &str) -> Result<(), String> {
    let word = |answer: &crate::service::Answer| Err(answer.code().1);
    let begun = service
        .put(&format!("file/local/{space}/{path}"), json!({}))
        .await;
    if begun.status >= 300 {
        return word(&begun);
    }
    let begun = begun.json();
    let url = format!(
        "http://{}{}",
        begun["domain"].as_str().unwrap(),
        begun["path"].as_str().unwrap()
    );
    let mut request = service.http().put(url).body("1");
    for (name, value) in begun["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    assert_eq!(request.send().await.unwrap().status(), 200);
    let key = begun["confirmKey"].as_str().unwrap();
    let confirmed = service
        .post(&format!("file/local/{space}/{key}?confirm"), json!({}))
        .await;
    if confirmed.status >= 300 {
        word(&confirmed)
    } else {
        Ok(())
    }
}

#[tokio::test]
async fn a_library_of_one_space_has_no_operations_on_spaces() {
    let service = Service::start().await;
    let expected = (400, "NotMultiSpaceLibrary".to_owned());
    for path in [
        "space/local/list",
        "space/local",
        "space/local/count",
        "space/local/-/extension",
        "stats/local/space-size",
    ] {
        assert_eq!(service.get(path).await.code(), expected, "{path}");
    }
    assert_eq!(
        service.post("space/local", json!({})).await.code(),
        expected
    );
    assert_eq!(service.delete("space/local/-").await.code(), expected);
    assert_eq!(
        service
            .post("space/local/-/extension", json!({}))
            .await
            .code(),
        expected
    );
}

#[tokio::test]
async fn spaces_are_made_with_an_id_of_their_own_or_any() {
    let service = start().await;
    assert_eq!(
        create(&service, "?space_id=cats").await,
        (201, "cats".into())
    );
    assert!(service.at("cats").is_dir());
    let (status, id) = create(&service, "").await;
    assert_eq!(status, 201);
    assert!(id.starts_with("space") && service.at(&id).is_dir(), "{id}");
    assert_eq!(
        create(&service, "?space_id=cats").await,
        (409, "SameNameDirectoryOrFileExists".into())
    );
    for id in [
        "-",
        "a",
        "Cats",
        "-a",
        "a-",
        ".mediasweep",
        "a%2Fb",
        "..",
        &"a".repeat(33),
    ] {
        assert_eq!(
            create(&service, &format!("?space_id={id}")).await,
            (400, "SpaceIdInvalid".into()),
            "{id}"
        );
    }
}

#[tokio::test]
async fn a_space_is_a_library_of_its_own() {
    let service = start().await;
    create(&service, "?space_id=one").await;
    create(&service, "?space_id=two").await;
    upload(&service, "one", "a").await.unwrap();
    assert_eq!(service.at("one/a").metadata().unwrap().len(), 1);
    assert!(!service.has("two/a"));
    assert_eq!(
        service.get("file/local/two/a?info").await.code(),
        (404, "FileNotFound".into())
    );
    let info = service.get("file/local/one/a?info").await.json();
    let url = info["cosUrl"].as_str().unwrap();
    assert_eq!(
        service
            .http()
            .get(url)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
        "1"
    );
    let other = url.replace("/cos/file/one/", "/cos/file/two/");
    assert_eq!(
        service.http().get(other).send().await.unwrap().status(),
        403
    );
    let deleted = service.delete("file/local/one/a").await.json();
    assert!(service.has("one/.mediasweep") && !service.has("two/.mediasweep"));
    let bin = service.get("recycled/local/one").await.json();
    assert_eq!(bin["contents"][0]["spaceId"], "one");
    assert_eq!(
        service.get("recycled/local/two").await.json()["contents"],
        json!([])
    );
    let id = &deleted["recycledItemId"];
    let url = service
        .get(&format!("recycled/local/one/{id}?info"))
        .await
        .json()["cosUrl"]
        .clone();
    let bytes = service
        .http()
        .get(url.as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(bytes.text().await.unwrap(), "1");
}

#[tokio::test]
async fn an_upload_belongs_to_the_space_that_it_was_begun_in() {
    let service = start().await;
    create(&service, "?space_id=one").await;
    create(&service, "?space_id=two").await;
    let begun = service.put("file/local/one/a", json!({})).await.json();
    let key = begun["confirmKey"].as_str().unwrap();
    let elsewhere = service
        .post(&format!("file/local/two/{key}?confirm"), json!({}))
        .await;
    assert_eq!(elsewhere.status, 404);
    assert_eq!(
        service
            .delete(&format!("file/local/two/{key}?upload"))
            .await
            .status,
        404
    );
    assert_eq!(
        service
            .delete(&format!("file/local/one/{key}?upload"))
            .await
            .status,
        204
    );
}

#[tokio::test]
async fn folders_of_other_programs_are_spaces_and_nothing_else_is() {
    let service = start().await;
    service.write("found/a", "1");
    service.write("Not A Space/a", "1");
    service.write("file", "1");
    std::os::unix::fs::symlink(service.at("found"), service.at("link")).unwrap();
    create(&service, "?space_id=made").await;
    assert_eq!(ids(&service, "").await, ["found", "made"]);
    assert_eq!(
        service.get("directory/local/found").await.json()["contents"][0]["name"],
        "a"
    );
    for id in [
        "-",
        ".mediasweep",
        "gone",
        "file",
        "link",
        "Not%20A%20Space",
    ] {
        let (status, code) = service.get(&format!("directory/local/{id}")).await.code();
        assert_eq!((status, code.as_str()), (404, "SpaceNotFound"), "{id}");
    }
    std::fs::rename(service.at("found"), service.at("moved")).unwrap();
    assert_eq!(service.get("directory/local/found").await.status, 404);
    assert_eq!(service.get("directory/local/moved").await.status, 200);
    service.write("found/b", "1");
    assert_eq!(
        service.get("directory/local/found").await.json()["contents"][0]["name"],
        "b"
    );
}

#[tokio::test]
async fn looking_at_spaces_makes_nothing() {
    let service = start().await;
    service.write("found/a", "1");
    for path in [
        "space/local/list",
        "space/local/found/extension",
        "directory/local/found",
        "usage/local/found",
        "space/local/count",
        "usage/local",
    ] {
        assert_eq!(service.get(path).await.status, 200, "{path}");
    }
    assert!(!service.has(".mediasweep") && !service.has("found/.mediasweep"));
}

#[tokio::test]
async fn spaces_are_listed_page_by_page() {
    let mut service = start().await;
    for id in ["b1", "a2", "a1", "c1"] {
        create(&service, &format!("?space_id={id}&user_id=nobody")).await;
    }
    let page = service
        .get("space/local/list?limit=3&ordered=1")
        .await
        .json();
    assert_eq!(page["list"][0]["spaceId"], "a1");
    assert_eq!(page["list"][0]["userId"], "u1");
    assert!(
        page["list"][0]["creationTime"]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
    assert_eq!(page["marker"], page["nextMarker"]);
    let marker = page["nextMarker"].as_str().unwrap();
    let last = service
        .get(&format!(
            "space/local/list?limit=3&marker={marker}&start_name=zz"
        ))
        .await
        .json();
    assert_eq!(last["list"][0]["spaceId"], "c1");
    assert!(last["nextMarker"].is_null() && last["marker"].is_null());
    assert_eq!(ids(&service, "?ordered=1&prefix=a").await, ["a1", "a2"]);
    assert_eq!(
        ids(&service, "?ordered=1&start_name=a2").await,
        ["b1", "c1"]
    );
    assert_eq!(
        service
            .get("space/local")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        4
    );
    assert_eq!(
        service.get("space/local/count").await.json(),
        json!({ "total": 4 })
    );
    assert_eq!(service.get("space/local/list?limit=1001").await.status, 400);
    assert_eq!(service.get("space/local/list?marker=zz").await.status, 404);
    // Others see what their user made.
    service.token = token(&service, "grant=create_space&user_id=u2").await;
    assert_eq!(create(&service, "?space_id=mine").await.0, 201);
    assert_eq!(ids(&service, "").await, ["mine"]);
    assert_eq!(
        service.get("space/local/count").await.code(),
        (403, "NoPermission".into())
    );
}

#[tokio::test]
async fn settings_are_kept_and_changed_one_by_one() {
    let mut service = start().await;
    let made = json!({ "isPublicRead": false, "allowPhoto": true, "spaceTag": "red", "allowPhotoExtname": [".jpg"] });
    service.post("space/local?space_id=one", made).await.json();
    let path = "space/local/one/extension";
    let told = service.get(path).await.json();
    assert_eq!(told["allowPhoto"], true);
    assert_eq!(told["allowVideo"], false);
    assert_eq!(told["allowPhotoExtname"], json!([".jpg"]));
    assert_eq!(told["spaceTag"], "red");
    assert_eq!(
        service
            .post(path, json!({ "allowVideo": true }))
            .await
            .status,
        204
    );
    assert_eq!(
        service
            .post(path, json!({ "spaceTag": null, "allowPhoto": false }))
            .await
            .status,
        204
    );
    let told = service.get(path).await.json();
    assert_eq!(told["allowVideo"], true);
    assert_eq!(told["allowPhoto"], false);
    assert!(told.get("spaceTag").is_none());
    assert_eq!(
        service
            .post(path, json!({ "allowVideo": "yes" }))
            .await
            .code(),
        (400, "ParamInvalid".into())
    );
    let folder = service.stop().await;
    service = Service::over(folder, |config| config.multi_space = true).await;
    assert_eq!(service.get(path).await.json()["allowVideo"], true);
    service.token = token(&service, "grant=upload_file&space_id=one").await;
    assert_eq!(
        service.post(path, json!({})).await.code(),
        (403, "NoPermission".into())
    );
    assert_eq!(service.get(path).await.status, 200);
}

#[tokio::test]
async fn a_space_takes_the_extensions_that_it_lists() {
    let service = start().await;
    let lists = json!({ "allowFileExtname": [".PDF", "txt"], "allowPhotoExtname": [".jpg"] });
    service.post("space/local?space_id=one", lists).await.json();
    let refused = || Err("ExtnameNotAllowed".to_owned());
    assert_eq!(upload(&service, "one", "a.pdf").await, Ok(()));
    assert_eq!(upload(&service, "one", "a.Txt").await, Ok(()));
    for name in ["a.jpg", "apdf", "pdf", "a.pdf.zip"] {
        assert_eq!(upload(&service, "one", name).await, refused(), "{name}");
    }
    for way in ["multipart", "x"] {
        let path = format!("file/local/one/a.zip?{way}");
        let answer = service.post(&path, json!({})).await;
        assert_eq!(answer.code(), (400, "ExtnameNotAllowed".into()), "{way}");
    }
    // An empty list is no list.
    let all = json!({ "allowFileExtname": [] });
    service.post("space/local/one/extension", all).await;
    assert_eq!(upload(&service, "one", "a.zip").await, Ok(()));
    let albums = Service::start_with(|config| {
        config.multi_space = true;
        config.media = Some(Albums::None);
    })
    .await;
    let lists = json!({ "allowPhotoExtname": [".jpg"], "allowFileExtname": [".pdf"] });
    albums.post("space/local?space_id=one", lists).await.json();
    assert_eq!(upload(&albums, "one", "a.jpg").await, Ok(()));
    assert_eq!(upload(&albums, "one", "a.png").await, refused());
    assert_eq!(upload(&albums, "one", "a.mov").await, Ok(()));
}

#[tokio::test]
async fn each_space_of_photos_has_albums_or_not() {
    let service = Service::start_with(|config| {
        config.multi_space = true;
        config.media = Some(Albums::None);
    })
    .await;
    for (id, body) in [
        ("albums", json!({ "isMultiAlbum": true })),
        ("flat", json!({ "isMultiAlbum": false })),
        ("any", json!({})),
    ] {
        let path = format!("space/local?space_id={id}");
        assert_eq!(service.post(&path, body).await.status, 201);
    }
    // It stays as it was made.
    let path = "space/local/albums/extension";
    service.post(path, json!({ "isMultiAlbum": false })).await;
    let folder = service.stop().await;
    let service = Service::over(folder, |config| {
        config.multi_space = true;
        config.media = Some(Albums::One);
    })
    .await;
    let make = async |id: &str| {
        service
            .put(&format!("directory/local/{id}/a"), Value::Null)
            .await
    };
    assert_eq!(make("albums").await.status, 201);
    assert_eq!(make("any").await.status, 201);
    assert_eq!(
        make("flat").await.code(),
        (400, "DirectoryNotAllowed".into())
    );
    let refused = Err("UploadToRootDirectoryNotAllowed".to_owned());
    assert_eq!(upload(&service, "albums", "a.jpg").await, refused);
    assert_eq!(upload(&service, "albums", "a/a.jpg").await, Ok(()));
    assert_eq!(upload(&service, "flat", "a.jpg").await, Ok(()));
}

#[tokio::test]
async fn a_public_space_is_read_without_a_token() {
    let service = start().await;
    service
        .post("space/local?space_id=open", json!({ "isPublicRead": true }))
        .await
        .json();
    service
        .post("space/local?space_id=shut", json!({}))
        .await
        .json();
    service.write("open/a", "1");
    let anybody = async |method: Method, path: &str| {
        service
            .raw(method, &format!("/api/v1/{path}"), None)
            .await
            .status
    };
    assert_eq!(anybody(Method::GET, "directory/local/open").await, 200);
    for path in [
        "file/local/open/a?info",
        "space/local/open/contents-view?filter=onlyFile",
        "task/local/open/1",
    ] {
        assert_eq!(anybody(Method::GET, path).await, 200, "{path}");
    }
    for (method, path) in [
        (Method::GET, "directory/local/shut"),
        (Method::GET, "recycled/local/open"),
        (Method::GET, "space/local/open/size"),
        (Method::GET, "file/local/shut/a?info"),
        (Method::PUT, "directory/local/open/d"),
        (Method::DELETE, "file/local/open/a"),
    ] {
        assert_eq!(anybody(method, path).await, 400, "{path}");
    }
}

#[tokio::test]
async fn a_space_goes_if_it_is_empty_or_if_that_is_forced() {
    let mut service = start().await;
    for id in ["empty", "full", "binned", "used"] {
        create(&service, &format!("?space_id={id}")).await;
    }
    service.write("full/d/a", "1");
    service.write("binned/a", "1");
    service.delete("file/local/binned/a").await;
    service.put("directory/local/used/d", json!({})).await;
    service.delete("directory/local/used/d?permanent=1").await;
    for id in ["empty", "used"] {
        assert_eq!(
            service.delete(&format!("space/local/{id}")).await.status,
            204,
            "{id}"
        );
        assert!(!service.has(id), "{id}");
    }
    for id in ["full", "binned"] {
        let answer = service.delete(&format!("space/local/{id}?force=0")).await;
        assert_eq!(answer.code(), (409, "SpaceNotEmpty".into()), "{id}");
        assert_eq!(
            service.get(&format!("directory/local/{id}")).await.status,
            200
        );
    }
    // It still takes changes.
    upload(&service, "full", "b").await.unwrap();
    let admin = std::mem::take(&mut service.token);
    service.token = token(&service, "grant=space_admin,create_space&space_id=full").await;
    assert_eq!(
        service.delete("space/local/full?force=1").await.code(),
        (403, "NoPermission".into())
    );
    service.token = token(&service, "grant=delete_space&space_id=full").await;
    assert_eq!(service.delete("space/local/full?force=1").await.status, 204);
    service.token = admin;
    assert!(!service.has("full"));
    assert_eq!(
        service.get("directory/local/full").await.code(),
        (404, "SpaceNotFound".into())
    );
    assert_eq!(
        service.delete("space/local/full").await.code(),
        (404, "SpaceNotFound".into())
    );
    assert_eq!(
        service.delete("space/local/-").await.code(),
        (404, "SpaceNotFound".into())
    );
    assert_eq!(create(&service, "?space_id=full").await.0, 201);
    assert_eq!(
        service.get("directory/local/full").await.json()["contents"],
        json!([])
    );
    assert_eq!(ids(&service, "").await, ["binned", "full"]);
    // What was doomed goes in the background, or at the next start.
    let doomed = service.at(".mediasweep/doomed");
    let folder = service.stop().await;
    let service = Service::over(folder, |config| config.multi_space = true).await;
    while doomed.read_dir().unwrap().next().is_some() {
        tokio::task::yield_now().await;
    }
    drop(service);
}

#[tokio::test]
async fn a_task_of_a_space_goes_on_after_a_restart() {
    let always = |config: &mut mediasweep::server::Config| {
        config.multi_space = true;
        config.tasks = mediasweep::server::TaskRule::Always;
    };
    let service = Service::start_with(always).await;
    service.write("one/a", "1");
    let accepted = service
        .post("batch/local/one?delete", json!([{ "path": "a" }]))
        .await
        .json();
    let task = accepted["taskId"].as_u64().unwrap();
    let service = Service::over(service.stop().await, always).await;
    loop {
        let told = service.get(&format!("task/local/one/{task}")).await.json();
        if told[0]["status"] != 202 {
            assert_eq!(told[0]["status"], 200);
            break;
        }
        tokio::task::yield_now().await;
    }
    assert!(!service.has("one/a"));
}

#[tokio::test]
async fn sizes_are_told_by_library_by_space_and_by_tag() {
    let mut service = start().await;
    for (id, tag) in [
        ("one", json!("red")),
        ("two", json!("red")),
        ("three", json!("blue")),
        ("four", json!(null)),
    ] {
        service
            .post(
                &format!("space/local?space_id={id}"),
                json!({ "spaceTag": tag }),
            )
            .await
            .json();
        service.write(&format!("{id}/a"), "12");
    }
    assert_eq!(
        service.get("usage/local").await.json(),
        json!({ "totalFileSize": "8" })
    );
    assert_eq!(
        service.get("usage/local/one,two").await.json(),
        json!([
            { "spaceId": "one", "capacity": null, "availableSpace": null, "size": "2" },
            { "spaceId": "two", "capacity": null, "availableSpace": null, "size": "2" }
        ])
    );
    assert_eq!(
        service.get("usage/local/one%2Cgone").await.code(),
        (404, "SpaceNotFound".into())
    );
    let by_tag = json!([{ "size": "2", "spaceTag": "blue" }, { "size": "4", "spaceTag": "red" }]);
    assert_eq!(service.get("stats/local/space-size").await.json(), by_tag);
    let red = service
        .get("stats/local/space-size?space_tag=red")
        .await
        .json();
    assert_eq!(red, json!([{ "size": "4", "spaceTag": "red" }]));
    assert_eq!(
        service.get("space/local/one/size").await.json(),
        json!({ "size": "2" })
    );
    service.token = token(&service, "grant=space_admin&space_id=one").await;
    for path in ["usage/local", "usage/local/one", "stats/local/space-size"] {
        assert_eq!(
            service.get(path).await.code(),
            (403, "NoPermission".into()),
            "{path}"
        );
    }
    assert_eq!(service.get("space/local/one/file-count").await.status, 200);
}

#[tokio::test]
async fn a_download_is_no_faster_than_its_space_or_its_url_allow() {
    let mut service = start().await;
    create(&service, "?space_id=one").await;
    service.write("one/a", "1234");
    let path = "space/local/one/traffic-limit";
    for (limit, status) in [
        (102_400, 204),
        (104_857_600, 204),
        (-1, 204),
        (0, 400),
        (-2, 400),
        (102_399, 400),
    ] {
        let answer = service
            .post(path, json!({ "downloadTrafficLimit": limit }))
            .await;
        assert_eq!(answer.status, status, "{limit}");
    }
    assert_eq!(
        service.post(path, json!({})).await.code(),
        (400, "ParamInvalid".into())
    );
    assert_eq!(
        service.get("file/local/one/a?traffic_limit=1").await.code(),
        (400, "ParamInvalid".into())
    );
    service
        .post(path, json!({ "downloadTrafficLimit": 102_400 }))
        .await;
    let answer = service
        .get("file/local/one/a?traffic_limit=204800&content_disposition=attachment")
        .await;
    let url = answer.header("location");
    assert!(url.contains("204800"), "{url}");
    let bytes = service.http().get(url).send().await.unwrap();
    assert!(bytes.headers().contains_key("content-disposition"));
    assert_eq!(bytes.text().await.unwrap(), "1234");
    for other in [
        url.replace("=204800", "=404800"),
        url.replace("x-traffic-limit=204800&", ""),
    ] {
        assert_eq!(
            service.http().get(other).send().await.unwrap().status(),
            403
        );
    }
    service.token = token(&service, "grant=upload_file&space_id=one").await;
    let refused = service
        .post(path, json!({ "downloadTrafficLimit": "-1" }))
        .await;
    assert_eq!(refused.code(), (403, "NoPermission".into()));
}

/// Runs a statement on the ledger of a library that nobody serves.
fn tamper(folder: &std::path::Path, statement: &str) {
    let path = folder.join(".mediasweep/ledger.sqlite3");
    let ledger = rusqlite::Connection::open(path).unwrap();
    assert_eq!(ledger.execute(statement, []).unwrap(), 1);
}

#[tokio::test]
async fn a_deletion_that_was_killed_is_settled_by_what_the_disk_says() {
    let service = start().await;
    create(&service, "?space_id=there").await;
    create(&service, "?space_id=gone").await;
    let folder = service.stop().await;
    for id in ["there", "gone"] {
        tamper(
            folder.path(),
            &format!("UPDATE space SET doomed = 1 WHERE id = '{id}'"),
        );
    }
    let doomed = folder.path().join(".mediasweep/doomed/77");
    std::fs::rename(folder.path().join("gone"), doomed).unwrap();
    let service = Service::over(folder, |config| config.multi_space = true).await;
    assert_eq!(ids(&service, "").await, ["there"]);
    // A new folder of that name has nothing of the old space.
    std::fs::create_dir(service.at("gone")).unwrap();
    let list = service.get("space/local/list").await.json();
    assert_eq!(list["list"][0]["userId"], "");
    assert_eq!(list["list"][1]["userId"], "u1");
    while service.has(".mediasweep/doomed/77") {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn deleting_twice_at_once_deletes_once() {
    let service = start().await;
    create(&service, "?space_id=one").await;
    let (first, second) = tokio::join!(
        service.delete("space/local/one?force=1"),
        service.delete("space/local/one?force=1"),
    );
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 404]);
    assert_eq!(create(&service, "?space_id=one").await.0, 201);
    upload(&service, "one", "a").await.unwrap();
}
