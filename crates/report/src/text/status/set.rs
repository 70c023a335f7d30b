//! One set in a status: its state, what is known of it, and its partitions in a table.

use std::fmt::Write;

use anstyle::Style;
use partman_core::assess::Adoptable;
use partman_core::phrase;
use partman_core::summary::{PartitionSummary, SetSummary};
use partman_rollout::status::Overall;

use crate::facts;
use crate::text::style::{BAD, BOLD, CAREFUL, DIM, GOOD, bytes, paint, table};
use crate::words::Language;

/// Partitions that are shown of a set before the middle is left out.
const SHOWN: usize = 12;

/// The style of the verdict on everything.
pub(super) fn overall(overall: Overall) -> Style {
    match overall {
        Overall::Deployed => GOOD,
        Overall::Degraded => BAD,
        Overall::Absent | Overall::Ready => CAREFUL,
    }
}

/// The set, already in this language.
pub(super) fn one(set: &SetSummary, language: Language) -> String {
    let mut text = String::new();
    let style = match (set.managed, set.adoptable) {
        (true, _) => GOOD,
        (_, Adoptable::No) => DIM,
        _ => CAREFUL,
    };
    let state = paint(style, language.say(&facts::state(set)));
    let _ = writeln!(text, "{}  {state}", paint(BOLD, &set.parent));
    let parts: Vec<String> = facts::set(set).iter().map(|p| language.say(p)).collect();
    let _ = writeln!(text, "  {}", parts.join(", "));
    for reason in set.reasons.iter().filter(|_| !set.managed) {
        let _ = writeln!(text, "  - {reason}");
    }
    for mend in set.mends.iter().filter(|_| !set.managed) {
        let _ = writeln!(text, "  + {mend}");
    }
    for mend in set.declined.iter().filter(|_| !set.managed) {
        let _ = writeln!(text, "  · {}", language.say(&facts::declined(mend)));
    }
    for note in set.notes.iter().filter(|_| !set.managed) {
        let _ = writeln!(text, "  · {note}");
    }
    text + &partitions(set, language)
}

fn partitions(set: &SetSummary, language: Language) -> String {
    let header = facts::partition_columns().map(|name| language.say(&name));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut rows = table(&header);
    let left_out = set.partitions.len().saturating_sub(SHOWN);
    for (place, partition) in set.partitions.iter().enumerate() {
        let half = SHOWN / 2;
        if left_out > 0 && place >= half && place < set.partitions.len() - half {
            if place == half {
                rows.add_row([language.say(&phrase!("… {n} more …", n = left_out))]);
            }
            continue;
        }
        rows.add_row(row(partition, None));
    }
    if let Some(default) = &set.default {
        rows.add_row(row(default, Some("DEFAULT")));
    }
    if set.partitions.is_empty() && set.default.is_none() {
        String::new()
    } else {
        format!("{rows}\n")
    }
}

fn row(partition: &PartitionSummary, range: Option<&str>) -> Vec<String> {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    vec![
        partition.name.to_string(),
        range.map_or_else(|| or_dash(&partition.from), str::to_owned),
        range.map_or_else(|| or_dash(&partition.to), |_| String::new()),
        partition
            .rows
            .map_or_else(|| "-".to_owned(), |n| n.to_string()),
        partition.bytes.map_or_else(|| "-".to_owned(), bytes),
    ]
}
