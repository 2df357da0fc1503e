//! Sums and groups over what a search finds (part B 7.5).

use std::collections::{BTreeMap, HashSet};

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Number;

use crate::server::entry;
use crate::server::error::Fault;
use crate::server::request::Call;
use crate::server::space::facts::{Facts, Kind};
use crate::server::space::sums;
use crate::server::space::walk::{Sequence, Step};

use super::filter::Filter;
use super::names::Asked as Criteria;

/// The most aggregations, and the most below one.
const MOST: usize = 5;
const MOST_BELOW: usize = 3;

/// Groups beyond these are left out.
const GROUPS: usize = 2000;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    aggregations: Vec<Aggregation>,
    #[serde(flatten)]
    criteria: Criteria,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Aggregation {
    field: Field,
    operation: Operation,
    #[serde(default)]
    sub_aggregations: Option<Vec<Aggregation>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Field {
    ExtName,
    Category,
    Size,
    ContentType,
    UserId,
    Name,
    FileType,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Operation {
    Group,
    Count,
    Distinct,
    Sum,
    Min,
    Max,
    Average,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    is_truncated: bool,
    aggregations: Vec<Outcome>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    field: Field,
    operation: Operation,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<Vec<Group>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    value: String,
    count: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sub_aggregations: Vec<Outcome>,
}

/// One aggregation while entries come.
struct Tally {
    field: Field,
    operation: Operation,
    count: u64,
    sum: u64,
    least: Option<u64>,
    most: Option<u64>,
    /// Sums of the values, which take less room than the values.
    seen: HashSet<u64>,
    below: Vec<Aggregation>,
    groups: BTreeMap<String, (u64, Vec<Tally>)>,
    is_truncated: bool,
}

/// `POST …/search-fs-stats`.
pub async fn count(call: Call) -> Result<Response, Fault> {
    let asked = call.json::<Asked>()?.unwrap_or_default();
    check(&asked.aggregations)?;
    let mut filter = asked.criteria.filter()?;
    let mut tallies: Vec<Tally> = asked.aggregations.into_iter().map(Tally::new).collect();
    let tallies = call
        .on_disk(move |space| {
            filter.prepare(space, tallies.iter().any(Tally::needs_said))?;
            let mut walk = space.walk(&filter.scope, Sequence::Any)?;
            while let Some(step) = walk.next(space)? {
                let Some(found) = filter.matches(&step) else {
                    continue;
                };
                // Gone since it was listed.
                let Some(facts) = found.facts.or_else(|| step.facts().ok()) else {
                    continue;
                };
                for tally in &mut tallies {
                    tally.add(&filter, &step, &facts);
                }
            }
            Ok(tallies)
        })
        .await?;
    Ok(Json(Answer {
        is_truncated: tallies.iter().any(|tally| tally.is_truncated),
        aggregations: tallies.into_iter().map(Tally::outcome).collect(),
    })
    .into_response())
}

fn check(aggregations: &[Aggregation]) -> Result<(), Fault> {
    if !(1..=MOST).contains(&aggregations.len()) {
        return Err(Fault::parameter(format!(
            "from 1 to {MOST} aggregations are needed"
        )));
    }
    for aggregation in aggregations {
        check_one(aggregation)?;
        let below = aggregation.sub_aggregations.as_deref().unwrap_or_default();
        let is_group = aggregation.operation == Operation::Group;
        let has_group = below.iter().any(|below| {
            let deeper = below.sub_aggregations.as_ref();
            below.operation == Operation::Group || deeper.is_some_and(|list| !list.is_empty())
        });
        if below.len() > MOST_BELOW || has_group || (!is_group && !below.is_empty()) {
            return Err(Fault::parameter(format!(
                "a group may have {MOST_BELOW} aggregations below it, which are no groups"
            )));
        }
        below.iter().try_for_each(check_one)?;
    }
    Ok(())
}

fn check_one(aggregation: &Aggregation) -> Result<(), Fault> {
    let is_possible = match (aggregation.field, aggregation.operation) {
        (Field::Size, operation) => operation != Operation::Group,
        (_, Operation::Count | Operation::Distinct) => true,
        (Field::Name, _) => false,
        (_, operation) => operation == Operation::Group,
    };
    if is_possible {
        return Ok(());
    }
    Err(Fault::parameter(format!(
        "{:?} of {:?} is not possible",
        aggregation.operation, aggregation.field
    )))
}

impl Tally {
    fn new(aggregation: Aggregation) -> Self {
        Self {
            field: aggregation.field,
            operation: aggregation.operation,
            count: 0,
            sum: 0,
            least: None,
            most: None,
            seen: HashSet::new(),
            below: aggregation.sub_aggregations.unwrap_or_default(),
            groups: BTreeMap::new(),
            is_truncated: false,
        }
    }

    fn needs_said(&self) -> bool {
        let is_said = |field| matches!(field, Field::Category | Field::UserId);
        is_said(self.field) || self.below.iter().any(|below| is_said(below.field))
    }

    /// Entries that have no such field do not count.
    fn add(&mut self, filter: &Filter, step: &Step<'_>, facts: &Facts) {
        if self.field == Field::Size {
            if facts.kind != Kind::File {
                return;
            }
            self.count += 1;
            self.sum = self.sum.saturating_add(facts.size);
            self.least = Some(self.least.map_or(facts.size, |least| least.min(facts.size)));
            self.most = Some(self.most.map_or(facts.size, |most| most.max(facts.size)));
            if self.operation == Operation::Distinct {
                self.seen.insert(facts.size);
            }
            return;
        }
        let Some(value) = self.field.of(filter, step, facts) else {
            return;
        };
        self.count += 1;
        match self.operation {
            Operation::Distinct => {
                self.seen.insert(sums::of(value.as_bytes()));
            }
            Operation::Group => {
                if self.groups.len() >= GROUPS && !self.groups.contains_key(&value) {
                    self.is_truncated = true;
                    return;
                }
                let below = &self.below;
                let (count, tallies) = self
                    .groups
                    .entry(value)
                    .or_insert_with(|| (0, below.iter().cloned().map(Self::new).collect()));
                *count += 1;
                for tally in tallies {
                    tally.add(filter, step, facts);
                }
            }
            Operation::Count
            | Operation::Sum
            | Operation::Min
            | Operation::Max
            | Operation::Average => {}
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "an average need not be good to the last byte"
    )]
    fn outcome(self) -> Outcome {
        let value = match self.operation {
            Operation::Group => None,
            Operation::Count => Some(self.count.into()),
            Operation::Distinct => Some(self.seen.len().into()),
            Operation::Sum => Some(self.sum.into()),
            Operation::Min => Some(self.least.unwrap_or(0).into()),
            Operation::Max => Some(self.most.unwrap_or(0).into()),
            Operation::Average => Number::from_f64(self.sum as f64 / self.count.max(1) as f64),
        };
        let group = |(value, (count, below)): (String, (u64, Vec<Self>))| Group {
            value,
            count,
            sub_aggregations: below.into_iter().map(Self::outcome).collect(),
        };
        Outcome {
            field: self.field,
            operation: self.operation,
            value,
            groups: (self.operation == Operation::Group).then(|| {
                let mut groups: Vec<Group> = self.groups.into_iter().map(group).collect();
                groups.sort_by_key(|group| std::cmp::Reverse(group.count));
                groups
            }),
        }
    }
}

impl Field {
    fn of(self, filter: &Filter, step: &Step<'_>, facts: &Facts) -> Option<String> {
        let is_file = facts.kind == Kind::File;
        match self {
            Self::Size => None,
            Self::Name => Some(step.name.to_owned()),
            Self::ExtName => (facts.kind != Kind::Directory).then(|| extension(step.name)),
            Self::ContentType => is_file.then(|| entry::media_type(step.name).to_owned()),
            Self::FileType => is_file.then(|| entry::file_type(step.name).to_owned()),
            Self::Category => filter.said(facts.identity())?.category.clone(),
            Self::UserId => filter.said(facts.identity())?.user.clone(),
        }
    }
}

/// The end of a name in small letters and with its dot; empty if there is none.
fn extension(name: &str) -> String {
    match name.rfind('.') {
        Some(dot) if dot > 0 => name[dot..].to_lowercase(),
        _ => String::new(),
    }
}
