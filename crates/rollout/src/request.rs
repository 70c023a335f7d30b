//! Which sets a plan is for: those that are named, else those of the configuration, else whatever can be adopted.

use partman_core::RelationName;
use partman_core::assess::Code;
use partman_core::mend::MendKind;
use partman_core::model::Inspection;
use partman_core::phrase;
use partman_core::plan::{Plan, Request, Selection};
use partman_core::wanted::{Names, WantedSet};

use crate::config::{Config, Set};

/// Whether neither the command nor the configuration says which sets are meant. To look at whatever could be adopted is
/// fine then; to change it isn't, for nobody asked for it.
pub fn names_nothing(config: &Config, parents: &[RelationName]) -> bool {
    parents.is_empty() && config.sets.is_empty()
}

/// What a command asks for beside the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The sets that are named.
    pub parents: Vec<RelationName>,
    /// What happens to names; counts before what the configuration says of it.
    pub names: Option<Names>,
    /// Mends that aren't wanted, besides those that the configuration declines.
    pub decline: Vec<MendKind>,
}

/// Puts the request together. What the configuration says of a set counts also when it is named.
pub fn request(config: &Config, asked: &Asked, seen: &Inspection) -> Request {
    let parents = &asked.parents;
    let as_asked = |mut wanted: WantedSet| {
        wanted.names = asked.names.or(wanted.names);
        for kind in &asked.decline {
            if !wanted.decline.contains(kind) {
                wanted.decline.push(*kind);
            }
        }
        wanted
    };
    let as_configured = |parent: &RelationName| {
        let configured = config.set(parent).map(Set::wanted);
        as_asked(configured.unwrap_or_else(|| WantedSet::new(parent.clone())))
    };
    let selection = if !parents.is_empty() {
        let mut once: Vec<&RelationName> = Vec::new();
        for parent in parents {
            if !once.contains(&parent) {
                once.push(parent);
            }
        }
        Selection::Named(once.into_iter().map(as_configured).collect())
    } else if config.sets.is_empty() {
        let all = seen.sets.iter().map(|set| as_configured(&set.name));
        Selection::All(all.collect())
    } else {
        let configured = config.sets.iter().map(|set| as_asked(set.wanted()));
        Selection::Named(configured.collect())
    };
    Request {
        selection,
        extension: config.pg_partman.wanted(),
    }
}

/// Where the server lacks the files that the configuration has a source of, and is in a container: the deployment that
/// brings them there is the way out of a plan's refusal.
pub fn tell_source(plan: &mut Plan, config: &Config) {
    let Some(source) = config.pg_partman.source.as_ref() else {
        return;
    };
    let lacks_files = |code| {
        matches!(
            code,
            Code::ExtensionNotAvailable | Code::VersionNotAvailable
        )
    };
    for refusal in &mut plan.refusals {
        if lacks_files(refusal.code) {
            refusal.way_out = phrase!(
                "have the files of {source} put into the container, and the sets adopted, by {command}; no restart is needed",
                source = source.to_string(),
                command = "partman deploy --strategy hot"
            );
        }
    }
    plan.seal_anew();
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use partman_core::assess::{Adoptable, Reason};
    use partman_core::model::Server;

    const TWO: &str = "[[set]]\nparent = \"a\"\npremake = 7\ndecline = [\"rescue-default\"]\n[[set]]\nparent = \"b\"\nnames = \"keep\"";

    fn config(text: &str) -> Config {
        Config::parse(text, Path::new("partman.toml")).expect("it is right")
    }

    fn name(text: &str) -> RelationName {
        text.parse().expect("a name")
    }

    fn nothing() -> Inspection {
        Inspection {
            schema: String::new(),
            server: Server {
                version: String::new(),
                version_num: 150_000,
                system_identifier: String::new(),
                database: String::new(),
                database_oid: 1,
                user: String::new(),
                superuser: true,
                may_create: true,
                looks_back: false,
                time_zone: "UTC".to_owned(),
                in_recovery: false,
                now: jiff::Timestamp::UNIX_EPOCH,
                schemas: Vec::new(),
            },
            extension: Default::default(),
            sets: Vec::new(),
            configs: Vec::new(),
            strays: Vec::new(),
            others: Vec::new(),
            mentions: Vec::new(),
            schedulers: Vec::new(),
            runs: Default::default(),
            gaps_in_view: Vec::new(),
        }
    }

    #[test]
    fn what_is_named_counts_once_and_as_configured() {
        let asked = Asked {
            parents: vec![name("c"), name("a"), name("c")],
            names: Some(Names::Rename),
            decline: vec![MendKind::FillGap],
        };
        let request = request(&config(TWO), &asked, &nothing());
        let Selection::Named(sets) = request.selection else {
            panic!("these were named");
        };
        let seen: Vec<_> = sets
            .iter()
            .map(|set| (set.parent.name.as_str(), set.premake))
            .collect();
        assert_eq!(seen, [("c", 4), ("a", 7)]);
        assert!(sets.iter().all(|set| set.names == Some(Names::Rename)));
        let declined: Vec<_> = sets.iter().map(|set| set.decline.as_slice()).collect();
        let both = [MendKind::RescueDefault, MendKind::FillGap];
        assert_eq!(declined, [&both[1..], &both[..]]);
    }

    #[test]
    fn where_files_are_lacking_and_have_a_source_the_deployment_is_told() {
        let mut plan = Plan::make(
            &nothing(),
            &request(&config(""), &Asked::default(), &nothing()),
        );
        plan.refusals.push(Reason {
            verdict: Adoptable::No,
            code: Code::ExtensionNotAvailable,
            what: "there is none".into(),
            way_out: "apt-get".into(),
        });
        let before = plan.clone();
        tell_source(&mut plan, &config(""));
        assert_eq!(plan, before, "nobody said where files are");
        tell_source(
            &mut plan,
            &config("[pg_partman]\nsource = \"image:files:15\""),
        );
        let way_out = &plan.refusals[0].way_out;
        assert!(way_out.contains("image:files:15"), "{way_out}");
        assert!(
            way_out.contains("partman deploy --strategy hot"),
            "{way_out}"
        );
        let json = serde_json::to_string(&plan).expect("plain data");
        assert!(Plan::parse(&json).is_ok(), "its seal is whole");
    }

    #[test]
    fn without_a_name_the_configured_sets_are_meant() {
        let request = request(&config(TWO), &Asked::default(), &nothing());
        let Selection::Named(sets) = request.selection else {
            panic!("these are configured");
        };
        assert_eq!(
            sets.iter().map(|set| set.names).collect::<Vec<_>>(),
            [None, Some(Names::Keep)]
        );
    }

    #[test]
    fn a_set_is_meant_when_it_is_named_or_configured() {
        assert!(names_nothing(&config(""), &[]));
        assert!(!names_nothing(&config(""), &[name("a")]));
        assert!(!names_nothing(&config(TWO), &[]));
    }

    #[test]
    fn without_a_configuration_whatever_can_be_adopted_is_meant() {
        let request = request(&config(""), &Asked::default(), &nothing());
        assert_eq!(request.selection, Selection::All(Vec::new()));
    }
}
