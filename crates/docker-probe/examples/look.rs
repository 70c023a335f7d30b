//! Prints what is known about a PostgreSQL container: `cargo run -p docker-probe --example look [NAME]`.

use docker_probe::{Docker, Error, Wanted};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let wanted = std::env::args().nth(1).map_or(Wanted::Only, Wanted::Name);
    let docker = Docker::connect().await?;
    let container = docker.find(&wanted).await?;
    let facts = docker.facts(&container.id).await?;
    println!("{facts:#?}");
    facts.must_serve()?;
    println!("{:#?}", docker.connection(&facts).await?);
    Ok(())
}
