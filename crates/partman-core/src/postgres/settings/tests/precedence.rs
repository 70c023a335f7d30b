//! Which source counts for what.

use super::*;

const SERVICES: &str = "# comment\n\
    [live]\nhost=live.example\nport=6000\nuser=service\npassword=a'b \"c\" #;d\n\n\
    [nameless]\nuser=service\n\n[nested]\nservice=live\n";

fn container() -> Container {
    Container {
        host: "127.0.0.1".into(),
        port: 15432,
        user: Some("admin".into()),
        dbname: Some("inside".into()),
        password: Some("boxed".into()),
    }
}

fn described(builder: Builder, environment: &Environment) -> String {
    builder.resolve(environment).unwrap().describe()
}

#[test]
fn the_flag_comes_first_and_libpqs_environment_fills_it_up() {
    let environment = nowhere()
        .with_variable("DATABASE_URL", "postgres://d:x@durl/ddb")
        .with_variable("PGUSER", "variable")
        .with_variable("PGPORT", "6000")
        .with_variable("PGDATABASE", "vdb");
    let with = Settings::builder()
        .flag("postgres://db")
        .configuration("postgres://c@conf/cdb");
    assert_eq!(
        described(with, &environment),
        r#"database "vdb" on db:6000 as "variable" (from --database, PGPORT, PGDATABASE, PGUSER)"#
    );
    let name_only = Settings::builder()
        .flag("app")
        .configuration("postgres://c@conf/cdb");
    assert_eq!(
        described(name_only, &environment),
        r#"database "app" on localhost:6000 as "variable" (from PGPORT, --database, PGUSER)"#
    );
    let user_only = Settings::builder()
        .flag("postgres://f@")
        .configuration("postgres://c@conf/cdb");
    let settings = user_only.resolve(&environment).unwrap();
    assert_eq!(
        settings.describe(),
        r#"database "ddb" on durl:6000 as "f" (from DATABASE_URL, PGPORT, --database)"#
    );
}

#[test]
fn database_url_comes_before_the_environment_and_the_configuration() {
    let environment = nowhere()
        .with_variable("DATABASE_URL", "postgres://durl")
        .with_variable("PGHOST", "variable")
        .with_variable("PGSSLMODE", "require");
    let settings = Settings::builder().configuration("postgres://c@conf/cdb?sslmode=disable");
    let settings = settings.resolve(&environment).unwrap();
    assert_eq!(
        settings.describe(),
        r#"database "os-user" on durl:5432 as "os-user" (from DATABASE_URL)"#
    );
    assert_eq!(settings.ssl_mode(), SslMode::Require);
    assert_eq!(settings.origin("sslmode"), Origin::Variable("PGSSLMODE"));
}

#[test]
fn the_configuration_counts_unless_something_above_names_a_server_or_a_database() {
    let configuration =
        || Settings::builder().configuration("postgres://c@conf:7000/cdb?sslmode=disable");
    let anchored = |name, value| described(configuration(), &nowhere().with_variable(name, value));
    assert_eq!(
        described(configuration(), &nowhere()),
        r#"database "cdb" on conf:7000 as "c" (from the configuration)"#
    );
    assert_eq!(
        anchored("PGUSER", "u"),
        r#"database "cdb" on conf:7000 as "u" (from the configuration, PGUSER)"#
    );
    assert_eq!(
        anchored("PGHOST", "h"),
        r#"database "os-user" on h:5432 as "os-user" (from PGHOST)"#
    );
    assert_eq!(
        anchored("PGDATABASE", "d"),
        r#"database "d" on localhost:5432 as "os-user" (from PGDATABASE)"#
    );
    assert_eq!(
        anchored("PGPORT", "1"),
        r#"database "os-user" on localhost:1 as "os-user" (from PGPORT)"#
    );
    let with_mode = nowhere().with_variable("PGSSLMODE", "verify-ca");
    assert_eq!(
        configuration().resolve(&with_mode).unwrap().ssl_mode(),
        SslMode::VerifyCa
    );
}

#[test]
fn a_service_fills_up_what_is_explicit_and_comes_before_the_environment() {
    let home = home(&[(".pg_service.conf", SERVICES)]);
    let environment = at(home.path())
        .with_variable("PGSERVICE", "live")
        .with_variable("PGHOST", "variable");
    let settings = Settings::builder().resolve(&environment).unwrap();
    assert_eq!(
        settings.describe(),
        r#"database "service" on live.example:6000 as "service" (from service "live")"#
    );
    assert_eq!(
        password(&settings).unwrap(),
        "a'b \"c\" #;d from service \"live\""
    );
    let explicit = Settings::builder()
        .flag("postgres://me@/app?service=nameless")
        .resolve(&environment)
        .unwrap();
    assert_eq!(
        explicit.describe(),
        r#"database "app" on variable:5432 as "me" (from PGHOST, --database)"#
    );
    let configured = Settings::builder()
        .configuration("service=live")
        .resolve(&at(home.path()))
        .unwrap();
    assert_eq!(configured.hosts()[0].name(), "live.example");
}

