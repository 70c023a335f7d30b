//! The contract of one undoable step, whatever world it acts on, and the steps of adoption.
//!
//! A step says what it will do ([`Step::describe`]), looks before it acts ([`Step::precheck`]), acts
//! ([`Step::forward`]) and takes it back ([`Step::undo`]). Each of the three may run twice: what is done already is
//! told, not done again. The runner (see [`crate::run`]) opens and ends the transaction around them and keeps the
//! journal, so that a step never commits.

mod attach_default;
mod configure;
mod create_extension;
mod create_partition;
mod drop_created;
mod fence;
mod forbid_null;
mod give_back;
mod index_names;
mod looking_back;
mod maintain;
mod move_aside;
mod new_table;
mod open_again;
mod range_check;
mod rebound;
mod rename_partition;
mod renamed;
mod rescue;
mod spread;
mod statements;
mod ties;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Error;
use crate::session::Session;

pub use attach_default::AttachDefault;
pub use configure::Configure;
pub use create_extension::CreateExtension;
pub use create_partition::CreatePartition;
pub use fence::{Fence, ValidateFence};
pub use forbid_null::ForbidNull;
pub use maintain::Maintain;
pub use move_aside::MoveAside;
pub use new_table::Belongings;
pub use range_check::{AddCheck, DropCheck, ValidateCheck, Within};
pub use rebound::Rebound;
pub use rename_partition::RenamePartition;
pub use rescue::{MOST_TO_MOVE, Rescue};
pub use spread::{CopyDefault, ExchangeDefault, Spread, StageDefault, Target};

/// What a new DEFAULT partition is called until it takes the name of the old one.
pub(crate) const NEW_DEFAULT: &str = "partman_new_default";

/// A lock that a step takes on something that others use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The relation, as SQL writes it.
    pub relation: String,
    /// The mode, in PostgreSQL's words: `SHARE UPDATE EXCLUSIVE`.
    pub mode: String,
}

impl Lock {
    /// A lock of this mode.
    pub fn new(relation: impl ToString, mode: &str) -> Self {
        Self {
            relation: relation.to_string(),
            mode: mode.to_owned(),
        }
    }

    /// Whether readers or writers of the relation wait for it: SHARE UPDATE EXCLUSIVE and what is weaker keeps only DDL and
    /// VACUUM waiting.
    pub fn keeps_others_waiting(&self) -> bool {
        const UNFELT: [&str; 4] = [
            "ACCESS SHARE",
            "ROW SHARE",
            "ROW EXCLUSIVE",
            "SHARE UPDATE EXCLUSIVE",
        ];
        !UNFELT.contains(&self.mode.as_str())
    }
}

/// What a step will do, for plans, prompts and docs: the only source for all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Verb and object: `create-partition:public.webhook_events_p20251101`.
    pub id: String,
    /// One line for people.
    pub title: String,
    /// The statements, in order.
    pub sql: Vec<String>,
    /// Locks on what is there already.
    pub locks: Vec<Lock>,
    /// Whether all of it is one transaction.
    pub transaction: bool,
    /// The statements that take it back; empty when there is nothing to take back.
    pub undo: Vec<String>,
}

/// What looking before acting found.
#[derive(Debug, Clone, PartialEq)]
pub enum Ready {
    /// To be done.
    Ready,
    /// Somebody did it before us; it stays when this run is undone.
    AlreadyDone,
}

/// How far a step has got that works in pieces.
#[derive(Debug, Clone, PartialEq)]
pub enum Pace {
    /// No more pieces.
    Through,
    /// A piece is done, and there are more.
    More {
        /// What the next piece has to know; it goes into the journal.
        so_far: Value,
        /// How much is done, in a unit of the step's own.
        done: u64,
        /// The whole, as far as it is known; 0 where it isn't.
        total: u64,
    },
    /// It can't be taken back: what is done stays, and this is why.
    Kept(String),
}

/// What undoing did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undone {
    /// Taken back, or found so.
    Undone,
    /// Left as it is, on purpose: the reason, naming the object.
    Kept(String),
}

/// One undoable step in a world `W`.
#[async_trait]
pub trait Step<W: ?Sized + Send>: Send + Sync {
    /// What it will do.
    fn describe(&self) -> Description;

    /// Whether it may take longer than a moment without blocking anybody, as a validation does.
    fn is_long(&self) -> bool {
        false
    }

