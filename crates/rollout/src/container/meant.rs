//! Which container is meant: the one of `--container`, else that of the configuration, else perhaps the only one.
//!
//! Pure but for reading the compose file, which may give its container a name or its project one.

use std::path::PathBuf;

use docker_probe::Wanted;

use super::error::Error;
use crate::config::Config;

/// A container, as somebody said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// The one with this name or id.
    Named(String),
    /// The one that compose made for this service of this file.
    Service {
        /// The compose file, as seen from the working directory.
        file: PathBuf,
        /// The service in it.
        service: String,
    },
    /// The only PostgreSQL container, if there is one. Nobody named any.
    Only,
}

impl Meant {
    /// What was said: by the flag, or by the configuration's `container`, or by its `compose_file` and `service`.
    #[must_use]
    pub fn said(flag: Option<&str>, config: &Config) -> Option<Self> {
        let docker = &config.docker;
        if let Some(name) = flag.or(docker.container.as_deref()) {
            return Some(Self::Named(name.to_owned()));
        }
        let (file, service) = docker.compose_file.as_ref().zip(docker.service.clone())?;
        let file = config.resolve(file);
        Some(Self::Service { file, service })
    }

    /// The same in the words of `docker-probe`.
    pub(super) fn wanted(&self) -> Result<Wanted, Error> {
        let (file, name) = match self {
            Self::Named(name) => return Ok(Wanted::Name(name.clone())),
            Self::Only => return Ok(Wanted::Only),
            Self::Service { file, service } => (file, service),
        };
        let compose = docker_probe::compose::read(file)?;
        let Some(service) = compose.services.iter().find(|one| one.name == *name) else {
            let there: Vec<_> = compose
                .services
                .iter()
                .map(|one| one.name.as_str())
                .collect();
            return Err(Error::no_service(name, file, &there));
        };
        let fixed = service
            .container_name
            .clone()
            .filter(|_| service.is_plain());
        Ok(fixed.map_or_else(
            || Wanted::Service {
                project: compose.project.clone().filter(|name| !name.contains('$')),
                service: name.clone(),
            },
            Wanted::Name,
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn config(text: &str) -> Config {
        Config::parse(text, Path::new("project/partman.toml")).expect("it is right")
    }

    #[test]
    fn the_flag_comes_first_then_the_name_then_the_service() {
        let service = "[docker]\ncompose_file = \"compose.yml\"\nservice = \"db\"\n";
        let both = config(&format!("{service}container = \"ours\"\n"));
        let named = |name: &str| Some(Meant::Named(name.to_owned()));
        assert_eq!(Meant::said(Some("theirs"), &both), named("theirs"));
        assert_eq!(Meant::said(None, &both), named("ours"));
        assert_eq!(
            Meant::said(None, &config(service)),
            Some(Meant::Service {
                file: "project/compose.yml".into(),
                service: "db".to_owned()
            })
        );
        assert_eq!(
            Meant::said(None, &config("[docker]\nservice = \"db\"")),
            None
        );
    }

    #[test]
    fn a_service_is_found_by_the_name_that_its_file_fixes_or_by_its_project() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("compose.yml");
        let wanted = |text: &str, service: &str| {
            std::fs::write(&file, text).expect("a file");
            let service = service.to_owned();
            Meant::Service {
                file: file.clone(),
                service,
            }
            .wanted()
        };
        let fixed = "services:\n  db:\n    image: postgres:15\n    container_name: mine\n";
        let free = "name: shop\nservices:\n  db:\n    image: postgres:15\n";
        assert_eq!(wanted(fixed, "db").ok(), Some(Wanted::Name("mine".into())));
        assert_eq!(
            wanted(free, "db").ok(),
            Some(Wanted::Service {
                project: Some("shop".into()),
                service: "db".into()
            })
        );
        let missing = wanted(free, "postgres").expect_err("there is no such service");
        assert!(missing.to_string().contains("\"postgres\""), "{missing}");
        assert!(missing.way_out().is_some_and(|help| help.contains("db")));
    }
}
