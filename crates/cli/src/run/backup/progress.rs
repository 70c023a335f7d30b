//! Tells of a backup while it is made, proven or restored: a bar on a terminal, a line for each event elsewhere.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use partman_rollout::backups::{Event, Observer, Stage};

use crate::output;

/// Between two turns of what turns while nothing can be counted.
const TURN: Duration = Duration::from_millis(120);

/// Hears of the work and shows it.
pub(in crate::run) struct Progress {
    bar: Option<ProgressBar>,
    quiet: bool,
    said: Mutex<String>,
}

impl Progress {
    /// Shows on a terminal, tells elsewhere.
    pub(in crate::run) fn new(terminal: bool, quiet: bool) -> Self {
        let bar = (terminal && !quiet).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(style("{spinner} {wide_msg}"));
            bar.enable_steady_tick(TURN);
            bar
        });
        Self {
            bar,
            quiet,
            said: Mutex::default(),
        }
    }

    /// Takes the bar away, for what comes after.
    pub(in crate::run) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn tell(&self, line: String) {
        match &self.bar {
            Some(bar) => bar.set_message(line),
            None if self.quiet => {}
            None => self.once(line),
        }
    }

    /// What is waited for is told again and again; a log needs it once.
    fn once(&self, line: String) {
        let Ok(mut said) = self.said.lock() else {
            return;
        };
        if *said != line {
            output::say(&format!("{line}\n"));
            *said = line;
        }
    }

    /// What a person should know also when it is over.
    fn note(&self, line: &str) {
        match &self.bar {
            _ if self.quiet => {}
            Some(bar) => bar.suspend(|| output::say(&format!("{line}\n"))),
            None => output::say(&format!("{line}\n")),
        }
    }
}

impl Observer for Progress {
    fn on(&self, event: &Event) {
        match event {
            Event::Progress { done, total } => {
                if let Some(bar) = &self.bar {
                    bar.set_style(style("{bar:24} {bytes}/{total_bytes} {wide_msg}"));
                    bar.set_length(*total);
                    bar.set_position(*done);
                }
            }
            Event::Stage(stage) => {
                if let Some(bar) = &self.bar {
                    bar.set_style(style("{spinner} {wide_msg}"));
                }
                if let Some(line) = in_words(*stage) {
                    self.tell(line.to_owned());
                }
            }
            Event::Waiting {
                relation,
                blocked_by,
            } => self.tell(format!(
                "waiting for the lock on {relation}; backends {blocked_by:?} stand before us"
            )),
            Event::Started(id) => self.tell(format!("backup {id}")),
            Event::Note(note) => self.note(&format!("note: {note}")),
            Event::LeftoverRemoved { name } => {
                self.note(&format!("removed what an earlier run left: {name}"));
            }
            _ => {}
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn in_words(stage: Stage) -> Option<&'static str> {
    Some(match stage {
        Stage::Preflight => "looking whether a backup can be made",
        Stage::Dumping => "reading the database",
        Stage::Decoding => "reading the archive back",
        Stage::Sealing => "taking digests, and waiting for the disk",
        Stage::Checking => "comparing the files with their digests",
        Stage::StartingScratch => "starting a scratch server",
        Stage::Restoring => "restoring",
        Stage::Comparing => "comparing every row with the manifest",
        _ => return None,
    })
}
