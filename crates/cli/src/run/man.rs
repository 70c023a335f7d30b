//! Prints the manual page, or writes those of all verbs.

use std::io;
use std::path::Path;

use crate::args;
use crate::args::man::Man;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;

/// # Errors
/// Stdout or the folder can't be written to.
pub(super) fn run(args: &Man) -> Result<ExitCode, Error> {
    match &args.out {
        Some(folder) => write_all(folder).map_err(|e| {
            let doing = format!("could not write the manual pages into {}", folder.display());
            Error::caused(ExitCode::Usage, &e).while_doing(doing)
        })?,
        None => output::data(&page()?)?,
    }
    Ok(ExitCode::Done)
}

fn write_all(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(args::command(), folder)
}

fn page() -> Result<String, Error> {
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(args::command()).render(&mut page);
    rendered.map_err(|e| Error::caused(ExitCode::Bug, &e))?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
