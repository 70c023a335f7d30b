//! psql as the judge: whatever connection string, environment, service file or password file it is given, our settings
//! lead to the same place as libpq's, or neither gets in.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use partman_core::postgres::{Database, Environment, Settings};
use partman_core::session::{Session, Statement};
use partman_testkit::{Partman, TestDb};

const WHERE: &str = "SELECT concat_ws(' ', current_user, current_database(), coalesce(host(inet_server_addr()), 'socket'),
                                     current_setting('geqo')) AS place";

/// A password with everything that one of the formats has to escape.
const PASSWORD: &str = r#"a:b\c'd "e"%/?@ #;=&"#;

/// A connection string, what is in the environment beside it, and where both lead.
type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, Option<&'a str>);

struct Judge {
    db: TestDb,
    home: tempfile::TempDir,
}

impl Judge {
    /// A server with the roles `app` (password `simple`) and `odd` ([`PASSWORD`]), databases `app` and `my db`.
    async fn new() -> Self {
        let db = TestDb::named(Partman::None, "app").await;
        db.sibling("my db").await;
        let literal = PASSWORD.replace('\'', "''");
        db.execute("CREATE ROLE app LOGIN PASSWORD 'simple'").await;
        db.execute(&format!("CREATE ROLE odd LOGIN PASSWORD '{literal}'"))
            .await;
        Self {
            db,
            home: tempfile::tempdir().unwrap(),
        }
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        let path = self.home.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    /// PORT, SOCKETS and HOME stand for what only this run knows.
    fn filled(&self, text: &str) -> String {
        let sockets = self.db.cluster().socket_dir().to_str().unwrap();
        text.replace("PORT", &self.db.cluster().port().to_string())
            .replace("%SOCKETS", &sockets.replace('/', "%2F"))
            .replace("SOCKETS", sockets)
            .replace("HOME", self.home.path().to_str().unwrap())
    }

    fn psql(&self, text: &str, variables: &[(&str, &str)]) -> Option<String> {
        let mut command = Command::new(self.db.cluster().installation().bin().join("psql"));
        command
            .env_clear()
            .env("HOME", self.home.path())
            .env("PGHOST", "/nonexistent");
        command.envs(
            variables
                .iter()
                .map(|(name, value)| (name, self.filled(value))),
        );
        let run = command
            .args(["-XAtw", "-d", &self.filled(text), "-c", WHERE])
            .output()
            .unwrap();
        run.status
            .success()
            .then(|| String::from_utf8(run.stdout).unwrap().trim().to_owned())
    }

    async fn ours(&self, text: &str, variables: &[(&str, &str)]) -> Option<String> {
        let mut environment = Environment::empty()
            .with_home(self.home.path())
            .with_user(os_user())
            .with_variable("PGHOST", "/nonexistent");
        for (name, value) in variables {
            environment = environment.with_variable(*name, self.filled(value));
        }
        let settings = Settings::builder()
            .flag(self.filled(text))
            .resolve(&environment)
            .ok()?;
        let mut session = Database::connect(&settings)
            .await
            .ok()?
            .session()
            .await
            .ok()?;
        let rows = session.run(&Statement::query(WHERE)).await.unwrap();
        Some(rows[0]["place"].as_str().unwrap().to_owned())
    }

    /// That psql and we end at the same place, and that it is `expected`.
    async fn agree(&self, text: &str, variables: &[(&str, &str)], expected: Option<&str>) {
        let psql = self.psql(text, variables);
        assert_eq!(psql.as_deref(), expected, "psql: {text} {variables:?}");
        let ours = self.ours(text, variables).await;
        assert_eq!(ours, psql, "{text} {variables:?}");
    }
}

fn os_user() -> String {
    let id = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(id.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn connection_strings_lead_where_psql_goes() {
    let judge = Judge::new().await;
    let encoded =
        percent_encoding::utf8_percent_encode(PASSWORD, percent_encoding::NON_ALPHANUMERIC);
    let quoted = PASSWORD.replace('\\', r"\\").replace('\'', r"\'");
    let odd_url = format!("postgresql://odd:{encoded}@127.0.0.1:PORT/app");
    let odd_dsn = format!("host=127.0.0.1 port=PORT user=odd dbname=app password='{quoted}'");
    let odd_query = format!("postgres:///app?host=127.0.0.1&port=PORT&user=odd&password={encoded}");
    for (text, expected) in [
        (
            "postgres://app:simple@127.0.0.1:PORT/app",
            Some("app app 127.0.0.1 on"),
        ),
        (
            "postgres://app:simple@127.0.0.1:PORT",
            Some("app app 127.0.0.1 on"),
        ),
        (
            "postgres://app:simple@127.0.0.1:PORT/my%20db",
            Some("app my db 127.0.0.1 on"),
        ),
        ("postgres://app:wrong@127.0.0.1:PORT/app", None),
        ("postgres://app@127.0.0.1:PORT/app", None),
        (odd_url.as_str(), Some("odd app 127.0.0.1 on")),
        (odd_dsn.as_str(), Some("odd app 127.0.0.1 on")),
        (odd_query.as_str(), Some("odd app 127.0.0.1 on")),
        (
            "postgres://postgres@%SOCKETS:PORT/app",
            Some("postgres app socket on"),
        ),
        (
            "postgres:///app?host=SOCKETS&port=PORT&user=postgres",
            Some("postgres app socket on"),
        ),
        (
            "host=SOCKETS port=PORT user=postgres dbname='my db'",
            Some("postgres my db socket on"),
        ),
        (
            "host=SOCKETS port=PORT user=postgres sslmode=require",
            Some("postgres postgres socket on"),
        ),
        (
            "postgres://app:simple@127.0.0.1:1,127.0.0.1:PORT/app",
            Some("app app 127.0.0.1 on"),
        ),
        (
            "host=127.0.0.1,SOCKETS port=1,PORT user=postgres dbname=app",
            Some("postgres app socket on"),
        ),
        (
            "host=nowhere.invalid hostaddr=127.0.0.1 port=PORT user=app password=simple",
            Some("app app 127.0.0.1 on"),
        ),
        (
            "hostaddr=127.0.0.1 port=PORT user=app password=simple",
            Some("app app 127.0.0.1 on"),
        ),
        (
            "host=127.0.0.1 port=PORT user=app password=simple options='-c geqo=off'",
            Some("app app 127.0.0.1 off"),
        ),
        (
            "postgres://app:simple@127.0.0.1:PORT/app?options=-c%20geqo%3Doff",
            Some("app app 127.0.0.1 off"),
        ),
        (
            "postgres://app:simple@127.0.0.1:PORT/app?sslmode=require",
            None,
        ),
        (
            "postgres://app:simple@127.0.0.1:PORT/app?sslmode=allow",
            Some("app app 127.0.0.1 on"),
        ),
        (
            "postgres://app:simple@127.0.0.1:PORT/app?target_session_attrs=read-write",
            Some("app app 127.0.0.1 on"),
        ),
        (
            "postgres://app:simple@127.0.0.1:PORT/app?target_session_attrs=standby",
            None,
        ),
        (
            "postgres://app:simple@127.0.0.1:PORT/app?channel_binding=require",
            None,
        ),
        ("postgres://app:simple@127.0.0.1:PORT/app?nonsense=1", None),
        (
            "postgres://app:simple@127.0.0.1:PORT/app?application_name=x&connect_timeout=5",
            Some("app app 127.0.0.1 on"),
        ),
        (
            "host=127.0.0.1 port=PORT user=app password=simple dbname=",
            Some("app app 127.0.0.1 on"),
        ),
        (
            "host=127.0.0.1 port=PORT user=app user=odd password=simple",
            None,
        ),
        (
            r"host=127.0.0.1 port=PORT user=app password=si\mple",
            Some("app app 127.0.0.1 on"),
        ),
        ("host=127.0.0.1 port=PORT user=app password='simple", None),
    ] {
        judge.agree(text, &[], expected).await;
    }
}

#[tokio::test]
async fn the_environment_and_service_files_lead_where_psql_goes() {
    let judge = Judge::new().await;
    judge.write(
        ".pg_service.conf",
        &judge.filled(
            "# ours\n[live]\nhost=127.0.0.1\nport=PORT\nuser=app\npassword=simple\n\n[live]\nhost=second\n\
             [odd]\nhost=127.0.0.1\nport=PORT\nuser=odd\ndbname=my db\npassword=a:b\\c'd \"e\"%/?@ #;=&\n\
             [broken]\nhost 127.0.0.1\n",
        ),
        0o644,
    );
    let tcp = [
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", "PORT"),
        ("PGUSER", "app"),
        ("PGPASSWORD", "simple"),
    ];
    let with = |more: &[(&'static str, &'static str)]| [&tcp, more].concat();
    let cases: &[Case<'_>] = &[
        ("app", with(&[]), Some("app app 127.0.0.1 on")),
        ("dbname='my db'", with(&[]), Some("app my db 127.0.0.1 on")),
        ("user=odd", with(&[]), None),
        (
            "user=odd",
            with(&[("PGPASSWORD", PASSWORD)]),
            Some("odd app 127.0.0.1 on"),
        ),
        (
            "user=app",
            with(&[("PGOPTIONS", "-c geqo=off"), ("PGCONNECT_TIMEOUT", "5")]),
            Some("app app 127.0.0.1 off"),
        ),
        (
            "user=app",
            with(&[("PGHOST", "nowhere.invalid"), ("PGHOSTADDR", "127.0.0.1")]),
            Some("app app 127.0.0.1 on"),
        ),
        ("user=app", with(&[("PGSSLMODE", "require")]), None),
        ("user=app", with(&[("PGSSLMODE", "nonsense")]), None),
        (
            "sslmode=disable",
            with(&[("PGSSLMODE", "require")]),
            Some("app app 127.0.0.1 on"),
        ),
        (
            "user=app",
            with(&[("PGTARGETSESSIONATTRS", "read-only")]),
            None,
        ),
        (
            "user=app",
            with(&[("PGHOST", "SOCKETS")]),
            Some("app app socket on"),
        ),
        (
            "service=live",
            vec![("PGDATABASE", "app")],
            Some("app app 127.0.0.1 on"),
        ),
        ("service=odd", vec![], Some("odd my db 127.0.0.1 on")),
        (
            "service=live host=SOCKETS user=postgres",
            vec![],
            Some("postgres app socket on"),
        ),
        (
            "dbname=app",
            vec![("PGSERVICE", "live"), ("PGPORT", "1")],
            Some("app app 127.0.0.1 on"),
        ),
        ("service=missing", with(&[]), None),
        ("service=broken", with(&[]), None),
        ("service=live", vec![("PGSERVICEFILE", "HOME/none")], None),
    ];
    for (text, variables, expected) in cases {
        let default = [("PGDATABASE", "app")];
        let variables = [&default[..], variables].concat();
        judge.agree(text, &variables, *expected).await;
    }
}

#[tokio::test]
async fn password_files_open_what_they_open_for_psql() {
    let judge = Judge::new().await;
    let odd = PASSWORD.replace('\\', r"\\").replace(':', r"\:");
    let bare = PASSWORD.replace('\\', r"\\");
    let app = "host=127.0.0.1 port=PORT user=app dbname=app";
    let spaced = "host=127.0.0.1 port=PORT user=app dbname='my db'";
    let strange = "host=127.0.0.1 port=PORT user=odd dbname=app";
    let place = Some("app app 127.0.0.1 on");
    for (text, mode, to, expected) in [
        ("127.0.0.1:PORT:app:app:simple", 0o600, app, place),
        ("127.0.0.1:PORT:app:app:simple\n", 0o400, app, place),
        ("127.0.0.1:PORT:app:app:simple\r\n", 0o600, app, place),
        ("127.0.0.1:PORT:app:app:simple", 0o640, app, None),
        ("*:*:*:*:simple", 0o600, app, place),
        (
            "*:*:*:app:simple",
            0o600,
            spaced,
            Some("app my db 127.0.0.1 on"),
        ),
        (
            "*:*:my db:app:simple",
            0o600,
            spaced,
            Some("app my db 127.0.0.1 on"),
        ),
        ("localhost:*:*:*:simple", 0o600, app, None),
        (
            "# comment\n\n*:1:*:*:wrong\n*:*:*:*:simple\n",
            0o600,
            app,
            place,
        ),
        ("*:*:*:app:wrong\n*:*:*:*:simple\n", 0o600, app, None),
        (r"127.0.0.1:PORT:\app:app:simple", 0o600, app, place),
        (r"\*:*:*:*:simple", 0o600, app, None),
        ("*:*:*:app:simple:and more", 0o600, app, place),
        ("*:*:*:*:si\\mple", 0o600, app, place),
        (
            &format!("*:*:*:odd:{odd}"),
            0o600,
            strange,
            Some("odd app 127.0.0.1 on"),
        ),
        (&format!("*:*:*:odd:{bare}"), 0o600, strange, None),
        ("*:*:*:*", 0o600, app, None),
    ] {
        judge.write("passwords", &judge.filled(text), mode);
        judge
            .agree(to, &[("PGPASSFILE", "HOME/passwords")], expected)
            .await;
    }
}
