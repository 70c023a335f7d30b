//! Whether two sets of connection settings mean the same database, as far as that can be told without connecting.
//!
//! A shell that still has yesterday's `DATABASE_URL` must not decide where a migration happens: where the environment
//! means another database than the configuration, whoever wants to change something names it as `--database`.

use partman_core::postgres::{Host, Origin, Settings};

use crate::error::Error;
use crate::exit_code::ExitCode;

/// The options that say where the database is.
const PLACE: [&str; 4] = ["host", "hostaddr", "port", "dbname"];

/// # Errors
/// `meant` is another database than `configured`, and no flag says so.
pub(super) fn demand_flag(meant: &Settings, configured: Option<&Settings>) -> Result<(), Error> {
    let Some(configured) = configured else {
        return Ok(());
    };
    let by_flag = PLACE
        .iter()
        .any(|option| meant.origin(option) == Origin::Flag);
    if by_flag || is_same(meant, configured) {
        return Ok(());
    }
    let message = format!(
        "it is not clear which database is meant: {}, while the configuration names {}",
        meant.describe(),
        configured.describe()
    );
    let help =
        "name the one that you mean with --database, or take the variable out of the environment";
    Err(Error::new(ExitCode::Usage, message).help(help))
}

/// Whether `meant` is what `configured` says, in all that it says.
fn is_same(meant: &Settings, configured: &Settings) -> bool {
    let says = |option: &str| configured.origin(option) != Origin::Default;
    let dbname = !(says("dbname") || says("user")) || meant.dbname() == configured.dbname();
    let names_host = says("host") || says("hostaddr") || says("service");
    let place = meant.hosts().iter().any(|host| {
        configured.hosts().iter().any(|wanted| {
            let name = if names_host {
                is_same_host(host, wanted)
            } else {
                is_here(host)
            };
            name && host.port() == wanted.port()
        })
    });
    dbname && place
}

fn is_same_host(a: &Host, b: &Host) -> bool {
    let is_socket = |host: &Host| host.socket_directory().is_some();
    let loopbacks = is_here(a) && is_here(b) && !is_socket(a) && !is_socket(b);
    loopbacks || a.name().eq_ignore_ascii_case(b.name())
}

fn is_here(host: &Host) -> bool {
    let address = host.address().or_else(|| host.name().parse().ok());
    host.socket_directory().is_some()
        || host.name() == "localhost"
        || address.is_some_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use partman_core::postgres::Environment;

    fn environment() -> Environment {
        Environment::empty().with_user("me")
    }

    fn configured(url: &str) -> Settings {
        let sources = Settings::builder().configuration(url);
        sources
            .resolve(&environment())
            .expect("it can be understood")
    }

    /// Whether the flag is demanded when `DATABASE_URL` and the configuration say this.
    fn demanded(database_url: &str, configuration: &str) -> bool {
        let environment = environment().with_variable("DATABASE_URL", database_url);
        let sources = Settings::builder().configuration(configuration);
        let meant = sources.resolve(&environment).expect("it can be understood");
        demand_flag(&meant, Some(&configured(configuration))).is_err()
    }

    #[test]
    fn the_same_database_needs_no_flag() {
        for (a, b) in [
            ("postgres://a@db/shop", "postgres://db:5432/shop"),
            ("postgres://other@DB/shop", "postgres://a@db/shop"),
            ("postgres://a@127.0.0.1/shop", "postgres://a@localhost/shop"),
            ("postgres://a@localhost/shop", "postgres://a@/shop"),
            ("postgres://a@db2/shop", "postgres://a@db1,db2/shop"),
        ] {
            assert!(!demanded(a, b), "{a} {b}");
        }
    }

    #[test]
    fn another_server_or_database_has_to_be_named() {
        for (a, b) in [
            ("postgres://a@db/shop_prod", "postgres://a@db/shop"),
            ("postgres://a@prod/shop", "postgres://a@db/shop"),
            ("postgres://a@prod/shop", "postgres://a@/shop"),
            ("postgres://a@db:6432/shop", "postgres://a@db/shop"),
            ("postgres://a@%2Ftmp/shop", "postgres://a@localhost/shop"),
        ] {
            assert!(demanded(a, b), "{a} {b}");
        }
    }

    #[test]
    fn naming_it_is_enough() {
        let sources = Settings::builder().flag("postgres://a@prod/shop");
        let meant = sources
            .resolve(&environment())
            .expect("it can be understood");
        assert!(demand_flag(&meant, Some(&configured("postgres://a@db/shop"))).is_ok());
    }

    #[test]
    fn a_configuration_that_names_no_database_demands_nothing() {
        let meant = configured("postgres://a@prod/shop");
        assert!(demand_flag(&meant, None).is_ok());
    }

    #[test]
    fn the_complaint_names_both_and_the_way_out() {
        let environment = environment().with_variable("DATABASE_URL", "postgres://a@prod/shop");
        let meant = Settings::builder()
            .resolve(&environment)
            .expect("it can be understood");
        let error = demand_flag(&meant, Some(&configured("postgres://a@db/shop")));
        insta::assert_snapshot!(error.expect_err("they differ").text(false), @r#"
        error: it is not clear which database is meant: database "shop" on prod:5432 as "a" (from DATABASE_URL), while the configuration names database "shop" on db:5432 as "a" (from the configuration)
        help: name the one that you mean with --database, or take the variable out of the environment
        "#);
    }
}
