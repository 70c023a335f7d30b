//! `default-blocks-next-partition`: rows of DEFAULT lie where the next partition will be made.

use super::default_has_rows::{move_by_hand, unknown};
use super::finding::Judged;
use super::view::SetView;
use super::{Check, Finding, Meta, Severity, Verdict, View, words};
use crate::bound::Point;
use crate::coverage::Range;
use crate::model::Partition;
use crate::phrase;

/// See [`META`].
pub(super) struct DefaultBlocksNextPartition;

static META: Meta = Meta {
    id: "default-blocks-next-partition",
    severity: Severity::Error,
    varies: "",
    title: "Rows of the DEFAULT partition lie where the next partition will be made.",
    finds: "The smallest and largest key in DEFAULT embrace, or lie in, a range for which a partition is due: the next \
        one, those that are missing up to `premake` ahead of the present, or a gap between partitions. Where the ends \
        could not be read cheaply, only `default-has-rows` speaks.",
    matters: "Making that partition fails: `updated partition constraint for default partition would be violated by some \
        row`. pg_partman fails the same way at every run, 5.5 without an error, and meanwhile ever more rows land in \
        DEFAULT. `partman migrate` brings a few of them along and refuses the set where they are many.",
    remedy: concat!(
        "Move the rows first. For sets under pg_partman `partition_data_proc()` does it, in the time zone of the bounds and not while a foreign key refers to the parent; it \
        leaves holes before the ranges that it fills, so `partition_gap_fill()` has to follow. By hand, in one transaction:\n\n",
        move_by_hand!()
    ),
    cost: "Reads the ends of the key in DEFAULT, where an index or its size makes that cheap. Attaching takes ACCESS \
        EXCLUSIVE on DEFAULT while it is scanned; nobody can insert what would land there until the transaction ends.",
};

impl Check for DefaultBlocksNextPartition {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let with_default = view
            .grids()
            .filter_map(|(set, _)| Some((set, set.set.default_partition()?)));
        let without = "there is no set by time or number with a DEFAULT partition";
        Verdict::each(with_default, without, |(set, default)| {
            if default.content.is_none() {
                return unknown(default);
            }
            match blocked(set) {
                Some(blocked) => Some(finding(view, set, default, &blocked)).into(),
                None => Judged::Fine,
            }
        })
    }
}

/// A range that rows of DEFAULT are in the way of.
struct Blocked {
    range: Range,
    /// Smallest and largest key in DEFAULT.
    rows: Range,
    /// Whether one that is known lies in the range, so that there is no doubt.
    is_certain: bool,
}

/// Whether this rule has something to say about the set.
pub(super) fn is_blocking(set: &SetView<'_>) -> bool {
    blocked(set).is_some()
}

fn blocked(set: &SetView<'_>) -> Option<Blocked> {
    let grid = set.grid.as_ref()?;
    let content = set.set.default_partition()?.content.as_ref()?;
    let point = |text: &Option<String>| text.as_deref().and_then(|text| grid.point(text));
    let rows = (point(&content.min)?, point(&content.max)?);
    let mut due = grid.holes();
    due.extend(grid.upcoming(set.premake, 1));
    let lies_in = |key: Point, (from, to): Range| key >= from && key < to;
    let next = point(&content.next);
    let known = [Some(rows.0), Some(rows.1), next];
    let is_certain = |range: &Range| known.iter().flatten().any(|key| lies_in(*key, *range));
    // Between the present and the smallest key ahead of it there is none.
    let is_free = |(from, to): &Range| {
        next.is_some_and(|next| *to <= next) && grid.present.is_some_and(|now| *from >= now)
    };
    let embraces = |range: &Range| rows.1 >= range.0 && rows.0 < range.1 && !is_free(range);
    let certain = due.iter().find(|range| is_certain(range));
    let range = certain.or_else(|| due.iter().find(|range| embraces(range)));
    range.map(|range| Blocked {
        range: *range,
        rows,
        is_certain: certain.is_some(),
    })
}

