//! Putting an extension's files into a running container.
//!
//! They go into a folder beside their place first and are compared there. Then each appears under its name whole or not at
//! all (a hard link, which never overwrites), the control file last: the server offers no extension before that.

use super::bundle::Bundle;
use super::place::{Placement, Was, conflict, find};
use crate::Result;
use crate::archive::FoundFile;
use crate::docker::Docker;
use crate::error::{Error, Kind};
use crate::exec::Command;

/// Arguments: the folder, the staging folder in it, the files in their order.
const LINK: &str = r#"
cd -- "$1" && staging=$2 && shift 2 || exit
for file in "$@"; do
    ln -- "$staging/$file" "$file" || exit
done
rm -rf -- "$staging"
"#;

impl Docker {
    /// Puts the files of a bundle where [`Docker::place`] found room for them. Repeating it, also after it was
    /// interrupted at any point, ends in the same state.
    ///
    /// # Errors
    ///
    /// [`Kind::BadInput`] when the bundle is not the one that the placement was made for; [`Kind::Conflict`] when a
    /// different file has appeared meanwhile; [`Kind::Failed`] when the files did not arrive.
    pub async fn put(&self, placement: &Placement, bundle: &Bundle) -> Result<()> {
        check_same(placement, bundle)?;
        let missing = self.lacks(placement).await?;
        if missing.is_empty() {
            return Ok(());
        }
        let Placement {
            container,
            container_name,
            folder,
            ..
        } = placement;
        let failed = |why: &str| {
            Error::new(
                Kind::Failed,
                format!(
                    "could not put {} into container {container_name:?}: {why}",
                    placement.extension
                ),
            )
        };
        let staging = placement.staging();
        self.run_as_root(
            placement,
            Command::new("rm").args(["-rf", "--", &format!("{folder}/{staging}")]),
        )
        .await?;
        let archive = pack(
            &staging,
            bundle,
            &missing,
            &self.neighbour(placement).await?,
        );
        let archive = archive.map_err(|e| failed("no archive could be made").because(e))?;
        self.files(container).upload(folder, archive).await?;
        let staged = self
            .there(
                container,
                &format!("{folder}/{staging}"),
                &placement.extension,
            )
            .await?;
        if !missing.iter().all(|name| arrived(&staged, placement, name)) {
            return Err(failed("a file did not arrive as it was sent"));
        }
        let link = Command::new("sh")
            .args(["-c", LINK, "partman", folder, &staging])
            .args(missing);
        self.run_as_root(placement, link).await?;
        match self.lacks(placement).await?.as_slice() {
            [] => Ok(()),
            [name, ..] => Err(failed(&format!("{name} is not there"))),
        }
    }

    /// The files of a placement that are not there, in their order: none once they have been put.
    ///
    /// # Errors
    ///
    /// [`Kind::Conflict`] when one is there and differs; [`Kind::NotFound`] when container or folder is gone.
    pub async fn lacks(&self, placement: &Placement) -> Result<Vec<String>> {
        let there = self
            .there(
                &placement.container,
                &placement.folder,
                &placement.extension,
            )
            .await?;
        let mut missing = Vec::new();
        for file in &placement.files {
            match find(&there, &file.name) {
                None => missing.push(file.name.clone()),
                Some(_) if arrived(&there, placement, &file.name) => {}
                Some(_) => return Err(conflict(placement, &file.name)),
            }
        }
        Ok(missing)
    }

    /// A file that is in the folder already, whose owner and mode ours get.
    async fn neighbour(&self, placement: &Placement) -> Result<FoundFile> {
        let path = format!("{}/plpgsql.control", placement.folder);
        let found = self.files(&placement.container).file(&path).await?;
        Ok(found.unwrap_or(FoundFile {
            path,
            bytes: Vec::new(),
            mode: 0o644,
            uid: 0,
            gid: 0,
        }))
    }

    pub(crate) async fn run_as_root(&self, placement: &Placement, command: Command) -> Result<()> {
        let doing = format!(
            "could not change {} in container {:?}",
            placement.folder, placement.container_name
        );
        let output = self.exec(&placement.container, &command.user("0")).await?;
        output.must_succeed(&doing).map(drop)
    }
}

fn check_same(placement: &Placement, bundle: &Bundle) -> Result<()> {
    let placed = placement
        .files
        .iter()
        .map(|file| (&file.name, &file.digest));
    if placed.eq(bundle.files.iter().map(|file| (&file.name, &file.digest))) {
        return Ok(());
    }
    let (extension, version) = (&placement.extension, &placement.version);
    let message = format!(
        "{} no longer has the files of {extension} {version} that were to be put",
        bundle.origin
    );
    Err(Error::new(Kind::BadInput, message).help("begin again: a new placement has to be made"))
}

fn arrived(there: &[FoundFile], placement: &Placement, name: &str) -> bool {
    let wanted = placement.files.iter().find(|file| file.name == name);
    let found = find(there, name).map(|file| super::bundle::digest(&file.bytes));
    wanted.is_some() && wanted.map(|file| &file.digest) == found.as_ref()
}

/// The staging folder with the missing files, as a tar archive.
fn pack(
    staging: &str,
    bundle: &Bundle,
    missing: &[String],
    like: &FoundFile,
) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    let header = |kind: tar::EntryType, mode: u32, size: usize| {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(like.uid);
        header.set_gid(like.gid);
        header.set_mtime(jiff::Timestamp::now().as_second().unsigned_abs());
        header.set_size(size as u64);
        header
    };
    let mut folder = header(tar::EntryType::Directory, 0o700, 0);
    archive.append_data(&mut folder, format!("{staging}/"), std::io::empty())?;
    for file in bundle
        .files
        .iter()
        .filter(|file| missing.contains(&file.name))
    {
        let mut entry = header(tar::EntryType::Regular, like.mode & 0o777, file.bytes.len());
        archive.append_data(
            &mut entry,
            format!("{staging}/{}", file.name),
            file.bytes.as_slice(),
        )?;
    }
    archive.into_inner()
}

impl Placement {
    /// The names of the files that are ours: those that were not there before.
    pub(crate) fn ours(&self) -> impl Iterator<Item = &super::place::PlacedFile> {
        self.files.iter().filter(|file| file.was == Was::Absent)
    }
}
