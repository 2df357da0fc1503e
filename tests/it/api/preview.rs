//! Previews of pictures (part B 5.1, part A 8.3).

use image::{DynamicImage, GenericImageView, ImageFormat, Rgb, RgbImage};
use reqwest::Method;

use crate::service::{Answer, Service};

/// Wide, the left half red and the right half blue.
fn picture() -> DynamicImage {
    let picture = RgbImage::from_fn(80, 40, |x, _| {
        if x < 40 {
            Rgb([250, 0, 0])
        } else {
            Rgb([0, 0, 250])
        }
    });
    picture.into()
}

fn put(service: &Service, name: &str, format: ImageFormat) {
    picture()
        .save_with_format(service.at(name), format)
        .unwrap();
}

async fn fetch(service: &Service, answer: &Answer) -> reqwest::Response {
    assert_eq!(answer.status, 302, "{answer:?}");
    let request = service
        .http()
        .request(Method::GET, answer.header("location"));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response
}

async fn decoded(service: &Service, path: &str) -> DynamicImage {
    let answer = service.get(path).await;
    let bytes = fetch(service, &answer).await.bytes().await.unwrap();
    image::load_from_memory(&bytes).unwrap()
}

#[tokio::test]
async fn pictures_of_all_kinds_have_previews() {
    let service = Service::start().await;
    for (name, format) in [
        ("a.jpg", ImageFormat::Jpeg),
        ("b.png", ImageFormat::Png),
        ("c.gif", ImageFormat::Gif),
        ("d.webp", ImageFormat::WebP),
        ("e.bmp", ImageFormat::Bmp),
        ("样 f.tiff", ImageFormat::Tiff),
    ] {
        put(&service, name, format);
        let path = format!("file/local/-/{name}?preview&size=16&purpose=list");
        assert_eq!(
            decoded(&service, &path).await.dimensions(),
            (16, 16),
            "{name}"
        );
    }
    service.write("t.txt", "text");
    let listed = service.get("directory/local/-?limit=100").await.json();
    for entry in listed["contents"].as_array().unwrap() {
        let is_picture = entry["name"] != "t.txt";
        assert_eq!(entry["previewByCI"], is_picture);
        assert_eq!(entry["previewAsIcon"], is_picture);
    }
    assert!(!service.has(".mediasweep"), "looking writes nothing");
}

#[tokio::test]
async fn a_preview_has_the_size_that_was_asked_for() {
    let service = Service::start().await;
    put(&service, "a.png", ImageFormat::Png);
    for (query, size) in [
        ("size=20&scale=50", (20, 20)),
        ("scale=50&width_size=8", (40, 20)),
        ("width_size=20", (20, 10)),
        ("height_size=10", (20, 10)),
        ("width_size=20&height_size=20", (20, 10)),
        ("frame_number=1", (80, 40)),
    ] {
        let path = format!("file/local/-/a.png?preview=1&{query}");
        assert_eq!(decoded(&service, &path).await.dimensions(), size, "{query}");
    }
    for query in ["size=0", "size=x", "scale=101"] {
        let answer = service
            .get(&format!("file/local/-/a.png?preview&{query}"))
            .await;
        assert_eq!(answer.code(), (400, "ParamInvalid".into()));
    }
}

#[tokio::test]
async fn a_picture_on_its_side_is_set_upright() {
    let service = Service::start().await;
    put(&service, "a.jpg", ImageFormat::Jpeg);
    let plain = std::fs::read(service.at("a.jpg")).unwrap();
    // An EXIF segment with one tag: orientation 6, a quarter turn to the right.
    let exif = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let turned = [&plain[..2], exif, &plain[2..]].concat();
    std::fs::write(service.at("a.jpg"), turned).unwrap();
    let small = decoded(&service, "file/local/-/a.jpg?preview&width_size=20").await;
    assert_eq!(small.dimensions(), (20, 40));
    let top = small.get_pixel(10, 5);
    assert!(
        top[0] > 200 && top[2] < 50,
        "the left half is on top: {top:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_shown_is_downloaded() {
    let service = Service::start().await;
    service.write("a.png", "no picture");
    service.write("a.txt", "text");
    // A few bytes that claim to be a picture of 60000 by 60000 pixels.
    let mut bomb = Vec::new();
    picture()
        .write_to(&mut std::io::Cursor::new(&mut bomb), ImageFormat::Bmp)
        .unwrap();
    bomb[18..26].copy_from_slice(&[0x60, 0xea, 0, 0, 0x60, 0xea, 0, 0]);
    std::fs::write(service.at("bomb.bmp"), &bomb).unwrap();
    for (name, length) in [("a.png", 10), ("a.txt", 4), ("bomb.bmp", bomb.len())] {
        let answer = service
            .get(&format!("file/local/-/{name}?preview&size=9"))
            .await;
        let bytes = fetch(&service, &answer).await.bytes().await.unwrap();
        assert_eq!(bytes.len(), length, "{name}");
    }
    let gone = service.get("file/local/-/gone.png?preview&size=9").await;
    assert_eq!(gone.code(), (404, "FileNotFound".into()));
}

#[tokio::test]
async fn a_picture_in_the_bin_has_a_preview() {
    let service = Service::start().await;
    put(&service, "a.png", ImageFormat::Png);
    service.delete("file/local/-/a.png").await;
    let id = service.bin_id("a.png").await;
    let path = format!("recycled/local/-/{id}?preview&size=10");
    assert_eq!(decoded(&service, &path).await.dimensions(), (10, 10));
    let gone = service.get("recycled/local/-/999?preview").await;
    assert_eq!(gone.code(), (404, "RecycledItemNotFound".into()));
}
