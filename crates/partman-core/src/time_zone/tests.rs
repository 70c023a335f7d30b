//! Which zone bounds tell, and how wide the latest partitions are.

use super::*;

fn ranges(bounds: &[&str]) -> Vec<(Timestamp, Timestamp)> {
    let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
    bounds
        .windows(2)
        .map(|pair| (at(pair[0]), at(pair[1])))
        .collect()
}

fn name(found: Found) -> String {
    match found {
        Found::Zone(zone) => zone.name,
        other => panic!("no single zone: {other:?}"),
    }
}

fn points(ranges: Vec<(Timestamp, Timestamp)>) -> Vec<(Point, Point)> {
    let points = ranges.into_iter();
    points
        .map(|(from, to)| (Point::Instant(from), Point::Instant(to)))
        .collect()
}

#[test]
fn the_latest_of_one_width_are_looked_for_in_every_zone() {
    // An hour, and then months of Paris.
    let months = points(ranges(&[
        "2025-07-31T21:00:00Z",
        "2025-07-31T22:00:00Z",
        "2025-08-31T22:00:00Z",
        "2025-09-30T22:00:00Z",
        "2025-10-31T23:00:00Z",
    ]));
    let month = Some(Interval::Months(1));
    assert_eq!(latest_alike(&months, None, "UTC"), (3, month));
    assert_eq!(
        latest_alike(&months, Zone::named("Europe/Paris").as_ref(), "UTC"),
        (3, month)
    );
    assert_eq!(latest_alike(&months[1..], None, "UTC"), (3, month));
}

#[test]
fn where_no_zone_tells_more_utc_does() {
    let odd = points(ranges(&[
        "2025-02-28T19:00:00Z",
        "2025-02-28T20:00:00Z",
        "2025-04-30T20:00:00Z",
    ]));
    let days = Some(Interval::Days(61));
    assert_eq!(latest_alike(&odd, None, "UTC"), (1, days));
}

#[test]
fn utc_months_are_utc_whatever_the_server_says() {
    let months = ranges(&[
        "2025-09-01T00:00:00Z",
        "2025-10-01T00:00:00Z",
        "2025-11-01T00:00:00Z",
    ]);
    for server in ["UTC", "America/New_York", "nonsense"] {
        assert_eq!(name(find(&months, None, server)), "UTC");
    }
}

#[test]
fn midnights_across_a_change_of_clocks_tell_the_zone() {
    let months = ranges(&[
        "2025-08-31T22:00:00Z",
        "2025-09-30T22:00:00Z",
        "2025-10-31T23:00:00Z",
    ]);
    assert_eq!(name(find(&months, None, "UTC")), "Europe/Paris");
    assert_eq!(name(find(&months, None, "Europe/Berlin")), "Europe/Berlin");
}

#[test]
fn winter_alone_does_not_tell_lagos_from_paris_but_the_server_may() {
    let winter = ranges(&["2025-11-30T23:00:00Z", "2025-12-31T23:00:00Z"]);
    let Found::Ambiguous(names) = find(&winter, None, "UTC") else {
        panic!("several fit");
    };
    let once: std::collections::BTreeSet<&String> = names.iter().collect();
    assert!(once.len() > 1 && once.len() == names.len(), "{names:?}");
    assert_eq!(name(find(&winter, None, "Europe/Madrid")), "Europe/Madrid");
    assert_eq!(
        name(find(&winter, Zone::named("Africa/Lagos").as_ref(), "UTC")),
        "Africa/Lagos"
    );
}

#[test]
fn days_of_winter_do_not_tell_it_either_although_the_clocks_change_only_in_spring() {
    let days = ranges(&[
        "2025-11-29T23:00:00Z",
        "2025-11-30T23:00:00Z",
        "2025-12-01T23:00:00Z",
    ]);
    assert!(matches!(find(&days, None, "UTC"), Found::Ambiguous(_)));
}

