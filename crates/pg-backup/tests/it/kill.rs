//! SIGKILL: whoever makes or proves a backup is gone at once, and so are its programs, sessions, locks and servers.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use partman_testkit::{Partman, TestDb};
use pg_backup::{BackupId, Compression, Connection, Create, Event, LocalScratch, Silent, Store};

use crate::support::{Bench, MAJOR, NO_TRACES, helper, processes_about, tools};

/// From the kill until nothing is left.
const LIMIT: Duration = Duration::from_secs(2);

async fn slow() -> Bench {
    let db = TestDb::named(Partman::None, "slow").await;
    db.execute(
        "CREATE TABLE bulk (x text); ALTER TABLE bulk ALTER x SET STORAGE EXTERNAL;
         INSERT INTO bulk SELECT (SELECT string_agg(md5(g::text || i), '') FROM generate_series(1, 16384) AS i)
         FROM generate_series(1, 100) AS g;
         CREATE TABLE more AS TABLE bulk",
    )
    .await;
    Bench::on(db).await
}

/// What the child of a test is told: which of the two victims it is.
const VICTIM: &str = "PARTMAN_BACKUP_VICTIM";

/// This very test program as another process, running the test of this name once more, as a victim.
fn victim(bench: &Bench, test: &str, kind: &str, more: &[(&str, &str)]) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("a test knows its name"));
    command
        .args(["--exact", test, "--test-threads=1"])
        .env(VICTIM, kind)
        .env("PORT", bench.db.cluster().port().to_string())
        .env("PASSWORD", bench.db.password())
        .env("DATABASE", bench.db.name())
        .env("FOLDER", bench.folder.path())
        .envs(more.iter().copied())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().expect("it starts")
}

fn given(name: &str) -> String {
    std::env::var(name).expect("the outer test gives it")
}

/// Where this process is a victim, does what it is there for; every test here begins with this.
async fn was_a_victim() -> bool {
    match std::env::var(VICTIM).ok().as_deref() {
        None => return false,
        Some("create") => create_until_killed().await,
        Some(_) => prove_until_killed().await,
    }
    true
}

async fn create_until_killed() {
    let connection = Connection::new(
        "127.0.0.1",
        given("PORT").parse().expect("a port"),
        "postgres",
        &given("DATABASE"),
    );
    let request = Create::new(connection.password(given("PASSWORD").into()))
        .jobs(2)
        .compression(Compression::Gzip(9));
    let store = Store::new(Path::new(&given("FOLDER")).join("backups"));
    store
        .create(&request, &tools(), &Silent, &Default::default())
        .await
        .expect("nobody kills us");
}

async fn prove_until_killed() {
    let store = Store::new(Path::new(&given("FOLDER")).join("backups"));
    let scratch = LocalScratch::find(MAJOR)
        .expect("a server is installed")
        .place(given("FOLDER"));
    let scratch = match given("GUARD").as_str() {
        "yes" => scratch.helper(helper()),
        _ => scratch,
    };
    let id = BackupId::parse(&given("ID")).expect("an id");
    let proven = store
        .prove_and_keep(&id, &scratch, &tools(), &Silent, &Default::default())
        .await
        .expect("nobody kills us");
    std::fs::write(Path::new(&given("FOLDER")).join("ready"), "").expect("it can be written");
    std::thread::sleep(Duration::from_secs(60));
    drop(proven);
}

async fn until(what: &str, limit: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < limit, "after {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_backup_leaves_no_process_no_session_and_no_lock() {
    if was_a_victim().await {
        return;
    }
    let bench = slow().await;
    let test = "kill::a_killed_backup_leaves_no_process_no_session_and_no_lock";
    let mut victim = victim(&bench, test, "create", &[]);
    let copying = "SELECT count(*) FROM pg_stat_progress_copy";
    until(
        "the dump does not get going",
        Duration::from_secs(30),
        async || bench.db.query_text(copying).await == "2",
    )
    .await;
    let about = processes_about(bench.folder.path());
    assert!(
        about.iter().filter(|line| line.contains("pg_dump")).count() >= 3,
        "leader and workers: {about:?}"
    );
    victim.kill().expect("it runs");
    victim.wait().expect("it ended");
    let killed = Instant::now();
    until("processes are left", LIMIT, async || {
        processes_about(bench.folder.path()).is_empty()
    })
    .await;
    until("sessions are left", LIMIT, async || {
        bench.traces().await == NO_TRACES
    })
    .await;
    assert!(killed.elapsed() < LIMIT, "{:?}", killed.elapsed());
    bench
        .db
        .execute("SET lock_timeout = '100ms'; ALTER TABLE bulk ADD COLUMN y int")
        .await;

    assert!(
        bench.store.list().expect("it can be read").is_empty(),
        "nothing under a final name"
    );
    assert_eq!(bench.names().len(), 1, "{:?}", bench.names());
    let backup = bench.create().await;
    assert_eq!(bench.names(), [backup.id().as_str()]);
    assert!(
        bench
            .seen
            .any(|event| matches!(event, Event::LeftoverRemoved { .. }))
    );
}

async fn kill_a_proof(test: &str, guard: &str) -> Bench {
    let bench = Bench::with_rows(100).await;
    let backup = bench.create().await;
    let mut victim = victim(
        &bench,
        test,
        "prove",
        &[("ID", backup.id().as_str()), ("GUARD", guard)],
    );
    let ready = bench.folder.path().join("ready");
    until(
        "the proof does not come",
        Duration::from_secs(60),
        async || ready.exists(),
    )
    .await;
    assert!(servers(&bench) > 0 && folders(&bench) == 1);
    victim.kill().expect("it runs");
    victim.wait().expect("it ended");
    bench
}

fn servers(bench: &Bench) -> usize {
    processes_about(bench.folder.path()).len()
}

fn folders(bench: &Bench) -> usize {
    let entries = std::fs::read_dir(bench.folder.path()).expect("it is there");
    entries
        .filter(|entry| {
            entry.as_ref().is_ok_and(|e| {
                e.file_name()
                    .to_string_lossy()
                    .starts_with("partman-proof-")
            })
        })
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_proof_leaves_no_server_and_no_folder() {
    if was_a_victim().await {
        return;
    }
    let test = "kill::a_killed_proof_leaves_no_server_and_no_folder";
    let bench = kill_a_proof(test, "yes").await;
    until("a server is left", LIMIT, async || servers(&bench) == 0).await;
    until("a folder is left", LIMIT, async || folders(&bench) == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_helper_the_next_proof_sweeps() {
    if was_a_victim().await {
        return;
    }
    let test = "kill::without_a_helper_the_next_proof_sweeps";
    let bench = kill_a_proof(test, "no").await;
    assert_eq!(folders(&bench), 1, "nobody was there to remove it");
    let backup = bench
        .store
        .newest(None)
        .expect("it can be read")
        .expect("one was made");
    let scratch = LocalScratch::find(MAJOR)
        .expect("a server is installed")
        .place(bench.folder.path());
    bench
        .prove(backup.id(), &scratch)
        .await
        .expect("it can be restored");
    until("a server is left", LIMIT, async || servers(&bench) == 0).await;
    assert_eq!(folders(&bench), 0);
}
