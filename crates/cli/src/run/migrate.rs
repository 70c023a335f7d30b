//! Puts sets under pg_partman: looks, plans, shows, asks, has a proven backup behind it, runs, reports.

use partman_core::Kind;
use partman_core::assess::Adoptable;
use partman_core::journal;
use partman_core::mend::MendKind;
use partman_core::migrate::migrate;
use partman_core::model::Inspection;
use partman_core::plan::Plan;
use partman_core::summary::SetSummary;
use partman_report::{json, text};
use partman_rollout::Config;
use partman_rollout::backups::Backing;
use partman_rollout::deploy::{self, Folder, Lock};
use partman_rollout::request::{Asked, names_nothing, request};
use partman_rollout::status::shell;

use super::backup::gate::Guard;
use super::progress::Progress;
use super::project::{Access, Project};
use super::runtime::{self, Stop};
use super::{agreement, ending, plan, upkeep};
use crate::args::migrate::Migrate;
use crate::args::value::Format;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;
use crate::settings::Settings;

/// # Errors
/// Nothing was changed, and why; or the run began, and its journal knows how it stands.
pub(super) fn run(args: &Migrate, settings: &Settings) -> Result<ExitCode, Error> {
    runtime::run(async |stop| {
        let access = if args.dry_run {
            Access::Look
        } else {
            Access::Change
        };
        let project = stop.or_done(Project::open(settings, access)).await?;
        if !args.dry_run {
            stop.or_done(no_deployment_open(&project)).await?;
        }
        // Better told before a backup is made, or a plan is read by somebody, than after.
        stop.or_done(async { Ok::<_, Error>(journal::may_begin(&project.inspect(false).await?)?) })
            .await?;
        let plan = stop.or_done(planned(args, &project)).await?;
        if args.dry_run {
            plan::show(&plan, settings)?;
            if let Some(guard) = guard(args, &plan, &project, settings, &stop).await? {
                output::say(&format!("{}\n", guard.in_words()));
            }
            return Ok(ExitCode::Done);
        }
        plan::agrees_with_itself(&plan)?;
        let guard = guard(args, &plan, &project, settings, &stop).await?;
        if !plan.is_empty() {
            agreed(&plan, guard.as_ref(), settings, &stop).await?;
        }
        let backing = match guard {
            Some(guard) => Some(guard.pass(&project, settings, &stop).await?),
            None => None,
        };
        let mut plan = plan;
        for _ in 0..PLANNED_AGAIN {
            let done = carry_out(args, &project, &plan, backing.as_ref(), settings, &stop).await;
            let Err(error) = done else { return done };
            let may_be_planned_again = settings.yes && args.plan.is_none();
            if error.code() != ExitCode::Changed || !may_be_planned_again {
                return Err(error);
            }
            let anew = stop.or_done(planned(args, &project)).await?;
            if mends(&anew) != mends(&plan) {
                return Err(error);
            }
            if !settings.quiet {
                output::say("the database has changed since the plan was made; it is made again\n");
            }
            plan = anew;
        }
        carry_out(args, &project, &plan, backing.as_ref(), settings, &stop).await
    })
}

/// Applications write between a plan and its run: a first row in a partition ahead asks for more of them. Who agreed beforehand
/// agreed to that too, as long as nothing else is mended.
const PLANNED_AGAIN: usize = 3;

/// What a plan mends, set by set.
fn mends(plan: &Plan) -> Vec<(String, Vec<MendKind>)> {
    let sets = plan.sets.iter();
    let mends = sets.map(|set| {
        let mut kinds = set.mend_kinds.clone();
        kinds.dedup();
        (set.parent.to_string(), kinds)
    });
    mends.collect()
}

/// What has to stand behind the migration: nothing where there is nothing to do, or where somebody said why not.
async fn guard(
    args: &Migrate,
    plan: &Plan,
    project: &Project,
    settings: &Settings,
    stop: &Stop,
) -> Result<Option<Guard>, Error> {
    if plan.is_empty() || args.without_backup.is_some() {
        return Ok(None);
    }
    let seen = stop.or_done(project.inspect(false)).await?;
    let guard = Guard::look(project, seen.server, settings, stop).await?;
    Ok(Some(guard))
}

