//! A new database with the properties of the one that was dumped, under another name.

use tokio_postgres::Client;

use crate::catalog::ServerFacts;
use crate::connection::Connection;
use crate::error::{Error, Kind, Result};
use crate::manifest::{Database, Setting};
use crate::name::{literal, quoted};
use crate::session;

/// Makes the database, with the old one's encoding, locale and owner.
///
/// # Errors
/// [`Kind::Exists`] when there is one of this name, [`Kind::NotFound`] when the owner is missing on this server.
pub(crate) async fn create(
    client: &Client,
    name: &str,
    of: &Database,
    server: &ServerFacts,
) -> Result<()> {
    if !server.roles.contains(&of.owner) {
        let message = format!(
            "the server has no role \"{}\", which owns the database in the backup",
            of.owner
        );
        return Err(Error::new(Kind::NotFound, message)
            .with_help("create it first; globals.sql in the backup's folder has the roles"));
    }
    let sql = statement(name, of, server.version.major());
    session::execute(
        client,
        &format!("could not create the database \"{name}\""),
        &sql,
    )
    .await
}

pub(crate) async fn exists(client: &Client, name: &str) -> Result<bool> {
    let row = client
        .query_opt("SELECT FROM pg_database WHERE datname = $1", &[&name])
        .await;
    Ok(row
        .map_err(|e| session::failure("could not look for databases", e))?
        .is_some())
}

fn statement(name: &str, of: &Database, major: u32) -> String {
    let mut sql = format!(
        "CREATE DATABASE {} TEMPLATE template0 OWNER {} ENCODING {} LC_COLLATE {} LC_CTYPE {}",
        quoted(name),
        quoted(&of.owner),
        literal(&of.encoding),
        literal(&of.collate),
        literal(&of.ctype)
    );
    let locale = of.locale.as_deref().map(literal);
    match (of.provider.as_str(), locale) {
        ("i", Some(locale)) => sql.push_str(&format!(" LOCALE_PROVIDER icu ICU_LOCALE {locale}")),
        ("b", Some(locale)) => {
            sql.push_str(&format!(" LOCALE_PROVIDER builtin BUILTIN_LOCALE {locale}"))
        }
        _ if major >= 15 => sql.push_str(" LOCALE_PROVIDER libc"),
        _ => {}
    }
    if let (Some(rules), true) = (&of.icu_rules, major >= 16) {
        sql.push_str(&format!(" ICU_RULES {}", literal(rules)));
    }
    sql
}

/// Gives the new database what an archive does not restore: limits, settings, grants and the comment. What can't be
/// given is told, not fatal: the rows are there.
pub(crate) async fn apply_properties(
    connection: &Connection,
    application_name: &str,
    of: &Database,
) -> Result<Vec<String>> {
    let client = session::open(connection, application_name).await?;
    let name = quoted(connection.database());
    let mut notes = Vec::new();
    for (what, sql) in properties(&name, of) {
        if let Err(e) = session::execute(&client, &what, &sql).await {
            notes.push(format!(
                "{what}: {}",
                e.sqlstate().unwrap_or("connection lost")
            ));
        }
    }
    Ok(notes)
}

fn properties(name: &str, of: &Database) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut add = |what: &str, sql: String| all.push((format!("could not set {what}"), sql));
    if of.connection_limit != -1 {
        add(
            "the connection limit",
            format!(
                "ALTER DATABASE {name} CONNECTION LIMIT {}",
                of.connection_limit
            ),
        );
    }
    if let Some(comment) = &of.comment {
        add(
            "the comment",
            format!("COMMENT ON DATABASE {name} IS {}", literal(comment)),
        );
    }
    for setting in &of.settings {
        add(&setting.name, setting_statement(name, setting));
    }
    if let Some(privileges) = &of.privileges {
        add(
            "the grants",
            format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC"),
        );
        for privilege in privileges {
            let role = privilege
                .role
                .as_deref()
                .map_or_else(|| "PUBLIC".to_owned(), quoted);
            let option = if privilege.grantable {
                " WITH GRANT OPTION"
            } else {
                ""
            };
            add(
                "a grant",
                format!(
                    "GRANT {} ON DATABASE {name} TO {role}{option}",
                    privilege.privilege
                ),
            );
        }
    }
    all
}

/// The value is kept as PostgreSQL keeps it, where lists are quoted already; `FROM CURRENT` takes it over unread. Both
/// statements are sent together, which makes them one transaction.
fn setting_statement(name: &str, setting: &Setting) -> String {
    let whose = match &setting.role {
        Some(role) => format!("ALTER ROLE {} IN DATABASE {name}", quoted(role)),
        None => format!("ALTER DATABASE {name}"),
    };
    let parameter: Vec<_> = setting.name.split('.').map(quoted).collect();
    let parameter = parameter.join(".");
    format!(
        "SELECT set_config({}, {}, true); {whose} SET {parameter} FROM CURRENT",
        literal(&setting.name),
        literal(&setting.value)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(json: serde_json::Value) -> Database {
        let mut whole = serde_json::json!({
            "name": "app", "oid": 1, "owner": "o", "encoding": "UTF8", "collate": "C", "ctype": "C", "provider": "c",
            "lc_monetary": "C", "connection_limit": -1, "settings": []
        });
        whole
            .as_object_mut()
            .expect("an object")
            .extend(json.as_object().expect("an object").clone());
        serde_json::from_value(whole).expect("a database")
    }

    #[test]
    fn every_provider_is_told_in_its_own_words() {
        let libc = statement("n\"", &database(serde_json::json!({})), 14);
        assert_eq!(
            libc,
            r#"CREATE DATABASE "n""" TEMPLATE template0 OWNER "o" ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"#
        );
        let icu =
            database(serde_json::json!({"provider": "i", "locale": "fr-FR", "icu_rules": "&a<b"}));
        assert!(
            statement("n", &icu, 16)
                .ends_with(" LOCALE_PROVIDER icu ICU_LOCALE 'fr-FR' ICU_RULES '&a<b'")
        );
        let builtin = database(serde_json::json!({"provider": "b", "locale": "C.UTF-8"}));
        assert!(
            statement("n", &builtin, 17)
                .ends_with(" LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'")
        );
    }
}
