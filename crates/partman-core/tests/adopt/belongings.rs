//! What belongs to a set besides its rows: new partitions have it too, and the way back leaves it alone.

use crate::support;

use partman_core::assess::Code;
use partman_core::run::Outcome;
use partman_core::wanted::Names;
use partman_testkit::{Partman, TestDb, fixture};
use support::adoption::{Adoption, MONTHS};
use support::{Subject, dsn};
use tokio_postgres::NoTls;

const ALL: &[Partman] = &Partman::ALL;
const OLD_AND_NEW: &[Partman] = &[Partman::V4_7_2, Partman::V5_5_0];

const WEBHOOKS: Adoption = Adoption {
    parent: "public.webhook_events",
    insert: "INSERT INTO public.webhook_events (event_type, payload, created_at) VALUES ('x', '{}', :at)",
    ..MONTHS
};

#[tokio::test]
async fn identity_generated_columns_triggers_foreign_keys_both_ways_and_publications() {
    let orders = Adoption {
        parent: "public.orders",
        insert: "WITH placed AS (INSERT INTO public.orders (placed_at, customer, net) VALUES (:at, 1, 5) RETURNING id, placed_at)
                 INSERT INTO public.items SELECT * FROM placed",
        ..MONTHS
    };
    let renamed = Adoption {
        names: Some(Names::Rename),
        ..orders.clone()
    };
    let make = async |db: &TestDb| fixture::shop(db).await;
    let mut databases = orders.on(&[Partman::V5_2_4, Partman::V5_5_0], make).await;
    databases.extend(renamed.on(&[Partman::V4_7_2], make).await);
    for db in databases {
        let client = db.client().await;
        let nobody = "INSERT INTO public.orders (placed_at, customer, net) VALUES (now(), 2, 5)";
        let refused = client
            .batch_execute(nobody)
            .await
            .expect_err("no such customer");
        assert_eq!(refused.code().map(|code| code.code()), Some("23503"));
        db.execute("INSERT INTO public.orders (placed_at, customer, net) VALUES (now(), 1, 5)")
            .await;
        let noted = "SELECT count(*) FROM public.log";
        assert_eq!(
            db.query_text(noted).await,
            "3",
            "two of before and the new one"
        );
        let published = "SELECT count(*) FROM pg_publication_tables WHERE pubname = 'everything'";
        let there = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'public.orders'::regclass";
        assert_eq!(db.query_text(published).await, db.query_text(there).await);
    }
}

#[tokio::test]
async fn grants_and_an_owner_who_is_not_the_one_who_adopts() {
    let make = async |db: &TestDb| {
        fixture::webhook_events(db, 50).await;
        db.execute(
            "CREATE ROLE \"The Owner\"; CREATE ROLE reader; CREATE ROLE writer; CREATE ROLE chief;
             ALTER TABLE public.webhook_events OWNER TO \"The Owner\";
             ALTER TABLE public.webhook_events_2025_09 OWNER TO \"The Owner\";
             GRANT SELECT ON public.webhook_events TO reader, PUBLIC;
             GRANT INSERT, UPDATE, TRUNCATE ON public.webhook_events TO writer;
             GRANT ALL ON public.webhook_events TO chief WITH GRANT OPTION;
             GRANT SELECT ON public.webhook_events_2025_10 TO writer",
        )
        .await;
    };
    WEBHOOKS.on(ALL, make).await;
}

#[tokio::test]
async fn default_privileges_are_not_added_to_those_of_the_parent() {
    let make = async |db: &TestDb| {
        fixture::webhook_events(db, 50).await;
        db.execute(
            "CREATE ROLE reader; CREATE ROLE intern;
             GRANT SELECT ON public.webhook_events TO reader;
             ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO intern",
        )
        .await;
    };
    WEBHOOKS.on(OLD_AND_NEW, make).await;
}

