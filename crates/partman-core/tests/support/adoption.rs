//! One set through the whole cycle: planned, adopted, looked at, taken back, adopted again.
//!
//! What new partitions have to be is asked of the catalog and of PostgreSQL itself: they are compared with the one that
//! `CREATE TABLE … PARTITION OF` makes.

use std::collections::BTreeMap;

use partman_core::migrate::Done;
use partman_core::plan::Plan;
use partman_core::run::Outcome;
use partman_core::wanted::{Names, WantedSet};
use partman_testkit::{CatalogSnapshot, Cluster, Partman, TestDb};
use serde_json::Value;

use super::{Subject, dsn, name, without_journal};

/// On which grid a set's bounds are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Grid {
    /// Midnights (or hours) of this zone, this far apart. `key` is the type of the bounds.
    Time {
        key: &'static str,
        zone: &'static str,
        interval: &'static str,
    },
    /// Numbers, this far apart.
    Ids(i64),
}

/// What is adopted, and what has to be true of it.
#[derive(Debug, Clone)]
pub(crate) struct Adoption {
    pub(crate) parent: &'static str,
    pub(crate) grid: Grid,
    /// An insert through the parent, with `:at` for the key; it draws on identity, defaults and triggers.
    pub(crate) insert: &'static str,
    /// The role that adopts.
    pub(crate) role: &'static str,
    /// Settings of the server.
    pub(crate) settings: &'static [(&'static str, &'static str)],
    pub(crate) premake: u32,
    pub(crate) names: Option<Names>,
}

/// By months of UTC, as a superuser, on a server as it comes.
pub(crate) const MONTHS: Adoption = Adoption {
    parent: "",
    grid: Grid::Time {
        key: "timestamptz",
        zone: "UTC",
        interval: "1 month",
    },
    insert: "",
    role: "postgres",
    settings: &[],
    premake: 2,
    names: None,
};

impl Adoption {
    /// Takes the set that `make` makes through the cycle, on each of these versions. Returns the databases, in each of
    /// which the set is adopted.
    pub(crate) async fn on(
        &self,
        versions: &[Partman],
        make: impl AsyncFn(&TestDb),
    ) -> Vec<TestDb> {
        let mut databases = Vec::new();
        for version in versions {
            let mut options = Cluster::options(*version);
            for (setting, value) in self.settings {
                options = options.setting(*setting, *value);
            }
            let db = TestDb::on(options.start().await.expect("a test server"), "shapes").await;
            make(&db).await;
            self.cycle(&db, *version).await;
            databases.push(db);
        }
        databases
    }

    async fn cycle(&self, db: &TestDb, version: Partman) {
        let subject = Subject::connect_to(&dsn(db, self.role)).await;
        let before = db.snapshot().await;
        let rows = db.fingerprint(self.parent).await;
        let plan = self.plan(&subject).await;
        assert_eq!(plan.refusals, vec![], "{version:?}");
        for time in 1..=2 {
            let done = subject.migrate(&plan).await;
            let done = done.unwrap_or_else(|error| panic!("{version:?}: {error:?}"));
            assert_eq!(done.outcome, Outcome::Completed, "{version:?}: {done:?}");
            assert_eq!(db.fingerprint(self.parent).await, rows, "{version:?}");
            if time == 1 {
                let mut wrong = self.what_is_wrong(db, &plan, &done).await;
                wrong.truncate(5);
                assert!(wrong.is_empty(), "{version:?}\n{}", wrong.join("\n"));
                let back = subject.rollback().await.expect("there is a way back");
                assert_eq!(back.outcome, Outcome::RolledBack, "{version:?}: {back:?}");
                let left = without_journal(before.diff(&db.snapshot().await));
                assert_eq!(left, Vec::<String>::new(), "{version:?}");
            }
        }
    }

    pub(crate) async fn plan(&self, subject: &Subject) -> Plan {
        let mut wanted = WantedSet::new(name(self.parent));
        wanted.premake = self.premake;
        wanted.names = self.names;
        subject.plan_for(wanted).await
    }

    async fn what_is_wrong(&self, db: &TestDb, plan: &Plan, done: &Done) -> Vec<String> {
        let verified = done.verified.clone().unwrap_or_default();
        let mut wrong = verified.problems;
        if !verified.notes.is_empty() {
            wrong.push(format!("notes: {:?}", verified.notes));
        }
        wrong.extend(self.bounds(db).await);
        wrong.extend(rights(db, self.parent).await);
        wrong.extend(indexes(db, self.parent).await);
        wrong.extend(self.inserts(db).await);
        let created: Vec<String> = plan
            .steps
            .iter()
            .filter_map(|step| step.description.id.strip_prefix("create-partition:"))
            .map(str::to_owned)
            .collect();
        if let Some(new) = created.last() {
            wrong.extend(self.unlike_a_native_one(db, new).await);
        }
        wrong
    }

