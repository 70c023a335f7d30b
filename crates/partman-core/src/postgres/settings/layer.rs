//! One source of connection options: what was written there, before anything is known about the others.
//!
//! A layer is as libpq's array of options: text by keyword, each with its origin. Higher layers are laid over lower
//! ones with [`Layer::fill`]; what the text means is decided later, in `resolve`.

use std::collections::BTreeMap;
use std::fmt;

use super::keyword::{self, Treatment};
use super::{Origin, dsn, uri};
use crate::{Error, Kind};

/// Options by keyword. The values may hold a password, so `Debug` shows the keywords only.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Layer(BTreeMap<&'static str, (String, Origin)>);

impl Layer {
    /// Reads a URL, a `keyword=value` string or, as `psql -d` does, a bare database name.
    pub(super) fn parse(text: &str, origin: &Origin) -> Result<Self, Error> {
        let pairs = if let Some(rest) = uri::without_scheme(text) {
            uri::parse(rest)
        } else if text.contains('=') {
            dsn::parse(text)
        } else {
            name(text).map(|name| vec![("dbname".to_owned(), name.to_owned())])
        };
        let mut layer = Self::default();
        for (name, value) in pairs.map_err(|why| invalid(origin, &why))? {
            layer.set_checked(&name, value, origin)?;
        }
        Ok(layer)
    }

    /// Takes an option whose name comes from outside. The name isn't repeated in the error unless libpq knows it: in a
    /// string that was quoted wrongly it may be a piece of a password.
    pub(super) fn set_checked(
        &mut self,
        name: &str,
        value: String,
        origin: &Origin,
    ) -> Result<(), Error> {
        // JDBC's spelling, which libpq accepts in URLs too.
        if name == "ssl" && value == "true" {
            self.set("sslmode", "require".to_owned(), origin.clone());
            return Ok(());
        }
        let Some(keyword) = keyword::find(name) else {
            let why = match keyword::nearest(name) {
                Some(meant) => {
                    format!("an option that libpq doesn't know; \"{meant}\" may be meant")
                }
                None => {
                    "an option that libpq doesn't know, or a value that needs quotes".to_owned()
                }
            };
            return Err(invalid(origin, &why));
        };
        match keyword.treatment {
            Treatment::Honoured => self.set(keyword.name, value, origin.clone()),
            Treatment::Refused if !value.is_empty() => {
                let why = format!("\"{name}\" is not supported; take it out");
                return Err(invalid(origin, &why));
            }
            Treatment::Ignored | Treatment::Refused => {}
        }
        Ok(())
    }

    pub(super) fn set(&mut self, name: &'static str, value: String, origin: Origin) {
        self.0.insert(name, (value, origin));
    }

    /// Takes from `lower` what isn't set here.
    pub(super) fn fill(&mut self, lower: Self) {
        for (name, entry) in lower.0 {
            self.0.entry(name).or_insert(entry);
        }
    }

    /// The same without these options.
    pub(super) fn without(mut self, names: &[&str]) -> Self {
        self.0.retain(|name, _| !names.contains(name));
        self
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|(value, _)| value.as_str())
    }

    /// As [`Layer::get`], where the empty string means the same as nothing.
    pub(super) fn non_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    pub(super) fn origin(&self, name: &str) -> Origin {
        self.0
            .get(name)
            .map_or(Origin::Default, |(_, origin)| origin.clone())
    }

    pub(super) fn has(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.non_empty(name).is_some())
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A bare word is the name of a database, unless it may be a URL whose beginning is missing or misspelt: that could hold
/// a password, and a name is shown.
fn name(text: &str) -> Result<&str, String> {
    if text.contains(['@', ':', '/', '?']) {
        return Err(
            "it is neither a URL that begins with postgres:// nor the name of a database; for a name with such \
             characters write dbname='…'"
                .into(),
        );
    }
    Ok(text)
}

/// Whether a value that is shown to people may hold a password: it reads as a URL, or as the rest of one.
pub(super) fn may_hold_a_password(value: &str) -> bool {
    let credentials = value
        .rsplit_once('@')
        .is_some_and(|(before, _)| before.contains(':'));
    value.contains("://") || credentials
}

/// That the connection options found at `origin` can't be used.
pub(super) fn invalid(origin: &Origin, why: &str) -> Error {
    Error::new(
        Kind::Settings,
        format!("cannot use the connection settings from {origin}: {why}"),
    )
}
