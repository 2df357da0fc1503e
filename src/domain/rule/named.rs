//! Rules that have names in the settings.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Rules by name. A line that is a name and nothing else stands for the rule of that name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named(Arc<BTreeMap<String, String>>);

impl From<BTreeMap<String, String>> for Named {
    fn from(rules: BTreeMap<String, String>) -> Self {
        Self(Arc::new(rules))
    }
}

impl Named {
    /// The line of the rule of that name; none if there is no such name.
    pub fn line(&self, name: &str) -> Option<&str> {
        self.0.get(name.trim()).map(String::as_str)
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
