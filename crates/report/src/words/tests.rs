//! Every sentence that can be said in a report has its French counterpart, with the same places.
//!
//! The sentences are found where they stand: in the sources, as the first argument of `phrase!`, and in templates, as the
//! argument of `say`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use partman_core::phrase;

use super::{Language, french};

/// The crates whose words people read in reports.
const CRATES: [&str; 3] = ["partman-core", "report", "rollout"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            files(&path, found);
        } else if !path.ends_with("tests.rs") && !path.ends_with("src/words.rs") {
            found.push(path);
        }
    }
}

/// The string literal that follows `call`, as the compiler reads it, wherever it is called.
fn literals(source: &str, call: &str) -> Vec<String> {
    let calls = source.split(call).skip(1);
    let quoted = calls.filter_map(|after| after.trim_start().strip_prefix('"'));
    quoted.map(literal).collect()
}

fn literal(rest: &str) -> String {
    let mut text = String::new();
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => match chars.next() {
                Some('\n') => {
                    let trimmed = chars.as_str().trim_start();
                    chars = trimmed.chars();
                }
                Some('u') => panic!("write the character itself: {rest:.40}"),
                Some(escaped) => text.push(escaped),
                None => break,
            },
            c => text.push(c),
        }
    }
    text
}

/// Each sentence with the file that it stands in.
fn sentences() -> BTreeMap<String, PathBuf> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths = Vec::new();
    for name in CRATES {
        files(&crates.join(name).join("src"), &mut paths);
    }
    let mut found = BTreeMap::new();
    for path in paths {
        let call = match path.extension().and_then(|end| end.to_str()) {
            Some("rs") => "phrase!(",
            Some("j2") => "say(",
            _ => continue,
        };
        let source = std::fs::read_to_string(&path).expect("it can be read");
        for sentence in literals(&source, call) {
            found.insert(sentence, path.clone());
        }
    }
    found
}

fn places(template: &str) -> BTreeSet<&str> {
    let opened = template.split('{').skip(1);
    opened
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn every_sentence_has_a_french_counterpart() {
    let sentences = sentences();
    assert!(sentences.len() > 200, "only {} were found", sentences.len());
    let missing: Vec<_> = sentences
        .iter()
        .filter(|(sentence, _)| french::template(sentence).is_none())
        .map(|(sentence, path)| format!("{}: {sentence}", path.display()))
        .collect();
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn both_have_the_same_places_and_none_is_left_over() {
    let sentences = sentences();
    let mut seen = BTreeSet::new();
    for (english, french) in french::all() {
        assert_eq!(places(english), places(french), "{english}");
        assert!(seen.insert(english), "twice: {english}");
        assert!(sentences.contains_key(english), "nobody says: {english}");
        assert!(!french.contains('\u{a0}'), "write a plain space: {french}");
    }
}

#[test]
fn names_and_sql_are_not_translated() {
    let said = phrase!("land in {default}", default = "error");
    assert_eq!(Language::French.say(&said), "arrivent dans error");
    assert_eq!(Language::English.say(&said), "land in error");
}
