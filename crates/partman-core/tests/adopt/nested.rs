//! Sets below another level: the months of one tenant are a set like any other, the months of one year are not.

use crate::support;

use partman_core::assess::{Code, MendKind};
use partman_core::plan::{Plan, Request, Selection};
use partman_core::run::Outcome;
use partman_core::wanted::{WantedExtension, WantedSet};
use partman_testkit::{Partman, TestDb};
use support::{Subject, name, without_journal};

/// Two tenants by month, one of them with a DEFAULT that holds a row of now; all with a key, a foreign key and a trigger
/// from the level above.
const TENANTS: &str = "SET TimeZone = 'UTC';
    CREATE TABLE public.kinds (kind text PRIMARY KEY);
    INSERT INTO public.kinds VALUES ('a'), ('b');
    CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
    CREATE TABLE public.t (tenant text NOT NULL, at timestamptz NOT NULL, kind text REFERENCES public.kinds,
        PRIMARY KEY (tenant, at), CHECK (tenant <> '')) PARTITION BY LIST (tenant);
    CREATE TRIGGER tells BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.tell();
    CREATE TABLE public.t_one PARTITION OF public.t FOR VALUES IN ('one') PARTITION BY RANGE (at);
    CREATE TABLE public.t_two PARTITION OF public.t FOR VALUES IN ('two', 'three') PARTITION BY RANGE (at);
    DO $$ DECLARE m timestamptz := date_trunc('month', now()); tenant text; BEGIN
        FOREACH tenant IN ARRAY ARRAY['one', 'two'] LOOP
            FOR n IN 1..2 LOOP
                EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
                    't_' || tenant || '_' || n, 't_' || tenant, m + interval '1 month' * (n - 3), m + interval '1 month' * (n - 2));
            END LOOP;
        END LOOP;
    END $$;
    CREATE TABLE public.t_two_rest PARTITION OF public.t_two DEFAULT;
    INSERT INTO public.t VALUES ('three', now(), 'a');
    INSERT INTO public.t SELECT tenant, date_trunc('month', now()) - n * interval '10 days', 'a'
      FROM generate_series(1, 4) AS n, unnest(ARRAY['one', 'two']) AS tenant";

async fn plan(subject: &Subject) -> Plan {
    let wanted = ["public.t_one", "public.t_two"];
    let request = Request {
        selection: Selection::Named(wanted.map(|set| WantedSet::new(name(set))).to_vec()),
        extension: WantedExtension::default(),
    };
    Plan::make(&subject.inspect().await, &request)
}

