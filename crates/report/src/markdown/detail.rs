//! The parts of the page in detail: container, extension, sets, files, findings.

use minijinja::{Value, context};
use partman_core::check::Finding;
use partman_core::phrase;
use partman_core::summary::{PartitionSummary, SetSummary};
use partman_core::words::Phrase;
use partman_rollout::status::{ContainerStatus, ExtensionStatus, FileState, FileStatus};

use super::checklist::{Mark, mark_of_finding};
use super::table::table;
use super::{escape, say};
use crate::facts;
use crate::text::{named, size};
use crate::words::Language;

/// Partitions that are shown of a set before the middle is left out.
const SHOWN: usize = 24;

const DASH: &str = "–";

pub(super) fn container(container: &ContainerStatus, language: Language) -> Option<String> {
    let line = |name: Phrase, value: String| [say(language, &name), value];
    let or_dash = |text: &Option<String>| {
        text.as_deref()
            .map_or_else(|| DASH.to_owned(), escape::code)
    };
    let since = container.started_at.filter(|_| container.running);
    let state = match since {
        Some(at) => phrase!(
            "{state} since {at}",
            state = facts::running(container),
            at = facts::moment(at)
        ),
        None => facts::running(container),
    };
    let health = container.health.as_deref().map(facts::health);
    let built = match container.expected_image_built {
        Some(true) => phrase!("yes"),
        Some(false) => phrase!("no"),
        None => Phrase::verbatim(DASH),
    };
    let rows = [
        line(phrase!("State"), say(language, &state)),
        line(
            phrase!("Health"),
            health.map_or_else(|| DASH.to_owned(), |health| say(language, &health)),
        ),
        line(phrase!("Running image"), escape::code(&container.image)),
        line(
            phrase!("Expected image"),
            or_dash(&container.expected_image),
        ),
        line(phrase!("Expected image built"), say(language, &built)),
        line(phrase!("C library"), or_dash(&container.libc)),
    ];
    table(
        [
            say(language, &phrase!("Container")),
            escape::code(&container.name),
        ],
        rows,
    )
}

pub(super) fn extension(extension: &ExtensionStatus, language: Language) -> Option<String> {
    let shown = |value: &Option<String>| {
        value
            .as_deref()
            .map_or_else(|| DASH.to_owned(), escape::code)
    };
    let header = [
        phrase!("available on the server"),
        phrase!("installed in the database"),
        phrase!("schema"),
    ];
    let row = [
        &extension.available,
        &extension.installed,
        &extension.schema,
    ]
    .map(shown);
    table(header.map(|name| say(language, &name)), [row])
}

pub(super) fn files(files: &[FileStatus], language: Language) -> Option<String> {
    let header = [phrase!("file"), phrase!("size"), phrase!("state")];
    let rows = files.iter().map(|file| {
        let bytes = |n: u64| say(language, &phrase!("{n} bytes", n));
        let (mark, state) = match file.state {
            FileState::Present => (Mark::Done, phrase!("present")),
            FileState::Missing => (Mark::Missing, phrase!("missing")),
            FileState::Drifted => (Mark::Careful, phrase!("changed by hand")),
        };
        [
            escape::code(&file.path),
            file.bytes.map_or_else(|| DASH.to_owned(), bytes),
            format!("{mark} {}", say(language, &state)),
        ]
    });
    table(header.map(|name| say(language, &name)), rows)
}

/// Heading, facts, reasons, mends and partitions of a set.
pub(super) fn set(set: &SetSummary, language: Language) -> Value {
    let parts: Vec<String> = facts::set(set)
        .iter()
        .map(|part| say(language, part))
        .collect();
    let unmanaged = |phrases: &[Phrase]| -> Vec<String> {
        let phrases = phrases.iter().filter(|_| !set.managed);
        phrases.map(|phrase| escape::text(phrase)).collect()
    };
    let declined = set.declined.iter().map(facts::declined);
    let declined: Vec<Phrase> = declined.chain(set.notes.iter().cloned()).collect();
    context! {
        parent => escape::code(&set.parent.to_string()),
        state => say(language, &facts::state(set)),
        facts => parts.join(", "),
        reasons => unmanaged(&set.reasons),
        mends => unmanaged(&set.mends),
        declined => unmanaged(&declined),
        partitions => partitions(set, language),
    }
}

fn partitions(set: &SetSummary, language: Language) -> Option<String> {
    let left_out = set.partitions.len().saturating_sub(SHOWN);
    let (first, rest) = set
        .partitions
        .split_at(if left_out > 0 { SHOWN / 2 } else { 0 });
    let mut rows: Vec<[String; 5]> = first.iter().map(|p| row(p, false)).collect();
    if left_out > 0 {
        let more = say(language, &phrase!("… {n} more …", n = left_out));
        rows.push([
            more,
            String::new(),
            String::new(),
            String::new(),
            String::new(),
        ]);
    }
    rows.extend(rest[left_out..].iter().map(|p| row(p, false)));
    rows.extend(set.default.iter().map(|p| row(p, true)));
    table(
        facts::partition_columns().map(|name| say(language, &name)),
        rows,
    )
}

fn row(partition: &PartitionSummary, is_default: bool) -> [String; 5] {
    let bound = |text: &Option<String>| match text {
        _ if is_default => "DEFAULT".to_owned(),
        Some(text) => escape::code(text),
        None => DASH.to_owned(),
    };
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| DASH.to_owned());
    [
        escape::code(&partition.name.to_string()),
        bound(&partition.from),
        bound(&partition.to),
        or_dash(partition.rows.map(|n| n.to_string())),
        or_dash(partition.bytes.map(size)),
    ]
}

pub(super) fn finding(finding: &Finding, language: Language) -> Value {
    context! {
        mark => mark_of_finding(finding.severity).to_string(),
        severity => say(language, &named(finding.severity)),
        id => escape::code(&finding.id),
        subject => escape::code(&finding.subject),
        message => escape::text(&finding.message),
        help => escape::text(&finding.help),
    }
}
