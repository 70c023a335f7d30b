//! Passwords: where one hides in a connection string, and how a text is shown without it.
//!
//! A password is never an argument and never in the configuration, so both refuse one ([`password_in`]); and because a
//! misplaced one is then part of the very line that an error wants to show, everything that quotes what a person wrote
//! goes through [`redact`] first. [`redact`] rather hides too much than too little.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex_lite::Regex;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// Where in a connection string (a URL, or libpq's `key=value` words) a password stands, in bytes.
///
/// ```
/// # use partman_rollout::secret::password_in;
/// assert_eq!(password_in("postgres://app:hunter2@db/shop"), Some(15..22));
/// assert_eq!(password_in("postgres://app@db:5432/shop"), None);
/// ```
pub fn password_in(text: &str) -> Option<Range<usize>> {
    in_authority(text)
        .or_else(|| in_parameters(text))
        .or_else(|| without_scheme(text))
}

/// The password in `user:password@host`, as in a URL whose beginning is missing or misspelt. It is one word.
fn without_scheme(text: &str) -> Option<Range<usize>> {
    static CREDENTIALS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:(?i:postgres(?:ql)?)[:/]*/)?[^\s:/@=]*:(\S+)@\S+$")
            .expect("the pattern is valid")
    });
    if text.contains("://") {
        return None;
    }
    Some(CREDENTIALS.captures(text)?.get(1)?.range())
}

/// The password between user and host: `//user:password@host`.
fn in_authority(text: &str) -> Option<Range<usize>> {
    let start = text.find("://")? + 3;
    let rest = &text[start..];
    let before_path = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    // An unescaped slash in the password makes the authority look shorter than it was meant. A query may hold an `@`.
    let before_query = &rest[..rest.find('?').unwrap_or(rest.len())];
    let end = before_path.rfind('@').or_else(|| before_query.rfind('@'));
    let end = end.or_else(|| rest.rfind('@').filter(|_| !is_host_and_port(before_path)))?;
    let colon = rest[..end].find(':')?;
    (colon + 1 < end).then(|| start + colon + 1..start + end)
}

/// Whether this reads as hosts, each perhaps with a port, so that an `@` further on belongs to something else.
fn is_host_and_port(authority: &str) -> bool {
    authority
        .split(',')
        .all(|host| match host.rsplit_once(':') {
            Some((_, port)) => host.ends_with(']') || port.bytes().all(|b| b.is_ascii_digit()),
            None => true,
        })
}

/// The value of `password=` among a URL's parameters or libpq's words.
fn in_parameters(text: &str) -> Option<Range<usize>> {
    static WORD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)(?:^|[\s?&])(?:ssl)?password\s*=\s*('(?:[^'\\]|\\.)*'?|[^\s&]+)")
            .expect("the pattern is valid")
    });
    let value = WORD.captures(text)?.get(1)?;
    Some(value.range()).filter(|range| !matches!(&text[range.clone()], "''" | ""))
}

/// The text with every password in it replaced by `***`: those of connection strings, and the values of keys that are
/// named like one.
pub fn redact(text: &str) -> Cow<'_, str> {
    static URL: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(://[^\s:/@]*):([^\n]+)@").expect("the pattern is valid"));
    static KEY: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r#"(?i)([\w-]*(?:password|passwd|pwd|passphrase|secret|token)[\w-]*["']?\s*[=:]\s*)("[^"\n]*"?|'[^'\n]*'?|[^\s&,"']+)"#,
        )
        .expect("the pattern is valid")
    });
    match URL.replace_all(text, "$1:***@") {
        Cow::Borrowed(same) => KEY.replace_all(same, "$1***"),
        Cow::Owned(changed) => Cow::Owned(KEY.replace_all(&changed, "$1***").into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        password_in(text).map(|range| &text[range])
    }

    #[test]
    fn a_password_is_found_wherever_libpq_would_read_one() {
        for (text, password) in [
            ("postgres://u:pw@h/db", "pw"),
            ("postgresql://u:p@w@h/db", "p@w"),
            ("postgres://u:p/w@h/db", "p/w"),
            ("postgres://u:p?w@h/db", "p?w"),
            ("postgres://u:p:w@h:1,h2:2/db?a=b", "p:w"),
            ("postgres://:pw@h", "pw"),
            ("postgres://u@h/db?password=pw&x=y", "pw"),
            ("postgres://u@h/db?sslmode=require&sslpassword=pw", "pw"),
            ("u:pw@h/db", "pw"),
            ("u:p@w@h", "p@w"),
            ("postgres//u:pw@h/db", "pw"),
            ("postgres:/u:pw@h/db", "pw"),
            ("host=h password=pw dbname=d", "pw"),
            ("host=h PASSWORD = 'p w' dbname=d", "'p w'"),
        ] {
            assert_eq!(found(text), Some(password), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_password_is_let_through() {
        for text in [
            "postgres://u@h/db",
            "postgres://u:@h/db",
            "postgres://h:5432/db",
            "postgres://h1:5432,h2:5433/db?application_name=me@home",
            "postgres://[::1]:5432/db?application_name=me@home",
            "postgres:///db?host=/run/postgresql",
            "host=h passfile=/home/u/.pgpass dbname=d",
            "a.b",
            "me@home",
            "12:30 at me@home",
            "json=/tmp/a:b@c",
            "",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn no_password_survives_redaction() {
        for text in [
            r#"url = "postgres://u:s3cr3t@h/db""#,
            r#"url = "postgres://u:s3cr3t word's@h/db" # and @ more"#,
            r#"url = "postgres://u@h/db?password=s3cr3t&x=y""#,
            r#"password = "s3cr3t and more"#,
            "PGPASSWORD=s3cr3t",
            "db_password: s3cr3t",
            r#"{"token": "s3cr3t"}"#,
            "host=h password='s3cr3t word'",
        ] {
            let shown = redact(text);
            assert!(
                !shown.contains("s3cr3t") && !shown.contains("word'"),
                "{shown}"
            );
            assert!(shown.contains(MASK), "{shown}");
        }
        assert_eq!(redact("nothing here"), "nothing here");
    }
}
