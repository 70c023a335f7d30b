//! Connecting to real servers, and to what isn't one: the cause is told at once, with the way out and no password.

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use partman_core::postgres::{Database, Environment, Settings};
use partman_core::session::{Session, Statement};
use partman_core::{Error, Kind};
use partman_testkit::{Cluster, Partman, TestDb};

use crate::support::settings;

const SECRET: &str = "s3cret-w0rd";

/// The error of connecting, which holds no password and is not our own time limit.
async fn refusal(settings: &Settings) -> Error {
    let started = Instant::now();
    let e = Database::connect(settings)
        .await
        .expect_err("to be refused");
    assert!(started.elapsed() < Duration::from_secs(20), "{e} came late");
    let everything = format!("{e:?} {settings:?} {settings}");
    assert!(!everything.contains(SECRET), "{everything}");
    assert_eq!(e.kind(), Kind::Unreachable, "{e:?}");
    e
}

/// The whole chain, one level a line, with this port as PORT.
fn told(e: &Error, port: u16) -> String {
    let levels = std::iter::successors(Some(e as &dyn std::error::Error), |e| e.source());
    let lines: Vec<_> = levels.map(ToString::to_string).collect();
    lines.join("\n").replace(&port.to_string(), "PORT")
}

#[tokio::test]
async fn what_the_server_refuses_is_told_with_the_way_out() {
    let db = TestDb::new(Partman::None).await;
    db.sibling("private").await;
    db.execute(
        "CREATE ROLE app LOGIN PASSWORD 'x'; REVOKE CONNECT ON DATABASE private FROM PUBLIC",
    )
    .await;
    let port = db.cluster().port();
    let text = |options: &'static str| {
        let settings = settings(&db, options);
        async move { told(&refusal(&settings).await, port) }
    };
    insta::assert_snapshot!(text("password=s3cret-w0rd").await, @r#"
    cannot connect to database "test" on 127.0.0.1:PORT as "postgres": the password from the connection string is refused, or there is no such role
    password authentication failed for user "postgres"
    "#);
    insta::assert_snapshot!(text("password=''").await, @r#"
    cannot connect to database "test" on 127.0.0.1:PORT as "postgres": the log-in failed; no password was found for it: set PGPASSWORD, or add a line for 127.0.0.1:PORT to the password file ~/.pgpass
    password missing
    "#);
    insta::assert_snapshot!(text("user=stranger").await, @r#"
    cannot connect to database "test" on 127.0.0.1:PORT as "stranger": the password from the connection string is refused, or there is no such role
    password authentication failed for user "stranger"
    "#);
    insta::assert_snapshot!(text("user=app password=x dbname=private").await, @r#"
    cannot connect to database "private" on 127.0.0.1:PORT as "app": the role may not; GRANT CONNECT ON DATABASE "private" TO "app" as its owner
    permission denied for database "private"
    detail: User does not have CONNECT privilege.
    "#);
    insta::assert_snapshot!(text("dbname=missing").await, @r#"
    cannot connect to database "missing" on 127.0.0.1:PORT as "postgres": there is no such database (the name is from the connection string); name another one
    database "missing" does not exist
    "#);
    insta::assert_snapshot!(text("sslmode=require").await, @r#"cannot connect to database "test" on 127.0.0.1:PORT as "postgres": the server has no TLS, which sslmode=require (from the connection string) demands; turn it on there (ssl = on), or say sslmode=prefer where the network can be trusted"#);
    insta::assert_snapshot!(text("target_session_attrs=standby").await, @r#"cannot connect to database "test" on 127.0.0.1:PORT as "postgres": target_session_attrs (from the connection string) wants a standby, which this server is not"#);
    insta::assert_snapshot!(text("options='-c no_such=1'").await, @r#"
    cannot connect to database "test" on 127.0.0.1:PORT as "postgres": the server refuses us
    unrecognized configuration parameter "no_such"
    "#);
}

#[tokio::test]
async fn where_no_server_is_that_is_told() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let text = |dsn: String| async move {
        let settings = Settings::from_url(&format!("user=u password={SECRET} {dsn}")).unwrap();
        told(&refusal(&settings).await, free)
    };
    insta::assert_snapshot!(text(format!("host=127.0.0.1 port={free}")).await, @r#"
    cannot connect to database "u" on 127.0.0.1:PORT as "u": nobody listens there; is the server running, and is its port published?
    Connection refused (os error 111)
    "#);
    insta::assert_snapshot!(text(format!("host=/nonexistent port={free}")).await, @r#"
    cannot connect to database "u" on /nonexistent/.s.PGSQL.PORT as "u": there is no such socket; is the server running, and is its socket elsewhere?
    No such file or directory (os error 2)
    "#);
    insta::assert_snapshot!(text(format!("host=127.0.0.1,localhost port={free}")).await, @r#"
    none of 2 attempts led to a server
    cannot connect to database "u" on 127.0.0.1:PORT as "u": nobody listens there; is the server running, and is its port published?; cannot connect to database "u" on localhost:PORT as "u": nobody listens there; is the server running, and is its port published?
    "#);
    let unknown = Settings::from_url("postgres://u@no-such-host.invalid/app").unwrap();
    assert!(
        refusal(&unknown)
            .await
            .to_string()
            .contains("no-such-host.invalid:5432")
    );
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up_on_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let dsn = format!("host=127.0.0.1 port={port} user=u connect_timeout=1 password={SECRET}");
    let e = refusal(&Settings::from_url(&dsn).unwrap()).await;
    insta::assert_snapshot!(told(&e, port), @r#"cannot connect to database "u" on 127.0.0.1:PORT as "u": no answer within 2s; is the address right, and does a firewall let us through?"#);
}

#[tokio::test]
async fn what_is_no_postgresql_is_told() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in other.incoming().flatten() {
            let mut stream = stream;
            let _ = stream.write_all(b"SSH-2.0-OpenSSH\r\n");
        }
    });
    let dsn = format!("host=127.0.0.1 port={port} user=u password={SECRET}");
    let e = refusal(&Settings::from_url(&dsn).unwrap()).await;
    assert!(
        e.to_string().contains(&format!("on 127.0.0.1:{port}")),
        "{e}"
    );
}

#[tokio::test]
async fn hosts_are_tried_in_turn_until_one_is_of_the_kind_that_is_wanted() {
    let db = TestDb::new(Partman::None).await;
    let standby = db.cluster().standby().await.unwrap();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let ports = format!("{free},{},{}", db.cluster().port(), standby.port());
    let several = format!("host=127.0.0.1,127.0.0.1,127.0.0.1 port={ports}");
    for (wanted, expected) in [
        ("any", Some(false)),
        ("read-write", Some(false)),
        ("primary", Some(false)),
        ("standby", Some(true)),
        ("read-only", Some(true)),
        ("prefer-standby", Some(true)),
    ] {
        let options = format!("{several} target_session_attrs={wanted}");
        let database = Database::connect(&settings(&db, &options)).await.unwrap();
        assert_eq!(Some(database.server().in_recovery), expected, "{wanted}");
    }
    standby.stop().await.unwrap();
    let options =
        format!("{several} target_session_attrs=prefer-standby load_balance_hosts=random");
    let database = Database::connect(&settings(&db, &options)).await.unwrap();
    assert!(!database.server().in_recovery);
    let e = refusal(&settings(
        &db,
        &format!("{several} target_session_attrs=standby"),
    ))
    .await;
    assert!(e.to_string().contains("none of 3 attempts"), "{e}");
    // As libpq: who is refused by one host isn't tried at the next.
    let options = format!("{several} password={SECRET}");
    let e = refusal(&settings(&db, &options)).await;
    assert_eq!(e.sqlstate(), Some("28P01"));
}

#[tokio::test]
async fn a_full_server_is_told_and_one_last_connection_is_enough_to_start() {
    let options = Cluster::options(Partman::None)
        .setting("max_connections", "4")
        .setting("superuser_reserved_connections", "0")
        .setting("max_wal_senders", "0");
    let db = TestDb::on(options.start().await.unwrap(), "test").await;
    let settings = settings(&db, "");
    let taken = [db.client().await, db.client().await, db.client().await];
    let database = Database::connect(&settings).await.unwrap();
    let first = database.session().await.unwrap();
    let e = database.session().await.unwrap_err();
    assert_eq!((e.kind(), e.sqlstate()), (Kind::Unreachable, Some("53300")));
    assert!(e.to_string().contains("max_connections"), "{e}");
    drop((first, taken));
}

#[tokio::test]
async fn a_pool_in_use_is_waited_for_no_longer_than_asked() {
    let db = TestDb::new(Partman::None).await;
    let builder = Database::builder(&settings(&db, "connect_timeout=2"));
    let database = builder
        .sessions(2)
        .wait(Duration::from_millis(1))
        .connect()
        .await
        .unwrap();
    let (first, _second) = (
        database.session().await.unwrap(),
        database.session().await.unwrap(),
    );
    let started = Instant::now();
    let e = database.session().await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(4));
    assert!(e.to_string().contains("all sessions are in use"), "{e}");
    drop(first);
    database.session().await.unwrap();
}

#[tokio::test]
async fn the_socket_the_environment_and_the_password_file_lead_to_the_server() {
    let db = TestDb::new(Partman::None).await;
    let home = tempfile::tempdir().unwrap();
    let pgpass = home.path().join(".pgpass");
    std::fs::write(
        &pgpass,
        format!("127.0.0.1:*:test:postgres:{}\n", db.password()),
    )
    .unwrap();
    std::fs::set_permissions(&pgpass, std::fs::Permissions::from_mode(0o600)).unwrap();
    let port = db.cluster().port().to_string();
    let base = Environment::empty()
        .with_home(home.path())
        .with_user("postgres")
        .with_variable("PGPORT", &port)
        .with_variable("PGDATABASE", "test");
    let over_tcp = base.clone().with_variable("PGHOST", "127.0.0.1");
    let over_socket = base.with_socket_directory(db.cluster().socket_dir());
    for environment in [over_tcp, over_socket] {
        let settings = Settings::builder().resolve(&environment).unwrap();
        let mut session = Database::connect(&settings)
            .await
            .unwrap()
            .session()
            .await
            .unwrap();
        let rows = session
            .run(&Statement::query("SELECT current_database() AS name"))
            .await
            .unwrap();
        assert_eq!(rows[0]["name"], "test");
    }
}
