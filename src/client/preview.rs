//! A look at files without fetching them: small pictures that the service makes, and how a text
//! begins (part B 5.1).

use reqwest::header::CONTENT_TYPE;
use tokio::time::timeout;
use url::Url;

use crate::domain::path::RemotePath;
use crate::texts::later;

use super::content::secrets_of;
use super::{Client, Error, address::Query};

impl Client {
    /// A small picture of a file, at most `width` by `height` pixels where the service can make one:
    /// the bytes of a picture in one of the usual formats. None where there is none, or where only
    /// something of more than `largest` bytes would come: what cannot be shown is offered in full
    /// by the service, and is not wanted here.
    ///
    /// # Errors
    /// No such file, no right to see it, no answer, or a URL that bytes should not be fetched from.
    pub async fn picture(
        &self,
        path: &RemotePath,
        (width, height): (u32, u32),
        largest: usize,
    ) -> Result<Option<Vec<u8>>, Error> {
        let query = Query::new()
            .with("preview", "1")
            .with("width_size", &width.to_string())
            .with("height_size", &height.to_string());
        let answer = self.read(self.entry("file", path), query).await?;
        let Some(location) = &answer.location else {
            return Ok(None);
        };
        let url = Url::parse(location).map_err(|_| Error::BadPlace)?;
        let url = self.checked_place(url)?;
        let secrets = secrets_of(&url);
        let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
        let transport = &self.transport;
        let sent = timeout(transport.timeout(), transport.bytes()?.get(url).send()).await;
        let time = format!("{:?}", transport.timeout());
        let late = || Error::NoAnswer(later!("nothing moved for {time}", time));
        let mut response = sent
            .map_err(|_| late())?
            .map_err(|error| transport.lost(error, &secrets))?;
        let kind = response.headers().get(CONTENT_TYPE);
        let is_picture = kind
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.starts_with("image/"));
        let announced = response.content_length().unwrap_or(0);
        let is_small = usize::try_from(announced).is_ok_and(|bytes| bytes <= largest);
        if !response.status().is_success() || !is_picture || !is_small {
            return Ok(None);
        }
        let mut picture = Vec::new();
        loop {
            let read = timeout(transport.timeout(), response.chunk()).await;
            let chunk = read
                .map_err(|_| late())?
                .map_err(|error| transport.lost(error, &secrets))?;
            match chunk {
                Some(chunk) if picture.len() + chunk.len() <= largest => {
                    picture.extend_from_slice(&chunk);
                }
                Some(_) => return Ok(None),
                None => return Ok(Some(picture)),
            }
        }
    }

    /// The first bytes of a file, at most so many; the rest is not fetched. None if there is no such
    /// file.
    ///
    /// # Errors
    /// Those of [`Client::file_link`] and [`Client::receive`].
    pub async fn beginning(
        &self,
        path: &RemotePath,
        most: usize,
    ) -> Result<Option<Vec<u8>>, Error> {
        let Some(link) = self.file_link(path).await? else {
            return Ok(None);
        };
        let mut incoming = self.receive(&link, 0, None).await?;
        let mut bytes = Vec::new();
        while bytes.len() < most
            && let Some(chunk) = incoming.next().await?
        {
            bytes.extend_from_slice(&chunk);
        }
        bytes.truncate(most);
        Ok(Some(bytes))
    }
}
