//! The table of contents as `pg_restore --list` prints it.
//!
//! Only numbers and the kind of an entry are read; names stand there with blanks and newlines unquoted, so tables are
//! recognised by their oid.

use std::collections::BTreeMap;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its number in the archive.
    pub(crate) id: u32,
    /// The oid of what it is about; 0 for many kinds.
    pub(crate) oid: u32,
    /// Kind, schema, name and owner, as printed.
    pub(crate) text: String,
}

/// The entries, in the archive's order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Toc {
    pub(crate) entries: Vec<Entry>,
    rows: BTreeMap<u32, u32>,
}

impl Entry {
    /// A line such as `3377; 0 16385 TABLE DATA public t postgres`; comments are none.
    fn parse(line: &str) -> Option<Self> {
        let (id, rest) = line.split_once("; ")?;
        let mut words = rest.splitn(3, ' ');
        let (_class, oid, text) = (words.next()?, words.next()?, words.next()?);
        Some(Self {
            id: id.parse().ok()?,
            oid: oid.parse().ok()?,
            text: text.to_owned(),
        })
    }

    pub(crate) fn is(&self, kind: &str) -> bool {
        self.text
            .strip_prefix(kind)
            .is_some_and(|rest| rest.starts_with(' '))
    }
}

impl Toc {
    pub(crate) fn parse(output: &[u8]) -> Self {
        let text = String::from_utf8_lossy(output);
        let entries: Vec<_> = text.lines().filter_map(Entry::parse).collect();
        let rows = entries.iter().filter(|entry| entry.is("TABLE DATA"));
        let rows = rows.map(|entry| (entry.oid, entry.id)).collect();
        Self { entries, rows }
    }

    /// The number of the entry with this table's rows.
    pub(crate) fn rows_of(&self, oid: u32) -> Option<u32> {
        self.rows.get(&oid).copied()
    }

    /// The tables whose rows there are.
    pub(crate) fn tables(&self) -> impl Iterator<Item = u32> {
        self.rows.keys().copied()
    }

    pub(crate) fn has_extension(&self, oid: u32) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.is("EXTENSION") && entry.oid == oid)
    }
}

/// A list for `pg_restore --use-list`.
pub(crate) fn use_list(ids: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let lines: String = ids.into_iter().map(|id| format!("{id};\n")).collect();
    lines.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
; Archive created at 2026-11-22 15:22:03 UTC
;     dbname: app
;
2; 3079 16386 EXTENSION - pg_partman 
215; 1259 16385 TABLE public t postgres
3386; 2613 16418 BLOB - 16418 postgres
3377; 0 16385 TABLE DATA public we\"ird name postgres
";

    #[test]
    fn rows_are_found_by_oid_and_comments_are_no_entries() {
        let toc = Toc::parse(LIST.as_bytes());
        assert_eq!(toc.entries.len(), 4);
        assert_eq!(toc.rows_of(16385), Some(3377));
        assert_eq!(toc.rows_of(16418), None);
        assert!(toc.has_extension(16386) && !toc.has_extension(16385));
    }

    #[test]
    fn a_kind_is_a_whole_word() {
        let toc = Toc::parse(LIST.as_bytes());
        assert!(toc.entries[3].is("TABLE DATA") && !toc.entries[2].is("BLO"));
    }
}
