//! Runs steps forward, and takes them back.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    Became, Entry, Event, Observer, Outcome, Patience, Progress, Report, StepReport, What, World,
    progress,
};
use crate::step::{Description, Ready, Step, Undone};
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

/// One attempt that got through.
struct Performed {
    report: StepReport,
    kept: Option<String>,
}

#[derive(Clone, Copy)]
enum Direction<'d> {
    Forward,
    /// What undo needs, and whether somebody who asks to stop is heard: a run that failed is put back all the same.
    Back(&'d Value, bool),
}

impl Direction<'_> {
    fn may_stop(self) -> bool {
        matches!(self, Self::Forward | Self::Back(_, true))
    }
}

enum Done {
    Forward(Entry),
    Back(Undone),
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

    /// Tries until it is done, the budget is used up, or it fails for another reason than a lock or a connection.
    async fn perform(
        &mut self,
        place: usize,
        direction: Direction<'_>,
    ) -> Result<Performed, Error> {
        let step = self.steps[place];
        let Description { id, locks, .. } = step.describe();
        let mut waits = self.patience.start();
        loop {
            let before = waits.waited();
            let limits = waits.limits(step.is_long());
            let cancel = self.cancel.clone();
            let attempt = tokio::select! {
                // A step that is under way is let through if it is through already.
                biased;
                done = self.attempt(place, direction, limits) => done,
                () = cancel.cancelled(), if direction.may_stop() => return Err(cancelled()),
            };
            let error = match attempt {
                Ok((done, held)) => {
                    let locked = if locks.is_empty() {
                        Duration::ZERO
                    } else {
                        held
                    };
                    let found = matches!(
                        &done,
                        Done::Forward(Entry {
                            what: What::Found,
                            ..
                        })
                    );
                    if found {
                        self.observer.on(&Event::StepFound { id: &id });
                    }
                    let kept = match done {
                        Done::Back(Undone::Kept(why)) => Some(why),
                        _ => None,
                    };
                    let mut performed = performed(id, before, waits.waited(), locked, kept);
                    if found {
                        performed.report.became = Became::Found;
                    }
                    return Ok(performed);
                }
                Err(error) => error,
            };
            if error.is_connection_lost() {
                self.observer.on(&Event::ConnectionLost { id: &id });
                self.world
                    .recover()
                    .await
                    .map_err(|lost| lost.with_source(error))?;
                if self.is_recorded(place, direction).await? {
                    return Ok(performed(id, before, waits.waited(), Duration::ZERO, None));
                }
            } else if error.is_retryable() {
                self.abandon().await?;
            } else {
                self.abandon().await?;
                return Err(error);
            }
            let Some(pause) = waits.pause() else {
                return Err(give_up(&id, waits.waited()));
            };
            tracing::info!(step = id, pause_ms = pause.as_millis(), "tries again");
            self.observer.on(&Event::LockBusy {
                id: &id,
                waited: waits.waited(),
                left: waits.left(),
            });
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = cancel.cancelled(), if direction.may_stop() => return Err(cancelled()),
            }
        }
    }

    /// One transaction: look, act, write down. Returns the longest that locks can have been held.
    async fn attempt(
        &mut self,
        place: usize,
        direction: Direction<'_>,
        limits: crate::session::Limits,
    ) -> Result<(Done, Duration), Error> {
        let step = self.steps[place];
        self.world.begin(limits).await?;
        let done = match direction {
            Direction::Forward => match step.precheck(self.world.hands()).await? {
                Ready::AlreadyDone => Done::Forward(Entry::step(place, What::Found, Value::Null)),
                Ready::Ready => {
                    step.prepare(self.world.hands()).await?;
                    let began = Instant::now();
                    let output = step.forward(self.world.hands()).await?;
                    let entry = Entry::step(place, What::Done, output);
                    self.world.commit(&entry).await?;
                    return Ok((Done::Forward(entry), began.elapsed()));
                }
            },
            Direction::Back(output, _) => {
                let began = Instant::now();
                let undone = step.undo(self.world.hands(), output).await?;
                let entry = Entry::step(
                    place,
                    What::Undone,
                    serde_json::to_value(&undone).unwrap_or_default(),
                );
                self.world.commit(&entry).await?;
                return Ok((Done::Back(undone), began.elapsed()));
            }
        };
        if let Done::Forward(entry) = &done {
            self.world.commit(entry).await?;
        }
        Ok((done, Duration::ZERO))
    }

    async fn is_recorded(&mut self, place: usize, direction: Direction<'_>) -> Result<bool, Error> {
        let now = progress(&self.entries().await?);
        Ok(match direction {
            Direction::Forward => now.is_behind(place),
            Direction::Back(..) => !now.done.contains_key(&place),
        })
    }

    /// A connection that is lost while giving up a transaction has given it up too.
    async fn abandon(&mut self) -> Result<(), Error> {
        match self.world.abandon().await {
            Err(error) if error.is_connection_lost() => self.world.recover().await,
            other => other,
        }
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

fn performed(
    id: String,
    before: Duration,
    after: Duration,
    locked: Duration,
    kept: Option<String>,
) -> Performed {
    let ms = |d: Duration| (d.as_secs_f64() * 1e6).round() / 1e3;
    Performed {
        report: StepReport {
            id,
            took_ms: ms(after),
            waited_ms: ms(before),
            locked_ms: ms(locked),
            locks: Vec::new(),
            kept_waiting: Vec::new(),
            became: Became::Done,
            kept: None,
        },
        kept,
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

fn give_up(id: &str, waited: Duration) -> Error {
    Error::new(
        Kind::LockTimeout,
        format!(
            "{id} did not get its lock within {:.1} s (somebody holds the table; see pg_blocking_pids)",
            waited.as_secs_f64()
        ),
    )
}

#[cfg(test)]
mod tests;