/// A deployment that is under way or stopped part-way has to end first: its sets may be these.
async fn no_deployment_open(project: &Project) -> Result<(), Error> {
    let folder = Folder::of(&project.config);
    Lock::must_be_free(&folder)?;
    if folder.last()?.is_some_and(|run| run.progress().is_open()) {
        let server = project.inspect(false).await?.server;
        if let Some(open) = folder.open_run(&server)? {
            return Err(deploy::unfinished(&open).into());
        }
    }
    Ok(())
}

/// Runs the plan, reports it with the backup behind it, and says how it ended.
async fn carry_out(
    args: &Migrate,
    project: &Project,
    plan: &Plan,
    backing: Option<&Backing>,
    settings: &Settings,
    stop: &Stop,
) -> Result<ExitCode, Error> {
    let conduct = project.conduct(stop.token(), args.without_backup.clone());
    let mut progress = Progress::new(settings.bars, settings.quiet);
    let work = migrate(&project.database, plan, &conduct, &mut progress);
    let done = stop.or_insisted(work).await;
    progress.finish();
    let done = done.map_err(|error| match progress.has_started() {
        true => error.part_way(),
        false => error,
    })?;
    output::data(&match settings.format {
        Format::Text => text::migration(&done, backing),
        Format::Json => json::migration(&done, backing),
    })?;
    let code = ending::code_of(&done, stop.code());
    if code == ExitCode::Done && !settings.quiet {
        upkeep::notes(plan)
            .iter()
            .for_each(|note| output::say(note));
        upkeep::in_words(plan)
            .iter()
            .for_each(|call| output::say(call));
    }
    if let (Format::Json, Some(error)) = (settings.format, &done.error) {
        Error::caused(code, error).show();
    }
    Ok(code)
}

/// The saved plan, which has to fit what is there, or one that is made now.
async fn planned(args: &Migrate, project: &Project) -> Result<Plan, Error> {
    let Some(path) = &args.plan else {
        if names_nothing(&project.config, &args.scope.parents) {
            return Err(nothing_named(&project.inspect(false).await?));
        }
        return plan::make(project, &args.scope).await;
    };
    let reading = format!("could not read the plan {}", path.display());
    let text = std::fs::read_to_string(path)
        .map_err(|e| Error::caused(ExitCode::Usage, &e).while_doing(&reading))?;
    let plan = Plan::parse(&text).map_err(|e| match e.kind() {
        Kind::Settings => Error::caused(ExitCode::Usage, &e).while_doing(&reading),
        _ => e.into(),
    })?;
    plan.still_holds(&project.inspect(false).await?)?;
    Ok(plan)
}

/// Nobody said which sets are meant: that is asked for, with those that could be.
fn nothing_named(seen: &Inspection) -> Error {
    let all = request(&Config::default(), &Asked::default(), seen);
    let could = |set: &&SetSummary| !set.managed && set.adoptable <= Adoptable::YesWithMend;
    let sets = Plan::make(seen, &all).sets;
    let names: Vec<String> = sets
        .iter()
        .filter(could)
        .map(|set| set.parent.to_string())
        .collect();
    let database = &seen.server.database;
    let (message, help) = match names.first() {
        None => (
            format!(
                "no set is named, none is configured, and none in database {database} can be adopted as it is"
            ),
            "`partman plan` tells why not; name the set that you mean: partman migrate PARENT"
                .to_owned(),
        ),
        Some(first) => (
            format!(
                "no set is named, and none is configured; these in database {database} can be adopted: {}",
                names.join(", ")
            ),
            format!(
                "name those that you mean, as in `partman migrate {}`, or let `partman init` write a configuration",
                shell(first)
            ),
        ),
    };
    Error::new(ExitCode::Usage, message).help(help)
}

async fn agreed(
    plan: &Plan,
    guard: Option<&Guard>,
    settings: &Settings,
    stop: &Stop,
) -> Result<(), Error> {
    if !settings.yes {
        output::say(&text::plan(plan, settings.language.into()));
    }
    if let Some(guard) = guard.filter(|_| !settings.quiet) {
        output::say(&format!("{}\n", guard.in_words()));
    }
    agreement::ask(settings, stop, "Do this?").await
}
