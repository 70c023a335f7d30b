//! What can be wrong with the backups of a database whose partition sets somebody cares about.
//!
//! These rules judge the world beside the database, so they are not among the core's: the same shape, another registry.
//! Their pages are `partman explain ID` and, shorter, the end of `docs/how-to/backups.md`.

use partman_core::check::{Finding, Meta, Severity};
use partman_core::model::Inspection;

use crate::status::KnownBackup;

const PAGE: &str = "docs/how-to/backups.md";
const COST: &str = "Reads the manifests in the backup directory; the server is not asked. A backup holds ACCESS SHARE on every \
    table for as long as it takes; a proof works on a scratch server of its own.";

/// The rules about backups.
pub static META: [Meta; 3] = [MISSING, UNPROVEN, OLD];

const MISSING: Meta = Meta {
    id: "backup-missing",
    severity: Severity::Warning,
    varies: "",
    title: "There is no backup of this database.",
    finds: "A database with partitioned tables of which the backup directory holds no backup. A backup counts if it is of \
        this very database (system identifier, name and oid) and its manifest is whole. Backups that others make can't be \
        seen.",
    matters: "`partman migrate` moves no data and can be taken back without a backup. Mistakes of people and disks can't.",
    remedy: "`partman backup`, then `partman backup prove`. `partman migrate` does both by itself, if nobody did before. \
        If backups are made elsewhere, accept the finding in `partman.toml`:\n\n\
        ```toml\n[[ignore]]\nrule = \"backup-missing\"\nreason = \"hourly volume snapshots\"\n```",
    cost: COST,
};

const UNPROVEN: Meta = Meta {
    id: "backup-unproven",
    severity: Severity::Warning,
    varies: "",
    title: "The newest backup of this database is not proven to restore.",
    finds: "A newest backup without a proof, with one that failed, or with one of another manifest.",
    matters: "pg_dump reports success also where what it wrote can't be restored: an extension that is not to be had, a role \
        that is missing, a disk that lost bytes. One finds out by restoring it, better now than when it is needed.",
    remedy: "`partman backup prove` restores it into a scratch server and compares every row. If that fails: `partman backup` \
        makes another one.",
    cost: COST,
};

const OLD: Meta = Meta {
    id: "backup-old",
    severity: Severity::Warning,
    varies: "",
    title: "The proof of the newest backup is older than it may be.",
    finds: "A newest backup whose proof passed longer ago than `max_age` under `[proof]` says, or will have passed in the \
        future: then a clock was wrong.",
    matters: "What was written since is not in the backup, and what was on the disk then need not be there now.",
    remedy: "`partman backup`, then `partman backup prove`; as a job of cron or a timer, where nobody should have to think of \
        it.",
    cost: COST,
};

/// What is found; nothing where nobody looked, or where there is no partitioned table.
pub fn findings(inspection: &Inspection, known: &KnownBackup) -> Vec<Finding> {
    let found = match known {
        _ if inspection.sets.is_empty() => None,
        KnownBackup::Unknown | KnownBackup::Unreadable { .. } => None,
        KnownBackup::Missing { directory } => Some((
            &META[0],
            format!("there is no backup of this database in {directory}"),
            "`partman backup` makes one, `partman backup prove` proves that it restores",
        )),
        KnownBackup::Found { status, trouble } => trouble.as_ref().map(|why| match status.proof {
            None => (&META[1], why.clone(), "`partman backup prove` tries it"),
            Some(_) => (
                &META[2],
                why.clone(),
                "`partman backup` makes a new one, `partman backup prove` proves that it restores",
            ),
        }),
    };
    let found = found.map(|(meta, message, help)| {
        let subject = format!("database {}", inspection.server.database);
        let mut finding = Finding::new(meta, subject, message, help);
        finding.docs = format!("{PAGE}#{}", meta.id);
        finding
    });
    found.into_iter().collect()
}
