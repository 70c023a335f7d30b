//! The step that installs pg_partman, where it isn't, and why it can't be had.

use crate::assess::{Adoptable, Code, Reason};
use crate::journal::JOURNAL_SCHEMA;
use crate::model::{Inspection, InstalledExtension, Server};
use crate::name::quote_ident;
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
    let server = &inspection.server;
    if let Some(installed) = &inspection.extension.installed {
        check_schema(&installed.schema)?;
        check_rights(server, installed)?;
        check_journal(server)?;
        return Ok((installed.schema.clone(), Vec::new()));
    }
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
        return Err(no_schemas(server));
    }
    check_journal(server)?;
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

fn no_schemas(server: &Server) -> Box<Reason> {
    let (database, user) = (quote_ident(&server.database), quote_ident(&server.user));
    Box::new(Reason {
        verdict: Adoptable::No,
        code: Code::SchemaNotCreatable,
        what: phrase!(
            "{user} may not create schemas in database {database}",
            user = server.user,
            database = server.database
        ),
        way_out: Phrase::verbatim(format!("GRANT CREATE ON DATABASE {database} TO {user}")),
    })
}

/// The journal has a schema of its own.
fn check_journal(server: &Server) -> Result<(), Box<Reason>> {
    let is_there = server.schemas.iter().any(|name| name == JOURNAL_SCHEMA);
    match is_there || server.may_create {
        true => Ok(()),
        false => Err(no_schemas(server)),
    }
}

