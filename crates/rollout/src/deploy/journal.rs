//! The journal of a deployment: a file of JSON lines, each on the disk before what follows it begins.
//!
//! The first line is the [`Header`]: what is to be done, and on which server, database and container. It appears with its
//! file, whole or not at all. Each further line is an entry of the runner. A line that was cut short by the end of its
//! writer says nothing and is cut off before the next is written. There is no secret in any of it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use partman_core::model::Server;
use partman_core::run::{Entry, Progress, progress};
use partman_core::{Error, Kind};
use serde::{Deserialize, Serialize};

use super::{HostStep, Strategy};
use crate::backups::Backing;

/// What the first line says it is.
const FORMAT: &str = "partman deploy journal, format 1";

/// What a deployment is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The form of the file.
    pub format: String,
    /// The run's id, which is also the file's name.
    pub run: String,
    /// When it began, by this machine's clock.
    pub started_at: Timestamp,
    /// The process that began it.
    pub started_by: String,
    /// partman's version.
    pub tool_version: String,
    /// How the container gets pg_partman.
    pub strategy: Strategy,
    /// The cluster that it acts on.
    pub system_identifier: String,
    /// The database that it acts on.
    pub database: String,
    /// The same as the server counts.
    pub database_oid: u32,
    /// The container's id: one that is made anew is another.
    pub container: String,
    /// The container's name, for people.
    pub container_name: String,
    /// The image that it was made from.
    pub image: String,
    /// That very image.
    pub image_id: String,
    /// Its digest in a registry.
    pub image_digest: Option<String>,
    /// Why there is no backup, where somebody said so.
    pub without_backup: Option<String>,
    /// The backup behind it, where there was one already.
    pub backup: Option<Backing>,
    /// What is to be done, in order.
    pub steps: Vec<HostStep>,
}

impl Header {
    /// The current form.
    pub(super) fn format() -> String {
        FORMAT.to_owned()
    }

    /// Whether it acted on this very database.
    pub fn is_of(&self, server: &Server) -> bool {
        self.system_identifier == server.system_identifier
            && self.database_oid == server.database_oid
    }
}

/// A journal as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// What the run is.
    pub header: Header,
    /// What happened.
    pub entries: Vec<Entry>,
    /// Where it stands.
    pub path: PathBuf,
}

impl Recorded {
    /// Where the run stands.
    pub fn progress(&self) -> Progress {
        progress(&self.entries)
    }

    /// The run in the database that belongs to it, as far as it was noted.
    pub fn database_run(&self) -> Option<&str> {
        let mut details = self.entries.iter().rev().map(|entry| &entry.detail);
        details.find_map(|detail| detail.get(DATABASE_RUN)?.as_str())
    }
}

/// Under which name an entry's detail holds the id of the run in the database.
pub(super) const DATABASE_RUN: &str = "database_run";

/// One line after the first.
#[derive(Serialize, Deserialize)]
struct Line {
    at: Timestamp,
    #[serde(flatten)]
    entry: Entry,
}

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    entries: Vec<Entry>,
}

impl Journal {
    /// Writes the journal of a run that is about to begin.
    ///
    /// # Errors
    /// [`Kind::Refused`] when the file can't be written.
    pub fn create(path: &Path, header: &Header) -> Result<Self, Error> {
        let failed = |e| failed("write", path, e);
        let draft = path.with_extension("draft");
        let mut line = serde_json::to_string(header)
            .map_err(|e| Error::new(Kind::Bug, "a run can't be written down").with_source(e))?;
        line.push('\n');
        let mut file = private(&draft).map_err(failed)?;
        file.write_all(line.as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        std::fs::rename(&draft, path).map_err(failed)?;
        sync_folder(path).map_err(failed)?;
        Self::open(path)
    }

    /// Opens a journal to go on with it.
    ///
    /// # Errors
    /// [`Kind::Refused`] when it can't be read or written, or is of another form.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |e| failed("open", path, e);
        let options = OpenOptions::new().read(true).write(true).open(path);
        let mut file = options.map_err(failed)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(failed)?;
        let (_, entries, whole) = parse(&text, path)?;
        if whole < text.len() {
            file.set_len(whole as u64).map_err(failed)?;
            file.sync_all().map_err(failed)?;
        }
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        let path = path.to_owned();
        Ok(Self {
            path,
            file,
            entries,
        })
    }

    /// Reads a journal.
    ///
    /// # Errors
    /// [`Kind::Refused`] when it can't be read, or is of another form.
    pub fn read(path: &Path) -> Result<Recorded, Error> {
        let text = std::fs::read(path).map_err(|e| failed("read", path, e))?;
        let (header, entries, _) = parse(&text, path)?;
        let path = path.to_owned();
        Ok(Recorded {
            header,
            entries,
            path,
        })
    }

