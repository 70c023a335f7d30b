//! Backups of a server that lets nobody in without TLS: the sessions and PostgreSQL's programs verify what the settings ask for.

use crate::support;

use std::fs;

use partman_testkit::{Certificates, Partman, TestDb, fixture};
use predicates::prelude::*;
use support::Project;

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_and_comes_back_with_tls_verified_in_full() {
    let db = TestDb::named(Partman::V5_2_4, "ai_agent_admin").await;
    fixture::webhook_events(&db, 500).await;
    let certificates = Certificates::new();
    certificates.issue("server", "whatever", "subjectAltName=DNS:db.example");
    let rules = db.cluster().data_dir().join("pg_hba.conf");
    let only_tls = "local all all trust\nhostssl all all all scram-sha-256\n";
    fs::write(rules, only_tls).expect("the cluster is ours");
    certificates.install(&db, "server").await;
    let project = Project::of(db);
    let root = certificates.path("ca.crt");
    let with = |host: &str, arguments: &[&str]| {
        let mut command = project.partman(arguments);
        command
            .env("PGHOST", host)
            .env("PGHOSTADDR", "127.0.0.1")
            .env("PGSSLMODE", "verify-full")
            .env("PGSSLROOTCERT", &root);
        command
    };

    let other = with("other.example", &["backup"]).assert().code(4);
    other.stderr(predicate::str::contains("other.example"));
    let mut plain = with("db.example", &["backup"]);
    plain.env("PGSSLMODE", "disable").assert().code(4);
    assert_eq!(
        project.json(&["backup", "list"], 0)["backups"],
        serde_json::json!([])
    );

    with("db.example", &["backup"]).assert().success();
    let list = project.json(&["backup", "list"], 0);
    let id = list["backups"][0]["id"]
        .as_str()
        .expect("a name")
        .to_owned();
    with("db.example", &["migrate", "public.webhook_events", "--yes"])
        .assert()
        .success();
    with("db.example", &["restore", &id, "--yes"])
        .assert()
        .success();
    let copy = TestDb::existing(project.db.cluster().clone(), "ai_agent_admin_restored");
    let rows = copy.fingerprint("public.webhook_events").await;
    assert_eq!(project.db.fingerprint("public.webhook_events").await, rows);
}
