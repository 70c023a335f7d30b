//! Runs steps forward, and takes them back: the order of it, and what a failure leads to. How one step is tried is in
//! `perform`.

mod perform;

use std::time::Duration;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use self::perform::{Direction, Performed};
use super::{
    Became, Entry, Event, Observer, Outcome, Patience, Progress, Report, StepReport, What, World,
    progress,
};
use crate::step::Step;
use crate::{Error, Kind};

/// A run in a world. Dropping it (or its future) at any moment leaves a journal that tells where it stood.
pub struct Runner<'a, W: World> {
    /// The world.
    pub world: &'a mut W,
    /// The plan's steps, in order.
    pub steps: Vec<&'a dyn Step<W::Hands>>,
    /// How long each waits for locks.
    pub patience: Patience,
    /// Who hears of it.
    pub observer: &'a mut dyn Observer,
    /// Cancelled when somebody wants it to stop.
    pub cancel: CancellationToken,
}

impl<W: World> Runner<'_, W> {
    /// Runs what the journal doesn't list as done. A failure is followed by taking everything back.
    pub async fn forward(&mut self, so_far: &Progress) -> Report {
        self.run(so_far, false).await
    }

    /// The same, of a run that stopped before. Where the world has changed meanwhile, so that a step can't be taken any
    /// more, nothing is taken back: whoever changed it may rely on what is there, so a person decides.
    pub async fn go_on(&mut self, so_far: &Progress) -> Report {
        self.run(so_far, true).await
    }

    async fn run(&mut self, so_far: &Progress, again: bool) -> Report {
        let mut steps = Vec::new();
        for place in 0..self.steps.len() {
            if so_far.is_behind(place) {
                continue;
            }
            match self.one_forward(place).await {
                Ok(report) => steps.push(report),
                Err(error) if error.kind() == Kind::Cancelled => {
                    return Report {
                        outcome: Outcome::Interrupted,
                        steps,
                        error: Some(error),
                        undo_error: None,
                    };
                }
                Err(error) if again && error.kind() == Kind::Changed => {
                    let id = self.steps[place].describe().id;
                    self.observer.on(&Event::StepFailed {
                        id: &id,
                        error: &error,
                    });
                    return Report {
                        outcome: Outcome::Stuck,
                        steps,
                        error: Some(error.context(format!("could not go on with {id}"))),
                        undo_error: None,
                    };
                }
                Err(error) => return self.fail(place, error, steps).await,
            }
        }
        Report {
            outcome: Outcome::Completed,
            steps,
            error: None,
            undo_error: None,
        }
    }

    /// Takes back everything that the journal lists as done, the last step first.
    pub async fn back(&mut self, mut steps: Vec<StepReport>, cause: Option<Error>) -> Report {
        let ended = if cause.is_some() {
            Outcome::Unwound
        } else {
            Outcome::RolledBack
        };
        match self.take_back(&mut steps, cause.is_none()).await {
            Ok(()) => Report {
                outcome: ended,
                steps,
                error: cause,
                undo_error: None,
            },
            Err(error) if error.kind() == Kind::Cancelled => Report {
                outcome: Outcome::Interrupted,
                steps,
                error: cause.or(Some(error)),
                undo_error: None,
            },
            Err(error) => Report {
                outcome: Outcome::Stuck,
                steps,
                error: cause,
                undo_error: Some(error),
            },
        }
    }

    async fn fail(&mut self, place: usize, error: Error, mut steps: Vec<StepReport>) -> Report {
        let description = self.steps[place].describe();
        steps.push(StepReport {
            id: description.id.clone(),
            became: Became::Failed,
            ..StepReport::default()
        });
        self.observer.on(&Event::StepFailed {
            id: &description.id,
            error: &error,
        });
        let entry = Entry::step(place, What::Failed, json!(error.to_string()));
        // Best effort: that it failed also follows from its not being done.
        let _ = self.world.record_surely(&entry).await;
        self.back(
            steps,
            Some(error.context(format!("could not {}", description.title))),
        )
        .await
    }

    async fn take_back(
        &mut self,
        steps: &mut Vec<StepReport>,
        may_stop: bool,
    ) -> Result<(), Error> {
        let so_far = progress(&self.entries().await?);
        let mut done = so_far.done;
        let left = so_far.advanced.into_iter();
        done.extend(left.filter(|(place, _)| {
            self.steps[*place].leaves_pieces() && !so_far.found.contains(place)
        }));
        if !self.world.is_atomic() {
            let begun = so_far.begun.into_iter().map(|place| (place, Value::Null));
            done.extend(begun);
        }
        self.observer.on(&Event::Unwinding { steps: done.len() });
        self.world
            .record_surely(&Entry::run(What::Unwinding, Value::Null))
            .await?;
        for (place, output) in done.iter().rev() {
            if may_stop && self.cancel.is_cancelled() {
                return Err(cancelled());
            }
            let id = self.steps[*place].describe().id;
            self.observer.on(&Event::Undoing { id: &id });
            match self
                .perform(*place, Direction::Back(output, may_stop))
                .await
            {
                Ok(Performed { mut report, kept }) => {
                    self.observer.on(&Event::Undone {
                        id: &id,
                        kept: kept.as_deref(),
                    });
                    report.became = match kept {
                        Some(_) => Became::Kept,
                        None => Became::TakenBack,
                    };
                    report.kept = kept;
                    tell_once(steps, report);
                }
                Err(error) if error.kind() == Kind::Cancelled => return Err(error),
                Err(error) => {
                    let entry = Entry::step(*place, What::UndoFailed, json!(error.to_string()));
                    // The error itself says more than that it could not be written down.
                    let _ = self.world.record(&entry).await;
                    return Err(error.context(format!("could not take back {id}")));
                }
            }
        }
        self.world
            .record_surely(&Entry::run(What::RolledBack, Value::Null))
            .await
    }

    async fn one_forward(&mut self, place: usize) -> Result<StepReport, Error> {
        if self.cancel.is_cancelled() {
            return Err(cancelled());
        }
        let description = self.steps[place].describe();
        self.observer.on(&Event::StepStarted {
            place,
            id: &description.id,
            title: &description.title,
        });
        tracing::info!(step = description.id, "begins");
        self.world
            .record_surely(&Entry::step(place, What::Started, Value::Null))
            .await?;
        let performed = self.perform(place, Direction::Forward).await?;
        let report = performed.report;
        tracing::info!(
            step = report.id,
            took_ms = report.took_ms,
            waited_ms = report.waited_ms,
            locked_ms = report.locked_ms,
            "done"
        );
        self.observer.on(&Event::StepDone {
            id: &report.id,
            took: Duration::from_secs_f64(report.took_ms / 1_000.0),
            waited: Duration::from_secs_f64(report.waited_ms / 1_000.0),
        });
        Ok(report)
    }

    async fn entries(&mut self) -> Result<Vec<Entry>, Error> {
        match self.world.entries().await {
            Err(error) if error.is_connection_lost() => {
                self.world.recover().await?;
                self.world.entries().await
            }
            other => other,
        }
    }
}

/// A step that this call did before, and took back now, is told once: with the times of both ways.
fn tell_once(steps: &mut Vec<StepReport>, back: StepReport) {
    match steps.iter_mut().find(|step| step.id == back.id) {
        None => steps.push(back),
        Some(step) => {
            step.took_ms += back.took_ms;
            step.waited_ms += back.waited_ms;
            step.locked_ms = step.locked_ms.max(back.locked_ms);
            (step.became, step.kept) = (back.became, back.kept);
        }
    }
}

fn cancelled() -> Error {
    Error::new(Kind::Cancelled, "stopped on request")
}

#[cfg(test)]
mod tests;
