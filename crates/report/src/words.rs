//! The languages that reports are written in, and how what was decided elsewhere is said in them.
//!
//! Sentences come as [`Phrase`]s; a language exchanges their templates and leaves names, numbers, dates and SQL alone. Ids,
//! keys and enums of machine formats are the same in every language. What has no translation is said in English.

mod french;
mod translated;

use partman_core::words::Phrase;

/// A language that people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// French.
    French,
}

impl Language {
    /// The sentence in this language.
    pub fn say(self, phrase: &Phrase) -> String {
        match self {
            Self::English => phrase.to_string(),
            Self::French => phrase.render(&french::template),
        }
    }

    /// The same for words in which nothing stands, as templates of pages have them.
    pub(crate) fn word(self, english: &str) -> &str {
        match self {
            Self::English => english,
            Self::French => french::template(english).unwrap_or(english),
        }
    }

    /// The word and its value: `help: …`, with the space that the language wants before the colon.
    pub(crate) fn colon(self) -> &'static str {
        match self {
            Self::English => ":",
            Self::French => "\u{a0}:",
        }
    }
}

#[cfg(test)]
mod tests;
