//! Puts the sets under pg_partman: a run in the database, with its own journal there. To the host it is one step, which
//! goes on with that run where it stopped, and takes it back as a whole.

use async_trait::async_trait;
use partman_core::journal::Run;
use partman_core::migrate::{self, Done};
use partman_core::plan::Plan;
use partman_core::run::Outcome;
use partman_core::step::{Description, Ready, Step, Undone};
use partman_core::{Error, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::Hands;

/// A plan for the database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adopt {
    /// The plan, as it was shown.
    pub plan: Plan,
}

impl Adopt {
    /// Begins the run, or goes on with it.
    async fn carry_out(&self, found: Option<Run>, hands: &mut Hands<'_>) -> Result<Done, Error> {
        let (database, conduct, mut noting) = hands.in_database();
        match found {
            None => migrate::migrate(database, &self.plan, conduct, &mut noting).await,
            Some(_) => migrate::resume(database, conduct, &mut noting).await,
        }
    }

    /// What is told to the runner is only that it failed: the kinds of a database's errors mean other things to it.
    fn failed(hands: &mut Hands<'_>, error: Option<Error>) -> Error {
        hands.told.error = hands.told.error.take().or(error);
        Error::new(Kind::Refused, "the sets could not be put under pg_partman")
    }
}

#[async_trait]
impl<'h> Step<Hands<'h>> for Adopt {
    fn describe(&self) -> Description {
        let parents = self.plan.adopts().into_iter().map(ToString::to_string);
        let parents = parents.collect::<Vec<_>>().join(", ");
        Description {
            id: format!("adopt:{parents}"),
            title: format!("put {parents} under pg_partman"),
            sql: Vec::new(),
            locks: Vec::new(),
            transaction: false,
            undo: Vec::new(),
        }
    }

    async fn precheck(&self, _hands: &mut Hands<'h>) -> Result<Ready, Error> {
        Ok(Ready::Ready)
    }

    async fn forward(&self, hands: &mut Hands<'h>) -> Result<Value, Error> {
        let found = match hands.run_of(&self.plan).await {
            Ok(found) => found,
            Err(error) => return Err(Self::failed(hands, Some(error))),
        };
        if let Some(run) = &found {
            let so_far = run.progress();
            if so_far.rolled_back {
                let message = format!("run {} in the database was taken back", run.id);
                return Err(Self::failed(
                    hands,
                    Some(Error::new(Kind::Refused, message)),
                ));
            }
            if !so_far.is_open() {
                return Ok(json!({ "database_run": run.id }));
            }
        }
        let done = match self.carry_out(found, hands).await {
            Ok(done) => done,
            Err(error) => return Err(Self::failed(hands, Some(error))),
        };
        hands.told.steps.extend(done.steps);
        hands.told.verified = done.verified;
        match done.outcome {
            Outcome::Completed => Ok(json!({ "database_run": done.run })),
            Outcome::Interrupted => Err(Error::new(Kind::Cancelled, "stopped on request")),
            _ => Err(Self::failed(hands, done.error.or(done.undo_error))),
        }
    }

    async fn undo(&self, hands: &mut Hands<'h>, _done: &Value) -> Result<Undone, Error> {
        let Some(run) = hands.run_of(&self.plan).await? else {
            return match &hands.database_run {
                None => Ok(Undone::Undone),
                Some(id) => Err(Error::new(
                    Kind::Changed,
                    format!(
                        "the database's own journal no longer has run {id}, so what it did can't be taken back"
                    ),
                )),
            };
        };
        if run.progress().rolled_back {
            return Ok(Undone::Undone);
        }
        let (database, conduct, mut noting) = hands.in_database();
        let done = migrate::rollback(database, Some(&run.id), conduct, &mut noting).await;
        let done = done.map_err(plain)?;
        hands.told.steps.extend(done.steps);
        hands.told.verified = done.verified;
        match done.outcome {
            Outcome::RolledBack => {
                hands.told.error = hands.told.error.take().or(done.error);
                Ok(Undone::Undone)
            }
            Outcome::Interrupted => Err(Error::new(Kind::Cancelled, "stopped on request")),
            _ => {
                let why = done.undo_error.or(done.error);
                Err(why.map_or_else(
                    || Error::new(Kind::Refused, "it could not be taken back"),
                    plain,
                ))
            }
        }
    }
}

/// The same with a kind that means nothing to the runner of the host.
fn plain(error: Error) -> Error {
    let message = error.to_string();
    Error::new(Kind::Refused, message).with_source(error)
}
