//! What is wrong with a configuration, and where.
//!
//! Checks make a `Problem`, which knows bytes; `Problem::locate` turns it into a [`ConfigError`], which knows file, line
//! and column and can show the line. Both message and line are redacted on the way: what a person put in the wrong
//! place may be a password.

use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::secret::redact;

/// Why a configuration can't be used. `Display` is one line, `partman.toml:7:1: …`; [`ConfigError::render`] shows the
/// place as a compiler does.
#[derive(Debug, thiserror::Error)]
#[error("{}{message}", prefix(path, place.as_deref()))]
pub struct ConfigError {
    path: PathBuf,
    place: Option<Box<Place>>,
    message: String,
    help: Option<String>,
    source: Option<io::Error>,
}

#[derive(Debug)]
struct Place {
    line: usize,
    column: usize,
    text: String,
    mark: Range<usize>,
}

fn prefix(path: &Path, place: Option<&Place>) -> String {
    match place {
        Some(place) => format!("{}:{}:{}: ", path.display(), place.line, place.column),
        None => String::new(),
    }
}

impl ConfigError {
    pub(super) fn unreadable(path: &Path, source: io::Error) -> Self {
        Self {
            path: path.to_owned(),
            place: None,
            message: format!("could not read the configuration {}", path.display()),
            help: Some("name another with --config, or make one with: partman init".to_owned()),
            source: Some(source),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The line, counted from 1; none when the file as such can't be read.
    pub fn line(&self) -> Option<usize> {
        self.place.as_ref().map(|place| place.line)
    }

    /// The column, in characters counted from 1.
    pub fn column(&self) -> Option<usize> {
        self.place.as_ref().map(|place| place.column)
    }

    /// What is wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to write instead, when that can be said.
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The error with its source line and a mark under the place, in colour if `styled`. It has several lines and no
    /// line feed at its end.
    pub fn render(&self, styled: bool) -> String {
        let path = self.path.display().to_string();
        let mut group = Group::with_title(Level::ERROR.primary_title(self.message.as_str()));
        if let Some(place) = &self.place {
            let mark = AnnotationKind::Primary.span(place.mark.clone());
            let line = Snippet::source(place.text.as_str()).line_start(place.line);
            group = group.element(line.path(path.as_str()).fold(false).annotation(mark));
        }
        if let Some(source) = &self.source {
            group = group.element(Level::NOTE.message(source.to_string()));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = if styled {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.render(&[group])
    }
}

/// Something wrong at some bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) span: Range<usize>,
    message: String,
    help: Option<String>,
}

impl Problem {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            help: None,
        }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with an example of what to write, if there is one.
    pub(super) fn example(mut self, example: Option<String>) -> Self {
        self.help = example.map(|example| format!("write it as {example}"));
        self
    }

    pub(super) fn from_toml(error: toml::de::Error) -> Self {
        // Our own value types say after a colon what to write instead.
        let span = error.span().unwrap_or(0..0);
        match error.message().split_once(": ") {
            Some((message, help)) => Self::new(span, message).help(help),
            None => Self::new(span, error.message()),
        }
    }

    pub(super) fn locate(self, path: &Path, text: &str) -> ConfigError {
        ConfigError {
            path: path.to_owned(),
            place: Some(Box::new(Place::new(text, self.span))),
            message: redact(&self.message).into_owned(),
            help: self.help.map(|help| redact(&help).into_owned()),
            source: None,
        }
    }
}

impl Place {
    fn new(text: &str, span: Range<usize>) -> Self {
        let at = text.floor_char_boundary(span.start);
        let start = text[..at].rfind('\n').map_or(0, |feed| feed + 1);
        let end = text[at..].find('\n').map_or(text.len(), |feed| at + feed);
        let line = text[start..end].trim_end_matches('\r');
        let shown = redact(line);
        let from = (at - start).min(line.len());
        let to = text.floor_char_boundary(span.end.clamp(at, end)) - start;
        let mark = match shown {
            Cow::Borrowed(_) => from..to.clamp(from, line.len()),
            Cow::Owned(ref shown) => mark_before_change(line, shown, from),
        };
        Self {
            line: text[..start].matches('\n').count() + 1,
            column: line[..from].chars().count() + 1,
            text: shown.into_owned(),
            mark,
        }
    }
}

/// Where to point in a line that a redaction has changed: the place itself if it is before the change, else the change.
fn mark_before_change(line: &str, shown: &str, from: usize) -> Range<usize> {
    let pairs = line.char_indices().zip(shown.chars());
    let same = pairs.take_while(|((_, a), b)| a == b).last();
    let same = same.map_or(0, |((at, c), _)| at + c.len_utf8());
    let from = from.min(same);
    from..shown[from..]
        .chars()
        .next()
        .map_or(from, |c| from + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let text = "a = 1\r\nß = \"ü\" x\n";
        let at = text.find('x').expect("there is one");
        let error = Problem::new(at..at + 1, "what is this").locate(Path::new("p.toml"), text);
        assert_eq!((error.line(), error.column()), (Some(2), Some(9)));
        assert_eq!(error.to_string(), "p.toml:2:9: what is this");
    }

    #[test]
    fn a_place_beyond_the_end_is_the_end() {
        let error = Problem::new(7..9, "more is expected").locate(Path::new("p.toml"), "a =");
        assert_eq!((error.line(), error.column()), (Some(1), Some(4)));
        assert!(error.render(false).contains("a ="));
    }
}
