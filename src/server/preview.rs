//! Previews of pictures over HTTP (part B 5.1, part A 8.3).

use std::fs::File;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::path::RemotePath;

use super::bytes::{self, Link};
use super::entry::{has_preview, media_type};
use super::error::Fault;
use super::request::{Call, Query};
use super::space::facts::Facts;
use super::space::restore::name_of;
use super::thumbs::{Look, Shape};
use super::{file, history};

/// Larger numbers than this are no sizes of small pictures; more is made smaller silently.
const LARGEST: usize = 100_000;

/// More pictures than this are not taken from a moving one.
const MOST_FRAMES: usize = 10_000;

/// `GET /file/{L}/{S}/{path}?preview` (part B 5.1). What cannot be shown is downloaded.
pub async fn of_file(call: Call) -> Result<Response, Fault> {
    let version = history::asked(&call.target.query)?;
    let look = look(&call.target.query)?;
    let path = call.target.path()?;
    let link = link(&call, &path, version, look).await?;
    super::recent::note_preview(&call, path).await?;
    redirect(&link)
}

/// `GET /recycled/{L}/{S}/{id}?preview` (part A 8.3).
pub async fn of_recycled(call: Call) -> Result<Response, Fault> {
    let look = look(&call.target.query)?;
    let id = super::recycled::id(&call)?;
    let (name, opened) = call
        .on_disk(move |space| {
            let row = space.bin_row(id)?;
            Ok((name_of(&row.recycled.path), space.open_recycled(id)?))
        })
        .await?;
    let id = id.to_string();
    let link = match look {
        Some(look) if has_thumb(&call, &name, opened, look).await => {
            bytes::link_to_thumb(&call, look, &["recycled", &id, &name])
        }
        _ => bytes::link_to_recycled(&call, id.parse().unwrap_or(0), bytes::LIFETIME),
    };
    redirect(&link)
}

/// A URL for a small picture of a file; for the file itself where no size is asked for or none can
/// be made.
pub async fn link(
    call: &Call,
    path: &RemotePath,
    version: Option<u64>,
    look: Option<Look>,
) -> Result<Link, Fault> {
    let opened = {
        let path = path.clone();
        call.on_disk(move |space| file::open(space, &path, version))
            .await?
    };
    let original = || file::link(call, path, version, bytes::LIFETIME, None);
    let Some(look) = look else {
        return Ok(original());
    };
    if !has_thumb(call, path.name(), opened, look).await {
        return Ok(original());
    }
    let source = match version {
        None => format!("file/{path}", path = path.as_str()),
        Some(id) => format!("history/{id}/{}", path.name()),
    };
    let components: Vec<&str> = source.split('/').collect();
    Ok(bytes::link_to_thumb(call, look, &components))
}

/// What a request asks for; none for the picture as it is.
pub fn look(query: &Query) -> Result<Option<Look>, Fault> {
    let number = |name: &str, most| {
        let number = query.number(name, usize::MAX, most)?;
        Ok::<_, Fault>(match number {
            usize::MAX => None,
            number => u32::try_from(number).ok(),
        })
    };
    let (size, scale) = (number("size", LARGEST)?, number("scale", 100)?);
    let (width, height) = (
        number("width_size", LARGEST)?,
        number("height_size", LARGEST)?,
    );
    let frames = query.number("frame_number", usize::MAX, MOST_FRAMES)?;
    // Pictures that do not move have no use for it.
    let frames = u16::try_from(frames).ok();
    let shape = match (size, scale, width, height) {
        (Some(size), _, _, _) => Shape::Square(size),
        (None, Some(percent), _, _) => Shape::Percent(percent),
        (None, None, None, None) if frames.is_none() => return Ok(None),
        (None, None, None, None) => Shape::Percent(100),
        (None, None, width, height) => Shape::Box(width.unwrap_or(0), height.unwrap_or(0)),
    };
    Ok(Some(Look { shape, frames }))
}

async fn has_thumb(call: &Call, name: &str, (file, facts): (File, Facts), look: Look) -> bool {
    let is_gif = media_type(name) == "image/gif";
    let is_changed = look.shape != Shape::Percent(100) || (look.frames.is_some() && is_gif);
    is_changed && has_preview(name) && call.service.thumbs.of(file, &facts, look).await.is_some()
}

/// An answer that leads to a URL.
pub fn redirect(link: &Link) -> Result<Response, Fault> {
    let location = HeaderValue::from_str(&link.url)
        .map_err(|error| Fault::new(500, "InternalServerError", error.to_string()))?;
    Ok((StatusCode::FOUND, [(header::LOCATION, location)]).into_response())
}
