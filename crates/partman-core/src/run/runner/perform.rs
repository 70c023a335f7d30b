//! One step, tried until it is through: a transaction an attempt, and what becomes of one that failed.
//!
//! A lock that isn't got is tried for again within the budget; over a connection that is lost, the journal tells whether
//! the commit went through.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{Runner, cancelled};
use crate::run::{Became, Clock, Entry, Event, StepReport, What, World, progress};
use crate::session::Limits;
use crate::step::{Description, Lock, Pace, Ready, Undone};
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
    /// A piece of it, with what the next one has to know.
    Piece {
        so_far: Value,
        done: u64,
        total: u64,
    },
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
        let mut so_far = self.so_far(place, direction).await?;
        let mut on_pieces = Duration::ZERO;
        let mut clock = Clock::start(self.patience);
        loop {
            let before = clock.waits().waited();
            let limits = clock.waits().limits(step.is_long());
            let cancel = self.cancel.clone();
            let mut at_its_end = false;
            let attempt = tokio::select! {
                // A step that is under way is let through if it is through already.
                biased;
                done = self.attempt(place, direction, &so_far, limits, &mut at_its_end) => done,
                () = cancel.cancelled(), if direction.may_stop() => return Err(cancelled()),
            };
            let error = match attempt {
                Ok((
                    Done::Piece {
                        so_far: next,
                        done,
                        total,
                    },
                    took,
                )) => {
                    so_far = next;
                    self.observer.on(&Event::StepAdvanced {
                        id: &id,
                        done,
                        total,
                    });
                    rest(rest_after(took), &cancel, direction).await?;
                    on_pieces += clock.next_piece();
                    continue;
                }
                Ok((done, held)) => {
                    let felt = locks.iter().any(Lock::keeps_others_waiting);
                    let locked = if felt { held } else { Duration::ZERO };
                    let times = Times {
                        before,
                        after: on_pieces + clock.since_piece(),
                        locked,
                    };
                    return Ok(self.performed(id, done, times));
                }
                Err(error) => error,
            };
            // What is waited for isn't always a lock of the server's.
            let told = error.sqlstate().is_none().then(|| error.to_string());
            if self.got_through(place, direction, &id, error).await? {
                let times = Times {
                    before,
                    after: on_pieces + clock.since_piece(),
                    locked: Duration::ZERO,
                };
                return Ok(times.performed(id));
            }
            // The answer to a piece may be what was lost.
            so_far = self.so_far(place, direction).await?;
            if at_its_end {
                clock.at_the_end();
            }
            let waits = clock.waits();
            let Some(pause) = waits.pause() else {
                let in_the_way = self.observer.in_the_way();
                return Err(give_up(&id, waits.waited(), &in_the_way, told));
            };
            tracing::info!(step = id, pause_ms = pause.as_millis(), "tries again");
            self.observer.on(&Event::LockBusy {
                id: &id,
                waited: waits.waited(),
                left: waits.left(),
            });
            rest(pause, &cancel, direction).await?;
        }
    }

    /// How far the journal says that a step has got which works in pieces.
    async fn so_far(&mut self, place: usize, direction: Direction<'_>) -> Result<Value, Error> {
        if !self.steps[place].works_in_pieces() {
            return Ok(Value::Null);
        }
        let now = progress(&self.entries().await?);
        let pieces = match direction {
            Direction::Forward => now.advanced,
            Direction::Back(..) => now.retreated,
        };
        Ok(pieces.get(&place).cloned().unwrap_or_default())
    }

    /// Commits a piece.
    async fn piece(
        &mut self,
        entry: Entry,
        (done, total): (u64, u64),
        began: Instant,
    ) -> Result<(Done, Duration), Error> {
        self.world.commit(&entry).await?;
        let so_far = entry.detail;
        let piece = Done::Piece {
            so_far,
            done,
            total,
        };
        Ok((piece, began.elapsed()))
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

    /// One transaction: look, act, write down. Returns the longest that locks can have been held. Says whether it has come to
    /// what follows the pieces of the step.
    async fn attempt(
        &mut self,
        place: usize,
        direction: Direction<'_>,
        so_far: &Value,
        limits: Limits,
        at_its_end: &mut bool,
    ) -> Result<(Done, Duration), Error> {
        self.world.begin(limits).await?;
        match direction {
            Direction::Forward => self.attempt_forward(place, so_far, at_its_end).await,
            Direction::Back(output, _) => {
                self.attempt_back(place, output, so_far, at_its_end).await
            }
        }
    }

    async fn attempt_forward(
        &mut self,
        place: usize,
        so_far: &Value,
        at_its_end: &mut bool,
    ) -> Result<(Done, Duration), Error> {
        let step = self.steps[place];
        if step.precheck(self.world.hands()).await? == Ready::AlreadyDone {
            let entry = Entry::step(place, What::Found, Value::Null);
            self.world.commit(&entry).await?;
            return Ok((Done::Forward(entry), Duration::ZERO));
        }
        let began = Instant::now();
        if let Pace::More {
            so_far,
            done,
            total,
        } = step.advance(self.world.hands(), so_far).await?
        {
            let entry = Entry::step(place, What::Advanced, so_far);
            return self.piece(entry, (done, total), began).await;
        }
        *at_its_end = true;
        step.prepare(self.world.hands()).await?;
        let began = Instant::now();
        let output = step.forward(self.world.hands()).await?;
        let entry = Entry::step(place, What::Done, output);
        let ended = self.world.commit(&entry).await?;
        Ok((Done::Forward(entry), ended - began))
    }

    async fn attempt_back(
        &mut self,
        place: usize,
        output: &Value,
        so_far: &Value,
        at_its_end: &mut bool,
    ) -> Result<(Done, Duration), Error> {
        let step = self.steps[place];
        let mut began = Instant::now();
        let undone = match step.retreat(self.world.hands(), output, so_far).await? {
            Pace::More {
                so_far,
                done,
                total,
            } => {
                let entry = Entry::step(place, What::Retreated, so_far);
                return self.piece(entry, (done, total), began).await;
            }
            Pace::Kept(why) => Undone::Kept(why),
            Pace::Through => {
                *at_its_end = true;
                began = Instant::now();
                step.undo(self.world.hands(), output).await?
            }
        };
        let detail = serde_json::to_value(&undone).unwrap_or_default();
        let entry = Entry::step(place, What::Undone, detail);
        let ended = self.world.commit(&entry).await?;
        Ok((Done::Back(undone), ended - began))
    }

    async fn is_recorded(&mut self, place: usize, direction: Direction<'_>) -> Result<bool, Error> {
        let now = progress(&self.entries().await?);
        Ok(match direction {
            Direction::Forward => now.is_behind(place),
            Direction::Back(..) => now.undone.contains(&place),
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

/// Pauses, and hears who asks to stop.
async fn rest(
    pause: Duration,
    cancel: &CancellationToken,
    direction: Direction<'_>,
) -> Result<(), Error> {
    tokio::select! {
        () = tokio::time::sleep(pause) => Ok(()),
        () = cancel.cancelled(), if direction.may_stop() => Err(cancelled()),
    }
}

/// As long as the piece took, so that others have at least half of what there is.
fn rest_after(took: Duration) -> Duration {
    took.clamp(Duration::from_millis(2), Duration::from_secs(1))
}

fn give_up(id: &str, waited: Duration, in_the_way: &[Blocker], told: Option<String>) -> Error {
    let who: Vec<String> = in_the_way.iter().map(ToString::to_string).collect();
    let who = match (told, who.as_slice()) {
        (Some(told), _) => told,
        (None, []) => "somebody holds the table; see pg_blocking_pids".to_owned(),
        (None, known) => known.join("; "),
    };
    let waited = waited.as_secs_f64();
    Error::new(
        Kind::LockTimeout,
        format!("{id} did not get its lock within {waited:.1} s: {who}"),
    )
}
