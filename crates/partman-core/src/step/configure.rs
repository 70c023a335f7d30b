//! Puts a set into `part_config`. That row is the moment of adoption: until then no maintenance touches the set, from
//! then on every scheduled one does. It takes no lock on the set.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Description, Ready, Step, Undone};
use crate::name::{RelationName, quote_ident, quote_literal};
use crate::session::{Session, Statement, row, rows};
use crate::{Error, Kind};

/// One row of `part_config`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Configure {
    /// The extension's schema.
    pub schema: String,
    /// The parent.
    pub parent: RelationName,
    /// The columns that are set, `parent_table` among them.
    pub row: Map<String, Value>,
}

impl Configure {
    fn table(&self) -> String {
        format!("{}.part_config", quote_ident(&self.schema))
    }

    fn insert(&self) -> String {
        let columns: Vec<_> = self.row.keys().map(|column| quote_ident(column)).collect();
        let values: Vec<String> = self.row.values().map(literal).collect();
        format!(
            "INSERT INTO {} ({}) VALUES ({})",
            self.table(),
            columns.join(", "),
            values.join(", ")
        )
    }

    fn delete(&self) -> String {
        format!(
            "DELETE FROM {} WHERE parent_table = {}",
            self.table(),
            quote_literal(&self.parent.unquoted())
        )
    }

    /// Not so when somebody has dropped the extension.
    async fn has_table(&self, session: &mut (dyn Session + 'static)) -> Result<bool, Error> {
        let sql = "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                   WHERE n.nspname = $1 AND c.relname = 'part_config') AS there";
        let statement = Statement::query(sql).bind(self.schema.clone());
        Ok(row::<There>(session, &statement).await?.there)
    }

    async fn existing(
        &self,
        session: &mut (dyn Session + 'static),
    ) -> Result<Option<Map<String, Value>>, Error> {
        let sql = format!("SELECT * FROM {} WHERE parent_table = $1", self.table());
        Ok(
            rows(session, &Statement::query(sql).bind(self.parent.unquoted()))
                .await?
                .pop(),
        )
    }
}

#[derive(Deserialize)]
struct There {
    there: bool,
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::String(text) => quote_literal(text),
        other => other.to_string(),
    }
}

#[async_trait]
impl Step<dyn Session> for Configure {
    fn describe(&self) -> Description {
        Description {
            id: format!("configure:{}", self.parent),
            title: format!("put {} under pg_partman (retention stays off)", self.parent),
            sql: vec![self.insert()],
            locks: Vec::new(),
            transaction: true,
            undo: vec![self.delete()],
        }
    }

    async fn precheck(&self, session: &mut (dyn Session + 'static)) -> Result<Ready, Error> {
        match self.existing(session).await? {
            None => Ok(Ready::Ready),
            Some(found)
                if self
                    .row
                    .iter()
                    .all(|(column, value)| found.get(column) == Some(value)) =>
            {
                Ok(Ready::AlreadyDone)
            }
            Some(_) => Err(Error::new(
                Kind::Changed,
                format!(
                    "{} has a row in {} by now, which the plan does not expect",
                    self.parent,
                    self.table()
                ),
            )),
        }
    }

    async fn forward(&self, session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        session.run(&Statement::command(self.insert())).await?;
        Ok(json!({ "configured": true }))
    }

    async fn undo(
        &self,
        session: &mut (dyn Session + 'static),
        _done: &Value,
    ) -> Result<Undone, Error> {
        if !self.has_table(session).await? {
            return Ok(Undone::Kept(
                "pg_partman's configuration is gone, and this row with it".to_owned(),
            ));
        }
        if self.existing(session).await?.is_some() {
            session.run(&Statement::command(self.delete())).await?;
        }
        Ok(Undone::Undone)
    }
}
