//! Inspections made in code, and the two claims that a rule's tests make about them.
//!
//! [`finds`] fails where nothing is found, [`passes`] where something is, and also where the rule was skipped: a test
//! that used the wrong one can't pass by accident. Real servers are in `tests/check/live.rs`.

mod runs;
mod sets;

use serde_json::{Map, Value, json};

use super::{Check, Scope, Verdict};
use crate::model::{
    AvailableVersion, Extension, Fact, Gap, INSPECTION_SCHEMA, Inspection, InstalledExtension,
    ManagedConfig, PartitionSet, Runs, Scheduler, Server, Stray, StrayKind,
};
use crate::name::RelationName;
use crate::plan::Selection;
use crate::wanted::WantedSet;

pub(super) use runs::with_run;
pub(crate) use sets::{by, partition, rows};
pub(super) use sets::{ids, months, months_in, named_by, no_rows, with_default};

/// What is seen, and what is asked.
pub(crate) struct World {
    pub(crate) seen: Inspection,
    pub(super) scope: Scope,
}

/// A server at this moment, in UTC, with nothing on it.
pub(crate) fn at(now: &str) -> World {
    World {
        seen: Inspection {
            schema: INSPECTION_SCHEMA.to_owned(),
            server: Server {
                version: "15.18".to_owned(),
                version_num: 150_018,
                system_identifier: "7".to_owned(),
                database: "shop".to_owned(),
                database_oid: 16_384,
                user: "admin".to_owned(),
                superuser: true,
                may_create: true,
                looks_back: false,
                time_zone: "UTC".to_owned(),
                in_recovery: false,
                now: now.parse().expect("an instant"),
                schemas: vec!["public".to_owned()],
            },
            extension: Extension::default(),
            sets: Vec::new(),
            configs: Vec::new(),
            strays: Vec::new(),
            others: Vec::new(),
            mentions: Vec::new(),
            schedulers: Vec::new(),
            runs: Runs::default(),
            gaps_in_view: Vec::new(),
        },
        scope: Scope::everything(),
    }
}

impl World {
    pub(crate) fn with(mut self, set: PartitionSet) -> Self {
        self.seen.sets.push(set);
        self
    }

    /// The server offers this version.
    pub(crate) fn offering(mut self, version: &str) -> Self {
        self.seen.extension.default_version = Some(version.to_owned());
        self.seen.extension.versions.push(AvailableVersion {
            version: version.to_owned(),
            superuser: false,
        });
        self
    }

    /// And the database has it.
    pub(crate) fn installed(mut self, version: &str) -> Self {
        self = self.offering(version);
        self.seen.extension.installed = Some(InstalledExtension {
            version: version.to_owned(),
            schema: "partman".to_owned(),
            lacks: Vec::new(),
        });
        self
    }

    /// A row of `part_config` as adoption of a monthly set makes it, with these columns otherwise.
    pub(crate) fn managed(mut self, parent: &str, otherwise: Value) -> Self {
        let mut row = json!({
            "parent_table": name(parent).unquoted(),
            "control": "created_at",
            "partition_interval": "1 month",
            "premake": 4,
            "automatic_maintenance": "on",
            "infinite_time_partitions": true,
            "datetime_string": "YYYYMMDD",
            "epoch": "none",
            "retention": null,
            "retention_keep_table": true,
            "retention_schema": null,
            "undo_in_progress": false,
        });
        let columns: &mut Map<String, Value> = row.as_object_mut().expect("it is one");
        columns.extend(otherwise.as_object().cloned().unwrap_or_default());
        self.seen.configs.push(ManagedConfig {
            row: columns.clone(),
        });
        self
    }

    pub(super) fn scheduled(mut self, kind: &str, detail: &str) -> Self {
        self.seen.schedulers.push(Scheduler {
            kind: kind.to_owned(),
            detail: detail.to_owned(),
        });
        self
    }

    /// The configuration names these sets.
    pub(super) fn naming(mut self, parents: &[&str]) -> Self {
        let wanted = parents.iter().map(|parent| WantedSet::new(name(parent)));
        self.scope.selection = Selection::Named(wanted.collect());
        self
    }

    /// The configuration names this set, with the zone of its bounds.
    pub(super) fn naming_zone(mut self, parent: &str, zone: &str) -> Self {
        let mut wanted = WantedSet::new(name(parent));
        wanted.time_zone = Some(zone.to_owned());
        self.scope.selection = Selection::Named(vec![wanted]);
        self
    }

    pub(crate) fn stray(mut self, other: &str) -> Self {
        self.seen.strays.push(Stray {
            name: name(other),
            kind: StrayKind::View,
            columns: Vec::new(),
            has_rows: None,
            needed: false,
            is_owner: true,
        });
        self
    }

    pub(super) fn unseen(mut self, fact: Fact) -> Self {
        self.seen
            .gaps_in_view
            .push(Gap::new(fact, "permission denied"));
        self
    }

    pub(super) fn in_zone(mut self, zone: &str) -> Self {
        self.seen.server.time_zone = zone.to_owned();
        self
    }
}

pub(super) fn name(text: &str) -> RelationName {
    text.parse().expect("a name")
}

/// Runs a rule that has to find something; what it says, a line for severity and message and one for help.
#[track_caller]
pub(super) fn finds(check: &dyn Check, world: &World) -> String {
    let Verdict::Found(found) = check.run(&world.seen, &world.scope) else {
        panic!("{} found nothing", check.meta().id);
    };
    assert!(!found.is_empty(), "Found without a finding");
    let lines = found.iter().map(|f| {
        assert_eq!(f.id, check.meta().id);
        format!(
            "{} {}: {}\n  help: {}",
            f.severity, f.subject, f.message, f.help
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Runs a rule that has to look and find nothing.
#[track_caller]
pub(super) fn passes(check: &dyn Check, world: &World) {
    let verdict = check.run(&world.seen, &world.scope);
    assert_eq!(verdict, Verdict::Pass, "{} did not pass", check.meta().id);
}

/// Runs a rule that can't be applied; the reason.
#[track_caller]
pub(super) fn skips(check: &dyn Check, world: &World) -> String {
    match check.run(&world.seen, &world.scope) {
        Verdict::Skip(why) => why,
        other => panic!("{} was not skipped: {other:?}", check.meta().id),
    }
}
