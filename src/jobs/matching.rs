//! Which answer belongs to which item. Pure.
//!
//! By path or id, never by position alone: the order of the results is not promised (part A, U11).

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// Pairs items with answers: for each item, in order, its answer if there is one.
///
/// `key` names an item and `named` says what an answer names. Position counts only where there are
/// as many answers as items and an answer names nothing at all.
pub fn pair<'a, T, A, K>(
    items: &[T],
    answers: &'a [A],
    key: impl Fn(&T) -> K,
    named: impl Fn(&A) -> Option<K>,
) -> Vec<Option<&'a A>>
where
    K: Hash + Eq,
{
    let mut places: FxHashMap<K, usize> = FxHashMap::default();
    for (place, item) in items.iter().enumerate() {
        places.entry(key(item)).or_insert(place);
    }
    let mut found = vec![None; items.len()];
    let mut nameless = Vec::new();
    for (position, answer) in answers.iter().enumerate() {
        match named(answer) {
            Some(name) => {
                if let Some(&place) = places.get(&name) {
                    found[place].get_or_insert(answer);
                }
            }
            None => nameless.push((position, answer)),
        }
    }
    if answers.len() == items.len() {
        for (position, answer) in nameless {
            found[position].get_or_insert(answer);
        }
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::client::batch::ItemAnswer;
    use crate::domain::path::RemotePath;

    fn answer(path: Option<&str>, status: u16) -> ItemAnswer {
        ItemAnswer {
            path: path.map(|path| RemotePath::parse(path).unwrap()),
            id: None,
            status,
            failure: None,
        }
    }

    fn statuses(items: &[&str], answers: &[ItemAnswer]) -> Vec<Option<u16>> {
        pair(
            items,
            answers,
            |item| RemotePath::parse(item).unwrap(),
            |answer| answer.path.clone(),
        )
        .into_iter()
        .map(|found| found.map(|answer| answer.status))
        .collect()
    }

    #[test]
    fn answers_in_another_order_find_their_items() {
        let answers = [answer(Some("b"), 2), answer(Some("a"), 1)];
        assert_eq!(statuses(&["a", "b"], &answers), [Some(1), Some(2)]);
    }

    #[test]
    fn an_item_without_an_answer_has_none_and_strangers_are_nobodys() {
        let answers = [answer(Some("b"), 2), answer(Some("stranger"), 9)];
        assert_eq!(statuses(&["a", "b"], &answers), [None, Some(2)]);
    }

    #[test]
    fn position_counts_only_for_nameless_answers_of_the_right_number() {
        let nameless = [answer(None, 1), answer(Some("b"), 2)];
        assert_eq!(statuses(&["a", "b"], &nameless), [Some(1), Some(2)]);
        assert_eq!(statuses(&["a", "b", "c"], &nameless), [None, Some(2), None]);
    }
}
