//! Backs up the database that libpq's variables name, proves the backup, and tells how long each part took.
//!
//! ```text
//! PGHOST=localhost PGUSER=admin PGDATABASE=app cargo run -p pg-backup --example backup -- backups
//! ```

use std::error::Error;
use std::time::Instant;

use pg_backup::{
    Connection, Create, Event, Evidence, Helper, Level, LocalScratch, LocalTools, Store,
};

/// The word that leads to the hidden entry point.
const CHILD: &str = "child-of-backup";

fn main() -> std::process::ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next().unwrap_or_else(|| "backups".into());
    if first == CHILD {
        return pg_backup::exec_child(arguments);
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let Err(e) = runtime.block_on(run(Store::new(std::path::PathBuf::from(first)))) else {
        return std::process::ExitCode::SUCCESS;
    };
    let mut cause: Option<&dyn Error> = Some(&e);
    while let Some(this) = cause {
        eprintln!("{this}");
        cause = this.source();
    }
    eprintln!("help: {}", e.help().unwrap_or("none"));
    std::process::ExitCode::FAILURE
}

async fn run(store: Store) -> Result<(), pg_backup::Error> {
    let start = Instant::now();
    let tell = |event: &Event| eprintln!("{:7.2} s  {event:?}", start.elapsed().as_secs_f64());
    let helper = Helper::new(
        std::env::current_exe().expect("a program knows its name"),
        [CHILD],
    );
    let variables = std::env::vars().filter(|(name, _)| name.starts_with("PG"));
    let tools = LocalTools::find(15, std::env::var_os("PATH"))?.helper(helper.clone());
    let cancel = Default::default();

    let evidence = match std::env::var("EVIDENCE").as_deref() {
        Ok("none") => Evidence::None,
        Ok("rows") => Evidence::Rows,
        _ => Evidence::Count,
    };
    let request = Create::new(Connection::from_variables(variables)).evidence(evidence);
    let backup = store.create(&request, &tools, &tell, &cancel).await?;
    println!(
        "{} with {} rows in {} bytes",
        backup.id(),
        backup.manifest.rows(),
        backup.manifest.bytes
    );
    let checked = store
        .verify(backup.id(), Level::Rows, &tools, &tell, &cancel)
        .await?;
    println!("{} rows read back", checked.rows);
    let scratch = LocalScratch::find(backup.manifest.server_version.major())?.helper(helper);
    let proof = store
        .prove(backup.id(), &scratch, &tools, &tell, &cancel)
        .await?;
    println!("proven in {:.1} s", proof.seconds);
    Ok(())
}
