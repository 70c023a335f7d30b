//! Every step done twice and taken back twice, as after an acknowledgement that was lost.

use partman_core::journal;
use partman_core::session::{Limits, Session};
use partman_core::step::{Pace, Ready, Undone};
use serde_json::Value;

use super::scene::Scene;

/// Steps that don't look whether they are done, for doing them again does no harm.
fn may_be_repeated(id: &str) -> bool {
    let may = [
        "maintain:",
        "fence-default:",
        "check-range:",
        "stage-default:",
        "copy-default:",
        "keep-way-back:",
        "uncheck-range:",
    ];
    may.iter().any(|step| id.starts_with(step))
}

/// What comes before the rest of a step, each piece in a transaction of its own; the last one stays open.
/// Returns what that one has to know.
async fn pieces<S: Session>(session: &mut S, piece: impl AsyncFn(&mut S, &Value) -> Pace) -> Value {
    let mut so_far = Value::Null;
    while let Pace::More { so_far: next, .. } = piece(session, &so_far).await {
        session.commit().await.expect("a piece");
        session.begin(Limits::NONE).await.expect("a transaction");
        so_far = next;
    }
    so_far
}

/// Does and takes back every step of the scene's plan twice; what is different then from before.
///
/// # Panics
/// When a step can't be done or taken back, or isn't known again.
pub(crate) async fn as_good_as_once(scene: &Scene) -> Vec<String> {
    let plan = scene.plan().await;
    let mut session = scene.subject.database.session().await.expect("a session");
    journal::create(&mut session).await.expect("a journal");
    let mut done = Vec::new();
    for planned in &plan.steps {
        let (step, id) = (planned.spec.as_step(), &planned.description.id);
        let mut outputs = Vec::new();
        for time in 1..=2 {
            session.begin(Limits::NONE).await.expect("a transaction");
            let found = step.precheck(&mut session).await;
            let found = found.unwrap_or_else(|error| panic!("{id}, time {time}: {error:?}"));
            if found == Ready::Ready {
                let so_far = pieces(&mut session, async |session, so_far| {
                    step.advance(session, so_far).await.expect(id)
                })
                .await;
                assert!(time == 1 || may_be_repeated(id), "{id} isn't known again");
                step.prepare(&mut session).await.expect(id);
                let output = step.forward(&mut session).await.expect(id);
                outputs.push(match step.leaves_pieces() {
                    true => so_far,
                    false => output,
                });
            }
            session.commit().await.expect(id);
        }
        done.push((step, id, outputs));
    }
    for (step, id, outputs) in done.iter().rev() {
        for output in outputs.iter().rev().flat_map(|output| [output, output]) {
            session.begin(Limits::NONE).await.expect("a transaction");
            pieces(&mut session, async |session, so_far| {
                step.retreat(session, output, so_far).await.expect(id)
            })
            .await;
            for _ in 0..2 {
                let undone = step.undo(&mut session, output).await;
                assert_eq!(undone.expect(id), Undone::Undone, "{id}");
            }
            session.commit().await.expect(id);
        }
    }
    scene.differences().await
}
