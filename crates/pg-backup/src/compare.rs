//! Compares a database with the manifest that it was restored from: rows, objects, extensions.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog;
use crate::connection::Connection;
use crate::error::Result;
use crate::fingerprint::{Fingerprint, Reading, of_tables};
use crate::manifest::{Extension, Manifest, Table};
use crate::session::{self, document};

/// What was compared, and what was not as it should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub(crate) tables: usize,
    pub(crate) rows: u64,
    pub(crate) differences: Vec<String>,
}

/// Reads every row of a restored database. `left_out` names extensions that were not restored on purpose.
pub(crate) async fn compare(
    connection: &Connection,
    application_name: &str,
    manifest: &Manifest,
    left_out: &[String],
    jobs: usize,
) -> Result<Comparison> {
    let is_compared = |table: &&Table| {
        table
            .extension
            .as_ref()
            .is_none_or(|name| !left_out.contains(name))
    };
    let tables: Vec<_> = manifest
        .tables
        .iter()
        .filter(is_compared)
        .cloned()
        .collect();
    let client = session::open(connection, application_name).await?;
    let money = &manifest.database.lc_monetary;
    let reading = Reading {
        connection: connection.clone(),
        application_name: application_name.to_owned(),
        snapshot: None,
        encoding: manifest.database.encoding.clone(),
        lc_monetary: session::knows_lc_monetary(&client, money)
            .await
            .then(|| money.clone()),
        jobs,
        only_count: false,
    };
    let found = of_tables(&reading, &tables).await?;
    let extensions: Vec<Extension> = document(
        &client,
        "could not read the extensions",
        include_str!("sql/extensions.sql"),
        &[],
    )
    .await?;
    let mut differences = rows(&tables, &found);
    differences.extend(objects(
        &manifest.objects,
        &catalog::objects(&client).await?,
    ));
    differences.extend(versions(&manifest.extensions, &extensions, left_out));
    Ok(Comparison {
        tables: tables.len(),
        rows: found.values().map(|rows| rows.rows).sum(),
        differences,
    })
}

/// Tables whose rows differ. Below a hash-partitioned table rows may have moved to another partition, as pg_dump lets
/// them where the hash depends on the system; then the sum over all partitions counts.
fn rows(tables: &[Table], found: &BTreeMap<String, Fingerprint>) -> Vec<String> {
    let moved: BTreeSet<_> = whole_roots(tables, found);
    let differs = |table: &Table| match found.get(&table.name) {
        None => Some(format!("{} is not there", table.name)),
        Some(rows) if *rows == table.rows => None,
        Some(_)
            if table
                .hash_root
                .as_ref()
                .is_some_and(|root| moved.contains(root)) =>
        {
            None
        }
        Some(rows) if rows.rows == table.rows.rows => {
            Some(format!("{} has other rows", table.name))
        }
        Some(rows) => Some(format!(
            "{} has {} rows instead of {}",
            table.name, rows.rows, table.rows.rows
        )),
    };
    tables.iter().filter_map(differs).collect()
}

fn whole_roots(tables: &[Table], found: &BTreeMap<String, Fingerprint>) -> BTreeSet<String> {
    let mut sums: BTreeMap<String, (Fingerprint, Fingerprint)> = BTreeMap::new();
    for table in tables {
        if let Some(root) = &table.hash_root {
            let sum = sums.entry(root.clone()).or_default();
            sum.0 = sum.0 + table.rows;
            sum.1 = sum.1 + found.get(&table.name).copied().unwrap_or_default();
        }
    }
    sums.into_iter()
        .filter(|(_, (wanted, is))| wanted == is)
        .map(|(root, _)| root)
        .collect()
}

fn objects(wanted: &BTreeMap<String, i64>, found: &BTreeMap<String, i64>) -> Vec<String> {
    let kinds: BTreeSet<_> = wanted.keys().chain(found.keys()).collect();
    let number = |of: &BTreeMap<String, i64>, kind: &str| of.get(kind).copied().unwrap_or_default();
    let differs = |kind: &String| {
        let (wanted, found) = (number(wanted, kind), number(found, kind));
        (wanted != found).then(|| format!("{found} {kind} instead of {wanted}"))
    };
    kinds.into_iter().filter_map(differs).collect()
}

fn versions(wanted: &[Extension], found: &[Extension], left_out: &[String]) -> Vec<String> {
    let differs = |wanted: &Extension| {
        let version = found
            .iter()
            .find(|found| found.name == wanted.name)
            .map(|found| &found.version);
        match version {
            _ if wanted.builtin || left_out.contains(&wanted.name) => None,
            Some(version) if *version == wanted.version => None,
            Some(version) => Some(format!(
                "extension {} is {version} instead of {}",
                wanted.name, wanted.version
            )),
            None => Some(format!("extension {} is not there", wanted.name)),
        }
    };
    wanted.iter().filter_map(differs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, rows: u64, sum: u128, root: Option<&str>) -> Table {
        let json = serde_json::json!({
            "name": name, "rows": rows, "digest": format!("{sum:x}"), "schema": "s", "relation": name, "oid": 1, "bytes": 1,
            "hash_root": root
        });
        serde_json::from_value(json).expect("a table")
    }

    #[test]
    fn a_row_that_moved_below_a_hash_is_no_difference_and_a_lost_one_is() {
        let tables = [
            table("a", 2, 20, Some("h")),
            table("b", 1, 5, Some("h")),
            table("c", 1, 7, None),
        ];
        let found = |b: (u64, u128)| {
            BTreeMap::from([
                ("a".to_owned(), Fingerprint { rows: 1, sum: 8 }),
                (
                    "b".to_owned(),
                    Fingerprint {
                        rows: b.0,
                        sum: b.1,
                    },
                ),
                ("c".to_owned(), Fingerprint { rows: 1, sum: 7 }),
            ])
        };
        assert_eq!(rows(&tables, &found((2, 17))), Vec::<String>::new());
        assert_eq!(rows(&tables, &found((1, 5))), ["a has 1 rows instead of 2"]);
    }

    #[test]
    fn a_lost_primary_key_is_seen() {
        let wanted = BTreeMap::from([("primary keys".to_owned(), 2)]);
        let found = BTreeMap::from([("primary keys".to_owned(), 1)]);
        assert_eq!(objects(&wanted, &found), ["1 primary keys instead of 2"]);
    }
}
