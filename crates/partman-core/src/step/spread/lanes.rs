//! Makes some tables hold what others hold, piece by piece while those are written to. It doesn't matter where it begins,
//! nor whether a piece is done twice: what is there is left, and what changed meanwhile is caught up with by
//! [`changes`].
//!
//! Locks: ROW EXCLUSIVE on the tables that are filled, which nobody else sees; ACCESS SHARE on the others.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Spread, Target, changes, listed, run};
use crate::Error;
use crate::name::RelationName;
use crate::session::{Session, Statement, row};
use crate::step::Pace;

/// Pages that are read in one piece: a megabyte, some ten thousand narrow rows.
const PAGES: i64 = 128;

/// Some rows of one table, and the table that is to have them.
pub(super) struct Lane {
    pub(super) from: RelationName,
    pub(super) to: RelationName,
    /// Which rows: those of this target, or of none.
    pub(super) target: Option<Target>,
}

/// How far the reading of tables has got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    table: usize,
    page: i64,
}

#[derive(Deserialize)]
struct Pages {
    n: i64,
}

#[derive(Deserialize)]
struct Counts {
    lanes: Vec<i64>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Sum {
    n: i64,
    sum: String,
}

/// What is done with the rows of a piece.
#[derive(Clone, Copy)]
pub(super) enum Work {
    /// Rows of `from` that `to` lacks are copied.
    Copy,
    /// Rows of `to` that aren't the same in `from` are deleted.
    Sweep,
}

/// All of them, at work.
pub(super) struct Lanes<'s> {
    pub(super) spread: &'s Spread,
    pub(super) lanes: Vec<Lane>,
}

impl Lane {
    /// The rows, as a condition with this before the column: `s.`, or nothing.
    pub(super) fn own(&self, spread: &Spread, before: &str) -> String {
        match &self.target {
            Some(target) => spread.within(target, before),
            None => spread.beside(before),
        }
    }

    /// Copies these rows, or all.
    pub(super) fn copy(&self, spread: &Spread, some: Option<&str>) -> String {
        let (columns, theirs) = (spread.listed(), listed("s.", &spread.columns));
        let Self { from, to, .. } = self;
        let own = self.own(spread, "s.");
        let some = some.map(|some| format!("{some} AND ")).unwrap_or_default();
        format!(
            "INSERT INTO {to} ({columns}) SELECT {theirs} FROM ONLY {from} s WHERE {some}({own}) ON CONFLICT DO NOTHING"
        )
    }

    /// Deletes those of these rows, or of all, that are not the same.
    pub(super) fn sweep(&self, spread: &Spread, some: Option<&str>) -> String {
        let Self { from, to, .. } = self;
        let own = self.own(spread, "s.");
        let some = some.map(|some| format!("{some} AND ")).unwrap_or_default();
        let same = changes::same_key(spread, ("f", "s"));
        let (mine, theirs) = (listed("s.", &spread.columns), listed("f.", &spread.columns));
        format!(
            "DELETE FROM ONLY {to} s WHERE {some}({own}) AND NOT EXISTS (SELECT FROM ONLY {from} f WHERE {same} AND \
             ROW({mine})::text = ROW({theirs})::text)"
        )
    }
}

