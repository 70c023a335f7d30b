//! The record of a swap: who was who before, then what was about to be done, each line on the disk before it is done.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Error, FileContext, Kind, Result};
use crate::store::sync_folder;

const SCHEMA: &str = "partman/swap/1";

/// One of the two databases, as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Party {
    pub(super) name: String,
    pub(super) oid: u32,
    pub(super) allows_connections: bool,
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    schema: String,
    pub(super) system_identifier: Option<String>,
    pub(super) new: Party,
    pub(super) old: Option<Party>,
    pub(super) place: String,
    pub(super) before: String,
}

#[derive(Serialize)]
struct Note<'a> {
    at: Timestamp,
    note: &'a str,
}

#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    header: Header,
}

impl Header {
    pub(super) fn new(
        system_identifier: Option<String>,
        new: Party,
        old: Option<Party>,
        place: String,
        before: String,
    ) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            system_identifier,
            new,
            old,
            place,
            before,
        }
    }

    /// The old one, then the new one.
    pub(super) fn parties(&self) -> impl DoubleEndedIterator<Item = &Party> {
        self.old.iter().chain([&self.new])
    }
}

impl Journal {
    pub(super) fn begin(path: &Path, header: Header) -> Result<Self> {
        let options = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let file = match options {
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                let message = format!("{} exists already: an earlier swap left it", path.display());
                return Err(Error::new(Kind::Exists, message)
                    .with_help("undo that swap, or move its journal away if it is done with"));
            }
            file => file.at("make", path)?,
        };
        let mut this = Self {
            path: path.to_owned(),
            file,
            header,
        };
        let line = serde_json::to_vec(&this.header);
        this.append(line)?;
        match path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            Some(folder) => sync_folder(folder)?,
            None => sync_folder(Path::new("."))?,
        }
        Ok(this)
    }

    pub(super) fn open(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).at("read", path)?;
        let first = text.lines().next().unwrap_or_default();
        let header: Header = serde_json::from_str(first).map_err(|e| {
            Error::new(
                Kind::NotFound,
                format!("{} is no journal of a swap", path.display()),
            )
            .with_source(e)
        })?;
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .at("open", path)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            header,
        })
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    pub(super) fn note(&mut self, note: &str) -> Result<()> {
        self.append(serde_json::to_vec(&Note {
            at: Timestamp::now(),
            note,
        }))
    }

    fn append(&mut self, line: serde_json::Result<Vec<u8>>) -> Result<()> {
        let mut line =
            line.map_err(|e| Error::bug("a line of the journal can't be written").with_source(e))?;
        line.push(b'\n');
        let written = self
            .file
            .write_all(&line)
            .and_then(|()| self.file.sync_data());
        written.at("write", &self.path)
    }
}
