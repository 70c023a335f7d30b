//! What can stand in the places of a phrase: another phrase, or a value that is written the same in every language.

use std::borrow::Cow;

use jiff::Timestamp;

use super::Phrase;
use crate::Interval;
use crate::bound::Point;
use crate::mend::MendKind;
use crate::name::RelationName;
use crate::pg_partman::Version;

/// A value for a place of a template.
pub trait Argument {
    /// The value as a part of a sentence.
    fn phrase(&self) -> Phrase;
}

impl Argument for Phrase {
    fn phrase(&self) -> Phrase {
        self.clone()
    }
}

impl<T: Argument + ?Sized> Argument for &T {
    fn phrase(&self) -> Phrase {
        (**self).phrase()
    }
}

macro_rules! same_in_every_language {
    ($($type:ty),*) => {
        $(impl Argument for $type {
            fn phrase(&self) -> Phrase {
                Phrase::verbatim(self.to_string())
            }
        })*
    };
}

same_in_every_language!(
    str,
    Cow<'_, str>,
    MendKind,
    String,
    i32,
    i64,
    u32,
    u64,
    usize,
    Interval,
    Point,
    RelationName,
    Timestamp,
    Version
);
