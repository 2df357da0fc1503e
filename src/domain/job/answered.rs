//! Which request told what became of an item, in runs: the items of a request mostly follow each other.

/// A run of items, and the number of the request among those that were answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    first: u32,
    end: u32,
    exchange: u32,
}

/// The requests of items. A few bytes for each request, not for each item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answered(Vec<Run>);

impl Answered {
    /// The request of that number, counted from 0, has told of this item.
    pub fn add(&mut self, index: usize, exchange: usize) {
        let (Ok(index), Ok(exchange)) = (u32::try_from(index), u32::try_from(exchange)) else {
            return;
        };
        match self.0.last_mut() {
            Some(run) if run.exchange == exchange && run.end == index => run.end += 1,
            _ => self.0.push(Run {
                first: index,
                end: index + 1,
                exchange,
            }),
        }
    }

    /// The number of the request of each of so many items; none where none has told.
    pub fn of_each(&self, items: usize) -> Vec<Option<u32>> {
        let mut each = vec![None; items];
        for run in &self.0 {
            let items = each.iter_mut().take(run.end as usize);
            for item in items.skip(run.first as usize) {
                *item = Some(run.exchange);
            }
        }
        each
    }
}
