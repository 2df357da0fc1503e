//! In which order the items of a job are sent, and which are not sent for their own sake. Pure.
//!
//! Made before the items of a large job leave the memory.

use std::hash::{BuildHasher as _, Hash};

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::domain::job::{Items, JobSpec, Outcome, Target};
use crate::domain::path::RemotePath;

use super::queue::Queue;

/// What is sent, and what goes along with it.
#[derive(Default)]
pub struct Order {
    /// Sent, in this order.
    pub queue: Queue,
    /// By an item that is sent: the same path once more, or something inside it. A directory together
    /// with something inside it is not defined in one delete request (part A section 9).
    pub followers: FxHashMap<usize, Vec<usize>>,
    /// Never sent, because they are the root of the space.
    pub roots: Vec<usize>,
}

impl Order {
    /// The order for the items of a job. Of several that name the same the first counts.
    pub fn of(spec: &JobSpec) -> Self {
        match spec {
            JobSpec::Recycle(targets) | JobSpec::DeleteForever(targets) => Self::deleting(targets),
            JobSpec::Restore(items, _) => {
                let mut order = firsts(items.len(), |index| items.at(index).id);
                // Parents before children, so that what is restored finds its directory.
                order.sort_by_cached_key(|&index| items.at(index).path.components().count());
                Self::sending(order)
            }
            JobSpec::Purge(items) => Self::sending(firsts(items.len(), |index| items.at(index).id)),
            JobSpec::Move(items) | JobSpec::Copy(items) => {
                let mut order = Self::default();
                for index in firsts(items.len(), |index| items.at(index).from) {
                    let item = items.at(index);
                    if item.from.is_root() || item.to.is_root() {
                        order.roots.push(index);
                    } else {
                        order.queue.push(index);
                    }
                }
                order
            }
            JobSpec::EmptyBin
            | JobSpec::Download(_)
            | JobSpec::Upload(_)
            | JobSpec::MakeFolders(_) => Self::sending(0..spec.len()),
        }
    }

    fn sending(order: impl IntoIterator<Item = usize>) -> Self {
        Self {
            queue: order.into_iter().collect(),
            ..Self::default()
        }
    }

    fn deleting(targets: &Items<Target>) -> Self {
        let paths = Sums::new(targets.len(), |index| targets.at(index).path);
        let repeats = paths.repeats();
        let mut order = Self::default();
        // The last directory, and the highest target that it is or lies in: neighbours tend to have
        // the same.
        let mut last: Option<(RemotePath, Option<usize>)> = None;
        for (index, target) in targets.iter().enumerate() {
            if target.path.is_root() {
                order.roots.push(index);
                continue;
            }
            let directory = target.path.directory();
            let above = match &last {
                Some((known, above)) if known.as_str() == directory => *above,
                _ => {
                    let parents = target.path.ancestors();
                    let parents = parents.filter(|path| !path.is_root());
                    let above = parents.filter_map(|path| paths.find(&path)).last();
                    last = target.path.parent().map(|parent| (parent, above));
                    above
                }
            };
            match above.or_else(|| repeats.get(&index).copied()) {
                Some(leader) => order.followers.entry(leader).or_default().push(index),
                None => order.queue.push(index),
            }
        }
        order
    }

    /// Adds what the outcome of a directory means for what was absorbed into it.
    pub fn with_followers(&self, mut outcomes: Vec<(usize, Outcome)>) -> Vec<(usize, Outcome)> {
        if self.followers.is_empty() {
            return outcomes;
        }
        let mut more = Vec::new();
        for (leader, outcome) in &outcomes {
            let followed = match outcome {
                Outcome::Recycled(_)
                | Outcome::Deleted
                | Outcome::Restored(_)
                | Outcome::Placed(_)
                | Outcome::Fetched(_)
                | Outcome::There
                | Outcome::AlreadyGone => Outcome::AlreadyGone,
                Outcome::Failed(_) | Outcome::Changed | Outcome::NotSent => Outcome::NotSent,
                Outcome::Unknown(failure) => Outcome::Unknown(failure.clone()),
            };
            let followers = self.followers.get(leader).into_iter().flatten();
            more.extend(followers.map(|&follower| (follower, followed.clone())));
        }
        outcomes.extend(more);
        outcomes
    }
}

