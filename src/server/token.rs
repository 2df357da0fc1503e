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
    /// What only administrators of the whole library may.
    Admin,
    /// Make spaces.
    CreateSpace,
    /// Delete spaces.
    DeleteSpace,
    /// What only administrators may, be it of some spaces.
    SpaceAdmin,
    /// Make directories.
    CreateDirectory,
    /// Copy directories.
    CopyDirectory,
    /// Move directories.
    MoveDirectory,
    /// Copy files without overwriting.
    CopyFile,
    /// Copy files over others.
    CopyFileForce,
    /// Move files without overwriting.
    MoveFile,
    /// Move files over others.
    MoveFileForce,
    /// Make symbolic links.
    CreateSymlink,
    /// Make symbolic links in the place of others.
    CreateSymlinkForce,
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
    /// Make an earlier version the newest.
    SetHistoryLatest,
    /// Delete earlier versions.
    DeleteHistory,
}

impl Grant {
    /// The words of the protocol that give it, besides `admin` and `space_admin`.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Admin | Self::SpaceAdmin => &[],
            Self::CreateSpace => &["create_space"],
            Self::DeleteSpace => &["delete_space"],
            Self::CreateDirectory => &["create_directory"],
            Self::CopyDirectory => &["copy_directory"],
            Self::MoveDirectory => &["move_directory"],
            Self::MoveFile => &["move_file", "move_file_force"],
            Self::MoveFileForce => &["move_file_force"],
            Self::CopyFile => &["copy_file", "copy_file_force"],
            Self::CopyFileForce => &["copy_file_force"],
            Self::CreateSymlink => &[
                "create_symlink",
                "create_symlink_force",
                "upload_file",
                "upload_file_force",
            ],
            Self::CreateSymlinkForce => &["create_symlink_force", "upload_file_force"],
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
            Self::SetHistoryLatest => &["set_history_latest"],
            Self::DeleteHistory => &["delete_history"],
        }
    }

    /// Whether it is about spaces themselves or the whole library, so that `space_admin` does not
    /// give it.
    fn is_above_spaces(self) -> bool {
        matches!(self, Self::Admin | Self::CreateSpace | Self::DeleteSpace)
    }
}

/// What a token allows, where, and to whom it was given.
#[derive(Clone, Debug, Default)]
pub struct Access {
    grants: Vec<String>,
    spaces: Vec<String>,
    user: String,
    client: String,
    session: String,
}

impl Access {
    /// Reads the grants of a request for a token: a comma list, unknown words kept.
    pub fn new(grants: &str, user: &str, client: &str, session: &str) -> Self {
        Self {
            grants: list(grants),
            spaces: Vec::new(),
            user: user.to_owned(),
            client: client.to_owned(),
            session: session.to_owned(),
        }
    }

    /// What the library's secret allows where it comes instead of a token: everything.
    pub fn owner() -> Self {
        Self::new("admin", "", "", "")
    }

    /// The same for these spaces only; none named means what [`Self::is_for`] says.
    #[must_use]
    pub fn within(self, spaces: Vec<String>) -> Self {
        Self { spaces, ..self }
    }

    /// Whether it opens a space. One that names no spaces opens all of them to an administrator of
    /// the library, and none to others (part A 4.1).
    pub fn is_for(&self, space: &str) -> bool {
        if self.spaces.is_empty() {
            return self.has("admin");
        }
        self.spaces.iter().any(|named| named == space)
    }

    /// Whether it carries a right.
    pub fn allows(&self, grant: Grant) -> bool {
        self.has("admin")
            || (self.has("space_admin") && !grant.is_above_spaces())
            || grant.words().iter().any(|word| self.has(word))
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

    /// Whose request it is: the token's user, or the one that an administrator's token without a
    /// user asks for (part A 2.6).
    pub fn user<'a>(&'a self, asked: Option<&'a str>) -> &'a str {
        match asked {
            Some(asked) if self.user.is_empty() && self.is_admin() => asked,
            _ => &self.user,
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
