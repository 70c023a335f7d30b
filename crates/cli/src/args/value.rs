//! The words that flags take.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use partman_core::mend::MendKind;
use partman_rollout::config::duration;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs; carries the version of its schema
    Json,
}

/// What `--format` takes: the formats of every verb, and those of some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum AnyFormat {
    /// For people
    #[default]
    Text,
    /// For programs; carries the version of its schema
    Json,
    /// A page for a repository, a ticket or a mail; of status
    Markdown,
}

/// The languages that reports are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Language {
    /// English
    #[default]
    En,
    /// Français
    Fr,
}

impl From<Language> for partman_report::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::En => Self::English,
            Language::Fr => Self::French,
        }
    }
}

/// A kind of mend, of those that the core knows.
pub(crate) fn mend() -> impl TypedValueParser<Value = MendKind> {
    let known = MendKind::ALL
        .iter()
        .map(|kind| PossibleValue::new(kind.id()).help(kind.meaning()));
    PossibleValuesParser::new(known).try_map(|text| text.parse::<MendKind>())
}

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Also into files and pipes
    Always,
    /// Not at all
    Never,
}

impl Color {
    /// What a command line asks for, also one that can't be understood: the complaint about it has a colour too.
    pub(super) fn named_in(argv: &[OsString]) -> Self {
        let words = argv.iter().map(|argument| argument.to_string_lossy());
        let mut after_flag = false;
        let mut named = Self::default();
        for word in words {
            let value = word
                .strip_prefix("--color=")
                .or(after_flag.then_some(&*word));
            if let Some(color) = value.and_then(|value| Self::from_str(value, false).ok()) {
                named = color;
            }
            after_flag = word == "--color";
        }
        named
    }
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// From which severity on findings make the exit code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum FailOn {
    /// Errors
    #[default]
    Error,
    /// Warnings and errors
    Warning,
    /// Any finding
    Info,
    /// None: findings are told, and the exit code is 0
    Never,
}

/// A report to write beside the answer: `FORMAT=PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) format: Format,
    pub(crate) path: PathBuf,
}

impl FromStr for Report {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or("write it as FORMAT=PATH, such as json=report.json")?;
        let format = Format::from_str(format, false).map_err(|_| {
            let known: Vec<_> = Format::value_variants()
                .iter()
                .filter_map(name_of)
                .collect();
            format!("there is no format {format:?}: {}", known.join(", "))
        })?;
        let path = PathBuf::from(path);
        Ok(Self { format, path })
    }
}

fn name_of(format: &Format) -> Option<String> {
    Some(format.to_possible_value()?.get_name().to_owned())
}

/// A sentence that says something.
///
/// # Errors
/// There is nothing in it.
pub(crate) fn reason(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("say why, in a few words that will be read later".to_owned()),
        said => Ok(said.to_owned()),
    }
}

/// Reads `5m`, `90 s`, `1 hour`.
///
/// # Errors
/// The text is no duration.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    duration::parse(text).map_err(|_| "write a number and a unit, such as 5m or 90s".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_format_and_a_path() {
        let report = "json=a=b.json".parse::<Report>();
        let path = PathBuf::from("a=b.json");
        assert_eq!(
            report,
            Ok(Report {
                format: Format::Json,
                path
            })
        );
        for wrong in ["json", "json=", "xml=a", ""] {
            assert!(wrong.parse::<Report>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_colour_is_known_before_the_rest_is_understood() {
        let named = |line: &str| {
            let argv: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            Color::named_in(&argv)
        };
        assert_eq!(named("partman --color never --bogus"), Color::Never);
        assert_eq!(named("partman status --color=always"), Color::Always);
        assert_eq!(named("partman --color"), Color::Auto);
        assert_eq!(named("partman --color mauve"), Color::Auto);
    }

    #[test]
    fn a_reason_says_something() {
        assert_eq!(reason(" snapshots "), Ok("snapshots".to_owned()));
        assert!(
            ["", "  ", "\t\n"]
                .into_iter()
                .all(|blank| reason(blank).is_err())
        );
    }

    #[test]
    fn times_are_read_as_in_the_contract() {
        assert_eq!(time("5m"), Ok(Duration::from_secs(300)));
        assert!(time("5").is_err());
    }
}
