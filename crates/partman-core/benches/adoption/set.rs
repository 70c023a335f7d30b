//! The sets that are adopted while somebody measures.

use std::fmt;

use partman_testkit::{TestDb, Writer, fixture};

use crate::{PARENT, RATE};

/// The set's DEFAULT partition.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Default {
    None,
    Empty,
    /// With this many rows, all of them older than the first partition.
    Rows(u64),
    /// With this many rows of the days since the last partition but one, and of before: nobody has made partitions lately.
    Late(u64),
}

/// A set of the user's table.
pub(crate) struct Set {
    /// This many days up to today; none for the user's own two months of 2025.
    days: Option<u32>,
    rows: u64,
    default: Default,
}

impl Set {
    pub(crate) fn months(rows: u64) -> Self {
        Self {
            days: None,
            rows,
            default: Default::None,
        }
    }

    pub(crate) fn days(days: u32, rows: u64) -> Self {
        Self {
            days: Some(days),
            ..Self::months(rows)
        }
    }

    pub(crate) fn with(self, default: Default) -> Self {
        Self { default, ..self }
    }

    pub(crate) fn interval(&self) -> &'static str {
        match self.days {
            None => "1 month",
            Some(_) => "1 day",
        }
    }

    pub(crate) async fn make(&self, db: &TestDb) {
        match self.days {
            None => fixture::webhook_events(db, self.rows).await,
            Some(days) => {
                fixture::webhook_events(db, 0).await;
                db.execute(&make_days(days, self.rows)).await;
            }
        }
        if self.default != Default::None {
            db.execute(&format!(
                "CREATE TABLE {PARENT}_rest PARTITION OF {PARENT} DEFAULT"
            ))
            .await;
        }
        if let Default::Rows(rows) = self.default {
            db.execute(&fill(
                rows,
                "timestamptz '2015-01-01'",
                "timestamptz '2016-01-01'",
            ))
            .await;
        }
        if let Default::Late(rows) = self.default {
            db.execute(&late(rows)).await;
        }
        db.execute("VACUUM ANALYZE").await;
    }

    /// Writes what an application would: rows of now, which go into DEFAULT where nobody has made a partition for them.
    pub(crate) async fn writer(&self, db: &TestDb) -> Writer {
        match self.default {
            Default::Late(_) => {
                let row = "'load', jsonb_build_object('n', :n), '{}', now()";
                let columns = "event_type, payload, headers, created_at";
                let sql = format!("INSERT INTO {PARENT} ({columns}) VALUES ({row})");
                Writer::with_sql(db, &sql, RATE)
            }
            _ => Writer::start(db, PARENT, RATE).await,
        }
    }

    /// Where the last partition ends.
    pub(crate) async fn end(&self, db: &TestDb) -> String {
        match self.days {
            None => "2025-11-01".to_owned(),
            Some(_) => db.query_text("SELECT current_date + 1").await,
        }
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.days {
            None => f.write_str("2 months")?,
            Some(days) => write!(f, "{days} days")?,
        }
        match self.default {
            Default::None => Ok(()),
            Default::Empty => f.write_str(", empty DEFAULT"),
            Default::Rows(rows) => write!(f, ", DEFAULT with {rows} rows"),
            Default::Late(rows) => write!(f, ", DEFAULT with {rows} rows of the last week"),
        }
    }
}

/// The user's table again, with a partition a day up to today, midnights in UTC.
fn make_days(days: u32, rows: u64) -> String {
    format!(
        "SET TimeZone = 'UTC';
         DROP TABLE {PARENT}_2025_09, {PARENT}_2025_10;
         DO $$ BEGIN
             FOR n IN 0 .. {days} - 1 LOOP
                 EXECUTE format('CREATE TABLE {PARENT}_%s PARTITION OF {PARENT} FOR VALUES FROM (%L) TO (%L)',
                                to_char(current_date - n, 'YYYY_MM_DD'), current_date - n, current_date - n + 1);
             END LOOP;
         END $$;
         {}",
        fill(rows, &format!("(current_date - {days} + 1)::timestamptz"), "(current_date + 1)::timestamptz"),
    )
}

/// Without the partitions of the last week, whose rows are in DEFAULT, with some of another year.
fn late(rows: u64) -> String {
    format!(
        "SET TimeZone = 'UTC';
         DO $$ BEGIN
             FOR n IN 0 .. 6 LOOP
                 EXECUTE format('DROP TABLE {PARENT}_%s', to_char(current_date - n, 'YYYY_MM_DD'));
             END LOOP;
         END $$;
         {};
         {}",
        fill(rows, "(current_date - 6)::timestamptz", "now()"),
        fill(
            1_000,
            "timestamptz '2015-01-01'",
            "timestamptz '2016-01-01'"
        ),
    )
}

/// Rows spread evenly over a stretch of time.
fn fill(rows: u64, from: &str, to: &str) -> String {
    format!(
        "INSERT INTO {PARENT} (event_type, payload, headers, created_at)
         SELECT 'load', jsonb_build_object('n', n), '{{}}', {from} + ({to} - {from}) * (n::float8 / {rows})
           FROM generate_series(0, {rows} - 1) AS n"
    )
}
