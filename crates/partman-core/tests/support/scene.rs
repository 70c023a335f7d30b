//! A set in a database of its own, what it looked like before, and what has become of it.

use std::cell::RefCell;
use std::collections::HashSet;

use partman_core::Kind;
use partman_core::migrate::Done;
use partman_core::plan::Plan;
use partman_core::run::Outcome;
use partman_core::wanted::{Names, Nulls, WantedSet};
use partman_testkit::{CatalogSnapshot, Cluster, Fingerprint, Partman, Scope, TestDb, fixture};
use tokio_postgres::Client;

use super::faulty::Faulty;
use super::{Subject, name, without_journal};

/// The sets that the fault loops run over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The user's table as in the report: nobody has made a partition since October 2025.
    Report,
    /// The user's table, kept up to this month.
    Webhook,
    /// The same on 5.x with its partitions renamed, and tables that have names which are needed.
    Renamed,
    /// With a DEFAULT partition so large that it is fenced.
    Fenced,
    /// With one as large that holds all rows of the present, and becomes their partition.
    Attached,
    /// With one as large that holds rows of several ranges and of none, which are spread.
    Spread,
    /// With partitions that are open below and above.
    Open,
    /// With a control column that may be NULL, except in one partition, and a DEFAULT partition.
    Nullable,
}

/// Old rows in a DEFAULT partition, a page each, that can't be looked through in a moment.
pub(crate) const LARGE_DEFAULT: &str = "
    CREATE TABLE public.webhook_events_rest PARTITION OF public.webhook_events DEFAULT;
    ALTER TABLE public.webhook_events_rest ALTER payload SET STORAGE PLAIN;
    INSERT INTO public.webhook_events (event_type, payload, created_at)
    SELECT 'old', jsonb_build_object('text', repeat('x', 7000)), '2020-02-02' FROM generate_series(1, 550)";

/// The user's table, in whose DEFAULT the rows of this month are, for nobody has made its partition, and one of 2020.
pub(crate) const NOBODY_MADE_THIS_MONTH: &str = "
    DO $$
    BEGIN
        EXECUTE format('DROP TABLE public.%I', 'webhook_events_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM'));
    END $$;
    CREATE TABLE public.webhook_events_rest PARTITION OF public.webhook_events DEFAULT;
    INSERT INTO public.webhook_events (event_type, payload, created_at)
    SELECT 'now', '{}', at FROM unnest(ARRAY[now(), now() + interval '2 months', '2020-02-02']) AS at, generate_series(1, 40)";

