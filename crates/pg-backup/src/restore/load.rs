//! Fills an empty database from an archive: schemas, then extensions in the recorded versions, then all the rest.
//!
//! An archive says `CREATE EXTENSION` without a version and would take whatever the server offers by default; a
//! configuration table of another version then does not fit its rows. So extensions are created by us, in between.

use std::path::Path;

use tokio_postgres::Client;
use tokio_util::sync::CancellationToken;

use crate::archive::{self, Entry, Toc, shortened, use_list};
use crate::connection::Connection;
use crate::error::{Error, Kind, Result};
use crate::manifest::{Extension, Manifest, Table};
use crate::name::{literal, quoted};
use crate::session;
use crate::tools::{Argument, Call, Tool, Toolbox, run};

/// What differs between a restoration for good and one to look at.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    pub(crate) jobs: usize,
    /// For arguments such as `--no-tablespaces`.
    pub(crate) arguments: Vec<&'static str>,
    /// Extensions to leave out, with the schema that each makes for itself.
    pub(crate) without: Vec<(String, Option<String>)>,
    pub(crate) application_name: String,
}

/// Restores the archive of `manifest` into the connection's database, which has to be empty.
///
/// # Errors
/// [`Kind::Extension`] when a version is not to be had; whatever `pg_restore` stumbles over, at its first error.
pub(crate) async fn load(
    tools: &dyn Toolbox,
    archive: &Path,
    manifest: &Manifest,
    connection: &Connection,
    manner: &Manner,
    cancel: &CancellationToken,
) -> Result<()> {
    let toc = archive::list(tools, archive, cancel).await?;
    let client = session::open(connection, &manner.application_name).await?;
    let wanted: Vec<_> = extensions(&toc, manifest, manner);
    check_extensions(&client, &wanted).await?;
    let (schemas, rest): (Vec<_>, Vec<_>) = toc
        .entries
        .iter()
        .filter(|entry| !is_left_out(entry, manifest, manner))
        .partition(|entry| entry.is("SCHEMA"));
    let options = settings(&client, connection, manifest).await;
    let step = |entries: Vec<&Entry>| call(archive, connection, manner, &options, &entries);
    if !schemas.is_empty() {
        run(tools, step(schemas), cancel).await?;
    }
    for extension in wanted {
        create_extension(&client, extension).await?;
    }
    drop(client);
    run(tools, step(rest), cancel).await?;
    Ok(())
}

/// The extensions that the archive has, in its order, which is that of their dependencies.
fn extensions<'a>(toc: &Toc, manifest: &'a Manifest, manner: &Manner) -> Vec<&'a Extension> {
    let of = |entry: &Entry| {
        manifest
            .extensions
            .iter()
            .find(|extension| extension.oid == entry.oid)
    };
    let entries = toc.entries.iter().filter(|entry| entry.is("EXTENSION"));
    entries
        .filter_map(of)
        .filter(|extension| !manner.leaves_out(&extension.name))
        .collect()
}

impl Manner {
    fn leaves_out(&self, extension: &str) -> bool {
        self.without.iter().any(|(name, _)| name == extension)
    }
}

fn is_left_out(entry: &Entry, manifest: &Manifest, manner: &Manner) -> bool {
    let extension = |name: &str| manner.leaves_out(name);
    let of_table =
        |table: &Table| table.oid == entry.oid && table.extension.as_deref().is_some_and(extension);
    let of_extension = |e: &Extension| e.oid == entry.oid && extension(&e.name);
    let belongs = |(name, schema): &(String, Option<String>)| {
        entry.text.trim_end() == format!("COMMENT - EXTENSION {name}")
            || schema.as_ref().is_some_and(|schema| {
                entry.text.starts_with(&format!("ACL {schema} "))
                    || entry.text.starts_with(&format!("ACL - SCHEMA {schema} "))
            })
    };
    entry.is("TABLE DATA") && manifest.tables.iter().any(of_table)
        || entry.is("EXTENSION") && manifest.extensions.iter().any(of_extension)
        || manner.without.iter().any(belongs)
}

async fn check_extensions(client: &Client, wanted: &[&Extension]) -> Result<()> {
    let mut missing = Vec::new();
    for extension in wanted {
        let sql = format!(
            "SELECT version FROM pg_available_extension_versions WHERE name = {}",
            literal(&extension.name)
        );
        let offered = session::texts(client, "could not ask for extensions", &sql).await?;
        if !offered.contains(&extension.version) {
            let offer = if offered.is_empty() {
                "not at all".to_owned()
            } else {
                format!("only {}", shortened(&offered))
            };
            missing.push(format!(
                "{} {} (there is {offer})",
                extension.name, extension.version
            ));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!(
        "the server does not have what the backup needs: {}",
        missing.join(", ")
    );
    Err(Error::new(Kind::Extension, message)
        .with_help("give that version's control and script files to the server, or to the scratch server if this is a proof"))
}

async fn create_extension(client: &Client, extension: &Extension) -> Result<()> {
    let sql = format!(
        "CREATE EXTENSION IF NOT EXISTS {} WITH SCHEMA {} VERSION {}",
        quoted(&extension.name),
        quoted(&extension.schema),
        quoted(&extension.version)
    );
    session::execute(
        client,
        &format!("could not create the extension {}", extension.name),
        &sql,
    )
    .await
}

/// The user's own, and those under which the texts of values mean what they meant when they were dumped.
async fn settings(client: &Client, connection: &Connection, manifest: &Manifest) -> String {
    let own = connection.get("PGOPTIONS").unwrap_or_default();
    let mut options = format!("{own} -c DateStyle=ISO -c IntervalStyle=postgres");
    let money = &manifest.database.lc_monetary;
    if session::knows_lc_monetary(client, money).await {
        let escaped = money.replace('\\', "\\\\").replace(' ', "\\ ");
        options.push_str(&format!(" -c lc_monetary={escaped}"));
    }
    options
}

fn call(
    archive: &Path,
    connection: &Connection,
    manner: &Manner,
    options: &str,
    entries: &[&Entry],
) -> Call {
    let mut call = Call::new(
        Tool::Restore,
        ["--exit-on-error", "--no-password", "--use-list=/dev/stdin"],
    );
    call.arguments
        .extend(manner.arguments.iter().map(|argument| (*argument).into()));
    call.arguments
        .push(format!("--jobs={}", manner.jobs).into());
    call.arguments
        .push(format!("--dbname={}", connection.database_argument()).into());
    call.arguments.push(Argument::Path(archive.to_owned()));
    let variables = [
        ("PGAPPNAME", manner.application_name.clone()),
        ("PGTZ", "UTC".to_owned()),
        ("PGOPTIONS", options.to_owned()),
    ];
    call.variables = variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    call.connection = Some(connection.clone());
    call.input = use_list(entries.iter().map(|entry| entry.id));
    call
}