/// What pg_partman itself makes later, as a role that is neither the owner nor the one who adopted.
#[tokio::test]
async fn what_maintenance_makes_later_belongs_to_the_owner_with_the_grants_of_the_parent() {
    let make = async |db: &TestDb| {
        fixture::webhook_events(db, 50).await;
        db.execute(
            "CREATE ROLE \"The Owner\"; CREATE ROLE reader; CREATE ROLE intern; CREATE ROLE keeper LOGIN IN ROLE \"The Owner\";
             ALTER TABLE public.webhook_events OWNER TO \"The Owner\";
             ALTER TABLE public.webhook_events_2025_09 OWNER TO \"The Owner\";
             ALTER TABLE public.webhook_events_2025_10 OWNER TO \"The Owner\";
             GRANT SELECT ON public.webhook_events TO reader;
             GRANT INSERT, UPDATE ON public.webhook_events TO intern;
             ALTER DEFAULT PRIVILEGES FOR ROLE keeper GRANT ALL ON TABLES TO intern",
        )
        .await;
    };
    for db in WEBHOOKS.on(ALL, make).await {
        db.execute(
            "GRANT ALL ON SCHEMA partman, public TO keeper; GRANT ALL ON ALL TABLES IN SCHEMA partman TO keeper;
             GRANT CREATE ON SCHEMA public TO \"The Owner\"; UPDATE partman.part_config SET premake = premake + 3",
        )
        .await;
        let count =
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'public.webhook_events'::regclass";
        let before: u32 = db.query_text(count).await.parse().expect("a number");
        let keeper = db.config().user("keeper").connect(NoTls).await;
        let (keeper, connection) = keeper.expect("a connection");
        let connection = tokio::spawn(connection);
        keeper
            .batch_execute(
                "SET TimeZone = 'UTC'; SELECT partman.run_maintenance('public.webhook_events', p_jobmon := false)",
            )
            .await
            .expect("the keeper may maintain it");
        drop(keeper);
        connection.await.expect("it ends").expect("it was in order");
        let after: u32 = db.query_text(count).await.parse().expect("a number");
        assert!(after >= before + 2, "{before} {after}");
        let others = "SELECT count(*) FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid, pg_class p
                       WHERE p.oid = inhparent AND p.oid = 'public.webhook_events'::regclass AND c.relname ~ '_p[0-9]'
                         AND c.relname !~ '2025_?(09|10)'
                         AND (c.relowner <> p.relowner OR NOT c.relacl::text[] <@ p.relacl::text[]
                              OR NOT c.relacl::text[] @> p.relacl::text[])";
        assert_eq!(db.query_text(others).await, "0");
    }
}

#[tokio::test]
async fn storage_parameters_that_all_partitions_have() {
    let make = async |db: &TestDb| {
        fixture::webhook_events(db, 50).await;
        for partition in ["webhook_events_2025_09", "webhook_events_2025_10"] {
            db.execute(&format!(
                "ALTER TABLE public.{partition} SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)"
            ))
            .await;
        }
    };
    for db in WEBHOOKS.on(OLD_AND_NEW, make).await {
        let without = "SELECT count(*) FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
                        WHERE inhparent = 'public.webhook_events'::regclass
                          AND reloptions IS DISTINCT FROM '{fillfactor=70,autovacuum_vacuum_scale_factor=0.05}'";
        assert_eq!(db.query_text(without).await, "0");
    }
}

#[tokio::test]
async fn an_owner_who_is_no_superuser_on_5() {
    let adopter = Adoption {
        role: "app",
        ..WEBHOOKS
    };
    let make = async |db: &TestDb| {
        db.execute("CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE shapes TO app; GRANT ALL ON SCHEMA public TO app")
            .await;
        fixture::webhook_events(db, 50).await;
        for table in [
            "webhook_events",
            "webhook_events_2025_09",
            "webhook_events_2025_10",
        ] {
            db.execute(&format!("ALTER TABLE public.{table} OWNER TO app"))
                .await;
        }
    };
    adopter.on(&[Partman::V5_2_4, Partman::V5_5_0], make).await;
}

/// The extension is a superuser's, and the role has no rights on it: what the refusal says to grant is all that it takes.
#[tokio::test]
async fn an_owner_who_is_granted_what_the_refusal_names() {
    for version in [Partman::V4_7_2, Partman::V5_5_0] {
        let db = TestDb::new(version).await;
        fixture::webhook_events(&db, 50).await;
        db.execute(
            "CREATE ROLE app LOGIN; GRANT CREATE ON DATABASE test TO app; GRANT ALL ON SCHEMA public TO app;
             DO $$ DECLARE one regclass; BEGIN
                 FOR one IN SELECT relid FROM pg_partition_tree('public.webhook_events') LOOP
                     EXECUTE format('ALTER TABLE %s OWNER TO app', one);
                 END LOOP;
             END $$;
             CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman",
        )
        .await;
        let subject = Subject::connect_to(&dsn(&db, "app")).await;
        let plan = subject.plan("public.webhook_events").await;
        let codes: Vec<Code> = plan.refusals.iter().map(|reason| reason.code).collect();
        assert_eq!(codes, [Code::RightsMissing], "{version:?}");
        db.execute(&plan.refusals[0].way_out.to_string()).await;
        let plan = subject.plan("public.webhook_events").await;
        assert_eq!(plan.refusals, vec![], "{version:?}");
        let done = subject.migrate(&plan).await.expect("it begins");
        assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
        let back = subject.rollback().await.expect("and back");
        assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
    }
}

