//! Which URLs there are: what cannot be had here, and what is nobody's (part A 2, part B 3.10).

use reqwest::Method;
use serde_json::json;

use crate::service::Service;

#[tokio::test]
async fn functions_that_a_folder_does_not_have_say_so() {
    let service = Service::start().await;
    service.write("a.docx", "a");
    let missing = (400, "FunctionNotEnabled".to_owned());
    let none = || json!({});
    for (method, path, body) in [
        (
            Method::PUT,
            "file/local/-/a.pdf?convert",
            json!({ "convertFrom": "a.docx" }),
        ),
        (
            Method::PUT,
            "file/local/-/a.pdf?convert=1",
            json!({ "convertFrom": "a.docx" }),
        ),
        (
            Method::PUT,
            "file/local/-/a.pdf",
            json!({ "convertFrom": "a.docx" }),
        ),
        (
            Method::PUT,
            "file/local/-/b.docx",
            json!({ "fromTemplate": "word.docx" }),
        ),
        (
            Method::GET,
            "file/local/-/a.zip?zip-preview=1&format=flat",
            none(),
        ),
        (
            Method::POST,
            "file/local/-/a.zip?uncompress=1",
            json!({ "targetPath": "d" }),
        ),
        (Method::GET, "office/local/-/edit/a.docx", none()),
        (
            Method::GET,
            "office/local/-/edit/a.docx?preflight&mobile",
            none(),
        ),
        (Method::POST, "hls/local/-/a.mp4?transcode", none()),
        (Method::GET, "hls/local/-/a.mp4?info", none()),
        (
            Method::POST,
            "search/local/-/search-ai",
            json!({ "type": "text" }),
        ),
        (
            Method::POST,
            "search/local/-/search-fs",
            json!({ "type": "filecontent" }),
        ),
    ] {
        let answer = service
            .ask(method.clone(), path, Some(body.to_string()))
            .await;
        assert_eq!(answer.code(), missing, "{method} {path}");
    }
    assert!(!service.has(".mediasweep"), "nothing was begun");
}

#[tokio::test]
async fn what_is_no_endpoint_is_not_found_and_a_head_has_no_body() {
    let service = Service::start().await;
    for (method, path) in [
        (Method::GET, "nothing/local/-"),
        (Method::PATCH, "directory/local/-/d"),
        (Method::PUT, "batch/local/-?delete"),
        (Method::POST, "batch/local/-?link"),
        (Method::DELETE, "token"),
        (Method::POST, "recycled/local/-"),
        (Method::DELETE, "recycled/local/-/"),
    ] {
        let answer = service.ask(method.clone(), path, None).await;
        assert_eq!(
            answer.code(),
            (404, "RouteNotFound".into()),
            "{method} {path}"
        );
    }
    for (method, path, code) in [
        (Method::GET, "directory", "EmptyLibraryId"),
        (Method::GET, "directory/local", "EmptySpaceId"),
        (Method::POST, "batch/local?delete", "EmptySpaceId"),
        (Method::DELETE, "recycled/local", "EmptySpaceId"),
        (Method::GET, "file/local/-/", "EmptyPath"),
        (Method::PUT, "file/local/-", "EmptyPath"),
        (Method::DELETE, "file/local/-/?upload", "EmptyPath"),
    ] {
        let answer = service.ask(method.clone(), path, None).await;
        assert_eq!(answer.code(), (400, code.into()), "{method} {path}");
    }
    service.write("d/a", "a");
    for (path, status) in [
        ("file/local/-/d/a", 200),
        ("file/local/-/d", 404),
        ("directory/local/-/d", 200),
        ("directory/local/-/d/a", 404),
        ("directory/local/-", 200),
        ("usage/local", 404),
    ] {
        let answer = service.head(path).await;
        assert_eq!(
            (answer.status, answer.text.as_str()),
            (status, ""),
            "{path}"
        );
        assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
    }
}
