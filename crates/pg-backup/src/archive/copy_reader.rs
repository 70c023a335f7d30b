//! Reads the SQL that `pg_restore --verbose --file=-` writes for nothing but rows, and takes their fingerprints.
//!
//! The text is a preamble, then for each table a comment with its oid, one COPY command and its lines up to `\.`. Inside
//! the lines of COPY nothing can look like the end; outside of them everything is written by `pg_restore` itself but for
//! the quoted names in the COPY command, which may hold newlines and whatever else.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::Sender;

use crate::fingerprint::{Fingerprint, Lines};

/// Sends what it found, by oid, when the text is complete.
pub(super) struct CopyReader {
    lines: Lines,
    reader: Reader,
    done: Sender<BTreeMap<u32, Fingerprint>>,
}

#[derive(Default)]
struct Reader {
    place: Place,
    found: BTreeMap<u32, Fingerprint>,
}

#[derive(Default)]
enum Place {
    #[default]
    Between,
    /// After the comment of a table.
    Announced(u32),
    /// In the COPY command; whether a quoted name is open.
    Command(u32, bool),
    Rows(u32, Fingerprint),
}

impl CopyReader {
    pub(super) fn new(done: Sender<BTreeMap<u32, Fingerprint>>) -> Self {
        Self {
            lines: Lines::default(),
            reader: Reader::default(),
            done,
        }
    }
}

impl io::Write for CopyReader {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.lines.feed(piece, |line| self.reader.line(line))?;
        Ok(piece.len())
    }

    /// The end of the text.
    fn flush(&mut self) -> io::Result<()> {
        if !matches!(self.reader.place, Place::Between) || !self.lines.is_complete() {
            return Err(unexpected("the text ends inside a table"));
        }
        let _ = self.done.send(std::mem::take(&mut self.reader.found));
        Ok(())
    }
}

impl Reader {
    fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.place = match std::mem::take(&mut self.place) {
            Place::Rows(oid, rows) if line == b"\\." => {
                if self.found.insert(oid, rows).is_some() {
                    return Err(unexpected("a table comes twice"));
                }
                Place::Between
            }
            Place::Rows(oid, mut rows) => {
                rows.add_row(line);
                Place::Rows(oid, rows)
            }
            Place::Command(oid, open) => after_command(oid, open, line),
            Place::Announced(oid) if line.starts_with(b"COPY ") => after_command(oid, false, line),
            Place::Announced(oid) => {
                announced(line).map_or(Place::Announced(oid), Place::Announced)
            }
            Place::Between => announced(line).map_or(Place::Between, Place::Announced),
        };
        Ok(())
    }
}

/// The oid in `-- TOC entry 3382 (class 0 OID 16404)`.
fn announced(line: &[u8]) -> Option<u32> {
    let line = std::str::from_utf8(line).ok()?;
    let (_, oid) = line.strip_prefix("-- TOC entry ")?.split_once(" OID ")?;
    oid.strip_suffix(')')?.parse().ok()
}

fn after_command(oid: u32, open: bool, line: &[u8]) -> Place {
    let quotes = line.iter().filter(|byte| **byte == b'"').count();
    let open = open ^ (quotes % 2 == 1);
    if !open && line.ends_with(b" FROM stdin;") {
        return Place::Rows(oid, Fingerprint::default());
    }
    Place::Command(oid, open)
}

fn unexpected(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::mpsc::channel;

    use super::*;

    const TEXT: &str = "--\n-- preamble\n--\nSET x = 1;\n\n--\n-- TOC entry 7 (class 0 OID 70)\n-- Dependencies: 3\n-- Data for Name: t\n--\n\n\
        COPY public.t (id, x) FROM stdin;\n1\ta\n2\t-- TOC entry 9 (class 0 OID 90)\n\\.\n\n\n\
        --\n-- TOC entry 8 (class 0 OID 80)\n--\n\nCOPY public.\"we\"\"ird\nname\" (\"c\nd\", \"x) FROM stdin;\n\") FROM stdin;\n1\t\\N\n\\.\n\n-- done\n";

    fn read(text: &str, size: usize) -> io::Result<BTreeMap<u32, Fingerprint>> {
        let (done, found) = channel();
        let mut reader = CopyReader::new(done);
        for piece in text.as_bytes().chunks(size) {
            reader.write_all(piece)?;
        }
        reader.flush()?;
        Ok(found.recv().expect("it was flushed"))
    }

    #[test]
    fn tables_are_told_apart_whatever_their_names_and_rows_look_like() {
        for size in [1, 3, 1000] {
            let found = read(TEXT, size).expect("it is well formed");
            assert_eq!(
                found
                    .iter()
                    .map(|(oid, f)| (*oid, f.rows))
                    .collect::<Vec<_>>(),
                [(70, 2), (80, 1)]
            );
        }
    }

    #[test]
    fn a_text_that_ends_early_is_an_error() {
        let end = TEXT.rfind("\\.").expect("it has an end");
        assert!(read(&TEXT[..end], 1000).is_err());
    }
}
