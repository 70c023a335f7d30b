//! Statuses as plain data: the one of a user's own page, the same with all in place, and one with awkward names.

use jiff::Timestamp;
use partman_core::RelationName;
use partman_core::assess::Adoptable;
use partman_core::check::{Finding, Severity};
use partman_core::model::{Fact, Gap, Strategy};
use partman_core::phrase;
use partman_core::summary::{NamesAre, PartitionSummary, SetSummary};
use partman_rollout::status::*;

use crate::markdown::{Configured, ConfiguredSet, PartConfig};

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn partition(parent: &RelationName, end: &str, from: &str, to: &str) -> PartitionSummary {
    PartitionSummary {
        name: parent.sibling(format!("{}_{end}", parent.name)),
        from: Some(from.to_owned()),
        to: Some(to.to_owned()),
        rows: Some(120_000),
        bytes: Some(52_428_800),
    }
}

fn set(parent: RelationName, managed: bool) -> SetSummary {
    let partitions = vec![
        partition(
            &parent,
            "2025_09",
            "2025-09-01T00:00:00Z",
            "2025-10-01T00:00:00Z",
        ),
        partition(
            &parent,
            "2025_10",
            "2025-10-01T00:00:00Z",
            "2025-11-01T00:00:00Z",
        ),
    ];
    SetSummary {
        parent,
        control: Some("created_at".to_owned()),
        strategy: Strategy::Range,
        interval: "1 month".parse().ok(),
        time_zone: Some("UTC".to_owned()),
        managed,
        adoptable: Adoptable::Yes,
        names: NamesAre::Kept,
        reasons: Vec::new(),
        reason_codes: Vec::new(),
        mends: Vec::new(),
        mend_kinds: Vec::new(),
        declined: Vec::new(),
        notes: Vec::new(),
        horizon: Some("2025-11-01T00:00:00Z".to_owned()),
        default: None,
        partitions,
    }
}

fn container() -> ContainerStatus {
    ContainerStatus {
        name: "ai_agent_postgres".to_owned(),
        image: "postgres:15-alpine".to_owned(),
        expected_image: Some("ai_agent_postgres:pg_partman".to_owned()),
        expected_image_built: Some(false),
        running: true,
        health: Some("healthy".to_owned()),
        started_at: Some(at("2025-10-05T07:00:00Z")),
        libc: Some("musl".to_owned()),
    }
}

fn near(parent: &RelationName) -> Finding {
    Finding {
        id: "horizon-near".to_owned(),
        severity: Severity::Error,
        subject: parent.to_string(),
        message: phrase!(
            "the last partition of {parent} ends at {horizon}, in {away}: from then on rows {fate}",
            parent,
            horizon = "2025-11-01T00:00:00Z",
            away = phrase!("{n} days", n = 17),
            fate = phrase!("are refused")
        ),
        help: phrase!(
            "partman migrate {argument} makes what is missing and has pg_partman go on",
            argument = parent
        ),
        docs: "docs/checks/horizon-near.md".to_owned(),
    }
}

fn file(path: &str, bytes: u64) -> FileStatus {
    FileStatus {
        path: path.to_owned(),
        bytes: Some(bytes),
        state: FileState::Present,
    }
}

fn of(parent: RelationName) -> Status {
    Status {
        schema: STATUS_SCHEMA,
        overall: Overall::Absent,
        database: DatabaseStatus {
            name: "ai_agent_admin".to_owned(),
            user: "admin".to_owned(),
            server_version: "15.14".to_owned(),
            looked_at: at("2025-10-14T09:30:00Z"),
        },
        container: Some(container()),
        extension: ExtensionStatus {
            available: None,
            installed: None,
            schema: None,
        },
        files: vec![
            file("docker/postgres/Dockerfile", 1_878),
            file("docker/postgres/maintenance-partman.sh", 1_993),
        ],
        backup: None,
        last_run: None,
        findings: vec![near(&parent)],
        next: vec![Next {
            why: phrase!("{parent} is partitioned by hand", parent),
            command: format!(
                "partman plan '{}'",
                parent.to_string().replace('\'', r"'\''")
            ),
        }],
        gaps_in_view: vec![Gap::new(Fact::CronJobs, "permission denied")],
        sets: vec![set(parent, false)],
    }
}

/// Partitions made by hand in a container of the standard image.
pub(super) fn by_hand() -> Status {
    of(RelationName::new("public", "webhook_events"))
}

/// The same when all is done.
pub(super) fn deployed() -> Status {
    let parent = RelationName::new("public", "webhook_events");
    let version = Some("5.2.4".to_owned());
    let now = at("2025-10-14T09:30:00Z");
    Status {
        overall: Overall::Deployed,
        container: None,
        extension: ExtensionStatus {
            available: version.clone(),
            installed: version,
            schema: Some("partman".to_owned()),
        },
        sets: vec![set(parent, true)],
        files: Vec::new(),
        backup: Some(BackupStatus {
            id: "20251014T080000Z-ai_agent_admin".to_owned(),
            at: at("2025-10-14T08:00:00Z"),
            proof: Some(ProofStatus {
                at: now,
                fresh: true,
            }),
        }),
        findings: Vec::new(),
        next: Vec::new(),
        gaps_in_view: Vec::new(),
        ..by_hand()
    }
}

/// Names that end cells, spans, lines, tags and fences.
pub(super) fn hostile() -> Status {
    let parent = RelationName::new("a|b", "x`\n# <script>alert(1)</script>\n```\n* @all");
    let mut status = of(parent);
    status.database.name = "``|<b>".to_owned();
    if let Some(container) = &mut status.container {
        container.name = "<img src=x>|`".to_owned();
    }
    status.files = vec![file("a|b`\n# c", 1)];
    status
}

/// What goes with a status.
pub(super) fn configured(status: &Status) -> Configured {
    let managed = status.sets.iter().filter(|set| set.managed);
    let some = |text: &str| Some(text.to_owned());
    Configured {
        file: some("partman.toml"),
        schema: "partman".to_owned(),
        sets: status
            .sets
            .iter()
            .map(|set| ConfiguredSet {
                parent: set.parent.to_string(),
                interval: some("1 month"),
                premake: 4,
                names: None,
                retention: None,
            })
            .collect(),
        rows: managed
            .map(|set| PartConfig {
                parent: set.parent.unquoted(),
                values: [some("1 mon"), some("4"), None, some("on"), some("true")],
            })
            .collect(),
    }
}
