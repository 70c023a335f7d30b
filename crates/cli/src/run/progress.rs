//! Tells of a run while it goes on: a bar on a terminal, a line for each event elsewhere, nothing with `--quiet`.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use partman_core::run::{Event, Observer};

use crate::output;

/// Hears of a run and shows it.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    quiet: bool,
    started: bool,
    /// How much of the step that is under way was told last, in tenths.
    tenths: u64,
}

impl Progress {
    /// Shows on a terminal, tells elsewhere.
    pub(super) fn new(terminal: bool, quiet: bool) -> Self {
        let bar = (terminal && !quiet).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {wide_msg}");
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self {
            bar,
            quiet,
            started: false,
            tenths: 0,
        }
    }

    /// Whether the run began, so that the journal knows of it.
    pub(super) fn has_started(&self) -> bool {
        self.started
    }

    /// Takes the bar away, for what comes after.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// Of a step that works in pieces: each on a terminal, every tenth elsewhere.
    fn advanced(&mut self, id: &str, done: u64, total: u64) {
        if total == 0 {
            return;
        }
        let percent = done.min(total) * 100 / total;
        let tenths = percent / 10;
        if self.bar.is_some() || tenths > self.tenths {
            self.tell(&format!("{id}: {percent} %"));
        }
        self.tenths = tenths;
    }

    fn tell(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(line.to_owned()),
            None if self.quiet => {}
            None => output::say(&format!("{line}\n")),
        }
    }
}

impl Observer for Progress {
    fn on(&mut self, event: &Event<'_>) {
        match event {
            Event::RunStarted {
                steps, remaining, ..
            } => {
                self.started = true;
                if let Some(bar) = &self.bar {
                    bar.set_length(*steps as u64);
                    bar.set_position((steps - remaining) as u64);
                }
            }
            Event::StepStarted { .. } | Event::Undoing { .. } => self.tenths = 0,
            Event::StepAdvanced { id, done, total } => self.advanced(id, *done, *total),
            Event::StepDone { .. } | Event::StepFound { .. } => {
                self.bar.iter().for_each(|bar| bar.inc(1))
            }
            Event::Undone { .. } => {
                self.bar
                    .iter()
                    .for_each(|bar| bar.set_position(bar.position().saturating_sub(1)));
            }
            _ => {}
        }
        if let Some(line) = in_words(event) {
            self.tell(&line);
        }
    }
}

/// The event as a line; none for those that only move the bar.
fn in_words(event: &Event<'_>) -> Option<String> {
    let short = |time: &Duration| format!("{:.1} s", time.as_secs_f64());
    Some(match event {
        Event::RunStarted {
            run,
            steps,
            remaining,
        } if steps == remaining => {
            format!("run {run}: {steps} step(s)")
        }
        Event::RunStarted {
            run,
            steps,
            remaining,
        } => {
            format!("run {run}: {remaining} of {steps} step(s) are left")
        }
        Event::StepStarted { title, .. } => (*title).to_owned(),
        Event::LockBusy { id, waited, left } => {
            let (waited, left) = (short(waited), short(left));
            format!("{id}: somebody has the lock; waited {waited}, gives up in {left}")
        }
        Event::StepFound { id } => format!("{id}: was done already"),
        Event::StepFailed { id, error } => format!("{id}: failed: {error}"),
        Event::ConnectionLost { id } => {
            format!("{id}: the connection is gone; looking for a new one")
        }
        Event::Unwinding { steps } => format!("taking back {steps} step(s)"),
        Event::Undone { id, kept: None } => format!("{id}: taken back"),
        Event::Undone {
            id,
            kept: Some(why),
        } => format!("{id}: left as it is: {why}"),
        Event::Verifying => "comparing with what was there before".to_owned(),
        _ => return None,
    })
}
