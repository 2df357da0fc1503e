//! What jobs do to marks: they are handed to one, and leave or come back by what it tells.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::{Fate, Marks, Origin};
use crate::domain::entry::{Entry, Kind};
use crate::domain::failure::Failure;
use crate::domain::job::{Items, JobId, Target};
use crate::domain::path::RemotePath;
use crate::domain::plan::Plan;

impl Marks {
    /// Hands an entry to a job; it counts as marked from then on, also if it was not.
    pub fn hand(&mut self, target: &Target, job: JobId) {
        let path = &target.path;
        let Some(directory) = path.parent() else {
            return;
        };
        self.change_place(&directory, |place| {
            let known = place.find(path.name());
            if let Some(number) = known.filter(|number| place.at(*number).is_some()) {
                place.change(number, Fate::Handed(job));
                return;
            }
            let entry = Entry {
                size: target.size,
                e_tag: target.seen.stamp,
                ..Entry::new(path.name(), target.kind)
            };
            place.put((&entry).into(), Fate::Handed(job), &Origin::Hand);
        });
    }

    /// Hands what a plan sends to a job, and with each directory what is marked inside it. Marks that
    /// are not in the plan stay: it may have been made before they were.
    pub fn hand_plan(&mut self, plan: &Plan, job: JobId) {
        let is_all = plan.items.len() == self.totals.count && plan.revision == Some(self.revision);
        if is_all {
            self.hand_everything(job);
        } else {
            self.hand_all(&plan.items, job);
        }
    }

    /// Hands all marks to act on to a job, without a look at each.
    fn hand_everything(&mut self, job: JobId) {
        self.revision += 1;
        for (directory, place) in &mut self.places {
            let place = Arc::make_mut(place);
            self.totals.subtract(place.totals());
            place.hand_chosen(job);
            self.totals.add(place.totals());
            if !place.is_ready() {
                self.to_prepare.push(directory.clone());
            }
        }
    }

    /// Hands marked paths to a job, and with each directory what is marked inside it.
    pub fn hand_all(&mut self, targets: &Items<Target>, job: JobId) {
        let mut directories = FxHashSet::default();
        let mut targets = targets.iter().peekable();
        while let Some(first) = targets.peek() {
            let Some(directory) = first.path.parent() else {
                targets.next();
                continue;
            };
            let is_here = |target: &Target| target.path.directory() == directory.as_str();
            let is_ready = self.change_place(&directory, |place| {
                // A plan has them in this order, so that no name has to be looked for.
                let mut numbers = place.order().into_iter();
                while let Some(target) = targets.next_if(is_here) {
                    let name = target.path.name();
                    let next = numbers.find(|number| place.entry(*number).name() == name);
                    if let Some(number) = next.or_else(|| place.find(name)) {
                        place.hand(number, job);
                    }
                    if target.kind == Kind::Directory {
                        directories.insert(target.path);
                    }
                }
                place.is_ready()
            });
            if !is_ready {
                self.to_prepare.push(directory);
            }
        }
        if directories.is_empty() {
            return;
        }
        let inside: Vec<RemotePath> = self
            .places
            .keys()
            .filter(|place| {
                let mut all = std::iter::once((*place).clone()).chain(place.ancestors());
                all.any(|above| directories.contains(&above))
            })
            .cloned()
            .collect();
        for directory in inside {
            self.change_place(&directory, |place| {
                let numbers: Vec<u32> = place.numbers().collect();
                for number in numbers {
                    place.hand(number, job);
                }
            });
        }
    }

    /// Whether marks that jobs tell of are found at once; else [`Marks::prepare`] does a piece of what
    /// is missing.
    pub fn are_ready(&self) -> bool {
        self.to_prepare.is_empty()
    }

    /// See [`Marks::are_ready`].
    pub fn prepare(&mut self) {
        let Some(directory) = self.to_prepare.last() else {
            return;
        };
        let place = self.places.get_mut(directory);
        if let Some(place) = place.filter(|place| !place.is_ready()) {
            Arc::make_mut(place).prepare();
        } else {
            self.to_prepare.pop();
        }
    }

    /// The path is gone: its mark leaves, and all marks below it.
    pub fn left(&mut self, path: &RemotePath) {
        let Some(directory) = path.parent() else {
            return;
        };
        self.change_place(&directory, |place| {
            if let Some(number) = place.find(path.name()) {
                place.unset(number);
            }
        });
        for place in self.places_below(path) {
            if let Some(place) = self.places.remove(&place) {
                self.totals.subtract(place.totals());
                self.revision += 1;
            }
        }
    }

    /// The job failed over the path: it stays marked, with the reason.
    pub fn refuse(&mut self, path: &RemotePath, failure: Failure) {
        self.change(path, Fate::Refused(failure));
    }

    /// The job is over: what it did not get to is marked as before.
    pub fn release(&mut self, job: JobId) {
        let places: Vec<RemotePath> = self.places.keys().cloned().collect();
        for place in places {
            self.change_place(&place, |place| place.release(job));
        }
    }

    fn change(&mut self, path: &RemotePath, fate: Fate) {
        let Some(directory) = path.parent() else {
            return;
        };
        let Some(mark) = self.get(&directory, path.name()) else {
            return;
        };
        let gives_back = mark.kind == Kind::Directory && !matches!(fate, Fate::Handed(_));
        self.change_place(&directory, |place| {
            if let Some(number) = place.find(path.name()) {
                place.change(number, fate);
            }
        });
        if !gives_back {
            return;
        }
        // What would have gone along is marked again.
        for place in self.places_below(path) {
            self.change_place(&place, |place| {
                for number in place.handed() {
                    place.change(number, Fate::Chosen);
                }
            });
        }
    }
}
