//! What a rule says: a finding, how bad it is, and a rule's verdict on everything it looked at.
//!
//! The fields of a [`Finding`] are part of the public contract (`partman check --format json`). A finding is built here
//! and worded in its rule; how it is printed is the reports' affair.

use serde::{Deserialize, Serialize};

use super::Meta;
use crate::words::Phrase;

/// How bad a finding is; the worst is the greatest, so that a threshold is a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Wants attention before it becomes an error.
    Warning,
    /// Rows are at risk now, or will be within one interval.
    Error,
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One thing that isn't as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's id.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// The parent of the set, or the database.
    pub subject: String,
    /// What is the matter, with names and numbers, and what follows from it.
    pub message: Phrase,
    /// The way out, with the exact command where there is one.
    pub help: Phrase,
    /// Where the rule is explained.
    pub docs: String,
}

impl Finding {
    /// A finding of this rule at its usual severity.
    pub fn new(
        meta: &Meta,
        subject: impl ToString,
        message: impl Into<Phrase>,
        help: impl Into<Phrase>,
    ) -> Self {
        Self {
            id: meta.id.to_owned(),
            severity: meta.severity,
            subject: subject.to_string(),
            message: message.into(),
            help: help.into(),
            docs: meta.docs(),
        }
    }

    /// The same with another severity.
    #[must_use]
    pub fn at(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

/// What a rule says about a whole database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything it looked at is well.
    Pass,
    /// These are not; never empty.
    Found(Vec<Finding>),
    /// There was nothing to look at, or what it needs could not be seen.
    Skip(String),
}

/// What a rule says about one subject.
pub(super) enum Judged {
    Fine,
    Found(Vec<Finding>),
    /// The facts aren't there; the reason, for [`Verdict::Skip`].
    Unknown(String),
}

impl From<Option<Finding>> for Judged {
    fn from(found: Option<Finding>) -> Self {
        found.into_iter().collect::<Vec<_>>().into()
    }
}

impl From<Vec<Finding>> for Judged {
    fn from(found: Vec<Finding>) -> Self {
        if found.is_empty() {
            Self::Fine
        } else {
            Self::Found(found)
        }
    }
}

impl Verdict {
    /// The verdict of a rule that looked at all there was: these findings, or none.
    pub(super) fn of(found: Vec<Finding>) -> Self {
        if found.is_empty() {
            Self::Pass
        } else {
            Self::Found(found)
        }
    }

    /// The verdicts on all subjects in one. What was found counts most, then what could not be seen; without a subject
    /// the rule is skipped, and `without` says why.
    pub(super) fn each<T, J: Into<Judged>>(
        subjects: impl IntoIterator<Item = T>,
        without: &str,
        mut judge: impl FnMut(T) -> J,
    ) -> Self {
        let (mut any, mut findings, mut unknown) = (false, Vec::new(), None);
        for subject in subjects {
            any = true;
            match judge(subject).into() {
                Judged::Fine => {}
                Judged::Found(found) => findings.extend(found),
                Judged::Unknown(why) => unknown = unknown.or(Some(why)),
            }
        }
        match (findings.is_empty(), unknown) {
            (false, _) => Self::Found(findings),
            (true, Some(why)) => Self::Skip(why),
            (true, None) if !any => Self::Skip(without.to_owned()),
            (true, None) => Self::Pass,
        }
    }
}
