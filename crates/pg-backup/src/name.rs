//! Identifiers in SQL and names in the file system: made safe in one place each.

/// PostgreSQL's limit for a name.
pub(crate) const LONGEST: usize = 63;

/// An identifier in double quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A value in single quotes, for statements that take no parameters.
pub(crate) fn literal(value: &str) -> String {
    if value.contains('\\') {
        return format!("E'{}'", value.replace('\\', "\\\\").replace('\'', "''"));
    }
    format!("'{}'", value.replace('\'', "''"))
}

/// A word that is safe in a path, a shell and an application name: letters, digits, `_` and `-`, at most 24 of them.
/// A name that had to be changed gets a piece of its hash, so that two names never become one.
pub(crate) fn slug(name: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let safe: String = name
        .chars()
        .map(|c| if is_safe(c) { c } else { '_' })
        .collect();
    if safe == name && (1..=24).contains(&name.len()) && !name.starts_with('-') {
        return safe;
    }
    let hash = blake3::hash(name.as_bytes()).to_hex();
    let start: String = safe.chars().take(15).collect();
    let start = match start.trim_matches('-') {
        "" => "db",
        start => start,
    };
    format!("{start}-{}", &hash[..8])
}

/// A database name made of a base and an ending, cut in the base (never inside a character) to PostgreSQL's limit.
pub(crate) fn with_ending(base: &str, ending: &str) -> String {
    let mut length = base.len().min(LONGEST.saturating_sub(ending.len()));
    while !base.is_char_boundary(length) {
        length -= 1;
    }
    format!("{}{ending}", &base[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_become_plain_and_stay_distinct() {
        assert_eq!(slug("app"), "app");
        let hostile = [
            r#"a b"; drop"#,
            r#"a b"/ drop"#,
            "../../etc",
            "",
            "-rf",
            &"é".repeat(31),
            "a\nb",
        ];
        let slugs: std::collections::HashSet<_> = hostile.iter().map(|name| slug(name)).collect();
        assert_eq!(slugs.len(), hostile.len());
        for slug in slugs {
            assert!(slug.len() <= 24 && !slug.starts_with('-'), "{slug}");
            assert!(
                slug.chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)),
                "{slug}"
            );
        }
    }

    #[test]
    fn an_ending_is_never_cut() {
        assert_eq!(with_ending("app", "_before_x"), "app_before_x");
        let long = with_ending(&"é".repeat(31), "_before_20261122T150455Z");
        assert!(long.len() <= LONGEST && long.ends_with("_before_20261122T150455Z"));
    }

    #[test]
    fn literals_survive_quotes_and_backslashes() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal(r"a\'b"), r"E'a\\''b'");
    }
}
