//! Everything the catalog says about a database's schemas, to compare before with after.
//!
//! A snapshot holds what a person could notice: identities (oid, relfilenode), names, bounds, owners, grants,
//! options, columns, constraints, triggers, indexes, sequences, functions, extensions, publications, settings.
//! It does not look at rows ([`Fingerprint`](crate::Fingerprint) does) nor at statistics. It costs four
//! queries whatever the number of relations, in one read-only transaction.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::Client;

use crate::error::{Context, Result};

const SCOPE: &str = include_str!("sql/scope.sql");
const QUERIES: [&str; 4] = [
    include_str!("sql/relations.sql"),
    include_str!("sql/indexes.sql"),
    include_str!("sql/sequences.sql"),
    include_str!("sql/others.sql"),
];

/// Which schemas a snapshot looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    schemas: Vec<String>,
    named_only: bool,
    sequence_values: bool,
}

impl Scope {
    /// All schemas but PostgreSQL's own and those named.
    #[must_use]
    pub fn all_but(schemas: &[&str]) -> Self {
        Self::new(schemas, false)
    }

    /// The schemas named and no other.
    #[must_use]
    pub fn only(schemas: &[&str]) -> Self {
        Self::new(schemas, true)
    }

    /// Includes the numbers that sequences have reached.
    #[must_use]
    pub fn with_sequence_values(mut self) -> Self {
        self.sequence_values = true;
        self
    }

    fn new(schemas: &[&str], named_only: bool) -> Self {
        let schemas = schemas.iter().map(|&name| name.to_owned()).collect();
        Self {
            schemas,
            named_only,
            sequence_values: false,
        }
    }
}

/// One object: its identity and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    kind: String,
    name: String,
    oid: u32,
    facts: BTreeMap<String, Value>,
}

/// What the catalog said at one moment; two are equal if nothing that they cover has changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CatalogSnapshot {
    objects: BTreeMap<String, Entry>,
}

impl CatalogSnapshot {
    /// Reads the catalog.
    ///
    /// # Errors
    ///
    /// When a query fails, or the connection is in a transaction already.
    pub async fn take(client: &Client, scope: &Scope) -> Result<Self> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = pg_catalog; \
                     SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL quote_all_identifiers = off";
        client
            .batch_execute(begin)
            .await
            .context(|| "could not begin a catalog snapshot".into())?;
        let objects = read(client, scope).await;
        client
            .batch_execute("ROLLBACK")
            .await
            .context(|| "could not end a catalog snapshot".into())?;
        Ok(Self { objects: objects? })
    }

    /// What changed from this snapshot to the other, one line per change; nothing if they are equal.
    ///
    /// An object that kept its oid under another name is told as renamed.
    #[must_use]
    pub fn diff(&self, other: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (key, before) in &self.objects {
            match other
                .objects
                .get(key)
                .or_else(|| other.renamed(before, self))
            {
                None => lines.push(format!("{key} is gone")),
                Some(after) => compare(key, before, after, &mut lines),
            }
        }
        for (key, after) in &other.objects {
            if !self.objects.contains_key(key) && self.renamed(after, other).is_none() {
                lines.push(format!("{key} is new"));
            }
        }
        lines
    }

    /// The same without oids, file nodes and column numbers: what a restored copy has in common with its original.
    #[must_use]
    pub fn without_ids(mut self) -> Self {
        for entry in self.objects.values_mut() {
            entry.oid = 0;
            for id in ["relfilenode", "toast"] {
                entry.facts.remove(id);
            }
            for nested in entry.facts.values_mut().filter_map(Value::as_object_mut) {
                nested.remove("oid");
                nested.remove("attnum");
            }
        }
        self
    }

    /// Every object, as `table public.webhook_events`.
    pub fn objects(&self) -> impl Iterator<Item = &str> {
        self.objects.keys().map(String::as_str)
    }

    /// One fact of one object, such as `("table public.t", "bound")`; `None` if there is no such thing.
    #[must_use]
    pub fn fact(&self, object: &str, fact: &str) -> Option<&Value> {
        self.objects
            .get(object)?
            .facts
            .get(fact)
            .filter(|value| !value.is_null())
    }

    /// Everything that is said about one object; `None` if there is no such thing.
    #[must_use]
    pub fn facts(&self, object: &str) -> Option<&BTreeMap<String, Value>> {
        self.objects.get(object).map(|entry| &entry.facts)
    }

    /// The oid of an object.
    #[must_use]
    pub fn oid(&self, object: &str) -> Option<u32> {
        self.objects.get(object).map(|entry| entry.oid)
    }

    /// The object here that is `theirs` in the other snapshot under another name.
    fn renamed(&self, theirs: &Entry, other: &Self) -> Option<&Entry> {
        let same = |(key, ours): &(&String, &Entry)| {
            ours.oid != 0
                && ours.oid == theirs.oid
                && ours.kind == theirs.kind
                && !other.objects.contains_key(*key)
        };
        self.objects.iter().find(same).map(|(_, entry)| entry)
    }
}

async fn read(client: &Client, scope: &Scope) -> Result<BTreeMap<String, Entry>> {
    let mut objects = BTreeMap::new();
    for query in QUERIES {
        // Each query is given the three parameters, whether or not it uses the last.
        let sql = format!("{SCOPE}SELECT * FROM ({query}) AS objects WHERE $3::bool IS NOT NULL");
        let rows = client
            .query(
                &sql,
                &[&scope.schemas, &scope.named_only, &scope.sequence_values],
            )
            .await;
        for row in rows.context(|| format!("could not read the catalog: {query}"))? {
            let (kind, name, facts): (String, String, String) =
                (row.get(0), row.get(1), row.get(3));
            let facts = serde_json::from_str(&facts)
                .context(|| format!("the facts of {kind} {name} are no JSON"))?;
            let entry = Entry {
                kind,
                name,
                oid: row.get(2),
                facts,
            };
            objects.insert(format!("{} {}", entry.kind, entry.name), entry);
        }
    }
    Ok(objects)
}

fn compare(key: &str, before: &Entry, after: &Entry, lines: &mut Vec<String>) {
    if before.name != after.name {
        lines.push(format!("{key} is now called {}", after.name));
    }
    if before.oid != after.oid {
        lines.push(format!("{key}: oid {} -> {}", before.oid, after.oid));
    }
    let names = before.facts.keys().chain(
        after
            .facts
            .keys()
            .filter(|name| !before.facts.contains_key(*name)),
    );
    for name in names {
        let (old, new) = (before.facts.get(name), after.facts.get(name));
        if old != new {
            lines.push(format!("{key}: {name} {} -> {}", shown(old), shown(new)));
        }
    }
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "(none)".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
