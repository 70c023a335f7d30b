//! Which sets count in a check, and what is wanted of them.

use crate::model::{Inspection, PartitionSet};
use crate::name::RelationName;
use crate::plan::{Request, Selection};
use crate::wanted::{WantedExtension, WantedSet};

/// What a check is made for. Whatever the selection says, every set that has a row in `part_config` counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    /// The sets: the named ones, or all of them with wishes for some.
    pub selection: Selection,
    /// pg_partman itself; decides for which version a set without pg_partman is judged.
    pub extension: WantedExtension,
}

impl Scope {
    /// Every set of the database, as it is without a configuration.
    pub fn everything() -> Self {
        Self::of(Vec::new(), WantedExtension::default())
    }

    /// The sets that a configuration names; all of them where it names none.
    pub fn of(sets: Vec<WantedSet>, extension: WantedExtension) -> Self {
        let selection = if sets.is_empty() {
            Selection::All(sets)
        } else {
            Selection::Named(sets)
        };
        Self {
            selection,
            extension,
        }
    }

    /// Everything that is wanted of single sets.
    pub fn wishes(&self) -> &[WantedSet] {
        match &self.selection {
            Selection::Named(wishes) | Selection::All(wishes) => wishes,
        }
    }

    /// What is wanted of this set, where somebody said it.
    pub fn wish(&self, parent: &RelationName) -> Option<&WantedSet> {
        self.wishes().iter().find(|wish| wish.parent == *parent)
    }

    /// Whether this set is to be looked at.
    pub(super) fn counts(&self, inspection: &Inspection, set: &PartitionSet) -> bool {
        match &self.selection {
            Selection::All(_) => true,
            Selection::Named(_) => {
                self.wish(&set.name).is_some() || inspection.config(set).is_some()
            }
        }
    }
}

impl From<&Request> for Scope {
    fn from(request: &Request) -> Self {
        Self {
            selection: request.selection.clone(),
            extension: request.extension.clone(),
        }
    }
}
