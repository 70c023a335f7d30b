//! `partman status`: the whole picture on a screen or two.

mod set;

use std::fmt::Write;

use partman_core::check::Severity;
use partman_core::phrase;
use partman_core::words::Phrase;
use partman_rollout::status::Status;

use super::check;
use super::style::{BOLD, CAREFUL, GOOD, paint};
use crate::facts;
use crate::words::Language;

/// The picture, from the server to the next command.
pub fn status(status: &Status, language: Language) -> String {
    let status = &language.status(status);
    let mut text = String::new();
    for (name, value) in head(status, language) {
        let _ = writeln!(text, "{} {value}", paint(BOLD, language.say(&name)));
    }
    for set in &status.sets {
        text.push('\n');
        text += &set::one(set, language);
    }
    if status.sets.is_empty() {
        let none = phrase!("no partitioned table is in this database");
        let _ = writeln!(text, "\n{}", language.say(&none));
    }
    findings(status, language, &mut text);
    for gap in &status.gaps_in_view {
        let unseen = language.say(&phrase!("could not be seen")) + language.colon();
        let _ = writeln!(text, "{} {gap}", paint(CAREFUL, unseen));
    }
    next(status, language, &mut text);
    text
}

/// The facts about the whole, each with its name.
fn head(status: &Status, language: Language) -> Vec<(Phrase, String)> {
    let say = |phrase: &Phrase| language.say(phrase);
    let database = &status.database;
    let seen = phrase!(
        "{name} on PostgreSQL {version}, seen by {user} at {at}",
        name = database.name,
        version = database.server_version,
        user = database.user,
        at = facts::moment(database.looked_at)
    );
    let mut head = vec![
        (
            phrase!("Overall"),
            paint(
                set::overall(status.overall),
                say(&facts::overall(status.overall)),
            ),
        ),
        (phrase!("Database"), say(&seen)),
    ];
    if let Some(container) = &status.container {
        let parts: Vec<String> = facts::container(container).iter().map(say).collect();
        let value = format!("{} {}", container.name, parts.join(", "));
        head.push((phrase!("Container"), value));
    }
    let extension = say(&facts::extension(&status.extension));
    head.push((Phrase::verbatim("pg_partman"), extension));
    if !status.files.is_empty() {
        head.push((phrase!("Files"), say(&facts::files(&status.files))));
    }
    if let Some(backup) = &status.backup {
        let fresh = backup.proof.as_ref().is_some_and(|proof| proof.fresh);
        let proof = say(&facts::proof(backup));
        let proof = paint(if fresh { GOOD } else { CAREFUL }, proof);
        let value = format!("{}, {proof}", say(&facts::backup(backup)));
        head.push((phrase!("Backup"), value));
    }
    if let Some(run) = &status.last_run {
        let parts: Vec<String> = facts::run(run).iter().map(say).collect();
        head.push((phrase!("Last run"), parts.join(", ")));
    }
    head
}

fn findings(status: &Status, language: Language, text: &mut String) {
    let worth = status
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Info);
    let worth: Vec<_> = worth.collect();
    if worth.is_empty() {
        return;
    }
    let title = language.say(&phrase!("Findings"));
    let _ = writeln!(text, "\n{}", paint(BOLD, title));
    for finding in worth {
        *text += &check::one(finding, language);
    }
}

fn next(status: &Status, language: Language, text: &mut String) {
    if status.next.is_empty() {
        return;
    }
    let title = language.say(&phrase!("What to do next"));
    let _ = writeln!(text, "\n{}", paint(BOLD, title));
    for step in &status.next {
        let command = format!("$ {}", step.command);
        let _ = writeln!(text, "  {}\n    {command}", step.why);
    }
}
