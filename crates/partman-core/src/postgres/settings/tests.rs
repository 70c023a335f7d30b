//! What the sources say together: precedence, defaults, what is refused, and that no password is ever told.

#![allow(clippy::unwrap_used, reason = "a test that can't go on says where")]

mod precedence;
mod strings;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;

/// A home directory with these files, private ones.
fn home(files: &[(&str, &str)]) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    home
}

fn at(home: &Path) -> Environment {
    Environment::empty().with_home(home).with_user("os-user")
}

fn nowhere() -> Environment {
    Environment::empty().with_user("os-user")
}

fn password(settings: &Settings) -> Option<String> {
    let found = settings.hosts()[0].password();
    found.map(|(secret, origin)| format!("{} from {origin}", secret.expose_secret()))
}

fn parsed(text: &str) -> Settings {
    Settings::builder().flag(text).resolve(&nowhere()).unwrap()
}

fn refused(text: &str) -> String {
    let e = Settings::builder()
        .flag(text)
        .resolve(&nowhere())
        .unwrap_err();
    assert_eq!(e.kind(), Kind::Settings);
    assert!(!format!("{e:?}").contains("s3cret"), "{e:?}");
    e.to_string()
        .replace("cannot use the connection settings from --database: ", "")
}

#[test]
fn without_any_source_libpqs_defaults_hold() {
    let settings = Settings::builder().resolve(&nowhere()).unwrap();
    assert_eq!(
        settings.describe(),
        r#"database "os-user" on localhost:5432 as "os-user" (from the defaults)"#
    );
    assert_eq!(settings.ssl_mode(), SslMode::Prefer);
}

#[test]
fn a_socket_that_is_there_comes_before_localhost() {
    let sockets = home(&[(".s.PGSQL.5433", "")]);
    let environment = nowhere()
        .with_socket_directory("/nonexistent")
        .with_socket_directory(sockets.path());
    let host = |port: &str| {
        let environment = environment.clone().with_variable("PGPORT", port);
        Settings::builder().resolve(&environment).unwrap().hosts()[0].clone()
    };
    assert_eq!(host("5433").socket_directory(), Some(sockets.path()));
    assert_eq!(host("5432").name(), "localhost");
}

#[test]
fn without_a_user_there_are_no_settings() {
    let e = Settings::from_url("postgres://localhost/app").unwrap_err();
    assert_eq!(
        e.to_string(),
        "no user to connect as; name one in the URL or with PGUSER"
    );
}

#[test]
fn nothing_shows_a_password() {
    let settings = parsed("postgres://admin:s3cret@db/app");
    let shown = format!("{settings} {settings:?} {:?}", settings.libpq_variables());
    assert!(!shown.contains("s3cret"), "{shown}");
    let builder = Settings::builder()
        .flag("postgres://admin:s3cret@db")
        .configuration("password=s3cret");
    assert!(!format!("{builder:?}").contains("s3cret"));
    let environment = nowhere().with_variable("PGPASSWORD", "s3cret");
    assert!(!format!("{environment:?}").contains("s3cret"));
}

#[test]
fn a_password_in_a_connection_string_is_found() {
    for text in [
        "postgres://admin:x@db/app",
        "postgresql://:x@db",
        "postgres://db/app?password=x",
        "postgres://db/app?user=a&pass%77ord=x",
        "password=x",
        "host=db password = 'x y'",
    ] {
        assert!(Settings::has_password_in(text), "{text}");
    }
    for text in [
        "postgres://admin@db/app",
        "postgres://admin:@db/app",
        "host=db user=password",
        "password=''",
        "app",
    ] {
        assert!(!Settings::has_password_in(text), "{text}");
    }
}

#[test]
fn the_password_file_is_asked_for_each_host() {
    let home = home(&[(
        ".pgpass",
        "a:1:app:u:first\nb:*:*:*:second\nlocalhost:*:*:*:socket\n",
    )]);
    let environment = at(home.path()).with_socket_directory("/run/here");
    let url = "postgres://u@a:1,b:2,c:3/app";
    let settings = Settings::builder().flag(url).resolve(&environment).unwrap();
    let found: Vec<_> = settings
        .hosts()
        .iter()
        .map(|host| host.password().map(|(p, _)| p.expose_secret().to_owned()))
        .collect();
    assert_eq!(found, [Some("first".into()), Some("second".into()), None]);
    let socket = |directory| {
        let dsn = format!("host={directory} user=u");
        password(&Settings::builder().flag(dsn).resolve(&environment).unwrap())
    };
    let from = home.path().join(".pgpass");
    assert_eq!(
        socket("/run/here"),
        Some(format!("socket from {}", from.display()))
    );
    assert_eq!(socket("/run/elsewhere"), None);
}

