//! The whole way, on every version of pg_partman: back up while others write, look at it, prove it, bring it back.

use partman_testkit::{Fingerprint, Partman, TestDb, Writer, fixture};
use pg_backup::{Event, Evidence, Level, ProofState, Restore};

use crate::support::{Bench, NO_TRACES, differences, scratch};

const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

async fn managed(partman: Partman) -> TestDb {
    let db = TestDb::named(partman, "ai_agent_admin").await;
    fixture::webhook_events(&db, 3_000).await;
    db.execute("CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman")
        .await;
    let interval = if partman == Partman::V4_7_2 {
        "'native', '1 month'"
    } else {
        "'1 month'"
    };
    db.execute(&format!(
        "CREATE TABLE public.hooks (id bigint, at timestamptz NOT NULL) PARTITION BY RANGE (at);
         SELECT partman.create_parent('public.hooks', 'at', {interval});
         INSERT INTO public.hooks SELECT g, now() FROM generate_series(1, 500) AS g"
    ))
    .await;
    db
}

async fn whole_cycle(partman: Partman) {
    let db = managed(partman).await;
    let config = "SELECT parent_table, control, partition_interval FROM partman.part_config";
    let configured = db.query_rows(config).await;
    let bench = Bench::on(db).await;
    let backup = bench.create().await;
    let manifest = &backup.manifest;
    assert_eq!(bench.traces().await, NO_TRACES);
    assert_eq!(
        manifest.part_config["part_config"].as_array().map(Vec::len),
        Some(1)
    );
    assert!(
        manifest
            .tables
            .iter()
            .any(|table| table.name == "partman.part_config" && table.rows.rows == 1)
    );
    assert_eq!(manifest.rows(), 3_000 + 500 + 1);
    for level in [Level::List, Level::Decode, Level::Count, Level::Rows] {
        bench
            .verify(backup.id(), level)
            .await
            .expect("it is as it was made");
    }

    let proof = bench
        .prove(backup.id(), &scratch(partman))
        .await
        .expect("it can be restored");
    assert_eq!(
        (proof.rows, proof.tables),
        (manifest.rows(), manifest.tables.len())
    );
    let proven = bench.store.get(backup.id()).expect("it is there");
    assert!(
        proven.is_proven(DAY, jiff::Timestamp::now())
            && matches!(proven.proof, ProofState::Passed(_))
    );

    let target = Restore::new(bench.connection(), "back");
    let restored = bench
        .store
        .restore(
            backup.id(),
            &target,
            &bench.tools,
            &bench.seen,
            &bench.cancel,
        )
        .await;
    assert_eq!(restored.expect("it can be restored").rows, manifest.rows());
    let back = TestDb::existing(bench.db.cluster().clone(), "back");
    assert_eq!(back.query_rows(config).await, configured);
    let lost = differences(&bench.db.snapshot().await, &back.snapshot().await);
    assert_eq!(lost, Vec::<String>::new());
    back.execute("SELECT partman.run_maintenance()").await;
    assert_eq!(bench.traces().await, NO_TRACES);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_of_4_7_2_comes_back_whole() {
    whole_cycle(Partman::V4_7_2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_of_5_2_4_comes_back_whole() {
    whole_cycle(Partman::V5_2_4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_of_5_5_0_comes_back_whole() {
    whole_cycle(Partman::V5_5_0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_manifest_tells_the_instant_of_the_dump_while_others_write() {
    let bench = Bench::with_rows(20_000).await;
    let writer = Writer::start(&bench.db, "public.webhook_events", 200).await;
    let request = bench.request().evidence(Evidence::Rows);
    let backup = bench.try_create(&request).await.expect("a backup");
    let load = writer.stop().await;
    assert_eq!(load.failures, Vec::<String>::new());
    let rows = backup.manifest.rows();
    let now = bench.db.fingerprint("public.webhook_events").await;
    assert!(
        (20_000..now.rows()).contains(&rows),
        "{rows} rows in the backup, {now} now"
    );
    assert!(
        bench
            .seen
            .any(|event| matches!(event, Event::Progress { done, total } if done == total))
    );

    let proof = bench
        .prove(backup.id(), &scratch(Partman::None))
        .await
        .expect("it can be restored");
    assert_eq!(proof.rows, rows);
    let target = Restore::new(bench.connection(), "then");
    bench
        .store
        .restore(
            backup.id(),
            &target,
            &bench.tools,
            &bench.seen,
            &bench.cancel,
        )
        .await
        .expect("it comes back");
    let then = TestDb::existing(bench.db.cluster().clone(), "then");
    assert_eq!(
        Fingerprint::rows(&then.fingerprint("public.webhook_events").await),
        rows
    );
}
