//! What keeps a deployment from beginning: the exit code, the object and the way out, and nothing changed.
//!
//! Without a Docker Engine these tests fail and say what to install.

use crate::support;

use partman_testkit::{Partman, TestDb};
use predicates::prelude::*;
use predicates::str::contains;
use support::beside::Beside;
use support::site::{EXTENSIONS, Site};

#[tokio::test(flavor = "multi_thread")]
async fn sources_rights_and_states_of_the_container_are_refused_with_the_way_out() {
    let site = Site::new().await;
    let before = site.picture().await;
    let file = site.path().join("notes.txt");
    std::fs::write(&file, "no extension").expect("a file");
    let empty = site.path().join("empty");
    std::fs::create_dir(&empty).expect("a folder");
    for source in [
        "/nonexistent",
        file.to_str().expect("text"),
        empty.to_str().expect("text"),
        "image:no-such-image-anywhere",
    ] {
        let refused = site.quickly(&["--source", source]).assert().code(5);
        refused.stderr(contains("help: "));
    }
    let recreate = ["deploy", "--strategy", "recreate", "--yes"];
    let refused = site.beside.partman(&recreate).assert().code(2);
    refused.stderr(contains("is not there yet").and(contains("--strategy hot")));
    site.beside.partman(&["deploy", "--yes"]).assert().code(2);

    // A role that may not create anything.
    site.beside
        .sql("CREATE ROLE weak LOGIN PASSWORD 'weak'; ALTER ROLE weak SET search_path = public")
        .await;
    let url = site.beside.container.url().replace("admin@", "weak@");
    let mut weak = site.quickly(&["--database", &url]);
    weak.env("PGPASSWORD", "weak")
        .assert()
        .code(5)
        .stderr(contains("help: "));
    site.beside.sql("DROP ROLE weak").await;

    // Another server than the one in the container.
    let db = TestDb::named(Partman::V5_2_4, "ai_agent_admin").await;
    let mut other = site.quickly(&[]);
    other
        .envs(db.envs())
        .assert()
        .code(5)
        .stderr(contains(site.beside.container.name()));
    // No Engine.
    let mut nowhere = site.quickly(&[]);
    nowhere.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    nowhere
        .assert()
        .code(4)
        .stderr(contains("no Docker Engine answers"));

    // Another version's files are in the way.
    let foreign = format!("echo other > {EXTENSIONS}/pg_partman--5.2.4.sql");
    site.beside
        .container
        .exec(&["sh", "-c", &foreign])
        .await
        .expect("a file");
    site.quickly(&[])
        .assert()
        .code(5)
        .stderr(contains("differs from that of pg_partman 5.2.4"));
    let gone = format!("rm {EXTENSIONS}/pg_partman--5.2.4.sql");
    site.beside
        .container
        .exec(&["sh", "-c", &gone])
        .await
        .expect("it is removed");
    assert_eq!(site.picture().await, before);
    assert!(!site.path().join(".partman").exists(), "no run began");

    site.beside
        .container
        .docker(&["stop", "-t", "5"])
        .await
        .expect("it stops");
    let refused = site.quickly(&[]).assert().code(4);
    refused.stderr(contains("docker start"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_container_is_refused() {
    let read_only = [
        "--read-only",
        "--tmpfs=/run/postgresql",
        "--tmpfs=/var/run/postgresql",
        "--tmpfs=/tmp",
    ];
    let beside = Beside::new(|it| it.args(&read_only)).await;
    beside.webhook_events().await;
    let site = Site { beside };
    site.configure(&support::site::source().display().to_string());
    let refused = site.quickly(&[]).assert().code(5);
    refused.stderr(contains("its file system is read-only").and(contains("in the image")));
    assert_eq!(site.managed().await.0, "none");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_in_the_database_puts_everything_back_files_included() {
    let site = Site::new().await;
    let before = site.picture().await;
    // Something in the database makes the adoption fail after the files are there and the extension is installed.
    site.beside
        .sql(
            "CREATE FUNCTION public.no() RETURNS event_trigger LANGUAGE plpgsql AS
                 $$ BEGIN IF current_query() LIKE '%p20260101%' THEN RAISE 'not this one'; END IF; END $$;
             CREATE EVENT TRIGGER no ON ddl_command_start EXECUTE FUNCTION public.no()",
        )
        .await;
    let failed = site.quickly(&["--format", "json"]).assert().code(8);
    let output = failed.get_output();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(told["outcome"], "rolled-back", "{told}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("not this one"));
    site.beside
        .sql("DROP EVENT TRIGGER no; DROP FUNCTION public.no()")
        .await;
    assert_eq!(site.picture().await, before);
    site.quickly(&[]).assert().success();
}
