//! The connection options that libpq knows, the environment variable of each, and what we do with it.
//!
//! The list follows PostgreSQL 18's documentation (34.1.2 and 34.15). An option that libpq would obey and we can't is
//! refused rather than ignored: someone who wrote `requirepeer` relies on it.

/// One option of libpq.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Keyword {
    /// As written in a connection string.
    pub(super) name: &'static str,
    /// As written in the environment.
    pub(super) variable: Option<&'static str>,
    pub(super) treatment: Treatment,
}

/// What becomes of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    Honoured,
    /// Accepted and without effect: our sessions decide it themselves, or it is about something we never do.
    Ignored,
    /// Changes what a connection guarantees, and we can't keep that guarantee.
    Refused,
}

use Treatment::{Honoured, Ignored, Refused};

const fn keyword(
    name: &'static str,
    variable: Option<&'static str>,
    treatment: Treatment,
) -> Keyword {
    Keyword {
        name,
        variable,
        treatment,
    }
}

/// Every option, in the order of libpq's documentation.
pub(super) const KEYWORDS: &[Keyword] = &[
    keyword("host", Some("PGHOST"), Honoured),
    keyword("hostaddr", Some("PGHOSTADDR"), Honoured),
    keyword("port", Some("PGPORT"), Honoured),
    keyword("dbname", Some("PGDATABASE"), Honoured),
    keyword("user", Some("PGUSER"), Honoured),
    keyword("password", Some("PGPASSWORD"), Honoured),
    keyword("passfile", Some("PGPASSFILE"), Honoured),
    keyword("service", Some("PGSERVICE"), Honoured),
    keyword("servicefile", Some("PGSERVICEFILE"), Honoured),
    keyword("connect_timeout", Some("PGCONNECT_TIMEOUT"), Honoured),
    keyword("options", Some("PGOPTIONS"), Honoured),
    keyword("keepalives", None, Honoured),
    keyword("keepalives_idle", None, Honoured),
    keyword("keepalives_interval", None, Honoured),
    keyword("keepalives_count", None, Honoured),
    keyword("tcp_user_timeout", None, Honoured),
    keyword("sslmode", Some("PGSSLMODE"), Honoured),
    keyword("sslnegotiation", Some("PGSSLNEGOTIATION"), Honoured),
    keyword("sslrootcert", Some("PGSSLROOTCERT"), Honoured),
    keyword("sslcert", Some("PGSSLCERT"), Honoured),
    keyword("sslkey", Some("PGSSLKEY"), Honoured),
    keyword("sslcrl", Some("PGSSLCRL"), Honoured),
    keyword("sslsni", Some("PGSSLSNI"), Honoured),
    keyword("sslcertmode", Some("PGSSLCERTMODE"), Honoured),
    keyword(
        "ssl_min_protocol_version",
        Some("PGSSLMINPROTOCOLVERSION"),
        Honoured,
    ),
    keyword(
        "ssl_max_protocol_version",
        Some("PGSSLMAXPROTOCOLVERSION"),
        Honoured,
    ),
    keyword(
        "target_session_attrs",
        Some("PGTARGETSESSIONATTRS"),
        Honoured,
    ),
    keyword("channel_binding", Some("PGCHANNELBINDING"), Honoured),
    keyword("load_balance_hosts", Some("PGLOADBALANCEHOSTS"), Honoured),
    keyword("gssencmode", Some("PGGSSENCMODE"), Honoured),
    keyword("application_name", Some("PGAPPNAME"), Ignored),
    keyword("fallback_application_name", None, Ignored),
    keyword("client_encoding", Some("PGCLIENTENCODING"), Ignored),
    keyword("sslcompression", Some("PGSSLCOMPRESSION"), Ignored),
    keyword("krbsrvname", Some("PGKRBSRVNAME"), Ignored),
    keyword("gsslib", Some("PGGSSLIB"), Ignored),
    keyword("gssdelegation", Some("PGGSSDELEGATION"), Ignored),
    keyword(
        "min_protocol_version",
        Some("PGMINPROTOCOLVERSION"),
        Ignored,
    ),
    keyword(
        "max_protocol_version",
        Some("PGMAXPROTOCOLVERSION"),
        Ignored,
    ),
    keyword("sslkeylogfile", None, Ignored),
    keyword("sslpassword", None, Refused),
    keyword("sslcrldir", Some("PGSSLCRLDIR"), Refused),
    keyword("requirepeer", Some("PGREQUIREPEER"), Refused),
    keyword("require_auth", Some("PGREQUIREAUTH"), Refused),
    keyword("replication", None, Refused),
    keyword("scram_client_key", None, Refused),
    keyword("scram_server_key", None, Refused),
    keyword("oauth_issuer", None, Refused),
    keyword("oauth_client_id", None, Refused),
    keyword("oauth_client_secret", None, Refused),
    keyword("oauth_scope", None, Refused),
];

/// The option of this name.
pub(super) fn find(name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|k| k.name == name)
}

/// The option that `name` may have been meant to be.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    KEYWORDS
        .iter()
        .map(|k| (strsim::damerau_levenshtein(k.name, name), k.name))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, name)| name)
}
