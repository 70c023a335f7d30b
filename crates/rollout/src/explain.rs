//! What the ids of findings, of steps and of mends mean, for `partman explain`.
//!
//! The words of a finding stand with its rule, in the core, in `backups` or in `deploy`, those of a step in `steps`. A step is found by its verb
//! (`create-partition`) and by a whole id as plans print it (`create-partition:public.events_p20251101`).

mod steps;

use partman_core::check::{self, Meta};
use partman_core::mend::MendKind;
use serde::Serialize;

use crate::{backups, deploy, unreachable};

pub use steps::StepMeaning;

/// What an id stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A rule, and the findings that it makes.
    Finding,
    /// A step of a plan.
    Step,
    /// What a plan repairs, and somebody can decline; where it is a single step, that one explains it.
    Mend,
}

/// One id in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The id.
    pub id: &'static str,
    /// What it stands for.
    pub kind: Kind,
    /// What it says, in one line.
    pub title: &'static str,
}

/// One id and all that there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The id in a line.
    #[serde(flatten)]
    pub entry: Entry,
    /// The page, in Markdown.
    pub page: String,
}

/// Every id: those of findings, then those of steps in the order in which plans have them, then those of other mends.
pub fn entries() -> Vec<Entry> {
    let findings = metas().map(|meta| Entry {
        id: meta.id,
        kind: Kind::Finding,
        title: meta.title,
    });
    let steps = steps::ALL.iter().map(StepMeaning::entry);
    let mends = mends().map(|mend| Entry {
        id: mend.id(),
        kind: Kind::Mend,
        title: mend.meaning(),
    });
    findings.chain(steps).chain(mends).collect()
}

/// Mends that are more than one step, or another one in some plans.
fn mends() -> impl Iterator<Item = MendKind> {
    let all = MendKind::ALL.iter().copied();
    all.filter(|mend| steps::find(mend.id()).is_none())
}

fn mend_page(mend: MendKind) -> String {
    let (id, meaning) = (mend.id(), mend.meaning());
    format!(
        "# {id}\n\nA mend: {meaning}.\n\n## What it does to a set\n\n`partman plan` shows its steps, each with its SQL, its locks \
         and its way back; `partman explain` has a page for each of them.\n\n## How to decline it\n\n`--decline {id}`, or \
         `decline = [\"{id}\"]` in the `[[set]]`.\n"
    )
}

/// The rules about the database, then those about its backups and its container.
fn metas() -> impl Iterator<Item = &'static Meta> {
    let database = check::registry().iter().map(|rule| rule.meta());
    database
        .chain(&backups::META)
        .chain(&deploy::META)
        .chain([&unreachable::META])
}

/// What this id means; `None` if there is no such id.
pub fn explain(id: &str) -> Option<Explanation> {
    let verb = id.split(':').next().unwrap_or(id);
    let entry = entries().into_iter().find(|entry| entry.id == verb)?;
    let page = match entry.kind {
        Kind::Finding => metas().find(|meta| meta.id == entry.id)?.page(),
        Kind::Step => steps::find(entry.id)?.page(),
        Kind::Mend => mend_page(mends().find(|mend| mend.id() == entry.id)?),
    };
    Some(Explanation { entry, page })
}

/// The id that was perhaps meant.
pub fn nearest(id: &str) -> Option<&'static str> {
    let distance = |entry: &Entry| strsim::osa_distance(id, entry.id);
    let best = entries().into_iter().min_by_key(distance)?;
    (distance(&best) <= id.len().max(3) / 3).then_some(best.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_unique_and_explained() {
        let mut ids: Vec<_> = entries().iter().map(|entry| entry.id).collect();
        for id in &ids {
            let page = explain(id).expect("it is listed").page;
            assert!(
                page.starts_with(&format!("# {id}\n")) && page.contains("## "),
                "{page}"
            );
        }
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }

    #[test]
    fn whatever_a_plan_calls_a_mend_is_explained() {
        for mend in MendKind::ALL {
            assert!(explain(mend.id()).is_some(), "{mend}");
        }
    }

    #[test]
    fn a_step_is_found_by_the_id_that_plans_print() {
        let found =
            explain("create-partition:public.events_p20251101").map(|found| found.entry.kind);
        assert_eq!(found, Some(Kind::Step));
        assert_eq!(explain("create-partitions"), None);
        assert_eq!(nearest("create-partitions"), Some("create-partition"));
        assert_eq!(nearest("something else altogether"), None);
    }
}
