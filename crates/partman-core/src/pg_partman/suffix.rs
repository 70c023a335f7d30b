//! The end of a partition's name: `_p` and the lower bound in some format, as pg_partman writes and version 4 reads it.

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::bound::Point;
use crate::interval::local;
use crate::name::{MAX_IDENTIFIER_BYTES, RelationName};
use crate::time_zone::Zone;

/// How the lower bound is written at the end of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suffix {
    /// The lower bound of an integer key.
    Number,
    /// The lower bound through `to_char` with this format, of `YYYY MM DD HH24 MI SS` and underscores.
    Time(String),
}

impl Suffix {
    /// A format of `to_char`.
    pub fn time(format: &str) -> Self {
        Self::Time(format.to_owned())
    }

    /// What `part_config.datetime_string` holds.
    pub fn datetime_string(&self) -> Option<String> {
        match self {
            Self::Number => None,
            Self::Time(format) => Some(format.clone()),
        }
    }

    /// The name that pg_partman gives the partition of `parent` that begins at `from`: the parent's name is cut so
    /// that all of it fits into 63. Like pg_partman it counts characters, so with other than ASCII letters the
    /// result may be longer in bytes than the server allows: then there is no such name.
    pub fn name(&self, parent: &RelationName, from: Point, zone: &Zone) -> Option<RelationName> {
        let suffix = format!("_p{}", self.text(from, zone)?);
        let room = MAX_IDENTIFIER_BYTES.checked_sub(suffix.chars().count())?;
        let base: String = parent.name.chars().take(room).collect();
        let name = base + &suffix;
        (name.len() <= MAX_IDENTIFIER_BYTES).then(|| parent.sibling(name))
    }

    fn text(&self, from: Point, zone: &Zone) -> Option<String> {
        match (self, from) {
            (Self::Number, Point::Id(n)) => Some(n.to_string()),
            (Self::Time(format), point) => Some(to_char(format, clock(point, zone)?)),
            (Self::Number, _) => None,
        }
    }

    /// Whether every bound can be told from its own name, as version 4 does.
    pub fn tells_apart(&self, bounds: &[Point], zone: &Zone) -> bool {
        let Self::Time(format) = self else {
            return true;
        };
        bounds
            .iter()
            .filter_map(|point| clock(*point, zone))
            .all(|shown| truncate(format, shown) == Some(shown))
    }
}

/// What a clock in the set's zone shows.
pub(super) fn clock(point: Point, zone: &Zone) -> Option<DateTime> {
    match point {
        Point::Instant(t) => Some(local(t, &zone.rules)),
        Point::Local(t) => Some(t),
        Point::Day(d) => Some(d.to_datetime(jiff::civil::Time::midnight())),
        Point::Id(_) => None,
    }
}

fn to_char(format: &str, t: DateTime) -> String {
    format
        .replace("YYYY", &format!("{:04}", t.year()))
        .replace("MM", &format!("{:02}", t.month()))
        .replace("DD", &format!("{:02}", t.day()))
        .replace("HH24", &format!("{:02}", t.hour()))
        .replace("MI", &format!("{:02}", t.minute()))
        .replace("SS", &format!("{:02}", t.second()))
}

/// What reading the name back gives: fields that the format lacks are at their first value.
fn truncate(format: &str, t: DateTime) -> Option<DateTime> {
    let field =
        |token: &str, value: i8, first: i8| if format.contains(token) { value } else { first };
    DateTime::new(
        t.year(),
        field("MM", t.month(), 1),
        field("DD", t.day(), 1),
        field("HH24", t.hour(), 0),
        field("MI", t.minute(), 0),
        field("SS", t.second(), 0),
        0,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bound::KeyKind;

    fn at(text: &str) -> Point {
        Point::parse(KeyKind::Timestamptz, text).expect("an instant")
    }

    #[test]
    fn names_are_those_that_pg_partman_gives() {
        let parent = RelationName::new("public", "webhook_events");
        let paris = Zone::named("Europe/Paris").expect("a zone");
        let september = at("2025-08-31 22:00:00+00");
        let named = |suffix: &Suffix, parent: &RelationName| {
            suffix.name(parent, september, &paris).map(|n| n.name)
        };
        assert_eq!(
            named(&Suffix::time("YYYY_MM"), &parent).as_deref(),
            Some("webhook_events_p2025_09")
        );
        let long = RelationName::new("public", "x".repeat(63));
        let cut = named(&Suffix::time("YYYYMMDD"), &long).expect("it fits");
        assert_eq!((cut.len(), cut.ends_with("x_p20250901")), (63, true));
        let wide = RelationName::new("public", "é".repeat(31));
        assert_eq!(
            named(&Suffix::time("YYYYMMDD"), &wide),
            None,
            "62 + 10 bytes are too many, 41 characters are not"
        );
    }

    #[test]
    fn a_month_suffix_does_not_tell_the_fifteenth() {
        let utc = Zone::utc();
        let suffix = Suffix::time("YYYY_MM");
        assert!(suffix.tells_apart(&[at("2025-09-01 00:00:00+00")], &utc));
        assert!(!suffix.tells_apart(&[at("2025-09-15 00:00:00+00")], &utc));
    }
}
