//! Whether a container is a PostgreSQL server, by signs that can be had without running anything in it.
//!
//! No sign alone is good enough: applications have `POSTGRES_PASSWORD` too, poolers listen on 5432, exporters have
//! "postgres" in their image's name. Where the container runs, its processes decide.

/// What was seen of a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signs {
    /// `PGDATA` or `PG_MAJOR` is set, as images of servers do.
    pub(crate) server_variable: bool,
    /// A variable begins with `POSTGRES_`.
    pub(crate) postgres_variable: bool,
    /// The image is named like a server's.
    pub(crate) image_name: bool,
    /// Port 5432 is exposed.
    pub(crate) port: bool,
}

impl Signs {
    pub(crate) fn new(image: &str, variables: &[String], ports: &[String]) -> Self {
        let any = |test: fn(&str) -> bool| variables.iter().any(|name| test(name));
        Self {
            server_variable: any(|name| name == "PGDATA" || name == "PG_MAJOR"),
            postgres_variable: any(|name| name.starts_with("POSTGRES_")),
            image_name: is_a_servers_image(image),
            port: ports.iter().any(|port| port == "5432/tcp"),
        }
    }

    /// Whether its processes are worth a look.
    pub(crate) fn any(self) -> bool {
        self != Self::default()
    }

    /// The verdict without the processes: for containers that don't run.
    pub(crate) fn suffice(self) -> bool {
        self.server_variable || (self.image_name && (self.port || self.postgres_variable))
    }
}

fn is_a_servers_image(image: &str) -> bool {
    let repository = image.split('@').next().unwrap_or(image);
    let last = repository.rsplit('/').next().unwrap_or(repository);
    let name = last.split(':').next().unwrap_or(last).to_lowercase();
    let other = [
        "export",
        "postgrest",
        "pgbouncer",
        "pgadmin",
        "backup",
        "pooler",
    ];
    let server = ["postgres", "postgis", "timescale", "pgvector", "citus"];
    server.iter().any(|word| name.contains(word)) && !other.iter().any(|word| name.contains(word))
}

/// Whether one of these command lines is a server, or an entry point about to become one.
pub(crate) fn has_server_process<'a>(mut commands: impl Iterator<Item = &'a str>) -> bool {
    commands.any(|command| {
        let mut words = command.split_whitespace().map(base_name);
        match words.next() {
            Some("postgres" | "postmaster" | "postgres:") => true,
            Some(_) => {
                words.any(|word| word == "docker-entrypoint.sh") && command.contains("postgres")
            }
            None => false,
        }
    })
}

fn base_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_told_by_their_last_name() {
        for image in [
            "postgres",
            "postgres:15-alpine",
            "registry:5000/db/my_postgres:pg_partman",
            "postgis/postgis:16",
            "ai_agent_postgres@sha256:00",
        ] {
            assert!(is_a_servers_image(image), "{image}");
        }
        for image in [
            "postgrest/postgrest",
            "prometheuscommunity/postgres-exporter",
            "postgres/app:1",
            "edoburu/pgbouncer",
            "redis",
        ] {
            assert!(!is_a_servers_image(image), "{image}");
        }
    }

    #[test]
    fn an_application_is_no_server() {
        let app = Signs::new(
            "shop:1",
            &["POSTGRES_PASSWORD".into()],
            &["8000/tcp".into()],
        );
        assert!(app.any() && !app.suffice());
        let server = Signs::new("shop-db:1", &["PGDATA".into()], &["5432/tcp".into()]);
        assert!(server.suffice());
        assert!(!Signs::new("redis", &["PATH".into()], &["6379/tcp".into()]).any());
    }

    #[test]
    fn processes_decide() {
        let server = |command: &'static str| has_server_process([command].into_iter());
        assert!(server("postgres"));
        assert!(server("/usr/lib/postgresql/15/bin/postgres -D /data"));
        assert!(server("postgres: checkpointer "));
        assert!(server("bash /usr/local/bin/docker-entrypoint.sh postgres"));
        assert!(!server("pgbouncer /etc/pgbouncer.ini"));
        assert!(!server("psql -h postgres"));
        assert!(!server("python app.py --db postgres"));
    }
}
