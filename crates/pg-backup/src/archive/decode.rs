//! Reads a whole archive through `pg_restore`, several tables at a time, and takes every table's fingerprint on the way.
//!
//! This is the decode check: whatever compression the archive has is undone, by the program that a restoration would
//! use. It costs no server anything.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::channel;

use futures_util::future::try_join_all;
use tokio_util::sync::CancellationToken;

use super::copy_reader::CopyReader;
use super::{Toc, corrupt, use_list};
use crate::error::{Error, Kind, Result};
use crate::fingerprint::Fingerprint;
use crate::manifest::Table;
use crate::tools::{Argument, Call, Sink, Tool, Toolbox, run};

/// The fingerprint of each of the tables, by oid, in `jobs` processes; one more reads everything that is no table's rows.
///
/// # Errors
/// [`Kind::Corrupt`] when something can't be read, or reads as something else than it should.
pub(crate) async fn decode(
    tools: &dyn Toolbox,
    archive: &Path,
    toc: &Toc,
    tables: &[Table],
    jobs: usize,
    cancel: &CancellationToken,
) -> Result<BTreeMap<u32, Fingerprint>> {
    let shares = shares(tables, jobs);
    let rows = shares
        .iter()
        .map(|share| rows(tools, archive, toc, share, cancel));
    let rows = async { try_join_all(rows).await };
    let (found, ()) =
        futures_util::future::try_join(rows, rest(tools, archive, toc, cancel)).await?;
    Ok(found.into_iter().flatten().collect())
}

/// The tables in shares of about the same size.
fn shares(tables: &[Table], jobs: usize) -> Vec<Vec<&Table>> {
    let mut sorted: Vec<_> = tables.iter().collect();
    sorted.sort_by_key(|table| std::cmp::Reverse(table.bytes));
    let mut shares: Vec<(u64, Vec<&Table>)> =
        vec![(0, Vec::new()); jobs.clamp(1, tables.len().max(1))];
    for table in sorted {
        if let Some(least) = shares.iter_mut().min_by_key(|share| share.0) {
            least.0 += table.bytes.max(1);
            least.1.push(table);
        }
    }
    shares
        .into_iter()
        .map(|share| share.1)
        .filter(|share| !share.is_empty())
        .collect()
}

async fn rows(
    tools: &dyn Toolbox,
    archive: &Path,
    toc: &Toc,
    tables: &[&Table],
    cancel: &CancellationToken,
) -> Result<BTreeMap<u32, Fingerprint>> {
    let ids = tables.iter().filter_map(|table| toc.rows_of(table.oid));
    let (done, found) = channel();
    let mut call = through(archive, use_list(ids));
    call.arguments.insert(0, "--verbose".into());
    call.output = Sink::To(Box::new(CopyReader::new(done)));
    run(tools, call, cancel)
        .await
        .map_err(|e| unreadable(e, archive))?;
    let found = found.try_recv().unwrap_or_default();
    match tables.iter().find(|table| !found.contains_key(&table.oid)) {
        None => Ok(found),
        Some(lost) => {
            let message = format!(
                "the rows of {} can't be read from {}",
                lost.name,
                archive.display()
            );
            Err(Error::new(Kind::Corrupt, message))
        }
    }
}

/// Everything else: definitions, large objects, positions of sequences.
async fn rest(
    tools: &dyn Toolbox,
    archive: &Path,
    toc: &Toc,
    cancel: &CancellationToken,
) -> Result<()> {
    let rest = toc.entries.iter().filter(|entry| !entry.is("TABLE DATA"));
    let call = through(archive, use_list(rest.map(|entry| entry.id)));
    run(tools, call, cancel)
        .await
        .map_err(|e| unreadable(e, archive))?;
    Ok(())
}

fn through(archive: &Path, list: Vec<u8>) -> Call {
    let mut call = Call::new(Tool::Restore, ["--use-list=/dev/stdin", "--file=-"]);
    call.arguments.push(Argument::Path(archive.to_owned()));
    call.input = list;
    call
}

fn unreadable(e: Error, archive: &Path) -> Error {
    match e.kind() {
        Kind::Io => corrupt(
            Error::new(Kind::Tool, "its text is not what it should be").with_source(e),
            archive,
        ),
        _ => corrupt(e, archive),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(oid: u32, bytes: u64) -> Table {
        let json = serde_json::json!({
            "name": oid.to_string(), "rows": 0, "digest": "0", "schema": "s", "relation": "r", "oid": oid, "bytes": bytes
        });
        serde_json::from_value(json).expect("a table")
    }

    #[test]
    fn shares_are_even_and_lose_nothing() {
        let tables: Vec<_> = [100, 90, 60, 50, 0, 0]
            .into_iter()
            .zip(1..)
            .map(|(bytes, oid)| table(oid, bytes))
            .collect();
        let shares = shares(&tables, 2);
        assert_eq!(shares.iter().map(Vec::len).sum::<usize>(), 6);
        for share in &shares {
            assert_eq!(share.iter().map(|table| table.bytes).sum::<u64>(), 150);
        }
        assert!(super::shares(&[], 4).is_empty());
    }
}
