//! What a partition loses when it is detached for a moment, or might get otherwise when it is attached again: the states
//! of row triggers that came from the parent (clones are dropped, and made anew as the parent's), and which of its indexes
//! are parts of the parent's (of two alike, the server takes either).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::name::{RelationName, quote_ident};
use crate::session::{Session, Statement, row, rows};
use crate::{Error, Kind};

/// See the module.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Ties {
    /// `tgenabled` of each trigger that is a clone.
    triggers: BTreeMap<String, String>,
    /// Oids of indexes that are parts of the parent's.
    indexes: Vec<u64>,
}

const LOOK: &str = "\
    SELECT (SELECT coalesce(json_object_agg(tgname, tgenabled), '{}') FROM pg_catalog.pg_trigger \
             WHERE tgrelid = t.oid AND tgparentid <> 0 AND NOT tgisinternal) AS triggers, \
           (SELECT coalesce(json_agg(x.indexrelid::int8 ORDER BY x.indexrelid), '[]') FROM pg_catalog.pg_index x \
             JOIN pg_catalog.pg_inherits i ON i.inhrelid = x.indexrelid WHERE x.indrelid = t.oid) AS indexes";

/// A table that is about to leave its place to another one.
#[derive(Debug, Deserialize)]
pub(super) struct Exchange {
    /// The oid of the one that leaves.
    pub(super) old: u64,
    /// The oid of the one that comes.
    pub(super) new: u64,
    /// What the old one has.
    #[serde(flatten)]
    pub(super) ties: Ties,
}

impl Exchange {
    /// All of it in one turn to the server, for everybody waits; `None` where one of the two isn't there.
    pub(super) async fn of(
        session: &mut (dyn Session + 'static),
        old: &RelationName,
        new: &RelationName,
    ) -> Result<Option<Self>, Error> {
        let sql = format!(
            "SELECT t.oid::int8 AS old, t.new::int8 AS new, ties.* FROM (SELECT to_regclass($1::text)::oid AS oid, \
             to_regclass($2::text)::oid AS new) AS t CROSS JOIN LATERAL ({LOOK}) AS ties \
             WHERE t.oid IS NOT NULL AND t.new IS NOT NULL"
        );
        let look = Statement::query(sql).bind(old.to_string());
        let look = look.bind(new.to_string());
        Ok(rows(session, &look).await?.pop())
    }
}

impl Ties {
    /// What this table has now.
    pub(super) async fn of(session: &mut (dyn Session + 'static), oid: u64) -> Result<Self, Error> {
        let sql = format!("{LOOK} FROM (SELECT $1::text::oid AS oid) AS t");
        row(session, &Statement::query(sql).bind(oid.to_string())).await
    }

    /// Whether the parent has just the indexes that these were parts of: no other one would have to be made.
    pub(super) async fn are_all(
        &self,
        session: &mut (dyn Session + 'static),
        parent: &RelationName,
    ) -> Result<bool, Error> {
        #[derive(Deserialize)]
        struct Count {
            n: usize,
        }
        let sql =
            "SELECT count(*) AS n FROM pg_catalog.pg_index WHERE indrelid = $1::text::regclass";
        let look = Statement::query(sql).bind(parent.to_string());
        Ok(row::<Count>(session, &look).await?.n == self.indexes.len())
    }

    /// Makes it so again, right after the table was attached.
    ///
    /// # Errors
    /// [`Kind::Refused`] where another index has become the part of one of the parent's.
    pub(super) async fn restore(
        &self,
        session: &mut (dyn Session + 'static),
        oid: u64,
        table: &RelationName,
    ) -> Result<(), Error> {
        let now = Self::of(session, oid).await?;
        if now.indexes != self.indexes {
            return Err(Error::new(
                Kind::Refused,
                format!(
                    "{table} has two indexes alike, and the wrong one would become a part of its parent's; drop one"
                ),
            ));
        }
        for (trigger, state) in &self.triggers {
            if now.triggers.get(trigger).is_none_or(|now| now == state) {
                continue;
            }
            let verb = match state.as_str() {
                "D" => "DISABLE",
                "R" => "ENABLE REPLICA",
                "A" => "ENABLE ALWAYS",
                _ => "ENABLE",
            };
            let sql = format!(
                "ALTER TABLE {table} {verb} TRIGGER {}",
                quote_ident(trigger)
            );
            session.run(&Statement::command(sql)).await?;
        }
        Ok(())
    }
}
