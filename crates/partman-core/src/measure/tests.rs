use super::*;
use crate::check::world::{by, partition};

#[test]
fn days_hours_and_months_of_this_century_are_times() {
    // A day of Paris in which the clocks went back, a week from the epoch, an hour, a quarter of one.
    for (from, to) in [
        (1_793_836_800, 1_793_923_200),
        (1_792_879_200, 1_792_969_200),
        (1_793_232_000, 1_793_836_800),
        (1_795_320_000, 1_795_323_600),
        (1_795_320_900, 1_795_321_800),
    ] {
        assert!(is_calendar(from, to), "{from} {to}");
    }
    for (from, to) in [
        (1_000_000_000, 1_010_000_000),
        (1_800_000_000, 1_900_000_000),
        (1_795_320_000, 1_795_320_000 + 7 * HOUR),
    ] {
        assert!(!is_calendar(from, to), "{from} {to}");
    }
}

#[test]
fn days_may_be_an_hour_longer_or_shorter_and_begin_at_any_offset() {
    let day = 20_000 * DAY;
    let nepal = 5 * HOUR + 3 * QUARTER;
    for (from, to) in [
        (day, day + DAY - HOUR),
        (day, day + DAY + HOUR),
        (day, day + 30 * DAY + HOUR),
        (day, day + 31 * DAY - HOUR),
        (day - nepal, day - nepal + DAY),
        (day, day + 12 * HOUR),
        (day + 12 * HOUR, day + DAY),
        (day, day + 1),
    ] {
        assert!(is_calendar(from, to), "{from} {to}");
    }
    for (from, to) in [
        (day, day),
        (day + HOUR, day),
        (day, day - 2 * DAY),
        (day, day + DAY - HOUR - QUARTER),
        (day, day + DAY + HOUR + QUARTER),
        (day, day + 30 * DAY + HOUR + QUARTER),
        (day, day + 31 * DAY - HOUR - QUARTER),
        (day + 60, day + DAY),
        (day, day + DAY + 60),
        (day + 60, day + DAY + 60),
        (day + HOUR, day + 13 * HOUR),
        (day + 6 * HOUR, day + 18 * HOUR),
    ] {
        assert!(!is_calendar(from, to), "{from} {to}");
    }
}

fn integers(bounds: &[(i64, i64)]) -> PartitionSet {
    let bounds: Vec<_> = bounds
        .iter()
        .map(|(from, to)| (from.to_string(), to.to_string()))
        .collect();
    let bounds: Vec<_> = bounds
        .iter()
        .map(|(from, to)| (from.as_str(), to.as_str()))
        .collect();
    by("events", "int8", &bounds)
}

#[test]
fn bounds_of_integers_tell_the_unit() {
    let day = 20_000 * DAY;
    for unit in Unit::ALL {
        let second = unit.per_second();
        let at = |n: i64| (day + n) * second;
        let told = |bounds: &[(i64, i64)]| told_by(&integers(bounds));
        let surely = Told::Surely(Measure::Epoch(unit));
        let days = [(at(0), at(DAY)), (at(DAY), at(2 * DAY))];
        assert_eq!(told(&days), surely);
        let odd = [(at(0), at(DAY)), (at(DAY), at(DAY + 7 * HOUR))];
        assert_eq!(
            told(&odd),
            Told::Perhaps(unit),
            "full hours, but of no calendar"
        );
        for other in [at(DAY + 7 * QUARTER), at(DAY) + second, at(DAY) + 1] {
            let odd = [(at(0), at(DAY)), (at(DAY), other)];
            assert_eq!(told(&odd), Told::Surely(Measure::Itself), "{other}");
            let odd = [(at(0), at(DAY)), (other, at(3 * DAY))];
            assert_eq!(told(&odd), Told::Surely(Measure::Itself), "{other}");
        }
    }
    assert_eq!(told_by(&integers(&[])), Told::Surely(Measure::Itself));
}

#[test]
fn only_bounds_of_this_century_are_times() {
    let told = |from: i64, to: i64| told_by(&integers(&[(from, to)]));
    let seconds = Told::Surely(Measure::Epoch(Unit::Seconds));
    assert_eq!(told(ERA.start, ERA.start + DAY), seconds);
    assert_eq!(told(ERA.end - 2 * DAY, ERA.end - DAY), seconds);
    for (from, to) in [
        (ERA.start - DAY, ERA.start),
        (ERA.end - DAY, ERA.end),
        (0, DAY),
    ] {
        assert_eq!(told(from, to), Told::Surely(Measure::Itself), "{from} {to}");
    }
}

#[test]
fn what_has_no_two_bounds_says_nothing_about_the_others() {
    let day = 20_000 * DAY;
    let mut set = integers(&[(day, day + DAY)]);
    let parent = set.name.clone();
    for (name, bound) in [
        ("events_default", "DEFAULT"),
        ("events_old", "FOR VALUES FROM (MINVALUE) TO ('1')"),
        ("events_two", "FOR VALUES FROM (1, 2) TO (3, 4)"),
    ] {
        set.partitions.push(partition(&parent.sibling(name), bound));
    }
    assert_eq!(told_by(&set), Told::Surely(Measure::Epoch(Unit::Seconds)));
}

