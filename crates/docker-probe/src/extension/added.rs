//! Which of an extension's files a container has and its image has not: they go when the container is made anew.
//!
//! The Engine compares the container's own layer with the image; nothing is run in the container. Where a container writes
//! much into its own layer, that takes the Engine a while, so the answer is waited for only a few seconds.

use std::time::Duration;

use bollard::models::ChangeType;
use tokio::time::timeout;

use super::unpack::belongs_to;
use crate::Result;
use crate::docker::Docker;
use crate::error::{Error, Kind};

const ANSWER: Duration = Duration::from_secs(5);

impl Docker {
    /// The paths of an extension's files that were added to a container since it was made, in order.
    ///
    /// # Errors
    ///
    /// [`Kind::NotFound`], [`Kind::TimedOut`], and whatever the Engine says.
    pub async fn added(&self, container: &str, extension: &str) -> Result<Vec<String>> {
        let doing = || format!("could not compare container {container:?} with its image");
        let asked = timeout(ANSWER, self.client.container_changes(container)).await;
        let changes = asked
            .map_err(|_| Error::new(Kind::TimedOut, doing()))?
            .map_err(|e| Error::engine(doing(), e))?;
        let ours = |path: &String| {
            let (folder, name) = path.rsplit_once('/').unwrap_or_default();
            folder.ends_with("/extension") && belongs_to(extension, name)
        };
        let added = changes.unwrap_or_default().into_iter();
        let added = added.filter(|change| change.kind == ChangeType::_1);
        let mut paths: Vec<_> = added.map(|change| change.path).filter(ours).collect();
        paths.sort();
        Ok(paths)
    }
}
