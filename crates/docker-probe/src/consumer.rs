//! What others want of a container's server, as traits, so that they can be tested without an Engine.
//!
//! [`Docker`] is the real thing behind both. The methods are documented there.

use async_trait::async_trait;

use crate::Result;
use crate::connection::ConnectionHint;
use crate::docker::Docker;
use crate::extension::{Bundle, Placement, Source, Taken};
use crate::facts::ContainerFacts;
use crate::find::{Candidate, Wanted};
use crate::identity::ServerIdentity;
use crate::image::ImageFacts;

/// Looking at containers and images, without changing anything.
#[async_trait]
pub trait Containers: Send + Sync {
    /// Like [`Docker::find`].
    async fn find(&self, wanted: &Wanted) -> Result<Candidate>;
    /// Like [`Docker::facts`].
    async fn facts(&self, container: &str) -> Result<ContainerFacts>;
    /// Like [`Docker::connection`].
    async fn connection(&self, facts: &ContainerFacts) -> Result<ConnectionHint>;
    /// Like [`Docker::identity`].
    async fn identity(&self, facts: &ContainerFacts) -> Result<ServerIdentity>;
    /// Like [`Docker::image`].
    async fn image(&self, name: &str) -> Result<Option<ImageFacts>>;
}

/// Bringing an extension's files into a container and out again.
#[async_trait]
pub trait ExtensionFiles: Send + Sync {
    /// Like [`Docker::bundle`].
    async fn bundle(&self, source: &Source, extension: &str, major: Option<u32>) -> Result<Bundle>;
    /// Like [`Docker::place`].
    async fn place(&self, facts: &ContainerFacts, bundle: &Bundle) -> Result<Placement>;
    /// Like [`Docker::put`].
    async fn put(&self, placement: &Placement, bundle: &Bundle) -> Result<()>;
    /// Like [`Docker::take`].
    async fn take(&self, placement: &Placement) -> Result<Taken>;
}

#[async_trait]
impl Containers for Docker {
    async fn find(&self, wanted: &Wanted) -> Result<Candidate> {
        self.find(wanted).await
    }

    async fn facts(&self, container: &str) -> Result<ContainerFacts> {
        self.facts(container).await
    }

    async fn connection(&self, facts: &ContainerFacts) -> Result<ConnectionHint> {
        self.connection(facts).await
    }

    async fn identity(&self, facts: &ContainerFacts) -> Result<ServerIdentity> {
        self.identity(facts).await
    }

    async fn image(&self, name: &str) -> Result<Option<ImageFacts>> {
        self.image(name).await
    }
}

#[async_trait]
impl ExtensionFiles for Docker {
    async fn bundle(&self, source: &Source, extension: &str, major: Option<u32>) -> Result<Bundle> {
        self.bundle(source, extension, major).await
    }

    async fn place(&self, facts: &ContainerFacts, bundle: &Bundle) -> Result<Placement> {
        self.place(facts, bundle).await
    }

    async fn put(&self, placement: &Placement, bundle: &Bundle) -> Result<()> {
        self.put(placement, bundle).await
    }

    async fn take(&self, placement: &Placement) -> Result<Taken> {
        self.take(placement).await
    }
}
