//! Takes a `keyword=value` string apart, as libpq does it: spaces between pairs and around `=`, values in single quotes
//! when they are empty or hold a space, a backslash before a quote or a backslash.
//!
//! No error repeats a piece of the string: what looks like a keyword may be the rest of a password.

use std::iter::Peekable;
use std::str::Chars;

/// The pairs in the order written.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    let mut chars = text.chars().peekable();
    loop {
        skip_spaces(&mut chars);
        if chars.peek().is_none() {
            return Ok(pairs);
        }
        let name = name(&mut chars)?;
        skip_spaces(&mut chars);
        let value = match chars.next_if_eq(&'\'') {
            Some(_) => quoted(&mut chars)?,
            None => plain(&mut chars),
        };
        pairs.push((name, value));
    }
}

fn is_space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\x0b'
}

fn skip_spaces(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| is_space(*c)).is_some() {}
}

/// Reads a keyword and the `=` behind it.
fn name(chars: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    let mut name = String::new();
    while let Some(c) = chars.next_if(|c| *c != '=' && !is_space(*c)) {
        name.push(c);
    }
    skip_spaces(chars);
    match chars.next_if_eq(&'=') {
        Some(_) => Ok(name),
        None => Err("a word without \"=\"; a value with spaces needs single quotes".to_owned()),
    }
}

fn quoted(chars: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    let mut value = String::new();
    while let Some(c) = chars.next() {
        match c {
            '\'' => return Ok(value),
            '\\' => value.extend(chars.next()),
            _ => value.push(c),
        }
    }
    Err("a quoted value has no closing quote".to_owned())
}

fn plain(chars: &mut Peekable<Chars<'_>>) -> String {
    let mut value = String::new();
    while let Some(c) = chars.next_if(|c| !is_space(*c)) {
        match c {
            '\\' => value.extend(chars.next()),
            _ => value.push(c),
        }
    }
    value
}