impl Lanes<'_> {
    /// One piece, from where the last one ended. Through when every table has been read.
    pub(super) async fn piece(
        &self,
        session: &mut (dyn Session + 'static),
        work: Work,
        so_far: &Value,
    ) -> Result<Pace, Error> {
        let mut place: Place = serde_json::from_value(so_far.clone()).unwrap_or_default();
        let tables = self.tables(work);
        let mut sizes = Vec::new();
        for table in &tables {
            sizes.push(pages(session, table).await?);
        }
        while sizes
            .get(place.table)
            .is_some_and(|size| place.page >= *size)
        {
            place = Place {
                table: place.table + 1,
                page: 0,
            };
        }
        let Some(table) = tables.get(place.table) else {
            return Ok(Pace::Through);
        };
        self.some(session, work, table, place.page).await?;
        place.page += PAGES;
        let before: i64 = sizes.iter().take(place.table).sum();
        Ok(Pace::More {
            so_far: json!(place),
            done: (before + place.page).unsigned_abs(),
            total: sizes.iter().sum::<i64>().unsigned_abs(),
        })
    }

    /// Works off what has changed; through when these were all entries.
    pub(super) async fn changes(
        &self,
        session: &mut (dyn Session + 'static),
    ) -> Result<bool, Error> {
        let n = changes::catch_up(session, self.spread, &self.lanes).await?;
        Ok(n < changes::AT_ONCE)
    }

    /// What is left when every table has been read: a piece of changes, until these are all.
    pub(super) async fn rest(
        &self,
        session: &mut (dyn Session + 'static),
        so_far: &Value,
    ) -> Result<Pace, Error> {
        Ok(match self.changes(session).await? {
            true => Pace::Through,
            false => Pace::More {
                so_far: so_far.clone(),
                done: 0,
                total: 0,
            },
        })
    }

    /// Compares both sides as one snapshot shows them, but for rows with changes that are not worked off yet. Reads all of
    /// both.
    ///
    /// # Errors
    /// [`crate::Kind::Changed`] where they are not the same.
    pub(super) async fn prove(&self, session: &mut (dyn Session + 'static)) -> Result<i64, Error> {
        let from: Vec<&RelationName> = self.lanes.iter().map(|lane| &lane.from).collect();
        let to: Vec<&RelationName> = self.lanes.iter().map(|lane| &lane.to).collect();
        let sql = format!(
            "SELECT json_build_array(({}), ({})) AS both",
            self.sum(from),
            self.sum(to)
        );
        run(session, [changes::PLAN_FOR_MANY.to_owned()]).await?;
        let Both { both: [from, to] } = row(session, &Statement::query(sql)).await?;
        if from == to {
            return Ok(to.n);
        }
        Err(self.spread.changed(format!(
            "{} rows were copied of {}, or not as they are",
            to.n, from.n
        )))
    }

    fn sum(&self, mut tables: Vec<&RelationName>) -> String {
        tables.dedup();
        let columns = listed("s.", &self.spread.columns);
        let unchanged = changes::unchanged(self.spread);
        let all = tables.iter().map(|table| {
            format!(
                "SELECT hashtextextended(ROW({columns})::text, 0)::numeric AS h FROM ONLY {table} s WHERE {unchanged}"
            )
        });
        format!(
            "SELECT json_build_object('n', count(*), 'sum', coalesce(sum(h), 0)::text) FROM ({}) AS each_row",
            all.collect::<Vec<_>>().join(" UNION ALL ")
        )
    }

    /// The tables that are read, each once.
    fn tables(&self, work: Work) -> Vec<RelationName> {
        let read = |lane: &Lane| match work {
            Work::Copy => lane.from.clone(),
            Work::Sweep => lane.to.clone(),
        };
        let mut tables: Vec<RelationName> = self.lanes.iter().map(read).collect();
        tables.dedup();
        tables
    }

    /// Rows of these pages, for every lane that has some of them.
    async fn some(
        &self,
        session: &mut (dyn Session + 'static),
        work: Work,
        table: &RelationName,
        page: i64,
    ) -> Result<(), Error> {
        let some = format!(
            "s.ctid >= '({page},0)'::tid AND s.ctid < '({},0)'::tid",
            page + PAGES
        );
        let reads = |lane: &&Lane| match work {
            Work::Copy => lane.from == *table,
            Work::Sweep => lane.to == *table,
        };
        let lanes: Vec<&Lane> = self.lanes.iter().filter(reads).collect();
        let counts = lanes
            .iter()
            .map(|lane| format!("count(*) FILTER (WHERE {})", lane.own(self.spread, "s.")));
        let look = format!(
            "SELECT ARRAY[{}] AS lanes FROM ONLY {table} s WHERE {some}",
            counts.collect::<Vec<_>>().join(", ")
        );
        let counts: Counts = row(session, &Statement::query(look)).await?;
        let mut statements = vec![changes::AT_WORK.to_owned()];
        for (lane, n) in lanes.into_iter().zip(counts.lanes) {
            match work {
                _ if n == 0 => {}
                Work::Copy => statements.push(lane.copy(self.spread, Some(&some))),
                Work::Sweep => statements.push(lane.sweep(self.spread, Some(&some))),
            }
        }
        run(session, statements).await
    }
}

#[derive(Deserialize)]
struct Both {
    both: [Sum; 2],
}

async fn pages(session: &mut (dyn Session + 'static), table: &RelationName) -> Result<i64, Error> {
    let sql =
        "SELECT pg_relation_size($1::text::regclass) / current_setting('block_size')::int8 AS n";
    let statement = Statement::query(sql).bind(table.to_string());
    Ok(row::<Pages>(session, &statement).await?.n)
}
