//! The whole story on a throwaway server: looked at, backed up where it plays in a container, planned, adopted, taken back,
//! adopted again, with a writer and a reader at work. Everything shown is what really happens; what should be equal is
//! compared, and if it is not the demo fails.

mod stage;

use std::path::PathBuf;
use std::time::Duration;

use partman_core::inspect::{Options, inspect};
use partman_core::migrate::{Conduct, Done};
use partman_core::model::Inspection;
use partman_core::postgres::Database;
use partman_core::run::{Outcome, Patience};
use partman_report::{Language, text};
use partman_rollout::Config;
use partman_rollout::demo::{self, DATABASE, PARENT, Rows};
use partman_rollout::load::{Felt, Load};
use partman_rollout::scratch::{Installation, Scratch};
use partman_rollout::status::status;
use tokio_util::sync::CancellationToken;

use super::runtime::{self, Stop};
use crate::args::demo::Demo;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::output;
use crate::settings::Settings;

use stage::{InContainer, Stage};

const WRITES_PER_SECOND: u32 = 200;
const READS_PER_SECOND: u32 = 20;
/// The writer goes on this long before and after each run.
const AROUND: Duration = Duration::from_secs(2);

/// # Errors
/// There is no PostgreSQL, pg_partman or container here, or something was not as it has to be.
pub(super) fn run(args: &Demo, settings: &Settings) -> Result<ExitCode, Error> {
    runtime::run(async |stop: Stop| stop.or_done(play(args, settings, stop.token())).await)?;
    Ok(ExitCode::Done)
}

async fn play(args: &Demo, settings: &Settings, cancel: CancellationToken) -> Result<(), Error> {
    let (database, stage) = match &args.container_image {
        Some(image) => in_container(image, args.source.clone(), settings).await?,
        None => here(args).await?,
    };
    demo::fill(&database, args.rows).await?;
    tell(&format!(
        "database {DATABASE}, {PARENT}, {} rows in two months; nobody has made the third",
        args.rows
    ))?;
    let conduct = Conduct {
        patience: Patience::default(),
        without_backup: match &stage {
            Stage::Here { .. } => Some("a demonstration".to_owned()),
            Stage::Container(_) => None,
        },
        cancel,
        server_time_zone: database.server().time_zone.clone(),
    };
    let mut story = Story {
        database,
        conduct,
        stage,
        chapter: 1,
    };
    let told = story.tell(args.idle).await;
    if let Stage::Container(it) = story.stage {
        it.stage.remove().await;
    }
    told
}

async fn in_container(
    image: &str,
    source: Option<String>,
    settings: &Settings,
) -> Result<(Database, Stage), Error> {
    say(
        1,
        "A throwaway container, and a set that is partitioned by hand",
    )?;
    let it = InContainer::start(image, source, settings).await?;
    tell(&format!(
        "container {} of image {image}, which lacks pg_partman",
        it.stage.name()
    ))?;
    let database = it.stage.open().await?;
    Ok((database, Stage::Container(Box::new(it))))
}

async fn here(args: &Demo) -> Result<(Database, Stage), Error> {
    say(
        1,
        "A throwaway server, and a set that is partitioned by hand",
    )?;
    let installation = Installation::find(args.pg_bin.as_deref()).map_err(no_server)?;
    let source = args.source.as_ref().map(PathBuf::from);
    let start = move || Scratch::start(&installation, source.as_deref());
    let scratch = tokio::task::spawn_blocking(start)
        .await
        .map_err(|e| Error::caused(ExitCode::Bug, &e))?
        .map_err(no_server)?;
    let database = demo::open(&scratch).await?;
    Ok((database, Stage::Here { _scratch: scratch }))
}

fn no_server(e: impl std::error::Error + 'static) -> Error {
    Error::caused(ExitCode::Refused, &e)
}

fn say(chapter: u32, title: &str) -> Result<(), Error> {
    output::data(&format!("\n\x1b[1m{chapter}. {title}\x1b[0m\n\n"))
}

fn tell(text: &str) -> Result<(), Error> {
    output::data(&format!("{text}\n"))
}

struct Story {
    database: Database,
    conduct: Conduct,
    stage: Stage,
    chapter: u32,
}

