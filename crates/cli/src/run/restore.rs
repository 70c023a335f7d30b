//! Brings a backup back into a new database, and puts that in the old one's place if that is wanted.
//!
//! The database that the settings name need not be there any more: the server is asked through `postgres`.

use partman_core::postgres;
use partman_report::{json, text};
use partman_rollout::backups::{self, Backups, Connection, Restored, Sessions, Swap, Timestamp};
use partman_rollout::container::Chosen;

use super::agreement;
use super::backup::{self, Doing, failed, in_sight, must_exist};
use super::beside::{self, Beside};
use super::project::Access;
use super::runtime::{self, Stop};
use crate::args::restore::Restore;
use crate::args::value::Format;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;
use crate::settings::Settings;

/// # Errors
/// Why it was not restored; the message tells what there is now.
pub(super) fn run(args: &Restore, settings: &Settings) -> Result<ExitCode, Error> {
    runtime::run(async |stop| {
        let config = settings.config()?;
        let backups = backup::of(&config, settings)?;
        must_exist(&backups, &args.id)?;
        let manifest = backups.store().get(&args.id);
        let manifest = manifest.map_err(|e| failed(Doing::Restoring, e, stop.code()))?;
        let place = &manifest.manifest.database.name;
        let into = args
            .into
            .clone()
            .unwrap_or_else(|| format!("{place}_restored"));
        let (server, chosen) = stop.or_done(server(settings, &config)).await?;
        let backups = backups.beside(chosen);
        let question = match args.swap {
            false => format!("Restore {} into the new database {into:?}?", args.id),
            true => format!("Restore {} and put it in the place of {place:?}?", args.id),
        };
        agreement::ask(settings, &stop, &question).await?;
        let target = backups::Restore::new(server.clone(), &into);
        let restored = in_sight(
            Doing::Restoring,
            settings,
            &stop,
            async |observer, cancel| backups.restore(&args.id, &target, observer, cancel).await,
        )
        .await?;
        let swapped = match args.swap {
            true => Some(swap(args, &backups, server, &restored, place, &stop).await?),
            false => None,
        };
        output::data(&match settings.format {
            Format::Text => text::restored(&args.id, &restored, swapped.as_ref()),
            Format::Json => json::restored(&args.id, &restored, swapped.as_ref()),
        })?;
        Ok(ExitCode::Done)
    })
}

/// The server that is meant, which is told and has to answer.
async fn server(
    settings: &Settings,
    config: &partman_rollout::Config,
) -> Result<(Connection, Option<Chosen>), Error> {
    let beside = Beside::find(settings, config, Access::Change).await?;
    let container = beside.as_ref().and_then(Beside::container);
    let meant = settings.connection_to_change(config, container)?;
    output::say(&format!("{}\n", meant.describe()));
    let there: postgres::Settings = meant.for_database("postgres");
    beside::connect(&there, beside.as_ref()).await?;
    let chosen = beside.map(|beside| beside.chosen);
    Ok((backups::connection(&there), chosen))
}

/// Swaps by renaming. The restored database stays under its own name when that can't be done.
async fn swap(
    args: &Restore,
    backups: &Backups,
    server: Connection,
    restored: &Restored,
    place: &str,
    stop: &Stop,
) -> Result<json::Swap, Error> {
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let journal = backups
        .store()
        .directory()
        .join(format!("swap-{}-{now}.jsonl", args.id));
    let sessions = match args.end_sessions {
        true => Sessions::Terminate,
        false => Sessions::Refuse,
    };
    let swap = Swap::new(server, &restored.database, place, &args.id, &journal).sessions(sessions);
    let swapped = swap.run().await.map_err(|e| {
        let doing = format!(
            "the backup is restored as database {:?}, but not in the place of {place:?}",
            restored.database
        );
        failed(Doing::Restoring, e, stop.code()).while_doing(doing)
    })?;
    Ok(json::Swap {
        database: swapped.database,
        before: swapped.before,
        journal,
    })
}
