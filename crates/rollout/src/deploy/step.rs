//! The steps of a deployment, as plain data that the journal keeps.

mod adopt;
mod back_up;
mod put_files;

use partman_core::step::{Description, Step};
use partman_core::{Error, Kind};
use serde::{Deserialize, Serialize};

use super::Hands;

pub use adopt::Adopt;
pub use back_up::BackUp;
pub use put_files::PutFiles;

/// A step that acts on a host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum HostStep {
    /// Makes a backup and proves it.
    BackUp(BackUp),
    /// Puts the extension's files into the container.
    PutFiles(PutFiles),
    /// Puts the sets under pg_partman: a run in the database.
    Adopt(Box<Adopt>),
}

impl HostStep {
    /// The step behind the data.
    pub fn as_step<'a>(&self) -> &dyn Step<Hands<'a>> {
        match self {
            Self::BackUp(step) => step,
            Self::PutFiles(step) => step,
            Self::Adopt(step) => step.as_ref(),
        }
    }

    /// What it will do: one description for each step that people see. The adoption is many.
    pub fn descriptions(&self) -> Vec<Description> {
        match self {
            Self::Adopt(adopt) => {
                let steps = adopt.plan.steps.iter();
                steps.map(|step| step.description.clone()).collect()
            }
            other => vec![other.as_step().describe()],
        }
    }
}

/// What Docker says, with its way out: where steps fail there is one line for both.
fn of_docker(error: docker_probe::Error) -> Error {
    use docker_probe::Kind as Probe;
    let kind = match error.kind() {
        Probe::Conflict | Probe::Refused | Probe::BadInput | Probe::NotFound | Probe::Failed => {
            Kind::Refused
        }
        _ => Kind::Unreachable,
    };
    let message = match error.way_out() {
        Some(help) => format!("{error}; {help}"),
        None => error.to_string(),
    };
    Error::new(kind, message).with_source(error)
}
