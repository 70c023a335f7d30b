//! The steps of a deployment through the core's runner: forward with proof, and back.
//!
//! In the end the container is looked at again: the files are there, and nothing was restarted.

use partman_core::run::{
    Entry, Event, Observer, Outcome, Progress, Report, Runner, What, World, progress,
};
use partman_core::{Error, Kind};
use serde_json::json;

use super::world::{Hear, HostWorld};
use super::{Header, HostStep, Means};

/// A deployment under way.
pub(super) struct Drive<'a, 'h> {
    pub(super) world: HostWorld<'a>,
    header: &'h Header,
    means: Means<'a>,
    relay: Relay<'a>,
}

impl<'a, 'h> Drive<'a, 'h> {
    pub(super) fn new(world: HostWorld<'a>, header: &'h Header, means: Means<'a>) -> Self {
        Self {
            world,
            header,
            means,
            relay: Relay(means.ear),
        }
    }

    pub(super) async fn forward(&mut self) -> Result<Report, Error> {
        let so_far = self.so_far().await?;
        self.announce(|place| !so_far.is_behind(place));
        let report = self.runner().forward(&so_far).await;
        if report.outcome != Outcome::Completed {
            return Ok(report);
        }
        self.means.ear.hear(&Event::Verifying);
        Ok(match self.prove_and_close().await {
            Ok(()) => report,
            Err(error) => self.runner().back(report.steps, Some(error)).await,
        })
    }

    pub(super) async fn back(&mut self) -> Result<Report, Error> {
        let so_far = self.so_far().await?;
        self.announce(|place| so_far.is_behind(place) || so_far.begun.contains(&place));
        Ok(self.runner().back(Vec::new(), None).await)
    }

    async fn so_far(&mut self) -> Result<Progress, Error> {
        Ok(progress(&self.world.entries().await?))
    }

    /// How many steps there are, and how many are left, as people count them.
    fn announce(&self, is_left: impl Fn(usize) -> bool) {
        let count = |step: &HostStep| step.descriptions().len();
        let left = self.header.steps.iter().enumerate();
        let left = left.filter(|(place, _)| is_left(*place));
        self.means.ear.hear(&Event::RunStarted {
            run: &self.header.run,
            steps: self.header.steps.iter().map(count).sum(),
            remaining: left.map(|(_, step)| count(step)).sum(),
        });
    }

    fn runner(&mut self) -> Runner<'_, HostWorld<'a>> {
        Runner {
            world: &mut self.world,
            steps: self.header.steps.iter().map(HostStep::as_step).collect(),
            patience: self.means.conduct.patience,
            observer: &mut self.relay,
            cancel: self.means.conduct.cancel.clone(),
        }
    }

    async fn prove_and_close(&mut self) -> Result<(), Error> {
        let proof = prove(self.header, self.means).await?;
        let entry = Entry::run(What::Completed, proof);
        self.world.record_surely(&entry).await
    }
}

/// Passes what the runner tells to the one who hears from everywhere.
struct Relay<'a>(&'a dyn Hear);

impl Observer for Relay<'_> {
    fn on(&mut self, event: &Event<'_>) {
        self.0.hear(event);
    }
}

/// The same container, running since before, with all the files.
async fn prove(header: &Header, means: Means<'_>) -> Result<serde_json::Value, Error> {
    let docker = means.chosen.docker();
    let before = means.chosen.facts();
    let wrong = |what: String| Error::new(Kind::Verification, what);
    let of_docker = |e: docker_probe::Error| {
        Error::new(
            Kind::Unreachable,
            "the container could not be looked at again",
        )
        .with_source(e)
    };
    let now = docker.facts(&header.container).await.map_err(of_docker)?;
    if !now.running || now.started_at != before.started_at {
        let name = &before.name;
        return Err(wrong(format!(
            "container {name} was stopped or started anew in the middle of the run"
        )));
    }
    for step in &header.steps {
        let HostStep::PutFiles(put) = step else {
            continue;
        };
        let lacks = docker.lacks(&put.placement).await.map_err(of_docker)?;
        if let Some(name) = lacks.first() {
            return Err(wrong(format!(
                "{}/{name} is not in the container any more",
                put.placement.folder
            )));
        }
    }
    Ok(json!({ "container_started_at": now.started_at, "restarted": false }))
}
