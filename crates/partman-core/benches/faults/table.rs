//! What came of all trials, as a table for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use partman_testkit::Partman;

use crate::Found;
use crate::trial::Ended;

/// Counts by fault, version and end, in the order in which faults were first tried.
#[derive(Default)]
pub(crate) struct Table {
    faults: Vec<String>,
    cells: BTreeMap<(String, &'static str), BTreeMap<Ended, usize>>,
    wrong: usize,
}

impl Table {
    /// Counts what was found on a version.
    pub(crate) fn add_all(&mut self, (version, found): &(&'static str, Vec<Found>)) {
        for (fault, ended) in found {
            if !self.faults.contains(fault) {
                self.faults.push(fault.clone());
            }
            let cell = self.cells.entry((fault.clone(), version)).or_default();
            *cell.entry(*ended).or_default() += 1;
            self.wrong += usize::from(*ended == Ended::Wrong);
        }
    }

    /// Prints it, keeps it where the documentation is to be renewed, and fails where anything was wrong.
    pub(crate) fn finish(self) {
        let text = self.markdown();
        println!("{text}");
        if std::env::var_os("PARTMAN_UPDATE_DOCS").is_some() {
            let page = concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../docs/reference/faults.md"
            );
            std::fs::write(page, format!("{HEAD}\n{text}")).expect("docs can be written");
        }
        if self.wrong > 0 {
            eprintln!("{} of the runs ended wrong", self.wrong);
            std::process::exit(1);
        }
    }

    fn markdown(&self) -> String {
        let versions: Vec<&'static str> = Partman::ALL
            .iter()
            .filter_map(|version| version.version())
            .collect();
        let mut text = format!("| at every step | {} |\n", versions.join(" | "));
        text += &format!("|---|{}\n", "---|".repeat(versions.len()));
        for fault in &self.faults {
            let cells = versions.iter().map(|version| self.cell(fault, version));
            let _ = writeln!(
                text,
                "| {fault} | {} |",
                cells.collect::<Vec<_>>().join(" | ")
            );
        }
        text
    }

    fn cell(&self, fault: &str, version: &'static str) -> String {
        let Some(cell) = self.cells.get(&(fault.to_owned(), version)) else {
            return "not tried".to_owned();
        };
        let part = |(ended, count): (&Ended, &usize)| {
            let ended = match ended {
                Ended::Completed => "completed",
                Ended::PutBack => "put back",
                Ended::Resumed => "resumed",
                Ended::TakenBack => "taken back",
                Ended::AsOnce => "as once",
                Ended::Wrong => "**wrong**",
            };
            format!("{count} {ended}")
        };
        cell.iter().map(part).collect::<Vec<_>>().join(", ")
    }
}

const HEAD: &str = "# What was tried, and what came of it

`make faults` carries out a migration again and again, on real servers, and lets one thing go wrong at one step of it: each step in
turn, each fault, each version of pg_partman. Between them the sets have every kind of step: renames, DEFAULT
partitions that are fenced, attached or spread, open ends, NULL that gets forbidden. What it counts:

- *completed*: the run went on and completed, and `rollback` then put everything back;
- *put back*: the run failed, and everything was as before when it said so;
- *resumed*, *taken back*: the run stopped; the next `migrate` said so, `resume` completed it (and `rollback` put everything back),
  or `rollback` put everything back at once;
- *as once*: doing it a second time changed nothing.

Everything is: rows, oids, files, names, bounds, owners, grants, indexes, constraints and triggers. `make test` runs the same faults
at fewer places, and some of them at every single call to the server.

<!-- written by make faults -->
";
