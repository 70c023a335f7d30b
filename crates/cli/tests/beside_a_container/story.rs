//! The user's story in a container of each version, by the program alone: looked at, backed up, migrated, taken back.
//!
//! Without a Docker Engine these tests fail and say what to install.

use crate::support;

use partman_testkit::{Image, Partman};
use serde_json::Value;
use support::beside::Beside;

const ROWS: &str =
    "SELECT count(*) || ' ' || sum(hashtextextended(e::text, 0)) FROM webhook_events e";
const IDENTITIES: &str = "SELECT string_agg(concat_ws(' ', oid, relname, relfilenode, relkind, relowner, relacl), E'\\n' \
    ORDER BY oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace";

/// Definitions of the user's schema, and which files they are in.
async fn catalog(beside: &Beside) -> String {
    let (user, database) = (beside.container.user(), beside.container.database());
    let dump = ["pg_dump", "-s", "-n", "public", "-U", user, database];
    let dump = beside.container.exec(&dump).await.expect("definitions");
    // Newer minor versions put a random word around a plain dump.
    let definitions = dump.lines().filter(|line| !line.contains("restrict "));
    let definitions: Vec<_> = definitions.collect();
    format!(
        "{}\n{}",
        definitions.join("\n"),
        beside.sql(IDENTITIES).await
    )
}

/// The standard image has no pg_partman: its files are put into the running container.
async fn put_files(beside: &Beside, version: Partman) {
    let files = version.files().expect("set-up fetched them");
    let major = beside.sql("SHOW server_version_num").await;
    let target = format!(
        "{}:/usr/share/postgresql/{}/extension",
        beside.container.id(),
        &major[..2]
    );
    for file in files.read_dir().expect("a folder").flatten() {
        let copied = std::process::Command::new("docker")
            .args([
                std::ffi::OsStr::new("cp"),
                file.path().as_os_str(),
                target.as_ref(),
            ])
            .output();
        assert!(copied.is_ok_and(|copied| copied.status.success()));
    }
}

fn overall(beside: &Beside, name: &str) -> Value {
    let status = ["status", "--fail-on", "never", "--container", name];
    beside.json(&status)["overall"].clone()
}

