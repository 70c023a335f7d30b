//! Mends: what a plan repairs on the way to an adoption. Each is of a kind, is shown before it is done, is undone with the
//! run, and can be declined by its kind: for a set in `partman.toml`, or for a command.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::words::Phrase;

/// Something that a plan repairs on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mend {
    /// What is done, and what declines it.
    pub kind: MendKind,
    /// What it does, naming the objects.
    pub what: Phrase,
}

/// The kinds of mends. Their ids are public: in JSON, in `decline` of a `[[set]]`, and in `--decline`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MendKind {
    /// A partition is created where existing ones leave room between them. Declined, the room stays: nothing is created
    /// there, and checks go on telling it.
    FillGap,
    /// A table that is no partition, and has the name that a new one needs, is renamed. Declined, a person makes room first.
    MoveAside,
    /// Rows of DEFAULT are brought along into the partition that is created for them. Declined, such rows are for a
    /// person to move first.
    RescueDefault,
    /// A DEFAULT partition with more rows than that becomes the partition of the range in which all of them lie. Declined,
    /// such rows are for a person to move first.
    AttachDefault,
    /// Rows of a DEFAULT that belong into several partitions are copied into these while everybody works. Declined, such
    /// rows are for a person to move first.
    SpreadDefault,
    /// The open end of a partition is closed. Declined, the set can't be adopted.
    Rebound,
    /// The control column becomes NOT NULL, where `nulls = "forbid"` asks for it. Declined, it stays nullable.
    ForbidNull,
}

impl MendKind {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::FillGap,
        Self::MoveAside,
        Self::RescueDefault,
        Self::AttachDefault,
        Self::SpreadDefault,
        Self::Rebound,
        Self::ForbidNull,
    ];

    /// As it is written: `fill-gap`.
    pub fn id(self) -> &'static str {
        match self {
            Self::FillGap => "fill-gap",
            Self::MoveAside => "move-aside",
            Self::RescueDefault => "rescue-default",
            Self::AttachDefault => "attach-default",
            Self::SpreadDefault => "spread-default",
            Self::Rebound => "rebound",
            Self::ForbidNull => "forbid-null",
        }
    }

    /// What it does, and what declining it means, in one line for helps and schemas.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::FillGap => {
                "create partitions that are missing between others; declined, the gap stays"
            }
            Self::MoveAside => {
                "rename a table that has the name of a new partition and is in nobody's use; declined, a person makes room first"
            }
            Self::RescueDefault => {
                "bring rows of DEFAULT along into partitions that are created; declined, a person moves them first"
            }
            Self::AttachDefault => {
                "make a large DEFAULT the partition of its rows; declined, a person moves them first"
            }
            Self::SpreadDefault => {
                "copy rows of a large DEFAULT into partitions that are made for them; declined, a person moves them first"
            }
            Self::Rebound => {
                "close the open end of a partition; declined, a person gives it other bounds first"
            }
            Self::ForbidNull => {
                "set the control column NOT NULL, where nulls = \"forbid\" asks for it; declined, it stays as it is"
            }
        }
    }
}

impl fmt::Display for MendKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// A text that names no kind of mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no kind of mend: there are {all}", all = all())]
pub struct MendKindError(String);

fn all() -> String {
    let ids: Vec<&str> = MendKind::ALL.iter().map(|kind| kind.id()).collect();
    ids.join(", ")
}

impl FromStr for MendKind {
    type Err = MendKindError;

    fn from_str(text: &str) -> Result<Self, MendKindError> {
        let found = Self::ALL.iter().find(|kind| kind.id() == text);
        found.copied().ok_or_else(|| MendKindError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_written_the_same_everywhere() {
        for kind in MendKind::ALL {
            assert_eq!(kind.id().parse(), Ok(*kind));
            assert_eq!(serde_json::to_value(kind).expect("plain data"), kind.id());
        }
        let error = "fill-gaps".parse::<MendKind>().expect_err("there is none");
        assert!(error.to_string().contains("fill-gap, move-aside"));
    }
}
