//! What going on with a deployment, or taking it back, would do: for people who want to see it first.

use partman_core::step::Description;

use super::HostStep;
use super::journal::Recorded;
use crate::preview::{Preview, PreviewStep};

impl Recorded {
    /// Going on where it stopped. `None` for one that didn't stop.
    pub fn preview_resume(&self) -> Option<Preview> {
        let so_far = self.progress();
        if !so_far.is_open() {
            return None;
        }
        if so_far.unwinding {
            return self.preview_rollback();
        }
        let left = self.header.steps.iter().enumerate();
        let left = left.filter(|(place, _)| !so_far.is_behind(*place));
        let steps = left.flat_map(|(_, step)| step.descriptions());
        Some(self.preview(false, steps.map(|step| one(step, false)).collect()))
    }

    /// Taking back what was done, the last step first. `None` for one that has been taken back.
    pub fn preview_rollback(&self) -> Option<Preview> {
        let so_far = self.progress();
        if so_far.rolled_back {
            return None;
        }
        let done = self.header.steps.iter().enumerate().rev();
        let done = done.filter(|(place, step)| {
            let began = so_far.done.contains_key(place) || so_far.begun.contains(place);
            began && !matches!(step, HostStep::BackUp(_))
        });
        let steps = done.flat_map(|(_, step)| step.descriptions().into_iter().rev());
        Some(self.preview(true, steps.map(|step| one(step, true)).collect()))
    }

    fn preview(&self, back: bool, steps: Vec<PreviewStep>) -> Preview {
        Preview {
            run: self.header.run.clone(),
            back,
            steps,
        }
    }
}

fn one(step: Description, back: bool) -> PreviewStep {
    PreviewStep {
        id: step.id,
        title: step.title,
        sql: if back { step.undo } else { step.sql },
    }
}
