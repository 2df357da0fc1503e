//! What to do about a name that is taken.

/// The conflict strategies of the protocol (part B 2.5, 3.5 and 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// Refuse: nothing is changed, and somebody can be asked.
    Ask,
    /// Keep both: the new one gets another name, such as `take (1).mov`.
    Rename,
    /// Put the new file in the place of the old one; directories are never overwritten.
    Overwrite,
}

impl Strategy {
    /// The protocol's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Rename => "rename",
            Self::Overwrite => "overwrite",
        }
    }
}
