//! Connection strings: URLs and `keyword=value`, as libpq reads them.

use proptest::prelude::*;

use super::super::{dsn, uri};
use super::*;

/// What of the settings can be written into a connection string, in one line.
fn shown(settings: &Settings) -> String {
    let hosts: Vec<_> = settings.hosts().iter().map(Host::to_string).collect();
    let password = settings.hosts()[0]
        .password()
        .map(|(secret, _)| secret.expose_secret());
    format!(
        "{}@{} {} {}",
        settings.user(),
        hosts.join(","),
        settings.dbname(),
        password.unwrap_or("-")
    )
}

#[test]
fn urls_of_libpqs_documentation_are_read() {
    for (url, expected) in [
        ("postgresql://", "os-user@localhost:5432 os-user -"),
        ("postgresql://localhost", "os-user@localhost:5432 os-user -"),
        (
            "postgresql://localhost:5433",
            "os-user@localhost:5433 os-user -",
        ),
        (
            "postgresql://localhost/mydb",
            "os-user@localhost:5432 mydb -",
        ),
        ("postgresql://user@localhost", "user@localhost:5432 user -"),
        (
            "postgresql://user:secret@localhost",
            "user@localhost:5432 user secret",
        ),
        (
            "postgresql://other@localhost/otherdb?connect_timeout=10",
            "other@localhost:5432 otherdb -",
        ),
        (
            "postgresql://host1:123,host2:456/somedb?target_session_attrs=any",
            "os-user@host1:123,host2:456 somedb -",
        ),
        (
            "postgresql:///mydb?host=localhost&port=5433",
            "os-user@localhost:5433 mydb -",
        ),
        (
            "postgresql://[2001:db8::1234]/database",
            "os-user@[2001:db8::1234]:5432 database -",
        ),
        (
            "postgresql://%2Fvar%2Flib%2Fpg:5433/db",
            "os-user@/var/lib/pg/.s.PGSQL.5433 db -",
        ),
        (
            "postgresql:///dbname?host=/var/lib/pg",
            "os-user@/var/lib/pg/.s.PGSQL.5432 dbname -",
        ),
        (
            "postgres://u%40x:p%2Fw%3A%25@db/a%20b",
            "u@x@db:5432 a b p/w:%",
        ),
        ("postgres://u:a:b@db", "u@db:5432 u a:b"),
        (
            "postgres://u@host1,host2:5433,host3",
            "u@host1:5432,host2:5433,host3:5432 u -",
        ),
        (
            "postgres://u@[::1]:5433,[::2]/x",
            "u@[::1]:5433,[::2]:5432 x -",
        ),
        ("postgres://u@/x?", "u@localhost:5432 x -"),
        ("postgres://u@db?dbname=x&user=v", "v@db:5432 x -"),
        ("postgres://db/x?user=a%26b%3Dc", "a&b=c@db:5432 x -"),
        ("app", "os-user@localhost:5432 app -"),
    ] {
        assert_eq!(shown(&parsed(url)), expected, "{url}");
    }
    assert_eq!(
        parsed("postgres://db/x?ssl=true").ssl_mode(),
        SslMode::Require
    );
}

#[test]
fn what_may_hold_a_password_and_is_no_url_is_refused_and_never_shown() {
    for text in [
        "postgres://u:s3cret@with@at@host/db",
        "postgresql://u:s3cret@h1@h2:5432",
        "u:s3cret@host/db",
        "s3cret:x@host",
        "postgres//u:s3cret@host/db",
        "postgres:/u:s3cret@host/db",
        "Postgres://u:s3cret@host/db",
        " postgres://u:s3cret@host/db",
        "jdbc:postgresql://host/db?password=s3cret",
        "dbname=postgres://u:s3cret@host/db",
        "host=u:s3cret@host",
        "user=u:s3cret@host",
        "s3cret@host",
        "host/s3cret",
    ] {
        let error = Settings::from_url(text).expect_err(text);
        let mut shown = format!("{error} {error:?}");
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            shown += &cause.to_string();
            source = cause.source();
        }
        assert!(!shown.contains("s3cret"), "{text}: {shown}");
    }
    assert_eq!(parsed("dbname='a/b:c?'").dbname(), "a/b:c?");
}

