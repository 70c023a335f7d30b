//! Renames one partition: ACCESS EXCLUSIVE on it alone, for less than a millisecond, and never on the parent. One
//! rename a transaction, for a single lock can't deadlock. The oid is found at the precheck and is what undo goes by.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::renamed::rename_back;
use super::{Description, Lock, Ready, Step, Undone};
use crate::name::{RelationName, quote_ident};
use crate::session::{Session, Statement, row, rows};
use crate::{Error, Kind};

/// One rename within a schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RenamePartition {
    /// The parent.
    pub parent: RelationName,
    /// The partition as it is called now.
    pub partition: RelationName,
    /// Its new name in the same schema, unquoted.
    pub to: String,
    /// What has the old name in a text, and won't follow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentioned_by: Vec<String>,
    /// Its bound as the catalog prints it in UTC, by which it is known again.
    pub bound: String,
}

#[derive(Deserialize)]
struct Found {
    oid: u32,
    table_name: String,
}

impl RenamePartition {
    fn sql(&self) -> String {
        format!(
            "ALTER TABLE {} RENAME TO {}",
            self.partition,
            quote_ident(&self.to)
        )
    }

    fn title(&self) -> String {
        let title = format!("rename {} to {}", self.partition, quote_ident(&self.to));
        match self.mentioned_by.as_slice() {
            [] => title,
            known => format!(
                "{title} (the old name is in {}: change that)",
                known.join(", ")
            ),
        }
    }

    /// The partition of the parent with this bound, under whichever name.
    async fn find(&self, session: &mut (dyn Session + 'static)) -> Result<Option<Found>, Error> {
        let sql = "SELECT c.oid::int8 AS oid, c.relname AS table_name FROM pg_catalog.pg_inherits i \
                   JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid \
                   WHERE i.inhparent = $1::text::regclass AND pg_get_expr(c.relpartbound, c.oid) = $2 \
                   AND c.relnamespace = $3::text::regnamespace";
        let statement = Statement::query(sql)
            .bind(self.parent.to_string())
            .bind(self.bound.clone())
            .bind(quote_ident(&self.partition.schema).into_owned());
        Ok(rows(session, &statement).await?.pop())
    }
}

#[async_trait]
impl Step<dyn Session> for RenamePartition {
    fn describe(&self) -> Description {
        let new = self.partition.sibling(self.to.clone());
        Description {
            id: format!("rename-partition:{}", self.partition),
            title: self.title(),
            sql: vec![self.sql()],
            locks: vec![Lock::new(&self.partition, "ACCESS EXCLUSIVE")],
            transaction: true,
            undo: vec![format!(
                "ALTER TABLE {new} RENAME TO {}",
                quote_ident(&self.partition.name)
            )],
        }
    }

    async fn precheck(&self, session: &mut (dyn Session + 'static)) -> Result<Ready, Error> {
        match self.find(session).await? {
            Some(found) if found.table_name == self.to => Ok(Ready::AlreadyDone),
            Some(found) if found.table_name == self.partition.name => Ok(Ready::Ready),
            Some(found) => Err(Error::new(
                Kind::Changed,
                format!(
                    "the partition {} is called {} by now",
                    self.partition, found.table_name
                ),
            )),
            None => Err(Error::new(
                Kind::Changed,
                format!(
                    "{} is no longer a partition of {} with the bound {}",
                    self.partition, self.parent, self.bound
                ),
            )),
        }
    }

    async fn forward(&self, session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        session.run(&Statement::command(self.sql())).await?;
        let sql = "SELECT $1::text::regclass::oid::int8 AS oid, '' AS table_name";
        let new = self.partition.sibling(self.to.clone());
        let found: Found = row(session, &Statement::query(sql).bind(new.to_string())).await?;
        Ok(json!({ "renamed": found.oid }))
    }

    async fn undo(
        &self,
        session: &mut (dyn Session + 'static),
        done: &Value,
    ) -> Result<Undone, Error> {
        rename_back(session, &self.partition, &self.to, done).await
    }
}
