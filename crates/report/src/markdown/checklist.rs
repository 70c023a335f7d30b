//! The parts of an installation, each with how far it is: from this come the summary, what is done, what remains, and what
//! to mind before deploying.

use std::fmt;

use partman_core::assess::Adoptable;
use partman_core::check::Severity;
use partman_core::phrase;
use partman_core::summary::{NamesAre, SetSummary};
use partman_core::words::Phrase;
use partman_rollout::status::{ContainerStatus, FileState, Overall, Status};

use super::configured::Configured;
use super::say;
use super::table::table;
use crate::facts;
use crate::words::Language;

/// How far something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Done,
    Careful,
    Missing,
    /// Nothing has to be done.
    None,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done => "✅",
            Self::Careful => "⚠️",
            Self::Missing => "❌",
            Self::None => "➖",
        })
    }
}

/// The mark of the whole.
pub(super) fn mark_of(overall: Overall) -> String {
    let mark = match overall {
        Overall::Deployed => Mark::Done,
        Overall::Ready => Mark::Careful,
        Overall::Absent | Overall::Degraded => Mark::Missing,
    };
    mark.to_string()
}

/// The mark of a finding.
pub(super) fn mark_of_finding(severity: Severity) -> Mark {
    match severity {
        Severity::Error => Mark::Missing,
        Severity::Warning => Mark::Careful,
        Severity::Info => Mark::None,
    }
}

/// One part.
struct Item {
    part: Phrase,
    mark: Mark,
    state: Phrase,
    /// What is done once the mark says so, else what there is to do; nothing for what stays as it is.
    task: Option<Phrase>,
}

/// All parts, in the language of the page.
pub(super) struct Checklist {
    items: Vec<Item>,
    warnings: Vec<Phrase>,
    language: Language,
}

impl Checklist {
    pub(super) fn new(status: &Status, configured: &Configured, language: Language) -> Self {
        let mut items = Vec::new();
        items.extend(files(status));
        items.extend(
            status
                .container
                .iter()
                .flat_map(|c| [Some(container(c)), image(c)])
                .flatten(),
        );
        items.push(extension(status));
        items.extend(status.sets.iter().map(set));
        items.push(configuration(configured));
        items.push(backup(status));
        items.extend(errors(status));
        Self {
            items,
            warnings: warnings(status),
            language,
        }
    }

    /// Part, state and what there is to say, in a table.
    pub(super) fn summary(&self, language: Language) -> Option<String> {
        let header = [phrase!("Part"), phrase!("State"), phrase!("Description")];
        let rows = self.items.iter().map(|item| {
            [
                say(language, &item.part),
                item.mark.to_string(),
                say(language, &item.state),
            ]
        });
        table(header.map(|name| say(language, &name)), rows)
    }

    pub(super) fn done(&self) -> Vec<String> {
        let done = self.items.iter().filter(|item| item.mark == Mark::Done);
        self.said(done.filter_map(|item| item.task.as_ref()))
    }

    pub(super) fn remaining(&self) -> Vec<String> {
        let open = self.items.iter().filter(|item| item.mark != Mark::Done);
        self.said(open.filter_map(|item| item.task.as_ref()))
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        self.said(&self.warnings)
    }

    fn said<'p>(&self, phrases: impl IntoIterator<Item = &'p Phrase>) -> Vec<String> {
        let phrases = phrases.into_iter();
        phrases.map(|phrase| say(self.language, phrase)).collect()
    }
}

fn files(status: &Status) -> Option<Item> {
    let worst = status.files.iter().map(|file| match file.state {
        FileState::Present => Mark::Done,
        FileState::Drifted => Mark::Careful,
        FileState::Missing => Mark::Missing,
    });
    let mark = worst.max_by_key(|mark| *mark as u8)?;
    Some(Item {
        part: phrase!("Implementation files"),
        mark,
        state: facts::files(&status.files),
        task: Some(match mark {
            Mark::Done => phrase!("the implementation files are in place"),
            _ => phrase!("complete the implementation files"),
        }),
    })
}

fn container(container: &ContainerStatus) -> Item {
    let unwell = container
        .health
        .as_deref()
        .is_some_and(|health| health != "healthy");
    let (mark, task) = match (container.running, unwell) {
        (true, false) => (Mark::Done, phrase!("the container runs")),
        (true, true) => (
            Mark::Careful,
            phrase!("see why the container isn't healthy"),
        ),
        (false, _) => (Mark::Missing, phrase!("start the container")),
    };
    let state = match &container.health {
        Some(health) => phrase!(
            "{state}, {health}",
            state = facts::running(container),
            health = facts::health(health)
        ),
        None => facts::running(container),
    };
    let name = &container.name;
    Item {
        part: phrase!("Container {name}", name),
        mark,
        state,
        task: Some(task),
    }
}

