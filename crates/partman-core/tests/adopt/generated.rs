//! Properties of whole sets: whatever set is thrown together, it is adopted and taken back without a trace, or refused
//! with nothing changed.
//!
//! The cases are the same in every run of `make test`, a few for each version. `PROPTEST_CASES` asks for more of them,
//! `PROPTEST_RNG_SEED` for others. A failure prints the smallest set that shows it, with the SQL that makes it.

mod case;
mod made;
mod oracle;

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support;

use partman_core::Kind;
use partman_core::assess::Adoptable;
use partman_core::model::Inspection;
use partman_core::plan::{Plan, Request, Selection};
use partman_core::run::Outcome;
use partman_core::summary::SetSummary;
use partman_core::wanted::{WantedExtension, WantedSet};
use partman_testkit::{Cluster, Partman, TestDb};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use support::{Subject, without_journal};

use case::{Case, Default, Key, Naming, PARENTS};
use oracle::{Rhythm, partitions, what_is_wrong};

/// How many sets each version gets where nobody asks for more.
const CASES: u32 = 8;

#[test]
fn any_set_under_4_7_2() {
    holds(Partman::V4_7_2, 472);
}

#[test]
fn any_set_under_5_2_4() {
    holds(Partman::V5_2_4, 524);
}

#[test]
fn any_set_under_5_5_0() {
    holds(Partman::V5_5_0, 550);
}

