//! Renames a table that is no partition and has the name that a new partition needs: ACCESS EXCLUSIVE on it alone, for less
//! than a millisecond. pg_partman asks only whether the name is there, so as long as it is the partition would never be
//! made, and nobody would be told.
//!
//! What was seen to be empty is looked at again under the lock: with rows in it, it may be the very partition that is
//! missing, and that is for a person to decide.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::renamed::rename_back;
use super::{Description, Lock, Ready, Step, Undone};
use crate::name::{RelationName, quote_ident};
use crate::session::{Session, Statement, row, rows};
use crate::{Error, Kind};

/// One table that makes room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveAside {
    /// The parent whose partition needs the name.
    pub parent: RelationName,
    /// The table.
    pub table: RelationName,
    /// Its new name in the same schema, unquoted.
    pub to: String,
    /// Whether it has to be empty still.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub empty: bool,
}

#[derive(Deserialize)]
struct Found {
    table: bool,
    oid: u32,
}

#[derive(Deserialize)]
struct Rows {
    has_rows: bool,
}

impl MoveAside {
    fn sql(&self) -> String {
        format!(
            "ALTER TABLE {} RENAME TO {}",
            self.table,
            quote_ident(&self.to)
        )
    }

    fn target(&self) -> RelationName {
        self.table.sibling(self.to.clone())
    }

    /// What has this name, and whether it is a plain table and no partition.
    async fn find(
        &self,
        session: &mut (dyn Session + 'static),
        name: &RelationName,
    ) -> Result<Option<Found>, Error> {
        let sql = "SELECT c.relkind = 'r' AND NOT c.relispartition AS table, c.oid::int8 AS oid FROM pg_catalog.pg_class c \
                   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2";
        let statement = Statement::query(sql)
            .bind(name.schema.clone())
            .bind(name.name.clone());
        Ok(rows(session, &statement).await?.pop())
    }

    fn changed(&self, why: &str) -> Error {
        Error::new(
            Kind::Changed,
            format!("{} can't be moved aside: {why}", self.table),
        )
    }
}

#[async_trait]
impl Step<dyn Session> for MoveAside {
    fn describe(&self) -> Description {
        let back = quote_ident(&self.table.name);
        Description {
            id: format!("move-aside:{}", self.table),
            title: format!(
                "rename {} aside to {}, for a new partition of {} needs its name",
                self.table,
                quote_ident(&self.to),
                self.parent
            ),
            sql: vec![self.sql()],
            locks: vec![Lock::new(&self.table, "ACCESS EXCLUSIVE")],
            transaction: true,
            undo: vec![format!("ALTER TABLE {} RENAME TO {back}", self.target())],
        }
    }

    async fn precheck(&self, session: &mut (dyn Session + 'static)) -> Result<Ready, Error> {
        match self.find(session, &self.table).await? {
            // Nothing is in the way any more.
            None => return Ok(Ready::AlreadyDone),
            Some(found) if !found.table => {
                return Err(self.changed("it is no table of its own any more"));
            }
            Some(_) => {}
        }
        match self.find(session, &self.target()).await? {
            None => Ok(Ready::Ready),
            Some(_) => Err(self.changed(&format!("there is a {} already", self.target()))),
        }
    }

    async fn forward(&self, session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        session.run(&Statement::command(self.sql())).await?;
        let moved = self.target();
        let Some(found) = self.find(session, &moved).await? else {
            return Err(self.changed("it was dropped at this moment"));
        };
        if self.empty {
            let sql = format!("SELECT EXISTS (SELECT FROM ONLY {moved}) AS has_rows");
            let look: Rows = row(session, &Statement::query(sql)).await?;
            if look.has_rows {
                return Err(self.changed("it was empty, and has rows by now"));
            }
        }
        Ok(json!({ "renamed": found.oid }))
    }

    async fn undo(
        &self,
        session: &mut (dyn Session + 'static),
        done: &Value,
    ) -> Result<Undone, Error> {
        rename_back(session, &self.table, &self.to, done).await
    }
}
