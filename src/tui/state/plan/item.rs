//! One item of a plan: what would be sent, and why it may stay.

use crate::domain::entry::Kind;
use crate::domain::failure::Failure;
use crate::domain::job::Target;

/// What a dry run found of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It was not asked about.
    NotAsked,
    /// It is still there, as it was.
    Still,
    /// Nothing is there any more.
    Gone,
    /// Something else is there now: this.
    Changed(Box<Target>),
    /// It is there, and the right to delete it is missing.
    Denied,
    /// The service did not say.
    Unclear(Box<Failure>),
}

/// Why an item is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stay {
    /// The right to delete it is missing, or its name is none.
    NoRight,
    /// The settings protect it.
    Protected,
    /// The user left it out.
    Hand,
    /// The dry run found something else there.
    Changed,
    /// The dry run found nothing there.
    Gone,
}

/// One entry that was chosen.
#[derive(Clone, Debug)]
pub struct Item {
    /// What would be sent.
    pub target: Target,
    /// What made its mark: a place in [`Draft::origins`](super::Draft::origins).
    pub origin: usize,
    /// Whether the caller may delete it, as far as the listing told.
    pub can_delete: bool,
    /// Whether the settings protect it.
    pub is_protected: bool,
    /// Whether the user wants it sent; none if the user said nothing of it.
    pub by_hand: Option<bool>,
    /// What the dry run found.
    pub look: Look,
    /// Marks inside of it; they go or stay with it.
    pub inside: usize,
    pub(super) folder: usize,
}

impl Item {
    /// Why it is not sent; none if it is.
    pub fn stay(&self) -> Option<Stay> {
        match (&self.look, self.by_hand) {
            _ if !self.can_delete => Some(Stay::NoRight),
            (Look::Denied, _) => Some(Stay::NoRight),
            _ if self.is_protected => Some(Stay::Protected),
            (_, Some(false)) => Some(Stay::Hand),
            (Look::Gone, None) => Some(Stay::Gone),
            (Look::Changed(_), None) => Some(Stay::Changed),
            (_, Some(true)) | (Look::NotAsked | Look::Still | Look::Unclear(_), None) => None,
        }
    }

    /// What would be sent: what is there now, where the user has seen that it changed.
    pub fn wanted(&self) -> &Target {
        match &self.look {
            Look::Changed(now) => now,
            _ => &self.target,
        }
    }
}

/// Number and bytes of items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub items: usize,
    /// Of those, folders: their bytes are not known.
    pub folders: usize,
    /// Bytes, where known.
    pub bytes: u64,
}

impl Sum {
    pub(super) fn change(&mut self, target: &Target, is_added: bool) {
        let folder = usize::from(target.kind == Kind::Directory);
        let size = target.size.unwrap_or(0);
        if is_added {
            self.items += 1;
            self.folders += folder;
            self.bytes += size;
        } else {
            self.items -= 1;
            self.folders -= folder;
            self.bytes -= size;
        }
    }
}
