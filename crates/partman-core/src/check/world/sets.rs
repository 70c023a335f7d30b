//! Partition sets made in code: by month, by id, with a DEFAULT partition, with names of pg_partman.

use super::name;
use crate::bound::{Bound, KeyKind};
use crate::model::{Content, KeyColumn, Partition, PartitionSet, Strategy};
use crate::name::RelationName;

/// A set by range of `created_at`, a column of this type, with partitions between these bounds.
pub(crate) fn by(parent: &str, type_name: &str, bounds: &[(&str, &str)]) -> PartitionSet {
    let parent = name(parent);
    let partitions = bounds.iter().enumerate().map(|(n, (from, to))| {
        let end = |text: &str| match text {
            "MINVALUE" | "MAXVALUE" => text.to_owned(),
            value => format!("'{value}'"),
        };
        let bound = format!("FOR VALUES FROM ({}) TO ({})", end(from), end(to));
        Partition {
            oid: 100 + u32::try_from(n).expect("few"),
            ..partition(&parent.sibling(format!("{}_{n}", parent.name)), &bound)
        }
    });
    PartitionSet {
        oid: 1,
        nested_in: None,
        strategy: Strategy::Range,
        key: vec![KeyColumn {
            domain: None,
            column: Some("created_at".to_owned()),
            type_name: type_name.to_owned(),
            kind: KeyKind::of_type(type_name),
            not_null: true,
        }],
        key_definition: "RANGE (created_at)".to_owned(),
        owner: "admin".to_owned(),
        acl: None,
        grants: Vec::new(),
        default_grantees: Vec::new(),
        tablespace: None,
        is_owner: true,
        row_security: false,
        statistics: Vec::new(),
        replica_identity: "d".to_owned(),
        partitions_identity: "d".to_owned(),
        replica_key: Vec::new(),
        key_is_indexed: true,
        indexes: Vec::new(),
        references: Vec::new(),
        referenced_by: Vec::new(),
        columns: Vec::new(),
        triggers: Vec::new(),
        unique_key: vec!["id".to_owned(), "created_at".to_owned()],
        published_at_once: false,
        published_with_all: Vec::new(),
        default_used_by: Vec::new(),
        default_own: Vec::new(),
        default_triggers: Vec::new(),
        default_fires: Vec::new(),
        publications: Vec::new(),
        published_by: Vec::new(),
        partitions: partitions.collect(),
        name: parent,
    }
}

/// `n` months of `timestamptz` from this one on, each beginning at midnight in UTC.
pub(in crate::check) fn months(parent: &str, first: &str, n: usize) -> PartitionSet {
    months_in(parent, first, n, "UTC")
}

/// The same with midnights of another zone.
pub(in crate::check) fn months_in(parent: &str, first: &str, n: usize, zone: &str) -> PartitionSet {
    let zone = jiff::tz::TimeZone::get(zone).expect("a zone");
    let first: jiff::civil::Date = format!("{first}-01").parse().expect("a month");
    let bound = |i: usize| {
        let day = first.saturating_add(jiff::Span::new().months(i64::try_from(i).expect("few")));
        let midnight = day.to_zoned(zone.clone()).expect("it exists").timestamp();
        midnight.strftime("%Y-%m-%d %H:%M:%S+00").to_string()
    };
    let bounds: Vec<(String, String)> = (0..n).map(|i| (bound(i), bound(i + 1))).collect();
    let bounds: Vec<(&str, &str)> = bounds
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    by(parent, "timestamptz", &bounds)
}

/// A set by id in steps of ten, filled up to this id.
pub(in crate::check) fn ids(parent: &str, partitions: i64, reached: i64) -> PartitionSet {
    let bounds: Vec<(String, String)> = (0..partitions)
        .map(|n| ((n * 10).to_string(), (n * 10 + 10).to_string()))
        .collect();
    let bounds: Vec<(&str, &str)> = bounds
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let mut set = by(parent, "int8", &bounds);
    for (n, partition) in (0..).zip(&mut set.partitions) {
        partition.content = Some(match n * 10 <= reached {
            true => rows(&(n * 10).to_string(), &reached.min(n * 10 + 9).to_string()),
            false => no_rows(),
        });
    }
    set
}

pub(crate) fn rows(min: &str, max: &str) -> Content {
    Content {
        next: None,
        gaps_ahead: Vec::new(),
        has_rows: true,
        min: Some(min.to_owned()),
        max: Some(max.to_owned()),
        nulls: None,
        counted: None,
        bytes: 8_192,
        hidden: false,
    }
}

pub(in crate::check) fn no_rows() -> Content {
    Content::default()
}

/// The set with a DEFAULT partition that holds this; `None` where nobody could look.
pub(in crate::check) fn with_default(
    mut set: PartitionSet,
    content: Option<Content>,
) -> PartitionSet {
    let mut default = partition(
        &set.name.sibling(format!("{}_default", set.name.name)),
        "DEFAULT",
    );
    default.content = content;
    set.partitions.push(default);
    set
}

pub(crate) fn partition(name: &RelationName, bound: &str) -> Partition {
    Partition {
        oid: 2,
        relfilenode: 2,
        name: name.clone(),
        relkind: "r".to_owned(),
        bound: Bound::parse(bound),
        bound_text: Some(bound.to_owned()),
        owner: "admin".to_owned(),
        acl: None,
        options: Vec::new(),
        unlogged: false,
        rows: None,
        bytes: None,
        is_owner: true,
        readable: true,
        detach_pending: false,
        own: Vec::new(),
        own_rules: Vec::new(),
        content: None,
    }
}

/// Renames the partitions as pg_partman would, with this suffix of their month: `_p2025_09` or `_p20250901`.
pub(in crate::check) fn named_by(mut set: PartitionSet, format: &str) -> PartitionSet {
    let parent = set.name.clone();
    for partition in &mut set.partitions {
        let bound = partition.bound_text.clone().unwrap_or_default();
        let Some(day) = bound.split('\'').nth(1).and_then(|from| from.get(..10)) else {
            continue;
        };
        let day: jiff::civil::Date = day.parse().expect("a day");
        let end = day.strftime(format).to_string();
        partition.name = parent.sibling(format!("{}_p{end}", parent.name));
    }
    set
}
