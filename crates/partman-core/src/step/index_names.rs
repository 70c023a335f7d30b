//! Names of indexes of a table that will be called otherwise, as the server would give them then.

use serde::Deserialize;

use crate::Error;
use crate::name::{MAX_IDENTIFIER_BYTES, RelationName, quote_ident};
use crate::session::{Session, Statement, rows};

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// Renames the indexes of `table` as if it had its name to come already, as far as those names are free.
pub(super) async fn as_if_called(
    session: &mut (dyn Session + 'static),
    table: &RelationName,
    to_come: &str,
) -> Result<(), Error> {
    let sql = "SELECT c.relname AS name FROM pg_catalog.pg_index x \
               JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid WHERE x.indrelid = $1::text::regclass";
    let indexes = Statement::query(sql).bind(table.to_string());
    let free = "SELECT $1::text AS name WHERE to_regclass($1::text) IS NULL";
    for Named { name } in rows(session, &indexes).await? {
        let Some(tail) = name.strip_prefix(&table.name) else {
            continue;
        };
        for number in 0..100 {
            let wanted = table.sibling(index_name(to_come, tail, number));
            let look = Statement::query(free).bind(wanted.to_string());
            if rows::<Named>(session, &look).await?.is_empty() {
                continue;
            }
            let index = table.sibling(name.clone());
            let sql = format!(
                "ALTER INDEX {index} RENAME TO {}",
                quote_ident(&wanted.name)
            );
            session.run(&Statement::command(sql)).await?;
            break;
        }
    }
    Ok(())
}

/// As the server would name it, cut where it gets too long.
fn index_name(table: &str, tail: &str, number: usize) -> String {
    let number = match number {
        0 => String::new(),
        n => n.to_string(),
    };
    let mut room = MAX_IDENTIFIER_BYTES.saturating_sub(tail.len() + number.len());
    while !table.is_char_boundary(room.min(table.len())) {
        room -= 1;
    }
    format!("{}{tail}{number}", &table[..room.min(table.len())])
}
