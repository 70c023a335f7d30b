use super::*;
use crate::bound::KeyKind;

fn at(text: &str) -> Point {
    Point::parse(KeyKind::Timestamptz, text).expect("an instant")
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a zone")
}

#[test]
fn intervals_read_and_print() {
    for (text, printed) in [
        ("1 month", "1 month"),
        ("1 mon", "1 month"),
        ("3 mons", "3 months"),
        ("12 months", "1 year"),
        ("1 week", "7 days"),
        ("weekly", "7 days"),
        ("01:00:00", "1 hour"),
        ("90 minutes", "90 minutes"),
        ("10000", "10000"),
        ("26 weeks", "182 days"),
        ("00:00:30", "30 seconds"),
    ] {
        assert_eq!(
            text.parse::<Interval>().map(|i| i.to_string()),
            Ok(printed.to_owned()),
            "{text}"
        );
    }
    for bad in [
        "",
        "0",
        "-5",
        "1 month 3 days",
        "a month",
        "-1 day",
        "0 days",
    ] {
        assert!(bad.parse::<Interval>().is_err(), "{bad}");
    }
}

#[test]
fn every_word_and_unit_is_read() {
    for (text, interval) in [
        ("yearly", Interval::Months(12)),
        ("Quarterly", Interval::Months(3)),
        ("monthly", Interval::Months(1)),
        ("daily", Interval::Days(1)),
        ("hourly", Interval::Micros(3_600 * SECOND)),
        ("1 year", Interval::Months(12)),
        ("2 years 6 mons", Interval::Months(30)),
        ("1 mon", Interval::Months(1)),
        ("1 week 3 days", Interval::Days(10)),
        ("1 day", Interval::Days(1)),
        ("2 hours 30 minutes", Interval::Micros(9_000 * SECOND)),
        ("02:30:01.5", Interval::Micros(9_001 * SECOND + 500_000)),
        ("0 days 02:30:00", Interval::Micros(9_000 * SECOND)),
        ("100:00:00", Interval::Micros(360_000 * SECOND)),
        ("1 minute 1 second", Interval::Micros(61 * SECOND)),
        ("1 millisecond 1 microsecond", Interval::Micros(1_001)),
        ("1", Interval::Ids(1)),
    ] {
        assert_eq!(text.parse(), Ok(interval), "{text}");
    }
    for bad in [
        "1 day 1 hour",
        "1 month 1 hour",
        "0 hours",
        "-1 month",
        "-1 hour",
    ] {
        assert!(bad.parse::<Interval>().is_err(), "{bad}");
    }
}

#[test]
fn hours_are_counted_on_the_physical_clock() {
    // The clocks of Paris went back in between: six hours after midnight they show five.
    let paris = zone("Europe/Paris");
    let (midnight, later) = (at("2025-10-25 22:00:00+00"), at("2025-10-26 04:00:00+00"));
    let six = Interval::Micros(6 * 3_600 * SECOND);
    assert_eq!(six.after(midnight, &paris), Some(later));
    assert_eq!(six.before(later, &paris), Some(midnight));
}

#[test]
fn nothing_leads_to_itself_or_back() {
    for (kind, low, high) in [
        (
            KeyKind::Timestamptz,
            "2025-09-01 00:00:00+00",
            "2025-10-01 00:00:00+00",
        ),
        (
            KeyKind::Timestamp,
            "2025-09-01 00:00:00",
            "2025-10-01 00:00:00",
        ),
        (KeyKind::Date, "2025-09-01", "2025-10-01"),
        (KeyKind::Integer, "10", "20"),
    ] {
        let at = |text| Point::parse(kind, text).expect("a point");
        for (from, to) in [(low, low), (high, low)] {
            let found = Interval::candidates(at(from), at(to), &TimeZone::UTC);
            assert_eq!(found, [], "{from} {to}");
        }
    }
}

