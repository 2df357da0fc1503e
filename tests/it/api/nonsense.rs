//! Requests at random, most of them nonsense: none is answered by a fault of the service, and none
//! reaches what lies outside of the folder. The fuzz targets ask the same ones, led by what they
//! find.
//!
//! `MEDIASWEEP_REQUESTS=100000` asks more, `MEDIASWEEP_SEED=n` the same ones again.

#[path = "../../fuzz/targets/guess.rs"]
mod guess;

use tempfile::TempDir;

use crate::seeded::{Random, number, seed};
use crate::service::Service;

/// So many bytes make a request.
const LENGTH: usize = 96;

/// What there is to ask for, again and again, since much of it gets deleted.
fn lay_out(service: &Service) {
    for path in ["root/docs/a.txt", "root/docs/deep/b.txt", "root/a.txt"] {
        if service
            .at(path)
            .parent()
            .is_some_and(std::path::Path::is_dir)
        {
            let _ = std::fs::write(service.at(path), "a");
        }
    }
    let _ = std::fs::create_dir_all(service.at("root/docs/deep"));
    let _ = std::os::unix::fs::symlink("../outside", service.at("root/link"));
    let _ = std::os::unix::fs::symlink("..", service.at("root/up"));
}

#[tokio::test]
async fn no_nonsense_breaks_the_service_or_gets_out_of_its_folder() {
    let seed = seed();
    println!("MEDIASWEEP_SEED={seed}");
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("root")).unwrap();
    std::fs::write(folder.path().join("outside"), "outside").unwrap();
    let service = Service::over(folder, |config| config.root = config.root.join("root")).await;
    let mut random = Random::new(seed);
    for count in 0..number("MEDIASWEEP_REQUESTS", 1000) {
        if count.is_multiple_of(50) {
            lay_out(&service);
        }
        let bytes: Vec<u8> = (0..LENGTH)
            .map(|_| random.next().to_le_bytes()[0])
            .collect();
        let asked = guess::request(&bytes);
        let answer = service.wire_status(&asked.method, &asked.target, &asked.body);
        let (status, text) = answer.await;
        assert_ne!(status, 500, "request {count}, {asked:?}: {text}");
        assert_ne!(status, 503, "request {count}, {asked:?}: {text}");
    }
    let outside = std::fs::read_to_string(service.at("outside")).unwrap();
    assert_eq!(outside, "outside");
    assert_eq!(std::fs::read_dir(service.root()).unwrap().count(), 2);
    assert_eq!(service.get("directory/local/-").await.status, 200);
}
