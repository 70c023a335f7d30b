//! Puts the extension's files into the running container. On the way back those that it put there are taken out, if they
//! are unchanged, and if no database of the server has the extension any more.

use async_trait::async_trait;
use docker_probe::extension::{Placement, Source};
use partman_core::Error;
use partman_core::postgres::Database;
use partman_core::session::{Statement, rows};
use partman_core::step::{Description, Ready, Step, Undone};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::{EXTENSION, Hands};
use super::of_docker;

/// Files for a container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PutFiles {
    /// Where they are from: a path, or `image:NAME`.
    pub source: String,
    /// The PostgreSQL that they are for.
    pub major: Option<u32>,
    /// Where they go, and what was there before.
    pub placement: Placement,
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

impl PutFiles {
    /// A database of this server that has the extension, or that can't be looked into.
    async fn needed_by(&self, database: &Database) -> Result<Option<String>, Error> {
        let all =
            "SELECT datname::text AS name FROM pg_database WHERE datallowconn ORDER BY datname";
        let mut session = database.session().await?;
        let all: Vec<Name> = rows(&mut session, &Statement::query(all)).await?;
        for Name { name } in all {
            match has_extension(database, &name).await {
                Ok(false) => {}
                Ok(true) => {
                    return Ok(Some(format!("{EXTENSION} is installed in database {name}")));
                }
                Err(error) => {
                    return Ok(Some(format!(
                        "database {name} could not be looked into: {error}"
                    )));
                }
            }
        }
        Ok(None)
    }
}

async fn has_extension(database: &Database, name: &str) -> Result<bool, Error> {
    let sql = "SELECT extname::text AS name FROM pg_extension WHERE extname = 'pg_partman'";
    let sql = Statement::query(sql);
    let found: Vec<Name> = if name == database.settings().dbname() {
        rows(&mut database.session().await?, &sql).await?
    } else {
        let other = Database::builder(&database.settings().for_database(name)).sessions(2);
        rows(&mut other.connect().await?.session().await?, &sql).await?
    };
    Ok(!found.is_empty())
}

#[async_trait]
impl<'h> Step<Hands<'h>> for PutFiles {
    fn describe(&self) -> Description {
        let Placement {
            container_name,
            folder,
            version,
            files,
            origin,
            ..
        } = &self.placement;
        let bytes: u64 = files.iter().map(|file| file.bytes).sum();
        Description {
            id: format!("put-files:{container_name}"),
            title: format!(
                "put the {} files of {EXTENSION} {version} ({:.1} MB, from {origin}) into {folder} of container {container_name}",
                files.len(),
                bytes as f64 / 1e6
            ),
            sql: Vec::new(),
            locks: Vec::new(),
            transaction: false,
            undo: Vec::new(),
        }
    }

    /// What was there before is in the placement, so nothing that is there now is taken for somebody else's.
    async fn precheck(&self, _hands: &mut Hands<'h>) -> Result<Ready, Error> {
        Ok(Ready::Ready)
    }

    async fn forward(&self, hands: &mut Hands<'h>) -> Result<Value, Error> {
        let docker = hands.chosen.docker();
        let source = Source::parse(&self.source).map_err(of_docker)?;
        let bundle = docker
            .bundle(&source, EXTENSION, self.major)
            .await
            .map_err(of_docker)?;
        docker
            .put(&self.placement, &bundle)
            .await
            .map_err(of_docker)?;
        Ok(json!({ "files": self.placement.files.len() }))
    }

    async fn undo(&self, hands: &mut Hands<'h>, _done: &Value) -> Result<Undone, Error> {
        if let Some(why) = self.needed_by(hands.database).await? {
            return Ok(Undone::Kept(format!("the files stay: {why}")));
        }
        let docker = hands.chosen.docker();
        let taken = docker.take(&self.placement).await.map_err(of_docker)?;
        if taken.kept.is_empty() {
            return Ok(Undone::Undone);
        }
        let kept = taken
            .kept
            .iter()
            .map(|kept| format!("{} ({})", kept.name, kept.why));
        let kept = kept.collect::<Vec<_>>().join(", ");
        Ok(Undone::Kept(format!(
            "these files stay in {}: {kept}",
            self.placement.folder
        )))
    }
}
