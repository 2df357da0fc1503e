//! Moving pictures made smaller, with fewer pictures in them. Knows no requests and no cache.

use std::fs::File;
use std::io::{BufReader, Seek as _};
use std::time::Duration;

use image::codecs::gif::{GifDecoder, GifEncoder, Repeat};
use image::{AnimationDecoder as _, Delay, DynamicImage, Frame, Frames, ImageDecoder as _};
use image::{ImageResult, Limits};

use super::shape::Shape;

/// What comes behind so many pictures is left out: each of them has to be drawn.
const LONGEST: usize = 1000;

/// From fast to small, 1 to 30.
const SPEED: i32 = 10;

/// A GIF of at most so many pictures, which lasts as long as the whole; none if it does not move.
pub fn make(
    file: &mut File,
    shape: Shape,
    most: usize,
    limits: &Limits,
) -> ImageResult<Option<Vec<u8>>> {
    let times = frames(file, limits)?
        .take(LONGEST)
        .map(|frame| Ok(Duration::from(frame?.delay())))
        .collect::<ImageResult<Vec<_>>>()?;
    let count = times.len().min(most);
    if count < 2 {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, SPEED);
    encoder.set_repeat(Repeat::Infinite)?;
    let first = |index: usize| index * times.len() / count;
    let mut next = 0;
    for (at, frame) in frames(file, limits)?.take(times.len()).enumerate() {
        let frame = frame?;
        if at != first(next) {
            continue;
        }
        let time: Duration = times[at..first(next + 1)].iter().sum();
        next += 1;
        let small = shape.apply(&DynamicImage::from(frame.into_buffer()));
        let delay = Delay::from_saturating_duration(time);
        encoder.encode_frame(Frame::from_parts(small.into_rgba8(), 0, 0, delay))?;
    }
    drop(encoder);
    Ok(Some(bytes))
}

fn frames<'a>(file: &'a mut File, limits: &Limits) -> ImageResult<Frames<'a>> {
    file.rewind()?;
    let mut decoder = GifDecoder::new(BufReader::new(file))?;
    decoder.set_limits(limits.clone())?;
    Ok(decoder.into_frames())
}
