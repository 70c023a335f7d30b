//! Finds a password in libpq's password file: lines of `host:port:database:user:password`, the first that fits wins.
//!
//! `*` fits everything, a backslash takes the meaning from `:` and from itself, also in the password, and `localhost`
//! stands for a socket in a default directory. A file that others may read is passed over with a warning, as libpq does it.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use secrecy::SecretString;

/// What a line of the file has to fit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) dbname: &'a str,
    pub(super) user: &'a str,
}

/// The password for `wanted` in the file at `path`, if both exist and the file is private.
pub(super) fn read(path: &Path, wanted: Wanted<'_>) -> Option<SecretString> {
    match read_private(path) {
        Ok(text) => find(&text, wanted),
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => {
            tracing::warn!("password file {} is ignored: {e}", path.display());
            None
        }
    }
}

fn read_private(path: &Path) -> io::Result<String> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a plain file"));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(io::Error::other(
            "group or others have access to it; permissions should be u=rw (0600) or less",
        ));
    }
    std::fs::read_to_string(path)
}

fn find(text: &str, wanted: Wanted<'_>) -> Option<SecretString> {
    let port = wanted.port.to_string();
    let fields = [wanted.host, &port, wanted.dbname, wanted.user];
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| password(line, &fields))
        .map(SecretString::from)
}

/// The password of this line when its first four fields fit.
fn password(line: &str, wanted: &[&str; 4]) -> Option<String> {
    let mut rest = line;
    for expected in wanted {
        let (field, after) = split(rest)?;
        if field != "*" && unescape(field) != **expected {
            return None;
        }
        rest = after;
    }
    let password = split(rest).map_or(rest, |(password, _)| password);
    Some(unescape(password)).filter(|password| !password.is_empty())
}

/// Splits at the first colon that no backslash precedes.
fn split(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            ':' if !escaped => return Some((&text[..at], &text[at + 1..])),
            _ => escaped = c == '\\' && !escaped,
        }
    }
    None
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.push(chars.next().unwrap_or('\\')),
            _ => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const WANTED: Wanted<'static> = Wanted {
        host: "db.example",
        port: 5432,
        dbname: "app",
        user: "admin",
    };

    fn found(text: &str, wanted: Wanted<'_>) -> Option<String> {
        find(text, wanted).map(|password| password.expose_secret().to_owned())
    }

    #[test]
    fn the_first_line_that_fits_wins() {
        let text = "# db.example:5432:app:admin:comment\n\
                    other:5432:app:admin:wrong\n\
                    db.example:*:*:admin:first\n\
                    *:*:*:*:second\n";
        assert_eq!(found(text, WANTED).as_deref(), Some("first"));
    }

    #[test]
    fn backslashes_protect_colons_and_backslashes() {
        let wanted = Wanted {
            dbname: r"a:b\c",
            ..WANTED
        };
        let text = r"db.example:5432:a\:b\\c:admin:p\:w\\d";
        assert_eq!(found(text, wanted).as_deref(), Some(r"p:w\d"));
    }

    #[test]
    fn a_colon_that_is_not_escaped_ends_the_password() {
        assert_eq!(found("*:*:*:*:a:b", WANTED).as_deref(), Some("a"));
    }

    #[test]
    fn an_escaped_star_is_a_star() {
        assert_eq!(found(r"\*:5432:app:admin:x", WANTED), None);
    }

    #[test]
    fn short_lines_and_empty_passwords_do_not_fit() {
        assert_eq!(found("*:*:*\n*:*:*:*:\n", WANTED), None);
    }

    #[test]
    fn a_file_that_others_may_read_is_passed_over() {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let path = directory.path().join("pgpass");
        std::fs::write(&path, "*:*:*:*:x").expect("to write");
        for (mode, expected) in [(0o644, false), (0o640, false), (0o600, true), (0o400, true)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))
                .expect("to own the file");
            assert_eq!(read(&path, WANTED).is_some(), expected, "{mode:o}");
        }
    }
}
