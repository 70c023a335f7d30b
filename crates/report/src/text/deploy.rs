//! `partman deploy`: what it would do to the container and the database, and how it ended.

use std::fmt::Write;

use docker_probe::ContainerFacts;
use docker_probe::extension::Was;
use partman_core::run::Outcome;
use partman_rollout::deploy::{Deployed, Prepared, PutFiles};

use super::style::{BOLD, CAREFUL, DIM, GOOD, bytes, count, paint};
use crate::words::Language;

/// The container, each file with its size and where it goes, the plan for the database, and what stands behind it.
pub fn deployment_plan(
    container: &ContainerFacts,
    prepared: &Prepared,
    behind: Option<&str>,
    language: Language,
) -> String {
    let mut text = format!(
        "{} {} (image {}); the connection leads to the server in it; nothing is restarted\n",
        paint(BOLD, "Container"),
        container.name,
        container.image
    );
    text += &match &prepared.files {
        Some(put) => files(put),
        None => format!(
            "{} the server has pg_partman's files already\n",
            paint(BOLD, "Files")
        ),
    };
    if !prepared.plan.is_empty() {
        text += &format!("\n{}", super::plan(&prepared.plan, language));
    }
    if let Some(behind) = behind {
        let _ = writeln!(text, "{behind}");
    }
    text
}

fn files(put: &PutFiles) -> String {
    let placement = &put.placement;
    let size: u64 = placement.files.iter().map(|file| file.bytes).sum();
    let mut text = format!(
        "{} {} of pg_partman {} ({}, from {}) go into {}\n",
        paint(BOLD, "Files"),
        count(placement.files.len(), "file"),
        placement.version,
        bytes(size.cast_signed()),
        placement.origin,
        placement.folder
    );
    for file in &placement.files {
        let there = match file.was {
            Was::Absent => String::new(),
            Was::Same => paint(DIM, "  there already"),
        };
        let size = bytes(file.bytes.cast_signed());
        let _ = writeln!(text, "    {size:>9}  {}{there}", file.name);
    }
    text
}

/// How it ended, as of any run; and what to know about the container afterwards.
pub fn deployment(deployed: &Deployed) -> String {
    let mut text = super::run(&deployed.done);
    if let Some(backing) = &deployed.backing {
        let _ = writeln!(text, "behind it: {backing}");
    }
    if deployed.done.outcome == Outcome::Completed {
        let Deployed {
            container, image, ..
        } = deployed;
        let _ = writeln!(
            text,
            "container {container} was not restarted: it was away for 0 ms"
        );
        if deployed.only_in_container {
            let _ = writeln!(
                text,
                "{} the image {image} still lacks pg_partman's files: they go when the container is made anew",
                paint(CAREFUL, "note:")
            );
        }
    }
    text
}

/// That everything is as it would be made.
pub fn nothing_to_deploy() -> String {
    let done = "nothing to do: the server has pg_partman, and the sets are under it already";
    format!("{}\n", paint(GOOD, done))
}
