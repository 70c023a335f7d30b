//! Files of a container, read and written through the Engine's archive API: whether the container runs or not, and without
//! starting anything in it.
//!
//! What is mounted as tmpfs can't be seen this way (the Engine looks at the container's disk from outside). Symbolic links
//! are followed here, since the API hands out the link itself.

use std::io::Read;

use bollard::query_parameters::{
    ContainerArchiveInfoOptionsBuilder, DownloadFromContainerOptionsBuilder,
    UploadToContainerOptionsBuilder,
};
use bytes::Bytes;
use futures_util::StreamExt;

use crate::Result;
use crate::docker::Docker;
use crate::error::{Error, Kind};
use crate::exec::Command;

/// How many links may lead from one to the next.
const LINKS: usize = 8;
/// The largest archive that is taken into memory.
const LIMIT: usize = 256 << 20;

/// The files of one container.
pub(crate) struct Files<'a> {
    docker: &'a Docker,
    container: &'a str,
}

/// A file as it is in a container.
#[derive(Clone, Debug)]
pub(crate) struct FoundFile {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) mode: u32,
    pub(crate) uid: u64,
    pub(crate) gid: u64,
}

impl Docker {
    /// The text of a file in a running container, or `None` if there is none. What is in the container's memory, as
    /// secrets may be, is read by running cat(1).
    pub(crate) async fn text_inside(&self, container: &str, path: &str) -> Result<Option<String>> {
        if let Some(text) = self.files(container).text(path).await? {
            return Ok(Some(text));
        }
        let cat = Command::new("cat").args(["--", path]).user("0");
        let output = self.exec(container, &cat).await?;
        let text = || String::from_utf8_lossy(&output.stdout).into_owned();
        Ok((output.exit_code == 0).then(text))
    }

    /// The files of a container, by id or name.
    pub(crate) fn files<'a>(&'a self, container: &'a str) -> Files<'a> {
        Files {
            docker: self,
            container,
        }
    }
}

