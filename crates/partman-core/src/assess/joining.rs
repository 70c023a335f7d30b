//! Rows of DEFAULT that come into partitions which are created, and lie ahead: from the newest row in a partition pg_partman
//! counts on, so that more partitions are needed than the present asks for, which may take in more rows, and so on.

use super::Assessment;
use super::rest::{LOOKED_THROUGH_AT_ONCE, ends};
use crate::bound::{KeyKind, Point};
use crate::coverage::{self, Missing, Range, Reach, Unfit};
use crate::model::{Content, PartitionSet};
use crate::pg_partman::Version;

/// What is missing, counted from where the rows will have got to by then; of numbers, that is the present too.
pub(super) fn reached(
    set: &PartitionSet,
    ranges: &[Range],
    reach: &Reach<'_>,
    version: &Version,
    seen: &mut Assessment,
) -> Result<Missing, Unfit> {
    let found = coverage::missing(ranges, reach)?;
    let default = set.default_partition();
    let Some(content) = default.and_then(|default| default.content.as_ref()) else {
        return Ok(found);
    };
    match reach.present {
        Point::Id(_) => Ok(by_number(content, ranges, reach, found, seen)),
        _ if version.counts_from_rows_ahead() && !seen.managed => {
            by_time(set, content, ranges, reach, found)
        }
        _ => Ok(found),
    }
}

fn by_number(
    content: &Content,
    ranges: &[Range],
    reach: &Reach<'_>,
    found: Missing,
    seen: &mut Assessment,
) -> Missing {
    let Some(present) = largest(content, &found).filter(|joined| *joined > reach.present) else {
        return found;
    };
    match coverage::missing(ranges, &Reach { present, ..*reach }) {
        Ok(all) => {
            seen.present = Some(present);
            all
        }
        // What is too far away for that stays in DEFAULT.
        Err(_) => found,
    }
}

/// The largest number in DEFAULT, where rows of it come into partitions that are created.
fn largest(content: &Content, missing: &Missing) -> Option<Point> {
    let point = |text: &Option<String>| Point::parse(KeyKind::Integer, text.as_deref()?);
    let (min, max) = (point(&content.min)?, point(&content.max)?);
    let mut all = missing.holes.iter().chain(&missing.ahead);
    let joins = all.any(|(from, to)| min < *to && *from <= max);
    joins.then_some(max)
}

/// From the rows that the partitions take in, to the partitions that these ask for, until no more rows come in.
fn by_time(
    set: &PartitionSet,
    content: &Content,
    ranges: &[Range],
    reach: &Reach<'_>,
    mut found: Missing,
) -> Result<Missing, Unfit> {
    let mut present = reach.present;
    while let Some(begin) = newest_joining(set, content, &found).filter(|from| *from > present) {
        present = begin;
        found = coverage::missing(ranges, &Reach { present, ..*reach })?;
    }
    Ok(found)
}

/// Where the last of the partitions ahead begins that takes in a row of DEFAULT.
fn newest_joining(set: &PartitionSet, content: &Content, missing: &Missing) -> Option<Point> {
    let end = missing.ahead.last()?.1;
    let newest = newest_before(set, content, end)?;
    let mut ahead = missing.ahead.iter();
    ahead
        .rfind(|(from, _)| *from <= newest)
        .map(|(from, _)| *from)
}

/// The newest row before this point that is ahead of the clock; of a small DEFAULT, for rows of a large one aren't brought
/// along. Between two of the widest gaps rows are closer to each other than these gaps are wide: there is one right before
/// the point, as far as is known.
fn newest_before(set: &PartitionSet, content: &Content, end: Point) -> Option<Point> {
    if content.bytes > LOOKED_THROUGH_AT_ONCE {
        return None;
    }
    let kind = set.control()?.kind;
    let point = |text: &str| set.measure().point(kind, text);
    let next = point(content.next.as_deref()?).filter(|next| *next < end)?;
    let (_, max) = ends(set, content)?;
    if max < end {
        return Some(max);
    }
    let gaps = content.gaps_ahead.iter();
    let mut gaps = gaps.filter_map(|(from, to)| Some((point(from)?, point(to)?)));
    match gaps.find(|(from, to)| *from < end && end <= *to) {
        Some((from, _)) => Some(from),
        None if content.gaps_ahead.is_empty() => Some(next),
        None => Some(end),
    }
}
