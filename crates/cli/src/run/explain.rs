//! Says what an id means.

use partman_rollout::explain::{Kind, entries, explain, nearest};
use serde_json::json;

use crate::args::explain::Explain;
use crate::args::value::Format;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;
use crate::settings::Settings;

/// # Errors
/// There is no such id, or stdout can't be written to.
pub(super) fn run(args: &Explain, settings: &Settings) -> Result<ExitCode, Error> {
    let text = match (&args.id, settings.format) {
        (None, Format::Text) => list(),
        (None, Format::Json) => {
            let answer = json!({ "schema": "partman/explain/1", "ids": entries() });
            format!("{answer:#}\n")
        }
        (Some(id), format) => {
            let found = explain(id).ok_or_else(|| unknown(id))?;
            match format {
                Format::Text => found.page,
                Format::Json => {
                    let mut answer = json!(found);
                    answer["schema"] = json!("partman/explain/1");
                    format!("{answer:#}\n")
                }
            }
        }
    };
    output::data(&text)?;
    Ok(ExitCode::Done)
}

fn list() -> String {
    let entries = entries();
    let width = entries
        .iter()
        .map(|entry| entry.id.len())
        .max()
        .unwrap_or_default();
    let of = |kind: Kind| {
        let lines = entries.iter().filter(move |entry| entry.kind == kind);
        lines
            .map(|entry| format!("  {:width$}  {}\n", entry.id, entry.title))
            .collect::<String>()
    };
    format!(
        "Findings\n{}\nSteps of a plan\n{}\nOther mends of a plan\n{}",
        of(Kind::Finding),
        of(Kind::Step),
        of(Kind::Mend)
    )
}

fn unknown(id: &str) -> Error {
    let help = match nearest(id) {
        Some(meant) => format!("did you mean {meant}?"),
        None => "`partman explain` lists all ids".to_owned(),
    };
    Error::new(
        ExitCode::Usage,
        format!("there is no finding, step or mend {id:?}"),
    )
    .help(help)
}