    /// Every partition is one interval wide and begins where the one before ends; the last ones lie ahead.
    async fn bounds(&self, db: &TestDb) -> Vec<String> {
        let (key, next, ahead) = match self.grid {
            Grid::Time {
                key,
                zone,
                interval,
            } => {
                let next = match key {
                    "timestamptz" => format!(
                        "(lower AT TIME ZONE '{zone}' + interval '{interval}') AT TIME ZONE '{zone}'"
                    ),
                    _ => format!("(lower + interval '{interval}')::{key}"),
                };
                let ahead = format!(
                    "lower > (now() AT TIME ZONE 'UTC')::{}",
                    if key == "date" { "date" } else { "timestamp" }
                );
                let ahead = if key == "timestamptz" {
                    "lower > now()".to_owned()
                } else {
                    ahead
                };
                (key, next, ahead)
            }
            Grid::Ids(width) => ("bigint", format!("lower + {width}"), "true".to_owned()),
        };
        let sql = format!(
            "SET TimeZone = 'UTC';
             WITH text AS (
                 SELECT inhrelid::regclass AS partition, pg_get_expr(relpartbound, c.oid) AS bound
                   FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
                  WHERE inhparent = '{parent}'::regclass AND pg_get_expr(relpartbound, c.oid) <> 'DEFAULT'
             ), ends AS (
                 SELECT partition, trim(both '''' from substring(bound from 'FROM \\((.*)\\) TO'))::{key} AS lower,
                        trim(both '''' from substring(bound from 'TO \\((.*)\\)'))::{key} AS upper
                   FROM text
             ), ordered AS (
                 SELECT *, lag(upper) OVER (ORDER BY lower) AS before FROM ends
             )
             SELECT format('%s is from %s to %s, after %s', partition, lower, upper, before) AS wrong
               FROM ordered WHERE upper <> {next} OR before <> lower
             UNION ALL
             SELECT format('%s partitions lie ahead', count(*)) FROM ends WHERE {ahead} HAVING count(*) < {premake}",
            parent = self.parent.replace('\'', "''"),
            premake = self.premake,
        );
        lines(db, &sql).await
    }

    /// Inserts through the parent now and in the last partition, and gives them up again.
    async fn inserts(&self, db: &TestDb) -> Vec<String> {
        let last = format!(
            "SELECT trim(both '''' from substring(pg_get_expr(relpartbound, c.oid) from 'FROM \\((.*)\\) TO'))
               FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
              WHERE inhparent = '{}'::regclass AND pg_get_expr(relpartbound, c.oid) <> 'DEFAULT'
              ORDER BY c.oid DESC LIMIT 1",
            self.parent.replace('\'', "''")
        );
        let last = db
            .query_text(&format!("SET TimeZone = 'UTC'; {last}"))
            .await;
        let points = match self.grid {
            Grid::Time { key, .. } => vec![format!("now()::{key}"), format!("'{last}'::{key}")],
            Grid::Ids(_) => vec![last],
        };
        let client = db.client().await;
        let mut wrong = Vec::new();
        for point in points {
            let insert = self.insert.replace(":at", &point);
            let sql = format!("BEGIN; SET LOCAL TimeZone = 'UTC'; {insert}; ROLLBACK");
            if let Err(error) = client.batch_execute(&sql).await {
                wrong.push(format!("{insert}: {:?}", error.as_db_error()));
                let _ = client.batch_execute("ROLLBACK").await;
            }
        }
        wrong
    }

    /// What a new partition has otherwise than one that PostgreSQL makes itself.
    async fn unlike_a_native_one(&self, db: &TestDb, new: &str) -> Vec<String> {
        let (from, to) = match self.grid {
            Grid::Time { .. } => ("'2999-01-01'", "'2999-02-01'"),
            Grid::Ids(_) => ("1999999000", "1999999999"),
        };
        let new = name(new);
        let quoted = new.to_string().ends_with('"');
        let native = new.sibling(if quoted { "Native" } else { "native" });
        db.execute(&format!(
            "SET client_min_messages = warning; CREATE TABLE {native} PARTITION OF {} FOR VALUES FROM ({from}) TO ({to})",
            self.parent
        ))
        .await;
        let snapshot = db.snapshot().await;
        let parent = self.parent;
        db.execute(&format!(
            "ALTER TABLE {parent} DETACH PARTITION {native}; DROP TABLE {native}"
        ))
        .await;
        let (is, should) = (
            facts(&snapshot, &new.to_string(), &new.name),
            facts(&snapshot, &native.to_string(), &native.name),
        );
        let keys = is
            .keys()
            .chain(should.keys().filter(|key| !is.contains_key(*key)));
        keys.filter(|key| is.get(*key) != should.get(*key))
            .filter(|key| !brought_on_purpose(key))
            .map(|key| {
                format!(
                    "{new}: {key} is {:?}, natively {:?}",
                    is.get(key),
                    should.get(key)
                )
            })
            .collect()
    }
}

/// `LIKE … INCLUDING ALL` brings comments and extended statistics, which PARTITION OF does not; rights, storage
/// parameters, persistence and replica identity are compared with those of the parent and of the siblings.
fn brought_on_purpose(key: &str) -> bool {
    [
        "statistics ",
        "comment",
        "owner",
        "acl",
        "options",
        "replica identity",
        "persistence",
    ]
    .iter()
    .any(|ours| key.starts_with(ours))
}

/// The facts of a table and of its indexes, with the same word for its name everywhere. Indexes and constraints go by
/// what they are, for their names are cut where they get too long.
fn facts(snapshot: &CatalogSnapshot, table: &str, short: &str) -> BTreeMap<String, String> {
    let (in_sql, in_json) = (short.replace('"', "\"\""), short.replace('"', r#"\"\""#));
    let same = |text: &str| {
        let text = text.replace(&in_json, "THIS").replace(&in_sql, "THIS");
        text.replace(short, "THIS")
    };
    let mut found = BTreeMap::new();
    let of_table = snapshot.facts(&format!("table {table}"));
    for (key, value) in of_table.expect("it is there") {
        let definition = value
            .get("definition")
            .filter(|_| key.starts_with("constraint "));
        match (key.as_str(), definition) {
            ("relfilenode" | "toast" | "bound", _) => {}
            (_, Some(definition)) => drop(found.insert(
                same(&format!("constraint {definition}")),
                same(&text(value)),
            )),
            _ => drop(found.insert(same(key), same(&text(value)))),
        }
    }
    let indexes = snapshot
        .objects()
        .filter(|object| object.starts_with("index "));
    for facts in indexes.filter_map(|object| snapshot.facts(object)) {
        if facts["table"] != table {
            continue;
        }
        let definition = facts["definition"].as_str().unwrap_or_default();
        let what = definition
            .split_once(" ON ")
            .map_or(definition, |(_, what)| what);
        let about = [
            "valid",
            "ready",
            "replica identity",
            "options",
            "tablespace",
            "parent",
        ];
        let shown: Vec<_> = about
            .iter()
            .map(|fact| format!("{fact}: {}", facts[*fact]))
            .collect();
        found.insert(same(&format!("index on {what}")), shown.join(", "));
    }
    found
}

/// Without oids, comments and statistics targets, which PARTITION OF doesn't bring.
fn text(value: &Value) -> String {
    match value.as_object() {
        None => value.to_string(),
        Some(object) => {
            let mut object = object.clone();
            object.remove("oid");
            object.remove("comment");
            object.remove("statistics");
            Value::Object(object).to_string()
        }
    }
}

/// Partitions that belong to somebody else than their parent, or have other grants. Older ones may: they are as they
/// were; so only those that partman made are asked.
async fn rights(db: &TestDb, parent: &str) -> Vec<String> {
    let sql = format!(
        r#"WITH made AS (
             SELECT made::bigint::oid AS oid
               FROM partman_journal.entry, jsonb_path_query(detail, 'lax $.created[*] ? (@.type() == "number")') AS made
              WHERE what = 'done'
         ), acl AS (
             SELECT c.oid, c.relowner, array_agg(a::text ORDER BY a::text) AS acl
               FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a GROUP BY c.oid
         )
         SELECT format('%s is of %s with %s, its parent of %s with %s',
                       c.oid::regclass, c.relowner::regrole, c.acl, p.relowner::regrole, p.acl)
           FROM made JOIN acl c USING (oid) JOIN acl p ON p.oid = '{}'::regclass
          WHERE (c.relowner, c.acl) IS DISTINCT FROM (p.relowner, p.acl)"#,
        parent.replace('\'', "''")
    );
    lines(db, &sql).await
}

/// Indexes of the parent that are not valid, or that some partition has no attached part of.
async fn indexes(db: &TestDb, parent: &str) -> Vec<String> {
    let sql = format!(
        "SELECT format('%s is not whole', x.indexrelid::regclass)
           FROM pg_index x
          WHERE x.indrelid = '{parent}'::regclass
            AND (NOT x.indisvalid
                 OR (SELECT count(*) FROM pg_inherits WHERE inhparent = x.indexrelid)
                    <> (SELECT count(*) FROM pg_inherits WHERE inhparent = x.indrelid))",
        parent = parent.replace('\'', "''")
    );
    lines(db, &sql).await
}

async fn lines(db: &TestDb, sql: &str) -> Vec<String> {
    let rows = db.query_rows(sql).await;
    rows.into_iter()
        .filter_map(|row| row.into_iter().next().flatten())
        .collect()
}