/// Keys, triggers and policies that each partition was given by hand.
#[tokio::test]
async fn what_only_partitions_have_is_noted() {
    let db = TestDb::new(Partman::V5_5_0).await;
    fixture::webhook_events(&db, 50).await;
    db.execute(
        "CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
         CREATE TRIGGER \"All\" AFTER INSERT ON public.webhook_events FOR EACH ROW EXECUTE FUNCTION public.tell();
         CREATE TRIGGER audit AFTER INSERT ON public.webhook_events_2025_10 FOR EACH ROW EXECUTE FUNCTION public.tell();
         ALTER TABLE public.webhook_events_2025_10 ENABLE ROW LEVEL SECURITY;
         CREATE UNIQUE INDEX only_here ON public.webhook_events_2025_10 (id)",
    )
    .await;
    let plan = Subject::connect(&db)
        .await
        .plan("public.webhook_events")
        .await;
    let notes: Vec<String> = plan.sets[0].notes.iter().map(ToString::to_string).collect();
    let noted = notes.iter().find(|note| note.contains("of its own"));
    let noted = noted.expect("it is noted");
    let named = "public.webhook_events_2025_10 has of its own: index or foreign key only_here, row security, trigger audit;";
    assert!(noted.contains(named), "{noted}");
    db.execute("ALTER TABLE public.webhook_events ENABLE ROW LEVEL SECURITY; DROP TRIGGER audit ON public.webhook_events_2025_10")
        .await;
    let plan = Subject::connect(&db)
        .await
        .plan("public.webhook_events")
        .await;
    let notes: Vec<String> = plan.sets[0].notes.iter().map(ToString::to_string).collect();
    assert!(
        notes
            .iter()
            .any(|note| note.contains("own: index or foreign key only_here;")),
        "{notes:?}"
    );
}

#[tokio::test]
async fn the_replica_identity_of_the_parent() {
    let make = async |db: &TestDb| {
        fixture::webhook_events(db, 50).await;
        for table in [
            "webhook_events",
            "webhook_events_2025_09",
            "webhook_events_2025_10",
        ] {
            db.execute(&format!("ALTER TABLE public.{table} REPLICA IDENTITY FULL"))
                .await;
        }
    };
    for db in WEBHOOKS.on(ALL, make).await {
        let without = "SELECT count(*) FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
                        WHERE inhparent = 'public.webhook_events'::regclass AND relreplident <> 'f'";
        assert_eq!(db.query_text(without).await, "0");
    }
}

#[tokio::test]
async fn statistics_targets_of_the_parent_and_unlogged_where_all_are() {
    let make = async |db: &TestDb| {
        fixture::webhook_events(db, 50).await;
        db.execute(
            "ALTER TABLE public.webhook_events ALTER COLUMN event_type SET STATISTICS 500, ALTER COLUMN payload SET STATISTICS 0;
             ALTER TABLE public.webhook_events_2025_09 SET UNLOGGED;
             ALTER TABLE public.webhook_events_2025_10 SET UNLOGGED",
        )
        .await;
    };
    for db in WEBHOOKS.on(OLD_AND_NEW, make).await {
        let without = "SELECT count(*) FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
                        WHERE inhparent = 'public.webhook_events'::regclass
                          AND (relpersistence <> 'u' OR (SELECT array_agg(attstattarget ORDER BY attnum) FROM pg_attribute
                                                          WHERE attrelid = c.oid AND attname IN ('event_type', 'payload'))
                                                        <> '{500,0}')";
        assert_eq!(db.query_text(without).await, "0");
    }
}

#[tokio::test]
async fn one_partition_that_is_logged_makes_new_ones_logged() {
    let make = async |db: &TestDb| {
        fixture::webhook_events(db, 50).await;
        db.execute("ALTER TABLE public.webhook_events_2025_09 SET UNLOGGED")
            .await;
    };
    for db in WEBHOOKS.on(&[Partman::V5_5_0], make).await {
        let unlogged = "SELECT count(*) FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
                         WHERE inhparent = 'public.webhook_events'::regclass AND relpersistence = 'u'";
        assert_eq!(db.query_text(unlogged).await, "1");
    }
}
