//! What belongs to the server and not to the database: its roles, without their passwords.

use super::Work;
use crate::error::{Kind, Result};
use crate::observer::Event;
use crate::store::Draft;
use crate::tools::{Argument, Call, Tool, run};

impl Work<'_> {
    /// Writes `globals.sql` as far as the role's rights allow; where they don't, a note says so and the backup goes on:
    /// the names of the roles are in the manifest.
    pub(super) async fn globals(&self, draft: &Draft) -> Result<Vec<String>> {
        let path = draft.layout.globals();
        let mut call = Call::new(
            Tool::DumpAll,
            ["--globals-only", "--no-role-passwords", "--no-password"],
        );
        call.arguments
            .push(format!("--dbname={}", self.request.connection.database_argument()).into());
        call.arguments
            .extend(["--file".into(), Argument::Path(path.clone())]);
        call.variables = vec![("PGAPPNAME".to_owned(), self.id.application_name())];
        call.connection = Some(self.request.connection.clone());
        let outcome = match self.tools.version(Tool::DumpAll) {
            Some(_) => run(self.tools, call, self.cancel).await,
            None => Err(crate::Error::new(
                Kind::Tools,
                "pg_dumpall is not to be found",
            )),
        };
        match outcome {
            Ok(_) => Ok(Vec::new()),
            Err(e) if matches!(e.kind(), Kind::Tool | Kind::Tools | Kind::Denied) => {
                let _ = std::fs::remove_file(path);
                let note = format!("the server's roles are not in globals.sql: {e}");
                self.observer.on(&Event::Note(note.clone()));
                Ok(vec![note])
            }
            Err(e) => Err(e.context("could not write the server's roles")),
        }
    }
}