/// The set by ten days, the last of them five days ago, whatever day it is; and what comes after and before.
fn by_ten_days(rest: &str) -> String {
    format!(
        "SET TIME ZONE 'UTC';
         DO $$
         DECLARE
             day constant timestamptz := date_trunc('day', now());
             old regclass;
         BEGIN
             FOR old IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'public.webhook_events'::regclass LOOP
                 EXECUTE 'DROP TABLE ' || old;
             END LOOP;
             EXECUTE format('CREATE TABLE public.webhook_events_last PARTITION OF public.webhook_events
                             FOR VALUES FROM (%L) TO (%L)', day - interval '15 days', day - interval '5 days');
             {rest}
         END $$;
         INSERT INTO public.webhook_events (event_type, payload, created_at)
         SELECT 'then', '{{}}', now() - n * interval '12 hours' FROM generate_series(11, 40) AS n;"
    )
}

/// Rows of now in a DEFAULT partition, a page each, that can't be looked through in a moment.
pub(crate) fn default_of_now() -> String {
    by_ten_days(
        "EXECUTE format('CREATE TABLE public.webhook_events_first PARTITION OF public.webhook_events
                         FOR VALUES FROM (%L) TO (%L)', day - interval '25 days', day - interval '15 days');
         CREATE TABLE public.webhook_events_rest PARTITION OF public.webhook_events DEFAULT;
         ALTER TABLE public.webhook_events_rest ALTER payload SET STORAGE PLAIN;
         INSERT INTO public.webhook_events (event_type, payload, created_at)
         SELECT 'now', jsonb_build_object('text', repeat('x', 7000)), now() - n * interval '1 minute'
         FROM generate_series(1, 550) AS n;",
    )
}

/// Rows of several ranges and of none in a DEFAULT partition, more than can be brought along in a moment.
pub(crate) fn default_of_many() -> String {
    by_ten_days(
        "EXECUTE format('CREATE TABLE public.webhook_events_first PARTITION OF public.webhook_events
                         FOR VALUES FROM (%L) TO (%L)', day - interval '35 days', day - interval '25 days');
         CREATE TABLE public.webhook_events_rest PARTITION OF public.webhook_events DEFAULT;
         INSERT INTO public.webhook_events (event_type, payload, created_at)
         SELECT 'now', '{}', now() - n * interval '2 minutes' FROM generate_series(1, 17900) AS n;
         INSERT INTO public.webhook_events (event_type, payload, created_at)
         SELECT 'old', '{}', timestamptz '2020-02-02' + n * interval '1 hour' FROM generate_series(1, 900) AS n;",
    )
}

/// Rows of now where the last partition has no upper end, and of before where the first has no lower one.
pub(crate) fn open_ends() -> String {
    by_ten_days(
        "EXECUTE format('CREATE TABLE public.webhook_events_old PARTITION OF public.webhook_events
                         FOR VALUES FROM (MINVALUE) TO (%L)', day - interval '15 days');
         EXECUTE format('CREATE TABLE public.webhook_events_rest PARTITION OF public.webhook_events
                         FOR VALUES FROM (%L) TO (MAXVALUE)', day - interval '5 days');
         INSERT INTO public.webhook_events (event_type, payload, created_at)
         SELECT 'now', '{}', now() - n * interval '1 minute' FROM generate_series(1, 50) AS n;",
    )
}

/// The set with a control column that may be NULL; the first of its partitions says otherwise.
pub(crate) const NULLABLE: &str = "
    ALTER TABLE public.webhook_events DROP CONSTRAINT webhook_events_pkey;
    ALTER TABLE public.webhook_events ALTER COLUMN created_at DROP NOT NULL;
    CREATE TABLE public.webhook_events_rest PARTITION OF public.webhook_events DEFAULT;
    DO $$
    BEGIN
        EXECUTE 'ALTER TABLE ' || (SELECT min(inhrelid::regclass::text) FROM pg_inherits
                                    WHERE inhparent = 'public.webhook_events'::regclass)
                || ' ALTER COLUMN created_at SET NOT NULL';
    END $$";

/// Notes that are called as this month's partition and the next one have to be.
pub(crate) const IN_THE_WAY: &str = "
    DO $$
    BEGIN
        FOR n IN 0..1 LOOP
            EXECUTE format('CREATE TABLE public.webhook_events_p%s (note text)',
                to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month' * n, 'YYYYMMDD'));
            EXECUTE format('INSERT INTO public.webhook_events_p%s VALUES (''kept'')',
                to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month' * n, 'YYYYMMDD'));
        END LOOP;
    END $$";

/// Whether a call, as the beginning of its SQL, is the first of its kind: runs make the same calls for one partition after
/// the other.
pub(crate) fn firsts() -> impl Fn(&str) -> bool {
    let heard = RefCell::new(HashSet::new());
    move |sql| {
        let kind: String = sql.chars().take(28).collect();
        heard.borrow_mut().insert(kind)
    }
}

/// Whether a call ends a transaction.
pub(crate) fn commits(sql: &str) -> bool {
    sql.starts_with("COMMIT")
}

/// Whether what a call does lasts as soon as the server has done it.
pub(crate) fn lasting(sql: &str) -> bool {
    commits(sql) || sql.starts_with("INSERT INTO partman_journal.")
}

/// A database with a set, as it was before anything was done to it.
pub(crate) struct Scene {
    shape: Shape,
    pub(crate) db: TestDb,
    pub(crate) subject: Subject,
    pub(crate) wanted: WantedSet,
    pub(crate) before: CatalogSnapshot,
    pub(crate) rows: Fingerprint,
    /// The one that looks; the loops look often.
    onlooker: Client,
}

impl Scene {
    /// A new cluster with a database in which the set is.
    pub(crate) async fn new(version: Partman, shape: Shape) -> Self {
        // What the loops leave behind in the catalog is not worth a vacuum.
        let cluster = Cluster::options(version).setting("autovacuum", "off");
        let cluster = cluster.start().await.expect("a test server");
        Self::on(cluster, shape, "scene").await
    }

    /// The same set in another database of the same cluster, for this one is of no more use.
    pub(crate) async fn anew(&self) -> Self {
        let next = format!("{}_", self.db.name());
        Self::on(self.db.cluster().clone(), self.shape, &next).await
    }

    pub(crate) async fn on(cluster: Cluster, shape: Shape, database: &str) -> Self {
        let db = TestDb::on(cluster, database).await;
        if shape == Shape::Report {
            fixture::webhook_events(&db, 300).await;
        } else {
            fixture::webhook_events_now(&db).await;
        }
        let mut wanted = WantedSet::new(name("public.webhook_events"));
        wanted.premake = 1;
        match shape {
            Shape::Report | Shape::Webhook => {}
            Shape::Renamed => {
                wanted.names = Some(Names::Rename);
                db.execute(IN_THE_WAY).await;
            }
            Shape::Fenced => {
                db.execute(LARGE_DEFAULT).await;
            }
            Shape::Attached => db.execute(&default_of_now()).await,
            Shape::Spread => db.execute(&default_of_many()).await,
            Shape::Open => db.execute(&open_ends()).await,
            Shape::Nullable => {
                wanted.nulls = Nulls::Forbid;
                db.execute(NULLABLE).await;
            }
        }
        let subject = Subject::connect(&db).await;
        let before = db.snapshot().await;
        let rows = db.fingerprint(&wanted.parent.to_string()).await;
        Self {
            shape,
            subject,
            wanted,
            before,
            rows,
            onlooker: db.client().await,
            db,
        }
    }

    pub(crate) async fn plan(&self) -> Plan {
        let plan = self.subject.plan_for(self.wanted.clone()).await;
        assert_eq!(plan.refusals, vec![]);
        assert!(!plan.is_empty(), "there is something to do");
        plan
    }

    /// What is not as it was before, but for the journal. Empty is good.
    pub(crate) async fn differences(&self) -> Vec<String> {
        let scope = Scope::all_but(&[]);
        let now = CatalogSnapshot::take(&self.onlooker, &scope).await;
        let mut found = without_journal(self.before.diff(&now.expect("a snapshot")));
        let rows = self.fingerprint().await;
        if rows != self.rows {
            found.push(format!("rows: {} -> {rows}", self.rows));
        }
        found
    }

    /// Every call that a run makes when nothing goes wrong. Afterwards everything is as it was.
    pub(crate) async fn calls(&self, plan: &Plan) -> Vec<String> {
        let counting = Faulty::new(&self.subject.database, &self.db, None);
        let done = self.subject.migrate_through(&counting, plan).await;
        let done = done.expect("nothing stands in the way");
        assert_eq!(self.is_adopted(&done).await, Vec::<String>::new());
        assert_eq!(self.taken_back().await, Vec::<String>::new());
        self.forget().await;
        counting.heard()
    }

    async fn fingerprint(&self) -> Fingerprint {
        let parent = self.wanted.parent.to_string();
        let rows = Fingerprint::of(&self.onlooker, &parent).await;
        rows.expect("a fingerprint")
    }

    /// Looks through a new connection, for the old one has gone down with the server.
    pub(crate) async fn look_again(&mut self) {
        self.onlooker = self.db.client().await;
    }

    /// Drops the journal, so that the next run is the first one again.
    pub(crate) async fn forget(&self) {
        let drop =
            "SET client_min_messages = warning; DROP SCHEMA IF EXISTS partman_journal CASCADE";
        let dropped = self.onlooker.batch_execute(drop).await;
        dropped.expect("the journal can be dropped");
    }

    /// Waits until the server has noticed that a client of before is gone: nobody has the run lock or a transaction.
    pub(crate) async fn is_left_alone(&self) {
        let busy = "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database d ON d.oid = database \
                                    WHERE locktype = 'advisory' AND datname = current_database()) \
                        OR EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() \
                                    AND pid <> pg_backend_pid() AND state <> 'idle') AS busy";
        for _ in 0..5_000 {
            let row = self.onlooker.query_one(busy, &[]).await.expect("a look");
            if !row.get::<_, bool>("busy") {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        panic!("what a client left behind stays");
    }

    /// What the journal has of the only run: `nothing`, `stopped`, `complete` or `rolled back`.
    pub(crate) async fn journal(&self) -> String {
        let there = "SELECT to_regclass('partman_journal.entry') IS NOT NULL AS there";
        let row = self.onlooker.query_one(there, &[]).await.expect("a look");
        if !row.get::<_, bool>("there") {
            return "nothing".to_owned();
        }
        let sql = "SELECT CASE WHEN (SELECT count(*) FROM partman_journal.run) = 0 THEN 'nothing' \
                               WHEN EXISTS (SELECT FROM partman_journal.entry WHERE what = 'rolled-back') THEN 'rolled back' \
                               WHEN EXISTS (SELECT FROM partman_journal.entry WHERE what = 'unwinding') THEN 'stopped' \
                               WHEN EXISTS (SELECT FROM partman_journal.entry WHERE what = 'completed') THEN 'complete' \
                               ELSE 'stopped' END AS found";
        let row = self.onlooker.query_one(sql, &[]).await.expect("a journal");
        row.get("found")
    }

    /// Whether the run that stopped was going back already.
    pub(crate) async fn is_being_taken_back(&self) -> bool {
        let sql = "SELECT EXISTS (SELECT FROM partman_journal.entry WHERE what = 'unwinding')";
        let row = self.onlooker.query_one(sql, &[]).await.expect("a journal");
        row.get(0)
    }

    /// After a run that just stopped: nobody may begin another, but it can be taken back, or finished and taken back.
    pub(crate) async fn can_be_ended(&self, plan: &Plan, finish: bool) -> Vec<String> {
        match self.subject.migrate(plan).await {
            Err(error) if error.kind() == Kind::Unfinished => {}
            other => return vec![format!("not told as unfinished: {other:?}")],
        }
        let mut wrong = Vec::new();
        if finish {
            match self.subject.resume().await {
                Ok(done) => wrong.extend(self.is_adopted(&done).await),
                Err(error) => wrong.push(format!("could not be resumed: {error:?}")),
            }
        }
        wrong.extend(self.taken_back().await);
        wrong
    }

    /// Takes the last run back and tells what is wrong then.
    pub(crate) async fn taken_back(&self) -> Vec<String> {
        match self.subject.rollback().await {
            Ok(done) if done.outcome == Outcome::RolledBack && done.error.is_none() => {
                self.differences().await
            }
            other => vec![format!("could not be taken back: {other:?}")],
        }
    }

    /// What is wrong with a run that should have completed.
    pub(crate) async fn is_adopted(&self, done: &Done) -> Vec<String> {
        let problems = done.verified.as_ref().map_or_else(
            || vec!["it was not verified".to_owned()],
            |v| v.problems.clone(),
        );
        if done.outcome != Outcome::Completed || !problems.is_empty() || done.error.is_some() {
            return vec![format!("it did not complete: {done:?}")];
        }
        let rows = self.fingerprint().await;
        if rows == self.rows {
            Vec::new()
        } else {
            vec![format!("rows: {} -> {rows}", self.rows)]
        }
    }
}

/// The calls of a run that write down that it begins, and that it is complete.
pub(crate) fn first_and_last(calls: &[String]) -> (usize, usize) {
    let begins = |sql: &String| sql.starts_with("INSERT INTO partman_journal.run");
    let ends = |sql: &String| sql.starts_with("INSERT INTO partman_journal.entry");
    let found = (calls.iter().position(begins), calls.iter().rposition(ends));
    let (Some(first), Some(last)) = found else {
        panic!("a run is written down: {calls:?}");
    };
    (first, last)
}
