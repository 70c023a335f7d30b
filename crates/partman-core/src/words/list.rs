//! Lists of names: the first few, and how many more, so that a sentence stays readable whatever a database holds.

use super::{Argument, Phrase};
use crate::model::Partition;
use crate::phrase;

/// The first three, and how many more.
pub fn list<T: Argument>(items: impl IntoIterator<Item = T>) -> Phrase {
    let mut items: Vec<Phrase> = items.into_iter().map(|item| item.phrase()).collect();
    let more = items.len().saturating_sub(3);
    items.truncate(3);
    let names = Phrase::joined(items, ", ");
    match more {
        0 => names,
        more => phrase!("{names} and {more} more", names, more),
    }
}

/// The names of these partitions.
pub(crate) fn name_some<'a>(of: impl IntoIterator<Item = &'a Partition>) -> Phrase {
    list(of.into_iter().map(|partition| &partition.name))
}
