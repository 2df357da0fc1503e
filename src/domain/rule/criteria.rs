//! What of a rule a service can search for.

use super::condition::{Condition, Type};
use super::{Node, Rule, Scope};
use crate::domain::path::RemotePath;
use crate::domain::search::Criteria;

impl Rule {
    /// What a service can be asked, so that all that the rule chooses is among the answers.
    pub fn criteria(&self) -> Criteria {
        let everywhere = Scope {
            directory: RemotePath::root(),
            is_deep: true,
        };
        let mut criteria = Criteria::below(match self.scopes(&everywhere).as_slice() {
            [scope] => scope.directory.clone(),
            _ => RemotePath::root(),
        });
        match &self.root {
            Node::All(nodes) => {
                for node in nodes {
                    narrow(&mut criteria, node);
                }
            }
            node => narrow(&mut criteria, node),
        }
        criteria
    }
}

/// What has to hold narrows the search; of two conditions of a kind one is enough.
fn narrow(criteria: &mut Criteria, node: &Node) {
    let Node::Test(condition) = node else { return };
    match condition {
        Condition::Name(text) => {
            let known = criteria.keyword.as_ref().map_or(0, String::len);
            // Words of a service are joined by "or", so one of them is asked for: the longest.
            if let Some(word) = text.literal()
                && word.len() > known
            {
                criteria.keyword = Some(word.to_owned());
            }
        }
        Condition::Extension(texts) => {
            let plain: Option<Vec<String>> = texts
                .iter()
                .map(|text| text.exactly().filter(|text| !text.is_empty()))
                .map(|text| text.map(str::to_owned))
                .collect();
            criteria.extensions = plain.unwrap_or_default();
        }
        Condition::Type(types) => {
            let known: Option<Vec<&str>> = types.iter().map(|kind| word(*kind)).collect();
            criteria.types = known.unwrap_or_default();
        }
        Condition::Size(sizes, _) => {
            criteria.least = Some(sizes.least).filter(|least| *least > 0);
            criteria.most = Some(sizes.most).filter(|most| *most < u64::MAX);
        }
        Condition::Modified(period, _) => {
            (criteria.from, criteria.until) = (period.from, period.until);
        }
        Condition::Label(texts) => {
            let plain: Option<Vec<String>> = texts
                .iter()
                .map(|text| text.exactly().map(str::to_owned))
                .collect();
            criteria.labels = plain.unwrap_or_default();
        }
        Condition::Created(..)
        | Condition::Path(_)
        | Condition::Below(_)
        | Condition::In(_)
        | Condition::Owner(_)
        | Condition::HasCopies(_)
        | Condition::IsMarked(_) => {}
    }
}

/// The word of a service that means at least as much; none where there is no such word (part B
/// 7.1): what is a picture there need not be one here.
fn word(kind: Type) -> Option<&'static str> {
    match kind {
        Type::Directory => Some("dir"),
        Type::File | Type::Link | Type::Of(..) | Type::Other => None,
    }
}
