//! Sentences as data, so that a report can say them in another language than English.
//!
//! A [`Phrase`] is a template with named places and what stands in them. Its `Display` is English; whoever knows other
//! words hands [`Phrase::render`] the template in those. Names, numbers, dates and SQL are arguments and stay as they
//! are. As JSON a phrase is its English text; read back it is that text and nothing else.
//!
//! ```
//! use partman_core::phrase;
//!
//! let said = phrase!("{parent} has {n} partitions", parent = "public.events", n = 12);
//! assert_eq!(said.to_string(), "public.events has 12 partitions");
//! let french = said.render(&|_| Some("{n} partitions dans {parent}"));
//! assert_eq!(french, "12 partitions dans public.events");
//! ```

mod argument;
mod list;

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use argument::Argument;
pub use list::list;
pub(crate) use list::name_some;

/// A sentence, or a part of one. It reads as its English text wherever a `str` is wanted.
#[derive(Clone)]
pub struct Phrase {
    english: String,
    form: Form,
}

#[derive(Clone)]
enum Form {
    /// Of no language: a name, a number, SQL, what somebody else said.
    Verbatim,
    Template {
        template: &'static str,
        arguments: Vec<(&'static str, Phrase)>,
    },
    Joined {
        parts: Vec<Phrase>,
        with: &'static str,
    },
}

impl Phrase {
    /// A template with what stands in its places. [`phrase!`](crate::phrase) also has the compiler compare the two.
    pub fn new(template: &'static str, arguments: Vec<(&'static str, Self)>) -> Self {
        let english = fill(template, &arguments, &|argument| argument.english.clone());
        let form = Form::Template {
            template,
            arguments,
        };
        Self { english, form }
    }

    /// A text that is the same in every language.
    pub fn verbatim(text: impl Into<String>) -> Self {
        Self {
            english: text.into(),
            form: Form::Verbatim,
        }
    }

    /// Several, one after the other.
    pub fn joined(parts: impl IntoIterator<Item = Self>, with: &'static str) -> Self {
        let parts: Vec<Self> = parts.into_iter().collect();
        let texts: Vec<&str> = parts.iter().map(|part| part.english.as_str()).collect();
        Self {
            english: texts.join(with),
            form: Form::Joined { parts, with },
        }
    }

    /// The text with every template exchanged for its translation; where there is none, it stays English.
    pub fn render<'t>(&self, translation: &dyn Fn(&str) -> Option<&'t str>) -> String {
        match &self.form {
            Form::Verbatim => self.english.clone(),
            Form::Template {
                template,
                arguments,
            } => {
                let template = translation(template).unwrap_or(template);
                fill(template, arguments, &|argument| {
                    argument.render(translation)
                })
            }
            Form::Joined { parts, with } => {
                let texts: Vec<String> =
                    parts.iter().map(|part| part.render(translation)).collect();
                texts.join(with)
            }
        }
    }

    /// The English text.
    pub fn as_str(&self) -> &str {
        &self.english
    }

    /// Whether it is of no language.
    pub fn is_verbatim(&self) -> bool {
        matches!(self.form, Form::Verbatim)
    }
}

/// Puts the arguments into their places; a place without an argument stays as it is written.
fn fill(
    template: &str,
    arguments: &[(&'static str, Phrase)],
    say: &dyn Fn(&Phrase) -> String,
) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text += before;
        let place = after.split_once('}');
        let known = place.and_then(|(name, after)| {
            let found = arguments.iter().find(|(other, _)| *other == name);
            found.map(|(_, argument)| (argument, after))
        });
        match known {
            Some((argument, after)) => {
                text += &say(argument);
                rest = after;
            }
            None => {
                text.push('{');
                rest = after;
            }
        }
    }
    text + rest
}

/// Makes a [`Phrase`]: a template, then what stands in its places, as `name` or `name = value`.
///
/// The compiler refuses a place without a value and a value without a place.
#[macro_export]
macro_rules! phrase {
    ($template:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        #[allow(dead_code)]
        fn has_every_place() -> String {
            ::std::format!($template $(, $name = "")*)
        }
        $crate::words::Phrase::new(
            $template,
            ::std::vec![$((stringify!($name), $crate::phrase!(@argument $name $(= $value)?))),*],
        )
    }};
    (@argument $name:ident) => {
        $crate::words::Argument::phrase(&$name)
    };
    (@argument $name:ident = $value:expr) => {
        $crate::words::Argument::phrase(&$value)
    };
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.english)
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.english, f)
    }
}

impl Deref for Phrase {
    type Target = str;

    fn deref(&self) -> &str {
        &self.english
    }
}

/// Two phrases are equal when they say the same.
impl PartialEq for Phrase {
    fn eq(&self, other: &Self) -> bool {
        self.english == other.english
    }
}

impl Eq for Phrase {}

impl PartialEq<str> for Phrase {
    fn eq(&self, other: &str) -> bool {
        self.english == other
    }
}

impl PartialEq<&str> for Phrase {
    fn eq(&self, other: &&str) -> bool {
        self.english == *other
    }
}

impl From<String> for Phrase {
    fn from(text: String) -> Self {
        Self::verbatim(text)
    }
}

impl From<&str> for Phrase {
    fn from(text: &str) -> Self {
        Self::verbatim(text)
    }
}

impl From<Phrase> for String {
    fn from(phrase: Phrase) -> Self {
        phrase.english
    }
}

impl From<&Phrase> for String {
    fn from(phrase: &Phrase) -> Self {
        phrase.english.clone()
    }
}

impl Serialize for Phrase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.english)
    }
}

impl<'de> Deserialize<'de> for Phrase {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::verbatim)
    }
}

#[cfg(test)]
mod tests;
