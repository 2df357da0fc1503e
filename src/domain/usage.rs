//! How much is stored, and how much may be.

/// The bytes of a space, as far as the service tells them to this caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes in use; the recycle bin may be among them.
    pub used: Option<u64>,
    /// The most that may be in use; none where there is no quota, or none that the caller may see.
    pub capacity: Option<u64>,
}
