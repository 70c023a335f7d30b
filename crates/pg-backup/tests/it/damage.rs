//! Damaged backups: digests find everything at once, and what a forger re-digests is found by the level that reads it.

use std::fs;
use std::path::{Path, PathBuf};

use pg_backup::{Backup, Compression, Entry, Kind, Level, ProofState};

use crate::support::{Bench, scratch};

const LEVELS: [Level; 4] = [Level::List, Level::Decode, Level::Count, Level::Rows];

async fn made(compression: Compression) -> (Bench, Backup) {
    let bench = Bench::with_rows(2_000).await;
    let request = bench.request().compression(compression);
    let backup = bench.try_create(&request).await.expect("a backup");
    (bench, backup)
}

/// The biggest file of rows.
fn rows_file(backup: &Backup) -> PathBuf {
    let files = backup
        .manifest
        .files
        .iter()
        .filter(|file| file.path.contains(".dat"));
    let file = files
        .filter(|file| !file.path.contains("toc"))
        .max_by_key(|file| file.bytes);
    backup.path.join(&file.expect("there are rows").path)
}

fn edit(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).expect("it is there");
    change(&mut bytes);
    fs::write(path, bytes).expect("it can be written");
}

fn flip(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
}

/// Writes sizes and digests of the damaged files into the manifest, as if they had been so from the start.
fn forge(backup: &Backup) {
    let path = backup.path.join("manifest.json");
    let mut manifest = backup.manifest.clone();
    manifest
        .files
        .retain(|file| backup.path.join(&file.path).exists());
    for file in &mut manifest.files {
        let bytes = fs::read(backup.path.join(&file.path)).expect("it is there");
        file.bytes = bytes.len() as u64;
        file.blake3 = blake3::hash(&bytes).to_hex().to_string();
    }
    let text = serde_json::to_vec(&manifest).expect("plain data");
    fs::write(&path, &text).expect("it can be written");
    fs::write(
        backup.path.join("manifest.b3"),
        blake3::hash(&text).to_hex().as_str(),
    )
    .expect("it can be written");
}

