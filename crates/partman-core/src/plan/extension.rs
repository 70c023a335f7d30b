//! The step that installs pg_partman, where it isn't, and why it can't be had.

use crate::assess::{Adoptable, Code, Reason};
use crate::model::Inspection;
use crate::pg_partman::Version;
use crate::phrase;
use crate::step::{CreateExtension, DatabaseStep};
use crate::wanted::WantedExtension;
use crate::words::Phrase;

/// The version that counts here: the installed one, else the wanted one, else the one that would be installed.
pub fn version_in_question(inspection: &Inspection, wanted: &WantedExtension) -> Option<Version> {
    let extension = &inspection.extension;
    let installed = extension
        .installed
        .as_ref()
        .and_then(|found| found.version.parse().ok());
    let offered = || {
        extension
            .default_version
            .as_ref()
            .and_then(|version| version.parse().ok())
    };
    installed
        .or_else(|| wanted.version.clone())
        .or_else(offered)
}

/// The extension's schema, and the step that installs it if it isn't there.
pub(super) fn steps(
    inspection: &Inspection,
    wanted: &WantedExtension,
    version: Option<&Version>,
) -> Result<(String, Vec<DatabaseStep>), Box<Reason>> {
    if let Some(installed) = &inspection.extension.installed {
        check_schema(&installed.schema)?;
        return Ok((installed.schema.clone(), Vec::new()));
    }
    let server = &inspection.server;
    let refuse = |code: Code, what: Phrase, way_out: Phrase| {
        Err(Box::new(Reason {
            verdict: Adoptable::No,
            code,
            what,
            way_out,
        }))
    };
    let offered: Vec<&str> = inspection
        .extension
        .versions
        .iter()
        .map(|v| v.version.as_str())
        .collect();
    let Some(version) = version else {
        return refuse(
            Code::ExtensionNotAvailable,
            phrase!(
                "the server (PostgreSQL {version}) has no pg_partman that could be installed",
                version = server.version
            ),
            phrase!(
                "install the package on the server, for Debian: {install}; no restart is needed",
                install = format!(
                    "apt-get install postgresql-{}-partman",
                    server.version_num / 10_000
                )
            ),
        );
    };
    let Some(available) = inspection
        .extension
        .versions
        .iter()
        .find(|v| v.version == version.to_string())
    else {
        let has = if offered.is_empty() {
            phrase!("none")
        } else {
            Phrase::verbatim(offered.join(", "))
        };
        return refuse(
            Code::VersionNotAvailable,
            phrase!(
                "the server does not offer pg_partman {version} (it has {has})",
                version,
                has
            ),
            phrase!(
                "install that version's files on the server, or change version in [pg_partman]"
            ),
        );
    };
    if available.superuser && !server.superuser {
        return refuse(
            Code::SuperuserNeeded,
            phrase!(
                "only a superuser can install pg_partman {version}, and {user} is none",
                version,
                user = server.user
            ),
            phrase!(
                "connect as a superuser, or have one run {create} first",
                create = format!("CREATE EXTENSION pg_partman SCHEMA {}", wanted.schema)
            ),
        );
    }
    check_schema(&wanted.schema)?;
    let create_schema = !server.schemas.contains(&wanted.schema);
    if create_schema && !server.may_create {
        return refuse(
            Code::SchemaNotCreatable,
            phrase!(
                "{user} may not create schemas in database {database}",
                user = server.user,
                database = server.database
            ),
            Phrase::verbatim(format!(
                "GRANT CREATE ON DATABASE {} TO {}",
                server.database, server.user
            )),
        );
    }
    let create = CreateExtension {
        schema: wanted.schema.clone(),
        version: version.to_string(),
        create_schema,
    };
    Ok((
        wanted.schema.clone(),
        vec![DatabaseStep::CreateExtension(create)],
    ))
}

/// pg_partman writes its own schema unquoted into SQL that it runs.
fn check_schema(schema: &str) -> Result<(), Box<Reason>> {
    let mut chars = schema.chars();
    let plain = !schema.starts_with("pg_")
        && chars
            .next()
            .is_some_and(|c| c.is_ascii_lowercase() || c == '_')
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain {
        return Ok(());
    }
    Err(Box::new(Reason {
        verdict: Adoptable::No,
        code: Code::SchemaName,
        what: phrase!(
            "pg_partman does not work in a schema called {schema}",
            schema = format!("{schema:?}")
        ),
        way_out: phrase!("use lower-case letters, digits and underscores, such as partman"),
    }))
}
