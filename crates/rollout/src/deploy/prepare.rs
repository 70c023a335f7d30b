//! Looks what a deployment would do, and changes nothing: which files the container needs, where they go, and the plan for
//! the database as it will be with them.
//!
//! The plan has to be known before anything is asked, and the server offers the extension only when its files are there.
//! So it is made for what the server will offer; the run itself makes it anew for what is really there, and compares.

use std::path::{Path, PathBuf};

use docker_probe::Kind as Probe;
use docker_probe::extension::{Bundle, Source};
use partman_core::model::{AvailableVersion, Extension, Inspection};
use partman_core::plan::{Plan, Request};

use super::step::{Adopt, BackUp, PutFiles};
use super::{EXTENSION, HostStep};
use crate::config::{Config, Source as Configured};
use crate::container::{Chosen, Error};

/// What a deployment would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// The files that the container lacks.
    pub files: Option<PutFiles>,
    /// What happens in the database.
    pub plan: Plan,
    /// Who is there.
    pub server: partman_core::model::Server,
}

impl Prepared {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.files.is_none() && self.plan.is_empty()
    }

    /// The steps of the run, with the one that makes a backup where there has to be one.
    pub fn steps(&self, back_up: Option<BackUp>) -> Vec<HostStep> {
        let mut steps: Vec<_> = back_up.map(HostStep::BackUp).into_iter().collect();
        steps.extend(self.files.clone().map(HostStep::PutFiles));
        if !self.plan.is_empty() {
            let plan = self.plan.clone();
            steps.push(HostStep::Adopt(Box::new(Adopt { plan })));
        }
        steps
    }
}

/// Looks. `source` is where somebody says now that the files are; else the configuration counts, and neither is needed
/// where the server has them.
///
/// # Errors
/// [`crate::container::Kind::Refused`] when files are needed and can't be had or put, with the way out;
/// [`crate::container::Kind::Unreachable`] when the Engine does not answer.
pub async fn prepare(
    chosen: &Chosen,
    config: &Config,
    seen: &Inspection,
    request: &Request,
    source: Option<&str>,
) -> Result<Prepared, Error> {
    let wanted = wanted_version(seen, request);
    let source = match source {
        Some(said) => Some(said.to_owned()),
        None if is_offered(&seen.extension, wanted.as_deref()) => None,
        None => {
            Some(configured(config).ok_or_else(|| nobody_says_where(chosen, wanted.as_deref()))?)
        }
    };
    let mut with_files = seen.clone();
    let files = match source {
        None => None,
        Some(source) => {
            let (files, bundle) = place(chosen, source).await?;
            must_have(&bundle, wanted.as_deref())?;
            offer(&mut with_files.extension, &bundle);
            Some(files).filter(|files| !files.placement.is_done())
        }
    };
    Ok(Prepared {
        files,
        plan: Plan::make(&with_files, request),
        server: seen.server.clone(),
    })
}

/// The version that is installed, or else that somebody wants.
fn wanted_version(seen: &Inspection, request: &Request) -> Option<String> {
    let installed = seen.extension.installed.as_ref();
    let installed = installed.map(|installed| installed.version.clone());
    installed.or_else(|| request.extension.version.as_ref().map(ToString::to_string))
}

fn is_offered(extension: &Extension, wanted: Option<&str>) -> bool {
    match wanted {
        Some(wanted) => extension
            .versions
            .iter()
            .any(|offered| offered.version == wanted),
        None => extension.default_version.is_some(),
    }
}

/// Where the configuration says that the files are, as an absolute path, since a run may be gone on with from elsewhere.
fn configured(config: &Config) -> Option<String> {
    match config.pg_partman.source.as_ref()? {
        Configured::Image(image) => Some(format!("image:{image}")),
        Configured::Path(path) => Some(
            absolute(&config.resolve(path))
                .to_string_lossy()
                .into_owned(),
        ),
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

async fn place(chosen: &Chosen, source: String) -> Result<(PutFiles, Bundle), Error> {
    let (docker, facts) = (chosen.docker(), chosen.facts());
    let major = facts.postgres.major;
    let parsed = Source::parse(&source).map_err(of_source)?;
    let bundle = docker
        .bundle(&parsed, EXTENSION, major)
        .await
        .map_err(of_source)?;
    let placement = docker.place(facts, &bundle).await?;
    let files = PutFiles {
        source,
        major,
        placement,
    };
    Ok((files, bundle))
}

/// A source that is missing or of the wrong kind is no wrong usage of the command: it may stand in the configuration.
fn of_source(error: docker_probe::Error) -> Error {
    let way_out = "name a folder, a tarball, a .deb or image:NAME with pg_partman's files: --source, or `source` under \
                   [pg_partman]";
    match error.kind() {
        Probe::BadInput | Probe::NotFound => {
            let mut message = error.to_string();
            let mut cause = std::error::Error::source(&error);
            while let Some(next) = cause {
                message += &format!(": {next}");
                cause = next.source();
            }
            Error::refused(message, error.way_out().unwrap_or(way_out))
        }
        _ => error.into(),
    }
}

fn nobody_says_where(chosen: &Chosen, wanted: Option<&str>) -> Error {
    let version = wanted.map_or_else(String::new, |version| format!(" {version}"));
    let message = format!(
        "the server in container {:?} has no files of {EXTENSION}{version}, and nobody says where they are",
        chosen.facts().name
    );
    Error::refused(
        message,
        "name a folder, a tarball, a .deb or image:NAME that has them: --source, or `source` under [pg_partman]; for \
         Debian, `apt-get download postgresql-15-partman` fetches such a package (with your PostgreSQL's number)",
    )
}

fn must_have(bundle: &Bundle, wanted: Option<&str>) -> Result<(), Error> {
    match wanted {
        Some(wanted) if !bundle.versions().any(|version| version == wanted) => {
            let has = bundle.versions().collect::<Vec<_>>().join(", ");
            let message = format!(
                "{} has no {EXTENSION} {wanted} (it has {has})",
                bundle.origin
            );
            Err(Error::refused(
                message,
                "name a source of that version, or change `version` under [pg_partman]",
            ))
        }
        _ => Ok(()),
    }
}

/// What the server will offer once the files are there.
fn offer(extension: &mut Extension, bundle: &Bundle) {
    extension.default_version = Some(bundle.version.clone());
    for version in bundle.versions() {
        if !extension
            .versions
            .iter()
            .any(|offered| offered.version == version)
        {
            extension.versions.push(AvailableVersion {
                version: version.to_owned(),
                superuser: bundle.superuser,
            });
        }
    }
}
