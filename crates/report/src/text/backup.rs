//! `partman backup` and `partman restore`: what there is and what was proven, and the next command.

use std::fmt::Write;
use std::path::Path;

use partman_core::migrate::Done;
use partman_rollout::backups::{
    Backing, Backup, BackupId, Entry, ProofState, Pruned, Pruning, Restored, Verification,
};
use partman_rollout::status::Status;

use super::style::{BAD, BOLD, CAREFUL, GOOD, bytes, count, paint, table};
use crate::json::{Swap, level};

/// One backup, and whether it is proven.
pub fn backup(backup: &Backup) -> String {
    let manifest = &backup.manifest;
    let mut text = format!(
        "{}  {} of {} in {}, {} in {:.1} s, by pg_dump {} from PostgreSQL {}\n",
        paint(BOLD, format!("backup {}", backup.id())),
        count(manifest.tables.len(), "table"),
        manifest.database.name,
        backup.path.display(),
        size(manifest.bytes),
        manifest.seconds,
        manifest.tool_version,
        manifest.server_version,
    );
    let _ = writeln!(text, "  {} rows in all", manifest.rows());
    let _ = writeln!(text, "  {}", proof(backup));
    for note in &manifest.notes {
        let _ = writeln!(text, "  note: {note}");
    }
    if backup.proof == ProofState::Missing {
        let _ = writeln!(text, "    $ partman backup prove");
    }
    text
}

fn proof(backup: &Backup) -> String {
    match &backup.proof {
        ProofState::Passed(proof) => format!(
            "{}: restored and compared at {}, {} and {} rows",
            paint(GOOD, "proven"),
            proof.at.strftime("%Y-%m-%d %H:%M:%SZ"),
            count(proof.tables, "table"),
            proof.rows
        ),
        ProofState::Failed(proof) => format!(
            "{}: {}",
            paint(BAD, "not what it should be when it was restored"),
            proof.differences.join("; ")
        ),
        ProofState::Missing => paint(CAREFUL, "not proven to restore yet"),
        ProofState::Invalid { why } => {
            format!("{}: {why}", paint(CAREFUL, "its proof does not count"))
        }
    }
}

fn size(n: u64) -> String {
    bytes(i64::try_from(n).unwrap_or(i64::MAX))
}

/// Every backup, the oldest first.
pub fn backups(directory: &Path, entries: &[Entry]) -> String {
    if entries.is_empty() {
        return format!(
            "there is no backup in {}\n    $ partman backup\n",
            directory.display()
        );
    }
    let mut rows = table(&["backup", "database", "size", "took", "rows", "proof"]);
    for entry in entries {
        match entry {
            Entry::Sound(backup) => rows.add_row(row(backup)),
            Entry::Broken { id, why } => {
                let mut row = vec![id.to_string(), paint(BAD, why)];
                row.resize(6, String::new());
                rows.add_row(row)
            }
        };
    }
    format!("{rows}\n")
}

fn row(backup: &Backup) -> Vec<String> {
    let manifest = &backup.manifest;
    let proof = match &backup.proof {
        ProofState::Passed(proof) => proof.at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        ProofState::Failed(_) => paint(BAD, "failed"),
        ProofState::Missing => "none".to_owned(),
        ProofState::Invalid { .. } => paint(CAREFUL, "of another manifest"),
    };
    vec![
        backup.id().to_string(),
        manifest.database.name.clone(),
        size(manifest.bytes),
        format!("{:.1} s", manifest.seconds),
        manifest.rows().to_string(),
        proof,
    ]
}

/// What was looked at.
pub fn verification(id: &BackupId, verified: &Verification) -> String {
    format!(
        "{}: backup {id} is what it was ({}): {}, {}, {} rows read\n",
        paint(GOOD, "verified"),
        level(verified.level),
        count(verified.files, "file"),
        count(verified.tables, "table"),
        verified.rows
    )
}

/// What was removed, and what stays although it is old.
pub fn pruned(pruned: &Pruned, pruning: Pruning) -> String {
    let removed = match pruning {
        Pruning::DryRun => "would be removed",
        Pruning::Remove => "removed",
    };
    let kinds = [
        (&pruned.removed, removed),
        (
            &pruned.spared,
            "old, and kept: the last way back of its database",
        ),
        (&pruned.busy, "old, and in use"),
    ];
    let lines = kinds
        .iter()
        .flat_map(|(ids, what)| ids.iter().map(move |id| format!("{id}  {what}\n")));
    let text: String = lines.collect();
    if text.is_empty() {
        "nothing is old enough\n".to_owned()
    } else {
        text
    }
}

/// What was restored, and where the old database is.
pub fn restored(id: &BackupId, restored: &Restored, swapped: Option<&Swap>) -> String {
    let database = swapped.map_or(&restored.database, |swap| &swap.database);
    let mut text = format!(
        "{}: backup {id} as database {database}, {} and {} rows compared, {:.1} s\n",
        paint(GOOD, "restored"),
        count(restored.tables, "table"),
        restored.rows,
        restored.seconds
    );
    if let Some(swap) = swapped {
        if let Some(before) = &swap.before {
            let _ = writeln!(text, "  the old database is now {before}");
        }
        let _ = writeln!(text, "  every rename is in {}", swap.journal.display());
    }
    for note in &restored.notes {
        let _ = writeln!(text, "  note: {note}");
    }
    text
}

/// A migration, and the backup behind it.
pub fn migration(done: &Done, backup: Option<&Backing>) -> String {
    let mut text = super::run(done);
    if let (Some(backup), Some(_)) = (backup, &done.run) {
        let _ = writeln!(text, "behind it: {backup}");
    }
    text
}

/// The newest backup, under a status.
pub fn newest_backup(status: &Status) -> String {
    let Some(backup) = &status.backup else {
        return String::new();
    };
    let proof = match &backup.proof {
        None => paint(CAREFUL, "not proven"),
        Some(proof) => {
            let at = format!("proven at {}", proof.at.strftime("%Y-%m-%d %H:%M:%SZ"));
            paint(if proof.fresh { GOOD } else { CAREFUL }, at)
        }
    };
    format!(
        "\n{} {} of {}, {proof}\n",
        paint(BOLD, "Newest backup"),
        backup.id,
        backup.at.strftime("%Y-%m-%d %H:%M:%SZ"),
    )
}
