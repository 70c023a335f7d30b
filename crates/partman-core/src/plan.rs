//! Inspection + what is wanted → [`Plan`]: plain data that can be shown, saved, compared, refused and run.
//!
//! Making a plan is pure. Its digest covers the steps by qualified name and nothing of the moment or the server, so the
//! plan of a database and that of its restored copy have the same one; oids are bound when a step looks before it acts.

mod adopt;
mod ends;
mod extension;
mod missing;
mod rename_order;
mod spread;
mod targets;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::assess::{Adoptable, Assessment, Reason, assess};
use crate::model::{Inspection, PartitionSet};
use crate::name::RelationName;
use crate::pg_partman::Version;
use crate::step::{DatabaseStep, Description};
use crate::summary::SetSummary;
use crate::wanted::{WantedExtension, WantedSet};
use crate::{Error, Kind};

pub use extension::version_in_question;
pub(crate) use missing::something_else;
pub(crate) use rename_order::ASIDE;

/// The version tag of a plan.
pub const PLAN_SCHEMA: &str = "partman/plan/1";

/// Which sets a plan is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selection {
    /// These; that one of them can't be adopted is a refusal.
    Named(Vec<WantedSet>),
    /// Every set of the database that can be adopted, with these wishes for some.
    All(Vec<WantedSet>),
}

/// What a plan is made for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The sets.
    pub selection: Selection,
    /// pg_partman itself.
    pub extension: WantedExtension,
}

/// Where a plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The server's `system_identifier`.
    pub system_identifier: String,
    /// The database's name.
    pub database: String,
}

/// One step with what it will do and the data that does it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// For people and for review.
    #[serde(flatten)]
    pub description: Description,
    /// For the runner.
    pub spec: DatabaseStep,
}

impl From<DatabaseStep> for PlannedStep {
    fn from(spec: DatabaseStep) -> Self {
        Self {
            description: spec.as_step().describe(),
            spec,
        }
    }
}

/// What will be done, step by step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`PLAN_SCHEMA`].
    pub schema: String,
    /// Of the steps; see [`Plan::digest_of`].
    pub digest: String,
    /// The server's clock when it was made; decides how many partitions lie ahead.
    pub made_at: Timestamp,
    /// Where it was made.
    pub made_from: Origin,
    /// The version of pg_partman that it is for; `None` when there is none to be had.
    pub version: Option<Version>,
    /// What it was made for.
    pub request: Request,
    /// What there is to say about each set of the database, also those that the plan is not for.
    pub sets: Vec<SetSummary>,
    /// Why it can't be run; then there are no steps.
    pub refusals: Vec<Reason>,
    /// What to do, in order.
    pub steps: Vec<PlannedStep>,
    /// Of everything above; see [`Plan::seal_of`].
    #[serde(default)]
    pub seal: String,
}

impl Plan {
    /// Makes the plan for what was seen.
    pub fn make(inspection: &Inspection, request: &Request) -> Self {
        let version = version_in_question(inspection, &request.extension);
        let judged = version.clone().unwrap_or_default();
        let mut refusals = Vec::new();
        let assessed = assess_selection(inspection, &request.selection, &judged, &mut refusals);
        let to_adopt: Vec<&(WantedSet, Assessment)> = assessed
            .iter()
            .filter(|(_, seen)| !seen.managed && seen.adoptable() <= Adoptable::YesWithMend)
            .collect();
        let mut steps = Vec::new();
        if !to_adopt.is_empty() {
            match extension::steps(inspection, &request.extension, version.as_ref()) {
                Ok((schema, first)) => {
                    steps.extend(first);
                    for (wanted, seen) in &to_adopt {
                        adopt::steps(inspection, wanted, seen, &judged, &schema, &mut steps);
                    }
                }
                Err(reason) => refusals.push(*reason),
            }
        }
        refusals.extend(targets::clash(inspection, &steps));
        if !refusals.is_empty() {
            steps.clear();
        }
        let steps: Vec<PlannedStep> = steps.into_iter().map(Into::into).collect();
        let server = &inspection.server;
        let mut plan = Self {
            schema: PLAN_SCHEMA.to_owned(),
            digest: Self::digest_of(&steps),
            made_at: server.now,
            made_from: Origin {
                system_identifier: server.system_identifier.clone(),
                database: server.database.clone(),
            },
            version,
            request: request.clone(),
            sets: summaries(inspection, &assessed, &judged),
            refusals,
            steps,
            seal: String::new(),
        };
        plan.seal = plan.sealed();
        plan
    }

