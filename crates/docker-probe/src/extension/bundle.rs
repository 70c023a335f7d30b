//! A set of files that is one whole extension, checked before it goes anywhere.
//!
//! A source may hold the same extension for several PostgreSQL versions, an unfinished build, or one that needs a compiled
//! library; each is told apart here, purely.

use std::collections::BTreeMap;

use super::unpack::RawFile;
use crate::Result;
use crate::error::{Error, Kind};

/// The files of one extension in one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The extension.
    pub extension: String,
    /// The version that `CREATE EXTENSION` will make, from the control file.
    pub version: String,
    /// Whether only a superuser may create it, as the control file says.
    pub superuser: bool,
    /// Where the files are from, for people.
    pub origin: String,
    /// The scripts in order of name, then the control file.
    pub files: Vec<BundleFile>,
}

/// One file of an extension.
#[derive(Clone, PartialEq, Eq)]
pub struct BundleFile {
    /// Its name, without a folder.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// The BLAKE3 digest of that, in hexadecimal.
    pub digest: String,
}

/// What is needed of a control file.
struct Control {
    default_version: String,
    needs_library: bool,
    superuser: bool,
}

impl Bundle {
    /// Puts a bundle together from what a source holds; `major` chooses where it holds several.
    pub(crate) fn of(
        extension: &str,
        origin: &str,
        major: Option<u32>,
        found: Vec<RawFile>,
    ) -> Result<Self> {
        let bad = |why: String| {
            Error::new(
                Kind::BadInput,
                format!("{origin} can't be used as a source of {extension}: {why}"),
            )
        };
        let files = choose(extension, major, found).map_err(bad)?;
        let control_name = format!("{extension}.control");
        let text = files
            .get(&control_name)
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let control = parse_control(&text.unwrap_or_default())
            .ok_or_else(|| bad(format!("{control_name} names no default_version")))?;
        let script = format!("{extension}--{}.sql", control.default_version);
        if !files.contains_key(&script) {
            return Err(bad(format!(
                "it has no {script}; is it source code that was never built?"
            ))
            .help("a package of a distribution, or the result of `make` in that folder, has it"));
        }
        let in_c = files
            .iter()
            .find(|(_, bytes)| contains(bytes, b"MODULE_PATHNAME"));
        if let Some((name, _)) = in_c.filter(|_| control.needs_library) {
            return Err(bad(format!(
                "{name} needs a compiled library, which can't be brought along"
            ))
            .help("use an image that has the extension installed"));
        }
        let mut files: Vec<_> = files
            .into_iter()
            .map(|(name, bytes)| BundleFile::new(name, bytes))
            .collect();
        files.sort_by_key(|file| file.name == control_name);
        Ok(Self {
            extension: extension.to_owned(),
            version: control.default_version,
            superuser: control.superuser,
            origin: origin.to_owned(),
            files,
        })
    }

    /// The versions that have a script of their own: what `CREATE EXTENSION … VERSION` takes without updating.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        let prefix = format!("{}--", self.extension);
        self.files.iter().filter_map(move |file| {
            let version = file.name.strip_prefix(&prefix)?.strip_suffix(".sql")?;
            (!version.contains("--")).then_some(version)
        })
    }

    /// The size of all files, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes.len() as u64).sum()
    }
}

impl BundleFile {
    fn new(name: String, bytes: Vec<u8>) -> Self {
        let digest = digest(&bytes);
        Self {
            name,
            bytes,
            digest,
        }
    }
}

/// Without the contents.
impl std::fmt::Debug for BundleFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} ({} bytes, {})",
            self.name,
            self.bytes.len(),
            &self.digest[..12]
        )
    }
}

/// The BLAKE3 digest in hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// The files of the one folder that is meant. Folders with the very same files count as one.
fn choose(
    extension: &str,
    major: Option<u32>,
    found: Vec<RawFile>,
) -> std::result::Result<BTreeMap<String, Vec<u8>>, String> {
    let mut folders: BTreeMap<String, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
    for file in found {
        folders
            .entry(file.folder)
            .or_default()
            .insert(file.name, file.bytes);
    }
    folders.retain(|_, files| files.contains_key(&format!("{extension}.control")));
    if folders.len() > 1
        && major.is_some_and(|major| folders.keys().any(|folder| is_of(folder, major)))
    {
        folders.retain(|folder, _| major.is_some_and(|major| is_of(folder, major)));
    }
    let names: Vec<_> = folders.keys().cloned().collect();
    let mut different: Vec<_> = folders.into_values().collect();
    different.dedup();
    match (different.pop(), different.is_empty()) {
        (Some(files), true) => Ok(files),
        (None, _) => Err(format!("it has no {extension}.control")),
        (Some(_), false) => Err(format!("it has several that differ: {}", names.join(", "))),
    }
}