#[test]
fn urls_that_libpq_refuses_are_refused() {
    for (url, expected) in [
        (
            "postgres://u:s3cret@db/%zz",
            "a \"%\" in the URL isn't followed by two hexadecimal digits; \"%\" itself is %25",
        ),
        (
            "postgres://u:s3cret%@db",
            "a \"%\" in the URL isn't followed by two hexadecimal digits; \"%\" itself is %25",
        ),
        ("postgres://u:s3cret%00@db", "the URL holds %00"),
        (
            "postgres://u:s3cret%ff@db",
            "the URL isn't UTF-8 once decoded",
        ),
        (
            "postgres://u:s3cret@[::1",
            "an IPv6 address in the URL has no closing bracket",
        ),
        (
            "postgres://u:s3cret@[]/x",
            "an IPv6 address in the URL is empty",
        ),
        (
            "postgres://u:s3cret@[::1]x",
            "something other than a port follows an IPv6 address",
        ),
        (
            "postgres://u:s3cret@db?sslmode",
            "an option in the URL's query has no value",
        ),
        (
            "postgres://db?password=s3cret=x",
            "an option in the URL's query has two \"=\"; write the second as %3D",
        ),
        (
            "postgres://db?s3cret=x",
            "an option that libpq doesn't know, or a value that needs quotes",
        ),
        (
            "postgres://db?sslmod=require",
            "an option that libpq doesn't know; \"sslmode\" may be meant",
        ),
        (
            "postgres://db?sslmode=s3cret",
            "\"sslmode\" has to be one of disable, allow, prefer, require, verify-ca, verify-full",
        ),
        (
            "postgres://u:s3cret@db:543x",
            "\"port\" has to be a number from 1 to 65535",
        ),
        (
            "postgres://u:s3cret@db:0",
            "\"port\" has to be a number from 1 to 65535",
        ),
        (
            "postgres://u:s3cret@db:65536",
            "\"port\" has to be a number from 1 to 65535",
        ),
        (
            "postgres://db?hostaddr=s3cret",
            "\"hostaddr\" has to be a numeric address",
        ),
        ("postgres://a,b?port=1,2,3", "3 ports but 2 hosts"),
        (
            "postgres://a,b?hostaddr=10.0.0.1",
            "2 hosts but 1 host addresses",
        ),
        (
            "postgres://db?connect_timeout=s3cret",
            "\"connect_timeout\" has to be a whole number",
        ),
        (
            "postgres://db?requirepeer=postgres",
            "\"requirepeer\" is not supported; take it out",
        ),
        (
            "postgres://db?gssencmode=require",
            "gssencmode=require is not supported; use TLS with sslmode=verify-full",
        ),
    ] {
        assert_eq!(refused(url), expected, "{url}");
    }
}

/// Its parts would end up in the port and in the database's name.
#[test]
fn a_slash_in_a_password_is_explained_and_not_told() {
    for url in ["postgres://u:s3/cret@db/app", "postgres://u:12/s3cret@db"] {
        let expected = "an \"@\" follows the first \"/\"; in a password, write \"/\" as %2F";
        assert_eq!(refused(url), expected);
    }
}

#[test]
fn keyword_value_strings_are_read() {
    for (text, expected) in [
        ("host=db port=5433 user=u dbname=x", "u@db:5433 x -"),
        ("  host = db\n\tuser= u ", "u@db:5432 u -"),
        (
            r"user=u password='it\'s a \\ b' host=db",
            r"u@db:5432 u it's a \ b",
        ),
        (r"user=u password=a\ b\'c host=db", "u@db:5432 u a b'c"),
        ("user=u password='' host=db", "u@db:5432 u -"),
        ("user=u password='a=b' host=db", "u@db:5432 u a=b"),
        ("user=u host=a host=b", "u@b:5432 u -"),
        ("user='u'host='db'", "u@db:5432 u -"),
        ("host='' user=u", "u@localhost:5432 u -"),
        ("hostaddr=10.0.0.1 user=u", "u@10.0.0.1:5432 u -"),
        (
            "host=a,,b user=u port=,5433,",
            "u@a:5432,localhost:5433,b:5432 u -",
        ),
    ] {
        assert_eq!(shown(&parsed(text)), expected, "{text}");
    }
    for (text, expected) in [
        (
            "password=two s3cret",
            "a word without \"=\"; a value with spaces needs single quotes",
        ),
        ("password='s3cret", "a quoted value has no closing quote"),
        (
            "=s3cret",
            "an option that libpq doesn't know, or a value that needs quotes",
        ),
        (
            "password=a s3cret=b",
            "an option that libpq doesn't know, or a value that needs quotes",
        ),
    ] {
        assert_eq!(refused(text), expected, "{text}");
    }
}

/// Written as libpq's documentation says.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

fn encoded(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

proptest! {
    #[test]
    fn quoted_values_come_back_as_they_were(values in proptest::collection::vec("\\PC*", 0..5), gap in "[ \t\n]{1,3}") {
        let text: Vec<_> = values.iter().map(|value| format!("name{gap}={gap}{}", quoted(value))).collect();
        let read = dsn::parse(&text.join(&gap)).unwrap();
        prop_assert_eq!(read, values.into_iter().map(|value| ("name".to_owned(), value)).collect::<Vec<_>>());
    }

    #[test]
    fn encoded_urls_come_back_as_they_were(user in "\\PC+", password in "\\PC+", host in "\\PC+", name in "\\PC+") {
        let url = format!("{}:{}@{}/{}", encoded(&user), encoded(&password), encoded(&host), encoded(&name));
        let expected = [("user", user), ("password", password), ("host", host), ("dbname", name)];
        let expected: Vec<_> = expected.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        prop_assert_eq!(uri::parse(&url).unwrap(), expected);
    }

    #[test]
    fn no_text_makes_the_readers_fall_over_or_tell_a_part_of_it(text in "\\PC*") {
        let _ = dsn::parse(&text);
        let _ = uri::parse(&text);
        let _ = Settings::has_password_in(&text);
    }

    #[test]
    fn no_error_tells_a_password(before in "[ -~]{0,8}", after in "[ -~]{0,8}") {
        for text in [
            format!("postgres://u:{before}Qx7Z{after}@db/app"),
            format!("user=u password={before}Qx7Z{after} host=db"),
            format!("user=u password='{before}Qx7Z{after}' host=db"),
            format!("postgres://db/app?password={before}Qx7Z{after}"),
        ] {
            let resolved = Settings::builder().flag(text.as_str()).resolve(&nowhere());
            if let Err(e) = resolved {
                prop_assert!(!format!("{e:?} {e}").contains("Qx7Z"), "{text}: {e}");
            }
        }
    }
}
