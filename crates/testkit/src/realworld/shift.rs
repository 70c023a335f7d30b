//! The same set at another time: every date in its SQL moves by the same number of whole weeks, or of whole years, so that
//! bounds stay on their grid and as far from the present as they were.

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan, Unit};
use regex_lite::{Captures, Regex};

/// The day on which the files were written: all of them are told from there.
pub(super) const WRITTEN: Date = jiff::civil::date(2026, 11, 22);

/// By this hour of a day the sets that count in hours have their partitions of it.
pub(super) const LATEST_HOUR: SignedDuration = SignedDuration::from_hours(12);

const DAY: i64 = 86_400;

/// By how much a file moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shift {
    /// Days and hours, whatever the calendar says.
    Weeks(i64),
    /// Months stay what they are.
    Years(i16),
}

impl Shift {
    /// The most that leads no further than `today`.
    pub(super) fn to(today: Date, interval: &str) -> Self {
        let short = ["hourly", "daily", "weekly"];
        if short.iter().any(|one| interval.starts_with(one)) {
            let days = WRITTEN
                .until((Unit::Day, today))
                .map_or(0, |span| span.get_days());
            Self::Weeks(i64::from(days.max(0) / 7))
        } else {
            let years = WRITTEN
                .until((Unit::Year, today))
                .map_or(0, |span| span.get_years());
            Self::Years(years.max(0))
        }
    }

    /// The SQL at that time; comments stay.
    pub(super) fn of(self, sql: &str) -> String {
        let lines = sql.lines().map(|line| match line.starts_with("--") {
            true => line.to_owned(),
            false => self.of_line(line),
        });
        lines.collect::<Vec<_>>().join("\n") + "\n"
    }

    fn of_line(self, line: &str) -> String {
        match self {
            Self::Weeks(0) | Self::Years(0) => line.to_owned(),
            Self::Weeks(weeks) => {
                let line = replaced(line, r"(20\d\d)([-_]?)(\d\d)([-_]?)(\d\d)", |found| {
                    days_later(found, weeks * 7)
                });
                let line = replaced(&line, r"1[78]\d{8}(\d{3})?(\d{3})?(\d{3})?", |found| {
                    let number: i64 = found[0].parse().ok()?;
                    let unit = 10i64.pow(u32::try_from(found[0].len()).ok()? - 10);
                    Some((number + weeks * 7 * DAY * unit).to_string())
                });
                // The first 48 bits of a uuid of version 7 are milliseconds.
                replaced(&line, r"(01[0-9a-f]{6})-([0-9a-f]{4})-7000", |found| {
                    let hex = format!("{}{}", &found[1], &found[2]);
                    let milliseconds =
                        i64::from_str_radix(&hex, 16).ok()? + weeks * 7 * DAY * 1_000;
                    let hex = format!("{milliseconds:012x}");
                    Some(format!("{}-{}-7000", &hex[..8], &hex[8..]))
                })
            }
            Self::Years(years) => replaced(line, r"(20[23]\d)((\d\d){0,2})", |found| {
                let year: i16 = found[1].parse().ok()?;
                Some(format!("{}{}", year + years, &found[2]))
            }),
        }
    }
}

fn days_later(found: &Captures<'_>, days: i64) -> Option<String> {
    let field = |n: usize| found[n].parse::<i8>().ok();
    let year = found[1].parse().ok()?;
    let day = Date::new(year, field(3)?, field(5)?).ok()?;
    let later = day.checked_add(days.days()).ok()?;
    let (first, second) = (&found[2], &found[4]);
    (first == second).then(|| {
        later
            .strftime(&format!("%Y{first}%m{second}%d"))
            .to_string()
    })
}

/// Replaces what matches and has no digit beside it, where `with` makes something of it.
fn replaced(line: &str, pattern: &str, with: impl Fn(&Captures<'_>) -> Option<String>) -> String {
    let pattern = Regex::new(pattern).expect("a pattern");
    let alone = |found: &Captures<'_>| {
        let all = found.get(0).expect("all of it");
        let before = line[..all.start()].chars().next_back();
        let after = line[all.end()..].chars().next();
        ![before, after].iter().flatten().any(char::is_ascii_digit)
    };
    let one = |found: &Captures<'_>| {
        let new = with(found).filter(|_| alone(found));
        new.unwrap_or_else(|| found[0].to_owned())
    };
    pattern.replace_all(line, one).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_every_form_move_by_whole_weeks() {
        let shift = Shift::Weeks(2);
        for (line, later) in [
            (
                "FROM ('2026-11-18') TO ('2026-11-19')",
                "FROM ('2026-12-02') TO ('2026-12-03')",
            ),
            ("t_20261118 ('20261231')", "t_20261202 ('20270114')"),
            ("messages_2026_11_21", "messages_2026_12_05"),
            (
                "timestamp '2026-12-25T00:00:00.000Z'",
                "timestamp '2027-01-08T00:00:00.000Z'",
            ),
            (
                "(1795320000) (1795320000000)",
                "(1796529600) (1796529600000)",
            ),
            (
                "lookup_1795320000_1795323600",
                "lookup_1796529600_1796533200",
            ),
            ("1795320000000000000", "1796529600000000000"),
            (
                "'01a17581-c000-7000-8000-000000000000'",
                "'01a1bd9a-c800-7000-8000-000000000000'",
            ),
            (
                "604800000 20260000 200 18000000::bigint",
                "604800000 20260000 200 18000000::bigint",
            ),
        ] {
            assert_eq!(shift.of_line(line), later);
        }
    }

    #[test]
    fn months_move_by_whole_years() {
        let shift = Shift::Years(3);
        for (line, later) in [
            (
                "t_202611 ('2026-11-01') TO ('2026-12-01')",
                "t_202911 ('2029-11-01') TO ('2029-12-01')",
            ),
            ("h_2026_8_17 t_2028", "h_2029_8_17 t_2031"),
            (
                "audit_logs_20260818_20260901",
                "audit_logs_20290818_20290901",
            ),
            ("1795320000 1200 2400", "1795320000 1200 2400"),
        ] {
            assert_eq!(shift.of_line(line), later);
        }
        assert_eq!(shift.of("-- since 2026\n2026\n"), "-- since 2026\n2029\n");
    }

    #[test]
    fn they_stay_as_far_behind_as_they_were() {
        let on = |text: &str| text.parse::<Date>().expect("a day");
        assert_eq!(Shift::to(WRITTEN, "hourly"), Shift::Weeks(0));
        assert_eq!(Shift::to(on("2020-01-01"), "daily"), Shift::Weeks(0));
        assert_eq!(Shift::to(on("2026-12-05"), "weekly"), Shift::Weeks(1));
        assert_eq!(Shift::to(on("2026-12-06"), "weekly"), Shift::Weeks(2));
        assert_eq!(Shift::to(on("2027-11-21"), "monthly"), Shift::Years(0));
        assert_eq!(Shift::to(on("2036-11-22"), "monthly"), Shift::Years(10));
    }
}
