//! `default-has-rows`: DEFAULT holds rows that belong into partitions.

use super::default_blocks_next_partition::is_blocking;
use super::finding::Judged;
use super::view::SetView;
use super::{Check, Finding, Meta, Severity, Verdict, View, words};
use crate::assess::{first_beyond, stops_at, when_it_stops};
use crate::model::{Content, Partition};
use crate::phrase;
use crate::words::Phrase;

/// How rows are moved out of DEFAULT by hand; for two rules.
macro_rules! move_by_hand {
    () => {
        "```sql\nBEGIN;\nCREATE TABLE new (LIKE parent INCLUDING ALL EXCLUDING IDENTITY);\n\
        ALTER TABLE parent_default DISABLE TRIGGER USER;\n\
        WITH moved AS (DELETE FROM ONLY parent_default WHERE key >= 'from' AND key < 'to' RETURNING a, b, key)\n\
        INSERT INTO new (a, b, key) OVERRIDING SYSTEM VALUE SELECT a, b, key FROM moved;\n\
        ALTER TABLE parent_default ENABLE TRIGGER USER;\n\
        ALTER TABLE parent ATTACH PARTITION new FOR VALUES FROM ('from') TO ('to');\nCOMMIT;\n```\n\n\
        - `a, b, key` stands for all columns but generated ones. Name them: DEFAULT may have them in another order.\n\
        - Not while a foreign key refers to the parent: `ON DELETE CASCADE` would delete the rows that refer to these, and \
        without it the DELETE fails. Drop that key first, and add it again when the rows are in place.\n\
        - Subscribers of a publication would lose these rows: there put them into a temporary table first, DELETE them, ATTACH, and \
          then INSERT them into the parent.\n\
        - Everybody waits for DEFAULT until the commit: move a few thousand rows at a time, in ranges that are made smaller, \
        or when nobody is there."
    };
}
pub(super) use move_by_hand;

/// See [`META`].
pub(super) struct DefaultHasRows;

static META: Meta = Meta {
    id: "default-has-rows",
    severity: Severity::Warning,
    varies: "",
    title: "The DEFAULT partition holds rows.",
    finds: "A set by time or integer whose DEFAULT partition isn't empty. If the rows may lie where the next partition \
        will be made, `default-blocks-next-partition` says so instead. Of rows further ahead the message says when \
        maintenance gets to them.",
    matters: "DEFAULT is where rows go that no partition takes: too old, too far ahead, or from a time when a partition \
        was missing. Retention never reaches them, queries for any range have to look there, and every new partition \
        makes PostgreSQL scan DEFAULT under ACCESS EXCLUSIVE to see that none of them belongs into it.",
    remedy: concat!(
        "For sets under pg_partman `partition_data_proc()` moves them into partitions of their own, in batches, and \
        `partition_gap_fill()` makes what is missing before these; both in the time zone of the bounds, and not while a foreign key refers to the parent. Rows that are simply wrong, such as a year 2205, are better corrected or deleted. By hand, for one range:\n\n",
        move_by_hand!()
    ),
    cost: "Reads one row of DEFAULT, and the ends of its key where an index makes that cheap. Attaching takes ACCESS \
        EXCLUSIVE on DEFAULT while it is scanned; a validated CHECK that rules the range out spares the scan.",
};

impl Check for DefaultHasRows {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let with_default = view
            .grids()
            .filter_map(|(set, _)| Some((set, set.set.default_partition()?)));
        let without = "there is no set by time or number with a DEFAULT partition";
        Verdict::each(with_default, without, |(set, default)| {
            match &default.content {
                None => unknown(default),
                Some(content) if content.has_rows && !is_blocking(set) => {
                    Some(finding(view, set, default, content)).into()
                }
                Some(_) => Judged::Fine,
            }
        })
    }
}

/// What DEFAULT holds could not be seen.
pub(super) fn unknown(default: &Partition) -> Judged {
    Judged::Unknown(format!("could not look into {}", default.name))
}

fn finding(view: &View<'_>, set: &SetView<'_>, default: &Partition, content: &Content) -> Finding {
    let point = |text: &Option<String>| set.grid.as_ref()?.point(text.as_deref()?);
    let (default, parent) = (&default.name, set.name());
    let message = match (point(&content.min), point(&content.max)) {
        (Some(min), Some(max)) => phrase!(
            "{default} holds rows (from {min} to {max}) that no partition of {parent} takes: retention never reaches \
             them, and each new partition has to scan them first",
            default,
            min,
            max,
            parent
        ),
        _ => phrase!(
            "{default} holds rows that no partition of {parent} takes: retention never reaches them, and each new \
             partition has to scan them first",
            default,
            parent
        ),
    };
    let message = match stops(set, content) {
        Some(stops) => phrase!("{message}; {stops}", message, stops),
        None => message,
    };
    let help = words::move_them(view, set, META.id);
    Finding::new(&META, set.name(), message, help)
}

