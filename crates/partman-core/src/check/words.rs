//! Pieces of wording that several rules need: lists of names, arguments of commands, how long ago.

use jiff::{SignedDuration, Timestamp};

use super::view::SetView;
use super::{View, sql};
use crate::assess::{MendKind, without_foreign_keys};
use crate::bound::Point;
use crate::interval::local;
use crate::model::PartitionSet;
use crate::name::RelationName;
use crate::phrase;
use crate::time_zone::Zone;
use crate::words::Phrase;

pub(super) use crate::words::{list, name_some as partitions};

/// What was said of the first of several.
pub(super) fn and_more(said: Phrase, more: usize) -> Phrase {
    match more {
        0 => said,
        more => phrase!("{said} (and {more} more)", said, more),
    }
}

/// All of them, as one sentence.
pub(super) fn one_after_another(parts: impl IntoIterator<Item = Phrase>) -> Phrase {
    let all = parts.into_iter();
    all.reduce(|first, second| phrase!("{first}; {second}", first, second))
        .unwrap_or_else(|| Phrase::verbatim(""))
}

/// For what adoption mends.
pub(super) fn adopt(set: &SetView<'_>) -> Phrase {
    phrase!(
        "adopting the set mends it: partman plan {parent} shows how",
        parent = argument(set.name())
    )
}

/// For rows in DEFAULT: the calls of pg_partman that move them, where it has the set, else where statements are.
pub(super) fn move_them(view: &View<'_>, set: &SetView<'_>, id: &str) -> Phrase {
    let kinds = [
        MendKind::RescueDefault,
        MendKind::AttachDefault,
        MendKind::SpreadDefault,
    ];
    if set.is_mended_by(&kinds) {
        return adopt(set);
    }
    let what = match set.managed {
        Some(_) => phrase!(
            "correct those that are slips, for partitions are made up to each of them, then move them into partitions of their own: {calls}",
            calls = sql::move_out(view, set)
        ),
        None => phrase!(
            "move them into partitions of their own: partman explain {id} has the statements",
            id
        ),
    };
    without_foreign_keys(set.set, what)
}

/// Debian's package for the server.
pub(super) fn package(view: &View<'_>) -> String {
    format!(
        "postgresql-{}-partman",
        view.seen.server.version_num / 10_000
    )
}

/// The parent as the argument of a command: what a shell would take apart is in single quotes.
pub(super) fn argument(parent: &RelationName) -> String {
    let text = parent.to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
    if text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// What becomes of rows that no partition takes.
pub(super) fn fate(set: &PartitionSet) -> Phrase {
    match set.default_partition() {
        Some(default) => phrase!("land in {default}", default = default.name),
        None => phrase!("are refused"),
    }
}

/// How far two points are apart: in days, hours or minutes, or as a number of ids.
pub(super) fn distance(a: Point, b: Point) -> Phrase {
    let utc = Zone::utc();
    let clock = |point| match point {
        Point::Instant(t) => local(t, &utc.rules),
        Point::Local(t) => t,
        Point::Day(d) => d.to_datetime(jiff::civil::Time::midnight()),
        Point::Id(_) => jiff::civil::DateTime::ZERO,
    };
    match (a, b) {
        (Point::Id(a), Point::Id(b)) => phrase!("{n} ids", n = a.abs_diff(b)),
        _ => duration(clock(b).duration_since(clock(a))),
    }
}

/// How long ago something was.
pub(super) fn age(then: Timestamp, now: Timestamp) -> Phrase {
    duration(now.duration_since(then))
}

fn duration(of: SignedDuration) -> Phrase {
    let minutes = of.unsigned_abs().as_secs() / 60;
    match minutes {
        1 => phrase!("1 minute"),
        0..120 => phrase!("{n} minutes", n = minutes),
        120..2_880 => phrase!("{n} hours", n = minutes / 60),
        _ => phrase!("{n} days", n = minutes / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_need_quoting_survive_a_shell() {
        let name = RelationName::new("App", r#"it's "so""#);
        assert_eq!(argument(&name), r#"'"App"."it'\''s ""so"""'"#);
        assert_eq!(argument(&RelationName::new("public", "a_1")), "public.a_1");
    }

    #[test]
    fn distances_have_one_unit() {
        let shown = |secs| duration(SignedDuration::from_secs(secs));
        assert_eq!(
            [shown(60), shown(-7_200), shown(86_400 * 40)],
            ["1 minute", "2 hours", "40 days"]
        );
        assert_eq!(distance(Point::Id(-5), Point::Id(5)), "10 ids");
    }
}
