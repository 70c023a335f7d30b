//! What only partitions have: new ones get what the parent has, and somebody who gave each partition a key, a trigger or
//! policies of its own by hand should know before.

use super::Assessment;
use crate::model::{PartitionSet, Strategy};
use crate::name::quote_ident;
use crate::phrase;

/// Notes what the newest partition has of this, for it is what one would go on from.
pub(super) fn note(set: &PartitionSet, seen: &mut Assessment) {
    let ranges = set.ranges();
    let newest = ranges.last().map(|(.., partition)| *partition);
    let Some(newest) = newest.filter(|_| set.strategy == Strategy::Range && !seen.managed) else {
        return;
    };
    let indexes = newest.own.iter();
    let indexes = indexes.map(|name| format!("index or foreign key {}", quote_ident(name)));
    let own: Vec<String> = indexes.chain(newest.own_rules.iter().cloned()).collect();
    if own.is_empty() {
        return;
    }
    seen.notes.push(phrase!(
        "new partitions have what {parent} has, and not what {partition} has of its own: {own}; give it to {parent} first, where that can have it",
        parent = set.name,
        partition = newest.name,
        own = own.join(", ")
    ));
}

#[cfg(test)]
mod tests {
    use crate::assess::assess;
    use crate::check::world::{at, by};
    use crate::wanted::WantedSet;

    #[test]
    fn what_the_newest_partition_has_of_its_own_is_noted() {
        let months = [("2026-10-01", "2026-11-01"), ("2026-11-01", "2026-12-01")];
        let mut world = at("2026-11-22T12:00:00Z").with(by("events", "date", &months));
        let wanted = WantedSet::new("events".parse().expect("a name"));
        let version = "5.5.0".parse().expect("a version");
        let notes = |world: &crate::check::world::World| {
            assess(&world.seen, &world.seen.sets[0], &wanted, &version).notes
        };
        world.seen.sets[0].partitions[0].own = vec!["older".to_owned()];
        assert!(notes(&world).is_empty());
        let newest = &mut world.seen.sets[0].partitions[1];
        newest.own = vec!["Events_pkey".to_owned()];
        newest.own_rules = vec!["row security".to_owned(), "trigger audit".to_owned()];
        let notes: Vec<String> = notes(&world).iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(notes.join("\n"), @r#"new partitions have what public.events has, and not what public.events_1 has of its own: index or foreign key "Events_pkey", row security, trigger audit; give it to public.events first, where that can have it"#);
    }
}
