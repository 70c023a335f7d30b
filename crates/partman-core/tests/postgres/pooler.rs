//! Behind pgbouncer: refused where a session's statements are spread over backends, at home where they aren't.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use partman_core::Kind;
use partman_core::postgres::{Database, Lock, Settings, advisory};
use partman_core::session::{Limits, Session, Statement};
use partman_testkit::{Partman, TestDb};
use tempfile::TempDir;

/// A running pgbouncer, ended when it is dropped.
struct PgBouncer {
    port: u16,
    process: Child,
    _folder: TempDir,
}

impl PgBouncer {
    /// In front of this database, in this `pool_mode`.
    async fn start(db: &TestDb, mode: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let configuration = folder.path().join("pgbouncer.ini");
        let server = format!(
            "host=127.0.0.1 port={} user=postgres password={}",
            db.cluster().port(),
            db.password()
        );
        fs::write(
            &configuration,
            format!(
                "[databases]\ntest = {server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
                 unix_socket_dir =\nauth_type = any\npool_mode = {mode}\n"
            ),
        )
        .unwrap();
        let process = as_owner_of(&db.cluster().data_dir(), folder.path(), &configuration);
        let this = Self {
            port,
            process,
            _folder: folder,
        };
        for _ in 0..200 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .is_ok()
            {
                return this;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("pgbouncer doesn't come up");
    }

    /// Makes it open this many connections to the server.
    async fn warm(&self, backends: usize) {
        let config = format!(
            "host=127.0.0.1 port={} user=postgres dbname=test",
            self.port
        );
        let mut clients = Vec::new();
        for _ in 0..backends {
            let (client, connection) = tokio_postgres::connect(&config, tokio_postgres::NoTls)
                .await
                .unwrap();
            tokio::spawn(connection);
            client.batch_execute("BEGIN").await.unwrap();
            clients.push(client);
        }
        for client in &clients {
            client.batch_execute("ROLLBACK").await.unwrap();
        }
    }

    fn settings(&self) -> Settings {
        Settings::from_url(&format!("postgres://postgres@127.0.0.1:{}/test", self.port)).unwrap()
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts pgbouncer, which refuses to run as root, as the user that the test's server runs as; it ends with this thread.
fn as_owner_of(data: &Path, folder: &Path, configuration: &Path) -> Child {
    let owner = fs::metadata(data).unwrap();
    for path in [folder, configuration] {
        std::os::unix::fs::chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        let (user, group) = (owner.uid().to_string(), owner.gid().to_string());
        command.args(["--reuid", &user, "--regid", &group, "--clear-groups"]);
    }
    let command = command
        .arg("/usr/sbin/pgbouncer")
        .arg("-q")
        .arg(configuration);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("pgbouncer is installed (scripts/setup.sh)")
}

#[tokio::test]
async fn a_pooler_that_spreads_a_session_over_backends_is_refused() {
    let db = TestDb::new(Partman::None).await;
    for mode in ["transaction", "statement"] {
        let pooler = PgBouncer::start(&db, mode).await;
        let e = Database::connect(&pooler.settings())
            .await
            .expect_err("to be refused");
        assert_eq!(e.kind(), Kind::Unreachable, "{mode}: {e:?}");
        assert!(
            e.to_string().contains("connect to the server directly"),
            "{mode}: {e}"
        );
    }
}

#[tokio::test]
async fn a_pooler_in_session_mode_is_as_good_as_the_server() {
    let db = TestDb::new(Partman::None).await;
    let pooler = PgBouncer::start(&db, "session").await;
    let database = Database::connect(&pooler.settings()).await.unwrap();
    let mut session = database.session().await.unwrap();
    assert_eq!(
        advisory::try_lock(&mut session).await.unwrap(),
        Lock::Acquired
    );
    session.begin(Limits::NONE).await.unwrap();
    session
        .run(&Statement::command("CREATE TABLE public.t ()"))
        .await
        .unwrap();
    session.commit().await.unwrap();
    drop(session);
    let mut next = database.session_as("partman sampler").await.unwrap();
    let name = Statement::query(
        "SELECT current_setting('application_name') AS name, to_regclass('public.t') AS t",
    );
    let rows = next.run(&name).await.unwrap();
    assert_eq!(
        rows,
        [serde_json::json!({"name": "partman sampler", "t": "public.t"})]
    );
}

/// With several idle backends that take turns, the first two connections may see two of them; a transaction tells.
#[tokio::test]
async fn backends_that_take_turns_are_noticed_at_the_latest_by_a_transaction() {
    let db = TestDb::new(Partman::None).await;
    let mut late = 0;
    for backends in 1..8 {
        let pooler = PgBouncer::start(&db, "transaction\nserver_round_robin = 1").await;
        pooler.warm(backends).await;
        let Ok(database) = Database::connect(&pooler.settings()).await else {
            continue;
        };
        let mut session = database.session().await.unwrap();
        let mut refusals = 0;
        for _ in 0..backends {
            refusals += usize::from(session.begin(Limits::NONE).await.is_err());
            session.rollback().await.unwrap();
        }
        assert!(refusals > 0, "{backends} backends");
        late += 1;
    }
    assert!(
        late > 0,
        "the check of transactions was never needed, so it isn't tested"
    );
}
