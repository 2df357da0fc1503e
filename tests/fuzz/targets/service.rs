//! A service without a socket over a folder of its own, made anew when it has grown.

use std::cell::RefCell;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use mediasweep::server::{Config, Service as Real, TaskRule, routes};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use super::guess::Asked;

/// The service, and beside its folder what must never be touched.
pub struct Service {
    runtime: Runtime,
    router: Router,
    token: String,
    folder: TempDir,
    asked: u32,
}

/// A service is thrown away after so many requests.
const LIFE: u32 = 2000;

thread_local! {
    static SERVICE: RefCell<Option<Service>> = const { RefCell::new(None) };
}

impl Service {
    /// Hands the service out.
    pub fn with(work: impl FnOnce(&mut Self)) {
        SERVICE.with_borrow_mut(|kept| {
            if kept.as_ref().is_some_and(|service| service.asked > LIFE) {
                *kept = None;
            }
            work(kept.get_or_insert_with(Self::new));
        });
    }

    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        std::fs::create_dir_all(root.join("docs/deep")).unwrap();
        std::fs::write(root.join("docs/a.txt"), "a").unwrap();
        std::fs::write(folder.path().join("outside"), "outside").unwrap();
        std::os::unix::fs::symlink("../outside", root.join("link")).unwrap();
        std::os::unix::fs::symlink("..", root.join("up")).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let config = Config {
            root,
            secret: "s".into(),
            tasks: TaskRule::Never,
            ..Config::default()
        };
        let service = Real::open(config).unwrap();
        let mut service = Self {
            router: routes::router(Arc::clone(&service)),
            runtime,
            token: String::new(),
            folder,
            asked: 0,
        };
        let target = "token?library_id=local&library_secret=s&grant=admin&user_id=u";
        let request = Request::get(format!("/api/v1/{target}"))
            .header("host", "127.0.0.1")
            .body(Body::empty())
            .unwrap();
        let answer = service.send(request).1;
        let start = answer.find("acctk").unwrap();
        let end = start + answer[start..].find('"').unwrap();
        service.token = answer[start..end].to_owned();
        service
    }

    /// The status of the answer; none if the request cannot even be sent.
    pub fn ask(&mut self, asked: &Asked) -> Option<u16> {
        self.asked += 1;
        let request = Request::builder()
            .method(asked.method.as_str())
            .uri(format!("/api/v1/{}", asked.target))
            .header("host", "127.0.0.1")
            .header("authorization", format!("Bearer {}", self.token))
            .body(Body::from(asked.body.clone()))
            .ok()?;
        Some(self.send(request).0)
    }

    /// What lies outside of the folder is as it was.
    pub fn check(&self) {
        let outside = std::fs::read_to_string(self.folder.path().join("outside"));
        assert_eq!(outside.unwrap(), "outside");
        assert_eq!(std::fs::read_dir(self.folder.path()).unwrap().count(), 2);
    }

    fn send(&self, request: Request<Body>) -> (u16, String) {
        let router = self.router.clone();
        self.runtime.block_on(async {
            let answer = router.oneshot(request).await.unwrap();
            let status = answer.status().as_u16();
            let bytes = to_bytes(answer.into_body(), 1 << 24).await.unwrap();
            (status, String::from_utf8_lossy(&bytes).into_owned())
        })
    }
}
