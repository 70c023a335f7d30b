//! The rules as a list, and their pages: `docs/checks/<id>.md` is generated from the rules and may not be stale.
//!
//! After a change of words: `PARTMAN_UPDATE_DOCS=1 cargo nextest run -p partman-core --test check catalogue`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use partman_core::check::{self, Meta};

fn metas() -> Vec<&'static Meta> {
    check::registry().iter().map(|check| check.meta()).collect()
}

#[test]
fn ids_are_public_and_unique() {
    let mut ids: Vec<&str> = metas().iter().map(|meta| meta.id).collect();
    ids.sort_unstable();
    insta::assert_snapshot!(ids.join("\n"), @r"
    async-partitioning-in-progress
    automatic-maintenance-off
    config-differs
    config-without-table
    control-nullable
    default-blocks-next-partition
    default-has-rows
    detach-pending
    extension-files-missing
    extension-not-available
    extension-not-installed
    fence-left
    horizon-near
    infinite-time-partitions-off
    invalid-index
    maintenance-failing
    maintenance-not-scheduled
    mixed-widths
    old-default-kept
    open-ended-partition
    owner-differs
    parent-lacks-index
    partition-gap
    partition-left
    partition-name-taken
    partition-name-unreadable
    premake-behind
    retention-takes-live-rows
    retention-truncates-bounds
    run-active
    run-stopped
    set-not-adoptable
    set-not-found
    set-not-managed
    time-zone-differs
    undo-in-progress
    version-drift
    ");
    let listed = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), listed, "two rules have one id");
}

#[test]
fn ids_are_kebab_case_and_are_found_again() {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    for meta in metas() {
        assert!(meta.id.split('-').all(word), "{}", meta.id);
        assert_eq!(check::find(meta.id), Some(meta));
        assert_eq!(meta.docs(), format!("docs/checks/{}.md", meta.id));
    }
    assert_eq!(check::find("no-such-rule"), None);
}

#[test]
fn a_page_names_only_rules_that_exist() {
    for meta in metas() {
        let page = meta.page();
        let quoted = page.split('`').skip(1).step_by(2);
        let looks_like_an_id = |text: &&str| {
            text.contains('-')
                && !text.starts_with('-')
                && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
        };
        for id in quoted.filter(looks_like_an_id) {
            assert!(check::find(id).is_some(), "{} names {id}", meta.id);
        }
    }
}

#[test]
fn pages_are_those_of_the_rules() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/checks");
    let mut wanted: BTreeMap<PathBuf, String> = metas()
        .iter()
        .map(|meta| (folder.join(format!("{}.md", meta.id)), meta.page()))
        .collect();
    wanted.insert(folder.join("README.md"), check::index());
    if std::env::var_os("PARTMAN_UPDATE_DOCS").is_some() {
        fs::create_dir_all(&folder).expect("docs/ can be written");
        for (path, text) in &wanted {
            fs::write(path, text).expect("docs/checks/ can be written");
        }
    }
    let how = "run again with PARTMAN_UPDATE_DOCS=1";
    for (path, text) in &wanted {
        let there = fs::read_to_string(path).unwrap_or_default();
        assert!(
            there == *text,
            "{} is stale or missing: {how}",
            path.display()
        );
    }
    for entry in fs::read_dir(&folder).expect("docs/checks is there") {
        let path = entry.expect("it can be read").path();
        assert!(
            wanted.contains_key(&path),
            "{} is no rule's page",
            path.display()
        );
    }
}
