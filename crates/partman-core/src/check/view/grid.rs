//! The bounds of a set as something to count on: ranges in order, their width, the zone, the present.
//!
//! Unlike the assessment this exists for every set by time or number, also for one that pg_partman couldn't have:
//! where widths differ it counts in that of the configuration, else in that of the last partition.

use jiff::tz::TimeZone;

use super::calendar::{cut, is_nearer, zone_of};
use super::managed::Managed;
use crate::Interval;
use crate::assess::Assessment;
use crate::bound::{KeyKind, Point};
use crate::coverage::{self, MOST_TO_CREATE, Range};
use crate::measure::{Measure, Unit};
use crate::model::{Partition, PartitionSet, Server, Strategy};
use crate::time_zone::Zone;
use crate::wanted::WantedSet;

/// See the module.
pub(in crate::check) struct Grid<'a> {
    /// What has two readable bounds, in order; never empty.
    pub(in crate::check) ranges: Vec<(Point, Point, &'a Partition)>,
    pub(in crate::check) interval: Interval,
    pub(in crate::check) zone: Zone,
    /// Whether the bounds allow no other zone that matters.
    pub(in crate::check) zone_is_certain: bool,
    /// The clock, or where an integer key has got to; `None` where that could not be seen.
    pub(in crate::check) present: Option<Point>,
    /// Whether some partition takes everything above a point.
    pub(in crate::check) is_open_above: bool,
    /// Ends of the partitions without two readable bounds, so that they leave no holes beside them.
    open_ends: Vec<Range>,
    kind: KeyKind,
    measure: Measure,
}

impl<'a> Grid<'a> {
    pub(super) fn new(
        server: &Server,
        set: &'a PartitionSet,
        managed: Option<&Managed<'a>>,
        wanted: &WantedSet,
        assessed: &Assessment,
    ) -> Option<Self> {
        let kind = set.control()?.kind;
        if set.strategy != Strategy::Range {
            return None;
        }
        // Where pg_partman has been told of a unit that the bounds don't tell of, it counts.
        let told = managed.and_then(|row| Unit::named(row.epoch()?));
        let measure = match (set.measure(), told) {
            (Measure::Itself, Some(unit)) => Measure::Epoch(unit),
            (measure, _) => measure,
        };
        let by_clock = |point| match (measure, point) {
            (Measure::Epoch(unit), Point::Id(n)) => unit.instant(n).map(Point::Instant),
            (_, point) => Some(point),
        };
        let ranges: Vec<_> = set
            .ranges()
            .into_iter()
            .filter_map(|(from, to, partition)| Some((by_clock(from)?, by_clock(to)?, partition)))
            .collect();
        let (first, ..) = *ranges.first()?;
        let (zone, zone_is_certain) = zone_of(server, &ranges, wanted, assessed);
        let fits = |interval: &Interval| interval.after(first, &zone.rules).is_some();
        let last = ranges.last().map(|(from, to, _)| (*from, *to))?;
        let interval = managed
            .and_then(|row| row.interval())
            .filter(fits)
            .or(assessed.interval.filter(fits))
            .or_else(|| {
                Interval::candidates(last.0, last.1, &zone.rules)
                    .first()
                    .copied()
            })?;
        let present = coverage::present(server.now, first, &zone).or_else(|| reached(&ranges));
        let mut grid = Self {
            ranges,
            interval,
            zone,
            zone_is_certain,
            present,
            is_open_above: false,
            open_ends: Vec::new(),
            kind,
            measure,
        };
        grid.see_open_ends(set);
        Some(grid)
    }

    /// A value of the key, as the catalog or a row has it.
    pub(in crate::check) fn point(&self, text: &str) -> Option<Point> {
        self.measure.point(self.kind, text)
    }

    /// A point as a value of the key; `None` for one that it can't hold.
    pub(in crate::check) fn literal(&self, point: Point) -> Option<String> {
        self.measure.literal(point)
    }

    fn see_open_ends(&mut self, set: &PartitionSet) {
        let (lowest, highest) = (self.ranges[0].0, self.horizon());
        let by_clock = |point| match (self.measure, point) {
            (Measure::Epoch(unit), Point::Id(n)) => unit.instant(n).map(Point::Instant),
            (_, point) => Some(point),
        };
        for partition in set.open_ended() {
            let (from, to) = set.ends_of_open(partition);
            match (from.and_then(by_clock), to.and_then(by_clock)) {
                (Some(from), None) => {
                    self.is_open_above = true;
                    self.open_ends.push((from, from.max(highest)));
                }
                (None, Some(to)) => self.open_ends.push((to.min(lowest), to)),
                (None, None) => self.is_open_above = true,
                (Some(_), Some(_)) => {}
            }
        }
    }

