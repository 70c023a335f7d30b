//! Lays the sources of settings over one another: the flag, `DATABASE_URL`, libpq's service file and environment, the
//! configuration, the container.
//!
//! Within one connection string, what is missing comes from the service, the environment and the defaults, as with
//! libpq. Between connection strings there is one rule more: a source that names a server or a database stands for
//! itself, and those below it are not mixed in, so that nobody is sent to a database that no source describes. A
//! password that belongs to the container goes to that container only.

use secrecy::{ExposeSecret, SecretString};

use super::layer::Layer;
use super::{Environment, Host, Origin, Settings, host, keyword, service};
use crate::Error;

/// What a container tells about the server in it.
#[derive(Debug, Clone, Default)]
pub struct Container {
    /// Where its port is reached from here.
    pub host: String,
    /// The port as reached from here.
    pub port: u16,
    /// The superuser that it was made with.
    pub user: Option<String>,
    /// The database that it was made with.
    pub dbname: Option<String>,
    /// The password that it was made with.
    pub password: Option<SecretString>,
}

/// Collects the sources; see [`Settings::builder`].
#[derive(Debug, Clone, Default)]
pub struct Builder {
    flag: Option<SecretString>,
    configuration: Option<SecretString>,
    container: Option<Container>,
}

const SERVER: &[&str] = &["host", "hostaddr", "port", "service"];
const ANCHORS: &[&str] = &["host", "hostaddr", "port", "service", "dbname"];

impl Builder {
    /// The value of `--database`: a URL, a `keyword=value` string or a database name.
    #[must_use]
    pub fn flag(mut self, text: impl Into<String>) -> Self {
        self.flag = Some(SecretString::from(text.into()));
        self
    }

    /// The `url` of the configuration.
    #[must_use]
    pub fn configuration(mut self, text: impl Into<String>) -> Self {
        self.configuration = Some(SecretString::from(text.into()));
        self
    }

    /// The container that the server runs in.
    #[must_use]
    pub fn container(mut self, container: Container) -> Self {
        self.container = Some(container);
        self
    }

    /// Decides what counts.
    ///
    /// # Errors
    /// [`crate::Kind::Settings`] when a source can't be understood or sources contradict; no message repeats a value.
    pub fn resolve(self, environment: &Environment) -> Result<Settings, Error> {
        let mut merged = explicit(self.flag.as_ref(), environment)?;
        add_service(&mut merged, environment.variable("PGSERVICE"), environment)?;
        merged.fill(variables(environment)?);
        if let Some(text) = self.configuration.filter(|_| !merged.has(ANCHORS)) {
            merged.fill(Layer::parse(text.expose_secret(), &Origin::Configuration)?);
            add_service(&mut merged, None, environment)?;
        }
        let Some(container) = self.container else {
            return Settings::from_layer(merged, environment);
        };
        if !merged.has(SERVER) {
            merged.fill(container.layer());
        }
        let mut settings = Settings::from_layer(merged, environment)?;
        container.lend_password(&mut settings);
        Ok(settings)
    }
}

impl Container {
    fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        layer.set("host", self.host.clone(), Origin::Container);
        layer.set("port", self.port.to_string(), Origin::Container);
        for (name, value) in [("user", &self.user), ("dbname", &self.dbname)] {
            if let Some(value) = value {
                layer.set(name, value.clone(), Origin::Container);
            }
        }
        layer
    }

    /// Its password is the last resort, for its own user and its own address.
    fn lend_password(&self, settings: &mut Settings) {
        let Some(password) = &self.password else {
            return;
        };
        if self.user.as_deref().unwrap_or("postgres") == settings.user {
            host::give_password(&mut settings.hosts, password, &Origin::Container, |host| {
                self.is_at(host)
            });
        }
    }

    fn is_at(&self, host: &Host) -> bool {
        let loopback = self.host == "localhost"
            || self
                .host
                .parse()
                .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        let same = host.name() == self.host
            || (loopback && host.is_local() && host.socket_directory().is_none());
        same && host.port() == self.port
    }
}

/// What the flag says, over `DATABASE_URL` unless it stands for itself.
fn explicit(flag: Option<&SecretString>, environment: &Environment) -> Result<Layer, Error> {
    let mut layer = match flag {
        Some(text) => Layer::parse(text.expose_secret(), &Origin::Flag)?,
        None => Layer::default(),
    };
    if let Some(url) = environment
        .variable("DATABASE_URL")
        .filter(|_| !layer.has(ANCHORS))
    {
        layer.fill(Layer::parse(url, &Origin::DatabaseUrl)?);
    }
    Ok(layer)
}

/// Adds the options of the service that the layer, else `fallback`, names.
fn add_service(
    layer: &mut Layer,
    fallback: Option<&str>,
    environment: &Environment,
) -> Result<(), Error> {
    if layer.get("service").is_none()
        && let Some(name) = fallback
    {
        layer.set("service", name.to_owned(), Origin::Variable("PGSERVICE"));
    }
    let Some(name) = layer.non_empty("service") else {
        return Ok(());
    };
    let file = layer
        .non_empty("servicefile")
        .or_else(|| environment.variable("PGSERVICEFILE"));
    let options = service::read(name, file, environment)?;
    layer.fill(options);
    Ok(())
}

/// libpq's environment.
fn variables(environment: &Environment) -> Result<Layer, Error> {
    let mut layer = Layer::default();
    for keyword in keyword::KEYWORDS {
        if let Some(variable) = keyword.variable
            && let Some(value) = environment.variable(variable)
        {
            layer.set_checked(keyword.name, value.to_owned(), &Origin::Variable(variable))?;
        }
    }
    Ok(layer)
}
