//! The rules: what can be wrong with partition sets and with pg_partman, found in an inspection and in nothing else.
//!
//! A rule is one file, sync and pure. Its id, its page and its messages stand in that file; the id names the condition
//! and is the same in the file's name, the docs page, a suppression and the changelog. To add one: the file, its two
//! lines here, and `PARTMAN_UPDATE_DOCS=1 cargo nextest run -p partman-core --test check catalogue` for its page.
//!
//! ```
//! use partman_core::check::{self, Scope};
//!
//! assert!(check::find("horizon-near").is_some_and(|meta| meta.page().contains("## What to do")));
//! # fn judge(seen: &partman_core::model::Inspection) {
//! let outcome = check::run_all(seen, &Scope::everything());
//! let worst = outcome.findings.first().map(|finding| finding.severity);
//! # }
//! ```

mod finding;
mod meta;
mod scope;
mod sql;
mod view;
mod words;

mod async_partitioning_in_progress;
mod automatic_maintenance_off;
mod config_differs;
mod config_without_table;
mod control_nullable;
mod default_blocks_next_partition;
mod default_has_rows;
mod detach_pending;
mod extension_files_missing;
mod extension_not_available;
mod extension_not_installed;
mod fence_left;
mod horizon_near;
mod infinite_time_partitions_off;
mod invalid_index;
mod maintenance_failing;
mod maintenance_not_scheduled;
mod mixed_widths;
mod old_default_kept;
mod open_ended_partition;
mod owner_differs;
mod parent_lacks_index;
mod partition_gap;
mod partition_left;
mod partition_name_taken;
mod partition_name_unreadable;
mod premake_behind;
mod retention_takes_live_rows;
mod retention_truncates_bounds;
mod run_active;
mod run_stopped;
mod set_not_adoptable;
mod set_not_found;
mod set_not_managed;
mod time_zone_differs;
mod undo_in_progress;
mod version_drift;

#[cfg(test)]
pub(crate) mod world;

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::model::Inspection;

pub use finding::{Finding, Severity, Verdict};
pub use meta::Meta;
pub use scope::Scope;
pub use view::View;

/// A rule.
pub trait Check: Sync {
    /// Its id, severity and page.
    fn meta(&self) -> &'static Meta;

    /// What it says about what was seen.
    fn judge(&self, view: &View<'_>) -> Verdict;

    /// The same from an inspection. To run several, [`run_all`] is cheaper: it looks at each set once.
    fn run(&self, seen: &Inspection, scope: &Scope) -> Verdict {
        self.judge(&View::new(seen, scope))
    }
}

/// Every rule: what there is to adopt, then the set, then who looks after it.
static REGISTRY: &[&dyn Check] = &[
    &extension_not_available::ExtensionNotAvailable,
    &extension_not_installed::ExtensionNotInstalled,
    &extension_files_missing::ExtensionFilesMissing,
    &version_drift::VersionDrift,
    &run_stopped::RunStopped,
    &run_active::RunActive,
    &fence_left::FenceLeft,
    &partition_left::PartitionLeft,
    &old_default_kept::OldDefaultKept,
    &set_not_found::SetNotFound,
    &set_not_managed::SetNotManaged,
    &set_not_adoptable::SetNotAdoptable,
    &horizon_near::HorizonNear,
    &premake_behind::PremakeBehind,
    &parent_lacks_index::ParentLacksIndex,
    &partition_gap::PartitionGap,
    &default_has_rows::DefaultHasRows,
    &default_blocks_next_partition::DefaultBlocksNextPartition,
    &partition_name_taken::PartitionNameTaken,
    &partition_name_unreadable::PartitionNameUnreadable,
    &open_ended_partition::OpenEndedPartition,
    &mixed_widths::MixedWidths,
    &retention_takes_live_rows::RetentionTakesLiveRows,
    &retention_truncates_bounds::RetentionTruncatesBounds,
    &detach_pending::DetachPending,
    &maintenance_not_scheduled::MaintenanceNotScheduled,
    &maintenance_failing::MaintenanceFailing,
    &automatic_maintenance_off::AutomaticMaintenanceOff,
    &infinite_time_partitions_off::InfiniteTimePartitionsOff,
    &time_zone_differs::TimeZoneDiffers,
    &config_differs::ConfigDiffers,
    &config_without_table::ConfigWithoutTable,
    &undo_in_progress::UndoInProgress,
    &async_partitioning_in_progress::AsyncPartitioningInProgress,
    &owner_differs::OwnerDiffers,
    &invalid_index::InvalidIndex,
    &control_nullable::ControlNullable,
];

/// Every rule there is.
pub fn registry() -> &'static [&'static dyn Check] {
    REGISTRY
}

