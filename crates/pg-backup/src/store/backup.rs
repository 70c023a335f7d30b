//! One backup as it lies on the disk: its manifest, and whether it was proven.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::Layout;
use crate::error::{Error, FileContext, Kind, Result};
use crate::id::BackupId;
use crate::manifest::{Manifest, SCHEMA};
use crate::proof::Proof;
use crate::tools::Version;

/// What a name in the directory stands for.
#[derive(Debug)]
pub enum Entry {
    /// A backup whose manifest is whole. Whether its files are, [`Store::verify`](crate::Store::verify) says.
    Sound(Box<Backup>),
    /// A folder with a backup's name that is none.
    Broken {
        /// Its name.
        id: BackupId,
        /// What is wrong.
        why: Error,
    },
}

/// A finished backup.
#[derive(Debug, Clone)]
pub struct Backup {
    /// Its folder.
    pub path: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Whether it was restored and compared.
    pub proof: ProofState,
    pub(crate) manifest_digest: String,
}

/// What is known about a backup's restorability.
#[derive(Debug, Clone, PartialEq)]
pub enum ProofState {
    /// Nobody tried.
    Missing,
    /// It was restored, and everything was there.
    Passed(Proof),
    /// It was restored or that was tried, and it was not what it should be.
    Failed(Proof),
    /// There is a proof, but not of this manifest.
    Invalid {
        /// Why it does not count.
        why: String,
    },
}

/// What a program tells about a backup; the fields of the command's JSON.
#[derive(Debug, Clone, Serialize)]
pub struct Summary<'a> {
    /// Its name.
    pub id: &'a BackupId,
    /// The instant that it holds.
    pub at: Timestamp,
    /// Its folder.
    pub path: &'a Path,
    /// Its size.
    pub bytes: u64,
    /// How long it took.
    pub seconds: f64,
    /// The server's version.
    pub server_version: &'a Version,
    /// The version of `pg_dump`.
    pub tool_version: &'a Version,
    /// Name, rows and digest of each table.
    pub tables: Vec<TableSummary<'a>>,
    /// The proof, passed or failed.
    pub proof: Option<&'a Proof>,
}

/// A table of a [`Summary`].
#[derive(Debug, Clone, Serialize)]
pub struct TableSummary<'a> {
    /// Its name as in SQL.
    pub name: &'a str,
    /// Its rows.
    #[serde(flatten)]
    pub rows: crate::Fingerprint,
}

impl Entry {
    pub(crate) fn load(layout: Layout, id: BackupId) -> Self {
        match Backup::load(layout, &id) {
            Ok(backup) => Self::Sound(Box::new(backup)),
            Err(why) => Self::Broken { id, why },
        }
    }

    /// The backup's name.
    pub fn id(&self) -> &BackupId {
        match self {
            Self::Sound(backup) => backup.id(),
            Self::Broken { id, .. } => id,
        }
    }

    /// The backup, if it is one.
    pub fn sound(self) -> Option<Backup> {
        match self {
            Self::Sound(backup) => Some(*backup),
            Self::Broken { .. } => None,
        }
    }
}

impl Backup {
    pub(crate) fn load(layout: Layout, id: &BackupId) -> Result<Self> {
        let path = layout.manifest();
        let corrupt = |why: &str| {
            Error::new(Kind::Corrupt, format!("backup {id} is broken: {why}"))
                .with_help("do not rely on it; make a new one")
        };
        let text =
            fs::read(&path).map_err(|e| corrupt("its manifest can't be read").with_source(e))?;
        let digest = blake3::hash(&text).to_hex().to_string();
        let noted = fs::read_to_string(layout.manifest_digest());
        let noted = noted
            .map_err(|e| corrupt("the digest of its manifest can't be read").with_source(e))?;
        if noted.split_whitespace().next() != Some(&digest) {
            return Err(corrupt("its manifest was changed"));
        }
        let manifest: Manifest = serde_json::from_slice(&text)
            .map_err(|e| corrupt("its manifest can't be understood").with_source(e))?;
        if manifest.schema != SCHEMA || manifest.id != *id {
            return Err(corrupt(
                "its manifest is another backup's, or of another format",
            ));
        }
        let proof = proof(&layout, &digest)?;
        Ok(Self {
            path: layout.root,
            manifest,
            proof,
            manifest_digest: digest,
        })
    }

    /// Its name.
    pub fn id(&self) -> &BackupId {
        &self.manifest.id
    }

    /// Whether it was proven at most this long ago.
    pub fn is_proven(&self, max_age: Duration, now: Timestamp) -> bool {
        matches!(&self.proof, ProofState::Passed(proof) if proof.is_fresh(max_age, now))
    }

    /// What a program tells about it.
    pub fn summary(&self) -> Summary<'_> {
        let manifest = &self.manifest;
        let table = |table: &'_ crate::manifest::Table| table.rows;
        Summary {
            id: &manifest.id,
            at: manifest.at,
            path: &self.path,
            bytes: manifest.bytes,
            seconds: manifest.seconds,
            server_version: &manifest.server_version,
            tool_version: &manifest.tool_version,
            tables: manifest
                .tables
                .iter()
                .map(|t| TableSummary {
                    name: &t.name,
                    rows: table(t),
                })
                .collect(),
            proof: match &self.proof {
                ProofState::Passed(proof) | ProofState::Failed(proof) => Some(proof),
                ProofState::Missing | ProofState::Invalid { .. } => None,
            },
        }
    }

    pub(crate) fn layout(&self) -> Layout {
        Layout {
            root: self.path.clone(),
        }
    }
}

fn proof(layout: &Layout, manifest_digest: &str) -> Result<ProofState> {
    let path = layout.proof();
    let text = match fs::read(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(ProofState::Missing),
        text => text.at("read", &path)?,
    };
    let invalid = |why: String| Ok(ProofState::Invalid { why });
    match serde_json::from_slice::<Proof>(&text) {
        Err(e) => invalid(format!("it can't be understood: {e}")),
        Ok(proof) if proof.manifest_blake3 != manifest_digest => {
            invalid("it is of another manifest".to_owned())
        }
        Ok(proof) if proof.passed() => Ok(ProofState::Passed(proof)),
        Ok(proof) => Ok(ProofState::Failed(proof)),
    }
}
