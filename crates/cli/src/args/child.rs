//! The hidden verb behind which partman starts itself, so that no program of its outlives it.
//!
//! It is no verb for people: it is in no help, no completion and no manual, and its words are not judged as arguments
//! are, since they are another program's.

use std::ffi::OsString;

/// The word.
pub(crate) const NAME: &str = "__child";

/// What follows the word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Child {
    pub(crate) words: Vec<OsString>,
}

impl Child {
    /// The command line, if it is that of a child; its first item is the program's own name.
    pub(super) fn in_(argv: &[OsString]) -> Option<Self> {
        let (name, words) = argv.get(1..)?.split_first()?;
        (name == NAME).then(|| Self {
            words: words.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_word_makes_a_child() {
        let child = |line: &str| {
            let argv: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            Child::in_(&argv).map(|child| child.words.len())
        };
        assert_eq!(child("partman __child run term"), Some(2));
        assert_eq!(child("partman status __child"), None);
        assert_eq!(child("partman"), None);
    }
}
