//! `config-differs`: what pg_partman's configuration says of a set isn't what the set is.

use super::view::SetView;
use super::{Check, Finding, Meta, Severity, Verdict, View};
use crate::assess::{Code, Reason};
use crate::words::Phrase;

/// See [`META`].
pub(super) struct ConfigDiffers;

static META: Meta = Meta {
    id: "config-differs",
    severity: Severity::Error,
    varies: "",
    title: "What pg_partman's configuration says of a set isn't what the set is.",
    finds: "A row of `part_config` whose `control` isn't the column of the partition key, whose `partition_type` isn't that of \
        such a set, whose `partition_interval` isn't the width of the newest partitions, or whose `epoch` isn't what the \
        bounds count. Older partitions may be of any width, and an interval may be written in any way: `7 days` is `1 week`, \
        and `30 days` isn't `1 month`. Not judged: intervals of several units, and bounds that are neither times nor numbers.",
    matters: "Maintenance fails on such a row, and 5.5 only warns of it: no partitions are made, and the set runs into its end \
        although it counts as looked after. With another width it may also make partitions that leave holes or end where \
        nobody expects it.",
    remedy: "Correct the row as the help shows, then call maintenance and look at what it made. `partman migrate` refuses the \
        set until then. Or delete the row, and let `partman migrate PARENT` make the right one.",
    cost: "Compares `part_config` with bounds from the catalog. The update locks one row of `part_config`.",
};

impl Check for ConfigDiffers {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        Verdict::each(view.managed(), view.without_managed(), |(set, _)| {
            finding(set)
        })
    }
}

/// Whether this rule has something to say about the set.
pub(super) fn is_telling(set: &SetView<'_>) -> bool {
    reason(set).is_some()
}

/// What corrects the row, where it has to be corrected.
pub(super) fn way_out(set: &SetView<'_>) -> Option<Phrase> {
    Some(reason(set)?.way_out.clone())
}

fn reason<'s>(set: &'s SetView<'_>) -> Option<&'s Reason> {
    let mut reasons = set.assessed.reasons.iter();
    reasons.find(|reason| reason.code == Code::ConfigDiffers)
}

