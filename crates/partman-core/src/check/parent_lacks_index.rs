//! `parent-lacks-index`: the newest partition has indexes or keys that the parent doesn't have.

use super::view::SetView;
use super::{Check, Finding, Meta, Severity, Verdict, View, words};
use crate::model::{Partition, Strategy};
use crate::phrase;

/// See [`META`].
pub(super) struct ParentLacksIndex;

static META: Meta = Meta {
    id: "parent-lacks-index",
    severity: Severity::Warning,
    varies: "",
    title: "The newest partition has indexes or keys that the parent doesn't have.",
    finds: "An index, a primary key, a unique or a foreign key of the newest partition of a set by time or number that is no \
        part of one of the parent's: made on each partition by hand, as it had to be before PostgreSQL 11, or because the \
        key isn't part of it.",
    matters: "New partitions get what the parent has. In the next one, queries have no such index, the same value may be \
        there twice, and rows may refer to nothing; nobody is told, neither by pg_partman nor by the server.",
    remedy: "- What can be on the parent belongs there. Without a long lock: `CREATE INDEX … ON ONLY parent (…)`, then \
        `ALTER INDEX parent_idx ATTACH PARTITION part_idx` for each partition; the index turns valid with the last one. A \
        foreign key: `ALTER TABLE parent ADD FOREIGN KEY …`.\n\
        - A primary key or unique index without the partition key can't be on the parent. Give pg_partman a template: a table \
        with that index, named in `part_config.template_table`. Foreign keys and checks don't come from it.\n\
        - Partitions that were made without: create it there, `CONCURRENTLY` where they are in use.",
    cost: "Compares catalogs. Locks: none.",
};

impl Check for ParentLacksIndex {
    fn meta(&self) -> &'static Meta {
        &META
    }

    fn judge(&self, view: &View<'_>) -> Verdict {
        let sets = view.sets().filter_map(|set| Some((set, newest(set)?)));
        Verdict::each(
            sets,
            "there is no set by time or number",
            |(set, newest)| (!newest.own.is_empty()).then(|| finding(set, newest)),
        )
    }
}

fn newest<'a>(set: &SetView<'a>) -> Option<&'a Partition> {
    let ranges = set.set.ranges();
    let (.., newest) = ranges
        .last()
        .filter(|_| set.set.strategy == Strategy::Range)?;
    Some(newest)
}

fn finding(set: &SetView<'_>, newest: &Partition) -> Finding {
    let parent = set.name();
    let message = phrase!(
        "{partition} has indexes or keys that {parent} lacks, so the partitions after it won't have them: {names}",
        partition = newest.name,
        parent,
        names = words::list(newest.own.iter())
    );
    let help = phrase!(
        "make them on {parent} where its key allows it, else on a table that part_config.template_table names; partman explain \
         {id} tells how without a long lock",
        parent,
        id = META.id
    );
    Finding::new(&META, parent, message, help)
}

#[cfg(test)]
mod tests {
    use super::super::world::{at, finds, months, passes, skips};
    use super::*;

    #[test]
    fn what_only_the_newest_partition_has_is_told() {
        let mut set = months("events", "2025-09", 2);
        set.partitions[0].own = vec!["events_0_old".to_owned()];
        passes(
            &ParentLacksIndex,
            &at("2025-10-14T12:00:00Z").with(set.clone()),
        );
        set.partitions[1].own = vec!["events_1_pkey".to_owned(), "events_1_Kind".to_owned()];
        insta::assert_snapshot!(finds(&ParentLacksIndex, &at("2025-10-14T12:00:00Z").with(set)), @r"
        warning public.events: public.events_1 has indexes or keys that public.events lacks, so the partitions after it won't have them: events_1_pkey, events_1_Kind
          help: make them on public.events where its key allows it, else on a table that part_config.template_table names; partman explain parent-lacks-index tells how without a long lock
        ");
        insta::assert_snapshot!(skips(&ParentLacksIndex, &at("2025-10-14T12:00:00Z")), @"there is no set by time or number");
    }
}