    /// Writes an entry; it is on the disk when this returns.
    ///
    /// # Errors
    /// [`Kind::Refused`] when it can't be.
    pub fn append(&mut self, entry: &Entry) -> Result<(), Error> {
        let line = Line {
            at: Timestamp::now(),
            entry: entry.clone(),
        };
        let mut line = serde_json::to_string(&line)
            .map_err(|e| Error::new(Kind::Bug, "an entry can't be written down").with_source(e))?;
        line.push('\n');
        let before = self.file.stream_position();
        let written = self.file.write_all(line.as_bytes());
        if let Err(error) = written.and_then(|()| self.file.sync_data()) {
            // Half a line would make one with the next: best effort, for the next open does it too.
            if let Ok(before) = before {
                let _ = self.file.set_len(before);
                let _ = self.file.seek(SeekFrom::Start(before));
            }
            return Err(failed("write", &self.path, error));
        }
        self.entries.push(entry.clone());
        Ok(())
    }

    /// What it holds.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// The header, the entries, and how many bytes are whole lines.
fn parse(text: &[u8], path: &Path) -> Result<(Header, Vec<Entry>, usize), Error> {
    let broken = |why: String| {
        Error::new(
            Kind::Refused,
            format!(
                "{} is no journal that this version of partman can read ({why}); use the version that wrote it, or move \
                 the file away",
                path.display()
            ),
        )
    };
    let whole = text.iter().rposition(|byte| *byte == b'\n');
    let whole = whole.map_or(0, |last| last + 1);
    let mut lines = text[..whole].split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let header: Header = serde_json::from_slice(first).map_err(|e| broken(e.to_string()))?;
    if header.format != FORMAT {
        return Err(broken(format!("it says that it is {:?}", header.format)));
    }
    let lines = lines.filter(|line| !line.is_empty());
    let entries = lines
        .map(|line| serde_json::from_slice::<Line>(line).map(|line| line.entry))
        .collect::<Result<_, _>>()
        .map_err(|e| broken(e.to_string()))?;
    Ok((header, entries, whole))
}

fn private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
}

/// That a file has its name lasts only when its folder is on the disk too.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

fn failed(doing: &str, path: &Path, error: std::io::Error) -> Error {
    let message = format!("could not {doing} the journal {}", path.display());
    Error::new(Kind::Refused, message).with_source(error)
}

#[cfg(test)]
mod tests {
    use partman_core::run::What;
    use serde_json::json;

    use super::*;

    fn header() -> Header {
        Header {
            format: Header::format(),
            run: "deploy-1".into(),
            started_at: Timestamp::UNIX_EPOCH,
            started_by: "process 1".into(),
            tool_version: "0".into(),
            strategy: Strategy::Hot,
            system_identifier: "7".into(),
            database: "shop".into(),
            database_oid: 5,
            container: "abc".into(),
            container_name: "db".into(),
            image: "postgres:15".into(),
            image_id: "sha256:1".into(),
            image_digest: None,
            without_backup: None,
            backup: None,
            steps: Vec::new(),
        }
    }

    #[test]
    fn what_is_written_is_read_and_a_line_that_was_cut_short_says_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deploy-1.jsonl");
        let mut journal = Journal::create(&path, &header()).expect("it is written");
        let first = Entry::step(0, What::Started, json!(null));
        let second = Entry::step(0, What::Done, json!({ "database_run": "r1" }));
        journal.append(&first).expect("it is written");
        drop(journal);
        let whole = std::fs::read(&path).expect("a file");
        for cut in [1, 20] {
            let torn = [
                whole.as_slice(),
                &br#"{"at":"2026-01-01T00:00:00Z","step"#[..cut],
            ]
            .concat();
            std::fs::write(&path, torn).expect("a file");
            assert_eq!(Journal::read(&path).expect("read").entries.len(), 1);
        }
        let mut journal = Journal::open(&path).expect("it goes on");
        journal.append(&second).expect("it is written");
        let read = Journal::read(&path).expect("it is whole");
        assert_eq!(read.header, header());
        assert_eq!(read.entries, [first, second]);
        assert_eq!(read.database_run(), Some("r1"));
    }

    #[test]
    fn another_form_is_refused_with_the_file_and_the_way_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deploy-1.jsonl");
        let other = Header {
            format: "partman deploy journal, format 9".into(),
            ..header()
        };
        let refused = Journal::create(&path, &other).expect_err("it can't be read");
        assert!(refused.to_string().contains("format 9"), "{refused}");
        assert!(
            refused.to_string().contains("move the file away"),
            "{refused}"
        );
        std::fs::write(&path, "").expect("a file");
        assert!(Journal::read(&path).is_err());
    }
}
