//! What is adopted, what is mended on the way and what is refused, on real servers; each with its way back.

#[path = "../support/mod.rs"]
mod support;

mod ahead;
mod aside;
mod belongings;
mod default;
mod empty;
mod ends;
mod far;
mod foreign;
mod generated;
mod kept;
mod legacy;
mod list;
mod locks;
mod mends;
mod nested;
mod nulls;
mod numeric;
mod published;
mod realworld;
mod refused;
mod shapes;
mod spread;
mod steps;
mod story;
mod surroundings;
mod swallowed;
mod unseen;
mod widths;
