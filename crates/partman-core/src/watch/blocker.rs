//! Who was in the way of a step: enough to find the session, and nothing of what it runs, for texts of queries hold
//! other people's data.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::sample::Row;
use crate::name::RelationName;

/// Somebody for whose lock a step waited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blocker {
    /// The backend; 0 for a prepared transaction, which has none.
    pub pid: i32,
    /// Its role, as far as we may see it.
    pub user: Option<String>,
    /// Its `application_name`.
    pub application_name: Option<String>,
    /// What it does, in the words of `pg_stat_activity`: `active`, `idle in transaction`.
    pub state: Option<String>,
    /// Since when its transaction is open.
    pub since: Option<Timestamp>,
    /// What the step waited for; none where it wasn't a table.
    pub relation: Option<RelationName>,
    /// The lock that the step wanted, in the words of `LOCK TABLE`.
    pub mode: String,
}

impl Blocker {
    pub(super) fn seen(pid: i32, relation: Option<RelationName>, row: Row) -> Self {
        Self {
            pid,
            user: row.user,
            application_name: row.application_name.filter(|name| !name.is_empty()),
            state: row.state,
            since: row.since,
            relation,
            mode: row.mode,
        }
    }
}

/// `backend 4711 of "app" (psql, idle in transaction) since 2026-11-22T21:00:00Z holds public.events`.
impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            0 => f.write_str("a prepared transaction")?,
            pid => write!(f, "backend {pid}")?,
        }
        if let Some(user) = &self.user {
            write!(f, " of {user}")?;
        }
        let known = [&self.application_name, &self.state];
        let known: Vec<&str> = known.into_iter().flatten().map(String::as_str).collect();
        if !known.is_empty() {
            write!(f, " ({})", known.join(", "))?;
        }
        if let Some(since) = self.since {
            write!(
                f,
                " in a transaction since {}",
                since.strftime("%Y-%m-%d %H:%M:%SZ")
            )?;
        }
        match &self.relation {
            Some(relation) => write!(f, " is in the way of {} on {relation}", self.mode),
            None => write!(f, " is in the way"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_left_out() {
        let mut blocker = Blocker {
            pid: 4711,
            user: Some("app".to_owned()),
            application_name: Some("worker".to_owned()),
            state: Some("idle in transaction".to_owned()),
            since: "2026-11-22T21:00:00.5Z".parse().ok(),
            relation: Some(RelationName::new("public", "events")),
            mode: "ACCESS EXCLUSIVE".to_owned(),
        };
        assert_eq!(
            blocker.to_string(),
            "backend 4711 of app (worker, idle in transaction) in a transaction since 2026-11-22 21:00:00Z \
             is in the way of ACCESS EXCLUSIVE on public.events"
        );
        (blocker.pid, blocker.user, blocker.application_name) = (0, None, None);
        (blocker.state, blocker.since, blocker.relation) = (None, None, None);
        assert_eq!(blocker.to_string(), "a prepared transaction is in the way");
    }
}
