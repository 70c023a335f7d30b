//! Reads the text of one option into a number or a choice. The text itself is never repeated in an error: in a URL whose
//! password holds an unescaped character, any part may be a piece of the password.

use super::layer::{Layer, invalid};
use crate::Error;

/// The value that the option's text stands for, or none when it isn't set.
pub(super) fn choice<T: Copy>(
    layer: &Layer,
    name: &str,
    choices: &[(&str, T)],
) -> Result<Option<T>, Error> {
    let Some(text) = layer.non_empty(name) else {
        return Ok(None);
    };
    let found = choices
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(text));
    match found {
        Some((_, value)) => Ok(Some(*value)),
        None => {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            let why = format!("\"{name}\" has to be one of {}", words.join(", "));
            Err(invalid(&layer.origin(name), &why))
        }
    }
}

/// The whole number that the option's text is, or none when it isn't set.
pub(super) fn number(layer: &Layer, name: &str) -> Result<Option<i64>, Error> {
    let Some(text) = layer.non_empty(name) else {
        return Ok(None);
    };
    let why = || format!("\"{name}\" has to be a whole number");
    text.trim()
        .parse()
        .map(Some)
        .map_err(|_| invalid(&layer.origin(name), &why()))
}
