//! Takes a `postgres://` URL apart, as libpq does it.
//!
//! The `url` crate reads one host per URL; libpq allows several (`postgres://a:1,b:2/app`) and a socket directory
//! (`postgres://%2Frun%2Fpostgresql/app`). No error repeats a piece of the URL: a password may hold any character.

use percent_encoding::percent_decode_str;

type Pairs = Vec<(String, String)>;

/// The rest of `text` when it begins with `postgres://` or `postgresql://`.
pub(super) fn without_scheme(text: &str) -> Option<&str> {
    text.strip_prefix("postgres://")
        .or_else(|| text.strip_prefix("postgresql://"))
}

/// The options that the part after the scheme names, in its order. Empty components are left out.
pub(super) fn parse(text: &str) -> Result<Pairs, String> {
    let mut pairs = Vec::new();
    let rest = userinfo(text, &mut pairs)?;
    let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(
            "there is more than one \"@\" before the host; in a password, write \"@\" as %40"
                .into(),
        );
    }
    hosts(authority, &mut pairs)?;
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (rest, None),
    };
    if path.contains('@') {
        return Err("an \"@\" follows the first \"/\"; in a password, write \"/\" as %2F".into());
    }
    push(&mut pairs, "dbname", path.strip_prefix('/').unwrap_or(path))?;
    for pair in query.iter().flat_map(|q| q.split('&')) {
        parameter(pair, &mut pairs)?;
    }
    Ok(pairs)
}

/// Takes `user:password@` off the front.
fn userinfo<'a>(text: &'a str, pairs: &mut Pairs) -> Result<&'a str, String> {
    let Some(end) = text
        .find(['@', '/'])
        .filter(|at| text[*at..].starts_with('@'))
    else {
        return Ok(text);
    };
    let (user, password) = text[..end].split_once(':').unwrap_or((&text[..end], ""));
    push(pairs, "user", user)?;
    push(pairs, "password", password)?;
    Ok(&text[end + 1..])
}

fn hosts(authority: &str, pairs: &mut Pairs) -> Result<(), String> {
    let mut names = Vec::new();
    let mut ports = Vec::new();
    for place in authority.split(',') {
        let (name, port) = host(place)?;
        names.push(name);
        ports.push(port);
    }
    push(pairs, "host", &listed(&names))?;
    push(pairs, "port", &listed(&ports))
}

/// Splits `name:port` or `[address]:port`.
fn host(place: &str) -> Result<(&str, &str), String> {
    let Some(inner) = place.strip_prefix('[') else {
        return Ok(place.split_once(':').unwrap_or((place, "")));
    };
    let (address, rest) = inner
        .split_once(']')
        .ok_or("an IPv6 address in the URL has no closing bracket")?;
    match (address, rest.strip_prefix(':')) {
        ("", _) => Err("an IPv6 address in the URL is empty".to_owned()),
        (_, Some(port)) => Ok((address, port)),
        (_, None) if rest.is_empty() => Ok((address, "")),
        (_, None) => Err("something other than a port follows an IPv6 address".to_owned()),
    }
}

/// As libpq's lists: one element stands for itself, and nothing said at all is nothing.
fn listed(parts: &[&str]) -> String {
    if parts.iter().all(|part| part.is_empty()) {
        return String::new();
    }
    parts.join(",")
}

fn parameter(pair: &str, pairs: &mut Pairs) -> Result<(), String> {
    if pair.is_empty() {
        return Ok(());
    }
    let (name, value) = pair
        .split_once('=')
        .ok_or("an option in the URL's query has no value")?;
    if value.contains('=') {
        return Err("an option in the URL's query has two \"=\"; write the second as %3D".into());
    }
    pairs.push((decode(name)?, decode(value)?));
    Ok(())
}

fn push(pairs: &mut Pairs, name: &str, encoded: &str) -> Result<(), String> {
    if !encoded.is_empty() {
        pairs.push((name.to_owned(), decode(encoded)?));
    }
    Ok(())
}

fn decode(text: &str) -> Result<String, String> {
    let complete = |rest: &str| {
        let digits = rest.as_bytes();
        digits.len() >= 2 && digits[..2].iter().all(u8::is_ascii_hexdigit)
    };
    if !text.split('%').skip(1).all(complete) {
        return Err(
            "a \"%\" in the URL isn't followed by two hexadecimal digits; \"%\" itself is %25"
                .into(),
        );
    }
    let decoded = percent_decode_str(text)
        .decode_utf8()
        .map_err(|_| "the URL isn't UTF-8 once decoded")?;
    if decoded.contains('\0') {
        return Err("the URL holds %00".into());
    }
    Ok(decoded.into_owned())
}