#[test]
fn the_service_file_may_be_elsewhere() {
    let home = home(&[
        ("mine", "[a]\nhost=mine\n"),
        (
            "etc/pg_service.conf",
            "[a]\nhost=system-a\n[b]\nhost=system-b\n",
        ),
    ]);
    let etc = home.path().join("etc");
    let environment = at(home.path()).with_variable("PGSYSCONFDIR", etc.to_str().unwrap());
    let host = |environment: &Environment, service: &str| {
        let found = Settings::builder()
            .flag(format!("service={service}"))
            .resolve(environment)?;
        Ok::<_, Error>(found.hosts()[0].name().to_owned())
    };
    assert_eq!(host(&environment, "a").unwrap(), "system-a");
    let mine = home.path().join("mine");
    let environment = environment.with_variable("PGSERVICEFILE", mine.to_str().unwrap());
    assert_eq!(host(&environment, "a").unwrap(), "mine");
    assert_eq!(host(&environment, "b").unwrap(), "system-b");
    let e = host(&environment, "c").unwrap_err();
    assert_eq!(
        e.to_string(),
        "cannot use the connection settings from service \"c\": no service file defines it"
    );
}

#[test]
fn a_service_that_cannot_be_used_is_refused() {
    let home = home(&[(
        ".pg_service.conf",
        "[nested]\nservice=x\n[typo]\nhots=x\n[text]\nhost=x\n",
    )]);
    let refused = |service: &str| {
        let found = Settings::builder()
            .flag(format!("service={service}"))
            .resolve(&at(home.path()));
        found.unwrap_err().to_string()
    };
    assert!(refused("nested").ends_with("a service can't name another service"));
    assert!(refused("typo").ends_with("\"host\" may be meant"));
    std::fs::write(
        home.path().join(".pg_service.conf"),
        "[a]\nhost=x\npassword s3cret\n",
    )
    .unwrap();
    let e = refused("a");
    assert!(e.contains("line 3 of") && !e.contains("s3cret"), "{e}");
}

#[test]
fn the_container_is_the_last_resort() {
    let alone = Settings::builder()
        .container(container())
        .resolve(&nowhere())
        .unwrap();
    assert_eq!(
        alone.describe(),
        r#"database "inside" on 127.0.0.1:15432 as "admin" (from the container)"#
    );
    assert_eq!(password(&alone).unwrap(), "boxed from the container");
    let named = Settings::builder()
        .flag("app")
        .container(container())
        .resolve(&nowhere())
        .unwrap();
    assert_eq!(
        named.describe(),
        r#"database "app" on 127.0.0.1:15432 as "admin" (from the container, --database)"#
    );
    assert_eq!(password(&named).unwrap(), "boxed from the container");
}

#[test]
fn the_containers_password_goes_to_its_own_address_and_user_only() {
    let lent = |text: &str| {
        let builder = Settings::builder()
            .configuration(text)
            .container(container());
        password(&builder.resolve(&nowhere()).unwrap())
    };
    assert!(lent("postgres://admin@localhost:15432/app").is_some());
    assert!(lent("postgres://admin@127.0.0.1:15432/app").is_some());
    assert_eq!(lent("postgres://admin@localhost:5432/app"), None);
    assert_eq!(lent("postgres://admin@db.example:15432/app"), None);
    assert_eq!(lent("postgres://other@localhost:15432/app"), None);
    assert_eq!(lent("host=/run/postgresql port=15432 user=admin"), None);
    let own = lent("postgres://admin:own@localhost:15432/app").unwrap();
    assert_eq!(own, "own from the configuration");
}

#[test]
fn a_variable_that_is_empty_is_not_set() {
    let environment = nowhere()
        .with_variable("PGHOST", "")
        .with_variable("DATABASE_URL", "");
    let settings = Settings::builder()
        .configuration("postgres://c@conf/cdb")
        .resolve(&environment)
        .unwrap();
    assert_eq!(settings.hosts()[0].name(), "conf");
}

#[test]
fn what_libpq_ignores_or_we_decide_is_accepted() {
    let environment = nowhere()
        .with_variable("PGAPPNAME", "psql")
        .with_variable("PGCLIENTENCODING", "LATIN1")
        .with_variable("PGGSSENCMODE", "prefer");
    let flag = "host=db application_name=x fallback_application_name=y krbsrvname=z keepalives=0 keepalives_idle=5 \
                keepalives_interval=6 keepalives_count=7 tcp_user_timeout=8000 connect_timeout=1 \
                channel_binding=require options='-c geqo=off'";
    let settings = Settings::builder()
        .flag(flag)
        .resolve(&environment)
        .unwrap();
    let transport = settings.transport();
    assert!(!transport.keepalives);
    assert_eq!(transport.keepalives_idle.unwrap().as_secs(), 5);
    assert_eq!(transport.keepalives_interval.unwrap().as_secs(), 6);
    assert_eq!(transport.keepalives_count, Some(7));
    assert_eq!(transport.tcp_user_timeout.unwrap().as_secs(), 8);
    assert_eq!(transport.connect_timeout.unwrap().as_secs(), 2);
    assert_eq!(transport.channel_binding, ChannelBinding::Require);
    assert_eq!(transport.options.as_deref(), Some("-c geqo=off"));
    assert_eq!(transport.target, Target::Any);
}
