//! TLS with a real server and certificates of our own making: each `sslmode` lets in and refuses what libpq does.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use partman_core::postgres::{Database, Settings};
use partman_core::session::{Session, Statement};
use partman_core::{Error, Kind};
use partman_testkit::{Certificates, Partman, TestDb};

use crate::support::settings;

/// Whether we get in, and with which protocol.
async fn protocol(db: &TestDb, options: &str) -> Result<String, Error> {
    let mut session = Database::connect(&settings(db, options))
        .await?
        .session()
        .await?;
    let own =
        "SELECT coalesce(version, 'none') AS version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let rows = session.run(&Statement::query(own)).await?;
    Ok(rows[0]["version"].as_str().unwrap().to_owned())
}

async fn accepted(db: &TestDb, options: &str) {
    let protocol = protocol(db, options).await;
    assert!(
        protocol.as_ref().is_ok_and(|p| p.starts_with("TLSv1.")),
        "{options}: {protocol:?}"
    );
}

async fn refused(db: &TestDb, options: &str, why: &str) {
    let e = protocol(db, options).await.expect_err(options);
    assert_eq!(e.kind(), Kind::Unreachable, "{options}: {e:?}");
    assert!(e.to_string().contains(why), "{options}: {e:?}");
}

#[tokio::test]
async fn each_mode_verifies_what_libpq_verifies() {
    let db = TestDb::new(Partman::None).await;
    let certificates = Certificates::new();
    certificates.issue(
        "server",
        "whatever",
        "subjectAltName=IP:127.0.0.1,DNS:db.example",
    );
    certificates.sign_oneself("stranger", "stranger");
    let ca = certificates.path("ca.crt");
    let (ca, stranger) = (ca.display(), certificates.path("stranger.crt"));
    let stranger = stranger.display();

    assert_eq!(protocol(&db, "sslmode=prefer").await.unwrap(), "none");
    certificates.install(&db, "server").await;
    assert_eq!(protocol(&db, "sslmode=disable").await.unwrap(), "none");
    assert_eq!(protocol(&db, "sslmode=allow").await.unwrap(), "none");
    assert_eq!(protocol(&db, "sslmode=prefer").await.unwrap(), "TLSv1.3");
    assert_eq!(
        protocol(&db, "sslmode=require ssl_max_protocol_version=TLSv1.2")
            .await
            .unwrap(),
        "TLSv1.2"
    );
    accepted(&db, "sslmode=require channel_binding=require").await;
    accepted(&db, &format!("sslmode=require sslrootcert={ca}")).await;
    accepted(&db, &format!("sslmode=verify-ca sslrootcert={ca}")).await;
    accepted(&db, &format!("sslmode=verify-full sslrootcert={ca}")).await;
    accepted(
        &db,
        &format!("host=db.example hostaddr=127.0.0.1 sslmode=verify-full sslrootcert={ca}"),
    )
    .await;
    accepted(&db, "sslmode=require sslrootcert=/nonexistent").await;

    let elsewhere = "host=other.example hostaddr=127.0.0.1";
    accepted(
        &db,
        &format!("{elsewhere} sslmode=verify-ca sslrootcert={ca}"),
    )
    .await;
    let why = "is for another host than \"other.example\"";
    refused(
        &db,
        &format!("{elsewhere} sslmode=verify-full sslrootcert={ca}"),
        why,
    )
    .await;
    for mode in ["require", "verify-ca", "verify-full"] {
        let options = format!("sslmode={mode} sslrootcert={stranger}");
        refused(
            &db,
            &options,
            &format!("comes from no authority in {stranger}"),
        )
        .await;
    }
    let unencrypted = protocol(&db, &format!("sslmode=prefer sslrootcert={stranger}")).await;
    assert_eq!(unencrypted.unwrap(), "none");
    refused(
        &db,
        "sslmode=verify-full sslrootcert=system",
        "comes from no authority in the system's",
    )
    .await;
}

#[tokio::test]
async fn what_people_make_by_hand_is_accepted_as_libpq_does() {
    let db = TestDb::new(Partman::None).await;
    let certificates = Certificates::new();
    certificates.sign_oneself("own", "db.example");
    certificates.issue("named", "db.example", "basicConstraints=CA:FALSE");
    certificates.issue("first", "db.example", "");
    let trusting = |name: &str, mode: &str, host: &str| {
        let root = certificates.path(name);
        format!(
            "host={host} hostaddr=127.0.0.1 sslmode={mode} sslrootcert={}",
            root.display()
        )
    };

    certificates.install(&db, "own").await;
    accepted(&db, "sslmode=require channel_binding=require").await;
    accepted(&db, &trusting("own.crt", "verify-full", "db.example")).await;
    accepted(&db, &trusting("own.crt", "verify-ca", "other.example")).await;
    refused(
        &db,
        &trusting("own.crt", "verify-full", "other.example"),
        "for another host",
    )
    .await;
    refused(
        &db,
        &trusting("ca.crt", "verify-ca", "db.example"),
        "certificate",
    )
    .await;

    certificates.install(&db, "named").await;
    accepted(&db, &trusting("ca.crt", "verify-full", "db.example")).await;
    refused(
        &db,
        &trusting("ca.crt", "verify-full", "other.example"),
        "for another host",
    )
    .await;

    // PostgreSQL's documentation makes this one: no extensions, hence X.509 version 1.
    certificates.install(&db, "first").await;
    accepted(&db, "sslmode=require channel_binding=require").await;
    let explained = "make one of version 3 with a subjectAltName";
    refused(
        &db,
        &trusting("ca.crt", "verify-full", "db.example"),
        explained,
    )
    .await;
    accepted(&db, &trusting("first.crt", "verify-full", "db.example")).await;
}

