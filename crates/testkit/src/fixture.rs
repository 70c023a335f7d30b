//! Partition sets to try things on: the user's own, small ones for each shape.
//!
//! Each is a file in `fixtures/`; all are deterministic. Months are UTC unless the name says otherwise.

use crate::database::TestDb;

macro_rules! fixtures {
    ($($(#[$doc:meta])* $name:ident => $file:literal;)*) => {$(
        $(#[$doc])*
        ///
        /// # Panics
        ///
        /// When the SQL fails.
        pub async fn $name(db: &TestDb) {
            db.execute(include_str!(concat!("../fixtures/", $file))).await;
        }
    )*};
}

/// The user's `public.webhook_events` with partitions for September and October 2025, and rows spread over both.
///
/// # Panics
///
/// When the SQL fails.
pub async fn webhook_events(db: &TestDb, rows: u64) {
    db.execute(include_str!("../fixtures/webhook_events.sql"))
        .await;
    webhook_events_rows(db, rows).await;
}

/// More rows for [`webhook_events`]: the same ones each time, with new ids.
///
/// # Panics
///
/// When the SQL fails.
pub async fn webhook_events_rows(db: &TestDb, rows: u64) {
    let fill = include_str!("../fixtures/webhook_events_rows.sql");
    db.execute(&fill.replace(":rows", &rows.to_string())).await;
}

fixtures! {
    /// `public.webhook_events` again, with a few rows in last month's partition and in this month's: what a plan has
    /// to do for it is short, and the same whatever the day.
    webhook_events_now => "webhook_events_now.sql";
    /// `public.orders` by `id bigint`, step 10 000, three partitions with rows in each.
    id_range => "id_range.sql";
    /// `public.readings` by month, with rows in its DEFAULT partition: two of them beyond the last month.
    with_default => "with_default.sql";
    /// `public.accounts`, LIST by region, two partitions.
    list => "list.sql";
    /// `public.sessions`, HASH with three partitions.
    hash => "hash.sql";
    /// `public.metrics`, LIST by kind, each of those RANGE by month.
    nested => "nested.sql";
    /// `public.measurements`, old-style inheritance with CHECK constraints and an insert trigger.
    inherits => "inherits.sql";
    /// `"App"."Web Hook""Events"` by month of `"Created At"`: every name needs quoting.
    quoted_names => "quoted_names.sql";
    /// `public.visits` by months that begin at midnight in Europe/Paris, across both changes of the clock.
    paris_months => "paris_months.sql";
    /// `public.orders` by month with identity, a generated column, checks, triggers, indexes of every kind, a foreign key
    /// to `public.customers` and one from `public.items`, in a publication.
    shop => "shop.sql";
    /// `public.deliveries` by month, with a month missing in the middle.
    gap => "gap.sql";
}
