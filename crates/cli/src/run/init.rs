//! Looks at the container and the database, and writes a configuration for what is there.

use std::io;
use std::path::Path;

use partman_core::inspect::{Options, inspect};
use partman_rollout::Config;
use partman_rollout::config::template::{self, Found, FoundSet};
use partman_rollout::container;
use partman_rollout::init::{self, Existing};
use serde_json::json;

use super::beside::{self, Beside};
use super::project::Access;
use super::runtime;
use crate::args::init::Init;
use crate::args::value::Format;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;
use crate::settings::Settings;

/// # Errors
/// The file is there and may not be replaced, the database can't be looked at, or the file can't be written.
pub(super) fn run(args: &Init, settings: &Settings) -> Result<ExitCode, Error> {
    let path = settings.config_path();
    let existing = if args.force {
        Existing::Replace
    } else {
        Existing::Keep
    };
    if !args.stdout && existing == Existing::Keep && path.exists() {
        return Err(is_there(&path));
    }
    let config = earlier(args, settings)?;
    let found = runtime::run(async |stop| {
        let folder = path.parent().unwrap_or(Path::new(""));
        stop.or_done(look(settings, &config, folder)).await
    })?;
    let text = template::render(&found);
    Config::parse(&text, &path)?;
    if args.stdout {
        output::data(&text)?;
        return Ok(ExitCode::Done);
    }
    init::write(&path, &text, existing).map_err(|e| match e.kind() {
        io::ErrorKind::AlreadyExists => is_there(&path),
        _ => Error::caused(ExitCode::Usage, &e)
            .while_doing(format!("could not write {}", path.display())),
    })?;
    tell(&path, &found, settings)?;
    Ok(ExitCode::Done)
}

/// What an earlier configuration says about the database counts here too. One that is to be replaced may be wrong.
fn earlier(args: &Init, settings: &Settings) -> Result<Config, Error> {
    match settings.config() {
        Err(_) if !settings.config_path().exists() => Ok(Config::default()),
        Err(wrong) if args.force => {
            output::say(&wrong.text(output::stderr_is_styled()));
            output::say("it is replaced, and nothing is taken from it\n");
            Ok(Config::default())
        }
        config => config,
    }
}

/// Looks at the container, if there is one, and at the database; `folder` is where the configuration will be.
async fn look(settings: &Settings, config: &Config, folder: &Path) -> Result<Found, Error> {
    let beside = Beside::find(settings, config, Access::Look).await?;
    let container = beside.as_ref().and_then(Beside::container);
    let connection = settings.connection(config, container)?;
    let database = beside::connect(&connection, beside.as_ref()).await?;
    let options = Options {
        sizes: false,
        ..Options::new(database.server().time_zone.clone())
    };
    let mut session = database.session().await?;
    let seen = inspect(&mut session, &options).await?;
    let beside = match beside {
        Some(beside) => Some((beside.is_lasting(), beside.chosen)),
        None => {
            let server = container::identity_of(&mut session).await?;
            let holder = container::with_server(&server).await;
            holder.map(|chosen| (true, chosen))
        }
    };
    let beside = beside.map(|(lasting, chosen)| init::Beside {
        docker: container::found(chosen.facts(), folder),
        lasting,
    });
    let wanted = config.pg_partman.wanted();
    Ok(init::found(&seen, &wanted, &connection, beside))
}

fn is_there(path: &Path) -> Error {
    let message = format!("{} is there already", path.display());
    Error::new(ExitCode::Refused, message)
        .help("print a new one with --stdout, or replace it with --force")
}

fn tell(path: &Path, found: &Found, settings: &Settings) -> Result<(), Error> {
    let (ready, not): (Vec<_>, Vec<_>) = found.sets.iter().partition(|set| set.is_ready());
    if settings.format == Format::Json {
        let names = |sets: &[&FoundSet]| {
            let names = sets.iter().map(|set| set.parent.to_string());
            names.collect::<Vec<_>>()
        };
        let answer = json!({
            "schema": "partman/init/1",
            "path": path,
            "container": found.docker.as_ref().and_then(|docker| docker.container.as_deref()),
            "sets": names(&ready),
            "commented_out": names(&not),
        });
        return output::data(&format!("{answer:#}\n"));
    }
    let mut text = format!(
        "wrote {} with {} partition set(s)",
        path.display(),
        ready.len()
    );
    if !not.is_empty() {
        text += &format!(
            ", and {} commented out for the reasons given there",
            not.len()
        );
    }
    if let Some(name) = found
        .docker
        .as_ref()
        .and_then(|docker| docker.container.as_ref())
    {
        text += &format!("; the server is in container {name:?}");
    }
    output::say(&format!("{text}\n"));
    Ok(())
}
