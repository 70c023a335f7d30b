//! Backups on real servers: made, looked at, damaged, proven, restored, swapped, pruned, killed.

mod cycle;
mod damage;
mod extensions;
mod faults;
mod full_disk;
mod kill;
mod names;
mod preconditions;
mod prune;
mod restore;
mod secrets;
mod support;
mod swap;
mod values;
