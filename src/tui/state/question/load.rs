//! What a delete takes with it: its items, and what lies inside the folders among them.

use crate::domain::caution::Caution;
use crate::domain::entry::Kind;
use crate::domain::failure::Failure;
use crate::domain::job::{Items, Target};
use crate::domain::path::RemotePath;
use crate::domain::plan::Plan;
use crate::domain::space::Sums;
use crate::tui::msg::Ticket;

/// All that a delete takes with it, as far as that is known.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// Items that are sent.
    pub items: usize,
    /// Their bytes, where known; what lies inside folders is not among them.
    pub bytes: u64,
    /// How many of the items are folders.
    pub folders: usize,
    /// The request that counts what lies inside those; none before it was sent.
    pub ticket: Option<Ticket>,
    /// What lies inside them.
    pub inside: Inside,
    /// Whether a yes was given too early.
    pub is_agreed: bool,
}

/// What lies inside several folders, as far as it was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    /// What was counted, at every depth.
    pub below: Sums,
    /// Folders that were counted, to their end or not.
    pub folders: usize,
    /// Folders, at whatever depth, of which not all could be read.
    pub unread: usize,
    /// The first of the folders that could not be counted at all, and why.
    pub failure: Option<(RemotePath, Failure)>,
    /// Whether nothing more is counted.
    pub is_over: bool,
}

impl Load {
    /// That of a plan.
    pub fn of_plan(plan: &Plan) -> Self {
        Self {
            items: plan.items.len(),
            bytes: plan.bytes,
            folders: plan.directories,
            ..Self::default()
        }
    }

    /// That of these items.
    pub fn of_targets(targets: &Items<Target>) -> Self {
        let mut load = Self {
            items: targets.len(),
            ..Self::default()
        };
        for target in targets.iter() {
            load.bytes += target.size.unwrap_or(0);
            load.folders += usize::from(target.kind == Kind::Directory);
        }
        load
    }

    /// Whether what lies inside the folders is still being counted.
    pub fn is_counting(&self) -> bool {
        self.folders > 0 && !self.inside.is_over
    }

    /// Whether the counting is over and there may be more than was counted.
    pub fn is_unknown(&self) -> bool {
        self.inside.is_over && self.uncounted() > 0
    }

    /// Folders, at whatever depth, of which it is not known what is in them; all that will ever be,
    /// once the counting is over.
    pub fn uncounted(&self) -> usize {
        self.inside.unread + self.folders.saturating_sub(self.inside.folders)
    }

    /// Everything that would go, files and directories: at least so many while it is counted or not
    /// known.
    pub fn all_items(&self) -> usize {
        let Sums {
            files, directories, ..
        } = self.inside.below;
        let below = usize::try_from(files + directories).unwrap_or(usize::MAX);
        self.items.saturating_add(below)
    }

    /// Bytes of everything that would go, in the same way.
    pub fn all_bytes(&self) -> u64 {
        self.bytes + self.inside.below.bytes
    }

    /// Which limit all that is over, in the words of a question; none as far as is known.
    pub fn over(&self, caution: &Caution) -> Option<String> {
        caution.over(self.all_items(), self.all_bytes())
    }
}
