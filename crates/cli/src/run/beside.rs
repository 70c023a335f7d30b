//! The container beside the database: the one that somebody named, or the only one there is where nobody names a server.
//!
//! It lends the connection what nobody else says, and the connection has to lead to the server in it.

use partman_core::postgres::{self, Container, Database, Origin};
use partman_rollout::Config;
use partman_rollout::container::{self, Chosen, Meant, Way, choose, identity_of};

use super::project::Access;
use crate::error::Error;
use crate::settings::Settings;

/// What the server says to a wrong password.
const WRONG_PASSWORD: &str = "28P01";

/// A container that runs.
pub(super) struct Beside {
    pub(super) chosen: Chosen,
    way: Option<Way>,
}

impl Beside {
    /// Finds it. Without Docker there is none, unless somebody named one.
    ///
    /// # Errors
    /// The one that is meant can't be found or doesn't run; or its server can't be reached, and nobody else says how.
    pub(super) async fn find(
        settings: &Settings,
        config: &Config,
        access: Access,
    ) -> Result<Option<Self>, Error> {
        let said = settings.said(config)?;
        let named = settings.container(config);
        let guess = !(said.server || said.database && said.listens);
        let Some(meant) = named.clone().or(guess.then_some(Meant::Only)) else {
            return Ok(None);
        };
        let Some(chosen) = choose(&meant).await? else {
            return Ok(None);
        };
        if let (None, Err(_), true) = (&named, chosen.must_run(), said.listens) {
            return Ok(None);
        }
        match access {
            Access::Change => chosen.must_serve()?,
            Access::Look | Access::Mend => chosen.must_run()?,
        }
        let way = match chosen.way().await {
            Ok(way) => Some(way),
            Err(_) if said.server => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Some(Self { chosen, way }))
    }

    /// What it lends the connection.
    pub(super) fn container(&self) -> Option<&Container> {
        self.way.as_ref().map(|way| &way.container)
    }

    /// Whether its address stays when it is started again.
    pub(super) fn is_lasting(&self) -> bool {
        self.way.as_ref().is_none_or(|way| way.lasting)
    }

    /// # Errors
    /// The database is on another server than the one in this container.
    pub(super) async fn must_hold(&self, database: &Database) -> Result<(), Error> {
        let mut session = database.session().await?;
        let connected = identity_of(&mut session).await?;
        let connection = database.settings().describe();
        Ok(self.chosen.must_be(&connected, &connection).await?)
    }
}

/// Connects, and makes sure that it is the server in the container, if there is one.
///
/// # Errors
/// The database can't be reached, with what the container says of itself; or it is on another server.
pub(super) async fn connect(
    connection: &postgres::Settings,
    beside: Option<&Beside>,
) -> Result<Database, Error> {
    let Some(beside) = beside else {
        return Ok(Database::connect(connection).await?);
    };
    let database = Database::connect(connection)
        .await
        .map_err(|error| explained(error, connection, beside))?;
    beside.must_hold(&database).await?;
    Ok(database)
}

fn explained(
    error: partman_core::Error,
    connection: &postgres::Settings,
    beside: &Beside,
) -> Error {
    let lent = connection.hosts().iter().any(|host| {
        let password = host.password();
        password.is_some_and(|(_, origin)| *origin == Origin::Container)
    });
    if lent && error.sqlstate() == Some(WRONG_PASSWORD) {
        return Error::from(error).help(
            "the container's environment holds the password that its cluster was made with; give the one that counts \
             now by PGPASSWORD or ~/.pgpass",
        );
    }
    match beside.chosen.must_serve() {
        Ok(()) => error.into(),
        Err(unwell) => unwell_and(&unwell, error),
    }
}

fn unwell_and(unwell: &container::Error, error: partman_core::Error) -> Error {
    let both = Error::from(error).while_doing(unwell.to_string());
    match unwell.way_out() {
        Some(help) => both.help(help),
        None => both,
    }
}
