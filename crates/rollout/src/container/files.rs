//! The files that the image is built from, as they lie in the folder of the configuration.

use docker_probe::files::{FileFacts, list};

use super::error::Error;
use crate::config::Config;
use crate::status::{FileState, FileStatus};

/// What is in and below `files` of `[docker]`, with paths as the configuration would write them. A folder that is not
/// there holds none.
///
/// # Errors
/// [`super::Kind::Input`] when the folder can't be listed or holds hundreds of files.
pub fn files(config: &Config) -> Result<Vec<FileStatus>, Error> {
    let folder = config.resolve(&config.docker.files);
    let listed = list(&folder, &[])?;
    let one = |file: FileFacts| {
        let below = file.path.strip_prefix(&folder).unwrap_or(&file.path);
        let path = config.docker.files.join(below);
        FileStatus {
            path: path.to_string_lossy().into_owned(),
            bytes: file.present.then_some(file.bytes),
            state: if file.present {
                FileState::Present
            } else {
                FileState::Missing
            },
        }
    };
    Ok(listed.into_iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_listed_by_the_paths_that_the_configuration_knows() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("partman.toml");
        let config = Config::parse("[docker]\nfiles = \"docker/pg\"", &path).expect("it is right");
        assert_eq!(files(&config).expect("no folder"), []);
        let scripts = folder.path().join("docker/pg/init-scripts");
        std::fs::create_dir_all(&scripts).expect("a folder");
        std::fs::write(scripts.join("01.sql"), "SELECT 1").expect("a file");
        let listed = files(&config).expect("a list");
        assert_eq!(
            listed,
            [FileStatus {
                path: "docker/pg/init-scripts/01.sql".to_owned(),
                bytes: Some(8),
                state: FileState::Present,
            }]
        );
    }
}
