//! Sets that differ in their width and nothing else.

use partman_testkit::TestDb;

use super::adoption::{Adoption, Grid, MONTHS};

/// Twelve partitions of this width, of which the second last is the one that begins at `present`, by a key of this type.
pub(crate) async fn every(interval: &str, present: &str, key: &str, db: &TestDb) {
    db.execute(&format!(
        "SET TimeZone = 'UTC';
         CREATE TABLE public.ticks (id bigint GENERATED ALWAYS AS IDENTITY, at {key} NOT NULL, what text)
             PARTITION BY RANGE (at);
         CREATE INDEX ON public.ticks (at);
         DO $$
         DECLARE
             first constant timestamptz := {present} - interval '{interval}' * 10;
         BEGIN
             FOR n IN 0..11 LOOP
                 EXECUTE format('CREATE TABLE public.%I PARTITION OF public.ticks FOR VALUES FROM (%L) TO (%L)',
                     'ticks_' || n, (first + interval '{interval}' * n)::{key}, (first + interval '{interval}' * (n + 1))::{key});
             END LOOP;
         END $$;
         INSERT INTO public.ticks (at, what) VALUES (now(), 'now')"
    ))
    .await;
}

pub(crate) const fn ticks(key: &'static str, interval: &'static str) -> Adoption {
    let zone = "UTC";
    Adoption {
        parent: "public.ticks",
        grid: Grid::Time {
            key,
            zone,
            interval,
        },
        insert: "INSERT INTO public.ticks (at, what) VALUES (:at, 'then')",
        ..MONTHS
    }
}
