//! Compares a parsed file with the JSON Schema: unknown and missing keys, wrong types, wrong words.
//!
//! serde would find the same, but its words speak of Rust's types, and it can't suggest what was meant. Only the few
//! keywords that our own schema uses are understood.

use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Problem;

/// The first place, from the top of the file, where it has another shape than the schema allows.
pub(super) fn compare(schema: &Json, document: &Spanned<DeTable<'_>>) -> Result<(), Problem> {
    let mut walk = Walk {
        root: schema,
        problems: Vec::new(),
    };
    walk.table(schema, "", document.span(), document.get_ref());
    let first = walk.problems.into_iter().min_by_key(|p| p.span.start);
    first.map_or(Ok(()), Err)
}

struct Walk<'s> {
    root: &'s Json,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    fn table(
        &mut self,
        schema: &Json,
        section: &str,
        span: std::ops::Range<usize>,
        table: &DeTable<'_>,
    ) {
        for (key, value) in table {
            match &schema["properties"][key.get_ref().as_ref()] {
                Json::Null => self.unknown(schema, section, key.get_ref(), key.span()),
                known => self.value(known, key.get_ref(), value),
            }
        }
        for key in strings(&schema["required"]) {
            if !table.contains_key(key) {
                let problem = Problem::new(span.clone(), format!("{section} has no `{key}`"));
                self.problems
                    .push(problem.help(to_add(&schema["properties"][key], key)));
            }
        }
    }

    fn value(&mut self, schema: &Json, key: &str, value: &Spanned<DeValue<'_>>) {
        let found = type_of(value.get_ref());
        if !expected_types(schema).any(|name| name == found) {
            self.problems.push(wrong_type(schema, key, value));
            return;
        }
        match value.get_ref() {
            DeValue::Table(table) => self.table(schema, &format!("[{key}]"), value.span(), table),
            DeValue::Array(items) => items.iter().for_each(|item| match item.get_ref() {
                DeValue::Table(table) if schema["items"]["type"] == "object" => {
                    self.table(&schema["items"], &format!("[[{key}]]"), item.span(), table);
                }
                _ => self.value(&schema["items"], &format!("{key}[]"), item),
            }),
            DeValue::String(text) if text.trim().is_empty() => {
                let problem = Problem::new(value.span(), format!("`{key}` is empty"));
                self.problems.push(problem.example(as_example(schema, key)));
            }
            DeValue::String(text) => {
                let words = words(schema);
                if !words.is_empty() && !words.contains(&text.as_ref()) {
                    let problem = Problem::new(value.span(), format!("`{key}` can't be {text:?}"));
                    self.problems.push(problem.help(did_you_mean(text, &words)));
                }
            }
            _ => {}
        }
    }

    fn unknown(&mut self, schema: &Json, section: &str, key: &str, span: std::ops::Range<usize>) {
        let known = keys(schema);
        let place = if section.is_empty() { "" } else { " in " };
        let help = match nearest(key, &known) {
            None => self.home_of(key).unwrap_or_else(|| one_of(&known)),
            Some(_) => did_you_mean(key, &known),
        };
        let problem = Problem::new(span, format!("unknown key `{key}`{place}{section}"));
        self.problems.push(problem.help(help));
    }

    /// The section that knows this key, for one that stands in the wrong section.
    fn home_of(&self, key: &str) -> Option<String> {
        let sections = self.root["properties"].as_object()?;
        sections.iter().find_map(|(name, section)| {
            let (fields, brackets) = match section["type"].as_str() {
                Some("array") => (&section["items"], ("[[", "]]")),
                _ => (section, ("[", "]")),
            };
            fields["properties"].get(key)?;
            Some(format!(
                "`{key}` belongs under {}{name}{}",
                brackets.0, brackets.1
            ))
        })
    }
}

fn wrong_type(schema: &Json, key: &str, value: &Spanned<DeValue<'_>>) -> Problem {
    let expected: Vec<_> = expected_types(schema).map(in_words).collect();
    let (expected, found) = (expected.join(" or "), in_words(type_of(value.get_ref())));
    let problem = Problem::new(
        value.span(),
        format!("`{key}` has to be {expected}, not {found}"),
    );
    problem.example(as_example(schema, key))
}

/// How the key is written when it is written right; nothing where there is no example.
fn as_example(schema: &Json, key: &str) -> Option<String> {
    let shown = [&schema["default"], &schema["examples"][0]];
    let shown = shown.into_iter().find(|v| v.is_string() || v.is_i64());
    match shown {
        Some(Json::String(day)) if schema["format"] == "date" => Some(format!("{key} = {day}")),
        Some(value) => Some(format!("{key} = {value}")),
        None if schema["items"]["type"] == "object" => Some(format!("[[{key}]] above its keys")),
        None if schema["type"] == "object" => Some(format!("[{key}] above its keys")),
        None => None,
    }
}

/// What to add for a key that is missing, with the first clause of its description.
fn to_add(schema: &Json, key: &str) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    let clause = text.split([':', ';']).next().unwrap_or_default();
    let clause = clause.trim_end_matches('.');
    let mut chars = clause.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    let meaning: String = first.into_iter().chain(chars).collect();
    let example = as_example(schema, key).unwrap_or_else(|| format!("{key} = …"));
    format!("add {example} ({meaning})")
}

fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "string",
        DeValue::Integer(_) => "integer",
        DeValue::Float(_) => "number",
        DeValue::Boolean(_) => "boolean",
        DeValue::Datetime(_) => "date",
        DeValue::Array(_) => "array",
        DeValue::Table(_) => "object",
    }
}

fn in_words(name: &str) -> &'static str {
    match name {
        "string" => "a text in quotes",
        "integer" => "a whole number",
        "number" => "a number with a fraction",
        "boolean" => "true or false",
        "date" => "a date",
        "array" => "a list",
        _ => "a section",
    }
}

fn expected_types(schema: &Json) -> impl Iterator<Item = &str> {
    let written = match &schema["type"] {
        Json::String(name) => vec![name.as_str()],
        Json::Array(_) => strings(&schema["type"]),
        _ => vec!["string"],
    };
    let is_date = schema["format"] == "date";
    written
        .into_iter()
        .map(move |name| if is_date { "date" } else { name })
}

/// The words that a field takes, if it takes only some.
fn words(schema: &Json) -> Vec<&str> {
    let one_by_one = schema["oneOf"].as_array().into_iter().flatten();
    let one_by_one = one_by_one.filter_map(|option| option["const"].as_str());
    strings(&schema["enum"])
        .into_iter()
        .chain(one_by_one)
        .collect()
}

fn keys(schema: &Json) -> Vec<&str> {
    let properties = schema["properties"].as_object();
    properties
        .into_iter()
        .flat_map(|p| p.keys().map(String::as_str))
        .collect()
}

fn strings(list: &Json) -> Vec<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect()
}

fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |word: &str| strsim::osa_distance(&written.to_lowercase(), word);
    let best = known.iter().min_by_key(|word| distance(word))?;
    (distance(best) <= written.len().max(3) / 3).then_some(best)
}

fn did_you_mean(written: &str, known: &[&str]) -> String {
    match nearest(written, known) {
        Some(word) => format!("did you mean `{word}`?"),
        None => one_of(known),
    }
}

fn one_of(known: &[&str]) -> String {
    let quoted: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
    format!("expected one of {}", quoted.join(", "))
}
