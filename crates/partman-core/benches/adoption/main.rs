//! What a writer of 400 transactions a second, and a reader beside it, feel of an adoption: of `create_parent()`, and of
//! partman's migration, on twin sets on one server in one run, beside an idle stretch of the same run.
//!
//! `cargo bench -p partman-core --bench adoption` (or `make bench`). The server keeps its fsync; the figures are medians
//! of the rounds, with the extremes. The sets: the user's two months, on every version; 100 and 1 000 days, an empty DEFAULT
//! and one with rows, on the newest. `PARTMAN_BENCH_ROWS`, `PARTMAN_BENCH_DEFAULT_ROWS`, `PARTMAN_BENCH_ROUNDS` and
//! `PARTMAN_BENCH_IDLE_S` change the sizes, `PARTMAN_BENCH_ONLY=DEFAULT` measures only the sets with this in their
//! names, `PARTMAN_BENCH_VERSION=5.5.0` only on this version. At the end: how long a plan takes for 100 sets of 100 partitions.

mod measured;
mod planning;
mod set;

use std::time::{Duration, Instant};

use partman_core::inspect::{Options, inspect};
use partman_core::migrate::{Conduct, Done, migrate};
use partman_core::plan::{Plan, Request, Selection};
use partman_core::postgres::{Database, Settings};
use partman_core::run::{Outcome, Patience, Silent};
use partman_core::step::Lock;
use partman_core::wanted::{WantedExtension, WantedSet};
use partman_testkit::{Cluster, Durability, Partman, Reader, TestDb};
use tokio_util::sync::CancellationToken;

use measured::Measured;
use set::{Default, Set};

const PARENT: &str = "public.webhook_events";
const RATE: u32 = 400;
/// The writer works this long before and after what is measured.
const AROUND: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() {
    let rows = setting("PARTMAN_BENCH_ROWS", 500_000);
    let default_rows = setting("PARTMAN_BENCH_DEFAULT_ROWS", 2_000_000);
    let rounds = setting("PARTMAN_BENCH_ROUNDS", 3);
    let idle_s = setting("PARTMAN_BENCH_IDLE_S", 20);
    let only = std::env::var("PARTMAN_BENCH_ONLY").unwrap_or_default();
    let on = std::env::var("PARTMAN_BENCH_VERSION").unwrap_or_default();
    println!(
        "{rows} rows, a writer of {RATE}/s and a reader beside it; {rounds} rounds, fsync on.\n"
    );
    println!("{}", measured::HEAD);
    let months = Partman::ALL.map(|version| (version, Set::months(rows)));
    let newest = [
        Set::days(100, rows),
        Set::days(1_000, rows),
        Set::days(100, rows).with(Default::Empty),
        Set::days(100, rows).with(Default::Rows(default_rows)),
        Set::days(100, rows).with(Default::Late(default_rows)),
    ];
    for (version, set) in months
        .into_iter()
        .chain(newest.map(|set| (Partman::V5_5_0, set)))
        .filter(|(version, set)| {
            let version = version.version().unwrap_or_default();
            set.to_string().contains(&only) && version.contains(&on)
        })
    {
        measure(version, &set, rounds, Duration::from_secs(idle_s)).await;
    }
    planning::measure(rounds).await;
}

/// Twin sets on one server, a round at a time; prints a row for each case.
async fn measure(version: Partman, set: &Set, rounds: u64, idle_for: Duration) {
    let (mut idle, mut theirs, mut ours) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let cluster = Cluster::options(version).durability(Durability::Real);
        let cluster = cluster.start().await.expect("a server");
        let first = TestDb::on(cluster, "first").await;
        set.make(&first).await;
        let second = first.copy("second").await;
        for db in [&first, &second] {
            db.execute(
                "CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman; CHECKPOINT",
            )
            .await;
        }
        idle.push(under_load(&first, set, async || idle_while(idle_for).await).await);
        theirs.push(
            under_load(&first, set, async || {
                create_parent(&first, set, version).await
            })
            .await,
        );
        ours.push(under_load(&second, set, async || adopt(&second).await).await);
    }
    for (case, measured) in [
        ("idle", &idle),
        ("`create_parent()`", &theirs),
        ("`partman migrate`", &ours),
    ] {
        measured::print_row(version, set, case, measured);
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

async fn idle_while(time: Duration) -> Option<Duration> {
    tokio::time::sleep(time).await;
    None
}

/// `work` says how long a lock that others feel was held at most, if any.
async fn under_load(
    db: &TestDb,
    set: &Set,
    work: impl AsyncFnOnce() -> Option<Duration>,
) -> Measured {
    let writer = set.writer(db).await;
    let reader = Reader::start(db, PARENT, RATE / 4);
    tokio::time::sleep(AROUND).await;
    let began = Instant::now();
    let locked = work().await;
    let took = began.elapsed();
    tokio::time::sleep(AROUND).await;
    Measured {
        felt: writer.stop().await,
        read: reader.stop().await,
        took,
        locked,
    }
}

/// The nearest that pg_partman itself comes to adopting a set: start where the last partition ends.
async fn create_parent(db: &TestDb, set: &Set, version: Partman) -> Option<Duration> {
    let more = if version == Partman::V4_7_2 {
        "p_type := 'native'"
    } else {
        "p_default_table := false"
    };
    let began = Instant::now();
    db.execute(&format!(
        "SELECT partman.create_parent(p_parent_table := '{PARENT}', p_control := 'created_at', \
         p_interval := '{}', p_premake := 4, p_start_partition := '{}', {more})",
        set.interval(),
        set.end(db).await,
    ))
    .await;
    // One transaction: what it locks, it holds to its end.
    Some(began.elapsed())
}

async fn adopt(db: &TestDb) -> Option<Duration> {
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
    let plan = Plan::make(&seen, &request);
    let done = migrate(&database, &plan, &conduct, &mut Silent)
        .await
        .expect("nothing stands in the way");
    assert_eq!(done.outcome, Outcome::Completed, "{:?}", done.error);
    longest_lock(&plan, &done)
}

/// Of the steps with a lock that readers or writers feel.
fn longest_lock(plan: &Plan, done: &Done) -> Option<Duration> {
    let felt = |id: &str| {
        let step = plan.steps.iter().find(|step| step.description.id == id);
        step.is_some_and(|step| {
            let mut locks = step.description.locks.iter();
            locks.any(Lock::keeps_others_waiting)
        })
    };
    let felt = done.steps.iter().filter(|step| felt(&step.id));
    let longest = felt.map(|step| step.locked_ms).max_by(f64::total_cmp);
    longest.map(|ms| Duration::from_secs_f64(ms / 1e3))
}