#[test]
fn another_password_file_may_be_named() {
    let home = home(&[(".pgpass", "*:*:*:*:usual"), ("other", "*:*:*:*:other")]);
    let other = home.path().join("other");
    let environment = at(home.path()).with_variable("PGPASSFILE", other.to_str().unwrap());
    let settings = Settings::builder().resolve(&environment).unwrap();
    assert_eq!(
        password(&settings),
        Some(format!("other from {}", other.display()))
    );
    let environment = environment.with_variable("PGPASSWORD", "variable");
    let settings = Settings::builder().resolve(&environment).unwrap();
    assert_eq!(password(&settings).unwrap(), "variable from PGPASSWORD");
}

#[test]
fn the_tls_files_have_libpqs_default_places() {
    let home = home(&[
        (".postgresql/root.crt", ""),
        (".postgresql/postgresql.crt", ""),
    ]);
    let folder = home.path().join(".postgresql");
    let settings = Settings::builder().resolve(&at(home.path())).unwrap();
    let encryption = settings.encryption();
    assert_eq!(encryption.roots, Roots::File(folder.join("root.crt")));
    let client = encryption.client.clone().unwrap();
    assert_eq!(
        (client.certificate, client.key),
        (folder.join("postgresql.crt"), folder.join("postgresql.key"))
    );
    let dsn =
        "sslrootcert=/r sslcert=/c sslkey=/k sslcrl=/l sslsni=0 ssl_min_protocol_version=TLSv1.3";
    let settings = Settings::builder()
        .flag(dsn)
        .resolve(&at(home.path()))
        .unwrap();
    let encryption = settings.encryption();
    assert_eq!(encryption.roots, Roots::File("/r".into()));
    assert_eq!(
        encryption.client,
        Some(ClientCertificate {
            certificate: "/c".into(),
            key: "/k".into()
        })
    );
    assert_eq!(encryption.revocations, Some("/l".into()));
    assert!(!encryption.server_name_indication && !encryption.allow_1_2 && encryption.allow_1_3);
    let disabled = Settings::builder()
        .flag("sslcertmode=disable")
        .resolve(&at(home.path()))
        .unwrap();
    assert_eq!(disabled.encryption().client, None);
}

#[test]
fn modes_that_are_too_weak_for_what_else_is_asked_are_refused() {
    assert_eq!(parsed("sslrootcert=system").ssl_mode(), SslMode::VerifyFull);
    let weak = refused("sslrootcert=system sslmode=require");
    assert_eq!(
        weak,
        "sslmode=require is too weak for sslrootcert=system; use sslmode=verify-full"
    );
    let weak = refused("sslnegotiation=direct");
    assert_eq!(
        weak,
        "sslmode=prefer is too weak for sslnegotiation=direct; use sslmode=require"
    );
    assert!(
        parsed("sslnegotiation=direct sslmode=require")
            .encryption()
            .direct
    );
    let nameless = refused("hostaddr=10.0.0.1 sslmode=verify-full");
    assert_eq!(
        nameless,
        "sslmode=verify-full needs the name of the host beside its address"
    );
    let none = refused("ssl_max_protocol_version=TLSv1.1");
    assert!(none.contains("leaves no version"), "{none}");
}

#[test]
fn child_processes_get_the_same_server() {
    let environment = nowhere()
        .with_variable("PGSSLMODE", "require")
        .with_variable("PGOPTIONS", "-c a=b");
    let flag = "host=db,10.0.0.2 hostaddr=10.0.0.1, port=1,2 user=u dbname=app password=s3cret application_name=x";
    let settings = Settings::builder()
        .flag(flag)
        .resolve(&environment)
        .unwrap();
    let expected = [
        ("PGHOST", "db,10.0.0.2"),
        ("PGPORT", "1,2"),
        ("PGHOSTADDR", "10.0.0.1,"),
        ("PGDATABASE", "app"),
        ("PGUSER", "u"),
        ("PGOPTIONS", "-c a=b"),
        ("PGSSLMODE", "require"),
    ];
    assert_eq!(
        settings.libpq_variables(),
        expected.map(|(name, value)| (name, value.to_owned()))
    );
    let other = settings.for_database("copy");
    assert!(
        other
            .libpq_variables()
            .contains(&("PGDATABASE", "copy".to_owned()))
    );
    assert_eq!(other.origin("dbname"), Origin::Program);
}
