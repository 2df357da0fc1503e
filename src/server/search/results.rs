//! What a search has found so far. Results that were told once stay where they are; the others are
//! sorted when they are asked for. Knows no folders.

use std::cmp::Ordering;
use std::ops::Range;

use crate::server::error::Fault;
use crate::server::space::attributes::Attributes;
use crate::server::space::facts::Facts;

/// What results are sorted by, after the number of words that they hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Order {
    /// A number of the entry.
    pub key: Option<fn(&Facts, &Attributes) -> i64>,
    /// Whether that goes by what was said about the entry.
    pub needs_said: bool,
    /// By name, where there is no number.
    pub is_by_name: bool,
    /// From the greatest down.
    pub is_descending: bool,
}

/// Paths and a few numbers for each.
pub struct Results {
    order: Order,
    largest: usize,
    text: String,
    rows: Vec<Row>,
    /// So many rows have been told.
    told: usize,
    is_sorted: bool,
    problem: Option<Fault>,
}

#[derive(Clone, Copy)]
struct Row {
    key: i64,
    start: u32,
    length: u32,
    score: u8,
}

impl Results {
    /// None yet, and so many at most.
    pub fn new(order: Order, largest: usize) -> Self {
        Self {
            order,
            largest,
            text: String::new(),
            rows: Vec::new(),
            told: 0,
            is_sorted: true,
            problem: None,
        }
    }

    /// What they are sorted by.
    pub fn order(&self) -> Order {
        self.order
    }

    /// How many there are so far.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Adds one; false if there is no room for it.
    pub fn add(&mut self, path: &str, score: u8, key: i64) -> bool {
        let start = u32::try_from(self.text.len());
        let length = u32::try_from(path.len());
        let (Ok(start), Ok(length), true) = (start, length, self.rows.len() < self.largest) else {
            return false;
        };
        self.text.push_str(path);
        self.rows.push(Row {
            key,
            start,
            length,
            score,
        });
        self.is_sorted = false;
        true
    }

    /// Says that no more will come, and why.
    pub fn end_with(&mut self, problem: Fault) {
        self.problem = Some(problem);
    }

    /// Whether the search ended early.
    pub fn is_broken(&self) -> bool {
        self.problem.is_some()
    }

    /// Why the search ended early.
    pub fn problem(&self) -> Option<Fault> {
        let problem = self.problem.as_ref()?;
        Some(Fault::new(
            problem.status,
            problem.code,
            problem.message.clone(),
        ))
    }

    /// At most `length` paths behind the first `after`.
    pub fn page(&mut self, after: usize, length: usize) -> Vec<String> {
        let end = after.saturating_add(length).min(self.rows.len());
        if end > self.told {
            self.sort();
            self.told = end;
        }
        let rows = self.rows.get(after..end).unwrap_or_default();
        rows.iter()
            .map(|row| self.text[row.range()].to_owned())
            .collect()
    }

    fn sort(&mut self) {
        if self.is_sorted {
            return;
        }
        let (text, order) = (&self.text, self.order);
        self.rows[self.told..].sort_unstable_by(|a, b| {
            let (path_a, path_b) = (&text[a.range()], &text[b.range()]);
            let names = if order.is_by_name {
                name(path_a).cmp(name(path_b))
            } else {
                Ordering::Equal
            };
            let within = a.key.cmp(&b.key).then(names);
            let within = if order.is_descending {
                within.reverse()
            } else {
                within
            };
            b.score
                .cmp(&a.score)
                .then(within)
                .then_with(|| path_a.cmp(path_b))
        });
        self.is_sorted = true;
    }
}

impl Row {
    fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + self.length as usize
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_stays_and_the_rest_is_sorted() {
        let mut results = Results::new(Order::default(), 5);
        for (path, score) in [("b", 1), ("c", 2), ("d", 1)] {
            assert!(results.add(path, score, 0));
        }
        assert_eq!(results.page(0, 2), ["c", "b"]);
        assert!(results.add("a", 3, 0));
        assert_eq!(results.page(0, 2), ["c", "b"]);
        assert_eq!(results.page(2, 2), ["a", "d"]);
        assert!(results.page(4, 2).is_empty());
        assert!(results.add("e", 1, 0));
        assert!(!results.add("f", 1, 0));
        assert_eq!(results.page(3, 9), ["d", "e"]);
    }

    #[test]
    fn names_and_numbers_sort_either_way() {
        let order = Order {
            is_by_name: true,
            is_descending: true,
            ..Order::default()
        };
        let mut results = Results::new(order, 5);
        for (path, key) in [("a/z", 0), ("b/a", 0), ("c/m", 0), ("0", 7)] {
            assert!(results.add(path, 0, key));
        }
        assert_eq!(results.page(0, 9), ["0", "a/z", "c/m", "b/a"]);
    }
}
