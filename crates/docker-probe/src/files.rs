//! Files on this machine that a report lists: what there is, how large it is, and what is missing.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::error::{Error, Kind};

/// How deep folders are followed, and how many files are listed at most.
const DEPTH: usize = 6;
const MOST: usize = 500;

/// A file that is there, or should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Where it is, below the folder that was asked for.
    pub path: PathBuf,
    /// Its size; 0 if it is missing.
    pub bytes: u64,
    /// Whether it is there.
    pub present: bool,
}

/// Lists the files in and below a folder, and those of `expected` (paths relative to it) that are missing, in order of
/// path. Symbolic links are listed with their own size and not followed; hidden files are left out unless expected.
///
/// A folder that does not exist has no files.
///
/// # Errors
///
/// [`Kind::BadInput`] when a folder can't be listed or holds more than 500 files.
pub fn list(folder: &Path, expected: &[PathBuf]) -> Result<Vec<FileFacts>> {
    let mut found = BTreeMap::new();
    let unreadable = |error: io::Error| {
        Error::new(
            Kind::BadInput,
            format!("could not list {}", folder.display()),
        )
        .because(error)
    };
    if folder.is_dir() {
        walk(folder, DEPTH, &mut found).map_err(unreadable)?;
    }
    for path in expected {
        let path = folder.join(path);
        let bytes = fs::metadata(&path)
            .ok()
            .filter(fs::Metadata::is_file)
            .map(|file| file.len());
        found.entry(path).or_insert(bytes);
    }
    let facts = |(path, bytes): (PathBuf, Option<u64>)| FileFacts {
        path,
        bytes: bytes.unwrap_or(0),
        present: bytes.is_some(),
    };
    Ok(found.into_iter().map(facts).collect())
}

fn walk(folder: &Path, depth: usize, found: &mut BTreeMap<PathBuf, Option<u64>>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() && depth > 0 {
            walk(&entry.path(), depth - 1, found)?;
        } else if !kind.is_dir() {
            found.insert(entry.path(), Some(entry.metadata()?.len()));
        }
        if found.len() > MOST {
            return Err(io::Error::other(format!("it holds more than {MOST} files")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_and_what_is_missing_is_listed_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("init");
        fs::create_dir(&inner).expect("a folder");
        fs::write(inner.join("1.sql"), "12345").expect("a file");
        fs::write(folder.path().join(".hidden"), "x").expect("a file");
        let expected = ["Dockerfile".into(), "init/1.sql".into()];
        let listed = list(folder.path(), &expected).expect("a list");
        let seen: Vec<_> = listed
            .iter()
            .map(|file| {
                (
                    file.path.strip_prefix(folder.path()).expect("below"),
                    file.bytes,
                    file.present,
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                (Path::new("Dockerfile"), 0, false),
                (Path::new("init/1.sql"), 5, true)
            ]
        );
        let missing = list(Path::new("/nonexistent"), &["x".into()]).expect("a list");
        assert!(missing.len() == 1 && !missing[0].present);
    }
}
