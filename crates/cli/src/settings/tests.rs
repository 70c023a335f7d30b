//! From flags, files and environment to settings.

use std::fs;

use tempfile::TempDir;

use super::*;

fn folder_with(configuration: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("partman.toml"), configuration).expect("a file");
    fs::create_dir_all(folder.path().join("below")).expect("a folder");
    folder
}

#[test]
fn the_configuration_is_found_upwards_or_named() {
    let folder = folder_with("[pg_partman]\nschema = \"upwards\"");
    fs::write(
        folder.path().join("other.toml"),
        "[pg_partman]\nschema = \"named\"",
    )
    .expect("a file");
    let below = Surroundings::of_test(folder.path().join("below"));
    let upwards = Settings::resolve(&Global::default(), below.clone());
    assert_eq!(
        upwards.config().expect("it is right").pg_partman.schema,
        "upwards"
    );
    let config = Some("../other.toml".into());
    let named = Settings::resolve(
        &Global {
            config,
            ..Global::default()
        },
        below,
    );
    assert_eq!(
        named.config().expect("it is right").pg_partman.schema,
        "named"
    );
}

#[test]
fn a_named_configuration_has_to_be_there() {
    let config = Some("missing.toml".into());
    let global = Global {
        config,
        ..Global::default()
    };
    let folder = tempfile::tempdir().expect("a folder");
    let settings = Settings::resolve(&global, Surroundings::of_test(folder.path()));
    let error = settings.config().expect_err("it is not there");
    assert_eq!(error.code(), ExitCode::Configuration);
}

#[test]
fn the_language_is_that_of_the_flag_else_of_the_locale() {
    let french = Surroundings::of_test("/").with_locale("LANG", "fr_FR.UTF-8");
    let settings = Settings::resolve(&Global::default(), french.clone());
    assert_eq!(settings.language, Language::Fr);
    let lang = Some(Language::En);
    assert_eq!(
        Settings::resolve(
            &Global {
                lang,
                ..Global::default()
            },
            french
        )
        .language,
        Language::En
    );
}

#[test]
fn the_flag_comes_before_the_environment_and_that_before_the_configuration() {
    let config = Config::parse(
        "[database]\nurl = \"postgres://a@c/configured\"",
        "partman.toml".as_ref(),
    );
    let config = config.expect("it is right");
    let dbname = |global: &Global, surroundings: Surroundings| {
        let settings = Settings::resolve(global, surroundings);
        settings
            .connection(&config, None)
            .expect("it can be understood")
            .dbname()
            .to_owned()
    };
    let bare = Surroundings::of_test("/");
    let with_url = bare
        .clone()
        .with_variable("DATABASE_URL", "postgres://a@e/exported");
    let flag = Global {
        database: Some("postgres://a@f/flagged".to_owned()),
        ..Global::default()
    };
    assert_eq!(dbname(&Global::default(), bare), "configured");
    assert_eq!(dbname(&Global::default(), with_url.clone()), "exported");
    assert_eq!(dbname(&flag, with_url), "flagged");
}

#[test]
fn changing_another_database_than_the_configured_needs_the_flag() {
    let config = Config::parse(
        "[database]\nurl = \"postgres://a@c/shop\"",
        "partman.toml".as_ref(),
    );
    let config = config.expect("it is right");
    let exported = Surroundings::of_test("/").with_variable("PGHOST", "elsewhere");
    let settings = Settings::resolve(&Global::default(), exported.clone());
    assert!(settings.connection(&config, None).is_ok());
    let error = settings
        .connection_to_change(&config, None)
        .expect_err("it has to be named");
    assert_eq!(error.code(), ExitCode::Usage);
    let database = Some("postgres://a@elsewhere/shop".to_owned());
    let named = Settings::resolve(
        &Global {
            database,
            ..Global::default()
        },
        exported,
    );
    assert!(named.connection_to_change(&config, None).is_ok());
}

#[test]
fn a_url_of_the_configuration_that_cannot_be_understood_is_its_fault() {
    let config = Config::parse(
        "[database]\nurl = \"postgres://a@c/shop?nonsense=1\"",
        "partman.toml".as_ref(),
    );
    let settings = Settings::resolve(&Global::default(), Surroundings::of_test("/"));
    let error = settings
        .connection(&config.expect("its shape is right"), None)
        .expect_err("it is wrong");
    assert_eq!(error.code(), ExitCode::Configuration);
}

#[test]
fn the_container_fills_in_what_nobody_says_and_demands_no_flag() {
    let container = Container {
        host: "172.17.0.2".to_owned(),
        port: 5432,
        user: Some("admin".to_owned()),
        dbname: Some("shop".to_owned()),
        password: Some("boxed".into()),
    };
    let bare = Surroundings::of_test("/");
    let settings = Settings::resolve(&Global::default(), bare.clone());
    for url in ["", "[database]\nurl = \"postgres://admin@/shop\""] {
        let config = Config::parse(url, "partman.toml".as_ref()).expect("it is right");
        let meant = settings.connection_to_change(&config, Some(&container));
        let meant = meant.expect("it is clear which database is meant");
        let host = &meant.hosts()[0];
        assert_eq!((host.name(), meant.dbname()), ("172.17.0.2", "shop"));
        assert!(host.password().is_some());
        let elsewhere = bare.clone().with_variable("PGHOST", "elsewhere");
        let exported = Settings::resolve(&Global::default(), elsewhere);
        let flag = exported.connection_to_change(&config, Some(&container));
        assert_eq!(flag.is_err(), !url.is_empty());
    }
}

#[test]
fn what_is_said_about_the_database_is_told_without_a_container() {
    let config = |text: &str| Config::parse(text, "partman.toml".as_ref()).expect("it is right");
    let said = |text: &str, surroundings: Surroundings| {
        let settings = Settings::resolve(&Global::default(), surroundings);
        let said = settings.said(&config(text)).expect("it can be understood");
        (said.server, said.database)
    };
    let bare = Surroundings::of_test("/");
    let with = |name: &str, value: &str| bare.clone().with_variable(name, value);
    assert_eq!(said("", bare.clone()), (false, false));
    assert_eq!(said("", with("PGUSER", "me")), (false, false));
    assert_eq!(said("", with("PGDATABASE", "shop")), (false, true));
    assert_eq!(said("", with("PGPORT", "5433")), (true, false));
    let url = "[database]\nurl = \"postgres://a@c/shop\"";
    assert_eq!(said(url, bare.clone()), (true, true));
    let hostless = "[database]\nurl = \"postgres://a@/shop\"";
    assert_eq!(said(hostless, bare.clone()), (false, true));
}
