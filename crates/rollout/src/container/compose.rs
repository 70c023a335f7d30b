//! Where a container comes from, for the configuration that `partman init` writes: compose file, service, image.
//!
//! What compose noted down on the container counts first; without that, a compose file in the project's folder that has a
//! service of this container. A file that can't be read is passed over: it is for telling more.

use std::path::{Path, PathBuf};

use docker_probe::ContainerFacts;
use docker_probe::compose::{ComposeFile, ComposeService, files_in, read};

use crate::config::template::FoundDocker;

/// The `[docker]` section for this container; paths below `folder`, where the configuration is, are relative to it.
///
/// The image is the one that the compose file wants, else the one that runs.
#[must_use]
pub fn found(facts: &ContainerFacts, folder: &Path) -> FoundDocker {
    let label = facts.compose.as_ref().map(|labels| labels.service.clone());
    let defined = candidates(facts, folder).into_iter().find_map(|path| {
        let file = read(&path).ok()?;
        let service = service_of(&file, facts, label.as_deref())?.clone();
        Some((path, service))
    });
    let (path, service) = defined.unzip();
    let wanted = service.as_ref().filter(|one| one.is_plain());
    let wanted = wanted.and_then(|one| one.image.clone());
    FoundDocker {
        container: Some(facts.name.clone()),
        compose_file: path.and_then(|path| seen_from(&path, folder)),
        service: service.map(|one| one.name).or(label),
        image: Some(wanted.unwrap_or_else(|| facts.image.clone())),
    }
}

fn service_of<'a>(
    file: &'a ComposeFile,
    facts: &ContainerFacts,
    label: Option<&str>,
) -> Option<&'a ComposeService> {
    match label {
        Some(name) => file.services.iter().find(|one| one.name == name),
        None => file.service_of(None, &facts.name, &facts.image),
    }
}

/// The files that may define it, those that compose named first.
fn candidates(facts: &ContainerFacts, folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    if let Some(labels) = &facts.compose {
        let base = labels.working_dir.as_deref().unwrap_or(folder);
        files.extend(labels.config_files.iter().map(|file| base.join(file)));
    }
    files.extend(files_in(folder).unwrap_or_default());
    files
}

/// A path as a file in `folder` would write it. One that isn't text is not written.
fn seen_from(path: &Path, folder: &Path) -> Option<String> {
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (path, folder) = (canonical(path), canonical(folder));
    let below = path.strip_prefix(&folder).unwrap_or(&path);
    below.to_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use docker_probe::{ComposeLabels, PostgresFacts};

    fn facts(compose: Option<ComposeLabels>) -> ContainerFacts {
        ContainerFacts {
            id: "1".into(),
            name: "ai_agent_postgres".into(),
            image: "postgres:15-alpine".into(),
            image_id: "sha256:1".into(),
            image_digest: None,
            status: "running".into(),
            running: true,
            exit_code: None,
            health: None,
            created_at: None,
            started_at: None,
            libc: None,
            os: None,
            postgres: PostgresFacts {
                major: Some(15),
                version: None,
                data_dir: "/var/lib/postgresql/data".into(),
                port: 5432,
            },
            mounts: Vec::new(),
            ports: Vec::new(),
            network_mode: "bridge".into(),
            networks: Vec::new(),
            restart_policy: "no".into(),
            read_only: false,
            user: String::new(),
            shm_bytes: None,
            compose,
            env: Vec::new(),
        }
    }

    const PROJECT: &str = "services:\n  postgres:\n    image: ai_agent_postgres:pg_partman\n    \
                           container_name: ai_agent_postgres\n  rabbitmq:\n    image: rabbitmq:3\n";

    #[test]
    fn the_file_that_compose_noted_down_is_found_and_the_image_that_it_wants() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("docker-compose.rabbitmq.yml");
        std::fs::write(&file, PROJECT).expect("a file");
        let labels = ComposeLabels {
            project: "agent".into(),
            service: "postgres".into(),
            config_files: vec!["docker-compose.rabbitmq.yml".into()],
            working_dir: Some(folder.path().to_owned()),
        };
        let expected = |path: &str| FoundDocker {
            container: Some("ai_agent_postgres".into()),
            compose_file: Some(path.into()),
            service: Some("postgres".into()),
            image: Some("ai_agent_postgres:pg_partman".into()),
        };
        let facts = facts(Some(labels));
        let relative = expected("docker-compose.rabbitmq.yml");
        assert_eq!(found(&facts, folder.path()), relative);
        let elsewhere = tempfile::tempdir().expect("a folder");
        let canonical = file.canonicalize().expect("it is there");
        let absolute = expected(canonical.to_str().expect("text"));
        assert_eq!(found(&facts, elsewhere.path()), absolute);
    }

    #[test]
    fn without_labels_a_file_beside_the_configuration_will_do() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("compose.yaml"), PROJECT).expect("a file");
        let found = found(&facts(None), folder.path());
        assert_eq!(found.compose_file.as_deref(), Some("compose.yaml"));
        assert_eq!(found.service.as_deref(), Some("postgres"));
    }

    #[test]
    fn without_compose_it_is_the_container_and_its_image() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("compose.yaml"), "services: {}").expect("a file");
        assert_eq!(
            found(&facts(None), folder.path()),
            FoundDocker {
                container: Some("ai_agent_postgres".into()),
                image: Some("postgres:15-alpine".into()),
                ..FoundDocker::default()
            }
        );
    }
}