    /// Seals it after its words were changed: what it does is not.
    pub fn seal_anew(&mut self) {
        self.seal = self.sealed();
    }

    fn sealed(&self) -> String {
        Self::seal_of(serde_json::to_value(self).expect("plans are plain data with string keys"))
    }

    /// BLAKE3 of a whole plan as JSON, whatever the order of its keys, without its seal. The digest is for comparing what
    /// two plans do; the seal tells whether anybody wrote into this one.
    pub fn seal_of(mut plan: serde_json::Value) -> String {
        if let Some(fields) = plan.as_object_mut() {
            fields.remove("seal");
        }
        plan.sort_all_objects();
        let json = plan.to_string();
        blake3::hash(json.as_bytes()).to_hex().to_string()
    }

    /// BLAKE3 of the steps as JSON.
    pub fn digest_of(steps: &[PlannedStep]) -> String {
        let specs: Vec<&DatabaseStep> = steps.iter().map(|step| &step.spec).collect();
        let json = serde_json::to_vec(&specs).expect("steps are plain data with string keys");
        blake3::hash(&json).to_hex().to_string()
    }

    /// Reads a saved plan and proves that it is whole.
    ///
    /// # Errors
    /// [`Kind::Settings`] when it is no plan, of another version, or was altered.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let broken = |what: &str| {
            Error::new(
                Kind::Settings,
                format!("this is not a plan that can be run: {what}"),
            )
        };
        let unreadable = |e: serde_json::Error| broken("it can't be read").with_source(e);
        let value: serde_json::Value = serde_json::from_str(text).map_err(unreadable)?;
        match value.get("schema").and_then(serde_json::Value::as_str) {
            Some(PLAN_SCHEMA) => {}
            Some(other) => {
                return Err(broken(&format!(
                    "it is of the form {other:?}, not {PLAN_SCHEMA:?}"
                )));
            }
            None => return Err(broken("it doesn't say of which form it is")),
        }
        let told = value.get("seal").and_then(serde_json::Value::as_str);
        if told != Some(Self::seal_of(value.clone()).as_str()) {
            return Err(broken(
                "it was altered after it was made, or was cut off; make it again with partman plan --out, and change what is \
                 wanted in the configuration",
            ));
        }
        let plan: Self = serde_json::from_value(value).map_err(unreadable)?;
        let described = plan
            .steps
            .iter()
            .all(|step| step.spec.as_step().describe() == step.description);
        if plan.digest != Self::digest_of(&plan.steps) || !described {
            return Err(broken(
                "its steps don't match its digest; make it again with partman plan --out",
            ));
        }
        Ok(plan)
    }

    /// Makes the plan anew for what is seen now, at the moment of this plan, and compares.
    ///
    /// # Errors
    /// [`Kind::Changed`] when the database is another one, or its sets have changed.
    pub fn still_holds(&self, inspection: &Inspection) -> Result<(), Error> {
        let server = &inspection.server;
        let here = Origin {
            system_identifier: server.system_identifier.clone(),
            database: server.database.clone(),
        };
        if here != self.made_from {
            let (made, here) = (&self.made_from, &here);
            let why = if made.system_identifier == here.system_identifier {
                format!(
                    "the plan was made from database {} of this server, and this is database {}; name the right one with \
                     --database",
                    made.database, here.database
                )
            } else {
                format!(
                    "the plan was made from database {} of another server than this one (its system identifier is {}, here \
                     it is {}); connect to that one, or make the plan again here",
                    made.database, made.system_identifier, here.system_identifier
                )
            };
            return Err(Error::new(Kind::Changed, why));
        }
        let mut then = inspection.clone();
        then.server.now = self.made_at;
        let anew = Self::make(&then, &self.request);
        if anew.digest == self.digest {
            return Ok(());
        }
        Err(Error::new(
            Kind::Changed,
            format!(
                "the database has changed since the plan was made: {}",
                self.difference(&anew)
            ),
        ))
    }

    fn difference(&self, anew: &Self) -> String {
        if let Some(refusal) = anew.refusals.first() {
            return refusal.what.to_string();
        }
        let ids = |plan: &Self| {
            plan.steps
                .iter()
                .map(|step| step.description.id.clone())
                .collect::<Vec<_>>()
        };
        let (before, now) = (ids(self), ids(anew));
        let gone = before
            .iter()
            .find(|id| !now.contains(id))
            .map(|id| format!("{id} is no longer needed or possible"));
        let new = now
            .iter()
            .find(|id| !before.contains(id))
            .map(|id| format!("{id} is needed now"));
        gone.or(new)
            .unwrap_or_else(|| "a step has other details".to_owned())
    }

    /// Whether the plan is for this set; where nobody named any, it is for all that can be adopted.
    pub fn is_for(&self, parent: &RelationName) -> bool {
        match &self.request.selection {
            Selection::All(_) => true,
            Selection::Named(sets) => sets.iter().any(|set| set.parent == *parent),
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The time zones in which maintenance will be called, each once.
    pub(crate) fn time_zones(&self) -> BTreeSet<&str> {
        let maintained = self.steps.iter().filter_map(|step| match &step.spec {
            DatabaseStep::Maintain(maintain) => Some(maintain.time_zone.as_str()),
            _ => None,
        });
        maintained.collect()
    }

    /// The parents that the plan adopts.
    pub fn adopts(&self) -> Vec<&RelationName> {
        self.steps
            .iter()
            .filter_map(|step| match &step.spec {
                DatabaseStep::Configure(configure) => Some(&configure.parent),
                _ => None,
            })
            .collect()
    }
}

/// Every set, as it is wanted where somebody wants something of it.
fn summaries(
    inspection: &Inspection,
    assessed: &[(WantedSet, Assessment)],
    version: &Version,
) -> Vec<SetSummary> {
    let one = |set: &PartitionSet| {
        let wanted = assessed.iter().find(|(_, seen)| seen.parent == set.name);
        match wanted {
            Some((_, seen)) => SetSummary::new(seen, set),
            None => {
                let wanted = WantedSet::new(set.name.clone());
                SetSummary::new(&assess(inspection, set, &wanted, version), set)
            }
        }
    };
    inspection.sets.iter().map(one).collect()
}

fn assess_selection(
    inspection: &Inspection,
    selection: &Selection,
    version: &Version,
    refusals: &mut Vec<Reason>,
) -> Vec<(WantedSet, Assessment)> {
    match selection {
        Selection::All(wishes) => inspection
            .sets
            .iter()
            .map(|set| {
                let wish = wishes.iter().find(|wish| wish.parent == set.name);
                let wanted = wish
                    .cloned()
                    .unwrap_or_else(|| WantedSet::new(set.name.clone()));
                let seen = assess(inspection, set, &wanted, version);
                (wanted, seen)
            })
            .collect(),
        Selection::Named(wanted) => {
            let mut assessed = Vec::new();
            for wanted in wanted {
                let Some(set) = inspection.set(&wanted.parent) else {
                    refusals.push(missing::no_such_table(inspection, &wanted.parent));
                    continue;
                };
                let seen = assess(inspection, set, wanted, version);
                // What pg_partman has already is refused for what stands in its row only.
                let counts =
                    |reason: &&Reason| !seen.managed || reason.code.is_of_the_configuration();
                refusals.extend(seen.reasons.iter().filter(counts).cloned());
                assessed.push((wanted.clone(), seen));
            }
            assessed
        }
    }
}