fn check_rights(server: &Server, installed: &InstalledExtension) -> Result<(), Box<Reason>> {
    if installed.lacks.is_empty() {
        return Ok(());
    }
    let user = quote_ident(&server.user);
    let grants = installed.lacks.iter();
    let grants: Vec<String> = grants
        .map(|what| format!("GRANT {what} TO {user}"))
        .collect();
    Err(Box::new(Reason {
        verdict: Adoptable::No,
        code: Code::RightsMissing,
        what: phrase!(
            "{user} has no rights on pg_partman: {lacks}",
            user = server.user,
            lacks = installed.lacks.join("; ")
        ),
        way_out: Phrase::verbatim(grants.join("; ")),
    }))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::world::{World, at};

    fn server() -> World {
        at("2026-11-22T12:00:00Z")
    }

    fn wanting(schema: &str, version: Option<&str>) -> WantedExtension {
        WantedExtension {
            schema: schema.to_owned(),
            version: version.map(|text| text.parse().expect("a version")),
        }
    }

    fn looked_at(world: &World, wanted: &WantedExtension) -> Result<Vec<DatabaseStep>, Code> {
        let version = version_in_question(&world.seen, wanted);
        match steps(&world.seen, wanted, version.as_ref()) {
            Ok((schema, steps)) => {
                assert_eq!(schema, wanted.schema);
                Ok(steps)
            }
            Err(reason) => Err(reason.code),
        }
    }

    fn creates(world: &World, wanted: &WantedExtension) -> CreateExtension {
        let steps = looked_at(world, wanted).expect("nothing speaks against it");
        match <[DatabaseStep; 1]>::try_from(steps) {
            Ok([DatabaseStep::CreateExtension(create)]) => create,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_installed_version_counts_before_the_wanted_one_and_that_before_the_offered_one() {
        let counts = |world: &World, wanted: Option<&str>| {
            let found = version_in_question(&world.seen, &wanting("partman", wanted));
            found.map(|version| version.to_string())
        };
        let version = |text: &str| Some(text.to_owned());
        let installed = server().installed("5.2.4");
        assert_eq!(counts(&installed, Some("5.5.0")), version("5.2.4"));
        let offered = server().offering("5.5.0");
        assert_eq!(counts(&offered, Some("4.7.2")), version("4.7.2"));
        assert_eq!(counts(&offered, None), version("5.5.0"));
        assert_eq!(counts(&server(), None), None);
    }

    #[test]
    fn what_is_installed_needs_no_step() {
        let world = server().installed("5.5.0");
        assert_eq!(looked_at(&world, &wanting("partman", None)), Ok(vec![]));
        let mut odd = world;
        if let Some(installed) = &mut odd.seen.extension.installed {
            installed.schema = "Partman".to_owned();
        }
        let refused = looked_at(&odd, &wanting("partman", None));
        assert_eq!(refused, Err(Code::SchemaName));
    }

    #[test]
    fn rights_that_are_missing_are_named() {
        let mut world = server().installed("5.5.0");
        if let Some(installed) = &mut world.seen.extension.installed {
            installed.lacks = vec!["USAGE ON SCHEMA partman".to_owned()];
        }
        let wanted = wanting("partman", None);
        let version = version_in_question(&world.seen, &wanted);
        let refused = steps(&world.seen, &wanted, version.as_ref()).expect_err("no rights");
        assert_eq!(refused.code, Code::RightsMissing);
        let grant = format!(
            "GRANT USAGE ON SCHEMA partman TO {}",
            world.seen.server.user
        );
        assert_eq!(refused.way_out.to_string(), grant);
    }

    #[test]
    fn its_schema_is_created_where_it_is_missing() {
        let mut world = server().offering("5.5.0");
        let wanted = wanting("partman", None);
        let expected = |create_schema| CreateExtension {
            schema: "partman".to_owned(),
            version: "5.5.0".to_owned(),
            create_schema,
        };
        assert_eq!(creates(&world, &wanted), expected(true));
        world.seen.server.may_create = false;
        assert_eq!(looked_at(&world, &wanted), Err(Code::SchemaNotCreatable));
        world.seen.server.schemas.push("partman".to_owned());
        assert_eq!(looked_at(&world, &wanted), Err(Code::SchemaNotCreatable));
        let journal = JOURNAL_SCHEMA.to_owned();
        world.seen.server.schemas.push(journal);
        assert_eq!(creates(&world, &wanted), expected(false));
    }

    #[test]
    fn what_the_server_does_not_have_is_refused() {
        let wanted = wanting("partman", None);
        let refused = looked_at(&server(), &wanted);
        assert_eq!(refused, Err(Code::ExtensionNotAvailable));
        let other = wanting("partman", Some("4.7.2"));
        let has = |world: &World| {
            let version = version_in_question(&world.seen, &other);
            let refused = steps(&world.seen, &other, version.as_ref());
            let reason = refused.expect_err("it is not there");
            assert_eq!(reason.code, Code::VersionNotAvailable);
            reason.what.to_string()
        };
        let offering = server().offering("5.2.4").offering("5.5.0");
        assert!(has(&offering).ends_with("(it has 5.2.4, 5.5.0)"));
        assert!(has(&server()).ends_with("(it has none)"));
    }

    #[test]
    fn the_package_is_named_by_the_servers_major_version() {
        let refused = steps(&server().seen, &wanting("partman", None), None);
        let way_out = refused.expect_err("there is none").way_out;
        assert!(way_out.contains("postgresql-15-partman"), "{way_out}");
    }

    #[test]
    fn a_superuser_is_asked_for_only_where_one_is_needed() {
        let wanted = wanting("partman", None);
        for (needed, is_one, refused) in [
            (true, false, true),
            (true, true, false),
            (false, false, false),
            (false, true, false),
        ] {
            let mut world = server().offering("5.5.0");
            world.seen.extension.versions[0].superuser = needed;
            world.seen.server.superuser = is_one;
            let found = looked_at(&world, &wanted).err();
            let expected = refused.then_some(Code::SuperuserNeeded);
            assert_eq!(found, expected, "needed {needed}, is one {is_one}");
        }
    }

    #[test]
    fn a_schema_is_one_that_needs_no_quotes() {
        let world = server().offering("5.5.0");
        for plain in ["partman", "_", "_p", "p1_2", "pgpartman"] {
            assert!(looked_at(&world, &wanting(plain, None)).is_ok(), "{plain}");
        }
        for other in [
            "",
            "1p",
            "Partman",
            "pArtman",
            "part-man",
            "part man",
            "p$",
            "é",
            "pg_partman",
        ] {
            let refused = looked_at(&world, &wanting(other, None));
            assert_eq!(refused, Err(Code::SchemaName), "{other}");
        }
    }
}