    /// Where the last partition ends.
    pub(in crate::check) fn horizon(&self) -> Point {
        self.ranges[self.ranges.len() - 1].1
    }

    /// Whether the present and one interval more reach the end of the last partition.
    pub(in crate::check) fn is_near_its_end(&self) -> bool {
        let soon = self
            .present
            .and_then(|present| self.interval.after(present, &self.zone.rules));
        !self.is_open_above && soon.is_some_and(|soon| soon >= self.horizon())
    }

    /// How many partitions begin after the present.
    pub(in crate::check) fn ahead(&self) -> usize {
        let begins_later = |from: Point| self.present.is_some_and(|present| from > present);
        self.ranges
            .iter()
            .filter(|(from, ..)| begins_later(*from))
            .count()
    }

    /// What no partition takes, between the present or the first one and the last.
    pub(in crate::check) fn holes(&self) -> Vec<Range> {
        let mut taken: Vec<Range> = self
            .ranges
            .iter()
            .map(|(from, to, _)| (*from, *to))
            .collect();
        taken.extend(&self.open_ends);
        taken.sort();
        let between = taken.windows(2).filter(|pair| pair[0].1 < pair[1].0);
        let between = between.map(|pair| (pair[0].1, pair[1].0));
        self.before_first(taken[0].0)
            .into_iter()
            .chain(between)
            .collect()
    }

    /// Where the first partition begins after the present by the clock, what lies between.
    fn before_first(&self, first: Point) -> Option<Range> {
        let present = self.present.filter(|_| !matches!(first, Point::Id(_)))?;
        let start = coverage::before_first(first, present, self.interval, &self.zone);
        (first > present).then(|| (start.unwrap_or(present), first))
    }

    /// What maintenance will create: up to `premake` partitions ahead of the present, and `at_least` so many.
    pub(in crate::check) fn upcoming(&self, premake: usize, at_least: usize) -> Vec<Range> {
        let mut made: Vec<Range> = Vec::new();
        let (mut ahead, mut at) = (self.ahead(), self.horizon());
        while !self.is_open_above
            && (ahead < premake || made.len() < at_least)
            && made.len() < MOST_TO_CREATE
        {
            let Some(next) = self.interval.after(at, &self.zone.rules) else {
                break;
            };
            made.push((at, next));
            ahead += usize::from(self.present.is_none_or(|present| at > present));
            at = next;
        }
        made
    }

    /// Where maintenance in this zone lets the next partitions begin: it counts from the last lower bound, and 5.x with
    /// retention from that bound cut to a unit of the calendar. The first is the one nearest to the horizon.
    pub(in crate::check) fn begins(
        &self,
        zone: &TimeZone,
        is_cut: bool,
    ) -> impl Iterator<Item = Point> {
        let last = self.ranges[self.ranges.len() - 1].0;
        let start = if is_cut {
            cut(last, self.interval, zone)
        } else {
            Some(last)
        };
        let (interval, zone, horizon) = (self.interval, zone.clone(), self.horizon());
        let all = std::iter::successors(start, move |at| interval.after(*at, &zone));
        let mut all = all.skip(1).peekable();
        let mut nearest = all.next();
        while let Some(next) = all.peek().copied() {
            match nearest {
                Some(at) if is_nearer(next, at, horizon) => nearest = all.next(),
                _ => break,
            }
        }
        nearest.into_iter().chain(all)
    }

    /// The partitions that don't have the width in which this grid counts.
    pub(in crate::check) fn odd(&self) -> Vec<(Point, Point, &'a Partition)> {
        let regular = |from, to| self.interval.after(from, &self.zone.rules) == Some(to);
        self.ranges
            .iter()
            .filter(|(from, to, _)| !regular(*from, *to))
            .copied()
            .collect()
    }
}

/// The largest id, or the first bound of a set without rows; `None` where some partition could not be looked into.
fn reached(ranges: &[(Point, Point, &Partition)]) -> Option<Point> {
    for (from, _, partition) in ranges.iter().rev() {
        let content = partition.content.as_ref()?;
        if content.has_rows {
            let largest = content.max.as_deref();
            return largest
                .and_then(|text| Point::parse(KeyKind::Integer, text))
                .or(Some(*from));
        }
    }
    ranges.first().map(|(from, ..)| *from)
}