/// Half of a sum: what is alike is compared all the same, and there may be a million.
fn sum_of(key: impl Hash) -> u32 {
    let sum = FxBuildHasher.hash_one(key);
    u32::try_from(sum >> 32).unwrap_or(0)
}

fn short(index: usize) -> u32 {
    u32::try_from(index).expect("a job has fewer items than that")
}

/// Finds numbers by their keys, with a few bytes for each. Keeps no keys.
struct Sums<F> {
    key: F,
    /// In their order; of keys that are alike the smallest number first.
    sums: Vec<(u32, u32)>,
}

impl<K: Hash + Eq, F: Fn(usize) -> K> Sums<F> {
    /// Of the numbers below `count`.
    fn new(count: usize, key: F) -> Self {
        let sum = |number| (sum_of(key(number)), short(number));
        let mut sums: Vec<(u32, u32)> = (0..count).map(sum).collect();
        sums.sort_unstable();
        Self { key, sums }
    }

    /// The first number with this key.
    fn find(&self, key: &K) -> Option<usize> {
        let sum = sum_of(key);
        let from = self.sums.partition_point(|(other, _)| *other < sum);
        let alike = self.sums[from..].iter();
        alike
            .take_while(|(other, _)| *other == sum)
            .map(|(_, number)| *number as usize)
            .find(|number| (self.key)(*number) == *key)
    }

    /// The numbers whose key a smaller one has, and the smallest of these.
    fn repeats(&self) -> FxHashMap<usize, usize> {
        let mut repeats = FxHashMap::default();
        for alike in self.sums.chunk_by(|one, other| one.0 == other.0) {
            if alike.len() > 1 {
                let mut firsts = FxHashMap::default();
                for number in alike.iter().map(|(_, number)| *number as usize) {
                    let first = *firsts.entry((self.key)(number)).or_insert(number);
                    if first != number {
                        repeats.insert(number, first);
                    }
                }
            }
        }
        repeats
    }
}

/// The numbers below `count` whose key no smaller one has.
fn firsts<K: Hash + Eq>(count: usize, key: impl Fn(usize) -> K) -> Vec<usize> {
    let repeats = Sums::new(count, key).repeats();
    (0..count)
        .filter(|number| !repeats.contains_key(number))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::entry::Kind;
    use crate::domain::failure::{Failure, FailureKind};

    fn order(paths: &[&str]) -> Order {
        let paths = paths.iter().map(|path| RemotePath::parse(path).unwrap());
        let targets = paths.map(|path| Target::new(path, Kind::File, None));
        Order::of(&JobSpec::Recycle(targets.collect()))
    }

    fn sent(order: &Order) -> Vec<usize> {
        order.queue.iter().collect()
    }

    #[test]
    fn what_lies_in_a_listed_directory_is_absorbed_into_the_highest() {
        let order = order(&["a/b/c", "a/b", "a", "ab", "a"]);
        assert_eq!(sent(&order), [2, 3]);
        assert_eq!(order.followers[&2], [0, 1, 4]);
    }

    #[test]
    fn the_root_is_never_sent_and_absorbs_nothing() {
        let order = order(&["/", "a"]);
        assert_eq!((sent(&order), order.roots), (vec![1], vec![0]));
    }

    #[test]
    fn what_was_absorbed_is_gone_with_its_directory_and_untouched_without() {
        let order = order(&["a", "a/b"]);
        let gone = order.with_followers(vec![(0, Outcome::Deleted)]);
        assert_eq!(gone[1], (1, Outcome::AlreadyGone));
        let failure = Failure::new(FailureKind::Denied, "no");
        let kept = order.with_followers(vec![(0, Outcome::Failed(failure.into()))]);
        assert_eq!(kept[1], (1, Outcome::NotSent));
    }

    #[test]
    fn of_equals_the_first_counts() {
        let names = ["b", "a", "b", "c", "a", "b"];
        assert_eq!(firsts(names.len(), |number| names[number]), [0, 1, 3]);
    }
}
