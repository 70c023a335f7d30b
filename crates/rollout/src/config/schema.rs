//! The JSON Schema of `partman.toml`: what editors complete from, and what `shape` compares a file with.
//!
//! It is derived from the types, so it can't disagree with them; TOML has no null, so the nulls that JSON would allow
//! for what may be missing are taken out. No text in the file has a meaning when it is empty, so none may be.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::Value;

use super::Config;

/// The schema of the whole file, without references.
pub fn json_schema() -> Schema {
    let settings = SchemaSettings::draft07().with(|s| s.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<Config>();
    RecursiveTransform(without_null as fn(&mut Schema)).transform(&mut schema);
    RecursiveTransform(without_empty_texts as fn(&mut Schema)).transform(&mut schema);
    schema
}

fn without_empty_texts(schema: &mut Schema) {
    let is_text = schema.get("type").is_some_and(|name| name == "string");
    if is_text && schema.get("const").is_none() && schema.get("format").is_none() {
        schema.insert("minLength".to_owned(), 1.into());
    }
}

fn without_null(schema: &mut Schema) {
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(options)) = schema.get_mut("anyOf") {
        options.retain(|option| option.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = options.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            for (key, value) in only {
                schema.ensure_object().entry(key).or_insert(value);
            }
        }
    }
}

/// A text with examples, for a field whose own type is read from one.
pub(super) fn text(examples: &[&str]) -> Schema {
    schemars::json_schema!({ "type": "string", "examples": examples })
}

/// Field of a type that knows nothing of schemas: a text, or a whole number.
pub(super) fn text_or_integer(examples: &[&str]) -> Schema {
    schemars::json_schema!({ "type": ["string", "integer"], "examples": examples })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_committed_schema_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/partman.schema.json");
        let mut current = serde_json::to_string_pretty(&json_schema()).expect("a schema is JSON");
        current.push('\n');
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(&path, &current).expect("docs/ can be written");
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == current,
            "docs/partman.schema.json is stale: run UPDATE_SCHEMA=1 cargo test -p partman-rollout schema"
        );
    }

    #[test]
    fn the_schema_allows_no_null_and_has_no_references() {
        let text = json_schema().as_value().to_string();
        for unwanted in ["\"null\"", ":null", "$ref"] {
            assert!(!text.contains(unwanted), "{text}");
        }
    }
}
