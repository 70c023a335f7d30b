//! Text for people: what a terminal shows, with colours that the program strips where they aren't wanted.

mod backup;
mod check;
mod demonstration;
mod deploy;
mod plan;
mod run;
mod status;
mod style;

pub use backup::{backup, backups, migration, newest_backup, pruned, restored, verification};
pub use check::check;
pub use demonstration::demonstration;
pub use deploy::{deployment, deployment_plan, nothing_to_deploy};
pub use plan::plan;
pub use run::run;
pub use status::status;
pub(crate) use style::{bytes as size, named};
