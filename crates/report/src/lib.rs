//! Findings, plans, runs and status as documents: one module for each format, nothing decided and nothing printed.
//!
//! Every function takes plain data and returns a text; colours are ANSI sequences that the program strips where they
//! aren't wanted. Machine formats carry their version in `schema` and are what `CONTRACT` fixes: fields are added,
//! never changed.

mod facts;
pub mod json;
pub mod markdown;
pub mod text;
pub mod words;

pub use words::Language;
