//! How long a step waits for locks: at first not at all, then a little with growing pauses, and never longer in total
//! than its budget. While a step waits, those who come after it wait too; while it pauses, nobody does.

use std::time::{Duration, Instant};

use crate::session::Limits;

/// The budget of each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Longest wait for one lock.
    pub wait: Duration,
    /// After which the step gives up.
    pub total: Duration,
    /// Longest run of one statement of a step that isn't long by nature.
    pub statement: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            wait: Duration::from_millis(50),
            total: Duration::from_secs(60),
            statement: Duration::from_secs(10),
        }
    }
}

/// PostgreSQL takes zero for "no limit", so this is as good as not waiting.
const HARDLY: Duration = Duration::from_millis(1);
/// What a statement does before it comes to a lock: the lock's own timeout, which says what the matter is, has to come first.
const MARGIN: Duration = Duration::from_millis(250);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// One step's use of its [`Patience`].
#[derive(Debug)]
pub struct Waits {
    patience: Patience,
    since: Instant,
    attempts: u32,
}

impl Patience {
    /// Starts the clock of a step.
    pub fn start(self) -> Waits {
        Waits {
            patience: self,
            since: Instant::now(),
            attempts: 0,
        }
    }
}

impl Waits {
    /// Limits of the next attempt.
    pub fn limits(&self, long: bool) -> Limits {
        let lock = if self.attempts == 0 {
            HARDLY
        } else {
            self.patience.wait.max(HARDLY)
        };
        let left = self.left();
        let statement = if long {
            Duration::ZERO
        } else {
            self.patience.statement.min(left.max(lock) + MARGIN)
        };
        Limits {
            lock: lock.min(left.max(HARDLY)),
            statement,
        }
    }

    /// The pause before the next attempt; `None` when the budget is used up.
    pub fn pause(&mut self) -> Option<Duration> {
        let pause = (FIRST_PAUSE * 2_u32.saturating_pow(self.attempts.min(10))).min(LONGEST_PAUSE);
        self.attempts += 1;
        (self.left() > pause).then_some(pause)
    }

    /// Since the step began.
    pub fn waited(&self) -> Duration {
        self.since.elapsed()
    }

    /// Until it gives up.
    pub fn left(&self) -> Duration {
        self.patience.total.saturating_sub(self.since.elapsed())
    }

    /// How many attempts have failed.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}

/// How long is waited for locks: for each piece anew, and for what comes after the pieces only once, however often it has to
/// go back to pieces before it is tried again.
pub(super) struct Clock {
    patience: Patience,
    piece: Waits,
    end: Option<Waits>,
}

impl Clock {
    pub(super) fn start(patience: Patience) -> Self {
        Self {
            patience,
            piece: patience.start(),
            end: None,
        }
    }

    pub(super) fn waits(&mut self) -> &mut Waits {
        self.end.as_mut().unwrap_or(&mut self.piece)
    }

    /// Returns how long the piece took.
    pub(super) fn next_piece(&mut self) -> Duration {
        let took = self.piece.waited();
        self.piece = self.patience.start();
        took
    }

    /// How long the piece that is under way takes.
    pub(super) fn since_piece(&self) -> Duration {
        self.piece.waited()
    }

    /// It is what comes after the pieces that didn't get its locks.
    pub(super) fn at_the_end(&mut self) {
        let patience = self.patience;
        self.end.get_or_insert_with(|| patience.start());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_in_between_do_not_start_the_budget_of_the_end_anew() {
        let patience = Patience {
            total: Duration::ZERO,
            ..Patience::default()
        };
        let mut clock = Clock::start(patience);
        clock.next_piece();
        clock.at_the_end();
        assert_eq!(clock.waits().pause(), None, "the budget is used up");
        let attempts = clock.waits().attempts();
        clock.next_piece();
        clock.at_the_end();
        assert_eq!(clock.waits().attempts(), attempts, "and stays so");
    }

    #[test]
    fn the_first_attempt_hardly_waits_and_pauses_grow() {
        let mut waits = Patience::default().start();
        assert_eq!(waits.limits(false).lock, HARDLY);
        let pauses: Vec<_> = (0..8).filter_map(|_| waits.pause()).collect();
        assert!(
            pauses.is_sorted() && pauses.last() == Some(&LONGEST_PAUSE),
            "{pauses:?}"
        );
        assert_eq!(waits.limits(false).lock, Duration::from_millis(50));
        assert_eq!(waits.limits(true).statement, Duration::ZERO);
    }

    #[test]
    fn a_used_up_budget_gives_up() {
        let mut waits = Patience {
            total: Duration::ZERO,
            ..Patience::default()
        }
        .start();
        assert_eq!(waits.pause(), None);
        assert!(
            waits.limits(false).statement > Duration::ZERO,
            "zero would mean no limit"
        );
    }
}
