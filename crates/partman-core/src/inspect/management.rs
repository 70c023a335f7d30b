//! pg_partman's own configuration, and who calls its maintenance.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Options, may_do_without, reading};
use crate::Error;
use crate::model::{Extension, Fact, Gap, ManagedConfig, Scheduler};
use crate::name::quote_ident;
use crate::session::{Session, Statement, row};

pub(super) async fn configs(
    session: &mut dyn Session,
    options: &Options,
    extension: &Extension,
    missing: &mut Vec<Gap>,
) -> Result<Vec<ManagedConfig>, Error> {
    let Some(installed) = &extension.installed else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "SELECT * FROM {}.part_config ORDER BY parent_table",
        quote_ident(&installed.schema)
    );
    match reading::<Map<String, Value>>(session, options, &Statement::query(sql)).await {
        Ok(found) => Ok(found.into_iter().map(|row| ManagedConfig { row }).collect()),
        Err(error) if may_do_without(&error) => {
            missing.push(Gap::new(Fact::Configuration, error));
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

#[derive(Deserialize)]
struct SchedulerRow {
    worker: bool,
    worker_databases: String,
    cron: Option<bool>,
}

#[derive(Deserialize)]
struct DetailRow {
    detail: String,
}

pub(super) async fn schedulers(
    session: &mut dyn Session,
    options: &Options,
    missing: &mut Vec<Gap>,
) -> Result<Vec<Scheduler>, Error> {
    let seen: SchedulerRow = row(
        session,
        &Statement::query(include_str!("../sql/schedulers.sql")),
    )
    .await?;
    let mut found = Vec::new();
    if seen.worker {
        found.push(Scheduler {
            kind: "pg_partman_bgw".to_owned(),
            detail: seen.worker_databases,
        });
    }
    if seen.cron == Some(true) {
        match reading::<DetailRow>(
            session,
            options,
            &Statement::query(include_str!("../sql/cron_jobs.sql")),
        )
        .await
        {
            Ok(jobs) => {
                found.extend(jobs.into_iter().map(|job| Scheduler {
                    kind: "pg_cron".to_owned(),
                    detail: job.detail,
                }));
            }
            Err(error) if may_do_without(&error) => missing.push(Gap::new(Fact::CronJobs, error)),
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}