fn finding(view: &View<'_>, set: &SetView<'_>, default: &Partition, blocked: &Blocked) -> Finding {
    let ((from, to), (min, max)) = (blocked.range, blocked.rows);
    let lie = if blocked.is_certain {
        phrase!("lie")
    } else {
        phrase!("may lie")
    };
    let message = phrase!(
        "rows of {default} (from {min} to {max}) {lie} between {from} and {to}, for which {parent} has no partition yet: \
         making it fails as long as they are there",
        default = default.name,
        min,
        max,
        lie,
        from,
        to,
        parent = set.name()
    );
    let help = words::move_them(view, set, META.id);
    Finding::new(&META, set.name(), message, help)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::world::{at, finds, ids, months, no_rows, passes, rows, skips, with_default};
    use super::*;

    #[test]
    fn rows_of_next_month_are_in_its_way() {
        let next = rows("2025-08-30 12:00:00+00", "2025-12-24 18:00:00+00");
        let set = with_default(months("readings", "2025-09", 2), Some(next));
        let world = at("2025-10-14T12:00:00Z").with(set);
        insta::assert_snapshot!(finds(&DefaultBlocksNextPartition, &world), @r"
        error public.readings: rows of public.readings_default (from 2025-08-30T12:00:00Z to 2025-12-24T18:00:00Z) lie between 2025-12-01T00:00:00Z and 2026-01-01T00:00:00Z, for which public.readings has no partition yet: making it fails as long as they are there
          help: adopting the set mends it: partman plan public.readings shows how
        ");
    }

    #[test]
    fn rows_on_both_sides_may_be_in_the_way() {
        let far = rows("1970-01-01 00:00:00+00", "2205-01-01 00:00:00+00");
        let set = with_default(months("readings", "2025-09", 8), Some(far));
        let world = at("2025-10-14T12:00:00Z").with(set).installed("5.2.4");
        let world = world.managed("readings", json!({}));
        insta::assert_snapshot!(finds(&DefaultBlocksNextPartition, &world), @r"
        error public.readings: rows of public.readings_default (from 1970-01-01T00:00:00Z to 2205-01-01T00:00:00Z) may lie between 2026-05-01T00:00:00Z and 2026-06-01T00:00:00Z, for which public.readings has no partition yet: making it fails as long as they are there
          help: correct those that are slips, for partitions are made up to each of them, then move them into partitions of their own: SET TimeZone = 'UTC'; CALL partman.partition_data_proc('public.readings'); SELECT partman.partition_gap_fill('public.readings')
        ");
    }

    #[test]
    fn rows_in_a_gap_count_and_rows_out_of_reach_do_not() {
        let mut gap = ids("orders", 5, 45);
        gap.partitions.remove(2);
        let gap = with_default(gap, Some(rows("25", "25")));
        insta::assert_snapshot!(finds(&DefaultBlocksNextPartition, &at("2025-10-14T12:00:00Z").with(gap)), @r"
        error public.orders: rows of public.orders_default (from 25 to 25) lie between 20 and 30, for which public.orders has no partition yet: making it fails as long as they are there
          help: adopting the set mends it: partman plan public.orders shows how
        ");
        let far = with_default(ids("orders", 5, 5), Some(rows("500", "900")));
        passes(
            &DefaultBlocksNextPartition,
            &at("2025-10-14T12:00:00Z").with(far),
        );
    }

    #[test]
    fn an_empty_default_passes_and_an_unseen_one_does_not() {
        let world = |content| {
            at("2025-10-14T12:00:00Z").with(with_default(months("t", "2025-09", 2), content))
        };
        passes(&DefaultBlocksNextPartition, &world(Some(no_rows())));
        insta::assert_snapshot!(skips(&DefaultBlocksNextPartition, &world(None)), @"could not look into public.t_default");
    }
}
