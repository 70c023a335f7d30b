//! What others decided, with every sentence in it said in a language: the same data, ids and enums as before.

use partman_core::assess::Reason;
use partman_core::check::Finding;
use partman_core::model::{Fact, Gap};
use partman_core::phrase;
use partman_core::plan::Plan;
use partman_core::summary::SetSummary;
use partman_core::words::Phrase;
use partman_rollout::status::{Next, Status};

use super::Language;

/// What a finding is about where it is about no set.
const DATABASE: &str = "database ";

impl Language {
    /// Findings whose messages and helps are in this language.
    pub fn findings(self, findings: &[Finding]) -> Vec<Finding> {
        findings
            .iter()
            .map(|finding| self.finding(finding))
            .collect()
    }

    /// A status whose sentences are in this language.
    pub fn status(self, status: &Status) -> Status {
        let next = status.next.iter().map(|next| Next {
            why: self.said(&next.why),
            command: next.command.clone(),
        });
        Status {
            sets: self.sets(&status.sets),
            findings: self.findings(&status.findings),
            next: next.collect(),
            gaps_in_view: status
                .gaps_in_view
                .iter()
                .map(|gap| self.gap(gap))
                .collect(),
            ..status.clone()
        }
    }

    /// A plan whose sentences are in this language; the titles of its steps are as they are in its digest.
    pub fn plan(self, plan: &Plan) -> Plan {
        let refusals = plan.refusals.iter().map(|reason| Reason {
            verdict: reason.verdict,
            code: reason.code,
            what: self.said(&reason.what),
            way_out: self.said(&reason.way_out),
        });
        Plan {
            sets: self.sets(&plan.sets),
            refusals: refusals.collect(),
            ..plan.clone()
        }
    }

    fn finding(self, finding: &Finding) -> Finding {
        let subject = match finding.subject.strip_prefix(DATABASE) {
            Some(name) => self.say(&phrase!("database {name}", name)),
            None => finding.subject.clone(),
        };
        Finding {
            subject,
            message: self.said(&finding.message),
            help: self.said(&finding.help),
            ..finding.clone()
        }
    }

    fn sets(self, sets: &[SetSummary]) -> Vec<SetSummary> {
        let all = |phrases: &[Phrase]| phrases.iter().map(|phrase| self.said(phrase)).collect();
        let one = |set: &SetSummary| SetSummary {
            reasons: all(&set.reasons),
            mends: all(&set.mends),
            declined: all(&set.declined),
            notes: all(&set.notes),
            ..set.clone()
        };
        sets.iter().map(one).collect()
    }

    /// What could not be seen begins with one of a few wordings; the server's own words follow.
    fn gap(self, gap: &Gap) -> Gap {
        let what = match gap.fact {
            Fact::Sizes => phrase!("sizes on disk"),
            Fact::Contents => phrase!("what the DEFAULT partitions hold"),
            Fact::Configuration => phrase!("pg_partman's configuration"),
            Fact::CronJobs => phrase!("pg_cron's jobs"),
            Fact::Journal => phrase!("the journal of partman's runs"),
            Fact::Backups => phrase!("backups"),
        };
        let message = match gap.message.strip_prefix(what.as_str()) {
            Some(rest) => self.say(&what) + rest,
            None => gap.message.clone(),
        };
        Gap {
            message,
            ..gap.clone()
        }
    }

    fn said(self, phrase: &Phrase) -> Phrase {
        match self {
            Self::English => phrase.clone(),
            Self::French => Phrase::verbatim(self.say(phrase)),
        }
    }
}
