//! Packages and tarballs, taken apart as far as an extension's files go.
//!
//! What something is, is read from its first bytes and not from its name. Sizes are limited, so that a damaged or hostile
//! archive can't fill the memory.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// The largest file that an extension may have, and the most that is read of an archive.
const FILE_LIMIT: u64 = 16 << 20;
const ARCHIVE_LIMIT: u64 = 1 << 30;

/// A file out of a folder, a package or an image, before anything was decided about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawFile {
    pub(crate) folder: String,
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Whether a file belongs to an extension: its control files and its scripts.
pub(crate) fn belongs_to(extension: &str, name: &str) -> bool {
    let Some(rest) = name.strip_prefix(extension) else {
        return false;
    };
    rest == ".control"
        || (rest.starts_with("--") && (rest.ends_with(".sql") || rest.ends_with(".control")))
}

/// The extension's files of a folder, which are right in it or in its folder `extension`.
pub(crate) fn of_folder(folder: &Path, extension: &str) -> io::Result<Vec<RawFile>> {
    let inner = folder.join("extension");
    let folder = if inner.join(format!("{extension}.control")).is_file() {
        &inner
    } else {
        folder
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if belongs_to(extension, &name) && entry.path().is_file() {
            let bytes = limited(File::open(entry.path())?)?;
            files.push(RawFile {
                folder: folder.display().to_string(),
                name,
                bytes,
            });
        }
    }
    Ok(files)
}

/// The extension's files of a Debian package: those of the `data.tar.*` in it.
pub(crate) fn of_deb(package: &Path, extension: &str) -> io::Result<Vec<RawFile>> {
    let mut package = ar::Archive::new(BufReader::new(File::open(package)?));
    while let Some(member) = package.next_entry() {
        let member = member?;
        if member.header().identifier().starts_with(b"data.tar") {
            return of_tar(member, extension);
        }
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidData,
        "it has no data.tar, so it is no Debian package",
    ))
}

/// The extension's files of a tarball, which may be compressed by gzip, xz or zstd.
pub(crate) fn of_tarball(tarball: &Path, extension: &str) -> io::Result<Vec<RawFile>> {
    of_tar(BufReader::new(File::open(tarball)?), extension)
}

fn of_tar(mut packed: impl Read, extension: &str) -> io::Result<Vec<RawFile>> {
    let mut magic = Vec::new();
    (&mut packed).take(6).read_to_end(&mut magic)?;
    let packed = io::Cursor::new(magic.clone()).chain(packed);
    let plain: Box<dyn Read + '_> = match magic.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(flate2::read::MultiGzDecoder::new(packed)),
        [0xfd, b'7', b'z', b'X', b'Z', 0] => Box::new(lzma_rust2::XzReader::new(packed, true)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::Decoder::new(packed)?),
        _ => Box::new(packed),
    };
    let mut files = Vec::new();
    for entry in tar::Archive::new(plain.take(ARCHIVE_LIMIT)).entries()? {
        let entry = entry?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if entry.header().entry_type().is_file() && belongs_to(extension, name) {
            let (folder, name) = (folder.trim_start_matches('.').to_owned(), name.to_owned());
            files.push(RawFile {
                folder,
                name,
                bytes: limited(entry)?,
            });
        }
    }
    Ok(files)
}

fn limited(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(FILE_LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "one of its files is larger than 16 MiB",
        ));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_extension_itself_is_taken() {
        for name in [
            "pg_partman.control",
            "pg_partman--5.5.0.sql",
            "pg_partman--5.2.4--5.5.0.sql",
            "pg_partman--5.control",
        ] {
            assert!(belongs_to("pg_partman", name), "{name}");
        }
        for name in [
            "pg_partman_bgw.so",
            "pg_partman.sql",
            "pg_partman_extra--1.sql",
            "pg_partman--1.sql.orig",
            "plpgsql.control",
        ] {
            assert!(!belongs_to("pg_partman", name), "{name}");
        }
    }

    #[test]
    fn tarballs_are_told_by_their_bytes() {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.set_size(3);
        header.set_mode(0o644);
        tar.append_data(&mut header, "p-1/x.control", &b"abc"[..])
            .expect("a tar");
        let plain = tar.into_inner().expect("a tar");
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut gz, &plain).expect("gzip");
        let gz = gz.finish().expect("gzip");
        let zst = zstd::encode_all(plain.as_slice(), 1).expect("zstd");
        let expected = RawFile {
            folder: "p-1".into(),
            name: "x.control".into(),
            bytes: b"abc".to_vec(),
        };
        for packed in [plain, gz.clone(), zst] {
            assert_eq!(
                of_tar(packed.as_slice(), "x").expect("files"),
                std::slice::from_ref(&expected)
            );
        }
        assert!(
            of_tar(&gz[..gz.len() / 2], "x").is_err(),
            "half a tarball is an error"
        );
    }
}
