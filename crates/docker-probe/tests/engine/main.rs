//! Everything on a real Engine with real containers, each of which its test made and which are gone afterwards.
//!
//! Without an Engine these tests fail and say what to install.

mod connecting;
mod connection;
mod exec;
mod extension;
mod facts;
mod find;
mod identity;

use docker_probe::{ContainerFacts, Docker};
use partman_testkit::Container;

async fn docker() -> Docker {
    Docker::connect().await.expect("tests need a Docker Engine")
}

async fn facts(container: &Container) -> ContainerFacts {
    docker().await.facts(container.id()).await.expect("facts")
}

/// Something that no other test has.
fn unique() -> String {
    use std::hash::{BuildHasher, RandomState};
    format!("{:016x}", RandomState::new().hash_one(std::process::id()))
}
