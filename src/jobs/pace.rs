//! How much is sent at once: shrinks when the service cannot keep up, grows again when it can. Pure.

use super::policy::Policy;

/// How much a request grows after a few that went well.
const GROWTH: usize = 100;
/// So many have to go well.
const GOOD: usize = 3;

/// The size of the next request, and how many may be on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    size: usize,
    largest: usize,
    at_once: usize,
    most: usize,
    good: usize,
    good_at_once: usize,
    /// Whether the service has asked for patience: from then on growth is slow.
    is_careful: bool,
}

impl Pace {
    /// The pace of a job whose requests carry at most `largest` items.
    pub fn new(policy: &Policy, largest: usize) -> Self {
        let largest = largest.max(1);
        let most = policy.at_once.max(1);
        Self {
            size: policy.first_batch.clamp(1, largest),
            largest,
            at_once: policy.first_at_once.clamp(1, most),
            most,
            good: 0,
            good_at_once: 0,
            is_careful: false,
        }
    }

    /// Items in the next request.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Requests on the way at the same time.
    pub fn at_once(&self) -> usize {
        self.at_once
    }

    /// A request was answered for its items.
    pub fn went_well(&mut self) {
        self.good += 1;
        if self.good >= GOOD {
            self.good = 0;
            self.size = (self.size + GROWTH).min(self.largest);
        }
        self.good_at_once += 1;
        // At first with every answer, after a throttle once in a round.
        if !self.is_careful || self.good_at_once >= self.at_once {
            self.good_at_once = 0;
            self.at_once = (self.at_once + 1).min(self.most);
        }
    }

    /// A request of so many items was too much, or took too long.
    pub fn was_too_much(&mut self, items: usize) {
        self.size = (items / 2).clamp(1, self.size);
        self.good = 0;
    }

    /// The service asks for fewer requests.
    pub fn was_throttled(&mut self) {
        self.at_once = (self.at_once / 2).max(1);
        self.good_at_once = 0;
        self.is_careful = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_to_its_limits_while_all_goes_well() {
        let mut pace = Pace::new(&Policy::default(), 1000);
        assert_eq!((pace.size(), pace.at_once()), (500, 2));
        for _ in 0..6 {
            pace.went_well();
        }
        assert_eq!((pace.size(), pace.at_once()), (700, 8));
        for _ in 0..20 {
            pace.went_well();
        }
        assert_eq!((pace.size(), pace.at_once()), (1000, 8));
    }

    #[test]
    fn it_halves_when_it_was_too_much_and_never_below_one() {
        let mut pace = Pace::new(&Policy::default(), 1000);
        pace.was_too_much(500);
        assert_eq!(pace.size(), 250);
        for items in [250, 125, 3, 1, 1] {
            pace.was_too_much(items);
        }
        assert_eq!(pace.size(), 1);
        for _ in 0..9 {
            pace.was_throttled();
        }
        assert_eq!(pace.at_once(), 1);
    }

    #[test]
    fn after_a_throttle_it_grows_by_one_in_a_round() {
        let mut pace = Pace::new(&Policy::default(), 1000);
        pace.was_throttled();
        let grown: Vec<usize> = (0..6)
            .map(|_| {
                pace.went_well();
                pace.at_once()
            })
            .collect();
        assert_eq!(grown, [2, 2, 3, 3, 3, 4]);
    }

    #[test]
    fn a_small_limit_holds_from_the_start() {
        let pace = Pace::new(&Policy::default(), 10);
        assert_eq!(pace.size(), 10);
    }
}
