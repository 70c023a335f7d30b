//! What a run locks, whom it keeps waiting, and who is in its way, as a second session sees it.
//!
//! The watcher looks at `pg_locks` every few milliseconds while the runner works, and asks `pg_blocking_pids` about those
//! who wait for a lock. What comes and goes between two looks it can't see, so its figures are lower bounds;
//! [`StepReport::locked_ms`](crate::run::StepReport) is the upper one. Its own queries lock nothing but catalogs, and it
//! pauses for a multiple of what they take, so that a server with very many locks isn't kept busy with being looked at.
//!
//! It never fails a run: without a second session there is nothing to tell, and that is told.

mod blocker;
mod sample;
mod sightings;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::journal::Connector;
use crate::run::{Event, Observer, StepReport};
use crate::session::Session;

use sample::sample;
use sightings::Sightings;

pub use blocker::Blocker;
pub use sightings::{KeptWaiting, SeenLock};

/// The shortest pause between two looks.
pub const PAUSE: Duration = Duration::from_millis(5);

/// Looks at one run from beside it.
pub struct Watch {
    seen: Arc<Mutex<Sightings>>,
    end: CancellationToken,
    looking: Option<JoinHandle<()>>,
}

impl Watch {
    /// Begins to look at whoever has the database's run lock. Opens a session, which costs what connecting costs.
    pub async fn start(connector: &dyn Connector) -> Self {
        let (seen, end) = (Arc::<Mutex<Sightings>>::default(), CancellationToken::new());
        let looking = match connector.onlooker().await {
            Ok(session) => {
                session.map(|session| tokio::spawn(look(session, seen.clone(), end.clone())))
            }
            Err(error) => {
                tracing::warn!(%error, "nobody watches this run's locks");
                None
            }
        };
        Self { seen, end, looking }
    }

    /// An observer that hears what this one hears, and knows which step each look belongs to.
    pub fn beside<'o>(&self, observer: &'o mut dyn Observer) -> Beside<'o> {
        Beside {
            observer,
            seen: self.seen.clone(),
        }
    }

    /// Ends, and adds to each step what was seen of it.
    pub async fn stop(mut self, steps: &mut [StepReport]) {
        self.end.cancel();
        if let Some(looking) = self.looking.take() {
            // It is between two looks or in a short one.
            let _ = looking.await;
        }
        hold(&self.seen).hand_over(steps);
    }
}

/// A run that is given up half-way is not watched any longer.
impl Drop for Watch {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

/// Passes on what a run tells, and takes note of the step.
pub struct Beside<'o> {
    observer: &'o mut dyn Observer,
    seen: Arc<Mutex<Sightings>>,
}

impl Observer for Beside<'_> {
    fn on(&mut self, event: &Event<'_>) {
        match event {
            Event::StepStarted { id, .. } | Event::Undoing { id } => hold(&self.seen).of_step(id),
            Event::Verifying => hold(&self.seen).of_no_step(),
            _ => {}
        }
        self.observer.on(event);
    }

    fn in_the_way(&self) -> Vec<Blocker> {
        hold(&self.seen).in_the_way()
    }
}

async fn look(mut session: Box<dyn Session>, seen: Arc<Mutex<Sightings>>, end: CancellationToken) {
    loop {
        let began = Instant::now();
        match sample(session.as_mut()).await {
            Ok(sample) => hold(&seen).add(sample, began),
            Err(error) => {
                tracing::warn!(%error, "this run's locks are watched no longer");
                return;
            }
        }
        let pause = PAUSE.max(began.elapsed() * 4);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = end.cancelled() => return,
        }
    }
}

/// What is counted stays right whoever panics beside it.
fn hold(seen: &Mutex<Sightings>) -> MutexGuard<'_, Sightings> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
