//! What goes wrong during a run, at every step and call of it, and how it ends.

#[path = "../support/mod.rs"]
mod support;

mod at_every_call;
mod at_every_step;
mod journal;
mod killed;
mod locks;
mod on_the_way_back;
mod watch;