#[test]
fn what_has_no_zone_has_candidates_as_well() {
    let local = |text| Point::parse(KeyKind::Timestamp, text).expect("a time");
    let (from, to) = (local("2024-09-01 06:00:00"), local("2025-09-01 06:00:00"));
    let year = [
        Interval::Months(12),
        Interval::Days(365),
        Interval::Micros(365 * 86_400 * SECOND),
    ];
    assert_eq!(Interval::candidates(from, to, &TimeZone::UTC), year);
    let day = |text| Point::parse(KeyKind::Date, text).expect("a day");
    let found = Interval::candidates(day("2024-09-01"), day("2025-09-01"), &TimeZone::UTC);
    assert_eq!(found, year[..2], "a day has no hours");
    let found = Interval::candidates(Point::Id(10), Point::Id(25), &TimeZone::UTC);
    assert_eq!(found, [Interval::Ids(15)]);
}

#[test]
fn a_later_time_is_no_skipped_midnight() {
    // One o'clock is when that day begins; two o'clock is not, and neither is one o'clock of another day.
    let santiago = zone("America/Santiago");
    for (from, to) in [
        ("2025-09-07 05:00:00+00", "2025-09-08 03:00:00+00"),
        ("2025-09-10 04:00:00+00", "2025-09-11 03:00:00+00"),
    ] {
        assert!(
            !Interval::Days(1).leads(at(from), at(to), &santiago),
            "{from}"
        );
    }
}

#[test]
fn calendars_clocks_and_numbers_are_told_apart() {
    for (interval, by_calendar, of_ids) in [
        (Interval::Months(1), true, false),
        (Interval::Days(1), true, false),
        (Interval::Micros(24 * 3_600 * SECOND), false, false),
        (Interval::Ids(1), false, true),
    ] {
        assert_eq!(interval.is_calendar(), by_calendar, "{interval}");
        assert_eq!(interval.is_ids(), of_ids, "{interval}");
    }
    // A day of Santiago without midnight is one of 23 hours, whatever a wall clock shows.
    let (from, to) = (at("2025-09-07 04:00:00+00"), at("2025-09-08 03:00:00+00"));
    let day = Interval::Micros(24 * 3_600 * SECOND);
    assert!(!day.leads(from, to, &zone("America/Santiago")));
}

#[test]
fn lengths_are_comparable() {
    let hours = |interval: Interval| interval.approximate().as_hours();
    assert_eq!(hours(Interval::Days(30)), 720);
    assert!(
        (720..744).contains(&hours(Interval::Months(1))),
        "between 30 and 31 days"
    );
    assert_eq!(hours(Interval::Months(12)), 365 * 24);
    assert_eq!(hours(Interval::Micros(7_200 * SECOND)), 2);
    assert_eq!(hours(Interval::Ids(i64::MAX)), 0);
}

#[test]
fn months_are_counted_on_the_clock_of_the_zone() {
    let paris = zone("Europe/Paris");
    let october = Interval::Months(1).after(at("2025-09-30 22:00:00+00"), &paris);
    assert_eq!(
        october,
        Some(at("2025-10-31 23:00:00+00")),
        "the clocks went back in between"
    );
    assert_eq!(
        Interval::candidates(
            at("2025-09-30 22:00:00+00"),
            at("2025-10-31 23:00:00+00"),
            &TimeZone::UTC
        )
        .first(),
        Some(&Interval::Micros(745 * 3600 * SECOND))
    );
}

#[test]
fn september_is_a_month_and_thirty_days() {
    let found = Interval::candidates(
        at("2025-09-01 00:00:00+00"),
        at("2025-10-01 00:00:00+00"),
        &TimeZone::UTC,
    );
    assert_eq!(
        found,
        [
            Interval::Months(1),
            Interval::Days(30),
            Interval::Micros(30 * 86_400 * SECOND)
        ]
    );
}

#[test]
fn every_microsecond_of_a_long_interval_is_read() {
    let odd = Interval::Micros(92_874_865_979_649);
    assert_eq!(odd.to_string().parse(), Ok(odd));
}

#[test]
fn a_day_whose_midnight_is_skipped_leads_to_the_next_midnight() {
    let santiago = zone("America/Santiago");
    let (first, second) = (at("2025-09-07 04:00:00+00"), at("2025-09-08 03:00:00+00"));
    assert_eq!(
        Interval::candidates(first, second, &santiago).first(),
        Some(&Interval::Days(1)),
        "from one o'clock to midnight"
    );
    assert!(Interval::Days(1).leads(first, at("2025-09-08 04:00:00+00"), &santiago));
    assert!(!Interval::Days(1).leads(second, at("2025-09-09 04:00:00+00"), &santiago));
}

