//! What is removed and what stays.

use std::time::Duration;

use jiff::Timestamp;
use partman_testkit::Partman;
use pg_backup::{Backup, Event, Kind, Level, Pruning};

use crate::support::{Bench, scratch};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// As if so many days had gone by.
fn in_days(days: i64) -> Timestamp {
    Timestamp::now() + jiff::SignedDuration::from_hours(24 * days)
}

async fn three(bench: &Bench) -> [Backup; 3] {
    [
        bench.create().await,
        bench.create().await,
        bench.create().await,
    ]
}

fn ids(backups: &[&Backup]) -> Vec<pg_backup::BackupId> {
    backups.iter().map(|backup| backup.id().clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_proven_backup_stays_whatever_its_age() {
    let bench = Bench::with_rows(10).await;
    let [first, second, third] = three(&bench).await;
    assert!(
        first.id() < second.id() && second.id() < third.id(),
        "three in one second have three names"
    );
    bench
        .prove(second.id(), &scratch(Partman::None))
        .await
        .expect("it can be restored");

    let young = bench
        .store
        .prune(DAY, Timestamp::now(), Pruning::Remove)
        .expect("it can be read");
    assert_eq!((young.removed.len(), young.spared.len()), (0, 0));
    let dry = bench
        .store
        .prune(DAY, in_days(8), Pruning::DryRun)
        .expect("it can be read");
    assert_eq!(
        (dry.removed, dry.spared),
        (ids(&[&first, &third]), ids(&[&second]))
    );
    assert_eq!(bench.names().len(), 3, "that was a dry run");
    bench
        .store
        .prune(DAY, in_days(8), Pruning::Remove)
        .expect("it can be written");
    assert_eq!(bench.names(), [second.id().as_str()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn if_none_is_proven_the_newest_of_each_database_stays() {
    let bench = Bench::with_rows(10).await;
    let [first, second, third] = three(&bench).await;
    let other = Bench {
        db: bench.db.sibling("other").await,
        ..Bench::on(bench.db.clone()).await
    };
    let other = bench.try_create(&other.request()).await.expect("a backup");
    std::fs::create_dir(bench.store.directory().join("20200101T000000Z-app"))
        .expect("a broken one");
    let pruned = bench
        .store
        .prune(DAY, in_days(8), Pruning::Remove)
        .expect("it can be written");
    assert_eq!(pruned.removed.len(), 3);
    assert!(pruned.removed.contains(first.id()) && pruned.removed.contains(second.id()));
    let mut spared = ids(&[&third, &other]);
    spared.sort();
    assert_eq!(pruned.spared, spared);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_being_read_waits_for_the_next_time() {
    let bench = Bench::with_rows(20_000).await;
    let [first, _, _] = three(&bench).await;
    let reading = bench.verify(first.id(), Level::Rows);
    let pruning = async {
        while !bench
            .seen
            .any(|event| matches!(event, Event::Stage(pg_backup::Stage::Checking)))
        {
            tokio::task::yield_now().await;
        }
        bench
            .store
            .prune(DAY, in_days(8), Pruning::Remove)
            .expect("it can be written")
    };
    let (read, pruned) = tokio::join!(reading, pruning);
    read.expect("it was not removed");
    assert_eq!(pruned.busy, ids(&[&first]));
    assert_eq!(pruned.removed.len(), 1);
    let error = bench
        .verify(&pruned.removed[0], Level::List)
        .await
        .expect_err("it is gone");
    assert_eq!(error.kind(), Kind::NotFound);
}
