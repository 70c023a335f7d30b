//! The configuration as its users meet it: files that are right, and what is said about those that aren't.

mod accepted;
mod refused;
mod template;

use std::path::Path;

use super::{Config, ConfigError};

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("partman.toml"))
}

/// The error as it is shown.
#[track_caller]
fn refusal(text: &str) -> String {
    parse(text)
        .expect_err("this has to be refused")
        .render(false)
}

/// A set that is right, to which a test adds a line.
fn set_with(line: &str) -> String {
    format!(
        "[[set]]\nparent = \"public.events\"\ncontrol = \"at\"\ninterval = \"1 month\"\n{line}\n"
    )
}
