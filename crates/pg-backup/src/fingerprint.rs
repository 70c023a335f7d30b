//! The rows of a table in two numbers that depend on nothing but their values: how many, and the sum of their hashes.
//!
//! What is hashed (BLAKE3, 128 bits) is a line of `COPY … TO STDOUT`: the archive holds those very lines, so an archive can
//! be checked without a server, and a restored table without the archive. The sum depends neither on the order of the rows
//! nor on their partition: the sum over the partitions is the sum of the whole.

mod copy_out;
mod lines;

use std::fmt;
use std::ops::Add;

use serde::{Deserialize, Serialize};

pub(crate) use copy_out::{Reading, of_tables};
pub(crate) use lines::Lines;

/// Rows and their sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// How many rows.
    pub rows: u64,
    /// The sum of their hashes, modulo 2¹²⁸.
    #[serde(rename = "digest", with = "hex")]
    pub sum: u128,
}

impl Fingerprint {
    /// Takes one more row in.
    pub(crate) fn add_row(&mut self, line: &[u8]) {
        let hash = blake3::hash(line);
        let mut half = [0; 16];
        half.copy_from_slice(&hash.as_bytes()[..16]);
        self.rows += 1;
        self.sum = self.sum.wrapping_add(u128::from_le_bytes(half));
    }
}

impl Add for Fingerprint {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            sum: self.sum.wrapping_add(other.sum),
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, {:032x}", self.rows, self.sum)
    }
}

mod hex {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(sum: &u128, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{sum:032x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u128, D::Error> {
        let text = String::deserialize(from)?;
        u128::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&[u8]]) -> Fingerprint {
        let mut whole = Fingerprint::default();
        lines.iter().for_each(|line| whole.add_row(line));
        whole
    }

    #[test]
    fn order_does_not_matter_and_values_do() {
        assert_eq!(of(&[b"1\ta", b"2\tb"]), of(&[b"2\tb", b"1\ta"]));
        assert_ne!(of(&[b"1\ta", b"2\tb"]), of(&[b"1\tb", b"2\ta"]));
        assert_ne!(
            of(&[b"1", b"1"]),
            of(&[b"1"]),
            "a row twice is not a row once"
        );
        assert_ne!(of(&[b""]), of(&[]), "a row without columns is a row");
    }

    #[test]
    fn the_sum_over_the_parts_is_the_sum_of_the_whole() {
        assert_eq!(of(&[b"1", b"2"]) + of(&[b"3"]), of(&[b"3", b"2", b"1"]));
    }

    #[test]
    fn it_is_the_same_after_a_way_through_json() {
        let json = serde_json::to_string(&of(&[b"1"])).expect("plain data");
        assert_eq!(
            serde_json::from_str::<Fingerprint>(&json).expect("it was just written"),
            of(&[b"1"])
        );
    }
}
