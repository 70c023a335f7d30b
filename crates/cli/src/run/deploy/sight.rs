//! Tells of a deployment while it goes on: the run's own bar or lines, and those of the backup while one is made.

use std::sync::{Mutex, MutexGuard, PoisonError};

use partman_core::run::{Event, Observer as _};
use partman_rollout::backups::{self, Observer};
use partman_rollout::deploy::Hear;

use crate::run::backup::Progress as Backup;
use crate::run::progress::Progress;

/// Hears of both and shows one at a time.
pub(in crate::run) struct Sight {
    run: Mutex<Progress>,
    backup: Mutex<Option<Backup>>,
    terminal: bool,
    quiet: bool,
}

impl Sight {
    /// Shows on a terminal, tells elsewhere.
    pub(in crate::run) fn new(terminal: bool, quiet: bool) -> Self {
        Self {
            run: Mutex::new(Progress::new(terminal, quiet)),
            backup: Mutex::new(None),
            terminal,
            quiet,
        }
    }

    /// Whether the run began, so that the journal knows of it.
    pub(in crate::run) fn has_started(&self) -> bool {
        lock(&self.run).has_started()
    }

    /// Takes the bars away, for what comes after.
    pub(in crate::run) fn finish(&self) {
        if let Some(backup) = lock(&self.backup).take() {
            backup.finish();
        }
        lock(&self.run).finish();
    }
}

impl Hear for Sight {
    fn hear(&self, event: &Event<'_>) {
        if let Some(backup) = lock(&self.backup).take() {
            backup.finish();
        }
        lock(&self.run).on(event);
    }
}

impl Observer for Sight {
    fn on(&self, event: &backups::Event) {
        let mut backup = lock(&self.backup);
        let backup = backup.get_or_insert_with(|| Backup::new(self.terminal, self.quiet));
        backup.on(event);
    }
}

/// A bar that was left in the middle of a line is still a bar.
fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
