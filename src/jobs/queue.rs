//! The numbers of items that wait to be sent, in order. A million of them in a row take no more
//! memory than one.

use std::collections::VecDeque;
use std::ops::Range;

/// Numbers in the order in which they are to be taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    runs: VecDeque<Range<usize>>,
    length: usize,
}

impl Queue {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds one at the end.
    pub fn push(&mut self, number: usize) {
        self.length += 1;
        match self.runs.back_mut() {
            Some(run) if run.end == number => run.end += 1,
            _ => self.runs.push_back(number..number + 1),
        }
    }

    /// Puts one before all others.
    pub fn push_front(&mut self, number: usize) {
        self.length += 1;
        match self.runs.front_mut() {
            Some(run) if run.start == number + 1 => run.start = number,
            _ => self.runs.push_front(number..number + 1),
        }
    }

    /// The first one.
    pub fn first(&self) -> Option<usize> {
        self.runs.front().map(|run| run.start)
    }

    /// Takes the first one out.
    pub fn pop(&mut self) -> Option<usize> {
        let run = self.runs.front_mut()?;
        let number = run.start;
        run.start += 1;
        if run.start == run.end {
            self.runs.pop_front();
        }
        self.length -= 1;
        Some(number)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.runs.iter().cloned().flatten()
    }

    /// Takes the first ones out, at most so many.
    pub fn take(&mut self, count: usize) -> Vec<usize> {
        (0..count).map_while(|_| self.pop()).collect()
    }
}

impl Extend<usize> for Queue {
    fn extend<I: IntoIterator<Item = usize>>(&mut self, numbers: I) {
        numbers.into_iter().for_each(|number| self.push(number));
    }
}

impl FromIterator<usize> for Queue {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> Self {
        let mut queue = Self::default();
        queue.extend(numbers);
        queue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_out_in_the_order_in_which_they_were_put_in() {
        let mut queue: Queue = [0, 1, 2, 7, 5, 6].into_iter().collect();
        queue.push_front(9);
        assert_eq!(queue.iter().collect::<Vec<_>>(), [9, 0, 1, 2, 7, 5, 6]);
        assert_eq!((queue.first(), queue.take(3)), (Some(9), vec![9, 0, 1]));
        for number in [1, 0] {
            queue.push_front(number);
        }
        assert_eq!((queue.len(), queue.take(9)), (6, vec![0, 1, 2, 7, 5, 6]));
        assert!(queue.is_empty() && queue.pop().is_none() && queue.first().is_none());
    }

    #[test]
    fn a_row_of_numbers_is_kept_as_one() {
        let queue: Queue = (0..1_000_000).collect();
        assert_eq!((queue.runs.len(), queue.len()), (1, 1_000_000));
    }
}