impl Files<'_> {
    /// Whether there is something of that name, even a broken link.
    pub(crate) async fn exists(&self, path: &str) -> Result<bool> {
        let options = ContainerArchiveInfoOptionsBuilder::new().path(path).build();
        let client = &self.docker.client;
        match client
            .get_container_archive_info(self.container, Some(options))
            .await
        {
            Ok(_) => Ok(true),
            Err(error) if is_404(&error) => Ok(false),
            Err(error) => Err(Error::engine(self.doing("look for", path), error)),
        }
    }

    /// The text of a file, or `None` if there is none. Bytes that are no UTF-8 become question marks.
    pub(crate) async fn text(&self, path: &str) -> Result<Option<String>> {
        let file = self.file(path).await?;
        Ok(file.map(|file| String::from_utf8_lossy(&file.bytes).into_owned()))
    }

    /// A file, links followed, or `None` if there is none or it is no regular file.
    pub(crate) async fn file(&self, path: &str) -> Result<Option<FoundFile>> {
        let mut path = path.to_owned();
        for _ in 0..LINKS {
            let Some(archive) = self.download(&path).await? else {
                return Ok(None);
            };
            match first_entry(&archive).map_err(|e| self.unreadable(&path, e))? {
                Some(Entry::File(mut file)) => {
                    file.path = path;
                    return Ok(Some(file));
                }
                Some(Entry::Link(target)) => path = joined(&path, &target),
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The regular files in and below a folder whose base names `wanted` likes, or `None` if there is no such
    /// folder. The whole folder travels, so it had better be small.
    pub(crate) async fn folder(
        &self,
        path: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Option<Vec<FoundFile>>> {
        let Some(archive) = self.download(&format!("{path}/.")).await? else {
            return Ok(None);
        };
        let files = entries(&archive, path, wanted).map_err(|e| self.unreadable(path, e))?;
        Ok(Some(files))
    }

    /// Unpacks a tar archive into a folder of the container; the owners and modes are those of the archive.
    pub(crate) async fn upload(&self, folder: &str, archive: Vec<u8>) -> Result<()> {
        let options = UploadToContainerOptionsBuilder::new()
            .path(folder)
            .no_overwrite_dir_non_dir("1")
            .build();
        let body = bollard::body_full(Bytes::from(archive));
        let client = &self.docker.client;
        let sent = client.upload_to_container(self.container, Some(options), body);
        sent.await
            .map_err(|e| Error::engine(self.doing("put files into", folder), e))
    }

    /// The tar archive that the Engine makes of a path.
    async fn download(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let options = DownloadFromContainerOptionsBuilder::new()
            .path(path)
            .build();
        let client = &self.docker.client;
        let mut stream = Box::pin(client.download_from_container(self.container, Some(options)));
        let mut archive = Vec::new();
        while let Some(chunk) = stream.next().await {
            match chunk {
                Ok(chunk) => archive.extend_from_slice(&chunk),
                Err(error) if is_404(&error) => return Ok(None),
                Err(error) => return Err(Error::engine(self.doing("read", path), error)),
            }
            if archive.len() > LIMIT {
                let what = format!(
                    "{path} in container {:?} is larger than 256 MiB",
                    self.container
                );
                return Err(Error::new(Kind::Refused, what));
            }
        }
        Ok(Some(archive))
    }

    fn doing(&self, verb: &str, path: &str) -> String {
        format!("could not {verb} {path} in container {:?}", self.container)
    }

    fn unreadable(&self, path: &str, error: std::io::Error) -> Error {
        Error::new(Kind::Cut, self.doing("read", path)).because(error)
    }
}

enum Entry {
    File(FoundFile),
    Link(String),
}

fn first_entry(archive: &[u8]) -> std::io::Result<Option<Entry>> {
    let mut archive = tar::Archive::new(archive);
    let Some(entry) = archive.entries()?.next() else {
        return Ok(None);
    };
    let mut entry = entry?;
    if entry.header().entry_type().is_symlink() {
        let target = entry.link_name_bytes().unwrap_or_default();
        return Ok(Some(Entry::Link(
            String::from_utf8_lossy(&target).into_owned(),
        )));
    }
    if !entry.header().entry_type().is_file() {
        return Ok(None);
    }
    found(&mut entry, String::new()).map(|file| Some(Entry::File(file)))
}

fn entries(
    archive: &[u8],
    folder: &str,
    wanted: impl Fn(&str) -> bool,
) -> std::io::Result<Vec<FoundFile>> {
    let mut files = Vec::new();
    for entry in tar::Archive::new(archive).entries()? {
        let mut entry = entry?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let name = path.rsplit('/').next().unwrap_or_default();
        if entry.header().entry_type().is_file() && wanted(name) {
            let path = joined(&format!("{folder}/x"), path.trim_start_matches("./"));
            files.push(found(&mut entry, path)?);
        }
    }
    Ok(files)
}

fn found<R: Read>(entry: &mut tar::Entry<'_, R>, path: String) -> std::io::Result<FoundFile> {
    let header = entry.header();
    let (mode, uid, gid, size) = (header.mode()?, header.uid()?, header.gid()?, header.size()?);
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes)?;
    if bytes.len() as u64 != size {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(FoundFile {
        path,
        bytes,
        mode,
        uid,
        gid,
    })
}

/// Where a link at `from` leads.
fn joined(from: &str, target: &str) -> String {
    if target.starts_with('/') {
        return target.to_owned();
    }
    let mut parts: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

fn is_404(error: &bollard::errors::Error) -> bool {
    matches!(
        error,
        bollard::errors::Error::DockerResponseServerError {
            status_code: 404,
            ..
        }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_where_the_kernel_would_go() {
        assert_eq!(
            joined("/etc/os-release", "../usr/lib/os-release"),
            "/usr/lib/os-release"
        );
        assert_eq!(joined("/lib", "usr/lib"), "/usr/lib");
        assert_eq!(joined("/a/b", "/c"), "/c");
        assert_eq!(joined("/a", "../../c"), "/c");
    }
}
