//! What the settings say about the connection itself: time limits, keepalives, which kind of server will do.

use std::time::Duration;

use super::layer::{Layer, invalid};
use super::value::{choice, number};
use crate::Error;

/// libpq's `target_session_attrs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

/// libpq's `channel_binding`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChannelBinding {
    Disable,
    Prefer,
    Require,
}

/// The connection itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transport {
    /// For one host, from the first packet to the end of authentication.
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) options: Option<String>,
    pub(crate) keepalives: bool,
    pub(crate) keepalives_idle: Option<Duration>,
    pub(crate) keepalives_interval: Option<Duration>,
    pub(crate) keepalives_count: Option<u32>,
    pub(crate) tcp_user_timeout: Option<Duration>,
    pub(crate) target: Target,
    pub(crate) channel_binding: ChannelBinding,
    pub(crate) random_order: bool,
}

const TARGETS: &[(&str, Target)] = &[
    ("any", Target::Any),
    ("read-write", Target::ReadWrite),
    ("read-only", Target::ReadOnly),
    ("primary", Target::Primary),
    ("standby", Target::Standby),
    ("prefer-standby", Target::PreferStandby),
];

const BINDINGS: &[(&str, ChannelBinding)] = &[
    ("disable", ChannelBinding::Disable),
    ("prefer", ChannelBinding::Prefer),
    ("require", ChannelBinding::Require),
];

impl Transport {
    pub(super) fn resolve(layer: &Layer) -> Result<Self, Error> {
        refuse_gss(layer)?;
        let count = number(layer, "keepalives_count")?;
        let seconds = |name| Ok::<_, Error>(positive(layer, name)?.map(Duration::from_secs));
        Ok(Self {
            // libpq rounds a limit of one second up, so that a slow look-up has a chance.
            connect_timeout: seconds("connect_timeout")?.map(|t| t.max(Duration::from_secs(2))),
            options: layer.non_empty("options").map(str::to_owned),
            keepalives: number(layer, "keepalives")? != Some(0),
            keepalives_idle: seconds("keepalives_idle")?,
            keepalives_interval: seconds("keepalives_interval")?,
            keepalives_count: count.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0),
            tcp_user_timeout: positive(layer, "tcp_user_timeout")?.map(Duration::from_millis),
            target: choice(layer, "target_session_attrs", TARGETS)?.unwrap_or(Target::Any),
            channel_binding: choice(layer, "channel_binding", BINDINGS)?
                .unwrap_or(ChannelBinding::Prefer),
            random_order: choice(
                layer,
                "load_balance_hosts",
                &[("disable", false), ("random", true)],
            )?
            .unwrap_or(false),
        })
    }
}

/// Zero and less mean the system's default, or no limit.
fn positive(layer: &Layer, name: &str) -> Result<Option<u64>, Error> {
    let found = number(layer, name)?;
    Ok(found.and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0))
}

fn refuse_gss(layer: &Layer) -> Result<(), Error> {
    let modes = [("disable", false), ("prefer", false), ("require", true)];
    if choice(layer, "gssencmode", &modes)? == Some(true) {
        let why = "gssencmode=require is not supported; use TLS with sslmode=verify-full";
        return Err(invalid(&layer.origin("gssencmode"), why));
    }
    Ok(())
}
