//! Where the story plays: a server of this machine, or one in a container. What differs is how pg_partman gets there, and
//! what stands behind it.

use partman_core::migrate::{self, Conduct, Done};
use partman_core::model::Inspection;
use partman_core::plan::{Plan, Request, Selection};
use partman_core::postgres::Database;
use partman_core::wanted::{WantedExtension, WantedSet};
use partman_report::{Language, text};
use partman_rollout::backups::{self, Backing, Backups};
use partman_rollout::demo::{self, PARENT};
use partman_rollout::deploy::{self, Folder, Means, Prepared, prepare};
use partman_rollout::scratch::Scratch;
use partman_rollout::status::Known;

use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::run::backup::{self, Doing, Progress as BackupProgress, failed};
use crate::run::deploy::Sight;
use crate::run::progress::Progress;
use crate::settings::Settings;

/// The stage, for as long as the story goes on.
pub(super) enum Stage {
    /// A server of this machine, which goes with this.
    Here { _scratch: Scratch },
    /// A container.
    Container(Box<InContainer>),
}

/// A container and what stands behind it.
pub(super) struct InContainer {
    pub(super) stage: demo::Stage,
    pub(super) backups: Backups,
    pub(super) backing: Option<Backing>,
}

impl Stage {
    /// What is known of the stage beside the database.
    pub(super) async fn known(&self) -> Result<Known, Error> {
        let Self::Container(it) = self else {
            return Ok(Known::default());
        };
        Ok(Known {
            container: Some(it.stage.chosen.status(&it.stage.config).await?),
            ..Known::default()
        })
    }

    /// Makes a backup and proves it, where the story has one; what came of it, in a line.
    pub(super) async fn back_up(
        &mut self,
        database: &Database,
        seen: &Inspection,
        conduct: &Conduct,
    ) -> Result<Option<String>, Error> {
        let Self::Container(it) = self else {
            return Ok(None);
        };
        let progress = BackupProgress::new(false, true);
        let connection = backups::connection(database.settings());
        let made = it
            .backups
            .secure(connection, &seen.server, &progress, &conduct.cancel);
        let made = made
            .await
            .map_err(|e| failed(Doing::Guarding, e, ExitCode::Interrupted))?;
        let told = format!("{made}: restored into a scratch server, every row compared");
        it.backing = Some(made);
        Ok(Some(told))
    }

    /// The plan, in words.
    pub(super) async fn plan(&self, seen: &Inspection) -> Result<String, Error> {
        let request = request()?;
        match self {
            Self::Here { .. } => {
                let plan = Plan::make(seen, &request);
                possible(&plan)?;
                Ok(text::plan(&plan, Language::English))
            }
            Self::Container(it) => {
                let prepared = it.prepared(seen).await?;
                let facts = it.stage.chosen.facts();
                Ok(text::deployment_plan(
                    facts,
                    &prepared,
                    None,
                    Language::English,
                ))
            }
        }
    }

    /// Everything that there is to do.
    pub(super) async fn forward(
        &self,
        database: &Database,
        seen: &Inspection,
        conduct: &Conduct,
    ) -> Result<(Done, String), Error> {
        match self {
            Self::Here { .. } => {
                let plan = Plan::make(seen, &request()?);
                let done = migrate::migrate(database, &plan, conduct, &mut quiet()).await?;
                let told = text::run(&done);
                Ok((done, told))
            }
            Self::Container(it) => {
                let prepared = it.prepared(seen).await?;
                let sight = Sight::new(false, true);
                let folder = Folder::of(&it.stage.config);
                let means = it.means(database, conduct, &sight);
                let deployed =
                    deploy::deploy(&folder, &prepared, None, it.backing.clone(), means).await?;
                let told = text::deployment(&deployed);
                Ok((deployed.done, told))
            }
        }
    }

    /// All of it taken back.
    pub(super) async fn back(
        &self,
        database: &Database,
        seen: &Inspection,
        conduct: &Conduct,
    ) -> Result<(Done, String), Error> {
        match self {
            Self::Here { .. } => {
                let done = migrate::rollback(database, None, conduct, &mut quiet()).await?;
                let told = text::run(&done);
                Ok((done, told))
            }
            Self::Container(it) => {
                let sight = Sight::new(false, true);
                let folder = Folder::of(&it.stage.config);
                let means = it.means(database, conduct, &sight);
                let deployed = deploy::rollback(&folder, &seen.server, means).await?;
                let told = text::deployment(&deployed);
                Ok((deployed.done, told))
            }
        }
    }

    /// Whether anything was left in the container.
    pub(super) async fn is_clean(&self) -> Result<bool, Error> {
        match self {
            Self::Here { .. } => Ok(true),
            Self::Container(it) => Ok(!it.stage.chosen.has_files().await?),
        }
    }
}

impl InContainer {
    pub(super) async fn start(
        image: &str,
        source: Option<String>,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let stage = demo::Stage::start(image, source).await?;
        Ok(Self {
            backups: backup::of(&stage.config, settings)?.beside(Some(stage.chosen.clone())),
            stage,
            backing: None,
        })
    }

    async fn prepared(&self, seen: &Inspection) -> Result<Prepared, Error> {
        let stage = &self.stage;
        let prepared = prepare(&stage.chosen, &stage.config, seen, &request()?, None).await?;
        possible(&prepared.plan)?;
        Ok(prepared)
    }

    fn means<'a>(
        &'a self,
        database: &'a Database,
        conduct: &'a Conduct,
        sight: &'a Sight,
    ) -> Means<'a> {
        Means {
            chosen: &self.stage.chosen,
            database,
            backups: &self.backups,
            conduct,
            ear: sight,
            backup_ear: sight,
        }
    }
}

fn quiet() -> Progress {
    Progress::new(false, true)
}

fn request() -> Result<Request, Error> {
    let parent = PARENT
        .parse()
        .map_err(|e| Error::caused(ExitCode::Bug, &e))?;
    Ok(Request {
        selection: Selection::Named(vec![WantedSet::new(parent)]),
        extension: WantedExtension::default(),
    })
}

fn possible(plan: &Plan) -> Result<(), Error> {
    match plan.refusals.first() {
        None => Ok(()),
        Some(refusal) => Err(Error::new(ExitCode::Refused, refusal.what.clone())
            .help("name pg_partman's files with --source, or install the package")),
    }
}
