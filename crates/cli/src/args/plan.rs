//! `partman plan`: what `migrate` would do.

use std::path::PathBuf;

use clap::Args;
use partman_core::RelationName;
use partman_core::mend::MendKind;
use partman_core::wanted::Names;
use partman_rollout::request::Asked;

use super::value;

/// Show what migrate would do: steps, SQL, locks, undo
///
/// Shows each step that `partman migrate` would take, its SQL, the locks that it takes, and whether and how it is
/// undone. Without a parent: the sets of the configuration. Changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(after_long_help = "\
Examples:
  partman plan
  partman plan public.webhook_events --out plan.json && partman migrate --plan plan.json")]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) scope: Scope,
    /// Save the plan with its digest, for migrate --plan; `-` prints it instead of showing it
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Which sets are meant, what happens to their names, and what isn't mended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(crate) struct Scope {
    /// Partitioned tables, as schema.table
    #[arg(value_name = "PARENT")]
    pub(crate) parents: Vec<RelationName>,
    /// Give partitions the names that pg_partman would have given
    #[arg(long, conflicts_with = "keep_names")]
    pub(crate) rename: bool,
    /// Keep the names of partitions, where the version allows it
    #[arg(long)]
    pub(crate) keep_names: bool,
    /// Leave a mend out; may be given several times, and adds to decline in the configuration
    #[arg(long, value_name = "MEND", value_parser = value::mend())]
    pub(crate) decline: Vec<MendKind>,
}

impl Scope {
    /// The same as data.
    pub(crate) fn asked(&self) -> Asked {
        let names = match (self.rename, self.keep_names) {
            (true, _) => Some(Names::Rename),
            (false, true) => Some(Names::Keep),
            (false, false) => None,
        };
        Asked {
            parents: self.parents.clone(),
            names,
            decline: self.decline.clone(),
        }
    }
}
