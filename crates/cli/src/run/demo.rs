//! The whole story on a throwaway server: looked at, planned, adopted, taken back, adopted again, with a writer and a
//! reader at work. Everything shown is what really happens; what should be equal is compared, and if it is not the demo
//! fails.

use std::time::Duration;

use partman_core::inspect::{Options, inspect};
use partman_core::migrate::{self, Conduct, Done};
use partman_core::model::Inspection;
use partman_core::plan::{Plan, Request, Selection};
use partman_core::postgres::Database;
use partman_core::run::{Outcome, Patience};
use partman_core::wanted::{WantedExtension, WantedSet};
use partman_report::{Language, text};
use partman_rollout::Config;
use partman_rollout::demo::{self, DATABASE, PARENT, Rows};
use partman_rollout::load::{Felt, Load};
use partman_rollout::scratch::{Installation, Scratch};
use partman_rollout::status::{Known, status};

use super::progress::Progress;
use super::runtime::{self, Stop};
use crate::args::demo::Demo;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;
use crate::settings::Settings;

const WRITES_PER_SECOND: u32 = 200;
const READS_PER_SECOND: u32 = 20;
/// The writer goes on this long before and after each run.
const AROUND: Duration = Duration::from_secs(2);

/// # Errors
/// There is no PostgreSQL or pg_partman here, or something was not as it has to be.
pub(super) fn run(args: &Demo, settings: &Settings) -> Result<ExitCode, Error> {
    runtime::run(async |stop: Stop| {
        let token = stop.token();
        let story = async {
            say("1. A throwaway server, and a set that is partitioned by hand")?;
            let installation = Installation::find(args.pg_bin.as_deref()).map_err(no_server)?;
            let source = args.source.clone();
            let start = move || Scratch::start(&installation, source.as_deref());
            let scratch = tokio::task::spawn_blocking(start)
                .await
                .map_err(|e| Error::caused(ExitCode::Bug, &e))?
                .map_err(no_server)?;
            let database = demo::prepare(&scratch, args.rows).await?;
            tell(&format!(
                "database {DATABASE}, {PARENT}, {} rows in two months; nobody has made the third",
                args.rows
            ))?;
            let conduct = Conduct {
                patience: Patience::default(),
                without_backup: Some("a demonstration".to_owned()),
                cancel: token.clone(),
                server_time_zone: database.server().time_zone.clone(),
            };
            Story {
                database,
                conduct,
                settings,
                _scratch: scratch,
            }
            .tell(args.idle)
            .await
        };
        stop.or_done(story).await
    })?;
    Ok(ExitCode::Done)
}

fn no_server(e: impl std::error::Error + 'static) -> Error {
    Error::caused(ExitCode::Refused, &e)
}

fn say(title: &str) -> Result<(), Error> {
    output::data(&format!("\n\x1b[1m{title}\x1b[0m\n\n"))
}

fn tell(text: &str) -> Result<(), Error> {
    output::data(&format!("{text}\n"))
}

struct Story<'s> {
    database: Database,
    conduct: Conduct,
    settings: &'s Settings,
    _scratch: Scratch,
}

/// A run, and what the writer and the reader felt of it.
struct Act {
    done: Done,
    writer: Felt,
    reader: Felt,
}

