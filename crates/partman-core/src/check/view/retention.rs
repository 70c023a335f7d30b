//! When pg_partman's retention takes a partition, and when its rows are really old enough.
//!
//! All versions take a partition when its lower bound, the configured interval and the retention lie behind: of a time
//! by the clock, of an integer by the largest id. That is right for partitions of the configured width only.

use super::{Grid, Managed, SetView};
use crate::Interval;
use crate::bound::Point;
use crate::model::Partition;

/// A partition that retention takes before its time.
pub(in crate::check) struct TakenEarly<'a> {
    pub(in crate::check) partition: &'a Partition,
    /// Where its rows end.
    pub(in crate::check) to: Point,
    /// Where pg_partman thinks that they end.
    pub(in crate::check) thought: Point,
    /// When pg_partman takes it.
    pub(in crate::check) taken: Point,
}

/// What retention does to a set.
pub(in crate::check) enum Retention<'a> {
    Off,
    /// It could not be read, or not counted with.
    Unknown,
    /// It takes these before their last rows are old enough; those that are due for other reasons aren't here.
    TakesEarly(Vec<TakenEarly<'a>>),
}

impl<'a> SetView<'a> {
    /// What pg_partman's retention does to this set.
    pub(in crate::check) fn retention(&self) -> Retention<'a> {
        let row = self
            .managed
            .as_ref()
            .filter(|row| row.retention().is_some());
        let (Some(row), Some(grid)) = (row, &self.grid) else {
            return Retention::Off;
        };
        let known = parts(row).and_then(|parts| taken_early(grid, &parts));
        known.map_or(Retention::Unknown, Retention::TakesEarly)
    }
}

fn taken_early<'a>(grid: &Grid<'a>, retention: &[Interval]) -> Option<Vec<TakenEarly<'a>>> {
    let zone = &grid.zone.rules;
    let later = |point: Point| {
        let mut parts = retention.iter();
        parts.try_fold(point, |at, part| part.after(at, zone))
    };
    let mut found = Vec::new();
    for (from, to, partition) in grid.odd() {
        let thought = grid.interval.after(from, zone)?;
        let (taken, due) = (later(thought)?, later(to)?);
        if thought < to && due > grid.present? {
            found.push(TakenEarly {
                partition,
                to,
                thought,
                taken,
            });
        }
    }
    Some(found)
}

/// `1 year 2 mons 3 days` as what is added one after the other.
fn parts(row: &Managed<'_>) -> Option<Vec<Interval>> {
    let text = row.retention()?;
    if let Ok(whole) = text.parse() {
        return Some(vec![whole]);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let part = |pair: &[&str]| pair.join(" ").parse().ok();
    words.chunks(2).map(part).collect()
}