fn holds(version: Partman, seed: u64) {
    let asked = Config::default();
    let config = Config {
        cases: match std::env::var_os("PROPTEST_CASES") {
            Some(_) => asked.cases,
            None => CASES,
        },
        rng_seed: match asked.rng_seed {
            RngSeed::Random => RngSeed::Fixed(seed),
            fixed @ RngSeed::Fixed(_) => fixed,
        },
        failure_persistence: None,
        max_shrink_iters: 60,
        ..asked
    };
    let said = format!(
        "PROPTEST_RNG_SEED={} PROPTEST_CASES={}",
        config.rng_seed, config.cases
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let cluster = runtime
        .block_on(Cluster::start(version))
        .expect("a test server");
    let (made, adopted) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let outcome = TestRunner::new(config).run(&case::cases(), |case| {
        let name = format!("case_{}", made.fetch_add(1, Ordering::Relaxed));
        let fate = runtime.block_on(goes_through(&cluster, &name, version, &case));
        match fate {
            Ok(Fate::Adopted) => drop(adopted.fetch_add(1, Ordering::Relaxed)),
            Ok(Fate::Refused) => {}
            Err(what) => {
                return Err(TestCaseError::fail(format!(
                    "{what}\n{case:#?}\n{}",
                    case.sql()
                )));
            }
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{version:?}, {said}:\n{error}");
    }
    let (made, adopted) = (made.into_inner(), adopted.into_inner());
    assert!(
        adopted * 4 > made,
        "only {adopted} of {made} sets were adopted: the dice are bad"
    );
}

enum Fate {
    Adopted,
    Refused,
}

/// One set from its making to the way back, in a database of its own.
async fn goes_through(
    cluster: &Cluster,
    name: &str,
    version: Partman,
    case: &Case,
) -> Result<Fate, String> {
    let db = TestDb::on(cluster.clone(), name).await;
    db.execute(&format!(
        "ALTER DATABASE {name} SET TimeZone = '{}'",
        case.server_zone
    ))
    .await;
    db.execute(&case.sql()).await;
    let fate = cycle(&db, version, case).await;
    let server = TestDb::existing(cluster.clone(), "postgres");
    server
        .execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
        .await;
    fate
}

async fn cycle(db: &TestDb, version: Partman, case: &Case) -> Result<Fate, String> {
    let subject = Subject::connect(db).await;
    let parent = case.parent_name().to_string();
    let before = db.snapshot().await;
    let rows = db.fingerprint(&parent).await;
    let seen = subject.inspect().await;
    let plan = plan(&seen, case);
    the_same_through_json(&seen, case, &plan)?;
    let Some(summary) = plan
        .sets
        .iter()
        .find(|set| set.parent == case.parent_name())
    else {
        return Err("the set isn't in its own plan".to_owned());
    };
    if !plan.refusals.is_empty() {
        is_refused(&plan, summary)?;
        let told = format!("{:?}", plan.refusals);
        check(may_be_refused(case, version), || {
            format!("it could be adopted: {told}")
        })?;
        is_refused_on_the_server(&subject, &plan).await?;
        same(&before.diff(&db.snapshot().await), "the refusal changed")?;
        return Ok(Fate::Refused);
    }
    let done = subject
        .migrate(&plan)
        .await
        .map_err(|error| format!("{error:?}"))?;
    check(done.outcome == Outcome::Completed, || format!("{done:?}"))?;
    check(db.fingerprint(&parent).await == rows, || {
        "rows are others".to_owned()
    })?;
    let rhythm = Rhythm {
        zone: summary
            .time_zone
            .clone()
            .unwrap_or_else(|| "UTC".to_owned()),
        interval: summary
            .interval
            .map(|one| one.to_string())
            .unwrap_or_default(),
    };
    same(
        &what_is_wrong(db, case, &rhythm).await,
        "it is adopted, but",
    )?;
    let again = self::plan(&subject.inspect().await, case);
    check(again.refusals.is_empty() && again.is_empty(), || {
        format!("a plan again: {again:?}")
    })?;
    pg_partman_goes_on(db, case, &rhythm).await?;
    let back = subject
        .rollback()
        .await
        .map_err(|error| format!("{error:?}"))?;
    check(back.outcome == Outcome::RolledBack, || format!("{back:?}"))?;
    same(
        &without_journal(before.diff(&db.snapshot().await)),
        "the way back left",
    )?;
    check(db.fingerprint(&parent).await == rows, || {
        "rows are others after the way back".to_owned()
    })?;
    Ok(Fate::Adopted)
}

fn plan(seen: &Inspection, case: &Case) -> Plan {
    let mut wanted = WantedSet::new(case.parent_name());
    wanted.premake = case.premake;
    wanted.time_zone = case.told.then(|| case.zone.to_owned());
    let request = Request {
        selection: Selection::Named(vec![wanted]),
        extension: WantedExtension::default(),
    };
    Plan::make(seen, &request)
}

fn the_same_through_json(seen: &Inspection, case: &Case, plan: &Plan) -> Result<(), String> {
    let json = serde_json::to_string(seen).map_err(|error| error.to_string())?;
    let read: Inspection = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    let other = self::plan(&read, case);
    check(other == *plan, || {
        format!("through JSON it is another plan:\n{other:?}\n{plan:?}")
    })
}

/// A plan that can't be run has no steps, and says why and what would help.
fn is_refused(plan: &Plan, summary: &SetSummary) -> Result<(), String> {
    check(plan.is_empty(), || "it is refused and has steps".to_owned())?;
    check(
        plan.refusals
            .iter()
            .all(|reason| !reason.way_out.is_empty()),
        || format!("no way out: {:?}", plan.refusals),
    )?;
    let verdict = summary.adoptable;
    check(verdict >= Adoptable::NeedsDecision, || {
        format!("it is refused, and {verdict:?}")
    })
}

async fn is_refused_on_the_server(subject: &Subject, plan: &Plan) -> Result<(), String> {
    match subject.migrate(plan).await {
        Err(error) if error.kind() == Kind::Refused => Ok(()),
        other => Err(format!("a plan with refusals was run: {other:?}")),
    }
}

/// What makes it a question, or impossible: everything else has to be adopted.
fn may_be_refused(case: &Case, version: Partman) -> bool {
    let cant_be_named =
        PARENTS[PARENTS.len() - 2..].contains(&case.parent) || case.schema.contains('\'');
    // Names that lie may be those that new partitions need.
    let in_the_way = case.naming == Naming::Lying;
    // Midnights of a zone that nobody named may be those of several.
    let a_zone_is_asked_for =
        case.key == Key::Timestamptz && !case.told && case.zone != case.server_zone;
    // Version 4 looks for the first partition of a set by number in the parent's schema.
    let looked_for_elsewhere = version == Partman::V4_7_2 && !case.key.is_time() && case.apart;
    // Version 5 keeps names, and cuts them off at a period.
    let is_cut_off = version != Partman::V4_7_2 && case.naming == Naming::Dotted;
    is_cut_off || cant_be_named || in_the_way || a_zone_is_asked_for || looked_for_elsewhere
}

/// Its own maintenance finds nothing to do, in a session of the set's zone; asked for more, it goes on without a hole.
async fn pg_partman_goes_on(db: &TestDb, case: &Case, rhythm: &Rhythm) -> Result<(), String> {
    let parent = partman_core::name::quote_literal(&case.parent_name().unquoted());
    let maintenance = format!(
        "SET TimeZone = '{}'; SELECT partman.run_maintenance(p_parent_table := {parent}, p_analyze := false, p_jobmon := false)",
        rhythm.zone
    );
    let before = partitions(db, case).await;
    db.execute(&maintenance).await;
    let after = partitions(db, case).await;
    check(before == after, || {
        format!("maintenance moved something:\n{before:#?}\n{after:#?}")
    })?;
    // Rows of numbers ahead that are in DEFAULT keep it from going on; a check tells.
    if case.default == Default::Present && !case.key.is_time() {
        return Ok(());
    }
    let more = oracle::broken(
        &Case {
            premake: case.premake + 3,
            ..case.clone()
        },
        rhythm,
    );
    let growing = format!(
        "BEGIN; UPDATE partman.part_config SET premake = premake + 3; {maintenance}; SELECT 'then'; {more}; ROLLBACK"
    );
    let told = oracle::lines(db, &growing).await;
    let wrong: Vec<String> = told
        .into_iter()
        .skip_while(|line| line != "then")
        .skip(1)
        .collect();
    same(&wrong, "pg_partman was asked for three more, and")
}

fn check(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

fn same(differences: &[String], what: &str) -> Result<(), String> {
    check(differences.is_empty(), || {
        format!("{what}:\n{}", differences.join("\n"))
    })
}