    /// Whether there is more of it than fits into one transaction: [`Step::advance`] or [`Step::retreat`] do something.
    fn works_in_pieces(&self) -> bool {
        false
    }

    /// Whether what its pieces did has to be taken back also where the step itself was never done. [`Step::retreat`] gets
    /// what the last piece returned; [`Step::forward`] has nothing to add.
    fn leaves_pieces(&self) -> bool {
        false
    }

    /// One piece of what comes before [`Step::forward`]. The runner commits each with its entry in the journal, pauses, and
    /// calls again with what the last one returned, `null` at first; when there are no more it goes on in the same
    /// transaction. A piece may run twice.
    ///
    /// # Errors
    /// The world's; the runner rolls this piece back, and takes the step for failed.
    async fn advance(&self, _world: &mut W, _so_far: &Value) -> Result<Pace, Error> {
        Ok(Pace::Through)
    }

    /// The same before [`Step::undo`].
    ///
    /// # Errors
    /// As for [`Step::advance`].
    async fn retreat(&self, _world: &mut W, _done: &Value, _so_far: &Value) -> Result<Pace, Error> {
        Ok(Pace::Through)
    }

    /// Looks whether the world is as the plan took it to be.
    ///
    /// # Errors
    /// [`crate::Kind::Changed`] when it is not.
    async fn precheck(&self, world: &mut W) -> Result<Ready, Error>;

    /// Does what needs no lock that others could feel, so that those are held for as little as possible.
    ///
    /// # Errors
    /// The world's; the runner rolls back.
    async fn prepare(&self, _world: &mut W) -> Result<(), Error> {
        Ok(())
    }

    /// Does it. What it returns is all that [`Step::undo`] will know; it goes into the journal.
    ///
    /// # Errors
    /// The world's; the runner rolls back.
    async fn forward(&self, world: &mut W) -> Result<Value, Error>;

    /// Takes it back, from what [`Step::forward`] returned.
    ///
    /// # Errors
    /// The world's; the runner rolls back.
    async fn undo(&self, world: &mut W, done: &Value) -> Result<Undone, Error>;
}

/// The steps that act on a database, as plain data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum DatabaseStep {
    /// Installs pg_partman.
    CreateExtension(CreateExtension),
    /// Sets the control column NOT NULL.
    ForbidNull(ForbidNull),
    /// Keeps the DEFAULT partition from being scanned under a lock.
    Fence(Fence),
    /// Proves that fence.
    ValidateFence(ValidateFence),
    /// Creates a partition and attaches it.
    CreatePartition(Box<CreatePartition>),
    /// Keeps a table to the rows of a range.
    AddCheck(AddCheck),
    /// Proves that it has no others.
    ValidateCheck(ValidateCheck),
    /// Makes a DEFAULT partition that of a range.
    AttachDefault(Box<AttachDefault>),
    /// Makes the tables that rows of DEFAULT are spread over.
    StageDefault(Box<StageDefault>),
    /// Copies the rows into them.
    CopyDefault(Box<CopyDefault>),
    /// Has them take the place of DEFAULT.
    ExchangeDefault(Box<ExchangeDefault>),
    /// Closes the open end of a partition.
    Rebound(Rebound),
    /// Drops what the bounds say by now.
    DropCheck(DropCheck),
    /// Renames a table that has the name of a new partition.
    MoveAside(MoveAside),
    /// Renames a partition.
    RenamePartition(RenamePartition),
    /// Puts the set into `part_config`.
    Configure(Configure),
    /// Lets pg_partman maintain the set once.
    Maintain(Maintain),
}

impl DatabaseStep {
    /// The step behind the data.
    pub fn as_step(&self) -> &dyn Step<dyn Session> {
        match self {
            Self::CreateExtension(step) => step,
            Self::ForbidNull(step) => step,
            Self::Fence(step) => step,
            Self::ValidateFence(step) => step,
            Self::CreatePartition(step) => step.as_ref(),
            Self::AddCheck(step) => step,
            Self::ValidateCheck(step) => step,
            Self::AttachDefault(step) => step.as_ref(),
            Self::StageDefault(step) => step.as_ref(),
            Self::CopyDefault(step) => step.as_ref(),
            Self::ExchangeDefault(step) => step.as_ref(),
            Self::Rebound(step) => step,
            Self::DropCheck(step) => step,
            Self::MoveAside(step) => step,
            Self::RenamePartition(step) => step,
            Self::Configure(step) => step,
            Self::Maintain(step) => step,
        }
    }
}
