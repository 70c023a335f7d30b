//! The runner against a world that is told what to expect: here the calls themselves are the point. What becomes of a
//! database is tested on real ones.

use std::time::Instant;

use async_trait::async_trait;
use mockall::{Sequence, mock};
use serde_json::json;

use super::*;
use crate::run::Silent;
use crate::session::Limits;
use crate::step::{Description, Ready, Undone};

mock! {
    Place {}
    #[async_trait]
    impl World for Place {
        type Hands = ();
        fn hands(&mut self) -> &mut ();
        async fn begin(&mut self, limits: Limits) -> Result<(), Error>;
        async fn commit(&mut self, entry: &Entry) -> Result<Instant, Error>;
        async fn abandon(&mut self) -> Result<(), Error>;
        async fn record(&mut self, entry: &Entry) -> Result<(), Error>;
        async fn recover(&mut self) -> Result<(), Error>;
        async fn entries(&mut self) -> Result<Vec<Entry>, Error>;
    }
}

/// A step whose undo can be made to fail.
struct Plain {
    id: &'static str,
    undo_fails: bool,
}

#[async_trait]
impl Step<()> for Plain {
    fn describe(&self) -> Description {
        Description {
            id: self.id.to_owned(),
            title: format!("do {}", self.id),
            sql: Vec::new(),
            locks: Vec::new(),
            transaction: true,
            undo: Vec::new(),
        }
    }

    async fn precheck(&self, _world: &mut ()) -> Result<Ready, Error> {
        Ok(Ready::Ready)
    }

    async fn forward(&self, _world: &mut ()) -> Result<Value, Error> {
        Ok(json!({ "by": self.id }))
    }

    async fn undo(&self, _world: &mut (), _done: &Value) -> Result<Undone, Error> {
        if self.undo_fails {
            Err(Error::new(Kind::Server, "undo failed"))
        } else {
            Ok(Undone::Undone)
        }
    }
}

const FIRST: Plain = Plain {
    id: "first",
    undo_fails: false,
};
const SECOND: Plain = Plain {
    id: "second",
    undo_fails: false,
};

fn busy() -> Error {
    Error::new(Kind::LockTimeout, "busy").with_sqlstate("55P03")
}

fn is(what: What, step: usize) -> impl Fn(&Entry) -> bool {
    move |entry| entry.what == what && entry.step == Some(step)
}

async fn run(world: &mut MockPlace, steps: &[&Plain], patience: Patience) -> Report {
    let steps = steps.iter().map(|step| *step as &dyn Step<()>).collect();
    let mut silent = Silent;
    let mut runner = Runner {
        world,
        steps,
        patience,
        observer: &mut silent,
        cancel: CancellationToken::new(),
    };
    runner.forward(&Progress::default()).await
}

/// A world with hands, in which whatever isn't expected otherwise goes well.
fn world() -> MockPlace {
    let mut world = MockPlace::new();
    world.expect_hands().return_var(());
    world
}

#[tokio::test]
async fn a_step_is_written_down_before_it_begins_and_committed_with_what_it_did() {
    let mut world = world();
    let mut order = Sequence::new();
    world
        .expect_record()
        .withf(is(What::Started, 0))
        .once()
        .in_sequence(&mut order)
        .returning(|_| Ok(()));
    world
        .expect_begin()
        .once()
        .in_sequence(&mut order)
        .returning(|_| Ok(()));
    let with_output =
        |entry: &Entry| is(What::Done, 0)(entry) && entry.detail == json!({ "by": "first" });
    world
        .expect_commit()
        .withf(with_output)
        .once()
        .in_sequence(&mut order)
        .returning(|_| Ok(Instant::now()));
    let report = run(&mut world, &[&FIRST], Patience::default()).await;
    assert_eq!(
        (report.outcome, report.steps.len()),
        (Outcome::Completed, 1)
    );
}

