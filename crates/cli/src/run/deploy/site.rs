//! Where a deployment happens: the container that the database's server is in, and the folder that keeps the journal.

use partman_rollout::container::{self, Chosen, identity_of, with_server};
use partman_rollout::deploy::Folder;

use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::run::project::{Access, Project};

/// The place of a deployment.
pub(in crate::run) struct Site {
    pub(in crate::run) chosen: Chosen,
    pub(in crate::run) folder: Folder,
}

impl Site {
    /// The container that is named or was guessed, which is proved to be that of the connection; else the one that has
    /// the connection's very server.
    ///
    /// # Errors
    /// The Engine can't be reached, no container has that server, or it doesn't serve.
    pub(in crate::run) async fn of(project: &Project, access: Access) -> Result<Self, Error> {
        let chosen = match &project.beside {
            Some(beside) => beside.chosen.clone(),
            None => found(project).await?,
        };
        match access {
            Access::Change => chosen.must_serve()?,
            Access::Look | Access::Mend => chosen.must_run()?,
        }
        let folder = Folder::of(&project.config);
        Ok(Self { chosen, folder })
    }
}

async fn found(project: &Project) -> Result<Chosen, Error> {
    container::must_have_engine().await?;
    let mut session = project.database.session().await?;
    let identity = identity_of(&mut session).await?;
    with_server(&identity).await.ok_or_else(|| {
        let connection = project.database.settings().describe();
        let message = format!("no container of this Docker Engine has the server of {connection}");
        Error::new(ExitCode::Refused, message).help(
            "name its container (--container NAME, or `container` under [docker]); for a server outside of containers, \
             install pg_partman's package there and use `partman migrate`",
        )
    })
}