/// The rule of this id, for `partman explain`.
pub fn find(id: &str) -> Option<&'static Meta> {
    let mut metas = REGISTRY.iter().map(|check| check.meta());
    metas.find(|meta| meta.id == id)
}

/// The list of all rules in Markdown, `docs/checks/README.md`.
pub fn index() -> String {
    let rows = REGISTRY.iter().map(|check| {
        let Meta {
            id,
            severity,
            title,
            ..
        } = check.meta();
        format!("| [{id}]({id}.md) | {severity} | {title} |\n")
    });
    format!(
        "# Checks\n\nWhat `partman check` looks for. `partman explain ID` prints the same pages.\n\n\
         | id | severity | finds |\n|---|---|---|\n{}",
        rows.collect::<String>()
    )
}

/// What all rules say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What was found: the worst first, then by id and subject.
    pub findings: Vec<Finding>,
    /// Rules that could not be applied, each with the reason.
    pub skipped: Vec<(String, String)>,
    /// Rules that found everything well.
    pub passed: Vec<String>,
}

impl Outcome {
    /// Whether something is as bad as this, or worse.
    pub fn has_at_least(&self, threshold: Severity) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity >= threshold)
    }

    /// Takes in one rule's verdict, also of a rule that isn't in the registry here.
    pub fn add(&mut self, id: &str, verdict: Verdict) {
        match verdict {
            Verdict::Pass => self.passed.push(id.to_owned()),
            Verdict::Skip(why) => self.skipped.push((id.to_owned(), why)),
            Verdict::Found(found) => self.findings.extend(found),
        }
    }

    /// Puts the findings in order.
    pub fn sort(&mut self) {
        self.findings
            .sort_by_cached_key(|f| (Reverse(f.severity), f.id.clone(), f.subject.clone()));
    }
}

/// Runs every rule.
pub fn run_all(seen: &Inspection, scope: &Scope) -> Outcome {
    let view = View::new(seen, scope);
    let mut outcome = Outcome::default();
    for check in REGISTRY {
        outcome.add(check.meta().id, check.judge(&view));
    }
    outcome.sort();
    outcome
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::world::{at, by, months};
    use super::*;
    use crate::model::Strategy;

    #[test]
    fn the_worst_comes_first_and_every_rule_has_its_say() {
        let mut hash = by("a", "int8", &[]);
        hash.strategy = Strategy::Hash;
        let world = at("2025-10-14T12:00:00Z").with(hash);
        let world = world
            .with(months("c", "2025-09", 2))
            .with(months("b", "2025-09", 2));
        let outcome = run_all(&world.seen, &world.scope);
        let told = outcome
            .findings
            .iter()
            .map(|f| format!("{} {} {}", f.severity, f.id, f.subject));
        insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r"
        error horizon-near public.b
        error horizon-near public.c
        warning extension-not-available database shop
        warning set-not-managed public.b
        warning set-not-managed public.c
        info set-not-adoptable public.a
        ");
        let mut ids: Vec<&str> = outcome.findings.iter().map(|f| f.id.as_str()).collect();
        ids.extend(outcome.skipped.iter().map(|(id, _)| id.as_str()));
        ids.extend(outcome.passed.iter().map(String::as_str));
        assert!(
            registry()
                .iter()
                .all(|check| ids.contains(&check.meta().id))
        );
        assert!(outcome.has_at_least(Severity::Error));
    }

    #[test]
    fn named_sets_count_and_managed_ones_with_them() {
        let world = at("2025-10-14T12:00:00Z").installed("5.2.4").naming(&["a"]);
        let world = ["a", "b", "c"]
            .iter()
            .fold(world, |w, set| w.with(months(set, "2025-09", 2)));
        let world = world.managed("b", json!({}));
        let found = run_all(&world.seen, &world.scope).findings;
        let near = found.iter().filter(|f| f.id == "horizon-near");
        let subjects: Vec<&str> = near.map(|f| f.subject.as_str()).collect();
        assert_eq!(subjects, ["public.a", "public.b"]);
    }

    #[test]
    fn a_finding_has_the_public_fields() {
        let world = at("2025-10-14T12:00:00Z").with(months("a", "2025-09", 2));
        let found = run_all(&world.seen, &world.scope).findings;
        let json = serde_json::to_value(&found[0]).expect("plain data");
        assert_eq!(json["severity"], "error");
        assert_eq!(json["docs"], "docs/checks/horizon-near.md");
        assert_eq!(
            serde_json::from_value::<Finding>(json).expect("it reads back"),
            found[0]
        );
    }
}