fn image(container: &ContainerStatus) -> Option<Item> {
    let expected = container.expected_image.as_ref()?;
    let image = &container.image;
    let (mark, state, task) = match container.expected_image_built {
        _ if !facts::is_other_image(container) => (
            Mark::Done,
            phrase!("the container runs the expected image"),
            phrase!("the expected image runs"),
        ),
        Some(true) => (
            Mark::Careful,
            phrase!("built; the container runs {image}", image),
            phrase!("create the container anew from {expected}", expected),
        ),
        _ => (
            Mark::Missing,
            phrase!("not built; the container runs {image}", image),
            phrase!("build the image {expected}", expected),
        ),
    };
    Some(Item {
        part: phrase!("Image {expected}", expected),
        mark,
        state,
        task: Some(task),
    })
}

fn extension(status: &Status) -> Item {
    let seen = &status.extension;
    let (mark, task) = match (&seen.installed, &seen.available) {
        (Some(_), _) => (
            Mark::Done,
            phrase!("pg_partman is installed in the database"),
        ),
        (None, Some(_)) => (
            Mark::Careful,
            phrase!("install pg_partman in the database (partman migrate does it)"),
        ),
        (None, None) => (
            Mark::Missing,
            phrase!("give the server the files of pg_partman"),
        ),
    };
    Item {
        part: phrase!("Extension pg_partman"),
        mark,
        state: facts::extension(seen),
        task: Some(task),
    }
}

fn set(set: &SetSummary) -> Item {
    let parent = &set.parent;
    let (mark, task) = match (set.managed, set.adoptable) {
        (true, _) => (
            Mark::Done,
            Some(phrase!("{parent} is under pg_partman", parent)),
        ),
        (_, Adoptable::Yes | Adoptable::YesWithMend) => (
            Mark::Careful,
            Some(phrase!("put {parent} under pg_partman", parent)),
        ),
        (_, Adoptable::NeedsDecision) => (
            Mark::Careful,
            Some(phrase!("decide what is open about {parent}", parent)),
        ),
        (_, Adoptable::No) => (Mark::None, None),
    };
    Item {
        part: phrase!("Table {parent}", parent),
        mark,
        state: phrase!(
            "{state} (partitions: {n})",
            state = facts::state(set),
            n = set.partitions.len() + usize::from(set.default.is_some())
        ),
        task,
    }
}

fn configuration(configured: &Configured) -> Item {
    let (mark, state, task) = match configured.rows.len() {
        0 => (
            Mark::Missing,
            phrase!("pg_partman has no table configured"),
            None,
        ),
        n => (
            Mark::Done,
            phrase!("tables configured in pg_partman: {n}", n),
            Some(phrase!("pg_partman is configured")),
        ),
    };
    Item {
        part: phrase!("Configuration of pg_partman"),
        mark,
        state,
        task,
    }
}

fn backup(status: &Status) -> Item {
    let (mark, state, task) = match &status.backup {
        None => (
            Mark::Careful,
            phrase!("none that partman knows of"),
            phrase!("make a backup and prove that it restores"),
        ),
        Some(backup) => match &backup.proof {
            Some(proof) if proof.fresh => (
                Mark::Done,
                facts::proof(backup),
                phrase!("there is a backup that is proven to restore"),
            ),
            _ => (
                Mark::Careful,
                facts::proof(backup),
                phrase!("prove that the newest backup restores"),
            ),
        },
    };
    Item {
        part: phrase!("Backup"),
        mark,
        state,
        task: Some(task),
    }
}

fn errors(status: &Status) -> Option<Item> {
    let errors = status
        .findings
        .iter()
        .filter(|f| f.severity == Severity::Error);
    let state = match errors.count() {
        0 => return None,
        1 => phrase!("1 error"),
        n => phrase!("{n} errors", n),
    };
    Some(Item {
        part: phrase!("Findings"),
        mark: Mark::Missing,
        state,
        task: Some(phrase!("see to the findings of severity error")),
    })
}

/// What is special about this database; what always holds is in the template.
fn warnings(status: &Status) -> Vec<Phrase> {
    let mut warnings = Vec::new();
    let is_proven =
        |b: &partman_rollout::status::BackupStatus| b.proof.as_ref().is_some_and(|p| p.fresh);
    if !status.backup.as_ref().is_some_and(is_proven) {
        warnings.push(phrase!(
            "no backup is proven to restore: make sure of one before anything is changed"
        ));
    }
    let open = |set: &&SetSummary| !set.managed && set.adoptable <= Adoptable::YesWithMend;
    for set in status
        .sets
        .iter()
        .filter(open)
        .filter(|set| set.names == NamesAre::Renamed)
    {
        let parent = &set.parent;
        warnings.push(phrase!(
            "the partitions of {parent} get other names: SQL that names them has to change with them",
            parent
        ));
    }
    for set in status
        .sets
        .iter()
        .filter(|set| !set.managed && set.adoptable == Adoptable::NeedsDecision)
    {
        let parent = &set.parent;
        warnings.push(phrase!(
            "{parent} stays as it is until somebody has decided",
            parent
        ));
    }
    if status.container.as_ref().is_some_and(facts::is_other_image) {
        warnings.push(phrase!(
            "what is installed in a container is gone when it is created anew from an image without it"
        ));
    }
    warnings
}
