//! How fast a download may go. Knows no clock: it says after which time so many bytes may be sent.

use std::ops::RangeInclusive;
use std::time::Duration;

/// The bytes per second that can be asked for (part A 5.5).
pub const RATES: RangeInclusive<u64> = 100 << 10..=100 << 20;

/// Pieces are so long that there are about ten a second.
const PIECES: u64 = 10;

/// Bytes per second.
#[derive(Clone, Copy, Debug)]
pub struct Pace(u64);

impl Pace {
    /// So many bytes per second.
    pub fn new(rate: u64) -> Self {
        Self(rate.max(PIECES))
    }

    /// How much is sent at once.
    pub fn piece(self) -> usize {
        usize::try_from(self.0 / PIECES).unwrap_or(usize::MAX)
    }

    /// How long after its beginning a download that has sent so many bytes may send more.
    pub fn due(self, sent: u64) -> Duration {
        let nanoseconds = u128::from(sent) * 1_000_000_000 / u128::from(self.0);
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_takes_as_long_as_its_rate_says() {
        let pace = Pace::new(100 << 10);
        assert_eq!(pace.due(0), Duration::ZERO);
        assert_eq!(pace.due(50 << 10), Duration::from_millis(500));
        assert_eq!(pace.due(100 << 20), Duration::from_secs(1024));
        assert_eq!(pace.piece(), 10 << 10);
        assert_eq!(Pace::new(100 << 20).due(u64::MAX).as_secs(), 18_446_744_073);
    }
}
