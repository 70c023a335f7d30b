//! What a configuration must not say although every value is well-formed: secrets, and values that contradict one
//! another.

use std::collections::HashMap;
use std::ops::Range;

use partman_core::Interval;
use toml::de::{DeTable, DeValue};

use super::error::Problem;
use super::{Config, Set, duration, locks};
use crate::secret::password_in;

const WHERE_PASSWORDS_GO: &str =
    "put it into ~/.pgpass (or PGPASSFILE), a service file, PGPASSWORD or DATABASE_URL";

/// Refuses a password in `[database]`, whether in the URL or under a key of its own.
pub(super) fn no_secrets(text: &str, document: &DeTable<'_>) -> Result<(), Problem> {
    let Some(database) = document
        .get("database")
        .and_then(|d| d.get_ref().as_table())
    else {
        return Ok(());
    };
    let says = "a password has no place in the configuration";
    if let Some((key, _)) = database
        .iter()
        .find(|(key, _)| key.get_ref().contains("pass"))
    {
        return Err(Problem::new(key.span(), says).help(WHERE_PASSWORDS_GO));
    }
    let Some(url) = database.get("url") else {
        return Ok(());
    };
    let decoded = url.get_ref().as_str().unwrap_or_default();
    let Some(password) = password_in(decoded) else {
        return Ok(());
    };
    // Escapes make the written text longer than the decoded one; then the whole value is the place.
    let span = match text[url.span()].find(decoded) {
        Some(at) => Range {
            start: url.span().start + at + password.start,
            end: url.span().start + at + password.end,
        },
        None => url.span(),
    };
    Err(Problem::new(span, says).help(WHERE_PASSWORDS_GO))
}

/// Refuses values that contradict one another.
pub(super) fn judge(config: &Config, document: &DeTable<'_>) -> Result<(), Problem> {
    let document = Places(document);
    locks_fit(config, &document)?;
    let mut seen = HashMap::new();
    for (n, set) in config.sets.iter().enumerate() {
        if let Some(first) = seen.insert(&set.parent, n) {
            let again = format!("the set {} is configured twice", set.parent);
            let ordinal = format!(
                "[[set]] number {} has the same parent: leave one",
                first + 1
            );
            return Err(Problem::new(document.in_set(n, "parent"), again).help(ordinal));
        }
        kinds_fit(set).map_err(|(key, message, help)| {
            Problem::new(document.in_set(n, key), message).help(help)
        })?;
    }
    Ok(())
}

fn locks_fit(config: &Config, document: &Places<'_, '_>) -> Result<(), Problem> {
    let limits = &config.locks;
    if limits.wait > locks::LONGEST_WAIT {
        let long = duration::print(limits.wait);
        let message =
            format!("`wait` is {long}, and everybody behind a waiting lock waits as long");
        let help = format!(
            "stay under {}; 50 ms is usual",
            duration::print(locks::LONGEST_WAIT)
        );
        return Err(Problem::new(document.in_section("locks", "wait"), message).help(help));
    }
    if limits.total < limits.wait {
        let (wait, total) = (duration::print(limits.wait), duration::print(limits.total));
        let message = format!("`total` is {total}, less than a single `wait` of {wait}");
        let key = if document.has("locks", "total") {
            "total"
        } else {
            "wait"
        };
        let problem = Problem::new(document.in_section("locks", key), message);
        return Err(problem.help("give `total` room for many tries, such as \"60 s\""));
    }
    Ok(())
}

/// The key at fault, what is wrong, and the way out.
type Contradiction = (&'static str, String, &'static str);

fn kinds_fit(set: &Set) -> Result<(), Contradiction> {
    let Some(interval) = set.interval else {
        return Ok(());
    };
    if let (true, Some(zone)) = (interval.is_ids(), &set.time_zone) {
        let message = format!("`time_zone` is {zone:?}, but an interval of ids has no time zone");
        return Err(("time_zone", message, "leave `time_zone` out"));
    }
    match set.retention {
        Some(retention) if interval.is_ids() != retention.is_ids() => {
            let message = format!("`retention` is {retention}, but `interval` is {interval}");
            Err((
                "retention",
                message,
                "write both as times, or both as numbers of ids",
            ))
        }
        Some(retention) if shorter(retention, interval) => {
            let message =
                format!("`retention` is {retention}, less than one partition ({interval})");
            Err(("retention", message, "keep at least one interval"))
        }
        _ => Ok(()),
    }
}

fn shorter(a: Interval, b: Interval) -> bool {
    match (a, b) {
        (Interval::Ids(a), Interval::Ids(b)) => a < b,
        _ => a.approximate() < b.approximate(),
    }
}

/// Where values stand in the text.
struct Places<'d, 'i>(&'d DeTable<'i>);

impl Places<'_, '_> {
    fn in_section(&self, section: &str, key: &str) -> Range<usize> {
        let section = self.0.get(section);
        let value = section.and_then(|section| section.get_ref().get(key));
        value.or(section).map_or(0..0, |found| found.span())
    }

    fn has(&self, section: &str, key: &str) -> bool {
        let section = self.0.get(section);
        section.is_some_and(|section| section.get_ref().get(key).is_some())
    }

    fn in_set(&self, n: usize, key: &str) -> Range<usize> {
        let set = self.0.get("set").map(|sets| sets.get_ref());
        let set = set.and_then(DeValue::as_array).and_then(|sets| sets.get(n));
        let value = set.and_then(|set| set.get_ref().get(key));
        value.or(set).map_or(0..0, |found| found.span())
    }
}
