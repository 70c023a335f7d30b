//! Shows what `migrate` would do, and saves it.

use std::path::Path;

use partman_core::assess::Reason;
use partman_core::plan::Plan;
use partman_report::{json, text};
use partman_rollout::request::{request, tell_source};

use super::project::{Access, Project};
use super::runtime;
use crate::args::plan;
use crate::args::value::Format;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;
use crate::settings::Settings;

/// # Errors
/// The database can't be looked at, there is a reason against the plan, or it can't be saved.
pub(super) fn run(args: &plan::Plan, settings: &Settings) -> Result<ExitCode, Error> {
    let plan = runtime::run(async |stop| {
        stop.or_done(async {
            let project = Project::open(settings, Access::Look).await?;
            make(&project, &args.scope).await
        })
        .await
    })?;
    if args.out.as_deref() == Some(Path::new("-")) {
        output::data(&json::plan(&plan))?;
        agrees_with_itself(&plan)?;
        return Ok(ExitCode::Done);
    }
    show(&plan, settings)?;
    if let Some(path) = &args.out {
        save(&plan, path)?;
    }
    Ok(ExitCode::Done)
}

/// Looks, and plans for what is asked for.
///
/// # Errors
/// The server's.
pub(super) async fn make(project: &Project, scope: &plan::Scope) -> Result<Plan, Error> {
    let asked = scope.asked();
    let seen = project.inspect_for(true, &asked.parents).await?;
    let request = request(&project.config, &asked, &seen);
    let mut plan = Plan::make(&seen, &request);
    if project.beside.is_some() {
        tell_source(&mut plan, &project.config);
    }
    Ok(plan)
}

/// Writes the plan to stdout.
///
/// # Errors
/// The reasons against it, after they have been shown; or stdout can't be written to.
pub(super) fn show(plan: &Plan, settings: &Settings) -> Result<(), Error> {
    output::data(&match settings.format {
        Format::Text => text::plan(plan, settings.language.into()),
        Format::Json => json::plan(plan),
    })?;
    agrees_with_itself(plan)
}

/// # Errors
/// The reasons against the plan.
pub(super) fn agrees_with_itself(plan: &Plan) -> Result<(), Error> {
    let Some(first) = plan.refusals.first() else {
        return Ok(());
    };
    let others = match plan.refusals.len() - 1 {
        0 => String::new(),
        n => format!(" (and {n} more reason(s))"),
    };
    let Reason { what, way_out, .. } = first;
    Err(Error::new(ExitCode::Refused, format!("{what}{others}")).help(way_out.to_string()))
}

fn save(plan: &Plan, path: &Path) -> Result<(), Error> {
    std::fs::write(path, json::plan(plan)).map_err(|e| {
        Error::caused(ExitCode::Usage, &e)
            .while_doing(format!("could not write {}", path.display()))
    })?;
    output::say(&format!(
        "saved to {}; run it with: partman migrate --plan {}\n",
        path.display(),
        path.display()
    ));
    Ok(())
}
