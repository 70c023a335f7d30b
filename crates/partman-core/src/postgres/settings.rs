//! The connection settings: which server, which database, as whom, how protected, and where each of these was found.
//!
//! [`Builder`] lays the sources over one another, one file per source reads it, and what results is checked here once.
//! Nothing connects; the only files read are the service file and the password file. A password is a
//! `SecretString` from the start, and no error repeats a value.

mod builder;
mod dsn;
mod encryption;
mod environment;
mod host;
mod keyword;
mod layer;
mod origin;
mod passfile;
mod service;
#[cfg(test)]
mod tests;
mod transport;
mod uri;
mod value;

use std::fmt;
use std::path::PathBuf;

pub use builder::{Builder, Container};
pub use encryption::SslMode;
pub(crate) use encryption::{ClientCertificate, Encryption, Roots};
pub use environment::Environment;
pub use host::Host;
pub use origin::Origin;
pub(crate) use transport::{ChannelBinding, Target, Transport};

use crate::{Error, Kind};
use layer::{Layer, invalid, may_hold_a_password};

/// Connection settings, resolved. `Debug` and `Display` show no secret.
#[derive(Clone)]
pub struct Settings {
    hosts: Vec<Host>,
    dbname: String,
    user: String,
    encryption: Encryption,
    transport: Transport,
    layer: Layer,
}

impl Settings {
    /// Starts to collect the sources.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Settings from one URL or `keyword=value` string and libpq's defaults; the environment of the process is not
    /// asked.
    ///
    /// # Errors
    /// [`Kind::Settings`] when the text can't be understood; no message repeats a part of it.
    pub fn from_url(text: &str) -> Result<Self, Error> {
        let layer = Layer::parse(text, &Origin::Program)?;
        Self::from_layer(layer, &Environment::empty())
    }

    /// Whether this connection string holds a password, so that it has no place in an argument or a configuration. One
    /// that can't be understood counts as not having one: using it fails.
    pub fn has_password_in(text: &str) -> bool {
        Layer::parse(text, &Origin::Program).is_ok_and(|layer| layer.has(&["password"]))
    }

    fn from_layer(mut layer: Layer, environment: &Environment) -> Result<Self, Error> {
        for option in ["host", "hostaddr", "port", "dbname", "user"] {
            if layer.get(option).is_some_and(may_hold_a_password) {
                let why = format!("\"{option}\" reads as if it held a password");
                return Err(invalid(&layer.origin(option), &why));
            }
        }
        let mut hosts = host::resolve(&layer, environment)?;
        let user = layer
            .non_empty("user")
            .or(environment.user())
            .map(str::to_owned);
        let user = user.ok_or_else(|| {
            Error::new(
                Kind::Settings,
                "no user to connect as; name one in the URL or with PGUSER",
            )
        })?;
        let dbname = layer.non_empty("dbname").unwrap_or(&user).to_owned();
        if let Some(password) = layer.non_empty("password") {
            let origin = layer.origin("password");
            host::give_password(&mut hosts, &password.into(), &origin, |_| true);
        }
        let passfile = layer.non_empty("passfile").map(PathBuf::from);
        if let Some(path) = passfile.or_else(|| environment.in_home(".pgpass")) {
            host::find_passwords(&mut hosts, &path, &dbname, &user, environment);
        }
        let encryption = Encryption::resolve(&layer, environment)?;
        if encryption.mode == SslMode::VerifyFull
            && layer.has(&["hostaddr"])
            && !layer.has(&["host"])
        {
            let why = "sslmode=verify-full needs the name of the host beside its address";
            return Err(invalid(&layer.origin("hostaddr"), why));
        }
        let transport = Transport::resolve(&layer)?;
        layer = layer.without(&["password"]);
        Ok(Self {
            hosts,
            dbname,
            user,
            encryption,
            transport,
            layer,
        })
    }

    /// The places where the server may be, in the order in which they are tried.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The database.
    pub fn dbname(&self) -> &str {
        &self.dbname
    }

    /// The role to connect as.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// How the connection is encrypted and the server verified.
    pub fn ssl_mode(&self) -> SslMode {
        self.encryption.mode
    }

    /// Where the option of this name (libpq's word for it) was found.
    pub fn origin(&self, option: &str) -> Origin {
        self.layer.origin(option)
    }

    /// The same server, seen through another database.
    #[must_use]
    pub fn for_database(&self, dbname: impl Into<String>) -> Self {
        let mut other = self.clone();
        other.dbname = dbname.into();
        other
            .layer
            .set("dbname", other.dbname.clone(), Origin::Program);
        other
    }

    /// One line for people: which database on which server as whom, and who said so.
    pub fn describe(&self) -> String {
        let hosts: Vec<_> = self.hosts.iter().map(Host::to_string).collect();
        let mut origins: Vec<String> = Vec::new();
        for option in ["host", "hostaddr", "port", "dbname", "user"] {
            let origin = self.origin(option);
            if origin != Origin::Default && !origins.contains(&origin.to_string()) {
                origins.push(origin.to_string());
            }
        }
        let origins = if origins.is_empty() {
            "the defaults".to_owned()
        } else {
            origins.join(", ")
        };
        format!(
            "database \"{}\" on {} as \"{}\" (from {origins})",
            self.dbname,
            hosts.join(" or "),
            self.user
        )
    }

    /// What a child process such as `pg_dump` needs in its environment to reach the same server, but for the password:
    /// that of [`Host::password`], as `PGPASSWORD`.
    pub fn libpq_variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = self.host_variables();
        variables.push(("PGDATABASE", self.dbname.clone()));
        variables.push(("PGUSER", self.user.clone()));
        for keyword in keyword::KEYWORDS {
            let elsewhere = ANSWERED.contains(&keyword.name);
            if let Some(variable) = keyword.variable.filter(|_| !elsewhere)
                && let Some(value) = self.layer.non_empty(keyword.name)
            {
                variables.push((variable, value.to_owned()));
            }
        }
        variables
    }

    fn host_variables(&self) -> Vec<(&'static str, String)> {
        let list =
            |f: &dyn Fn(&Host) -> String| self.hosts.iter().map(f).collect::<Vec<_>>().join(",");
        let mut variables = vec![
            ("PGHOST", list(&|host| host.name().to_owned())),
            ("PGPORT", list(&|host| host.port().to_string())),
        ];
        if self.hosts.iter().any(|host| host.address().is_some()) {
            let address = |host: &Host| host.address().map(|a| a.to_string()).unwrap_or_default();
            variables.push(("PGHOSTADDR", list(&address)));
        }
        variables
    }

    pub(crate) fn encryption(&self) -> &Encryption {
        &self.encryption
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }
}

/// Options that [`Settings::libpq_variables`] writes from what was resolved, or that are used up.
const ANSWERED: &[&str] = &[
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "passfile",
    "service",
    "servicefile",
];

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("hosts", &self.hosts)
            .field("dbname", &self.dbname)
            .field("user", &self.user)
            .field("encryption", &self.encryption)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())
    }
}
