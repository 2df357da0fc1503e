//! Albums over HTTP (part B 2.11).

use axum::response::Response;

use crate::domain::path::RemotePath;

use super::error::Fault;
use super::request::Call;
use super::space::facts::Kind;
use super::space::problem::Problem;
use super::space::rules::Albums;
use super::space::snapshot::{Filter, Names, Order, Start};
use super::space::{Space, snapshot};
use super::{entry, preview};

/// `GET /album/{L}/{S}/cover[/{Album}]`: to the first picture of an album.
pub async fn cover(call: Call) -> Result<Response, Fault> {
    let refused = |code, message: &str| Err(Fault::new(400, code, message.to_owned()));
    let album = Space::path(&call.target.parts.get(3..).unwrap_or_default().join("/"))?;
    match call.space.rules().media {
        None => {
            return refused(
                "CoverNotSupportedInFileLibrary",
                "only libraries of photos and videos have covers",
            );
        }
        Some(Albums::One) if album.is_root() => {
            return refused(
                "CoverNotSupportedInRootDirectory",
                "the root directory of this library holds no pictures",
            );
        }
        Some(Albums::None | Albums::One) => {}
    }
    let look = preview::look(&call.target.query)?;
    let path = call
        .on_disk(move |space| first_picture(space, &album))
        .await?;
    preview::redirect(&preview::link(&call, &path, None, look).await?)
}

fn first_picture(space: &Space, album: &RemotePath) -> Result<RemotePath, Problem> {
    let order = Order {
        by: snapshot::By::Upload,
        filter: Filter::Files,
        ..Order::default()
    };
    let mut marker = None::<String>;
    loop {
        let start = marker.as_deref().map_or(Start::First, Start::Marker);
        let page = space.list(album, order, &Names::default(), start, 100)?;
        let is_picture = |name: &str| entry::file_type(name) == "image";
        let found = page
            .entries
            .iter()
            .find(|(name, facts)| facts.kind == Kind::File && is_picture(name));
        if let Some((name, _)) = found {
            return album.join(name).map_err(|_| Problem::FileMissing);
        }
        marker = Some(page.next.ok_or(Problem::FileMissing)?);
    }
}