fn finding(set: &SetView<'_>) -> Option<Finding> {
    let reason = reason(set)?;
    let (message, help) = (reason.what.clone(), reason.way_out.clone());
    Some(Finding::new(&META, set.name(), message, help))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::mixed_widths::MixedWidths;
    use super::super::world::{World, at, by, finds, ids, months, months_in, passes, skips};
    use super::*;
    use crate::model::PartitionSet;

    fn world(set: PartitionSet, row: Value) -> World {
        let world = at("2025-10-14T12:00:00Z").with(set).installed("5.5.0");
        world.managed("t", row)
    }

    fn of_months(row: Value) -> World {
        world(months("t", "2025-09", 4), row)
    }

    fn seconds(row: Value) -> World {
        let bounds = [("1759276800", "1761955200"), ("1761955200", "1764547200")];
        world(by("t", "int8", &bounds), row)
    }

    #[test]
    fn another_column_type_or_width_is_told_with_the_statement() {
        insta::assert_snapshot!(finds(&ConfigDiffers, &of_months(json!({ "control": "nope" }))), @r"
        error public.t: pg_partman's configuration of public.t isn't what the set is: it names the column nope, and the partition key is created_at; maintenance fails on it, or makes partitions that don't fit
          help: correct it: UPDATE partman.part_config SET control = 'created_at' WHERE parent_table = 'public.t'
        ");
        let all =
            json!({ "control": "nope", "partition_interval": "1 day", "partition_type": "list" });
        insta::assert_snapshot!(finds(&ConfigDiffers, &of_months(all)), @r"
        error public.t: pg_partman's configuration of public.t isn't what the set is: it names the column nope, and the partition key is created_at, its partition_type is list, and that of such a set is range, its partition_interval is 1 day, and the newest partitions are 1 month wide; maintenance fails on it, or makes partitions that don't fit
          help: correct it: UPDATE partman.part_config SET control = 'created_at', partition_type = 'range', partition_interval = '1 month' WHERE parent_table = 'public.t'
        ");
        let off = json!({ "partition_interval": "1 day", "automatic_maintenance": "off" });
        finds(&ConfigDiffers, &of_months(off.clone()));
        passes(&MixedWidths, &of_months(off));
        finds(&ConfigDiffers, &world(ids("t", 4, 31), json!({})));
        finds(
            &ConfigDiffers,
            &world(ids("t", 4, 31), json!({ "partition_interval": "100" })),
        );
    }

    #[test]
    fn thirty_days_are_no_month_and_seven_are_a_week() {
        finds(
            &ConfigDiffers,
            &of_months(json!({ "partition_interval": "30 days" })),
        );
        for month in ["1 month", "1 mon", "monthly"] {
            passes(
                &ConfigDiffers,
                &of_months(json!({ "partition_interval": month })),
            );
        }
        let weeks = [
            ("2025-10-06", "2025-10-13"),
            ("2025-10-13", "2025-10-20"),
            ("2025-10-20", "2025-10-27"),
        ];
        for week in ["1 week", "7 days", "weekly"] {
            let row = json!({ "partition_interval": week });
            passes(&ConfigDiffers, &world(by("t", "date", &weeks), row));
        }
        let daily = [("2025-10-06 00:00:00+00", "2025-10-07 00:00:00+00")];
        let row = json!({ "partition_interval": "24:00:00" });
        passes(&ConfigDiffers, &world(by("t", "timestamptz", &daily), row));
    }

    #[test]
    fn only_the_newest_count_and_where_they_tell_nothing_the_row_is_right() {
        let mut older = by(
            "t",
            "date",
            &[("2024-01-01", "2025-01-01"), ("2025-01-01", "2026-01-01")],
        );
        let months = [
            ("2026-01-01", "2026-02-01"),
            ("2026-02-01", "2026-03-01"),
            ("2026-03-01", "2026-04-01"),
        ];
        older.partitions.extend(by("t", "date", &months).partitions);
        passes(&ConfigDiffers, &world(older.clone(), json!({})));
        finds(
            &ConfigDiffers,
            &world(older, json!({ "partition_interval": "1 year" })),
        );
        let halves = [
            ("2025-08-01", "2025-09-01"),
            ("2025-09-01", "2025-09-16"),
            ("2025-09-16", "2025-10-01"),
        ];
        passes(&ConfigDiffers, &world(by("t", "date", &halves), json!({})));
    }

    #[test]
    fn zones_encodings_and_empty_sets_are_no_difference() {
        passes(
            &ConfigDiffers,
            &world(months_in("t", "2025-09", 8, "Europe/Paris"), json!({})),
        );
        passes(
            &ConfigDiffers,
            &world(by("t", "timestamptz", &[]), json!({})),
        );
        passes(&ConfigDiffers, &seconds(json!({ "epoch": "seconds" })));
        let days = [("1759276800", "1759363200"), ("1759363200", "1759449600")];
        let numbers = json!({ "partition_interval": "86400" });
        passes(&ConfigDiffers, &world(by("t", "int8", &days), numbers));
        insta::assert_snapshot!(finds(&ConfigDiffers, &seconds(json!({ "epoch": "milliseconds" }))), @r"
        error public.t: pg_partman's configuration of public.t isn't what the set is: its epoch is milliseconds, and the bounds are seconds since 1970; maintenance fails on it, or makes partitions that don't fit
          help: correct it: UPDATE partman.part_config SET epoch = 'seconds' WHERE parent_table = 'public.t'
        ");
    }

    #[test]
    fn what_maintenance_of_times_lacks_is_told_and_numbers_lack_nothing() {
        insta::assert_snapshot!(finds(&ConfigDiffers, &of_months(json!({ "datetime_string": null }))), @r"
        error public.t: pg_partman's configuration of public.t isn't what the set is: its datetime_string is empty; maintenance fails on it, or makes partitions that don't fit
          help: correct it: UPDATE partman.part_config SET datetime_string = 'YYYYMMDD' WHERE parent_table = 'public.t'
        ");
        let milliseconds = [
            (
                "01999d11-9800-7000-8000-000000000000",
                "019a3cb6-bc00-7000-8000-000000000000",
            ),
            (
                "019a3cb6-bc00-7000-8000-000000000000",
                "019ad735-8400-7000-8000-000000000000",
            ),
        ];
        let lacks = json!({ "time_encoder": null, "time_decoder": null });
        let told = finds(
            &ConfigDiffers,
            &world(by("t", "uuid", &milliseconds), lacks),
        );
        assert!(
            told.contains("its time_encoder is empty, its time_decoder is empty"),
            "{told}"
        );
        assert!(
            told.contains("time_encoder = 'partman.uuid7_time_encoder'"),
            "{told}"
        );
        let numbers = json!({ "partition_interval": "10", "datetime_string": null });
        passes(&ConfigDiffers, &world(ids("t", 3, 25), numbers));
        let days = [("1759276800", "1759363200"), ("1759363200", "1759449600")];
        let as_numbers = json!({ "partition_interval": "86400", "datetime_string": null });
        passes(&ConfigDiffers, &world(by("t", "int8", &days), as_numbers));
        let lacking = json!({ "epoch": "seconds", "datetime_string": null });
        finds(&ConfigDiffers, &seconds(lacking));
    }

    #[test]
    fn one_that_is_being_undone_and_a_mere_set_are_not_judged() {
        passes(
            &ConfigDiffers,
            &of_months(json!({ "control": "nope", "undo_in_progress": true })),
        );
        insta::assert_snapshot!(skips(&ConfigDiffers, &at("2025-10-14T12:00:00Z")), @"no set is under pg_partman");
    }
}
