//! What the ids of findings and of steps mean, for `partman explain`.
//!
//! The words of a finding stand with its rule, in the core, in `backups` or in `deploy`, those of a step in `steps`. A step is found by its verb
//! (`create-partition`) and by a whole id as plans print it (`create-partition:public.events_p20251101`).

mod steps;

use partman_core::check::{self, Meta};
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

/// Every id: those of findings, then those of steps in the order in which plans have them.
pub fn entries() -> Vec<Entry> {
    let findings = metas().map(|meta| Entry {
        id: meta.id,
        kind: Kind::Finding,
        title: meta.title,
    });
    let steps = steps::ALL.iter().map(StepMeaning::entry);
    findings.chain(steps).collect()
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
    fn a_step_is_found_by_the_id_that_plans_print() {
        let found =
            explain("create-partition:public.events_p20251101").map(|found| found.entry.kind);
        assert_eq!(found, Some(Kind::Step));
        assert_eq!(explain("create-partitions"), None);
        assert_eq!(nearest("create-partitions"), Some("create-partition"));
        assert_eq!(nearest("something else altogether"), None);
    }
}
