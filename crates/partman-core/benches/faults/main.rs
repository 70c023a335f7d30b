//! The fault matrix: at every step of a migration, everything that can go wrong, on every version of pg_partman.
//!
//! `make faults` (or `cargo bench -p partman-core --bench faults`). Each cell of the table counts runs of their own on a
//! real server; after each the set is adopted and can be taken back, or it is as it was: rows, oids, files, names, bounds,
//! grants. Anything else is printed and the program fails. `make test` runs the same faults at fewer places
//! (`tests/faults/`). `PARTMAN_FAULTS_ONLY=Spread,V4_7_2:Open` takes only sets of
//! this shape, and that one: what was found of the others before is kept, and the table is made of all of it. With
//! `PARTMAN_UPDATE_DOCS=1` the table is written into `docs/reference/faults.md`.

#[path = "../../tests/support/mod.rs"]
mod support;

mod kept;
mod moment;
mod table;
mod trial;

use futures_util::{StreamExt as _, stream};
use partman_testkit::Partman;
use support::killed::Order;
use support::scene::{Scene, Shape};
use support::twice;
use table::Table;
use trial::{Ended, TRIALS};

/// Between them they have every kind of step, on every version.
const SCENES: [(Partman, Shape); 13] = [
    (Partman::V4_7_2, Shape::Webhook),
    (Partman::V4_7_2, Shape::Fenced),
    (Partman::V5_2_4, Shape::Renamed),
    (Partman::V5_2_4, Shape::Fenced),
    (Partman::V5_5_0, Shape::Renamed),
    (Partman::V5_5_0, Shape::Fenced),
    (Partman::V4_7_2, Shape::Open),
    (Partman::V5_2_4, Shape::Attached),
    (Partman::V5_5_0, Shape::Attached),
    (Partman::V4_7_2, Shape::Spread),
    (Partman::V5_2_4, Shape::Spread),
    (Partman::V5_5_0, Shape::Spread),
    (Partman::V5_2_4, Shape::Nullable),
];

#[tokio::main]
async fn main() {
    if let Some(order) = Order::received() {
        return order.obey().await;
    }
    let only = std::env::var("PARTMAN_FAULTS_ONLY").unwrap_or_default();
    let taken =
        |scene: &Scenery| only.is_empty() || only.split(',').any(|one| is_meant(one, *scene));
    let scenes: Vec<Scenery> = SCENES.into_iter().filter(taken).collect();
    assert!(!scenes.is_empty(), "there is no scene {only}");
    stream::iter(scenes.into_iter().map(of_a_scene))
        .buffer_unordered(AT_ONCE)
        .for_each(async |()| ())
        .await;
    let mut table = Table::default();
    for scene in SCENES {
        table.add_all(&kept::of(scene));
    }
    table.finish();
}

/// A version and the shape of a set.
type Scenery = (Partman, Shape);

/// Whether somebody means this one, or its shape on all versions.
fn is_meant(one: &str, (version, shape): Scenery) -> bool {
    one == format!("{shape:?}") || one == format!("{version:?}:{shape:?}")
}

/// So many servers at a time: with more, what is to be a short wait becomes a long one on a small machine.
const AT_ONCE: usize = 4;

/// A run that had to wait for something makes other calls than the one that was counted: then it is counted again.
const AGAIN: usize = 3;

/// What came of one trial, by the fault.
type Found = (String, Ended);

/// Every fault at every step of one scene's plan, on a server of its own. What came of it is kept.
async fn of_a_scene((version, shape): Scenery) {
    let mut scene = Scene::new(version, shape).await;
    scene.subject.conduct.patience.total = trial::BUDGET;
    let mut found = Vec::new();
    for trial in &TRIALS {
        scene = of_every_step(trial, scene, &mut found).await;
    }
    let steps = scene.plan().await.steps.len();
    let wrong = twice::as_good_as_once(&scene).await;
    for wrong in &wrong {
        eprintln!("WRONG: {version:?}, {shape:?}, twice: {wrong}");
    }
    for what in ["a step is done twice", "a step is taken back twice"] {
        let ended = Ended::of(&wrong, Ended::AsOnce);
        found.extend(std::iter::repeat_n((what.to_owned(), ended), steps));
    }
    eprintln!("{version:?}, {shape:?}: {} trials", found.len());
    kept::keep((version, shape), &found);
}

/// One fault at every step. The scene that comes back is as it was, or a new one.
async fn of_every_step(trial: &trial::Trial, mut scene: Scene, found: &mut Vec<Found>) -> Scene {
    let mut plan = scene.plan().await;
    let mut moments = moment::of_every_step(&scene.calls(&plan).await, &plan);
    let steps: Vec<String> = moments.iter().map(|moment| moment.step.clone()).collect();
    for step in steps {
        for again in 0..=AGAIN {
            let moment = moments.iter().find(|moment| moment.step == step);
            let moment = moment.expect("each plan has the same steps");
            let (ended, wrong) = trial.at(moment, &mut scene, &plan).await;
            if wrong.is_empty() {
                scene.forget().await;
                found.push((trial.what.to_owned(), ended));
                break;
            }
            scene = scene.anew().await;
            scene.subject.conduct.patience.total = trial::BUDGET;
            plan = scene.plan().await;
            moments = moment::of_every_step(&scene.calls(&plan).await, &plan);
            if again == AGAIN || wrong != [trial::DID_NOT_COME] {
                let (what, wrong) = (trial.what, wrong.join("; "));
                eprintln!("WRONG: {what}, {step}: {wrong}");
                found.push((what.to_owned(), ended));
                break;
            }
        }
    }
    scene
}
