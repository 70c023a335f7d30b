//! `partman plan`: what will be done, in SQL and locks, before it is done.

use std::collections::BTreeSet;
use std::fmt::Write;

use partman_core::assess::Adoptable;
use partman_core::mend::MendKind;
use partman_core::phrase;
use partman_core::plan::{Plan, PlannedStep};
use partman_core::summary::SetSummary;
use partman_core::words::Phrase;

use super::style::{BAD, BOLD, CAREFUL, DIM, GOOD, paint};
use crate::facts;
use crate::words::Language;

/// Sets, then steps with their SQL, locks and way back, then the digest.
pub fn plan(plan: &Plan, language: Language) -> String {
    let plan = &language.plan(plan);
    let mut text = String::new();
    for set in plan.sets.iter().filter(|set| plan.is_for(&set.parent)) {
        text += &one_set(set, language);
    }
    if !plan.refusals.is_empty() {
        let _ = writeln!(
            text,
            "\n{}",
            paint(BAD, language.say(&phrase!("this can't be done as it is:")))
        );
        for refusal in &plan.refusals {
            let _ = writeln!(
                text,
                "  - {}\n    {} {}",
                refusal.what,
                label(&phrase!("help"), language),
                refusal.way_out
            );
        }
        return text;
    }
    if plan.is_empty() {
        let _ = writeln!(
            text,
            "\n{}",
            paint(GOOD, language.say(&phrase!("nothing to do")))
        );
        return text;
    }
    for (place, step) in plan.steps.iter().enumerate() {
        text += &one_step(place + 1, step, language);
    }
    let _ = writeln!(text, "\n{}", language.say(&last_line(plan)));
    if let Some(how) = how_to_decline(plan) {
        let _ = writeln!(text, "{}", language.say(&how));
    }
    text
}

fn last_line(plan: &Plan) -> Phrase {
    let version = plan.version.as_ref().map(ToString::to_string);
    let digest = &plan.digest[..16.min(plan.digest.len())];
    let steps = match plan.steps.len() {
        1 => phrase!("1 step"),
        n => phrase!("{n} steps", n),
    };
    let version = version.unwrap_or_else(|| "?".to_owned());
    let digest = paint(DIM, digest);
    let touches = |kind: &MendKind| !matches!(kind, MendKind::FillGap | MendKind::MoveAside);
    match mends(plan).iter().any(touches) {
        true => phrase!(
            "{steps} with pg_partman {version}; digest {digest}",
            steps,
            version,
            digest
        ),
        false => phrase!(
            "{steps} with pg_partman {version}; existing rows, files and bounds are not touched; digest {digest}",
            steps,
            version,
            digest
        ),
    }
}

/// What it mends in the sets that it adopts.
fn mends(plan: &Plan) -> BTreeSet<MendKind> {
    let sets = plan.sets.iter();
    let adopted = sets.filter(|set| plan.is_for(&set.parent) && !set.managed);
    adopted
        .filter(|set| set.adoptable == Adoptable::YesWithMend)
        .flat_map(|set| set.mend_kinds.iter().copied())
        .collect()
}

/// How the mends of the plan are left out, where there are any.
fn how_to_decline(plan: &Plan) -> Option<Phrase> {
    let kinds = mends(plan);
    let first = kinds.first()?;
    let ids: Vec<&str> = kinds.iter().map(|kind| kind.id()).collect();
    Some(phrase!(
        "mends can be declined ({ids}): {flag}, or {setting} in a [[set]]",
        ids = ids.join(", "),
        flag = format!("--decline {first}"),
        setting = format!("decline = [\"{first}\"]")
    ))
}

/// `help:`, dimmed.
fn label(word: &Phrase, language: Language) -> String {
    paint(DIM, language.say(word) + language.colon())
}

fn one_set(set: &SetSummary, language: Language) -> String {
    let mut text = String::new();
    let (style, verdict) = match (set.managed, set.adoptable) {
        (true, _) => (GOOD, phrase!("under pg_partman already")),
        (_, Adoptable::Yes) => (GOOD, phrase!("can be adopted")),
        (_, Adoptable::YesWithMend) => (GOOD, phrase!("can be adopted after mending")),
        (_, Adoptable::NeedsDecision) => (CAREFUL, phrase!("somebody has to decide first")),
        (_, Adoptable::No) => (BAD, phrase!("can't be adopted")),
    };
    let _ = writeln!(
        text,
        "{}  {}",
        paint(BOLD, &set.parent),
        paint(style, language.say(&verdict))
    );
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
    text
}

fn one_step(number: usize, step: &PlannedStep, language: Language) -> String {
    let mut text = String::new();
    let what = &step.description;
    let _ = writeln!(
        text,
        "\n{} {}",
        paint(BOLD, format!("{number}. {}", what.title)),
        paint(DIM, format!("[{}]", what.id))
    );
    for sql in &what.sql {
        let _ = writeln!(text, "     {sql};");
    }
    let locks: Vec<String> = what
        .locks
        .iter()
        .map(|lock| {
            let lock = phrase!(
                "{mode} on {relation}",
                mode = lock.mode.to_string(),
                relation = lock.relation.to_string()
            );
            language.say(&lock)
        })
        .collect();
    if !locks.is_empty() {
        let _ = writeln!(
            text,
            "   {} {}",
            label(&phrase!("locks"), language),
            locks.join(", ")
        );
    }
    if !what.undo.is_empty() {
        let _ = writeln!(
            text,
            "   {} {}",
            label(&phrase!("undo"), language),
            what.undo.join("; ")
        );
    }
    text
}
