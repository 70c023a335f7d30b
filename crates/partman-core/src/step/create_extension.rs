//! Installs pg_partman into its schema. Undone only where nothing uses it: a row in `part_config` keeps it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::drop_created::STILL_NEEDED;
use super::{Description, Ready, Step, Undone};
use crate::name::{quote_ident, quote_literal};
use crate::session::{Session, Statement, row, rows};
use crate::{Error, Kind};

/// Creates the schema, where there is none, and the extension in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateExtension {
    /// The extension's schema.
    pub schema: String,
    /// The version.
    pub version: String,
    /// Whether the schema has to be created.
    pub create_schema: bool,
}

#[derive(Deserialize)]
struct Installed {
    version: String,
    schema: String,
}

#[derive(Deserialize)]
struct Count {
    n: i64,
}

impl CreateExtension {
    fn statements(&self) -> Vec<String> {
        let schema = quote_ident(&self.schema);
        let extension = format!(
            "CREATE EXTENSION pg_partman SCHEMA {schema} VERSION {}",
            quote_literal(&self.version)
        );
        let mut all = Vec::new();
        if self.create_schema {
            all.push(format!("CREATE SCHEMA {schema}"));
        }
        all.push(extension);
        all
    }

    async fn installed(
        &self,
        session: &mut (dyn Session + 'static),
    ) -> Result<Option<Installed>, Error> {
        let sql = "SELECT e.extversion AS version, n.nspname AS schema FROM pg_catalog.pg_extension e \
                   JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_partman'";
        Ok(rows(session, &Statement::query(sql)).await?.pop())
    }

    async fn sets_in_use(&self, session: &mut (dyn Session + 'static)) -> Result<i64, Error> {
        let sql = format!(
            "SELECT count(*) AS n FROM {}.part_config",
            quote_ident(&self.schema)
        );
        Ok(row::<Count>(session, &Statement::query(sql)).await?.n)
    }

    /// Drops the schema where only we made it and nothing has moved in.
    async fn without_schema(&self, session: &mut (dyn Session + 'static)) -> Result<Undone, Error> {
        if !self.create_schema {
            return Ok(Undone::Undone);
        }
        let sql = "SELECT count(*) AS n FROM pg_catalog.pg_depend d \
                   WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass \
                   AND d.refobjid = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = $1)";
        if row::<Count>(session, &Statement::query(sql).bind(self.schema.clone()))
            .await?
            .n
            == 0
        {
            let drop = format!("DROP SCHEMA IF EXISTS {}", quote_ident(&self.schema));
            session.run(&Statement::command(drop)).await?;
        }
        Ok(Undone::Undone)
    }
}

#[async_trait]
impl Step<dyn Session> for CreateExtension {
    fn describe(&self) -> Description {
        let mut undo = vec!["DROP EXTENSION pg_partman".to_owned()];
        if self.create_schema {
            undo.push(format!("DROP SCHEMA {}", quote_ident(&self.schema)));
        }
        Description {
            id: "create-extension:pg_partman".to_owned(),
            title: format!(
                "install pg_partman {} in schema {}",
                self.version, self.schema
            ),
            sql: self.statements(),
            locks: Vec::new(),
            transaction: true,
            undo,
        }
    }

    async fn precheck(&self, session: &mut (dyn Session + 'static)) -> Result<Ready, Error> {
        match self.installed(session).await? {
            None => Ok(Ready::Ready),
            Some(found) if found.version == self.version && found.schema == self.schema => {
                Ok(Ready::AlreadyDone)
            }
            Some(found) => Err(Error::new(
                Kind::Changed,
                format!(
                    "pg_partman {} is in schema {} by now, which the plan does not expect",
                    found.version, found.schema
                ),
            )),
        }
    }

    async fn forward(&self, session: &mut (dyn Session + 'static)) -> Result<Value, Error> {
        for sql in self.statements() {
            session.run(&Statement::command(sql)).await?;
        }
        Ok(json!({ "created": true }))
    }

    async fn undo(
        &self,
        session: &mut (dyn Session + 'static),
        _done: &Value,
    ) -> Result<Undone, Error> {
        match self.installed(session).await? {
            // Somebody has dropped it, which leaves the schema.
            None => return self.without_schema(session).await,
            Some(found) if found.schema != self.schema => {
                return Ok(Undone::Kept(format!(
                    "pg_partman has moved to schema {}",
                    found.schema
                )));
            }
            Some(_) => {}
        }
        let sets = self.sets_in_use(session).await?;
        if sets > 0 {
            return Ok(Undone::Kept(format!(
                "pg_partman stays: {sets} other sets use it"
            )));
        }
        session
            .run(&Statement::command("SAVEPOINT partman_drop"))
            .await?;
        match session
            .run(&Statement::command("DROP EXTENSION pg_partman"))
            .await
        {
            Err(error) if error.sqlstate() == Some(STILL_NEEDED) => {
                session
                    .run(&Statement::command("ROLLBACK TO SAVEPOINT partman_drop"))
                    .await?;
                return Ok(Undone::Kept(format!("pg_partman stays: {error}")));
            }
            other => other?,
        };
        self.without_schema(session).await
    }
}
