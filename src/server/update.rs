//! What is said about entries over HTTP: labels, metadata and the like (part B 2.10).

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::domain::path::RemotePath;

use super::entry::META;
use super::error::Fault;
use super::request::Call;
use super::space::attributes::Attributes;
use super::space::facts::Kind;
use super::space::problem::Problem;
use super::token::Grant;

/// The longest category, in bytes (part B 1.6).
const LONGEST_CATEGORY: usize = 16;

/// The most bytes that a virtual file can count as.
const LARGEST: u64 = i64::MAX.unsigned_abs();

/// What is to be said; what is absent or null stays as it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Update {
    /// Instead of the labels that are there.
    labels: Option<Vec<String>>,
    /// Metadata, with or without the prefix; null takes a key away.
    meta_data: Option<BTreeMap<String, Option<String>>>,
    meta_data_directive: Option<Directive>,
    /// Empty takes it away.
    category: Option<String>,
    local_creation_time: Option<String>,
    local_modification_time: Option<String>,
    /// Empty takes it away.
    content_type: Option<String>,
    /// Of a virtual file, as a decimal string.
    size: Option<Size>,
}

/// What becomes of the metadata that is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Directive {
    /// It stays, key by key.
    #[default]
    Merge,
    /// It goes.
    Replace,
}

/// A size, as a decimal string or a number.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Size {
    Number(u64),
    Text(String),
}

/// `POST ?update`: of a directory or a file; 204.
pub async fn update(call: Call) -> Result<Response, Fault> {
    let path = call.target.path()?;
    let body: Update = call.json()?.unwrap_or_default();
    let update = body.checked()?;
    call.require(Grant::SpaceAdmin)?;
    let added = growth(&call, &path, update.size).await?;
    // Under a quota that is exceeded already, labels can still be given.
    if added > 0 {
        call.service.check_room(&call.space, added).await?;
    }
    call.on_disk(move |space| {
        let facts = space.look(&path)?;
        let old_size = space.size_of(&facts)?;
        space.change_attributes(&facts, |known| {
            if update.size.is_some() && !known.is_virtual(&facts) {
                return Err(Problem::BadParameter(
                    "only a virtual file can be given a size".to_owned(),
                ));
            }
            update.apply(known, facts.kind == Kind::Directory);
            Ok(())
        })?;
        let extra = json!({
            "oldSize": old_size.to_string(),
            "newSize": space.size_of(&facts)?.to_string(),
            "oldEtag": facts.e_tag(),
        });
        space.tell_of("FILE.MODIFY", &path, extra);
        Ok(())
    })
    .await?;
    call.service.used.add(call.space.id(), added);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// How many bytes more a virtual file counts as with a size, which its quota must have room for.
async fn growth(call: &Call, path: &RemotePath, size: Option<u64>) -> Result<u64, Fault> {
    let Some(size) = size else { return Ok(0) };
    let path = path.clone();
    let known = call.on_disk(move |space| space.size_of(&space.look(&path)?));
    Ok(size.saturating_sub(known.await?))
}

/// An update whose values are good.
#[derive(Clone, Debug)]
pub struct Checked {
    update: Update,
    local_created: Option<Timestamp>,
    local_modified: Option<Timestamp>,
    size: Option<u64>,
}

impl Update {
    /// Looks at the values.
    pub fn checked(self) -> Result<Checked, Fault> {
        if self
            .category
            .as_ref()
            .is_some_and(|category| category.len() > LONGEST_CATEGORY)
        {
            return Err(Fault::parameter(format!(
                "a category may have {LONGEST_CATEGORY} bytes"
            )));
        }
        let size = match &self.size {
            None => None,
            Some(Size::Number(number)) => Some(*number),
            Some(Size::Text(text)) => Some(text.parse().unwrap_or(u64::MAX)),
        };
        if size.is_some_and(|size| size > LARGEST) {
            return Err(Fault::parameter(format!(
                "size is a decimal number up to {LARGEST}"
            )));
        }
        Ok(Checked {
            local_created: time(self.local_creation_time.as_deref())?,
            local_modified: time(self.local_modification_time.as_deref())?,
            size,
            update: self,
        })
    }

    /// What is said about a directory that is made with these.
    pub fn for_new(self, user: &str) -> Result<Attributes, Fault> {
        let mut attributes = Attributes::default();
        let checked = self.checked()?;
        checked.apply(&mut attributes, true);
        attributes.local_created = checked.local_created;
        attributes.local_modified = checked.local_modified;
        // Who made it is worth no change of its own.
        if attributes != Attributes::default() && !user.is_empty() {
            attributes.user = Some(user.to_owned());
        }
        Ok(attributes)
    }

    /// What is said about a virtual file that is made with these.
    pub fn for_virtual(self, user: &str) -> Result<Attributes, Fault> {
        let checked = self.checked()?;
        let mut attributes = Attributes {
            virtual_size: Some(0),
            user: (!user.is_empty()).then(|| user.to_owned()),
            ..Attributes::default()
        };
        checked.apply(&mut attributes, false);
        Ok(attributes)
    }
}

impl Checked {
    /// Changes what is said; of a directory only labels and metadata are.
    fn apply(&self, known: &mut Attributes, is_directory: bool) {
        let update = &self.update;
        if let Some(labels) = &update.labels {
            known.labels.clone_from(labels);
        }
        if let Some(pairs) = &update.meta_data {
            if update.meta_data_directive == Some(Directive::Replace) {
                known.metadata.clear();
            }
            for (key, value) in pairs {
                let key = key.to_lowercase();
                let key = key.strip_prefix(META).unwrap_or(&key);
                match value {
                    Some(value) => {
                        known.metadata.insert(key.to_owned(), value.clone());
                    }
                    None => {
                        known.metadata.remove(key);
                    }
                }
            }
        }
        if is_directory {
            return;
        }
        let text = |text: &String| (!text.is_empty()).then(|| text.clone());
        if let Some(category) = &update.category {
            known.category = text(category);
        }
        if let Some(content_type) = &update.content_type {
            known.content_type = text(content_type);
        }
        known.local_created = self.local_created.or(known.local_created);
        known.local_modified = self.local_modified.or(known.local_modified);
        known.virtual_size = self.size.or(known.virtual_size);
    }
}

fn time(text: Option<&str>) -> Result<Option<Timestamp>, Fault> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    text.parse().map(Some).map_err(|_| {
        Fault::new(
            400,
            "InvalidTimeFormat",
            format!("'{text}' is no time in ISO 8601"),
        )
    })
}
