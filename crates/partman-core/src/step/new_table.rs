//! A table that is made to be attached: like the parent, and with what `LIKE` doesn't bring.
//!
//! `LIKE … INCLUDING ALL` brings defaults, constraints, indexes, statistics and comments; ATTACH adds foreign keys and
//! row triggers. Owner, grants, storage parameters, tablespace, statistics targets, replica
//! identity and UNLOGGED are set here; what default privileges give beyond the parent's grants is taken away. Identity is left
//! out: the parent's counts, and from PostgreSQL 17 on a table with its own can't be attached. Nobody else sees the table yet,
//! so none of it makes anybody wait.

use serde::{Deserialize, Serialize};

use crate::model::Grant;
use crate::name::{RelationName, quote_ident, quote_literal};

/// What a new partition has beside columns, constraints and indexes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Belongings {
    /// Whom it will belong to, where that isn't the role that runs this.
    pub owner: Option<String>,
    /// Whom default privileges give rights that the parent doesn't; `None` is PUBLIC.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revoke_from: Vec<Option<String>>,
    /// The parent's grants.
    pub grants: Vec<Grant>,
    /// Storage parameters that all its siblings have.
    pub options: Vec<String>,
    /// Whether it is UNLOGGED, as all its siblings are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlogged: bool,
    /// The parent's statistics targets, for columns that have one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statistics: Vec<(String, i32)>,
    /// The tablespace of its siblings.
    pub tablespace: Option<String>,
    /// Its replica identity, `FULL` or `NOTHING`, where that isn't the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica_identity: Option<String>,
    /// The columns of the index that is its replica identity, where that is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replica_key: Vec<String>,
}

impl Belongings {
    /// The statement that creates it.
    pub(super) fn create(&self, table: &RelationName, parent: &RelationName) -> String {
        let unlogged = if self.unlogged { "UNLOGGED " } else { "" };
        let mut sql = format!(
            "CREATE {unlogged}TABLE {table} (LIKE {parent} INCLUDING ALL EXCLUDING IDENTITY)"
        );
        let options = self.options.iter();
        let options: Vec<String> = options.filter_map(|text| storage_parameter(text)).collect();
        if !options.is_empty() {
            sql += &format!(" WITH ({})", options.join(", "));
        }
        if let Some(tablespace) = &self.tablespace {
            sql += &format!(" TABLESPACE {}", quote_ident(tablespace));
        }
        sql
    }

    /// The statements that give it the rest, its owner last but for the grants.
    pub(super) fn give(&self, table: &RelationName) -> Vec<String> {
        let replica = self.replica_identity.iter();
        let replica = replica.map(|what| format!("ALTER TABLE {table} REPLICA IDENTITY {what}"));
        let strangers = self.revoke_from.iter();
        let strangers =
            strangers.map(|who| format!("REVOKE ALL ON {table} FROM {}", role(who.as_deref())));
        replica
            .chain(self.identified_by_index(table))
            .chain(self.targets(table))
            .chain(strangers)
            .chain(self.ownership(table))
            .collect()
    }

    /// Whatever the index of these columns is called.
    fn identified_by_index(&self, table: &RelationName) -> Option<String> {
        let columns = self.replica_key.iter();
        let columns: Vec<String> = columns.map(|column| quote_literal(column)).collect();
        let body = format!(
            "DECLARE found text; BEGIN \
             SELECT format('%I', c.relname) INTO found FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid \
             WHERE x.indrelid = {table}::regclass AND x.indisunique AND x.indimmediate AND x.indpred IS NULL AND x.indexprs IS NULL \
             AND ARRAY[{columns}] = (SELECT array_agg(a.attname::text ORDER BY k.place) \
             FROM unnest((x.indkey::int2[])[0:x.indnkeyatts - 1]) WITH ORDINALITY AS k (attnum, place) \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum) ORDER BY x.indexrelid LIMIT 1; \
             IF found IS NOT NULL THEN EXECUTE {alter} || found; END IF; END",
            table = quote_literal(&table.to_string()),
            columns = columns.join(", "),
            alter = quote_literal(&format!(
                "ALTER TABLE {table} REPLICA IDENTITY USING INDEX "
            )),
        );
        (!columns.is_empty()).then(|| format!("DO {}", quote_literal(&body)))
    }

    fn targets(&self, table: &RelationName) -> Option<String> {
        let each = self.statistics.iter().map(|(column, target)| {
            format!(
                "ALTER COLUMN {} SET STATISTICS {target}",
                quote_ident(column)
            )
        });
        let each: Vec<String> = each.collect();
        (!each.is_empty()).then(|| format!("ALTER TABLE {table} {}", each.join(", ")))
    }

    fn ownership(&self, table: &RelationName) -> Vec<String> {
        let owner = self.owner.iter();
        let owner =
            owner.map(|owner| format!("ALTER TABLE {table} OWNER TO {}", quote_ident(owner)));
        let grants = self.grants.iter().map(|grant| {
            let grantee = role(grant.grantee.as_deref());
            let option = if grant.grantable {
                " WITH GRANT OPTION"
            } else {
                ""
            };
            format!("GRANT {} ON {table} TO {grantee}{option}", grant.privilege)
        });
        owner.chain(grants).collect()
    }
}

fn role(name: Option<&str>) -> std::borrow::Cow<'_, str> {
    name.map_or("PUBLIC".into(), quote_ident)
}

/// `fillfactor=70` as `fillfactor='70'`.
fn storage_parameter(option: &str) -> Option<String> {
    let (name, value) = option.split_once('=')?;
    Some(format!("{} = {}", quote_ident(name), quote_literal(value)))
}