/// Whether a folder is that of a PostgreSQL version, as packages name them: `…/15/…`, `…/postgresql15/…`.
fn is_of(folder: &str, major: u32) -> bool {
    let number = major.to_string();
    let prefixes = ["", "postgresql", "postgresql-", "pgsql-"];
    let is = |part: &str| {
        prefixes
            .iter()
            .any(|prefix| part.strip_prefix(prefix) == Some(&number))
    };
    folder.split('/').any(is)
}

fn parse_control(text: &str) -> Option<Control> {
    let value = |key: &str| {
        let mut pairs = text.lines().filter_map(|line| line.split_once('='));
        let (_, value) = pairs.find(|(name, _)| name.trim() == key)?;
        let value = value.split('#').next().unwrap_or_default().trim();
        Some(value.trim_matches('\'').to_owned())
    };
    let is = |key: &str, otherwise: bool| {
        value(key).map_or(otherwise, |value| value.eq_ignore_ascii_case("true"))
    };
    Some(Control {
        default_version: value("default_version").filter(|version| !version.is_empty())?,
        needs_library: value("module_pathname").is_some(),
        superuser: is("superuser", true) && !is("trusted", false),
    })
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &str, name: &str, text: &str) -> RawFile {
        RawFile {
            folder: folder.into(),
            name: name.into(),
            bytes: text.into(),
        }
    }

    fn whole(folder: &str, version: &str) -> Vec<RawFile> {
        let control = format!("# x\ndefault_version = '{version}' # now\n");
        vec![
            file(folder, "x.control", &control),
            file(folder, &format!("x--{version}.sql"), "SELECT 1"),
        ]
    }

    fn refused(found: Vec<RawFile>) -> String {
        Bundle::of("x", "there", None, found)
            .expect_err("a refusal")
            .to_string()
    }

    #[test]
    fn the_control_file_comes_last() {
        let bundle = Bundle::of("x", "there", None, whole("f", "1.2")).expect("a bundle");
        let names: Vec<_> = bundle.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(
            (bundle.version.as_str(), names),
            ("1.2", vec!["x--1.2.sql", "x.control"])
        );
        assert!(
            bundle.superuser,
            "as PostgreSQL takes it where nothing is said"
        );
        assert_eq!(bundle.versions().collect::<Vec<_>>(), ["1.2"]);
    }

    #[test]
    fn the_control_file_says_who_may_create_it() {
        for (line, superuser) in [
            ("superuser = false", false),
            ("trusted = true", false),
            ("superuser = true", true),
        ] {
            let mut files = whole("f", "1");
            files[0].bytes.extend(format!("{line}\n").bytes());
            let bundle = Bundle::of("x", "there", None, files).expect("a bundle");
            assert_eq!(bundle.superuser, superuser, "{line}");
        }
    }

    #[test]
    fn several_versions_of_postgresql_are_told_apart_by_the_folder() {
        let mut found = whole("usr/share/postgresql/15/extension", "1");
        found.extend(whole("usr/share/postgresql/17/extension", "2"));
        let chosen = Bundle::of("x", "there", Some(17), found.clone()).expect("a bundle");
        assert_eq!(chosen.version, "2");
        assert!(refused(found).contains("several that differ"));
        let mut same = whole("a/15", "1");
        same.extend(whole("b/17", "1"));
        assert_eq!(
            Bundle::of("x", "there", Some(16), same)
                .expect("a bundle")
                .version,
            "1"
        );
    }

    #[test]
    fn what_is_no_whole_extension_is_refused() {
        assert!(refused(vec![file("f", "x--1.sql", "")]).contains("no x.control"));
        assert!(
            refused(vec![file("f", "x.control", "comment = 'y'")]).contains("no default_version")
        );
        assert!(
            refused(vec![file("f", "x.control", "default_version = '2'")]).contains("never built")
        );
        let mut compiled = whole("f", "1");
        compiled[0].bytes.extend(b"module_pathname = '$libdir/x'\n");
        compiled[1].bytes = b"CREATE FUNCTION f() AS 'MODULE_PATHNAME'".into();
        assert!(refused(compiled).contains("compiled library"));
    }
}