/// That maintenance will get to rows ahead of everything, and when; `None` where there are none, or it is told elsewhere.
fn stops(set: &SetView<'_>, content: &Content) -> Option<Phrase> {
    let grid = set.grid.as_ref()?;
    let made = grid.upcoming(set.premake, 0);
    let end = made.last().map_or(grid.horizon(), |(_, to)| *to);
    let key = first_beyond(content, end, |text| grid.point(text))?;
    let stop = stops_at(end, key, grid.interval, set.premake, &grid.zone)?;
    Some(phrase!(
        "those from {key} on are in the way of its maintenance {when}",
        key,
        when = when_it_stops(stop)
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::default_blocks_next_partition::DefaultBlocksNextPartition;
    use super::super::world::{at, finds, months, no_rows, passes, rows, skips, with_default};
    use super::*;
    use crate::model::{ForeignKey, PartitionSet};

    fn readings(content: Option<Content>) -> PartitionSet {
        with_default(months("readings", "2025-09", 2), content)
    }

    #[test]
    fn rows_of_the_past_are_told() {
        let past = rows("2025-08-30 12:00:00+00", "2025-08-30 12:00:00+00");
        let world = at("2025-10-14T12:00:00Z").with(readings(Some(past)));
        insta::assert_snapshot!(finds(&DefaultHasRows, &world), @r"
        warning public.readings: public.readings_default holds rows (from 2025-08-30T12:00:00Z to 2025-08-30T12:00:00Z) that no partition of public.readings takes: retention never reaches them, and each new partition has to scan them first
          help: move them into partitions of their own: partman explain default-has-rows has the statements
        ");
    }

    #[test]
    fn ends_that_nobody_measured_are_left_out() {
        let content = Content {
            has_rows: true,
            ..Content::default()
        };
        let world = at("2025-10-14T12:00:00Z").with(readings(Some(content)));
        let world = world.installed("5.2.4").managed("readings", json!({}));
        insta::assert_snapshot!(finds(&DefaultHasRows, &world), @r"
        warning public.readings: public.readings_default holds rows that no partition of public.readings takes: retention never reaches them, and each new partition has to scan them first
          help: correct those that are slips, for partitions are made up to each of them, then move them into partitions of their own: SET TimeZone = 'UTC'; CALL partman.partition_data_proc('public.readings'); SELECT partman.partition_gap_fill('public.readings')
        ");
    }

    #[test]
    fn rows_ahead_of_everything_are_told_with_the_day_on_which_they_are_in_the_way() {
        let ahead = Content {
            next: Some("2026-07-04 00:00:00+00".to_owned()),
            ..rows("2025-08-30 12:00:00+00", "2026-09-09 00:00:00+00")
        };
        let world = |content| {
            let world = at("2025-10-14T12:00:00Z").with(readings(Some(content)));
            world.installed("5.5.0").managed("readings", json!({}))
        };
        insta::assert_snapshot!(finds(&DefaultHasRows, &world(ahead)), @r"
        warning public.readings: public.readings_default holds rows (from 2025-08-30T12:00:00Z to 2026-09-09T00:00:00Z) that no partition of public.readings takes: retention never reaches them, and each new partition has to scan them first; those from 2026-07-04T00:00:00Z on are in the way of its maintenance by 2026-03-01T00:00:00Z at the latest
          help: correct those that are slips, for partitions are made up to each of them, then move them into partitions of their own: SET TimeZone = 'UTC'; CALL partman.partition_data_proc('public.readings'); SELECT partman.partition_gap_fill('public.readings')
        ");
        let unknown = rows("2025-08-30 12:00:00+00", "2026-07-04 00:00:00+00");
        passes(&DefaultHasRows, &world(unknown.clone()));
        finds(&DefaultBlocksNextPartition, &world(unknown));
    }

    #[test]
    fn where_foreign_keys_refer_to_rows_these_go_first() {
        let mut set = readings(Some(rows(
            "2025-08-30 12:00:00+00",
            "2025-08-30 12:00:00+00",
        )));
        set.referenced_by.push(ForeignKey {
            name: "of reading".to_owned(),
            table: super::super::world::name("alarms"),
            lockable: true,
        });
        let world = at("2025-10-14T12:00:00Z").with(set).installed("5.5.0");
        let found = finds(&DefaultHasRows, &world.managed("readings", json!({})));
        let (_, help) = found.split_once("help: ").expect("it has one");
        insta::assert_snapshot!(help, @r#"drop the foreign keys that refer to public.readings, for moving rows would delete what refers to them or fail: ALTER TABLE public.alarms DROP CONSTRAINT "of reading"; then correct those that are slips, for partitions are made up to each of them, then move them into partitions of their own: SET TimeZone = 'UTC'; CALL partman.partition_data_proc('public.readings'); SELECT partman.partition_gap_fill('public.readings'); then add the keys again as NOT VALID, and VALIDATE them (before PostgreSQL 18 a table that is partitioned itself takes them only whole)"#);
    }

    #[test]
    fn rows_in_the_way_are_left_to_the_other_rule() {
        let next = rows("2025-11-03 08:00:00+00", "2025-12-24 18:00:00+00");
        passes(
            &DefaultHasRows,
            &at("2025-10-14T12:00:00Z").with(readings(Some(next))),
        );
        passes(
            &DefaultHasRows,
            &at("2025-10-14T12:00:00Z").with(readings(Some(no_rows()))),
        );
    }

    #[test]
    fn what_could_not_be_seen_is_no_pass() {
        insta::assert_snapshot!(skips(&DefaultHasRows, &at("2025-10-14T12:00:00Z").with(readings(None))), @"could not look into public.readings_default");
        let world = at("2025-10-14T12:00:00Z").with(months("readings", "2025-09", 2));
        insta::assert_snapshot!(skips(&DefaultHasRows, &world), @"there is no set by time or number with a DEFAULT partition");
    }
}
