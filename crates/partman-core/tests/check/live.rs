//! The rules on real servers of every version: what they say is so, and what their help says mends it.

mod configuration;
mod maintenance;
mod partitions;

use crate::support;

use partman_core::bound::Point;
use partman_core::check::{Outcome, Scope, Severity, run_all};
use partman_core::model::Inspection;
use partman_core::run::Outcome as Ended;
use partman_core::wanted::{WantedExtension, WantedSet};
use partman_testkit::{Partman, TestDb, fixture, realworld};
use support::{Subject, name};

const VERSIONS: [Partman; 3] = Partman::ALL;
const EVENTS: &str = "public.webhook_events";

/// The findings as `severity id subject`.
fn told(outcome: &Outcome) -> Vec<String> {
    let line = |f: &partman_core::check::Finding| format!("{} {} {}", f.severity, f.id, f.subject);
    outcome.findings.iter().map(line).collect()
}

async fn check(subject: &Subject) -> Outcome {
    run_all(&subject.inspect().await, &Scope::everything())
}

/// The help of the only finding of this rule.
async fn help(subject: &Subject, id: &str) -> String {
    let found = check(subject).await.findings;
    let mut of_rule = found.iter().filter(|finding| finding.id == id);
    let finding = of_rule
        .next()
        .unwrap_or_else(|| panic!("{id} found nothing: {found:?}"));
    finding.help.to_string()
}

async fn is_told(subject: &Subject, id: &str) -> bool {
    let found = check(subject).await.findings;
    found.iter().any(|finding| finding.id == id)
}

async fn migrate(subject: &Subject, parent: &str) {
    let plan = subject.plan(parent).await;
    assert_eq!(plan.refusals, vec![], "{parent}");
    let done = subject
        .migrate(&plan)
        .await
        .expect("nothing stands in the way");
    assert_eq!(done.outcome, Ended::Completed, "{parent}: {:?}", done.error);
}

/// The user's set under pg_partman.
async fn adopted(version: Partman) -> (TestDb, Subject) {
    let db = TestDb::new(version).await;
    fixture::webhook_events(&db, 100).await;
    let subject = Subject::connect(&db).await;
    migrate(&subject, EVENTS).await;
    (db, subject)
}

fn horizon(seen: &Inspection, parent: &str) -> Point {
    let set = seen.set(&name(parent)).expect("the set is there");
    set.ranges().last().expect("it has partitions").1
}

/// Runs maintenance of one set in UTC; whether the server said that it went well.
async fn maintain(db: &TestDb, parent: &str) -> bool {
    let call = format!(
        "SET TimeZone = 'UTC'; SELECT partman.run_maintenance('{parent}', p_jobmon := false)"
    );
    db.client().await.batch_execute(&call).await.is_ok()
}

#[tokio::test]
async fn the_users_set_before_and_after() {
    for version in VERSIONS {
        let db = TestDb::new(version).await;
        fixture::webhook_events(&db, 100).await;
        let subject = Subject::connect(&db).await;
        let database = format!("database {}", db.name());
        assert_eq!(
            told(&check(&subject).await),
            [
                format!("error horizon-near {EVENTS}"),
                format!("warning set-not-managed {EVENTS}"),
                format!("info extension-not-installed {database}"),
            ],
            "{version:?}"
        );
        migrate(&subject, EVENTS).await;
        let expected = match version {
            Partman::V4_7_2 => vec![format!("warning maintenance-not-scheduled {database}")],
            _ => vec![],
        };
        assert_eq!(told(&check(&subject).await), expected, "{version:?}");
    }
}

#[tokio::test]
async fn a_server_without_files_is_told() {
    let db = TestDb::new(Partman::None).await;
    fixture::webhook_events(&db, 10).await;
    let subject = Subject::connect(&db).await;
    assert!(is_told(&subject, "extension-not-available").await);
}

#[tokio::test]
async fn a_configuration_that_may_not_be_read_is_not_taken_for_none() {
    let (db, _) = adopted(Partman::V5_2_4).await;
    db.execute("CREATE ROLE looker LOGIN; ALTER ROLE looker SET search_path = public")
        .await;
    let subject = Subject::connect_to(&support::dsn(&db, "looker")).await;
    let outcome = check(&subject).await;
    let skipped: Vec<&str> = outcome.skipped.iter().map(|(id, _)| id.as_str()).collect();
    assert!(skipped.contains(&"set-not-managed"), "{:?}", told(&outcome));
    assert_eq!(told(&outcome), Vec::<String>::new());
}

#[tokio::test]
async fn sets_of_every_shape_are_healthy_after_adoption() {
    for version in VERSIONS {
        let db = TestDb::new(version).await;
        fixture::id_range(&db).await;
        fixture::quoted_names(&db).await;
        fixture::gap(&db).await;
        fixture::hash(&db).await;
        fixture::list(&db).await;
        fixture::inherits(&db).await;
        fixture::nested(&db).await;
        let subject = Subject::connect(&db).await;
        for parent in [
            "public.orders",
            r#""App"."Web Hook""Events""#,
            "public.deliveries",
        ] {
            migrate(&subject, parent).await;
        }
        let named: Vec<WantedSet> = ["public.orders", "public.deliveries", "public.sessions"]
            .map(|parent| WantedSet::new(name(parent)))
            .to_vec();
        let scope = Scope::of(named, WantedExtension::default());
        let found = told(&run_all(&subject.inspect().await, &scope));
        let mut expected = vec!["warning set-not-adoptable public.sessions".to_owned()];
        if version == Partman::V4_7_2 {
            let scheduled = format!("warning maintenance-not-scheduled database {}", db.name());
            expected.insert(0, scheduled);
        }
        assert_eq!(found, expected, "{version:?}");
        let all = check(&subject).await.findings;
        for parent in ["public.sessions", "public.accounts", "public.measurements"] {
            let mut of_set = all.iter().filter(|finding| finding.subject == parent);
            assert!(
                of_set.all(|f| f.id == "set-not-adoptable"),
                "{parent} has no horizon"
            );
        }
    }
}

/// Whatever could be adopted must be without an error afterwards; before that no rule may stumble over any of them.
async fn real_sets_are_healthy_after_adoption(version: Partman) {
    for set in realworld() {
        let db = TestDb::new(version).await;
        db.execute(&set.sql()).await;
        let subject = Subject::connect(&db).await;
        check(&subject).await;
        let plan = subject.plan(set.parent()).await;
        if plan.is_empty() {
            continue;
        }
        let done = subject
            .migrate(&plan)
            .await
            .expect("nothing stands in the way");
        assert_eq!(
            done.outcome,
            Ended::Completed,
            "{}: {:?}",
            set.name,
            done.error
        );
        let found = check(&subject).await;
        let of_set = found
            .findings
            .iter()
            .filter(|f| f.subject == name(set.parent()).to_string());
        let errors: Vec<_> = of_set.filter(|f| f.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", set.name);
    }
}

#[tokio::test]
async fn real_sets_are_healthy_after_adoption_by_4_7_2() {
    real_sets_are_healthy_after_adoption(Partman::V4_7_2).await;
}

#[tokio::test]
async fn real_sets_are_healthy_after_adoption_by_5_2_4() {
    real_sets_are_healthy_after_adoption(Partman::V5_2_4).await;
}

#[tokio::test]
async fn real_sets_are_healthy_after_adoption_by_5_5_0() {
    real_sets_are_healthy_after_adoption(Partman::V5_5_0).await;
}
