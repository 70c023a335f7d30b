//! Taking an extension's files out of a container again: only those that we put there, and only unchanged.

use serde::{Deserialize, Serialize};

use super::bundle::digest;
use super::place::{Placement, find};
use crate::Result;
use crate::docker::Docker;
use crate::error::{Error, Kind};
use crate::exec::Command;

/// What became of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The files that were removed.
    pub removed: Vec<String>,
    /// The files that were left, and why.
    pub kept: Vec<Kept>,
}

/// A file that was left where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// Why.
    pub why: String,
}

impl Docker {
    /// Takes out what [`Docker::put`] put in, as far as it is there and unchanged. It can be repeated.
    ///
    /// The extension must not be installed in a database any more: its own scripts would be missing for an update.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`] when the container is gone (and the files with it), [`Kind::NotRunning`], and [`Kind::Failed`]
    /// when a file could not be removed.
    pub async fn take(&self, placement: &Placement) -> Result<Taken> {
        let Placement {
            container,
            folder,
            extension,
            ..
        } = placement;
        self.inspect(container).await?;
        let there = self.there(container, folder, extension).await?;
        let mut taken = Taken::default();
        // The control file first: from then on the server offers nothing of which a part is missing.
        for file in placement.ours().collect::<Vec<_>>().into_iter().rev() {
            match find(&there, &file.name) {
                None => {}
                Some(found) if digest(&found.bytes) == file.digest => {
                    taken.removed.push(file.name.clone())
                }
                Some(_) => taken.kept.push(Kept {
                    name: file.name.clone(),
                    why: "it was changed since it was put there".to_owned(),
                }),
            }
        }
        let mut paths: Vec<_> = taken
            .removed
            .iter()
            .map(|name| format!("{folder}/{name}"))
            .collect();
        paths.push(format!("{folder}/{}", placement.staging()));
        self.run_as_root(
            placement,
            Command::new("rm").args(["-rf", "--"]).args(paths),
        )
        .await?;
        let left = self.there(container, folder, extension).await?;
        match taken
            .removed
            .iter()
            .find(|name| find(&left, name).is_some())
        {
            None => Ok(taken),
            Some(name) => Err(Error::new(
                Kind::Failed,
                format!(
                    "{folder}/{name} of container {:?} could not be removed",
                    placement.container_name
                ),
            )),
        }
    }
}
