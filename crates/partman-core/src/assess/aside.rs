//! Names that new partitions need and something else has. pg_partman asks only whether a name is there, so whatever has it
//! makes a hole that nobody reports.
//!
//! A plain table is renamed aside where nobody would miss its name: nothing in the database depends on it, no function
//! mentions it, and it can't be the very partition that is missing, for it is empty or has other columns. One with the set's
//! columns and rows in it may be a partition that was detached: whether its rows belong back into the set or were taken out
//! on purpose can't be seen, and once there is a new partition in its place they can't be attached any more. So that is a
//! question, as is everything else that has such a name.

use std::collections::{HashMap, HashSet};

use super::{Adoptable, Assessment, Code, MendKind, mentioned_by, own_names};
use crate::coverage::Range;
use crate::model::{Inspection, PartitionSet, Stray, StrayKind};
use crate::name::{MAX_IDENTIFIER_BYTES, RelationName, quote_ident, quote_literal};
use crate::pg_partman::Suffix;
use crate::phrase;
use crate::step::MoveAside;
use crate::time_zone::Zone;
use crate::wanted::Names;
use crate::words::{Phrase, list};

/// A name that is needed, and the range of the partition that is created under it; none for one that is renamed.
type Needed = (RelationName, Option<Range>);

/// Something in the way that a person has to look at.
struct Clash<'a> {
    needed: &'a Needed,
    stray: Option<&'a Stray>,
    why: Phrase,
}

/// Adds a mend for each table that can be moved aside, and a reason for what can't.
pub(super) fn make_room(
    inspection: &Inspection,
    set: &PartitionSet,
    suffix: &Suffix,
    zone: &Zone,
    seen: &mut Assessment,
) {
    let needed = needed(set, suffix, zone, seen);
    let strays = inspection.strays.iter();
    let strays: HashMap<&RelationName, &Stray> = strays.map(|stray| (&stray.name, stray)).collect();
    let mut taken = Taken::of(inspection, set, suffix, zone, seen);
    let mut clashes = Vec::new();
    for one in &needed {
        let (name, range) = one;
        let Some(stray) = strays.get(name).copied() else {
            if range.is_some() && taken.has(name) {
                clashes.push(Clash {
                    needed: one,
                    stray: None,
                    why: phrase!("another partition or parent"),
                });
            }
            continue;
        };
        if let Some(why) = question(inspection, set, stray, seen) {
            clashes.push(Clash {
                needed: one,
                stray: Some(stray),
                why,
            });
            continue;
        }
        let to = aside(name, |other| taken.has(other) || strays.contains_key(other));
        taken.given.insert(name.sibling(to.clone()));
        move_aside(set, stray, to, seen);
    }
    if !clashes.is_empty() {
        refuse(set, &clashes, seen);
    }
}

/// The names of what is created, and the new ones of partitions that get some.
fn needed(set: &PartitionSet, suffix: &Suffix, zone: &Zone, seen: &Assessment) -> Vec<Needed> {
    let created = seen.to_create.iter();
    let created = created.map(|new| (new.name.clone(), Some((new.from, new.to))));
    let renamed = own_names(set, suffix, zone).into_iter();
    let renamed = renamed
        .filter(|_| seen.names == Names::Rename)
        .filter_map(|(now, own)| Some((own.filter(|own| *own != now)?, None)));
    created.chain(renamed).collect()
}

/// The names that partitions and parents have, or will have.
struct Taken<'i> {
    inspection: &'i Inspection,
    /// The set whose partitions give up the names that they have.
    renamed: Option<&'i RelationName>,
    /// Names beside those of the catalog.
    given: HashSet<RelationName>,
}

impl<'i> Taken<'i> {
    fn of(
        inspection: &'i Inspection,
        set: &'i PartitionSet,
        suffix: &Suffix,
        zone: &Zone,
        seen: &Assessment,
    ) -> Self {
        let renames = seen.names == Names::Rename;
        let own = match renames {
            true => own_names(set, suffix, zone),
            false => Vec::new(),
        };
        let default = set.default_partition().map(|default| default.name.clone());
        let own = own.into_iter().filter_map(|(_, own)| own);
        Self {
            inspection,
            renamed: renames.then_some(&set.name),
            given: own.chain(default).collect(),
        }
    }

    /// Looks through all names: few are asked for, and there may be a hundred sets whose plans would each gather them.
    fn has(&self, name: &RelationName) -> bool {
        let is = |other: &RelationName| other.name == name.name && other.schema == name.schema;
        let sets = &self.inspection.sets;
        let stays = |set: &&PartitionSet| self.renamed != Some(&set.name);
        self.given.contains(name)
            || sets.iter().any(|set| is(&set.name))
            || sets
                .iter()
                .filter(stays)
                .any(|set| set.partitions.iter().any(|p| is(&p.name)))
    }
}

/// Why a person has to look at it before it makes room.
fn question(
    inspection: &Inspection,
    set: &PartitionSet,
    stray: &Stray,
    seen: &Assessment,
) -> Option<Phrase> {
    let kind = stray.kind;
    if kind != StrayKind::Table {
        return Some(kind.in_words());
    }
    if may_be_the_partition(set, stray) {
        return Some(phrase!(
            "it has the columns of {parent}, and may hold the rows of that range",
            parent = set.name
        ));
    }
    if stray.needed {
        return Some(phrase!("something else depends on it"));
    }
    if let Some(function) = mentioned_by(inspection, &stray.name).into_iter().next() {
        return Some(phrase!("{function} knows it by its name", function));
    }
    if !stray.is_owner {
        return Some(phrase!("it belongs to somebody else"));
    }
    let kind = MendKind::MoveAside;
    seen.declines(kind)
        .then(|| phrase!("{kind} is declined", kind))
}