async fn story(image: Image, files: Option<Partman>) {
    let beside = Beside::of(image, |it| it).await;
    let name = beside.container.name().to_owned();
    beside.webhook_events().await;
    if let Some(version) = files {
        put_files(&beside, version).await;
    }
    let (before, rows) = (catalog(&beside).await, beside.sql(ROWS).await);
    let container = ["--container", name.as_str()];
    let json = |arguments: &[&str]| beside.json(&[arguments, &container].concat());

    json(&["init"]);
    assert_eq!(overall(&beside, &name), "ready");
    let made = json(&["backup"]);
    json(&["backup", "prove"]);
    let done = json(&["migrate", "--yes"]);
    assert_eq!(done["outcome"], "completed", "{done}");
    assert_eq!(done["backup"]["id"], made["id"]);
    assert_eq!(overall(&beside, &name), "deployed");
    assert_eq!(beside.sql(ROWS).await, rows);
    // A backup of what is under pg_partman is proven too.
    json(&["backup"]);
    let proven = json(&["backup", "prove"]);
    assert_eq!(proven["proof"]["differences"], serde_json::json!([]));

    let back = json(&["rollback", "--yes"]);
    assert_eq!(back["outcome"], "rolled-back", "{back}");
    assert_eq!(overall(&beside, &name), "ready");
    assert_eq!(catalog(&beside).await, before);
    assert_eq!(beside.sql(ROWS).await, rows);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_15_with_files_that_were_put_there() {
    story(Image::Postgres15, Some(Partman::V5_2_4)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_17_whose_image_has_pg_partman() {
    story(Image::Postgres17, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_18_whose_image_has_pg_partman() {
    story(Image::Postgres18, None).await;
}

/// A DEFAULT with rows of several months, one whose rows are all of now, a set that is open below and above, and one whose
/// control column may be NULL, though not in its first partition.
const CROWDED: &str = "
    ALTER TABLE webhook_events ADD PRIMARY KEY (id, created_at);
    CREATE TABLE webhook_events_rest PARTITION OF webhook_events DEFAULT;
    INSERT INTO webhook_events (id, created_at)
    SELECT 1000 + n, timestamptz '2025-11-01 00:00Z' + (now() - timestamptz '2025-11-01 00:00Z') * (n / 12000::float8)
      FROM generate_series(0, 11999) AS n;
    CREATE TABLE full_of_now (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, PRIMARY KEY (id, at))
        PARTITION BY RANGE (at);
    CREATE TABLE open_ended (LIKE full_of_now INCLUDING ALL) PARTITION BY RANGE (at);
    SET TimeZone = 'UTC';
    DO $$
    DECLARE day constant timestamptz := date_trunc('day', now());
    BEGIN
        EXECUTE format('CREATE TABLE full_1 PARTITION OF full_of_now FOR VALUES FROM (%L) TO (%L)',
                       day - interval '25 days', day - interval '15 days');
        EXECUTE format('CREATE TABLE full_2 PARTITION OF full_of_now FOR VALUES FROM (%L) TO (%L)',
                       day - interval '15 days', day - interval '5 days');
        EXECUTE format('CREATE TABLE open_1 PARTITION OF open_ended FOR VALUES FROM (MINVALUE) TO (%L)',
                       day - interval '15 days');
        EXECUTE format('CREATE TABLE open_2 PARTITION OF open_ended FOR VALUES FROM (%L) TO (%L)',
                       day - interval '15 days', day - interval '5 days');
        EXECUTE format('CREATE TABLE open_3 PARTITION OF open_ended FOR VALUES FROM (%L) TO (MAXVALUE)',
                       day - interval '5 days');
    END $$;
    CREATE TABLE nullable (id bigint, at timestamptz) PARTITION BY RANGE (at);
    CREATE TABLE nullable_202610 PARTITION OF nullable FOR VALUES FROM ('2026-10-01') TO ('2026-11-01');
    CREATE TABLE nullable_202611 PARTITION OF nullable FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');
    CREATE TABLE nullable_rest PARTITION OF nullable DEFAULT;
    ALTER TABLE nullable_202610 ALTER COLUMN at SET NOT NULL;
    INSERT INTO nullable SELECT n, timestamptz '2026-10-10' + n * interval '1 day' FROM generate_series(1, 40) AS n;
    CREATE TABLE full_rest PARTITION OF full_of_now DEFAULT;
    INSERT INTO full_of_now (at) SELECT now() - n * interval '0.4 seconds' FROM generate_series(1, 12000) AS n;
    INSERT INTO open_ended (at) SELECT now() - n * interval '6 hours' FROM generate_series(1, 80) AS n;
    ANALYZE";

const ALL_ROWS: &str = "SELECT concat_ws(' ', (SELECT count(*) || ' ' || sum(hashtextextended(e::text, 0)) FROM webhook_events e), \
    (SELECT count(*) || ' ' || sum(hashtextextended(f::text, 0)) FROM full_of_now f), \
    (SELECT count(*) || ' ' || sum(hashtextextended(o::text, 0)) FROM open_ended o), \
    (SELECT count(*) || ' ' || sum(hashtextextended(n::text, 0)) FROM nullable n))";

async fn crowded(image: Image) {
    let beside = Beside::of(image, |it| it).await;
    beside.webhook_events().await;
    beside.sql(CROWDED).await;
    let (before, rows) = (catalog(&beside).await, beside.sql(ALL_ROWS).await);
    let wanted = "[[set]]\nparent = \"public.nullable\"\nnulls = \"forbid\"\n";
    std::fs::write(beside.folder.path().join("partman.toml"), wanted).expect("a file");
    let name = beside.container.name().to_owned();
    let json =
        |arguments: &[&str]| beside.json(&[arguments, &["--container", name.as_str()]].concat());
    let done = json(&[
        "migrate",
        "public.webhook_events",
        "public.full_of_now",
        "public.open_ended",
        "public.nullable",
        "--without-backup",
        "a test",
        "--yes",
    ]);
    assert_eq!(done["outcome"], "completed", "{done}");
    let steps = done["steps"].to_string();
    for verb in [
        "exchange-default",
        "attach-default",
        "rebound",
        "forbid-null",
    ] {
        assert!(steps.contains(verb), "{steps}");
    }
    assert_eq!(beside.sql(ALL_ROWS).await, rows);
    let left =
        "SELECT (SELECT count(*) FROM webhook_events_rest) + (SELECT count(*) FROM full_rest)";
    assert_eq!(beside.sql(left).await, "0");
    let back = json(&["rollback", "--yes"]);
    assert_eq!(back["outcome"], "rolled-back", "{back}");
    assert_eq!(beside.sql(ALL_ROWS).await, rows);
    assert_eq!(catalog(&beside).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_17_with_full_defaults_and_open_ends() {
    crowded(Image::Postgres17).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_18_with_full_defaults_and_open_ends() {
    crowded(Image::Postgres18).await;
}
