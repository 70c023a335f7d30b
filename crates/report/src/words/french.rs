//! French: the templates of all phrases, by area. The English template is the key, and both have the same places.
//!
//! They are written with plain spaces; the ones that don't break stand before `:`, `;`, `?`, `!` and within « » when they
//! are read in.

mod bounds;
mod findings;
mod help;
mod mending;
mod page;
mod plan;
mod reasons;
mod runs;
mod status;

use std::collections::HashMap;
use std::sync::LazyLock;

/// English and French.
pub(super) type Pair = (&'static str, &'static str);

static TEMPLATES: LazyLock<HashMap<&'static str, String>> = LazyLock::new(|| {
    all()
        .map(|(english, french)| (english, typeset(french)))
        .collect()
});

/// Every pair of templates.
pub(super) fn all() -> impl Iterator<Item = Pair> {
    let areas = [
        findings::WORDS,
        help::WORDS,
        mending::WORDS,
        page::WORDS,
        plan::WORDS,
        reasons::WORDS,
        bounds::WORDS,
        runs::WORDS,
        status::WORDS,
    ];
    areas.into_iter().flatten().copied()
}

/// The French for an English template.
pub(super) fn template(english: &str) -> Option<&'static str> {
    TEMPLATES.get(english).map(String::as_str)
}

/// Spaces at which no line may end.
fn typeset(text: &str) -> String {
    let mut set = text.to_owned();
    for sign in [":", ";", "?", "!", "»"] {
        set = set.replace(&format!(" {sign}"), &format!("\u{a0}{sign}"));
    }
    set.replace("« ", "«\u{a0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_ends_before_a_colon() {
        assert_eq!(
            typeset("« oui » : a::b ; quoi ?"),
            "«\u{a0}oui\u{a0}»\u{a0}: a::b\u{a0}; quoi\u{a0}?"
        );
    }
}
