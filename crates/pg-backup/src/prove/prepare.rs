//! Makes a scratch server ready for a backup: its roles, an empty database, and what must not come to life there.

use tokio_postgres::Client;

use super::APPLICATION;
use crate::connection::Connection;
use crate::error::Result;
use crate::manifest::Manifest;
use crate::name::{quoted, with_ending};
use crate::restore::{Manner, create_database, database_exists};
use crate::scratch::ScratchServer;
use crate::tools::Version;
use crate::{catalog, session};

/// An empty database like the one that was dumped, and the server's version.
pub(super) async fn empty_copy(
    server: &dyn ScratchServer,
    manifest: &Manifest,
) -> Result<(Connection, Version)> {
    let client = session::open(server.connection(), APPLICATION).await?;
    create_roles(&client, manifest).await?;
    let name = free_name(&client, &manifest.database.name).await?;
    let facts = catalog::server(&client).await?;
    create_database(&client, &name, &manifest.database, &facts).await?;
    Ok((server.connection().for_database(&name), facts.version))
}

/// The roles that grants and ownership name; none can log in.
async fn create_roles(client: &Client, manifest: &Manifest) -> Result<()> {
    let there = catalog::server(client).await?.roles;
    let missing = manifest.roles.iter().filter(|role| !there.contains(role));
    let create: String = missing
        .map(|role| format!("CREATE ROLE {} NOLOGIN;", quoted(role)))
        .collect();
    session::execute(client, "could not create the roles", &create).await
}

/// The database's own name where that is free, which it is not for `postgres`.
async fn free_name(client: &Client, name: &str) -> Result<String> {
    match database_exists(client, name).await? {
        false => Ok(name.to_owned()),
        true => Ok(with_ending(name, "_restored")),
    }
}

/// Tablespaces are not there, and subscriptions and jobs would act by themselves.
pub(super) fn manner(server: &dyn ScratchServer) -> Manner {
    let without = server
        .inert()
        .iter()
        .map(|inert| (inert.extension.clone(), inert.schema.clone()));
    Manner {
        jobs: crate::create::usual_jobs(),
        arguments: vec!["--no-tablespaces", "--no-subscriptions"],
        without: without.collect(),
        application_name: APPLICATION.to_owned(),
    }
}
