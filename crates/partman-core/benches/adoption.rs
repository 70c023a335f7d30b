//! What a writer of 400 transactions a second feels of an adoption: of `create_parent()`, and of partman's migration, on
//! twin sets on one server in one run, beside an idle stretch of the same run.
//!
//! `cargo bench -p partman-core --bench adoption` (or `make bench`). The server keeps its fsync; the figures are medians
//! of the rounds, with the extremes. `PARTMAN_BENCH_ROWS`, `PARTMAN_BENCH_ROUNDS` and `PARTMAN_BENCH_IDLE_S` change the
//! sizes.

use std::time::{Duration, Instant};

use partman_core::inspect::{Options, inspect};
use partman_core::migrate::{Conduct, migrate};
use partman_core::plan::{Plan, Request, Selection};
use partman_core::postgres::{Database, Settings};
use partman_core::run::{Outcome, Patience, Silent};
use partman_core::wanted::{WantedExtension, WantedSet};
use partman_testkit::{Cluster, Durability, LoadReport, Partman, TestDb, Writer, fixture};
use tokio_util::sync::CancellationToken;

const PARENT: &str = "public.webhook_events";
const RATE: u32 = 400;
/// The writer works this long before and after what is measured.
const AROUND: Duration = Duration::from_secs(3);

struct Measured {
    felt: LoadReport,
    took: Duration,
}

#[tokio::main]
async fn main() {
    let rows = setting("PARTMAN_BENCH_ROWS", 500_000);
    let rounds = setting("PARTMAN_BENCH_ROUNDS", 3);
    let idle_s = setting("PARTMAN_BENCH_IDLE_S", 20);
    println!(
        "A set of 2 monthly partitions, {rows} rows, a writer of {RATE}/s; {rounds} rounds, fsync on.\n"
    );
    println!(
        "| pg_partman | case | took ms | longest wait ms: median (min-max) | p99 ms | failed |"
    );
    println!("|---|---|---|---|---|---|");
    for version in Partman::ALL {
        let mut idle = Vec::new();
        let mut theirs = Vec::new();
        let mut ours = Vec::new();
        for _ in 0..rounds {
            let cluster = Cluster::options(version)
                .durability(Durability::Real)
                .start()
                .await
                .expect("a server");
            let first = TestDb::on(cluster, "first").await;
            fixture::webhook_events(&first, rows).await;
            let second = first.copy("second").await;
            for db in [&first, &second] {
                db.execute(
                    "CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman; CHECKPOINT",
                )
                .await;
            }
            idle.push(
                under_load(&first, async || {
                    tokio::time::sleep(Duration::from_secs(idle_s)).await
                })
                .await,
            );
            theirs.push(under_load(&first, async || create_parent(&first, version).await).await);
            ours.push(under_load(&second, async || adopt(&second).await).await);
        }
        for (case, measured) in [
            ("idle", &idle),
            ("create_parent()", &theirs),
            ("partman migrate", &ours),
        ] {
            print_row(version, case, measured);
        }
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

async fn under_load(db: &TestDb, work: impl AsyncFnOnce()) -> Measured {
    let writer = Writer::start(db, PARENT, RATE).await;
    tokio::time::sleep(AROUND).await;
    let began = Instant::now();
    work().await;
    let took = began.elapsed();
    tokio::time::sleep(AROUND).await;
    Measured {
        felt: writer.stop().await,
        took,
    }
}

/// The nearest that pg_partman itself comes to adopting a set: start where the last partition ends.
async fn create_parent(db: &TestDb, version: Partman) {
    let more = if version == Partman::V4_7_2 {
        "p_type := 'native'"
    } else {
        "p_default_table := false"
    };
    db.execute(&format!(
        "SELECT partman.create_parent(p_parent_table := '{PARENT}', p_control := 'created_at', \
         p_interval := '1 month', p_premake := 4, p_start_partition := '2025-11-01', {more})"
    ))
    .await;
}

async fn adopt(db: &TestDb) {
    let dsn = format!(
        "host={} port={} dbname={} user=postgres",
        db.cluster().socket_dir().display(),
        db.cluster().port(),
        db.name()
    );
    let database = Database::connect(&Settings::from_url(&dsn).expect("settings"))
        .await
        .expect("the server answers");
    let conduct = Conduct {
        patience: Patience::default(),
        without_backup: Some("a measurement".to_owned()),
        cancel: CancellationToken::new(),
        server_time_zone: database.server().time_zone.clone(),
    };
    let mut session = database.session().await.expect("a session");
    let seen = inspect(&mut session, &Options::new("UTC"))
        .await
        .expect("it can be looked at");
    drop(session);
    let wanted = WantedSet::new(PARENT.parse().expect("a name"));
    let request = Request {
        selection: Selection::Named(vec![wanted]),
        extension: WantedExtension::default(),
    };
    let done = migrate(
        &database,
        &Plan::make(&seen, &request),
        &conduct,
        &mut Silent,
    )
    .await
    .expect("nothing stands in the way");
    assert_eq!(done.outcome, Outcome::Completed, "{:?}", done.error);
}

fn print_row(version: Partman, case: &str, measured: &[Measured]) {
    let ms = |d: Duration| d.as_secs_f64() * 1_000.0;
    let longest = sorted(measured.iter().map(|m| ms(m.felt.longest)));
    let took = sorted(measured.iter().map(|m| ms(m.took)));
    let p99 = sorted(measured.iter().map(|m| ms(m.felt.p99)));
    let failed: usize = measured.iter().map(|m| m.felt.failures.len()).sum();
    let middle = |values: &[f64]| values[values.len() / 2];
    println!(
        "| {} | {case} | {:.0} | {:.1} ({:.1}-{:.1}) | {:.1} | {failed} |",
        version.version().unwrap_or("none"),
        middle(&took),
        middle(&longest),
        longest[0],
        longest[longest.len() - 1],
        middle(&p99),
    );
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}
