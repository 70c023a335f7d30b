//! A host as the runner's world: a container, a backup directory, a database, and the journal in a file.
//!
//! Nothing here is a transaction: an entry is on the disk before what it says begins, or after it has ended, and a step
//! that was under way in between is taken back as one that is done.

use std::time::Instant;

use async_trait::async_trait;
use partman_core::journal;
use partman_core::migrate::Conduct;
use partman_core::postgres::Database;
use partman_core::run::{Entry, Event, Observer, StepReport, What, World};
use partman_core::session::Limits;
use partman_core::verify::Verified;
use partman_core::{Error, Kind};
use serde_json::json;

use super::journal::{DATABASE_RUN, Journal, Recorded};
use super::{Header, HostStep};
use crate::backups::{self, Backing, Backups};
use crate::container::Chosen;

/// Hears of a run from several places at once.
pub trait Hear: Send + Sync {
    /// Called in the middle of the run: be quick.
    fn hear(&self, event: &Event<'_>);
}

/// What the steps of a deployment work with.
pub struct Hands<'a> {
    pub(super) chosen: &'a Chosen,
    pub(super) database: &'a Database,
    pub(super) backups: &'a Backups,
    pub(super) conduct: &'a Conduct,
    pub(super) ear: &'a dyn Hear,
    pub(super) backup_ear: &'a dyn backups::Observer,
    pub(super) told: Told,
    pub(super) journal: Journal,
    /// The place of the step that acts on the database.
    adoption: Option<usize>,
    /// The run in the database, as far as it was noted.
    pub(super) database_run: Option<String>,
}

/// What the steps tell beside what the journal keeps.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The steps in the database.
    pub(super) steps: Vec<StepReport>,
    /// The comparison with before.
    pub(super) verified: Option<Verified>,
    /// The backup that was made.
    pub(super) backing: Option<Backing>,
    /// Why there is none.
    pub(super) backup_error: Option<backups::Error>,
    /// Why the part in the database failed. It is kept here because its kind would mean something else to the runner.
    pub(super) error: Option<Error>,
}

/// A host.
pub struct HostWorld<'a> {
    pub(super) hands: Hands<'a>,
}

impl<'a> HostWorld<'a> {
    /// Puts it together for one run.
    pub(super) fn new(
        means: &super::Means<'a>,
        header: &Header,
        recorded: Option<&Recorded>,
        journal: Journal,
    ) -> Self {
        let adopts = |step: &HostStep| matches!(step, HostStep::Adopt(_));
        Self {
            hands: Hands {
                chosen: means.chosen,
                database: means.database,
                backups: means.backups,
                conduct: means.conduct,
                ear: means.ear,
                backup_ear: means.backup_ear,
                told: Told::default(),
                journal,
                adoption: header.steps.iter().position(adopts),
                database_run: recorded.and_then(Recorded::database_run).map(str::to_owned),
            },
        }
    }
}

impl Hands<'_> {
    /// What a run in the database needs. The id of that run is noted before its first step.
    pub(super) fn in_database(&mut self) -> (&Database, &Conduct, Noting<'_>) {
        let noting = Noting {
            ear: self.ear,
            journal: &mut self.journal,
            place: self.adoption,
            run: &mut self.database_run,
        };
        (self.database, self.conduct, noting)
    }

    /// The run in the database that this plan was carried out by.
    pub(super) async fn run_of(
        &self,
        plan: &partman_core::plan::Plan,
    ) -> Result<Option<journal::Run>, Error> {
        let mut session = self.database.session().await?;
        if let Some(id) = &self.database_run {
            return journal::find_run(&mut session, Some(id)).await;
        }
        // Killed between its beginning and our noting it down: then it is the last one, made from this very plan.
        let last = journal::find_run(&mut session, None).await?;
        Ok(last.filter(|run| run.plan.made_at == plan.made_at && run.plan.digest == plan.digest))
    }
}

/// Passes events on, and notes the id of the run.
pub(super) struct Noting<'n> {
    ear: &'n dyn Hear,
    journal: &'n mut Journal,
    place: Option<usize>,
    run: &'n mut Option<String>,
}

impl Observer for Noting<'_> {
    fn on(&mut self, event: &Event<'_>) {
        let Event::RunStarted { run, .. } = event else {
            return self.ear.hear(event);
        };
        if let (None, Some(place)) = (&self.run, self.place) {
            let entry = Entry::step(place, What::Started, json!({ DATABASE_RUN: run }));
            if let Err(error) = self.journal.append(&entry) {
                tracing::warn!(%error, "the run in the database could not be noted");
            }
            *self.run = Some((*run).to_owned());
        }
    }
}

#[async_trait]
impl<'a> World for HostWorld<'a> {
    type Hands = Hands<'a>;

    fn is_atomic(&self) -> bool {
        false
    }

    fn hands(&mut self) -> &mut Hands<'a> {
        &mut self.hands
    }

    async fn begin(&mut self, _limits: Limits) -> Result<(), Error> {
        Ok(())
    }

    async fn commit(&mut self, entry: &Entry) -> Result<Instant, Error> {
        self.hands.journal.append(entry).map(|()| Instant::now())
    }

    async fn abandon(&mut self) -> Result<(), Error> {
        Ok(())
    }

    async fn record(&mut self, entry: &Entry) -> Result<(), Error> {
        self.hands.journal.append(entry)
    }

    async fn recover(&mut self) -> Result<(), Error> {
        Err(Error::new(
            Kind::Bug,
            "a host has no connection that could be lost",
        ))
    }

    async fn entries(&mut self) -> Result<Vec<Entry>, Error> {
        Ok(self.hands.journal.entries().to_vec())
    }
}
