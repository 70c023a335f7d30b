//! The shapes that compose files may have, of which most things have several.
//!
//! Unknown keys are let through: a report must not fail on what it does not tell.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{ComposeBuild, ComposeFile, ComposeService};

#[derive(Deserialize)]
pub(super) struct File {
    name: Option<String>,
    include: Option<IgnoredAny>,
    #[serde(default)]
    services: BTreeMap<String, Service>,
}

#[derive(Deserialize)]
struct Service {
    image: Option<String>,
    container_name: Option<String>,
    build: Option<Build>,
    volumes: Option<Vec<Volume>>,
    ports: Option<Vec<Port>>,
    environment: Option<Names>,
    env_file: Option<Paths>,
    depends_on: Option<Names>,
    healthcheck: Option<IgnoredAny>,
    extends: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Build {
    Short(String),
    Long {
        context: Option<String>,
        dockerfile: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Volume {
    Short(String),
    Long {
        source: Option<String>,
        target: String,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Port {
    Short(Word),
    Long {
        target: Word,
        published: Option<Word>,
        host_ip: Option<String>,
    },
}

/// A list of `NAME=value` or of names, or a map whose keys are meant.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    List(Vec<String>),
    Map(BTreeMap<String, IgnoredAny>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Paths {
    One(String),
    Several(Vec<OnePath>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OnePath {
    Short(String),
    Long { path: String },
}

/// A word that may be written as a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Word {
    Number(i64),
    Text(String),
}

impl File {
    pub(super) fn told(self, path: &Path) -> ComposeFile {
        ComposeFile {
            path: path.to_owned(),
            project: self.name,
            includes: self.include.is_some(),
            services: self
                .services
                .into_iter()
                .map(|(name, service)| service.told(name))
                .collect(),
        }
    }
}

impl Service {
    fn told(self, name: String) -> ComposeService {
        ComposeService {
            name,
            image: self.image,
            container_name: self.container_name,
            build: self.build.map(Build::told),
            volumes: self
                .volumes
                .into_iter()
                .flatten()
                .map(Volume::told)
                .collect(),
            ports: self.ports.into_iter().flatten().map(Port::told).collect(),
            environment: self.environment.map(Names::told).unwrap_or_default(),
            env_files: self.env_file.map(Paths::told).unwrap_or_default(),
            depends_on: self.depends_on.map(Names::told).unwrap_or_default(),
            healthcheck: self.healthcheck.is_some(),
            extends: self.extends.is_some(),
        }
    }
}

impl Build {
    fn told(self) -> ComposeBuild {
        let (context, dockerfile) = match self {
            Self::Short(context) => (Some(context), None),
            Self::Long {
                context,
                dockerfile,
            } => (context, dockerfile),
        };
        ComposeBuild {
            context: context.unwrap_or_else(|| ".".to_owned()),
            dockerfile,
        }
    }
}

impl Volume {
    fn told(self) -> String {
        match self {
            Self::Short(text)
            | Self::Long {
                source: None,
                target: text,
            } => text,
            Self::Long {
                source: Some(source),
                target,
            } => format!("{source}:{target}"),
        }
    }
}

impl Port {
    fn told(self) -> String {
        match self {
            Self::Short(word) => word.told(),
            Self::Long {
                target,
                published,
                host_ip,
            } => {
                let words = [host_ip, published.map(Word::told), Some(target.told())];
                words.into_iter().flatten().collect::<Vec<_>>().join(":")
            }
        }
    }
}

impl Names {
    fn told(self) -> Vec<String> {
        match self {
            Self::List(lines) => {
                let name = |line: String| line.split('=').next().unwrap_or_default().to_owned();
                lines.into_iter().map(name).collect()
            }
            Self::Map(map) => map.into_keys().collect(),
        }
    }
}

impl Paths {
    fn told(self) -> Vec<String> {
        match self {
            Self::One(path) => vec![path],
            Self::Several(paths) => paths
                .into_iter()
                .map(|(OnePath::Short(path) | OnePath::Long { path })| path)
                .collect(),
        }
    }
}

impl Word {
    fn told(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}
