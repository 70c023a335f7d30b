//! The ends of a large DEFAULT that no index has: it is read once, while nobody waits. Whether rows are in the way of partitions
//! that are to be made decides about everything else, so a guess won't do.

use serde::Deserialize;

use super::contents::has_ends;
use super::{Options, may_do_without, reading};
use crate::Error;
use crate::bound::KeyKind;
use crate::model::{Fact, Gap, Partition, PartitionSet};
use crate::name::quote_ident;
use crate::session::{Session, Statement};

#[derive(Deserialize)]
struct Ends {
    min: Option<String>,
    max: Option<String>,
    next: Option<String>,
    nulls: bool,
}

/// Fills in what isn't known yet of each. What takes longer than [`Options::scan_time`] stays unknown, and is noted.
pub(super) async fn unknown_ends(
    session: &mut dyn Session,
    options: &Options,
    sets: &mut [PartitionSet],
    missing: &mut Vec<Gap>,
) -> Result<(), Error> {
    let patient = Options {
        statement_time: options.scan_time,
        ..options.clone()
    };
    for set in sets {
        let key = set.control();
        let key = key.and_then(|key| Some((key.column.clone()?, key.kind)));
        let Some((control, kind)) = key.filter(|(_, kind)| has_ends(*kind)) else {
            continue;
        };
        let mut all = set.partitions.iter_mut();
        let Some(default) = all.find(|p| p.is_default() && is_unknown(p)) else {
            continue;
        };
        tracing::info!("reading {} for the ends of its keys", default.name);
        let statement = Statement::query(statement(default, &control, kind));
        match reading::<Ends>(session, &patient, &statement).await {
            Ok(mut found) => fill_in(default, found.pop()),
            Err(error) if may_do_without(&error) => {
                let why = error.context(format!("{} takes long to read", default.name));
                missing.push(Gap::new(Fact::Contents, why));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Where rows have no end that counts, it is known that they have none.
fn is_unknown(partition: &Partition) -> bool {
    let content = partition.content.as_ref();
    content
        .is_some_and(|c| c.has_rows && !c.hidden && c.nulls.is_none() && partition.relkind == "r")
}

fn fill_in(default: &mut Partition, found: Option<Ends>) {
    if let (Some(content), Some(found)) = (&mut default.content, found) {
        content.min = found.min;
        content.max = found.max;
        content.next = found.next;
        content.nulls = Some(found.nulls);
    }
}

/// As the query that asks for the contents of others has it. There is no smallest of uuids, but of their texts.
fn statement(default: &Partition, control: &str, kind: KeyKind) -> String {
    let key = format!("t.{}", quote_ident(control));
    let counts = match kind {
        KeyKind::Numeric => {
            format!("{key} >= -9223372036854775808 AND {key} < 9223372036854775808")
        }
        kind if kind.is_time() => format!("{key} > '0001-01-02' AND {key} < '9999-12-30'"),
        _ => format!("{key} IS NOT NULL"),
    };
    let next = match kind.is_time() {
        true => format!("(min({key}) FILTER (WHERE {counts} AND {key} > now()))::text"),
        false => "NULL".to_owned(),
    };
    let value = match kind {
        KeyKind::Uuid => format!("{key}::text COLLATE \"C\""),
        KeyKind::Numeric => format!("floor({key})"),
        _ => key,
    };
    format!(
        "SELECT (min({value}) FILTER (WHERE {counts}))::text AS min, (max({value}) FILTER (WHERE {counts}))::text AS max, \
         {next} AS next, coalesce(bool_or(({counts}) IS NOT TRUE), false) AS nulls FROM ONLY {} AS t",
        default.name
    )
}
