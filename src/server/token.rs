//! Access tokens: made, renewed by use, taken back; and what their grants allow (part A
//! section 4). They live in memory only.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};

use super::random;
use super::space::work::Rights;

/// A right that a token may carry (part A 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Read counts that only administrators may.
    SpaceAdmin,
    /// Make directories.
    CreateDirectory,
    /// Move directories.
    MoveDirectory,
    /// Move files without overwriting.
    MoveFile,
    /// Move files over others.
    MoveFileForce,
    /// Copy directories.
    CopyDirectory,
    /// Copy files without overwriting.
    CopyFile,
    /// Copy files over others.
    CopyFileForce,
    /// Begin an upload.
    Upload,
    /// Begin an upload that overwrites.
    UploadForce,
    /// Confirm an upload.
    ConfirmUpload,
    /// Purge and empty the bin.
    DeleteRecycled,
    /// Restore from the bin.
    RestoreRecycled,
}

impl Grant {
    /// The words of the protocol that give it, besides `admin` and `space_admin`.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::SpaceAdmin => &[],
            Self::CreateDirectory => &["create_directory"],
            Self::MoveDirectory => &["move_directory"],
            Self::MoveFile => &["move_file", "move_file_force"],
            Self::MoveFileForce => &["move_file_force"],
            Self::CopyDirectory => &["copy_directory"],
            Self::CopyFile => &["copy_file", "copy_file_force"],
            Self::CopyFileForce => &["copy_file_force"],
            Self::Upload => &[
                "upload_file",
                "upload_file_force",
                "begin_upload",
                "begin_upload_force",
            ],
            Self::UploadForce => &["upload_file_force", "begin_upload_force"],
            Self::ConfirmUpload => &["upload_file", "upload_file_force", "confirm_upload"],
            Self::DeleteRecycled => &["delete_recycled"],
            Self::RestoreRecycled => &["restore_recycled"],
        }
    }
}

/// What a token allows, and to whom it was given.
#[derive(Clone, Debug, Default)]
pub struct Access {
    grants: Vec<String>,
    user: String,
    client: String,
    session: String,
}

impl Access {
    /// Reads the grants of a request for a token: a comma list, unknown words kept.
    pub fn new(grants: &str, user: &str, client: &str, session: &str) -> Self {
        Self {
            grants: list(grants),
            user: user.to_owned(),
            client: client.to_owned(),
            session: session.to_owned(),
        }
    }

    /// Whether it carries a right.
    pub fn allows(&self, grant: Grant) -> bool {
        self.is_admin() || grant.words().iter().any(|word| self.has(word))
    }

    /// What it may delete.
    pub fn rights(&self) -> Rights {
        if self.is_admin() {
            return Rights::ALL;
        }
        Rights {
            file: self.has("delete_file"),
            file_permanent: self.has("delete_file_permanent"),
            directory: self.has("delete_directory"),
            directory_permanent: self.has("delete_directory_permanent"),
        }
    }

    fn is_admin(&self) -> bool {
        self.has("admin") || self.has("space_admin")
    }

    fn has(&self, word: &str) -> bool {
        self.grants.iter().any(|grant| grant == word)
    }
}

/// Which tokens to take back: of these users, and of these clients and sessions if any are named.
#[derive(Clone, Debug, Default)]
pub struct Holders {
    /// User ids.
    pub users: Vec<String>,
    /// Client ids; empty for all.
    pub clients: Vec<String>,
    /// Session ids; empty for all.
    pub sessions: Vec<String>,
}

struct Token {
    access: Access,
    period: i64,
    expires: Timestamp,
}

/// All tokens.
#[derive(Default)]
pub struct Tokens(Mutex<HashMap<String, Token>>);

impl Tokens {
    /// Makes a token that lives `period` seconds from now and from each use.
    pub fn create(
        &self,
        access: Access,
        period: i64,
        now: Timestamp,
    ) -> Result<String, getrandom::Error> {
        let text = format!("acctk{}", random::hex::<32>()?);
        let mut tokens = self.tokens();
        tokens.retain(|_, token| token.expires > now);
        let token = Token {
            access,
            period,
            expires: now + SignedDuration::from_secs(period),
        };
        tokens.insert(text.clone(), token);
        Ok(text)
    }

    /// Uses a token: what it allows and how many seconds it now lives; none if it does not.
    pub fn renew(&self, text: &str, now: Timestamp) -> Option<(Access, i64)> {
        let mut tokens = self.tokens();
        let token = tokens.get_mut(text)?;
        if token.expires <= now {
            tokens.remove(text);
            return None;
        }
        token.expires = now + SignedDuration::from_secs(token.period);
        Some((token.access.clone(), token.period))
    }

    /// Takes one back.
    pub fn delete(&self, text: &str) -> bool {
        self.tokens().remove(text).is_some()
    }

    /// Takes back those of some holders.
    pub fn delete_of(&self, holders: &Holders) {
        let is_in = |list: &[String], id: &String| list.is_empty() || list.contains(id);
        self.tokens().retain(|_, token| {
            !(holders.users.contains(&token.access.user)
                && is_in(&holders.clients, &token.access.client)
                && is_in(&holders.sessions, &token.access.session))
        });
    }

    fn tokens(&self) -> MutexGuard<'_, HashMap<String, Token>> {
        self.0
            .lock()
            .expect("no thread panics while holding the tokens")
    }
}

/// The parts of a comma list.
pub fn list(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}
