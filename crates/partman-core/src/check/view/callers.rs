//! Who calls `run_maintenance`, as far as the database shows it: for which sets, how often, in which time zone.
//!
//! Schedulers outside the database (a host's cron, a service) can't be seen from inside.

use jiff::SignedDuration;

use super::{SetView, View};
use crate::model::Scheduler;
use crate::time_zone::Zone;

/// A scheduler that maintains a set.
#[derive(Debug, Clone, Copy)]
pub(in crate::check) struct Caller<'a>(&'a Scheduler);

impl<'a> View<'a> {
    /// Whoever maintains this set, by itself or together with all others.
    pub(in crate::check) fn callers(&self, set: &SetView<'_>) -> Vec<Caller<'a>> {
        let automatic = set.managed.is_some_and(|row| row.is_automatic());
        self.seen
            .schedulers
            .iter()
            .map(Caller)
            .filter(|caller| match caller.only(self) {
                Some(names) => names.contains(&set.name().unquoted()),
                None => automatic && caller.works_in(&self.seen.server.database),
            })
            .collect()
    }
}

impl Caller<'_> {
    /// The sets that the call names; `None` for a call that takes all.
    fn only(self, view: &View<'_>) -> Option<Vec<String>> {
        let named: Vec<String> = literals(&self.0.detail)
            .into_iter()
            .filter(|text| {
                let rows = &view.seen.configs;
                rows.iter().any(|row| row.parent_table() == text)
            })
            .collect();
        (!named.is_empty()).then_some(named)
    }

    /// The background worker works in the databases that its setting lists, in no other.
    fn works_in(self, database: &str) -> bool {
        self.0.kind != "pg_partman_bgw"
            || self.0.detail.split(',').any(|name| name.trim() == database)
    }

    /// The zone that the call sets for itself, else the server's; `None` if that is no zone that we know.
    pub(in crate::check) fn zone(self, server: &str) -> Option<Zone> {
        Zone::named(said_zone(&self.0.detail).unwrap_or(server))
    }

    /// Roughly how long it pauses.
    pub(in crate::check) fn period(self) -> SignedDuration {
        let days = |n: i64| SignedDuration::from_hours(24 * n);
        let fields: Vec<&str> = self.0.detail.split_whitespace().take(5).collect();
        match fields.as_slice() {
            _ if self.0.kind != "pg_cron" => SignedDuration::from_hours(1),
            [_, "seconds", ..] => days(1),
            ["@weekly", ..] => days(7),
            ["@monthly", ..] => days(31),
            ["@yearly" | "@annually", ..] => days(366),
            [first, ..] if first.starts_with('@') => days(1),
            [_, _, _, month, _] if *month != "*" => days(366),
            [_, _, day, _, _] if *day != "*" => days(31),
            [_, _, _, _, weekday] if *weekday != "*" => days(7),
            _ => days(1),
        }
    }

    /// For messages: `pg_cron (0 3 * * * CALL …)`.
    pub(in crate::check) fn describe(self) -> String {
        format!("{} ({})", self.0.kind, self.0.detail)
    }
}

/// The contents of the single-quoted strings.
fn literals(sql: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = sql;
    while let Some(start) = rest.find('\'') {
        let mut text = String::new();
        let mut chars = rest[start + 1..].char_indices().peekable();
        let mut end = rest.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '\'' if chars.peek().is_some_and(|(_, next)| *next == '\'') => {
                    chars.next();
                    text.push('\'');
                }
                '\'' => {
                    end = start + 1 + at + 1;
                    break;
                }
                c => text.push(c),
            }
        }
        found.push(text);
        rest = &rest[end..];
    }
    found
}

/// The name after `timezone` or `time zone`, in whatever form SQL sets it.
fn said_zone(sql: &str) -> Option<&str> {
    let folded = sql.to_ascii_lowercase();
    let word = ["timezone", "time zone"]
        .iter()
        .filter_map(|word| Some((folded.find(word)?, word.len())))
        .min()?;
    let rest = sql[word.0 + word.1..].trim_start_matches(|c: char| !c.is_alphanumeric());
    let without_to = rest
        .get(..3)
        .filter(|to| to.eq_ignore_ascii_case("to "))
        .map_or(rest, |_| &rest[3..]);
    let name = without_to.trim_start_matches(|c: char| !c.is_alphanumeric());
    let end = name
        .find(|c: char| !c.is_alphanumeric() && !matches!(c, '/' | '_' | '+' | '-'))
        .unwrap_or(name.len());
    (end > 0).then(|| &name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_read_in_every_form_of_sql() {
        for sql in [
            "SET TIME ZONE 'Europe/Paris'; CALL x()",
            "set local timezone to 'Europe/Paris'",
            "SET TimeZone = \"Europe/Paris\"",
            "SELECT set_config('TimeZone', 'Europe/Paris', true)",
            "SET timezone TO Europe/Paris",
        ] {
            assert_eq!(said_zone(sql), Some("Europe/Paris"), "{sql}");
        }
        assert_eq!(said_zone("CALL partman.run_maintenance_proc()"), None);
    }

    #[test]
    fn literals_lose_their_quotes() {
        assert_eq!(literals("f('a', 'it''s', '')"), ["a", "it's", ""]);
        assert_eq!(literals("f('open"), ["open"]);
    }

    #[test]
    fn a_schedule_tells_how_long_it_pauses() {
        let days = |detail: &str| {
            let scheduler = Scheduler {
                kind: "pg_cron".to_owned(),
                detail: detail.to_owned(),
            };
            Caller(&scheduler).period().as_hours() / 24
        };
        let of = [
            "30 3 * * * x",
            "0 3 * * 0 x",
            "0 3 1 * * x",
            "@weekly x",
            "5 seconds x y z",
        ];
        assert_eq!(of.map(days), [1, 7, 31, 7, 1]);
    }
}
