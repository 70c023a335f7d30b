//! A container with the user's table and a source of pg_partman's files: what a deployment needs, and what of it can be
//! compared before and after.

use std::path::{Path, PathBuf};

use partman_testkit::{ContainerOptions, Partman};
use serde_json::Value;

use super::beside::Beside;

/// Where the server of the standard image has its extensions.
pub(crate) const EXTENSIONS: &str = "/usr/share/postgresql/15/extension";

/// A folder beside a container whose server lacks pg_partman.
pub(crate) struct Site {
    pub(crate) beside: Beside,
}

/// All of a server and its container that a deployment touches.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) catalog: String,
    pub(crate) files: String,
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self::with(|it| it).await
    }

    pub(crate) async fn with(how: impl FnOnce(ContainerOptions) -> ContainerOptions) -> Self {
        // A locale that every machine has: the proof of a backup needs it too.
        let here = |it: ContainerOptions| how(it.env("POSTGRES_INITDB_ARGS", "--locale=C.UTF-8"));
        let beside = Beside::new(here).await;
        beside.webhook_events().await;
        let site = Self { beside };
        site.configure(&source().display().to_string());
        site
    }

    /// Writes the configuration, with this source of the files.
    pub(crate) fn configure(&self, source: &str) {
        let text = format!(
            "[pg_partman]\nsource = {source:?}\n\n[docker]\ncontainer = {:?}\n\n[[set]]\nparent = \"public.webhook_events\"\n",
            self.beside.container.name()
        );
        std::fs::write(self.path().join("partman.toml"), text)
            .expect("the folder can be written to");
    }

    pub(crate) fn path(&self) -> &Path {
        self.beside.folder.path()
    }

    /// `partman deploy --strategy hot --yes` and these arguments.
    pub(crate) fn deploy(&self, more: &[&str]) -> assert_cmd::Command {
        let mut command = self.beside.partman(&["deploy", "--strategy", "hot"]);
        command.args(more);
        command
    }

    /// The same for a machine whose backups are made elsewhere.
    pub(crate) fn quickly(&self, more: &[&str]) -> assert_cmd::Command {
        let mut command = self.deploy(&["--yes", "--without-backup", "a test of something else"]);
        command.args(more);
        command
    }

    /// The catalog but for the journal, which stays, and every file in the server's extension folder with its digest.
    pub(crate) async fn picture(&self) -> Picture {
        let catalog = self.beside.sql(CATALOG).await;
        let sums = format!(
            "cd {EXTENSIONS} && find . -exec ls -ld --time-style=+ {{}} + && find . -type f -exec sha256sum {{}} +"
        );
        let files = self.beside.container.exec(&["sh", "-c", &sums]).await;
        let mut files: Vec<_> = files.expect("a list").lines().map(str::to_owned).collect();
        // The size of the folder itself grows with what was in it.
        files.retain(|line| !line.ends_with(" ."));
        files.sort();
        Picture {
            catalog,
            files: files.join("\n"),
        }
    }

    /// The version of the extension that is installed, and the sets that it manages.
    pub(crate) async fn managed(&self) -> (String, String) {
        let version = "SELECT coalesce(max(extversion), 'none') FROM pg_extension WHERE extname = 'pg_partman'";
        let version = self.beside.sql(version).await;
        let sets = match version.as_str() {
            "none" => "0".to_owned(),
            _ => {
                self.beside
                    .sql("SELECT count(*) FROM partman.part_config")
                    .await
            }
        };
        (version, sets)
    }

    /// The lines of the last journal.
    pub(crate) fn journal(&self) -> Vec<Value> {
        let folder = self.path().join(".partman");
        let files = std::fs::read_dir(folder).expect("there is a journal");
        let files = files.map(|file| file.expect("a file").path());
        let mut files: Vec<_> = files
            .filter(|path| path.extension().is_some_and(|it| it == "jsonl"))
            .collect();
        files.sort();
        let text = std::fs::read_to_string(files.pop().expect("there is a journal"))
            .expect("it can be read");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }
}

/// pg_partman's files, as a folder.
pub(crate) fn source() -> PathBuf {
    Partman::V5_2_4.files().expect("the files of pg_partman")
}

const CATALOG: &str = "
    SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
        SELECT format('%s %s %s %s %s %s', c.oid, c.relfilenode, n.nspname, c.relname, c.relkind,
                      pg_get_expr(c.relpartbound, c.oid)) AS line
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'partman_journal')
           AND NOT (n.nspname = 'pg_toast')
        UNION ALL SELECT format('schema %s', nspname) FROM pg_namespace
                   WHERE nspname NOT LIKE 'pg_temp%' AND nspname NOT LIKE 'pg_toast_temp%' AND nspname <> 'partman_journal'
        UNION ALL SELECT format('extension %s %s', extname, extversion) FROM pg_extension
        UNION ALL SELECT format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
                   WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT format('rows %s %s', count(*), sum(hashtext(w::text))) FROM public.webhook_events w
    ) AS everything";