fn may_be_the_partition(set: &PartitionSet, stray: &Stray) -> bool {
    has_its_columns(set, stray) && stray.has_rows != Some(false)
}

fn has_its_columns(set: &PartitionSet, stray: &Stray) -> bool {
    let there = |column: &String| stray.columns.contains(column);
    stray.columns.len() == set.columns.len() && set.columns.iter().all(there)
}

fn move_aside(set: &PartitionSet, stray: &Stray, to: String, seen: &mut Assessment) {
    let what = phrase!(
        "rename {table} aside to {to}, for a new partition has to have its name",
        table = stray.name,
        to
    );
    seen.mend(MendKind::MoveAside, what);
    seen.to_move.push(MoveAside {
        parent: set.name.clone(),
        table: stray.name.clone(),
        to,
        empty: has_its_columns(set, stray),
    });
}

/// A name that tells what it was, is free, and fits: what stands before `_p` is cut.
fn aside(name: &RelationName, is_taken: impl Fn(&RelationName) -> bool) -> String {
    let at = name.name.rfind("_p").unwrap_or(name.name.len());
    let (base, suffix) = name.name.split_at(at);
    let mut number = 1;
    loop {
        let ending = match number {
            1 => "_aside".to_owned(),
            n => format!("_aside{n}"),
        };
        let room = MAX_IDENTIFIER_BYTES.saturating_sub(suffix.len() + ending.len());
        let end = (0..=room.min(base.len())).rev();
        let end = end.into_iter().find(|end| base.is_char_boundary(*end));
        let candidate = format!("{}{suffix}{ending}", &base[..end.unwrap_or_default()]);
        if !is_taken(&name.sibling(candidate.clone())) {
            return candidate;
        }
        number += 1;
    }
}

fn refuse(set: &PartitionSet, clashes: &[Clash<'_>], seen: &mut Assessment) {
    let each = clashes.iter().map(|clash| {
        let (name, why) = (&clash.needed.0, &clash.why);
        phrase!("{name} ({why})", name, why)
    });
    let what = phrase!(
        "in the way of new partitions of {parent}, which have to have these names: {clashes}",
        parent = set.name,
        clashes = list(each)
    );
    let by_hand = clashes.iter().find_map(|clash| by_hand(set, clash, seen));
    let in_use = clashes.iter().find_map(|clash| in_use(set, clash));
    let way_out = by_hand.or(in_use).unwrap_or_else(|| {
        phrase!("rename or drop it if it is left over; attach it if it holds this range")
    });
    seen.refuse(
        Adoptable::NeedsDecision,
        Code::PartitionNameTaken,
        what,
        way_out,
    );
}

/// The way out for what is a partition or a parent itself, and isn't left over.
fn in_use(set: &PartitionSet, clash: &Clash<'_>) -> Option<Phrase> {
    let name = &clash.needed.0;
    if clash.stray.is_some() {
        return None;
    }
    let to = quote_ident(&aside(name, |_| false)).into_owned();
    let rename = format!("ALTER TABLE {name} RENAME TO {to}");
    let own = set
        .partitions
        .iter()
        .any(|partition| partition.name == *name);
    Some(match own {
        true => phrase!(
            "it is in use: let all partitions of {parent} get the names that pg_partman would give them (--rename), or rename this one: {rename}",
            parent = set.name,
            rename
        ),
        false => phrase!("it is in use, so rename it: {rename}", rename),
    })
}

/// Both ways out for a table, as SQL.
fn by_hand(set: &PartitionSet, clash: &Clash<'_>, seen: &Assessment) -> Option<Phrase> {
    let table = clash.stray.filter(|stray| stray.kind == StrayKind::Table)?;
    let (name, range) = clash.needed;
    let (from, to) = (*range)?;
    let literal = |point| Some(quote_literal(&set.literal(point)?));
    let bound = match seen.strategy {
        crate::model::Strategy::List => format!("IN ({})", literal(from)?),
        _ => format!("FROM ({}) TO ({})", literal(from)?, literal(to)?),
    };
    let parent = &set.name;
    let to = quote_ident(&aside(name, |_| false)).into_owned();
    Some(phrase!(
        "if it is left over, drop it or rename it: {rename}; if its rows belong into {parent}, attach it: {attach}",
        rename = format!("ALTER TABLE {} RENAME TO {to}", table.name),
        parent,
        attach = format!("ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES {bound}")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_aside_tells_what_it_was_and_fits() {
        let aside_of = |name: &str, taken: &[&str]| {
            let name = RelationName::new("s", name);
            aside(&name, |other| taken.contains(&other.name.as_str()))
        };
        assert_eq!(aside_of("events_p20261201", &[]), "events_p20261201_aside");
        assert_eq!(
            aside_of("events_p20261201", &["events_p20261201_aside"]),
            "events_p20261201_aside2"
        );
        let long = format!("{}_p20261201", "é".repeat(26));
        let cut = aside_of(&long, &[]);
        assert!(
            cut.len() <= 63 && cut.ends_with("é_p20261201_aside"),
            "{cut}"
        );
    }
}
