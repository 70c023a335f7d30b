//! From a folder full of files to a backup: digests of everything, everything on the disk, then the name.

use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{Draft, Layout, sync_folder, write_private};
use crate::archive::shortened;
use crate::error::{Error, FileContext, Kind, Result};
use crate::manifest::{self, Manifest};

const BLOCK: usize = 1 << 20;

/// Every file below `root`, made private and synced to the disk, with size and digest. Costs one read of everything.
pub(crate) fn take_digests(root: &Path) -> Result<Vec<manifest::File>> {
    let mut files = Vec::new();
    for path in walk(root)? {
        let file = File::open(&path).at("open", &path)?;
        file.set_permissions(Permissions::from_mode(0o600))
            .at("make private", &path)?;
        let (bytes, blake3) = digest(&file).at("read", &path)?;
        file.sync_all().at("sync", &path)?;
        let name = path.strip_prefix(root).unwrap_or(&path);
        files.push(manifest::File {
            path: name.to_string_lossy().into_owned(),
            bytes,
            blake3,
        });
    }
    for folder in folders(root)? {
        sync_folder(&folder)?;
    }
    Ok(files)
}

/// Compares every file with the manifest.
///
/// # Errors
/// [`Kind::Corrupt`], naming the files that are missing, cut short, changed or not ours.
pub(crate) fn check_digests(layout: &Layout, manifest: &Manifest) -> Result<()> {
    let mut wrong = Vec::new();
    for file in &manifest.files {
        let path = layout.root.join(&file.path);
        match File::open(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                wrong.push(format!("{} is missing", file.path))
            }
            opened => {
                let (bytes, blake3) = opened
                    .and_then(|opened| digest(&opened))
                    .at("read", &path)?;
                match bytes.cmp(&file.bytes) {
                    std::cmp::Ordering::Less => wrong.push(format!("{} is cut short", file.path)),
                    std::cmp::Ordering::Greater => wrong.push(format!("{} has grown", file.path)),
                    std::cmp::Ordering::Equal if blake3 != file.blake3 => {
                        wrong.push(format!("{} was changed", file.path))
                    }
                    std::cmp::Ordering::Equal => {}
                }
            }
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let message = format!("backup {} is damaged: {}", manifest.id, shortened(&wrong));
    Err(Error::new(Kind::Corrupt, message)
        .with_help("do not rely on it; make a new backup, and look at the disk"))
}

/// Writes the manifest and gives the draft its final name; the last step of making a backup.
pub(crate) fn publish(mut draft: Draft, target: &Layout, manifest: &Manifest) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(manifest)
        .map_err(|e| Error::bug("the manifest can't be written").with_source(e))?;
    text.push(b'\n');
    write_private(&draft.layout.manifest(), &text)?;
    let line = format!("{}  manifest.json\n", blake3::hash(&text).to_hex());
    write_private(&draft.layout.manifest_digest(), line.as_bytes())?;
    if target.root.exists() {
        return Err(Error::new(
            Kind::Exists,
            format!("{} exists already", target.root.display()),
        ));
    }
    fs::rename(&draft.layout.root, &target.root).at("give its final name to", &target.root)?;
    draft.keep();
    target.root.parent().map_or(Ok(()), sync_folder)
}

fn digest(mut file: &File) -> io::Result<(u64, String)> {
    let mut hasher = blake3::Hasher::new();
    let mut block = vec![0; BLOCK];
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok((hasher.count(), hasher.finalize().to_hex().to_string())),
            Ok(read) => drop(hasher.update(&block[..read])),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

fn walk(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in folders(root)? {
        for entry in fs::read_dir(&folder).at("read", &folder)? {
            let path = entry.at("read", &folder)?.path();
            if !path.is_dir() {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// `root` and every folder below it.
fn folders(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = vec![root.to_owned()];
    let mut next = 0;
    while let Some(folder) = found.get(next).cloned() {
        next += 1;
        for entry in fs::read_dir(&folder).at("read", &folder)? {
            let path = entry.at("read", &folder)?.path();
            if path.is_dir() {
                found.push(path);
            }
        }
    }
    Ok(found)
}
