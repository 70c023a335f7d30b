//! Reads one section of the connection service file, as libpq does it: the user's own file first, then the system's.
//!
//! The format looks like INI and isn't: only the section that is asked for is read, so an error elsewhere doesn't matter;
//! of two sections or two lines of one name the first counts; everything behind `=` is the value, quotes included.

use std::path::PathBuf;

use super::layer::{Layer, invalid};
use super::{Environment, Origin};
use crate::Error;

/// The options of `service`. `file` is the file that was named instead of `~/.pg_service.conf`.
pub(super) fn read(
    service: &str,
    file: Option<&str>,
    environment: &Environment,
) -> Result<Layer, Error> {
    let origin = Origin::Service(service.to_owned());
    for path in candidates(file, environment) {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            Err(e) => {
                let why = format!("cannot read {}", path.display());
                return Err(invalid(&origin, &why).with_source(e));
            }
        };
        let found = section(&text, service).map_err(|line| {
            let why = format!("line {line} of {} is no keyword=value", path.display());
            invalid(&origin, &why)
        })?;
        if let Some(pairs) = found {
            return options(&pairs, &origin);
        }
    }
    Err(invalid(&origin, "no service file defines it"))
}

type Pairs<'a> = Vec<(&'a str, &'a str)>;

/// The lines of the first section of this name, or the number of one that can't be read.
fn section<'a>(text: &'a str, service: &str) -> Result<Option<Pairs<'a>>, usize> {
    let header = format!("[{service}]");
    let mut lines = (1..).zip(text.lines().map(str::trim_ascii));
    if !lines.by_ref().any(|(_, line)| line.starts_with(&header)) {
        return Ok(None);
    }
    lines
        .take_while(|(_, line)| !line.starts_with('['))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| line.split_once('=').ok_or(number))
        .collect::<Result<_, _>>()
        .map(Some)
}

fn options(pairs: &Pairs<'_>, origin: &Origin) -> Result<Layer, Error> {
    let mut layer = Layer::default();
    for (name, value) in pairs {
        if matches!(*name, "service" | "servicefile") {
            return Err(invalid(origin, "a service can't name another service"));
        }
        if layer.get(name).is_none() {
            layer.set_checked(name, (*value).to_owned(), origin)?;
        }
    }
    Ok(layer)
}

fn candidates(file: Option<&str>, environment: &Environment) -> Vec<PathBuf> {
    let own = file
        .map(PathBuf::from)
        .or_else(|| environment.in_home(".pg_service.conf"));
    let system = environment
        .variable("PGSYSCONFDIR")
        .unwrap_or("/etc/postgresql-common");
    own.into_iter()
        .chain([PathBuf::from(system).join("pg_service.conf")])
        .collect()
}
