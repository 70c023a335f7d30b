//! What the tests of this crate share: a database under test, and partman's hand on it.
#![allow(dead_code, reason = "each test binary uses its own part of it")]

pub(crate) mod adoption;
pub(crate) mod faulty;
pub(crate) mod holder;
pub(crate) mod killed;
pub(crate) mod meanwhile;
pub(crate) mod scene;
pub(crate) mod ticks;
pub(crate) mod twice;
pub(crate) mod wire;

use std::time::Duration;

use partman_core::inspect::{Options, inspect};
use partman_core::journal::Connector;
use partman_core::migrate::{Conduct, Done, migrate, resume, rollback};
use partman_core::model::Inspection;
use partman_core::plan::{Plan, Request, Selection};
use partman_core::postgres::{Database, Settings};
use partman_core::run::{Patience, Silent};
use partman_core::wanted::{WantedExtension, WantedSet};
use partman_core::{Error, RelationName};
use partman_testkit::TestDb;
use tokio_util::sync::CancellationToken;

/// partman's side of a test database.
pub(crate) struct Subject {
    pub(crate) database: Database,
    pub(crate) conduct: Conduct,
}

impl Subject {
    pub(crate) async fn connect(db: &TestDb) -> Self {
        Self::connect_to(&dsn(db, "postgres")).await
    }

    pub(crate) async fn connect_to(dsn: &str) -> Self {
        let settings = Settings::from_url(dsn).expect("the testkit gives usable settings");
        let database = Database::connect(&settings)
            .await
            .expect("the test server answers");
        let conduct = Conduct {
            patience: Patience {
                total: Duration::from_secs(10),
                ..Patience::default()
            },
            without_backup: Some("a test".to_owned()),
            cancel: CancellationToken::new(),
            server_time_zone: database.server().time_zone.clone(),
        };
        Self { database, conduct }
    }

    pub(crate) async fn inspect(&self) -> Inspection {
        self.inspect_for(&[]).await
    }

    pub(crate) async fn inspect_for(&self, named: &[RelationName]) -> Inspection {
        let mut session = self.database.session().await.expect("a session");
        let options = Options {
            named: named.to_vec(),
            ..Options::new(self.conduct.server_time_zone.clone())
        };
        inspect(&mut session, &options)
            .await
            .expect("it can be looked at")
    }

    pub(crate) async fn plan(&self, parent: &str) -> Plan {
        self.plan_for(WantedSet::new(name(parent))).await
    }

    pub(crate) async fn plan_for(&self, wanted: WantedSet) -> Plan {
        let named = [wanted.parent.clone()];
        let request = Request {
            selection: Selection::Named(vec![wanted]),
            extension: WantedExtension::default(),
        };
        Plan::make(&self.inspect_for(&named).await, &request)
    }

    pub(crate) async fn migrate(&self, plan: &Plan) -> Result<Done, Error> {
        migrate(&self.database, plan, &self.conduct, &mut Silent).await
    }

    pub(crate) async fn migrate_through(
        &self,
        connector: &dyn Connector,
        plan: &Plan,
    ) -> Result<Done, Error> {
        migrate(connector, plan, &self.conduct, &mut Silent).await
    }

    pub(crate) async fn rollback(&self) -> Result<Done, Error> {
        rollback(&self.database, None, &self.conduct, &mut Silent).await
    }

    pub(crate) async fn rollback_of(&self, run: &str) -> Result<Done, Error> {
        rollback(&self.database, Some(run), &self.conduct, &mut Silent).await
    }

    pub(crate) async fn rollback_through(&self, connector: &dyn Connector) -> Result<Done, Error> {
        rollback(connector, None, &self.conduct, &mut Silent).await
    }

    pub(crate) async fn resume(&self) -> Result<Done, Error> {
        resume(&self.database, &self.conduct, &mut Silent).await
    }
}

/// How a role reaches a database over the socket.
pub(crate) fn dsn(db: &TestDb, role: &str) -> String {
    let (folder, port) = (db.cluster().socket_dir().display(), db.cluster().port());
    format!("host={folder} port={port} dbname={} user={role}", db.name())
}

pub(crate) fn name(text: &str) -> RelationName {
    text.parse().expect("a name")
}

/// The row of `part_config` that matters.
pub(crate) async fn part_config(db: &TestDb) -> String {
    db.query_text(
        "SELECT concat_ws('|', parent_table, control, partition_interval, premake, automatic_maintenance, \
         infinite_time_partitions::text::\"char\", coalesce(retention, '')) FROM partman.part_config",
    )
    .await
}

/// The journal stays after a rollback, on purpose; everything else has to be as it was.
pub(crate) fn without_journal(differences: Vec<String>) -> Vec<String> {
    differences
        .into_iter()
        .filter(|line| !line.contains("partman_journal"))
        .collect()
}
