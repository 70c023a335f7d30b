//! Where maintenance in another zone than that of the bounds goes another way: other bounds, or a name that is there.

use super::{Caller, Grid, Point, SetView, Zone};
use crate::phrase;
use crate::words::Phrase;

/// The first partition that would not be made as it has to be.
pub(super) struct Difference {
    zone: String,
    /// Where it has to begin.
    right: Point,
    wrong: Wrong,
    /// Whether it is among the partitions that maintenance makes next.
    pub(super) is_soon: bool,
}

enum Wrong {
    /// It would begin there.
    Bound(Point),
    /// It would be called as one that is there, and for that reason never be made.
    Name(String),
}

/// Looks for it a year ahead at least, so that every change of clocks counts.
pub(super) fn difference(set: &SetView<'_>, grid: &Grid<'_>, zone: &Zone) -> Option<Difference> {
    let days = grid.interval.approximate().as_hours() / 24;
    let ahead = usize::try_from(366 / days.max(1)).unwrap_or(0).max(24);
    let right = grid.begins(&grid.zone.rules, false);
    let wrong = grid.begins(&zone.rules, set.is_cut_by_retention());
    let mut both = right.zip(wrong).take(ahead).enumerate();
    both.find_map(|(n, (right, wrong))| {
        let wrong = if right == wrong {
            Wrong::Name(taken(set, right, zone)?)
        } else {
            Wrong::Bound(wrong)
        };
        Some(Difference {
            zone: zone.name.clone(),
            right,
            wrong,
            is_soon: n < set.premake.max(1),
        })
    })
}

/// The name that the partition which begins there gets in this zone, if a partition has it already.
fn taken(set: &SetView<'_>, begins: Point, zone: &Zone) -> Option<String> {
    let name = set.suffix.as_ref()?.name(set.name(), begins, zone)?;
    let mut partitions = set.set.partitions.iter();
    let found = partitions.find(|partition| partition.name == name)?;
    Some(found.name.to_string())
}

impl Difference {
    pub(super) fn describe(
        &self,
        set: &SetView<'_>,
        grid: &Grid<'_>,
        caller: Option<Caller<'_>>,
    ) -> Phrase {
        let (parent, zone, other) = (set.name(), &grid.zone.name, &self.zone);
        let (right, caller) = (self.right, caller.map(Caller::describe));
        match (&self.wrong, caller) {
            (Wrong::Bound(wrong), Some(caller)) => phrase!(
                "the bounds of {parent} are midnights in {zone}, and {caller} maintains it in {other}: the partition that has \
                 to begin at {right} will begin at {wrong}",
                parent,
                zone,
                caller,
                other,
                right,
                wrong
            ),
            (Wrong::Bound(wrong), None) => phrase!(
                "the bounds of {parent} are midnights in {zone}, and sessions here are in {other}: the partition that has to \
                 begin at {right} would begin at {wrong}",
                parent,
                zone,
                other,
                right,
                wrong
            ),
            (Wrong::Name(name), Some(caller)) => phrase!(
                "the bounds of {parent} are midnights in {zone}, and {caller} maintains it in {other}: there the partition that \
                 begins at {right} is called {name}, which is another one's name, so it will never be made",
                parent,
                zone,
                caller,
                other,
                right,
                name
            ),
            (Wrong::Name(name), None) => phrase!(
                "the bounds of {parent} are midnights in {zone}, and sessions here are in {other}: there the partition that \
                 begins at {right} is called {name}, which is another one's name, so it would never be made",
                parent,
                zone,
                other,
                right,
                name
            ),
        }
    }
}
