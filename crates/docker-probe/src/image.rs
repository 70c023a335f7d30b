//! Images: whether one is there, and what it is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::docker::Docker;
use crate::environment::Environment;
use crate::error::{Error, Kind};

/// An image that is on the Engine's machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// Its id, `sha256:…`.
    pub id: String,
    /// Its names.
    pub tags: Vec<String>,
    /// Its digest in a registry, unless it was built here.
    pub digest: Option<String>,
    /// When it was built.
    pub created_at: Option<Timestamp>,
    /// Its size, base image included.
    pub bytes: u64,
    /// The PostgreSQL version that it was made for, as its environment says.
    pub postgres_version: Option<String>,
    /// The major of that version.
    pub postgres_major: Option<u32>,
}

impl Docker {
    /// An image by name or id, or `None` when it is not there: not built, not pulled.
    ///
    /// # Errors
    ///
    /// When the Engine does not answer, or calls the name invalid.
    pub async fn image(&self, name: &str) -> Result<Option<ImageFacts>> {
        let doing = || format!("could not look for image {name:?}");
        let found = match self.client.inspect_image(name).await {
            Ok(found) => found,
            Err(error) => {
                let error = Error::engine(doing(), error);
                return if error.kind() == Kind::NotFound {
                    Ok(None)
                } else {
                    Err(error)
                };
            }
        };
        let config = found.config.unwrap_or_default();
        let environment = Environment::new(&config.env.unwrap_or_default(), Vec::new());
        let digests = found.repo_digests.unwrap_or_default();
        let digest = digests
            .iter()
            .find_map(|name| Some(name.split_once('@')?.1.to_owned()));
        Ok(Some(ImageFacts {
            id: found.id.unwrap_or_default(),
            tags: found.repo_tags.unwrap_or_default(),
            digest,
            created_at: found.created.and_then(|at| at.to_string().parse().ok()),
            bytes: found
                .size
                .and_then(|size| size.try_into().ok())
                .unwrap_or(0),
            postgres_version: environment.version(),
            postgres_major: environment.major(),
        }))
    }
}
