//! What a rule is: its id, its severity and its page.
//!
//! The page lives here and nowhere else: `partman explain ID` prints [`Meta::page`], and `docs/checks/<id>.md` is the
//! same text, generated; a test fails when a page is missing or stale.

use super::Severity;

/// The name, the weight and the words of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meta {
    /// Kebab-case; names the condition, not the cure. Public, never reused.
    pub id: &'static str,
    /// Its usual severity.
    pub severity: Severity,
    /// Another severity and when it has that; empty for most.
    pub varies: &'static str,
    /// The condition in one line.
    pub title: &'static str,
    /// What it finds, and from what it knows.
    pub finds: &'static str,
    /// What happens if nothing is done.
    pub matters: &'static str,
    /// The ways out, with commands.
    pub remedy: &'static str,
    /// What looking costs, and what the way out locks.
    pub cost: &'static str,
}

impl Meta {
    /// The page's place, from the root of the repository.
    pub fn docs(&self) -> String {
        format!("docs/checks/{}.md", self.id)
    }

    /// The page, in Markdown.
    pub fn page(&self) -> String {
        let varies = if self.varies.is_empty() {
            String::new()
        } else {
            format!("; {}", self.varies)
        };
        format!(
            "# {}\n\n{}\n\nSeverity: **{}**{varies}.\n\n\
             ## What it finds\n\n{}\n\n## Why it matters\n\n{}\n\n\
             ## What to do\n\n{}\n\n## Locks and cost\n\n{}\n",
            self.id, self.title, self.severity, self.finds, self.matters, self.remedy, self.cost
        )
    }
}
