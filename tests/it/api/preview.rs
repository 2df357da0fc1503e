//! Previews of pictures (part B 5.1, part A 8.3).

use std::io::Cursor;

use image::codecs::gif::{GifDecoder, GifEncoder};
use image::{AnimationDecoder as _, Delay, Frame, Rgba, RgbaImage};
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

/// Ten pictures, each shown for so many hundredths of a second as it has in red.
fn film(count: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for number in 1..=count {
        let picture = RgbaImage::from_pixel(40, 20, Rgba([number * 10, 0, 0, 255]));
        let delay = Delay::from_numer_denom_ms(u32::from(number) * 10, 1);
        encoder
            .encode_frame(Frame::from_parts(picture, 0, 0, delay))
            .unwrap();
    }
    drop(encoder);
    bytes
}

#[tokio::test]
async fn a_moving_picture_keeps_its_length_with_fewer_pictures() {
    let service = Service::start().await;
    std::fs::write(service.at("a.gif"), film(10)).unwrap();
    let delays = async |query: &str| {
        let url = format!("file/local/-/a.gif?preview&{query}");
        let answer = fetch(&service, &service.get(&url).await).await;
        assert_eq!(answer.headers()["content-type"], "image/gif", "{query}");
        let bytes = answer.bytes().await.unwrap();
        let frames = GifDecoder::new(Cursor::new(&bytes)).unwrap().into_frames();
        let frames = frames.collect_frames().unwrap();
        let size = frames[0].buffer().dimensions();
        let delays = frames.iter().map(|frame| frame.delay().numer_denom_ms().0);
        (size, delays.collect::<Vec<_>>())
    };
    // 1 to 5 and 6 to 10, in hundredths.
    assert_eq!(
        delays("frame_number=2&width_size=20").await,
        ((20, 10), vec![150, 400])
    );
    let (size, all) = delays("frame_number=99").await;
    assert_eq!((size, all.len()), ((40, 20), 10));
    assert_eq!(all.iter().sum::<u32>(), 550);
    // A single one does not move.
    let still = decoded(&service, "file/local/-/a.gif?preview&frame_number=1&size=8").await;
    assert_eq!(still.dimensions(), (8, 8));
    let wrong = service
        .get("file/local/-/a.gif?preview&frame_number=0")
        .await;
    assert_eq!(wrong.code(), (400, "ParamInvalid".into()));
    // Other pictures are not touched by it.
    put(&service, "b.png", ImageFormat::Png);
    let answer = service
        .get("file/local/-/b.png?preview&frame_number=3")
        .await;
    let bytes = fetch(&service, &answer).await.bytes().await.unwrap();
    assert_eq!(&bytes[..], std::fs::read(service.at("b.png")).unwrap());
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
        .write_to(&mut Cursor::new(&mut bomb), ImageFormat::Bmp)
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
