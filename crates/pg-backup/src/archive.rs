//! What is in an archive, asked of `pg_restore`: its list, and its rows.
//!
//! The list alone proves little (it is whole in an archive that was cut in half); reading everything does.

mod copy_reader;
mod decode;
mod toc;

pub(crate) use decode::decode;
pub(crate) use toc::{Entry, Toc, use_list};

use std::path::Path;

use tokio_util::sync::CancellationToken;

use crate::error::{Error, Kind, Result};
use crate::manifest::{Extension, Table};
use crate::tools::{Argument, Call, Sink, Tool, Toolbox, run};

/// The archive's folder inside a backup.
pub(crate) const FOLDER: &str = "dump";

/// The archive's list.
///
/// # Errors
/// [`Kind::Corrupt`] when `pg_restore` can't read it.
pub(crate) async fn list(
    tools: &dyn Toolbox,
    archive: &Path,
    cancel: &CancellationToken,
) -> Result<Toc> {
    let mut call = Call::new(Tool::Restore, ["--list"]);
    call.arguments.push(Argument::Path(archive.to_owned()));
    call.output = Sink::Keep;
    let output = run(tools, call, cancel)
        .await
        .map_err(|e| corrupt(e, archive))?;
    Ok(Toc::parse(&output))
}

/// Compares the list with what the database held: the rows of every table, every extension, and nothing else's rows.
///
/// # Errors
/// [`Kind::Mismatch`], naming what is missing.
pub(crate) fn check(toc: &Toc, tables: &[Table], extensions: &[Extension]) -> Result<()> {
    let missing_rows = tables
        .iter()
        .filter(|table| toc.rows_of(table.oid).is_none());
    let missing_rows = missing_rows.map(|table| format!("the rows of {}", table.name));
    let missing_extensions = extensions
        .iter()
        .filter(|extension| !extension.builtin && !toc.has_extension(extension.oid))
        .map(|extension| format!("the extension {}", extension.name));
    let missing: Vec<_> = missing_rows.chain(missing_extensions).collect();
    if !missing.is_empty() {
        let message = format!("the archive lacks {}", shortened(&missing));
        return Err(Error::new(Kind::Mismatch, message));
    }
    let known: std::collections::HashSet<_> = tables.iter().map(|table| table.oid).collect();
    let unknown: Vec<_> = toc
        .tables()
        .filter(|oid| !known.contains(oid))
        .map(|oid| oid.to_string())
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let message = format!(
        "the archive holds rows of tables that the catalog does not list (oid {})",
        shortened(&unknown)
    );
    Err(Error::new(Kind::Mismatch, message))
}

/// The first few of many names.
pub(crate) fn shortened(names: &[String]) -> String {
    match names {
        [a, b, c, _, ..] => format!("{a}, {b}, {c} and {} more", names.len() - 3),
        _ => names.join(", "),
    }
}

fn corrupt(e: Error, archive: &Path) -> Error {
    match e.kind() {
        Kind::Tool => Error::new(
            Kind::Corrupt,
            format!("pg_restore can't read {}", archive.display()),
        )
        .with_help("this backup is of no use; another one is needed")
        .with_source(e),
        _ => e,
    }
}
