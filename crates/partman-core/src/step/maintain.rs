//! Lets pg_partman maintain the set once, in the set's time zone, as proof that it can: everything is there already, so
//! it should create nothing. What it creates all the same is in the journal and undone with the run.
//!
//! Where pg_partman's own maintenance is at work at that moment, a second one would do nothing and say so in a notice
//! only; so its advisory lock is taken first, and waited for like any other.
//!
//! pg_partman 5.5 turns failures into warnings and reports success; only `maintenance_last_run` tells. So that is what
//! is looked at, and the warnings say why.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Description, Lock, Ready, Step, Undone, drop_created};
use crate::name::{RelationName, quote_ident, quote_literal};
use crate::session::{Session, Statement, row, rows};
use crate::{Error, Kind};

/// One call of `run_maintenance` for one set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Maintain {
    /// The extension's schema.
    pub schema: String,
    /// The parent.
    pub parent: RelationName,
    /// The zone in which its bounds are aligned.
    pub time_zone: String,
    /// The call, with `$1` for `parent_table`.
    pub call: String,
    /// Whether `part_config.maintenance_last_run` tells that it came to its end.
    pub records_last_run: bool,
}

#[derive(Deserialize)]
struct Oid {
    oid: u32,
}

/// The lock under which every version's `run_maintenance` works.
const MAINTENANCE_LOCK: &str =
    "SELECT pg_try_advisory_xact_lock(hashtext('pg_partman run_maintenance')) AS taken";

/// A role may have been set up not to hear warnings.
const HEAR: &str = "SET LOCAL client_min_messages = warning";

/// What pg_partman catches has lost its code, so that its text has to be understood. Only a superuser may choose the language
/// of the server's messages.
const IN_ENGLISH: &str = "SELECT set_config('lc_messages', 'C', true) AS language FROM pg_catalog.pg_roles \
                          WHERE rolname = current_user AND rolsuper";

fn is_about_a_lock(text: &str) -> bool {
    ["due to lock timeout", "deadlock detected"]
        .iter()
        .any(|words| text.contains(words))
}

#[derive(Deserialize)]
struct Taken {
    taken: bool,
}

#[derive(Deserialize)]
struct LastRun {
    finished: bool,
}

impl Maintain {
    fn set_zone(&self) -> String {
        format!("SET LOCAL TimeZone = {}", quote_literal(&self.time_zone))
    }

    /// The first line of each warning tells what happened, the others where in pg_partman's code.
    fn failed(&self, warnings: &[String]) -> Error {
        let parent = &self.parent;
        let first_lines = warnings.iter().filter_map(|warning| warning.lines().next());
        let said: Vec<&str> = first_lines.collect();
        let why = match said.is_empty() {
            true => format!("pg_partman's maintenance of {parent} failed and said nothing"),
            false => format!(
                "pg_partman's maintenance of {parent} failed and only warned: {}",
                said.join("; ")
            ),
        };
        let kind = match warnings.iter().any(|warning| is_about_a_lock(warning)) {
            true => Kind::LockTimeout,
            false => Kind::Verification,
        };
        Error::new(kind, why)
    }

    /// Older versions raise what went wrong anew, with a code of their own.
    async fn call(&self, session: &mut (dyn Session + 'static)) -> Result<(), Error> {
        let call = Statement::query(self.call.clone()).bind(self.parent.unquoted());
        match session.run(&call).await {
            Err(error) if !error.is_retryable() && is_about_a_lock(&format!("{error:?}")) => {
                let why = format!("pg_partman did not get a lock on {}", self.parent);
                Err(Error::new(Kind::LockTimeout, why).with_source(error))
            }
            done => done.map(drop),
        }
    }

    async fn partitions(&self, session: &mut (dyn Session + 'static)) -> Result<Vec<u32>, Error> {
        let sql = "SELECT inhrelid::int8 AS oid FROM pg_catalog.pg_inherits \
                   WHERE inhparent = $1::text::regclass ORDER BY 1";
        let found: Vec<Oid> = rows(
            session,
            &Statement::query(sql).bind(self.parent.to_string()),
        )
        .await?;
        Ok(found.into_iter().map(|row| row.oid).collect())
    }

    async fn finished(&self, session: &mut (dyn Session + 'static)) -> Result<bool, Error> {
        let sql = format!(
            "SELECT coalesce(maintenance_last_run >= transaction_timestamp(), false) AS finished \
             FROM {}.part_config WHERE parent_table = $1",
            quote_ident(&self.schema)
        );
        Ok(
            row::<LastRun>(session, &Statement::query(sql).bind(self.parent.unquoted()))
                .await?
                .finished,
        )
    }
}

#[async_trait]
impl Step<dyn Session> for Maintain {
    fn describe(&self) -> Description {
        Description {
            id: format!("maintain:{}", self.parent),
            title: format!(
                "let pg_partman maintain {} once, in time zone {}",
                self.parent, self.time_zone
            ),
            sql: vec![
                self.set_zone(),
                self.call
                    .replace("$1", &quote_literal(&self.parent.unquoted())),
            ],
            locks: vec![Lock::new(&self.parent, "SHARE UPDATE EXCLUSIVE")],
            transaction: true,
            undo: Vec::new(),
        }
    }

    async fn precheck(&self, _session: &mut (dyn Session + 'static)) -> Result<Ready, Error> {
        Ok(Ready::Ready)
    }

    async fn forward(&self, session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        if !row::<Taken>(session, &Statement::query(MAINTENANCE_LOCK))
            .await?
            .taken
        {
            return Err(Error::new(
                Kind::LockTimeout,
                "pg_partman's own maintenance is running",
            ));
        }
        let before = self.partitions(session).await?;
        session.run(&Statement::command(self.set_zone())).await?;
        session.run(&Statement::command(HEAR)).await?;
        session.run(&Statement::command(IN_ENGLISH)).await?;
        session.take_warnings();
        self.call(session).await?;
        let warnings = session.take_warnings();
        if self.records_last_run && !self.finished(session).await? {
            return Err(self.failed(&warnings));
        }
        let created: Vec<u32> = self
            .partitions(session)
            .await?
            .into_iter()
            .filter(|oid| !before.contains(oid))
            .collect();
        Ok(json!({ "created": created }))
    }

    async fn undo(
        &self,
        session: &mut (dyn Session + 'static),
        done: &Value,
    ) -> Result<Undone, Error> {
        drop_created::drop_empty(session, &self.parent, done).await
    }
}
