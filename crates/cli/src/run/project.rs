//! The configuration and the database that a verb works with.

use partman_core::RelationName;
use partman_core::inspect::{Options, inspect};
use partman_core::migrate::Conduct;
use partman_core::model::Inspection;
use partman_core::postgres::Database;
use partman_core::run::Patience;
use partman_rollout::Config;
use partman_rollout::container::Chosen;
use partman_rollout::deploy;
use partman_rollout::status::{ContainerStatus, KnownDeployment};
use tokio_util::sync::CancellationToken;

use super::beside::{self, Beside};
use crate::error::Error;
use crate::output;
use crate::settings::Settings;

/// What a verb wants of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// To look.
    Look,
    /// To change something: it is said which database is meant, and who said so.
    Change,
    /// As [`Access::Change`], for a run that has begun: a container that is unwell doesn't keep it from being put in order.
    Mend,
}

/// A configuration, an open database, and the container that it is in, if one is known.
pub(super) struct Project {
    pub(super) config: Config,
    pub(super) database: Database,
    pub(super) beside: Option<Beside>,
}

impl Project {
    /// Reads the configuration, finds the container, and connects.
    ///
    /// # Errors
    /// The configuration is wrong, the database or the container can't be reached, the container is that of another
    /// server, or it isn't clear which database is meant.
    pub(super) async fn open(settings: &Settings, access: Access) -> Result<Self, Error> {
        let config = settings.config()?;
        let beside = Beside::find(settings, &config, access).await?;
        let container = beside.as_ref().and_then(Beside::container);
        let connection = match access {
            Access::Look => settings.connection(&config, container)?,
            Access::Change | Access::Mend => settings.connection_to_change(&config, container)?,
        };
        if access != Access::Look {
            let place = beside.as_ref().map_or_else(String::new, |beside| {
                format!(", in container {:?}", beside.chosen.facts().name)
            });
            output::say(&format!("{}{place}\n", connection.describe()));
        }
        let database = beside::connect(&connection, beside.as_ref()).await?;
        Ok(Self {
            config,
            database,
            beside,
        })
    }

    /// The container that the database is in, if one is known.
    pub(super) fn chosen(&self) -> Option<Chosen> {
        self.beside.as_ref().map(|beside| beside.chosen.clone())
    }

    /// What a report tells of the container.
    ///
    /// # Errors
    /// Docker's.
    pub(super) async fn container(&self) -> Result<Option<ContainerStatus>, Error> {
        match &self.beside {
            Some(beside) => Ok(Some(beside.chosen.status(&self.config).await?)),
            None => Ok(None),
        }
    }

    /// Looks at the database; `sizes` costs a moment's lock on each partition.
    ///
    /// # Errors
    /// The server's.
    pub(super) async fn inspect(&self, sizes: bool) -> Result<Inspection, Error> {
        self.inspect_for(sizes, &[]).await
    }

    /// The same, and what these names are where they are no sets.
    ///
    /// # Errors
    /// The server's.
    pub(super) async fn inspect_for(
        &self,
        sizes: bool,
        named: &[RelationName],
    ) -> Result<Inspection, Error> {
        let configured = self.config.sets.iter().map(|set| &set.parent);
        let options = Options {
            sizes,
            named: configured.chain(named).cloned().collect(),
            ..Options::new(self.server_time_zone())
        };
        let mut session = self.database.session().await?;
        Ok(inspect(&mut session, &options).await?)
    }

    /// How a run is carried out here.
    pub(super) fn conduct(
        &self,
        cancel: CancellationToken,
        without_backup: Option<String>,
    ) -> Conduct {
        let limits = &self.config.locks;
        Conduct {
            patience: Patience {
                wait: limits.wait,
                total: limits.total,
                ..Patience::default()
            },
            without_backup,
            cancel,
            server_time_zone: self.server_time_zone(),
        }
    }

    /// What deployments left: a run that stopped, and files that are in the container only. What Docker doesn't tell is
    /// not known.
    ///
    /// # Errors
    /// A journal can't be read.
    pub(super) async fn deployed(&self, seen: &Inspection) -> Result<KnownDeployment, Error> {
        let chosen = self.beside.as_ref().map(|beside| &beside.chosen);
        Ok(deploy::known(&self.config, seen, chosen).await?)
    }

    /// The time zone that a session has here by default.
    pub(super) fn server_time_zone(&self) -> String {
        self.database.server().time_zone.clone()
    }
}
