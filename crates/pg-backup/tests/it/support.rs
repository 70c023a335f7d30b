//! What the tests share: a database, a backup directory, and the programs, all gone afterwards.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use partman_testkit::{CatalogSnapshot, Partman, TestDb, fixture};
use pg_backup::{
    Backup, BackupId, Connection, Create, Error, Event, Helper, Level, LocalScratch, LocalTools,
    Observer, Proof, Store, Verification,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// The version of the servers that the testkit starts.
pub(crate) const MAJOR: u32 = 15;

/// A database and a place for its backups.
pub(crate) struct Bench {
    pub(crate) db: TestDb,
    pub(crate) store: Store,
    pub(crate) tools: LocalTools,
    pub(crate) cancel: CancellationToken,
    pub(crate) seen: Seen,
    pub(crate) folder: TempDir,
}

/// Remembers what happened.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<Vec<Event>>);

impl Observer for Seen {
    fn on(&self, event: &Event) {
        self.0
            .lock()
            .expect("no test panics in here")
            .push(event.clone());
    }
}

impl Seen {
    pub(crate) fn any(&self, what: impl Fn(&Event) -> bool) -> bool {
        self.0
            .lock()
            .expect("no test panics in here")
            .iter()
            .any(what)
    }
}

impl Bench {
    pub(crate) async fn on(db: TestDb) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // Scratch servers are put here by some tests; as root they run as another user, who has to get in.
        let open = std::fs::Permissions::from_mode(0o711);
        std::fs::set_permissions(folder.path(), open).expect("it is ours");
        Self {
            db,
            store: Store::new(folder.path().join("backups")),
            tools: tools(),
            cancel: CancellationToken::new(),
            seen: Seen::default(),
            folder,
        }
    }

    /// The user's table with these rows, in a database without pg_partman.
    pub(crate) async fn with_rows(rows: u64) -> Self {
        let db = TestDb::named(Partman::None, "app").await;
        fixture::webhook_events(&db, rows).await;
        Self::on(db).await
    }

    pub(crate) fn connection(&self) -> Connection {
        connection(&self.db)
    }

    pub(crate) fn request(&self) -> Create {
        Create::new(self.connection()).jobs(2)
    }

    pub(crate) async fn create(&self) -> Backup {
        self.try_create(&self.request()).await.expect("a backup")
    }

    pub(crate) async fn try_create(&self, request: &Create) -> Result<Backup, Error> {
        self.store
            .create(request, &self.tools, &self.seen, &self.cancel)
            .await
    }

    pub(crate) async fn verify(&self, id: &BackupId, level: Level) -> Result<Verification, Error> {
        self.store
            .verify(id, level, &self.tools, &self.seen, &self.cancel)
            .await
    }

    pub(crate) async fn prove(
        &self,
        id: &BackupId,
        scratch: &LocalScratch,
    ) -> Result<Proof, Error> {
        self.store
            .prove(id, scratch, &self.tools, &self.seen, &self.cancel)
            .await
    }

    /// What is in the backup directory, the lock file aside.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.store.directory()).expect("the directory is there");
        let names = entries.map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name")
        });
        let mut names: Vec<_> = names.filter(|name| name != ".lock").collect();
        names.sort();
        names
    }

    /// Sessions and locks of backups that are on the server now.
    pub(crate) async fn traces(&self) -> String {
        let sql = "SELECT count(DISTINCT a.pid) || ' sessions, ' || count(l.pid) || ' locks'
            FROM pg_stat_activity AS a LEFT JOIN pg_locks AS l USING (pid) WHERE application_name LIKE 'partman\\_%'";
        self.db.query_text(sql).await
    }
}

/// What the catalogs differ in, but for the identities that a restoration can't keep.
pub(crate) fn differences(before: &CatalogSnapshot, after: &CatalogSnapshot) -> Vec<String> {
    let is_identity = |line: &String| {
        [": oid ", ": relfilenode ", ": toast "]
            .iter()
            .any(|what| line.contains(what))
            || {
                let sides = line
                    .split_once(" -> ")
                    .map(|(old, new)| (without_oid(old), without_oid(new)));
                sides.is_some_and(|(old, new)| {
                    old.find('{').is_some_and(|start| old[start..] == new)
                })
            }
    };
    before
        .diff(after)
        .into_iter()
        .filter(|line| !is_identity(line))
        .collect()
}

fn without_oid(text: &str) -> String {
    let Some((start, rest)) = text.split_once("\"oid\":\"") else {
        return text.to_owned();
    };
    format!(
        "{start}{}",
        rest.trim_start_matches(|c: char| c.is_ascii_digit())
    )
}

pub(crate) const NO_TRACES: &str = "0 sessions, 0 locks";

/// Over TCP with a password, as the superuser.
pub(crate) fn connection(db: &TestDb) -> Connection {
    let connection = Connection::new("127.0.0.1", db.cluster().port(), "postgres", db.name());
    connection.password(db.password().to_owned().into())
}

pub(crate) fn helper() -> Helper {
    Helper::new(env!("CARGO_BIN_EXE_pg-backup-child"), [] as [&str; 0])
}

pub(crate) fn tools() -> LocalTools {
    let tools = LocalTools::find(MAJOR, None).expect("set-up installed the client programs");
    tools.helper(helper())
}

/// A scratch server that offers this version of pg_partman.
pub(crate) fn scratch(partman: Partman) -> LocalScratch {
    let scratch = LocalScratch::find(MAJOR)
        .expect("set-up installed a server")
        .helper(helper());
    match partman {
        Partman::None => scratch,
        version => scratch.extension("pg_partman", files(version)),
    }
}

fn files(version: Partman) -> PathBuf {
    version.files().expect("set-up fetched them")
}

/// The command lines of running processes that name something in this folder, this one's own aside.
pub(crate) fn processes_about(folder: &Path) -> Vec<String> {
    let wanted = folder.to_string_lossy().into_owned();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("this is Linux").flatten() {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(&wanted) {
            found.push(line);
        }
    }
    found
}