#[test]
fn an_hour_that_comes_twice_is_the_second_one_as_in_postgresql() {
    let havana = zone("America/Havana");
    let next = Interval::Days(1).after(at("2025-11-01 04:00:00+00"), &havana);
    assert_eq!(next, Some(at("2025-11-02 05:00:00+00")));
}

#[test]
fn the_interval_of_an_old_row_begins_on_the_grid() {
    let utc = TimeZone::UTC;
    let anchor = at("2026-10-01 00:00:00+00");
    let begins = |interval: &str, row: &str, zone: &TimeZone| {
        let interval: Interval = interval.parse().expect("an interval");
        interval.beginning(at(row), anchor, zone)
    };
    for (interval, row, begin) in [
        (
            "1 month",
            "2024-02-29 12:00:00+00",
            "2024-02-01 00:00:00+00",
        ),
        (
            "1 month",
            "2024-02-01 00:00:00+00",
            "2024-02-01 00:00:00+00",
        ),
        (
            "1 month",
            "2026-09-30 23:59:59+00",
            "2026-09-01 00:00:00+00",
        ),
        (
            "1 month",
            "2026-10-01 00:00:00+00",
            "2026-10-01 00:00:00+00",
        ),
        (
            "3 months",
            "2024-05-05 00:00:00+00",
            "2024-04-01 00:00:00+00",
        ),
        ("7 days", "2026-01-01 00:00:00+00", "2026-01-01 00:00:00+00"),
        ("7 days", "2025-12-31 23:00:00+00", "2025-12-25 00:00:00+00"),
        (
            "5 minutes",
            "1970-01-01 00:03:00+00",
            "1970-01-01 00:00:00+00",
        ),
    ] {
        assert_eq!(
            begins(interval, row, &utc),
            Some(at(begin)),
            "{interval} {row}"
        );
    }
    let paris = zone("Europe/Paris");
    let begin = Interval::Months(1).beginning(
        at("2024-03-31 22:30:00+00"),
        at("2026-09-30 22:00:00+00"),
        &paris,
    );
    assert_eq!(begin, Some(at("2024-03-31 22:00:00+00")), "in summer");
}

#[test]
fn numbers_begin_where_the_key_can_hold_it() {
    let begins = |row, anchor| {
        let ten = Interval::Ids(10);
        ten.beginning(Point::Id(row), Point::Id(anchor), &TimeZone::UTC)
    };
    assert_eq!(begins(-1, 103), Some(Point::Id(-7)));
    assert_eq!(begins(93, 103), Some(Point::Id(93)));
    assert_eq!(begins(92, 103), Some(Point::Id(83)));
    assert_eq!(begins(i64::MIN + 8, 0), Some(Point::Id(i64::MIN + 8)));
    assert_eq!(begins(i64::MIN, 0), None);
}

#[test]
fn usual_widths_are_those_that_people_choose() {
    for usual in [
        "1 hour", "1 day", "1 week", "1 month", "3 months", "1 year", "10", "1000000",
    ] {
        assert!(
            usual.parse::<Interval>().expect("one").is_usual(),
            "{usual}"
        );
    }
    for odd in [
        "2 hours", "1 minute", "2 days", "2 months", "2 years", "1", "5", "20", "999", "1024",
    ] {
        assert!(!odd.parse::<Interval>().expect("one").is_usual(), "{odd}");
    }
}

#[test]
fn what_begins_where_it_is_counted_from_begins_there() {
    // The clocks of Paris show half past two twice; this is the first time, and a day added to nothing would come to the second.
    let first = at("2025-10-26 00:30:00+00");
    assert_eq!(
        Interval::Days(1).beginning(first, first, &zone("Europe/Paris")),
        Some(first)
    );
    let earlier = at("2025-10-24 12:00:00+00");
    let begin = Interval::Days(1).beginning(earlier, at("2025-10-26 22:00:00+00"), &TimeZone::UTC);
    assert_eq!(begin, Some(at("2025-10-23 22:00:00+00")));
}
