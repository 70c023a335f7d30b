//! A service that looks after its own partition sets: what a Rust program does with `partman-core` and nothing else.
//!
//! At its start it looks at the database that `DATABASE_URL` (or libpq's environment) names, prints what is wrong with
//! its sets, and what a migration would do about those that are managed by hand. It changes nothing.

use std::error::Error;
use std::process::ExitCode;

use partman_core::check::{self, Scope, Severity};
use partman_core::inspect::{Options, inspect};
use partman_core::plan::{Plan, Request, Selection};
use partman_core::postgres::{Database, Environment, Settings};
use partman_core::wanted::WantedExtension;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let settings = Settings::builder().resolve(&Environment::from_process())?;
    let database = Database::builder(&settings)
        .application_name("partman in my service")
        .sessions(2)
        .connect()
        .await?;

    let mut session = database.session().await?;
    let seen = inspect(&mut session, &Options::new(&database.server().time_zone)).await?;

    let found = check::run_all(&seen, &Scope::everything());
    for finding in &found.findings {
        println!("{}", serde_json::to_string(finding)?);
    }

    let request = Request {
        selection: Selection::All(Vec::new()),
        extension: WantedExtension::default(),
    };
    let plan = Plan::make(&seen, &request);
    eprintln!(
        "{} steps would adopt {} sets (plan {})",
        plan.steps.len(),
        plan.adopts().len(),
        plan.digest
    );

    let healthy = found
        .findings
        .iter()
        .all(|finding| finding.severity != Severity::Error);
    Ok(if healthy {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
