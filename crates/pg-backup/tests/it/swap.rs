//! Putting a restored database in the old one's place, and back, from wherever it stopped.

use std::path::PathBuf;

use partman_testkit::{Partman, TestDb};
use pg_backup::{BackupId, Kind, Sessions, Swap, undo_swap};

use crate::support::Bench;

const BEFORE: &str = "app_before_20261122T150455Z";

struct Scene {
    bench: Bench,
    journal: PathBuf,
}

/// `app` says old, `restored` says new; nobody is connected.
async fn scene() -> Scene {
    let db = TestDb::named(Partman::None, "app").await;
    db.execute("CREATE TABLE who AS SELECT 'old' AS name").await;
    db.sibling("restored")
        .await
        .execute("CREATE TABLE who AS SELECT 'new' AS name")
        .await;
    let bench = Bench::on(db).await;
    let journal = bench.folder.path().join("swap.journal");
    Scene { bench, journal }
}

impl Scene {
    fn swap(&self) -> Swap {
        let id = BackupId::parse("20261122T150455Z-app").expect("an id");
        Swap::new(
            self.bench.connection(),
            "restored",
            "app",
            &id,
            &self.journal,
        )
    }

    async fn undo(&self) {
        undo_swap(&self.bench.connection(), &self.journal)
            .await
            .expect("it can be undone");
    }

    fn database(&self, name: &str) -> TestDb {
        TestDb::existing(self.bench.db.cluster().clone(), name)
    }

    /// Each database and what is in it; one that lets nobody in is marked.
    async fn names(&self) -> Vec<String> {
        let maintenance = self.database("postgres");
        let rows = maintenance.query_rows("SELECT datname, datallowconn FROM pg_database WHERE datname !~ '^(postgres|template)' ORDER BY 1").await;
        let mut names = Vec::new();
        for row in rows {
            let name = row[0].clone().expect("it has a name");
            let who = match row[1].as_deref() {
                Some("t") => {
                    self.database(&name)
                        .query_text("SELECT name FROM who")
                        .await
                }
                _ => "closed".to_owned(),
            };
            names.push(format!("{name}: {who}"));
        }
        // The last of our own sessions may still be ending.
        while maintenance
            .query_text("SELECT count(*) FROM pg_stat_activity WHERE datname ~ 'app|restored'")
            .await
            != "0"
        {}
        names
    }
}

const AT_FIRST: [&str; 2] = ["app: old", "restored: new"];

#[tokio::test(flavor = "multi_thread")]
async fn there_and_back_again() {
    let scene = scene().await;
    assert_eq!(scene.names().await, AT_FIRST);
    let swapped = scene.swap().run().await.expect("nobody is in the way");
    assert_eq!(
        (swapped.database.as_str(), swapped.before.as_deref()),
        ("app", Some(BEFORE))
    );
    assert_eq!(scene.names().await, ["app: new", &format!("{BEFORE}: old")]);
    scene.undo().await;
    assert_eq!(scene.names().await, AT_FIRST);
    scene.undo().await;
    assert_eq!(
        scene.names().await,
        AT_FIRST,
        "undoing twice is undoing once"
    );
    let error = scene.swap().run().await.expect_err("the journal is there");
    assert_eq!(error.kind(), Kind::Exists);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_in_the_way_are_named_and_only_ended_when_told() {
    let scene = scene().await;
    scene.names().await;
    let user = scene.database("app").client().await;
    let error = scene.swap().run().await.expect_err("somebody is connected");
    assert_eq!(error.kind(), Kind::InUse);
    assert!(error.to_string().contains("postgres, testkit"), "{error}");
    assert!(!scene.journal.exists() && user.batch_execute("SELECT 1").await.is_ok());
    scene
        .swap()
        .sessions(Sessions::Terminate)
        .run()
        .await
        .expect("it was allowed");
    assert!(user.batch_execute("SELECT 1").await.is_err());
    assert_eq!(
        scene
            .database("app")
            .query_text("SELECT name FROM who")
            .await,
        "new"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_taken_or_missing_are_told_before_anything_changes() {
    let scene = scene().await;
    scene
        .database("postgres")
        .execute(&format!("CREATE DATABASE \"{BEFORE}\""))
        .await;
    let error = scene.swap().run().await.expect_err("the name is taken");
    assert_eq!(error.kind(), Kind::Exists);
    scene
        .database("postgres")
        .execute(&format!("DROP DATABASE \"{BEFORE}\"; "))
        .await;
    let id = BackupId::parse("20261122T150455Z-app").expect("an id");
    let nothing = Swap::new(
        scene.bench.connection(),
        "nothing",
        "app",
        &id,
        &scene.journal,
    );
    assert_eq!(
        nothing.run().await.expect_err("it is not there").kind(),
        Kind::NotFound
    );
    assert_eq!(scene.names().await, AT_FIRST);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_that_fails_in_the_middle_is_undone_at_once() {
    let scene = scene().await;
    scene.names().await;
    // A prepared transaction keeps the second one from being renamed, and no session shows it.
    scene
        .database("postgres")
        .execute("ALTER SYSTEM SET max_prepared_transactions = 5")
        .await;
    let cluster = scene.bench.db.cluster();
    cluster.stop().await.expect("it stops");
    cluster.restart().await.expect("it starts");
    scene
        .database("restored")
        .execute("BEGIN; CREATE TABLE x (y int); PREPARE TRANSACTION 'p'")
        .await;
    let error = scene
        .swap()
        .sessions(Sessions::Terminate)
        .run()
        .await
        .expect_err("it is held");
    assert_eq!(error.kind(), Kind::InUse, "{error:?}");
    assert_eq!(scene.names().await, AT_FIRST);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_swap_left_can_be_undone_from_every_point() {
    let forward = [
        "ALTER DATABASE app ALLOW_CONNECTIONS false",
        "ALTER DATABASE restored ALLOW_CONNECTIONS false",
        &format!("ALTER DATABASE app RENAME TO \"{BEFORE}\""),
        "ALTER DATABASE restored RENAME TO app",
        &format!("ALTER DATABASE \"{BEFORE}\" ALLOW_CONNECTIONS true"),
        "ALTER DATABASE app ALLOW_CONNECTIONS true",
    ];
    let scene = scene().await;
    scene.names().await;
    scene.swap().run().await.expect("nobody is in the way");
    scene.undo().await;
    // The journal holds who was who; the steps are done by hand up to the point of the kill.
    for point in 1..=forward.len() {
        scene.names().await;
        for step in &forward[..point] {
            scene.database("postgres").execute(step).await;
        }
        scene.undo().await;
        assert_eq!(scene.names().await, AT_FIRST, "killed after step {point}");
    }
}
