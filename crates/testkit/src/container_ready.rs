//! Waiting for the server of a container that has just been started.
//!
//! Through a published port the only honest question is a connection with the password: Docker's own proxy accepts
//! connections before there is a server. Without one the container's own programs are asked, over TCP, since the server
//! that runs while the cluster is being made listens on its socket only.

use std::time::{Duration, Instant};

use tokio_postgres::NoTls;

use crate::container::Container;
use crate::error::{Error, Result};

const WITHIN: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// Returns when the server accepts connections and the health check, if any, is content.
pub(crate) async fn wait_until_ready(container: &Container) -> Result<()> {
    let give_up = Instant::now() + WITHIN;
    let mut look = Instant::now() + Duration::from_secs(2);
    while !(accepts(container).await && is_healthy(container).await?) {
        if Instant::now() > look {
            must_run(container).await?;
            look = Instant::now() + Duration::from_secs(2);
        }
        if Instant::now() > give_up {
            return Err(not_ready(container, format!("not ready after {WITHIN:?}")).await);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

async fn accepts(container: &Container) -> bool {
    if container.port().is_some() {
        let mut config = container.config();
        config.connect_timeout(Duration::from_secs(2));
        return config.connect(NoTls).await.is_ok();
    }
    let asked = ["pg_isready", "-q", "-h", "127.0.0.1"];
    container.exec(&asked).await.is_ok()
}

async fn is_healthy(container: &Container) -> Result<bool> {
    if !container.options.has_health() {
        return Ok(true);
    }
    let said = container
        .docker(&["inspect", "-f", "{{.State.Health.Status}}"])
        .await?;
    Ok(said == "healthy")
}

async fn must_run(container: &Container) -> Result<()> {
    match container
        .docker(&["inspect", "-f", "{{.State.Status}}"])
        .await?
        .as_str()
    {
        "running" => Ok(()),
        status => Err(not_ready(container, status.to_owned()).await),
    }
}

async fn not_ready(container: &Container, state: String) -> Error {
    let log = container.log().await.unwrap_or_default();
    Error::new(format!(
        "the server of container {} is {state}",
        container.name()
    ))
    .because(log)
}
