//! Names of relations and columns: held as the catalog holds them, quoted in one place.
//!
//! A [`RelationName`] is a schema and a name without quotes; its `Display` is the form that SQL reads, quoted only
//! where it has to be, and `FromStr` takes that form back. What pg_partman keeps in `part_config.parent_table` is
//! neither: it is the two parts joined by a dot, unquoted ([`RelationName::unquoted`]).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// PostgreSQL's longest identifier, in bytes (`NAMEDATALEN - 1`).
pub const MAX_IDENTIFIER_BYTES: usize = 63;

/// The key words that can't stand unquoted as a table's or column's name (`pg_get_keywords()`, categories R and T).
const RESERVED: &str = "all analyse analyze and any array as asc asymmetric authorization binary both case cast check \
    collate collation column concurrently constraint create cross current_catalog current_date current_role \
    current_schema current_time current_timestamp current_user default deferrable desc distinct do else end except \
    false fetch for foreign freeze from full grant group having ilike in initially inner intersect into is isnull join \
    lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer \
    overlaps placing primary references returning right select session_user similar some symmetric system_user table \
    tablesample then to trailing true union unique user using variadic verbose when where window with";

/// The identifier as SQL reads it: as it is where that is safe, in double quotes elsewhere.
pub fn quote_ident(name: &str) -> Cow<'_, str> {
    let mut chars = name.chars();
    let plain = chars
        .next()
        .is_some_and(|c| c.is_ascii_lowercase() || c == '_')
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '$')
        && !RESERVED.split_ascii_whitespace().any(|word| word == name);
    if plain {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")))
    }
}

/// The text as an SQL string literal, whatever `standard_conforming_strings` says.
pub fn quote_literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// The name of a relation with its schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationName {
    /// The schema, unquoted.
    pub schema: String,
    /// The name within the schema, unquoted.
    pub name: String,
}

impl RelationName {
    /// From the two parts as the catalog holds them.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema: schema.into(),
            name: name.into(),
        }
    }

    /// `schema.name` without quotes, as `part_config.parent_table` holds it.
    pub fn unquoted(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    /// The same schema with another name.
    #[must_use]
    pub fn sibling(&self, name: impl Into<String>) -> Self {
        Self::new(self.schema.clone(), name)
    }
}

impl fmt::Display for RelationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{}",
            quote_ident(&self.schema),
            quote_ident(&self.name)
        )
    }
}

/// Why a text is not a relation's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a table's name: {why} (write it as SQL does: schema.table, or \"Schema\".\"Table\")"
)]
pub struct NameError {
    text: String,
    why: &'static str,
}

impl FromStr for RelationName {
    type Err = NameError;

    /// Reads `table` (in `public`), `schema.table`, and either part in double quotes; what isn't quoted is folded to
    /// lower case, as SQL does.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let fail = |why| NameError {
            text: text.to_owned(),
            why,
        };
        let mut parts = split_identifiers(text).map_err(fail)?;
        if parts.iter().any(String::is_empty) {
            return Err(fail("a part of it is empty"));
        }
        if parts.iter().any(|p| p.len() > MAX_IDENTIFIER_BYTES) {
            return Err(fail("a part of it is longer than 63 bytes"));
        }
        match (parts.pop(), parts.pop(), parts.pop()) {
            (Some(name), None, None) => Ok(Self::new("public", name)),
            (Some(name), Some(schema), None) => Ok(Self::new(schema, name)),
            _ => Err(fail("it has more than two parts")),
        }
    }
}

fn split_identifiers(text: &str) -> Result<Vec<String>, &'static str> {
    let mut parts = vec![String::new()];
    let mut chars = text.trim().chars().peekable();
    let mut at_start = true;
    while let Some(c) = chars.next() {
        let part = parts.last_mut().expect("there is always a part");
        match c {
            '"' if at_start => {
                loop {
                    match chars.next() {
                        Some('"') if chars.peek() == Some(&'"') => {
                            chars.next();
                            part.push('"');
                        }
                        Some('"') => break,
                        Some(inner) => part.push(inner),
                        None => return Err("a double quote is not closed"),
                    }
                }
                if !matches!(chars.peek(), None | Some('.')) {
                    return Err("something follows a closing double quote");
                }
                at_start = false;
            }
            '.' => {
                parts.push(String::new());
                at_start = true;
            }
            c if c.is_alphanumeric() || c == '_' || c == '$' => {
                part.extend(c.to_lowercase());
                at_start = false;
            }
            _ => return Err("it has a character that needs double quotes"),
        }
    }
    Ok(parts)
}

impl Serialize for RelationName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RelationName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_names_stay_plain_and_others_are_quoted() {
        assert_eq!(
            RelationName::new("public", "webhook_events").to_string(),
            "public.webhook_events"
        );
        assert_eq!(
            RelationName::new("App", "a b").to_string(),
            r#""App"."a b""#
        );
        assert_eq!(RelationName::new("s", "order").to_string(), r#"s."order""#);
        assert_eq!(
            RelationName::new("s", r#"x"; drop table y"#).to_string(),
            r#"s."x""; drop table y""#
        );
        assert_eq!(quote_literal(r"a'b\c"), r"E'a''b\\c'");
    }

    #[test]
    fn quotes_are_where_sql_needs_them() {
        for plain in ["_", "_a", "a", "a_1$", "z9", "selects"] {
            assert_eq!(quote_ident(plain), plain);
        }
        for other in ["", "1a", "$a", "aB", "A", "a-b", "é", "select", "with"] {
            assert_eq!(quote_ident(other), format!("\"{other}\""));
        }
        assert_eq!(quote_literal("it's"), "'it''s'");
        assert_eq!(quote_literal("\\"), r"E'\\'");
    }

    #[test]
    fn a_name_has_63_bytes_for_each_part() {
        let (longest, longer) = ("a".repeat(63), "a".repeat(64));
        assert_eq!(
            format!("{longest}.{longest}").parse(),
            Ok(RelationName::new(longest.clone(), longest.clone()))
        );
        for bad in [longer.clone(), format!("{longer}.a"), format!("a.{longer}")] {
            assert!(bad.parse::<RelationName>().is_err(), "{bad}");
        }
        assert!(
            "é".repeat(32).parse::<RelationName>().is_err(),
            "bytes count"
        );
    }

    #[test]
    fn unquoted_names_are_joined_by_a_dot() {
        let name = RelationName::new("App", "a b");
        assert_eq!(name.unquoted(), "App.a b");
        assert_eq!(name.sibling("c"), RelationName::new("App", "c"));
    }

    #[test]
    fn names_are_read_as_sql_reads_them() {
        assert_eq!(
            "Webhook_Events".parse(),
            Ok(RelationName::new("public", "webhook_events"))
        );
        assert_eq!(
            r#""App"."Web.Hook""s""#.parse(),
            Ok(RelationName::new("App", r#"Web.Hook"s"#))
        );
        assert_eq!(" _a$1.É_$2 ".parse(), Ok(RelationName::new("_a$1", "é_$2")));
        for bad in [
            "", ".", "a.", ".a", "a.b.c", "\"a", "a b", "\"a\"b", "a\"b\"", "a-b",
        ] {
            assert!(bad.parse::<RelationName>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(schema in "[^\0]{1,15}", name in "[^\0]{1,15}") {
            let relation = RelationName::new(schema, name);
            prop_assert_eq!(relation.to_string().parse(), Ok(relation));
        }
    }
}
