//! One step, tried until it is through: a transaction an attempt, and what becomes of one that failed.
//!
//! A lock that isn't got is tried for again within the budget; over a connection that is lost, the journal tells whether
//! the commit went through.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Runner, cancelled};
use crate::run::{Became, Entry, Event, StepReport, What, World, progress};
use crate::session::Limits;
use crate::step::{Description, Ready, Undone};
use crate::watch::Blocker;
use crate::{Error, Kind};

/// One attempt that got through.
pub(super) struct Performed {
    pub(super) report: StepReport,
    pub(super) kept: Option<String>,
}

#[derive(Clone, Copy)]
pub(super) enum Direction<'d> {
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

/// How long an attempt took from the step's beginning: waits before it, its own end, and its locks.
struct Times {
    before: Duration,
    after: Duration,
    locked: Duration,
}

impl Times {
    fn performed(self, id: String) -> Performed {
        let ms = |d: Duration| (d.as_secs_f64() * 1e6).round() / 1e3;
        Performed {
            report: StepReport {
                id,
                took_ms: ms(self.after),
                waited_ms: ms(self.before),
                locked_ms: ms(self.locked),
                ..StepReport::default()
            },
            kept: None,
        }
    }
}

impl<W: World> Runner<'_, W> {
    /// Tries until it is done, the budget is used up, or it fails for another reason than a lock or a connection.
    pub(super) async fn perform(
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
                    let times = Times {
                        before,
                        after: waits.waited(),
                        locked,
                    };
                    return Ok(self.performed(id, done, times));
                }
                Err(error) => error,
            };
            if self.got_through(place, direction, &id, error).await? {
                let times = Times {
                    before,
                    after: waits.waited(),
                    locked: Duration::ZERO,
                };
                return Ok(times.performed(id));
            }
            let Some(pause) = waits.pause() else {
                let in_the_way = self.observer.in_the_way();
                return Err(give_up(&id, waits.waited(), &in_the_way));
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

    /// What an attempt did, told.
    fn performed(&mut self, id: String, done: Done, times: Times) -> Performed {
        let found = matches!(&done, Done::Forward(entry) if entry.what == What::Found);
        if found {
            self.observer.on(&Event::StepFound { id: &id });
        }
        let mut performed = times.performed(id);
        if found {
            performed.report.became = Became::Found;
        }
        if let Done::Back(Undone::Kept(why)) = done {
            performed.kept = Some(why);
        }
        performed
    }

    /// After an attempt that failed: whether it got through all the same, for the connection was lost over the answer.
    /// What can't be tried again is the error.
    async fn got_through(
        &mut self,
        place: usize,
        direction: Direction<'_>,
        id: &str,
        error: Error,
    ) -> Result<bool, Error> {
        if error.is_connection_lost() {
            self.observer.on(&Event::ConnectionLost { id });
            self.world
                .recover()
                .await
                .map_err(|lost| lost.with_source(error))?;
            return self.is_recorded(place, direction).await;
        }
        self.abandon().await?;
        if error.is_retryable() {
            Ok(false)
        } else {
            Err(error)
        }
    }

    /// One transaction: look, act, write down. Returns the longest that locks can have been held.
    async fn attempt(
        &mut self,
        place: usize,
        direction: Direction<'_>,
        limits: Limits,
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
}

fn give_up(id: &str, waited: Duration, in_the_way: &[Blocker]) -> Error {
    let who: Vec<String> = in_the_way.iter().map(ToString::to_string).collect();
    let who = match who.as_slice() {
        [] => "somebody holds the table; see pg_blocking_pids".to_owned(),
        known => known.join("; "),
    };
    let waited = waited.as_secs_f64();
    Error::new(
        Kind::LockTimeout,
        format!("{id} did not get its lock within {waited:.1} s: {who}"),
    )
}