#[tokio::test]
async fn a_revoked_certificate_is_refused() {
    let db = TestDb::new(Partman::None).await;
    let certificates = Certificates::new();
    certificates.issue("server", "whatever", "subjectAltName=IP:127.0.0.1");
    fs::write(
        certificates.path("ca.conf"),
        "[ca]\ndefault_ca=ours\n[ours]\ndatabase=index\ncrlnumber=number\ndefault_md=sha256\ndefault_crl_days=2\n",
    )
    .unwrap();
    fs::write(certificates.path("index"), "").unwrap();
    fs::write(certificates.path("number"), "01\n").unwrap();
    let ca = "ca -config ca.conf -cert ca.crt -keyfile ca.key";
    certificates.openssl(&format!("{ca} -gencrl -out none.crl"));
    certificates.openssl(&format!("{ca} -revoke server.crt"));
    certificates.openssl(&format!("{ca} -gencrl -out revoked.crl"));
    certificates.install(&db, "server").await;
    let with = |list: &str| {
        let (ca, list) = (certificates.path("ca.crt"), certificates.path(list));
        format!(
            "sslmode=verify-full sslrootcert={} sslcrl={}",
            ca.display(),
            list.display()
        )
    };
    accepted(&db, &with("none.crl")).await;
    refused(&db, &with("revoked.crl"), "certificate can't be verified").await;
}

#[tokio::test]
async fn a_client_certificate_lets_us_in_without_a_password() {
    let db = TestDb::new(Partman::None).await;
    let certificates = Certificates::new();
    certificates.issue("server", "whatever", "subjectAltName=IP:127.0.0.1");
    certificates.issue("client", "postgres", "extendedKeyUsage=clientAuth");
    let rules = db.cluster().data_dir().join("pg_hba.conf");
    let before = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, format!("hostssl all all all cert\n{before}")).unwrap();
    certificates.install(&db, "server").await;
    let (crt, key) = (
        certificates.path("client.crt"),
        certificates.path("client.key"),
    );
    let options = format!(
        "password='' sslmode=require sslcert={} sslkey={}",
        crt.display(),
        key.display()
    );
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    accepted(&db, &options).await;
    refused(&db, "sslmode=require", "the server's rules refuse us").await;
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let e = protocol(&db, &options).await.unwrap_err();
    assert_eq!(e.kind(), Kind::Settings);
    assert!(e.to_string().contains("group or others have access"), "{e}");
}

#[tokio::test]
async fn a_server_that_wants_tls_gets_it_and_one_that_forbids_it_does_not() {
    let db = TestDb::new(Partman::None).await;
    let certificates = Certificates::new();
    certificates.issue("server", "whatever", "subjectAltName=IP:127.0.0.1");
    let rules = db.cluster().data_dir().join("pg_hba.conf");
    let method = "scram-sha-256";
    let with_rule = async |kind: &str| {
        fs::write(
            &rules,
            format!("local all all trust\n{kind} all all all {method}\n"),
        )
        .unwrap();
        certificates.install(&db, "server").await;
    };
    with_rule("hostssl").await;
    accepted(&db, "sslmode=allow").await;
    accepted(&db, "sslmode=prefer").await;
    refused(
        &db,
        "sslmode=disable",
        "it may want TLS; sslmode is disable",
    )
    .await;
    let wrong = protocol(&db, "sslmode=prefer password=wrong")
        .await
        .unwrap_err();
    assert_eq!(wrong.sqlstate(), Some("28P01"), "{wrong:?}");
    with_rule("hostnossl").await;
    assert_eq!(protocol(&db, "sslmode=prefer").await.unwrap(), "none");
    refused(&db, "sslmode=require", "the server's rules refuse us").await;
    let wrong = protocol(&db, "sslmode=prefer password=wrong")
        .await
        .unwrap_err();
    assert_eq!(wrong.sqlstate(), Some("28P01"), "{wrong:?}");
}

#[tokio::test]
async fn certificates_that_cannot_be_used_are_errors_of_the_settings() {
    let certificates = Certificates::new();
    let empty = certificates.path("empty");
    fs::write(&empty, "nothing").unwrap();
    let db = "postgres://u@127.0.0.1:1/x?sslmode=";
    for (options, why) in [
        (
            "verify-full".to_owned(),
            "needs a root certificate: name one with sslrootcert",
        ),
        (
            "verify-ca&sslrootcert=/nonexistent".to_owned(),
            "there is no root certificate file /nonexistent",
        ),
        (
            format!("verify-ca&sslrootcert={}", empty.display()),
            "holds no certificate",
        ),
        (
            "require&sslcert=/nonexistent&sslkey=/nonexistent".to_owned(),
            "cannot read /nonexistent",
        ),
        (
            format!(
                "verify-ca&sslrootcert={}&sslcrl=/nonexistent",
                certificates.path("ca.crt").display()
            ),
            "cannot read",
        ),
    ] {
        let settings = Settings::from_url(&format!("{db}{options}")).unwrap();
        let e = Database::connect(&settings).await.unwrap_err();
        assert_eq!(e.kind(), Kind::Settings, "{options}");
        assert!(e.to_string().contains(why), "{options}: {e}");
    }
}
