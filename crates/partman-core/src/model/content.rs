//! What is known of the rows of a partition, without all of them having been read.

use serde::{Deserialize, Serialize};

/// Whether a partition holds rows, and from where to where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Whether there is any row.
    pub has_rows: bool,
    /// Smallest value of the key, where it could be had cheaply.
    pub min: Option<String>,
    /// Largest value of the key, where it could be had cheaply.
    pub max: Option<String>,
    /// Smallest value of the key that lies ahead of the server's clock, where it could be had cheaply; known only of DEFAULT,
    /// where the key is a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The widest gaps between values of the key that lie ahead of the server's clock, each from one value to the next, in
    /// order; known only of a small DEFAULT where the key is a time. All of them, where they are fewer than a hundred.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps_ahead: Vec<(String, String)>,
    /// Whether some row has no key or one at infinity, where that could be had cheaply; known only of DEFAULT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nulls: Option<bool>,
    /// How many rows there are, up to one more than can be moved at once; known only of DEFAULT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<i64>,
    /// Size of the table itself, without indexes and TOAST, in bytes.
    #[serde(default)]
    pub bytes: i64,
    /// Whether row security may hide rows of it from our role; then nothing else is known of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
}
