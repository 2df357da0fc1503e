//! What a small picture is to be like, as text and done to a picture. Knows no files.

use image::DynamicImage;

/// The longest side of what is made.
const LARGEST: u32 = 2048;

/// How a picture is made smaller (part B 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// The square in its middle, so many pixels wide.
    Square(u32),
    /// So many percent of its size.
    Percent(u32),
    /// So wide and so high; 0 for what follows from the other.
    Box(u32, u32),
}

/// What a small picture is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Look {
    /// How it is made smaller.
    pub shape: Shape,
    /// The most pictures that a moving one has; a still one otherwise.
    pub frames: Option<u16>,
}

impl Look {
    /// As text in a URL.
    pub fn text(self) -> String {
        match self.frames {
            None => self.shape.text(),
            Some(frames) => format!("{}f{frames}", self.shape.text()),
        }
    }

    /// The opposite of [`Look::text`].
    pub fn parse(text: &str) -> Option<Self> {
        let (shape, frames) = match text.split_once('f') {
            None => (text, None),
            Some((shape, frames)) => (shape, Some(frames.parse().ok()?)),
        };
        Some(Self {
            shape: Shape::parse(shape)?,
            frames,
        })
    }
}

impl Shape {
    fn text(self) -> String {
        match self {
            Self::Square(size) => format!("s{size}"),
            Self::Percent(percent) => format!("p{percent}"),
            Self::Box(width, height) => format!("w{width}h{height}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        if let Some(size) = text.strip_prefix('s') {
            return size.parse().ok().map(Self::Square);
        }
        if let Some(percent) = text.strip_prefix('p') {
            return percent.parse().ok().map(Self::Percent);
        }
        let (width, height) = text.strip_prefix('w')?.split_once('h')?;
        Some(Self::Box(width.parse().ok()?, height.parse().ok()?))
    }

    /// A picture so.
    pub fn apply(self, picture: &DynamicImage) -> DynamicImage {
        let (width, height) = (picture.width().max(1), picture.height().max(1));
        match self {
            Self::Square(size) => {
                let shorter = width.min(height);
                let (x, y) = ((width - shorter) / 2, (height - shorter) / 2);
                let size = size.clamp(1, LARGEST);
                picture
                    .crop_imm(x, y, shorter, shorter)
                    .thumbnail_exact(size, size)
            }
            Self::Percent(percent) => {
                let part = |side: u32| (u64::from(side) * u64::from(percent) / 100).max(1);
                fit(picture, part(width), part(height))
            }
            Self::Box(wide, 0) => fit(picture, wide.into(), LARGEST.into()),
            Self::Box(0, high) => fit(picture, LARGEST.into(), high.into()),
            Self::Box(wide, high) => fit(picture, wide.into(), high.into()),
        }
    }
}

/// Inside of a box, as it is proportioned.
fn fit(picture: &DynamicImage, width: u64, height: u64) -> DynamicImage {
    let side = |side: u64| u32::try_from(side).unwrap_or(LARGEST).clamp(1, LARGEST);
    picture.thumbnail(side(width), side(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_text_and_back() {
        for shape in [
            Shape::Square(128),
            Shape::Percent(50),
            Shape::Box(0, 40),
            Shape::Box(30, 40),
        ] {
            for frames in [None, Some(12)] {
                let look = Look { shape, frames };
                assert_eq!(Look::parse(&look.text()), Some(look));
            }
        }
        for text in ["x1", "s1f", "f1", "s1f99999"] {
            assert_eq!(Look::parse(text), None);
        }
    }
}
