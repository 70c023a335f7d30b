//! The language of answers where nobody names one: that of the locale, if it is one of ours.

use super::surroundings::LOCALE;
use crate::args::value::Language;

/// The language of the strongest variable that is set.
pub(super) fn of_locale<'v>(variable: impl Fn(&str) -> Option<&'v str>) -> Language {
    match LOCALE.iter().find_map(|name| variable(name)) {
        Some(locale) if is(locale, "fr") => Language::Fr,
        _ => Language::En,
    }
}

/// `fr`, `fr_CA.UTF-8` and `fr@euro` are French; `fry_NL` is not.
fn is(locale: &str, language: &str) -> bool {
    let end = locale
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(locale.len());
    locale[..end].eq_ignore_ascii_case(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &'static str)]) -> Language {
        let find = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
        of_locale(find)
    }

    #[test]
    fn the_strongest_variable_decides() {
        assert_eq!(of(&[]), Language::En);
        assert_eq!(of(&[("LANG", "fr_FR.UTF-8")]), Language::Fr);
        assert_eq!(
            of(&[("LANG", "fr_FR.UTF-8"), ("LC_ALL", "C")]),
            Language::En
        );
        assert_eq!(
            of(&[("LANG", "en_US.UTF-8"), ("LC_ALL", "fr")]),
            Language::Fr
        );
        assert_eq!(
            of(&[("LANG", "de_DE"), ("LC_MESSAGES", "fr@euro")]),
            Language::Fr
        );
        assert_eq!(of(&[("LANG", "fry_NL")]), Language::En);
    }
}