/// A run, and what the writer and the reader felt of it.
struct Act {
    done: Done,
    writer: Felt,
    reader: Felt,
}

impl Story {
    fn next(&mut self, title: &str) -> Result<(), Error> {
        self.chapter += 1;
        say(self.chapter, title)
    }

    async fn tell(&mut self, idle: u64) -> Result<(), Error> {
        self.look().await?;
        self.next(&format!(
            "What a writer of {WRITES_PER_SECOND} transactions a second feels while nothing happens ({idle} s)"
        ))?;
        let loads = self.start_loads().await?;
        tokio::time::sleep(Duration::from_secs(idle)).await;
        let (idle, _) = stop_loads(loads).await;
        tell(&format!(
            "{} transactions, the longest took {}",
            idle.transactions,
            ms(idle.longest)
        ))?;

        let before = self.inspect().await?;
        if matches!(self.stage, Stage::Container(_)) {
            self.next("A backup, and the proof that it restores")?;
            let made = self
                .stage
                .back_up(&self.database, &before, &self.conduct)
                .await?;
            tell(&made.unwrap_or_default())?;
        }
        self.next("The plan, before anything is done")?;
        output::data(&self.stage.plan(&before).await?)?;

        self.next(match self.stage {
            Stage::Here { .. } => "The migration, with writer and reader at work",
            Stage::Container(_) => {
                "The deployment into the running container, with writer and reader at work"
            }
        })?;
        let (first, told) = self.act(Direction::Forward).await?;
        output::data(&told)?;

        self.next("The state now")?;
        self.look().await?;

        self.next("The way back, tried")?;
        let rows = demo::fingerprint(&self.database).await?;
        let (back, told) = self.act(Direction::Back).await?;
        output::data(&told)?;
        self.compare(&before, &rows, &back).await?;

        self.next("And again")?;
        let (again, _) = self.act(Direction::Forward).await?;
        tell(&format!("completed with {} steps", again.done.steps.len()))?;
        self.next("In short")?;
        let forward = match self.stage {
            Stage::Here { .. } => ("migration", "migration again"),
            Stage::Container(_) => ("deployment", "deployment again"),
        };
        let acts = [
            (forward.0, &first),
            ("way back", &back),
            (forward.1, &again),
        ];
        self.summary(&idle, acts).await
    }

    async fn inspect(&self) -> Result<Inspection, Error> {
        let mut session = self.database.session().await?;
        Ok(inspect(&mut session, &Options::new(&self.conduct.server_time_zone)).await?)
    }

    async fn look(&self) -> Result<(), Error> {
        let seen = self.inspect().await?;
        let status = status(&seen, &Config::default(), self.stage.known().await?);
        output::data(&text::status(&status, Language::English))
    }

    async fn start_loads(&self) -> Result<(Load, Load), Error> {
        let writer = Load::start(&self.database, demo::WRITE, WRITES_PER_SECOND).await?;
        let reader = Load::start(&self.database, demo::READ, READS_PER_SECOND).await?;
        Ok((writer, reader))
    }

    async fn act(&self, direction: Direction) -> Result<(Act, String), Error> {
        let seen = self.inspect().await?;
        let loads = self.start_loads().await?;
        tokio::time::sleep(AROUND).await;
        let (database, conduct) = (&self.database, &self.conduct);
        let ((done, told), wanted) = match direction {
            Direction::Forward => (
                self.stage.forward(database, &seen, conduct).await?,
                Outcome::Completed,
            ),
            Direction::Back => (
                self.stage.back(database, &seen, conduct).await?,
                Outcome::RolledBack,
            ),
        };
        tokio::time::sleep(AROUND).await;
        let (writer, reader) = stop_loads(loads).await;
        if done.outcome != wanted || done.error.is_some() {
            output::data(&told)?;
            let message = "the demonstration did not go as it has to";
            return Err(Error::new(ExitCode::PutBack, message));
        }
        let act = Act {
            done,
            writer,
            reader,
        };
        Ok((act, told))
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
        if !same || after.extension.installed.is_some() || !self.stage.is_clean().await? {
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

enum Direction {
    Forward,
    Back,
}

async fn stop_loads((writer, reader): (Load, Load)) -> (Felt, Felt) {
    (writer.stop().await, reader.stop().await)
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}