#[test]
fn a_day_that_begins_at_one_is_the_zones_own() {
    let days = ranges(&[
        "2025-09-06T04:00:00Z",
        "2025-09-07T04:00:00Z",
        "2025-09-08T03:00:00Z",
    ]);
    let santiago = "America/Santiago";
    assert_eq!(name(find(&days, None, santiago)), santiago);
    // One that ends at one on the day after is not: it is a day of clocks that didn't change.
    let longer = ranges(&["2025-09-07T04:00:00Z", "2025-09-08T04:00:00Z"]);
    let found = find(&longer, None, santiago);
    assert!(matches!(found, Found::Ambiguous(_)), "{found:?}");
}

#[test]
fn one_month_in_which_the_clocks_change_is_no_745_hours() {
    let october = ranges(&["2025-09-30T22:00:00Z", "2025-10-31T23:00:00Z"]);
    let paris = "Europe/Paris";
    assert_eq!(name(find(&october, None, paris)), paris);
}

#[test]
fn what_begins_at_odd_hours_is_not_of_the_servers_zone() {
    let weeks = ranges(&[
        "2025-10-20T07:13:05Z",
        "2025-10-27T07:13:05Z",
        "2025-11-03T07:13:05Z",
    ]);
    assert_eq!(name(find(&weeks, None, "Asia/Tokyo")), "UTC");
}

#[test]
fn a_whole_year_is_looked_ahead() {
    for next in ["2025-09-02", "2025-09-03", "2025-09-08", "2025-10-01"] {
        let next = format!("{next}T00:00:00Z");
        let set = ranges(&["2025-09-01T00:00:00Z", &next]);
        let ahead = bounds_ahead(&set, &TimeZone::UTC).expect("it has a width");
        let Some(Point::Instant(end)) = ahead.last() else {
            panic!("{ahead:?}");
        };
        let reached = end.duration_since(set[0].1).as_hours() / 24;
        assert!((365..=731).contains(&reached), "{next}: {reached} days");
    }
}

#[test]
fn only_zones_of_places_are_looked_at() {
    let names: Vec<String> = all_zones().map(|zone| zone.name).collect();
    assert_eq!(names[..WELL_KNOWN.len()], WELL_KNOWN);
    assert!(names.iter().any(|name| name == "America/Santiago"));
    assert!(names.iter().all(|name| !legacy::is_legacy(name)));
    let once: std::collections::BTreeSet<&String> = names.iter().collect();
    assert_eq!(once.len(), names.len(), "each is looked at once");
    for other in ["UTC", "EST", "Etc/GMT+12", "US/Pacific"] {
        assert!(!names.iter().any(|name| name == other), "{other}");
    }
}

#[test]
fn widths_that_no_clock_explains_have_no_zone() {
    let odd = ranges(&[
        "2025-09-01T00:00:00Z",
        "2025-09-30T22:00:00Z",
        "2025-11-03T05:17:00Z",
    ]);
    assert_eq!(find(&odd, None, "UTC"), Found::Nowhere);
    let months = ranges(&[
        "2025-08-31T22:00:00Z",
        "2025-09-30T22:00:00Z",
        "2025-10-31T23:00:00Z",
    ]);
    assert_eq!(
        find(&months, Some(&Zone::utc()), "UTC"),
        Found::Nowhere,
        "the configured one does not fit"
    );
}

#[test]
fn hours_and_odd_instants_are_counted_in_utc() {
    let hours = ranges(&[
        "2025-09-01T22:00:00Z",
        "2025-09-01T23:00:00Z",
        "2025-09-02T00:00:00Z",
    ]);
    assert_eq!(name(find(&hours, None, "Europe/Paris")), "UTC");
    let weeks = ranges(&[
        "2025-10-20T07:13:05Z",
        "2025-10-27T07:13:05Z",
        "2025-11-03T07:13:05Z",
    ]);
    assert_eq!(name(find(&weeks, None, "UTC")), "UTC");
}