impl Story<'_> {
    async fn tell(&self, idle: u64) -> Result<(), Error> {
        self.look().await?;
        say(&format!(
            "2. What a writer of {WRITES_PER_SECOND} transactions a second feels while nothing happens ({idle} s)"
        ))?;
        let loads = self.start_loads().await?;
        tokio::time::sleep(Duration::from_secs(idle)).await;
        let (idle, _) = stop_loads(loads).await;
        tell(&format!(
            "{} transactions, the longest took {}",
            idle.transactions,
            ms(idle.longest)
        ))?;

        say("3. The plan, before anything is done")?;
        let plan = self.plan().await?;
        output::data(&text::plan(&plan, Language::English))?;
        if let Some(refusal) = plan.refusals.first() {
            return Err(Error::new(ExitCode::Refused, refusal.what.clone()).help(
                "name a folder with pg_partman's files with --source, or install the package",
            ));
        }

        say("4. The migration, with writer and reader at work")?;
        let before = self.inspect().await?;
        let first = self.act(Direction::Forward(&plan)).await?;
        output::data(&text::run(&first.done))?;

        say("5. The state now")?;
        self.look().await?;

        say("6. The way back, tried")?;
        let rows = demo::fingerprint(&self.database).await?;
        let back = self.act(Direction::Back).await?;
        output::data(&text::run(&back.done))?;
        self.compare(&before, &rows, &back).await?;

        say("7. And again")?;
        let again = self.act(Direction::Forward(&self.plan().await?)).await?;
        tell(&format!("completed with {} steps", again.done.steps.len()))?;
        self.summary(
            &idle,
            [
                ("migration", &first),
                ("way back", &back),
                ("migration again", &again),
            ],
        )
        .await
    }

    async fn inspect(&self) -> Result<Inspection, Error> {
        let mut session = self.database.session().await?;
        Ok(inspect(&mut session, &Options::new(&self.conduct.server_time_zone)).await?)
    }

    async fn look(&self) -> Result<(), Error> {
        let seen = self.inspect().await?;
        let status = status(&seen, &Config::default(), Known::default());
        output::data(&text::status(&status, Language::English))
    }

    async fn plan(&self) -> Result<Plan, Error> {
        let parent = PARENT
            .parse()
            .map_err(|e| Error::caused(ExitCode::Bug, &e))?;
        let selection = Selection::Named(vec![WantedSet::new(parent)]);
        let request = Request {
            selection,
            extension: WantedExtension::default(),
        };
        Ok(Plan::make(&self.inspect().await?, &request))
    }

    async fn start_loads(&self) -> Result<(Load, Load), Error> {
        let writer = Load::start(&self.database, demo::WRITE, WRITES_PER_SECOND).await?;
        let reader = Load::start(&self.database, demo::READ, READS_PER_SECOND).await?;
        Ok((writer, reader))
    }

    async fn act(&self, direction: Direction<'_>) -> Result<Act, Error> {
        let loads = self.start_loads().await?;
        tokio::time::sleep(AROUND).await;
        let mut progress = Progress::new(self.settings.bars, true);
        let (done, wanted) = match direction {
            Direction::Forward(plan) => (
                migrate::migrate(&self.database, plan, &self.conduct, &mut progress).await?,
                Outcome::Completed,
            ),
            Direction::Back => (
                migrate::rollback(&self.database, None, &self.conduct, &mut progress).await?,
                Outcome::RolledBack,
            ),
        };
        tokio::time::sleep(AROUND).await;
        let (writer, reader) = stop_loads(loads).await;
        if done.outcome != wanted || done.error.is_some() {
            output::data(&text::run(&done))?;
            return Err(Error::new(
                ExitCode::PutBack,
                "the demonstration did not go as it has to",
            ));
        }
        Ok(Act {
            done,
            writer,
            reader,
        })
    }

    /// The sets have to be as they were, and every row that was there has to be there: those that were read before the
    /// way back, and what the writer has added since.
    async fn compare(&self, before: &Inspection, rows: &Rows, back: &Act) -> Result<(), Error> {
        let names = |seen: &Inspection| -> Vec<_> {
            let partitions = seen.sets.iter().flat_map(|set| &set.partitions);
            partitions
                .map(|p| {
                    (
                        p.oid,
                        p.relfilenode,
                        p.name.clone(),
                        p.bound_text.clone(),
                        p.acl.clone(),
                    )
                })
                .collect()
        };
        let after = self.inspect().await?;
        let written = i64::try_from(back.writer.transactions).unwrap_or(i64::MAX);
        let now = demo::fingerprint(&self.database).await?;
        let same = names(before) == names(&after) && now.rows == rows.rows + written;
        if !same || after.extension.installed.is_some() {
            return Err(Error::new(
                ExitCode::PutBack,
                "after the way back something is not as it was",
            ));
        }
        tell(&format!(
            "as it was: the same partitions with the same oids, files, names and bounds; {} rows and the {written} that the writer added meanwhile; pg_partman is gone",
            rows.rows
        ))
    }

    async fn summary(&self, idle: &Felt, acts: [(&str, &Act); 3]) -> Result<(), Error> {
        say("In short")?;
        let rows = demo::fingerprint(&self.database).await?.rows;
        let mut lines = vec![("idle".to_owned(), idle.clone(), None)];
        lines.extend(
            acts.iter()
                .map(|(name, act)| ((*name).to_owned(), act.writer.clone(), Some(&act.done))),
        );
        output::data(&text::demonstration(rows, &lines))?;
        let failures: Vec<&String> = acts
            .iter()
            .flat_map(|(_, act)| act.writer.failures.iter().chain(&act.reader.failures))
            .collect();
        if let Some(first) = failures.first() {
            return Err(Error::new(
                ExitCode::PutBack,
                format!(
                    "{} transactions of the loads failed: {first}",
                    failures.len()
                ),
            ));
        }
        tell("no transaction failed; the throwaway server is removed now")
    }
}

enum Direction<'p> {
    Forward(&'p Plan),
    Back,
}

async fn stop_loads((writer, reader): (Load, Load)) -> (Felt, Felt) {
    (writer.stop().await, reader.stop().await)
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}
