//! The accounts of the settings.

use std::path::PathBuf;

use serde::Deserialize;

/// An account. It names the variable that holds its token or secret and never holds it itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// A folder of this machine, through the embedded service; instead of an address.
    pub local: Option<PathBuf>,
    /// Address of the service.
    #[serde(default)]
    pub url: String,
    /// The library.
    #[serde(default)]
    pub library: String,
    /// The space in it.
    #[serde(default = "single_space")]
    pub space: String,
    /// Spaces to choose from, where there are several.
    #[serde(default)]
    pub spaces: Vec<String>,
    /// The user to whom requests are attributed.
    pub user: Option<String>,
    /// The variable that holds an access token.
    pub token_env: Option<String>,
    /// The variable that holds the library secret.
    pub secret_env: Option<String>,
    /// The command that prints an access token.
    pub token_command: Option<String>,
    /// The command that prints the library secret.
    pub secret_command: Option<String>,
    /// What the keyring of the system holds for this account.
    pub keyring: Option<Kept>,
    /// Whether the screen changes nothing there.
    #[serde(default)]
    pub read_only: bool,
}

/// What is kept in a keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// An access token.
    Token,
    /// The library secret.
    Secret,
}

impl Profile {
    /// The spaces to choose from.
    pub fn spaces(&self) -> &[String] {
        if self.spaces.is_empty() {
            std::slice::from_ref(&self.space)
        } else {
            &self.spaces
        }
    }
}

fn single_space() -> String {
    "-".into()
}
