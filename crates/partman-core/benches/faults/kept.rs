//! What came of the trials of each scene, kept until it is tried again: all of them take longer than most people wait.

use std::path::PathBuf;

use crate::{Found, Scenery};

/// Keeps it in the place of what was found before.
pub(crate) fn keep(scene: Scenery, found: &[Found]) {
    let text = serde_json::to_string(found).expect("plain data");
    std::fs::create_dir_all(folder()).expect("a folder for what is found");
    std::fs::write(file(scene), text).expect("room for what is found");
}

/// What was found of this scene last, with its version; nothing where it was never tried.
pub(crate) fn of(scene: Scenery) -> (&'static str, Vec<Found>) {
    let version = scene.0.version().expect("there is a pg_partman");
    let text = std::fs::read_to_string(file(scene)).ok();
    let found = text.map(|text| serde_json::from_str(&text).expect("as it was kept"));
    (version, found.unwrap_or_default())
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("faults")
}

fn file((version, shape): Scenery) -> PathBuf {
    folder().join(format!("{version:?}-{shape:?}.json"))
}
