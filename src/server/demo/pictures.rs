//! Small real pictures: a few are painted, and each file gets a comment of its own, so that all
//! differ and none takes time.

use std::io;

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageFormat, Rgb, RgbImage};

const WIDTH: u32 = 96;
const HEIGHT: u32 = 64;

/// Painted pictures, as JPEG and as PNG.
pub struct Pictures {
    jpeg: Vec<Vec<u8>>,
    png: Vec<Vec<u8>>,
}

impl Pictures {
    /// Paints them.
    pub fn paint() -> io::Result<Self> {
        let mut pictures = Self {
            jpeg: Vec::new(),
            png: Vec::new(),
        };
        for motif in 0..12 {
            let picture = landscape(motif);
            let mut jpeg = Vec::new();
            JpegEncoder::new_with_quality(&mut jpeg, 70)
                .encode(&picture, WIDTH, HEIGHT, ExtendedColorType::Rgb8)
                .map_err(io::Error::other)?;
            pictures.jpeg.push(jpeg);
            let mut png = io::Cursor::new(Vec::new());
            picture
                .write_to(&mut png, ImageFormat::Png)
                .map_err(io::Error::other)?;
            pictures.png.push(png.into_inner());
        }
        Ok(pictures)
    }

    /// A JPEG that no other number gives.
    pub fn jpeg(&self, number: u64) -> Vec<u8> {
        let picture = pick(&self.jpeg, number);
        let comment = format!("mediasweep demo {number:08}");
        let length = u16::try_from(comment.len() + 2).unwrap_or(2);
        // Right after the two bytes that begin the file.
        let mut bytes = picture[..2].to_vec();
        bytes.extend([0xFF, 0xFE]);
        bytes.extend(length.to_be_bytes());
        bytes.extend(comment.as_bytes());
        bytes.extend(&picture[2..]);
        bytes
    }

    /// One of the painted PNGs.
    pub fn png(&self, number: u64) -> Vec<u8> {
        pick(&self.png, number).to_vec()
    }
}

fn pick(pictures: &[Vec<u8>], number: u64) -> &[u8] {
    let count = pictures.len() as u64;
    let index = usize::try_from(number % count).unwrap_or(0);
    &pictures[index]
}

/// Sky, a sun, hills: whole numbers only, so that all machines paint the same.
fn landscape(motif: u32) -> RgbImage {
    let sun = (12 + motif * 7 % 70, 10 + motif * 5 % 16);
    let ground = 36 + motif * 3 % 14;
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let wave = (x * (3 + motif % 4) / 5) % 24;
        let hill = ground + wave.min(24 - wave) / 2;
        let away = x.abs_diff(sun.0).pow(2) + y.abs_diff(sun.1).pow(2);
        let colour = if y > hill {
            [40 + motif * 9, 90 + (y - hill) * 2, 50 + motif * 4]
        } else if away < 40 {
            [250, 220, 120]
        } else {
            [90 + motif * 10, 140 + y, 220 - y]
        };
        Rgb(colour.map(|value| u8::try_from(value.min(255)).unwrap_or(255)))
    })
}