/// Every level before `level` passes, it and those after it fail in this way.
async fn found_at(bench: &Bench, backup: &Backup, level: Level, kind: Kind) {
    for at in LEVELS {
        let outcome = bench.verify(backup.id(), at).await;
        if at < level {
            outcome.unwrap_or_else(|e| panic!("{at:?} should pass: {e}"));
        } else {
            assert_eq!(outcome.expect_err("it is damaged").kind(), kind, "{at:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_a_cut_file_and_a_missing_one_are_found_by_their_digests() {
    let (bench, backup) = made(Compression::Auto).await;
    let file = rows_file(&backup);
    let whole = fs::read(&file).expect("it is there");
    for (what, said) in [
        ("flipped", "was changed"),
        ("cut", "is cut short"),
        ("gone", "is missing"),
        ("longer", "has grown"),
    ] {
        match what {
            "flipped" => edit(&file, |bytes| flip(bytes)),
            "cut" => edit(&file, |bytes| bytes.truncate(bytes.len() / 2)),
            "longer" => edit(&file, |bytes| bytes.push(0)),
            _ => fs::remove_file(&file).expect("it is there"),
        }
        for level in LEVELS {
            let error = bench.verify(backup.id(), level).await.expect_err(what);
            assert_eq!(error.kind(), Kind::Corrupt);
            assert!(error.to_string().contains(said), "{error}");
        }
        let error = bench
            .prove(backup.id(), &scratch(partman_testkit::Partman::None))
            .await
            .expect_err(what);
        assert_eq!(error.kind(), Kind::Corrupt);
        fs::write(&file, &whole).expect("it can be written");
    }
    bench
        .verify(backup.id(), Level::Rows)
        .await
        .expect("it is whole again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_digests_do_not_tell_decoding_does() {
    let (bench, backup) = made(Compression::Auto).await;
    let file = rows_file(&backup);
    let whole = fs::read(&file).expect("it is there");
    edit(&file, |bytes| flip(bytes));
    forge(&backup);
    found_at(&bench, &backup, Level::Decode, Kind::Corrupt).await;
    fs::write(&file, &whole[..whole.len() / 2]).expect("it can be written");
    forge(&backup);
    found_at(&bench, &backup, Level::Decode, Kind::Corrupt).await;
    fs::remove_file(&file).expect("it is there");
    forge(&backup);
    found_at(&bench, &backup, Level::Decode, Kind::Corrupt).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_decoding_does_not_tell_counting_or_hashing_does() {
    let (bench, backup) = made(Compression::None).await;
    let file = rows_file(&backup);
    let whole = fs::read(&file).expect("it is there");
    edit(&file, |bytes| {
        let digit = bytes.iter().position(u8::is_ascii_digit).expect("an id");
        bytes[digit] ^= 1;
    });
    forge(&backup);
    found_at(&bench, &backup, Level::Rows, Kind::Mismatch).await;

    let line = whole.iter().position(|byte| *byte == b'\n').expect("a row");
    fs::write(&file, &whole[line + 1..]).expect("it can be written");
    forge(&backup);
    found_at(&bench, &backup, Level::Count, Kind::Mismatch).await;

    let error = bench
        .prove(backup.id(), &scratch(partman_testkit::Partman::None))
        .await
        .expect_err("a row is gone");
    assert_eq!(error.kind(), Kind::Mismatch);
    let state = bench
        .store
        .get(backup.id())
        .expect("the manifest is whole")
        .proof;
    let ProofState::Failed(proof) = state else {
        panic!("{state:?}");
    };
    assert!(
        proof.differences[0].contains(" rows instead of 1"),
        "{:?}",
        proof.differences
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_was_cut_is_no_backup() {
    let (bench, backup) = made(Compression::Auto).await;
    edit(&backup.path.join("dump/toc.dat"), |bytes| {
        bytes.truncate(bytes.len() / 2)
    });
    forge(&backup);
    found_at(&bench, &backup, Level::List, Kind::Corrupt).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_backups_are_listed_and_say_what_is_wrong() {
    let (bench, backup) = made(Compression::Auto).await;
    let broken = "20200101T000000Z-app";
    fs::create_dir(bench.store.directory().join(broken)).expect("a folder");
    fs::create_dir(bench.store.directory().join("something else")).expect("a folder");
    let list = bench.store.list().expect("the directory can be read");
    assert_eq!(
        list.iter()
            .map(|entry| entry.id().as_str())
            .collect::<Vec<_>>(),
        [broken, backup.id().as_str()]
    );
    assert!(
        matches!(&list[0], Entry::Broken { why, .. } if why.to_string().contains("manifest can't be read"))
    );

    edit(&backup.path.join("manifest.json"), |bytes| {
        let at = bytes
            .windows(6)
            .position(|part| part == b"\"rows\"")
            .expect("it has tables")
            + 8;
        bytes[at] ^= 1;
    });
    let list = bench.store.list().expect("the directory can be read");
    assert!(
        matches!(&list[1], Entry::Broken { why, .. } if why.to_string().contains("manifest was changed"))
    );
    assert_eq!(
        bench
            .store
            .newest(None)
            .expect("the directory can be read")
            .map(|backup| backup.path),
        None
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_of_another_manifest_does_not_count() {
    let (bench, backup) = made(Compression::Auto).await;
    bench
        .prove(backup.id(), &scratch(partman_testkit::Partman::None))
        .await
        .expect("it can be restored");
    edit(&backup.path.join("globals.sql"), |bytes| bytes.push(b'\n'));
    forge(&backup);
    let state = bench.store.get(backup.id()).expect("it looks whole").proof;
    assert!(matches!(state, ProofState::Invalid { .. }), "{state:?}");
}