#[tokio::test]
async fn a_busy_lock_is_tried_again_with_more_patience_after_giving_up_the_transaction() {
    let mut world = world();
    let mut order = Sequence::new();
    world.expect_record().returning(|_| Ok(()));
    let hardly = |limits: &Limits| limits.lock == Duration::from_millis(1);
    world
        .expect_begin()
        .withf(hardly)
        .once()
        .in_sequence(&mut order)
        .returning(|_| Err(busy()));
    world
        .expect_abandon()
        .once()
        .in_sequence(&mut order)
        .returning(|| Ok(()));
    let longer = |limits: &Limits| limits.lock == Duration::from_millis(50);
    world
        .expect_begin()
        .withf(longer)
        .once()
        .in_sequence(&mut order)
        .returning(|_| Ok(()));
    world
        .expect_commit()
        .once()
        .in_sequence(&mut order)
        .returning(|_| Ok(Instant::now()));
    let report = run(&mut world, &[&FIRST], Patience::default()).await;
    assert_eq!(report.outcome, Outcome::Completed);
    assert!(report.steps[0].waited_ms > 0.0);
}

#[tokio::test]
async fn a_lock_that_is_never_had_takes_back_what_was_done() {
    let mut world = world();
    let mut begun = 0;
    world.expect_begin().returning(move |_| {
        begun += 1;
        if begun == 2 { Err(busy()) } else { Ok(()) }
    });
    world.expect_abandon().returning(|| Ok(()));
    world.expect_record().returning(|_| Ok(()));
    world
        .expect_entries()
        .returning(|| Ok(vec![Entry::step(0, What::Done, json!({ "by": "first" }))]));
    world
        .expect_commit()
        .withf(is(What::Done, 0))
        .once()
        .returning(|_| Ok(Instant::now()));
    world
        .expect_commit()
        .withf(is(What::Undone, 0))
        .once()
        .returning(|_| Ok(Instant::now()));
    let hasty = Patience {
        total: Duration::ZERO,
        ..Patience::default()
    };
    let report = run(&mut world, &[&FIRST, &SECOND], hasty).await;
    assert_eq!(report.outcome, Outcome::Unwound);
    assert_eq!(
        report.error.map(|error| error.kind()),
        Some(Kind::LockTimeout)
    );
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_looked_up_and_not_repeated() {
    let mut world = world();
    world.expect_record().returning(|_| Ok(()));
    world.expect_begin().once().returning(|_| Ok(()));
    world
        .expect_commit()
        .once()
        .returning(|_| Err(Error::new(Kind::ConnectionLost, "gone")));
    world.expect_recover().once().returning(|| Ok(()));
    world
        .expect_entries()
        .once()
        .returning(|| Ok(vec![Entry::step(0, What::Done, json!({}))]));
    assert_eq!(
        run(&mut world, &[&FIRST], Patience::default())
            .await
            .outcome,
        Outcome::Completed
    );
}

#[tokio::test]
async fn when_taking_back_fails_too_both_reasons_are_told() {
    let mut world = world();
    let stubborn = Plain {
        id: "stubborn",
        undo_fails: true,
    };
    let mut begun = 0;
    world.expect_begin().returning(move |_| {
        begun += 1;
        if begun == 2 {
            Err(Error::new(Kind::Server, "forward failed"))
        } else {
            Ok(())
        }
    });
    world.expect_commit().returning(|_| Ok(Instant::now()));
    world.expect_abandon().returning(|| Ok(()));
    world
        .expect_entries()
        .returning(|| Ok(vec![Entry::step(0, What::Done, json!({}))]));
    world
        .expect_record()
        .withf(is(What::UndoFailed, 0))
        .once()
        .returning(|_| Ok(()));
    world.expect_record().returning(|_| Ok(()));
    let report = run(&mut world, &[&stubborn, &SECOND], Patience::default()).await;
    assert_eq!(report.outcome, Outcome::Stuck);
    assert!(report.error.is_some() && report.undo_error.is_some());
}
