//! What a report says when nobody could look: one finding, so that a machine that reads reports sees an error and not
//! an empty list.

use partman_core::check::{Finding, Meta, Severity};
use partman_core::phrase;

/// The rule that there has to be an answer.
pub static META: Meta = Meta {
    id: "database-unreachable",
    severity: Severity::Error,
    varies: "",
    title: "The database did not answer.",
    finds: "`partman check --wait` could not connect within its time limit; the reason is that of the last attempt.",
    matters: "Nothing is known about the partition sets, and applications probably can't reach them either.",
    remedy: "The message says what the server or the network answered; `partman status -v` shows which settings were used \
        and where each was found.",
    cost: "Tries to connect every two seconds.",
};

/// The only finding of a report when the database did not answer, for this reason.
pub fn finding(why: &str) -> Finding {
    Finding {
        docs: "docs/how-to/connect.md".to_owned(),
        ..Finding::new(
            &META,
            "database",
            phrase!("the database did not answer: {why}", why),
            phrase!("`partman status -v` shows which settings were used, and where each was found"),
        )
    }
}