#[test]
fn uuids_are_times_where_every_bound_is_the_lowest_of_a_time() {
    let told = |bounds: &[(&str, &str)]| told_by(&by("events", "uuid", bounds));
    let times = Told::Surely(Measure::UuidV7);
    for end in ["0000-0000", "7000-0000", "7000-8000", "0000-8000"] {
        let from = format!("01a17581-c000-{end}-000000000000");
        let to = format!("01a1998e-4400-{end}-000000000000");
        assert_eq!(told(&[(&from, &to)]), times, "{end}");
    }
    let (from, to) = (
        "01a17581-c000-7000-8000-000000000000",
        "01a1998e-4400-7000-8000-000000000000",
    );
    let itself = Told::Surely(Measure::Itself);
    for (from, to) in [
        (from, "01a1998e-4400-7000-8000-000000000001"),
        (from, "01a1998e-4400-4000-8000-000000000000"),
        ("00000000-0000-0000-0000-000000000000", to),
        (from, "ffffffff-ffff-0000-0000-000000000000"),
    ] {
        assert_eq!(told(&[(from, to)]), itself, "{from} {to}");
    }
    let last = "01a1bd9a-c800-7000-8000-00000000000f";
    assert_eq!(
        told(&[(from, to), (to, last)]),
        itself,
        "all of them have to be"
    );
    assert_eq!(told(&[]), itself);
    assert_eq!(told_by(&by("events", "timestamptz", &[])), itself);
}

#[test]
fn a_uuid_has_its_milliseconds_in_eight_and_four_digits() {
    assert_eq!(
        split_uuid("00000001-0002-7000-8000-000000000000"),
        Some((0x1_0002, "7000-8000-000000000000"))
    );
    for bad in [
        "",
        "00000001",
        "00000001-0002",
        "0000001-0002-7000-8000-000000000000",
        "00000001-002-7000-8000-000000000000",
        "0000001-00002-7000-8000-000000000000",
        "0000000g-0002-7000-8000-000000000000",
    ] {
        assert_eq!(split_uuid(bad), None, "{bad}");
    }
}

#[test]
fn what_a_key_cannot_hold_has_no_literal() {
    let early: Timestamp = "1969-12-31T23:59:59.5Z".parse().expect("an instant");
    let late: Timestamp = "9999-01-01T00:00:00Z".parse().expect("an instant");
    let literal = |measure: Measure, at| measure.literal(Point::Instant(at));
    let epoch = Measure::Epoch;
    assert_eq!(literal(epoch(Unit::Seconds), early).as_deref(), Some("-1"));
    assert_eq!(
        literal(epoch(Unit::Milliseconds), early).as_deref(),
        Some("-500")
    );
    assert_eq!(literal(epoch(Unit::Nanoseconds), late), None);
    assert_eq!(literal(Measure::UuidV7, early), None);
    assert_eq!(Unit::Seconds.instant(i64::MAX), None);
    let day = Point::parse(KeyKind::Date, "2026-10-26").expect("a day");
    for measure in [Measure::Itself, epoch(Unit::Seconds), Measure::UuidV7] {
        assert_eq!(measure.literal(day).as_deref(), Some("2026-10-26"));
        assert_eq!(measure.point(KeyKind::Date, "2026-10-26"), Some(day));
    }
    assert_eq!(
        Measure::Itself.point(KeyKind::Integer, "60"),
        Some(Point::Id(60))
    );
    assert_eq!(epoch(Unit::Seconds).epoch(), Some(Unit::Seconds));
    assert_eq!(Measure::Itself.epoch(), None);
    assert_eq!(Measure::UuidV7.epoch(), None);
}

#[test]
fn decimal_and_binary_steps_are_no_times() {
    for (unit, step) in [
        (Unit::Seconds, 10_000_000),
        (Unit::Seconds, 1 << 24),
        (Unit::Milliseconds, 1_000_000_000),
        (Unit::Nanoseconds, 1_000_000_000_000_000),
    ] {
        let lowest = 1_000_000_000 * unit.per_second();
        let bounds = [(lowest, lowest + step), (lowest + step, lowest + 2 * step)];
        assert!(!is_of_era(&bounds, unit), "{unit:?} {step}");
    }
}

#[test]
fn a_uuid_is_read_and_written_as_pg_partman_does() {
    let bound = "01a17581-c000-7000-8000-000000000000";
    let point = Measure::UuidV7.point(KeyKind::Uuid, bound);
    let at: Timestamp = "2026-10-26T00:00:00Z".parse().expect("an instant");
    assert_eq!(point, Some(Point::Instant(at)));
    let back = Measure::UuidV7.literal(Point::Instant(at));
    assert_eq!(
        back.as_deref(),
        Some("01a17581-c000-0000-0000-000000000000")
    );
}

#[test]
fn an_epoch_is_read_and_written_in_its_unit() {
    for (unit, text) in [
        (Unit::Seconds, "1795320000"),
        (Unit::Milliseconds, "1795320000000"),
        (Unit::Microseconds, "1795320000000000"),
        (Unit::Nanoseconds, "1795320000000000000"),
    ] {
        let measure = Measure::Epoch(unit);
        let point = measure.point(KeyKind::Integer, text).expect("a time");
        assert_eq!(point.to_string(), "2026-11-22T04:00:00Z");
        assert_eq!(measure.literal(point).as_deref(), Some(text));
        assert_eq!(Unit::named(unit.name()), Some(unit));
    }
}
