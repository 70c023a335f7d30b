//! In which order partitions are renamed where one's new name is another's old one, as with names that lie about their
//! bounds: whoever is in the way goes first, and where they stand in each other's way one steps aside.

use std::collections::HashSet;

use crate::name::RelationName;

/// What a partition is called for a moment while others change places.
pub(crate) const ASIDE: &str = "partman_aside_";

/// The same renames, and some to a name aside, so that each finds its new name free.
pub(super) fn in_order(
    mut waiting: Vec<(RelationName, RelationName)>,
) -> Vec<(RelationName, RelationName)> {
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let held: HashSet<RelationName> = waiting.iter().map(|(now, _)| now.clone()).collect();
        let (blocked, free): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|(_, target)| held.contains(target));
        waiting = blocked;
        if free.is_empty()
            && let Some((now, _)) = waiting.first_mut()
        {
            let aside = now.sibling(format!("{ASIDE}{}", ordered.len()));
            ordered.push((now.clone(), aside.clone()));
            *now = aside;
        }
        ordered.extend(free);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(renames: &[(&str, &str)]) -> Vec<(String, String)> {
        let name = |text: &&str| RelationName::new("s", *text);
        let renames = renames.iter().map(|(now, to)| (name(now), name(to)));
        let ordered = in_order(renames.collect()).into_iter();
        ordered.map(|(now, to)| (now.name, to.name)).collect()
    }

    /// Carries them out, and tells who has which name in the end.
    fn carried_out(renames: &[(&str, &str)]) -> Vec<String> {
        let mut names: Vec<String> = renames.iter().map(|(now, _)| (*now).to_owned()).collect();
        for (now, to) in ordered(renames) {
            assert!(!names.contains(&to), "{to} is taken");
            let place = names.iter().position(|name| *name == now);
            names[place.expect("it is there")] = to;
        }
        names
    }

    #[test]
    fn whoever_is_in_the_way_goes_first() {
        assert_eq!(
            ordered(&[("a", "b"), ("b", "c"), ("x", "y")]),
            [("b", "c"), ("x", "y"), ("a", "b")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
    }

    #[test]
    fn those_who_change_places_step_aside() {
        assert_eq!(carried_out(&[("a", "b"), ("b", "a")]), ["b", "a"]);
        let ring = [
            ("a", "b"),
            ("b", "c"),
            ("c", "a"),
            ("d", "e"),
            ("e", "d"),
            ("f", "g"),
        ];
        assert_eq!(carried_out(&ring), ["b", "c", "a", "e", "d", "g"]);
    }
}