#[tokio::test]
async fn each_tenant_is_adopted_and_given_back() {
    for version in Partman::ALL {
        let db = TestDb::new(version).await;
        db.execute(TENANTS).await;
        let subject = Subject::connect(&db).await;
        let (before, rows) = (db.snapshot().await, db.fingerprint("public.t").await);
        let top = subject.plan("public.t").await;
        assert_eq!(top.refusals.len(), 1, "{:?}", top.refusals);
        assert_eq!(top.refusals[0].code, Code::SubPartitioned);
        let way_out = &top.refusals[0].way_out;
        assert!(way_out.contains("public.t_one, public.t_two"), "{way_out}");
        let plan = plan(&subject).await;
        assert_eq!(plan.refusals, vec![], "{version:?}");
        let two = plan.sets.iter().find(|set| set.parent.name == "t_two");
        assert!(
            two.expect("it is there")
                .mend_kinds
                .contains(&MendKind::RescueDefault)
        );
        for _ in 0..2 {
            let done = subject.migrate(&plan).await.expect("it begins");
            assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
            let verified = done.verified.expect("it was looked at");
            assert_eq!(verified.problems, Vec::<String>::new(), "{version:?}");
            assert!(verified.sets.iter().all(|set| set.holes == 0));
            assert_eq!(db.fingerprint("public.t").await, rows, "{version:?}");
            let through_the_top = "BEGIN; INSERT INTO public.t VALUES ('one', now() + interval '2 months', 'b'),
                ('two', now() + interval '2 months', 'b'); SELECT count(DISTINCT tableoid) FROM public.t WHERE kind = 'b'; ROLLBACK";
            let client = db.client().await;
            client
                .batch_execute(through_the_top)
                .await
                .expect("they have a place");
            let count =
                "SELECT count(*) FROM pg_inherits WHERE inhparent::regclass::text ~ 't_(one|two)$'";
            let adopted = db.query_text(count).await;
            db.execute("SET TimeZone = 'UTC'; DO $$ BEGIN PERFORM partman.run_maintenance(p_jobmon := false); END $$").await;
            assert_eq!(
                db.query_text(count).await,
                adopted,
                "{version:?}: nothing was left to do"
            );
            db.execute(
                "UPDATE partman.part_config SET premake = premake + 1; SET TimeZone = 'UTC';
                        DO $$ BEGIN PERFORM partman.run_maintenance(p_jobmon := false); END $$",
            )
            .await;
            let more: u32 = db.query_text(count).await.parse().expect("a number");
            assert_eq!(
                more,
                adopted.parse::<u32>().expect("a number") + 2,
                "{version:?}"
            );
            db.execute("DO $$ DECLARE new regclass; BEGIN FOR new IN SELECT inhrelid FROM pg_inherits
                        WHERE inhparent::regclass::text ~ 't_(one|two)$' ORDER BY inhrelid DESC LIMIT 2
                        LOOP EXECUTE format('DROP TABLE %s', new); END LOOP; END $$").await;
            let back = subject.rollback().await.expect("and back");
            assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
            assert_eq!(db.fingerprint("public.t").await, rows, "{version:?}");
            let left = without_journal(before.diff(&db.snapshot().await));
            assert_eq!(left, Vec::<String>::new(), "{version:?}");
        }
    }
}

/// What is asked for, and why neither level can be had.
const BOUNDED: &[(&str, &str)] = &[
    (
        "CREATE TABLE public.t (at timestamptz NOT NULL) PARTITION BY RANGE (at);
         CREATE TABLE public.t_2026 PARTITION OF public.t FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY RANGE (at);
         CREATE TABLE public.t_1 PARTITION OF public.t_2026 FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
         CREATE TABLE public.t_2 PARTITION OF public.t_2026 FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')",
        "no row beyond its bounds there gets to it",
    ),
    (
        "CREATE TABLE public.t (at timestamptz NOT NULL, n int) PARTITION BY LIST (n);
         CREATE TABLE public.t_2026 PARTITION OF public.t FOR VALUES IN (26) PARTITION BY RANGE (at);
         CREATE TABLE public.t_8001 PARTITION OF public.t FOR VALUES IN (8001) PARTITION BY RANGE (at);
         CREATE TABLE public.t_1 PARTITION OF public.t_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY RANGE (at);
         CREATE TABLE public.t_2 PARTITION OF public.t_1 FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
        "partitioned themselves",
    ),
    (
        "CREATE TABLE public.t (at timestamptz NOT NULL, kind text) PARTITION BY RANGE (at);
         CREATE TABLE public.t_2026 PARTITION OF public.t FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (kind);
         CREATE TABLE public.t_a PARTITION OF public.t_2026 FOR VALUES IN ('a')",
        "no row beyond its bounds there gets to it",
    ),
];

#[tokio::test]
async fn neither_level_of_a_range_of_ranges_sends_to_the_other() {
    for (sql, below) in BOUNDED {
        let db = TestDb::new(Partman::V5_5_0).await;
        db.execute(&format!("SET TimeZone = 'UTC'; {sql}")).await;
        let subject = Subject::connect(&db).await;
        let plan = subject.plan("public.t").await;
        let reasons: Vec<_> = plan
            .refusals
            .iter()
            .map(|r| format!("{}; {}", r.what, r.way_out))
            .collect();
        assert!(
            reasons[0].contains("flatten the set to one level"),
            "{reasons:?}"
        );
        assert!(
            reasons
                .iter()
                .all(|reason| !reason.contains("adopt") && !reason.contains("far beyond")),
            "{reasons:?}"
        );
        let plan = subject.plan("public.t_2026").await;
        let reasons: Vec<_> = plan
            .refusals
            .iter()
            .map(|r| format!("{}; {}", r.what, r.way_out))
            .collect();
        assert!(
            reasons.iter().any(|reason| reason.contains(below)),
            "{reasons:?}"
        );
        assert!(
            reasons.iter().all(|reason| !reason.contains("adopt")),
            "{reasons:?}"
        );
    }
}
