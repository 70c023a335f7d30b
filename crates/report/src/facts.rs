//! What a status says of its parts, as phrases: the same in text and in Markdown.

use jiff::Timestamp;
use partman_core::assess::Adoptable;
use partman_core::model::{RunSummary, Standing};
use partman_core::phrase;
use partman_core::summary::SetSummary;
use partman_core::words::Phrase;
use partman_rollout::status::{
    BackupStatus, ContainerStatus, ExtensionStatus, FileState, FileStatus, Overall,
};

/// A moment, to the second.
pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// The verdict on everything.
pub(crate) fn overall(overall: Overall) -> Phrase {
    match overall {
        Overall::Absent => phrase!("absent: the server has no pg_partman"),
        Overall::Ready => phrase!("ready: pg_partman is available, not every set is under it"),
        Overall::Deployed => {
            phrase!("deployed: every set is under pg_partman, and nothing is wrong")
        }
        Overall::Degraded => phrase!("degraded: under pg_partman, with errors"),
    }
}

/// Whether it runs, how it is, since when, and from which image.
pub(crate) fn container(container: &ContainerStatus) -> Vec<Phrase> {
    let mut parts = vec![running(container)];
    parts.extend(container.health.as_deref().map(health));
    if let (true, Some(at)) = (container.running, container.started_at) {
        parts.push(phrase!("since {at}", at = moment(at)));
    }
    parts.push(image(container));
    parts
}

/// Whether it runs.
pub(crate) fn running(container: &ContainerStatus) -> Phrase {
    if container.running {
        phrase!("running")
    } else {
        phrase!("stopped")
    }
}

/// The word of the health check.
pub(crate) fn health(word: &str) -> Phrase {
    match word {
        "healthy" => phrase!("healthy"),
        "unhealthy" => phrase!("unhealthy"),
        "starting" => phrase!("starting"),
        other => Phrase::verbatim(other),
    }
}

/// Whether the container runs another image than it should.
pub(crate) fn is_other_image(container: &ContainerStatus) -> bool {
    let expected = container.expected_image.as_ref();
    expected.is_some_and(|expected| *expected != container.image)
}

fn image(container: &ContainerStatus) -> Phrase {
    let image = &container.image;
    match &container.expected_image {
        Some(expected) if is_other_image(container) => match container.expected_image_built {
            Some(true) => phrase!(
                "image {image}, which should be {expected} (built)",
                image,
                expected
            ),
            _ => phrase!(
                "image {image}, which should be {expected} (not built)",
                image,
                expected
            ),
        },
        _ => phrase!("image {image}", image),
    }
}

/// pg_partman on the server.
pub(crate) fn extension(extension: &ExtensionStatus) -> Phrase {
    match (&extension.installed, &extension.available) {
        (Some(version), _) => phrase!(
            "{version} in schema {schema}",
            version,
            schema = extension.schema.as_deref().unwrap_or("?")
        ),
        (None, Some(version)) => phrase!("not installed; the server offers {version}", version),
        (None, None) => phrase!("not installed, and the server has no files of it"),
    }
}

/// How many of the files are there.
pub(crate) fn files(files: &[FileStatus]) -> Phrase {
    let missing = files.iter().filter(|f| f.state == FileState::Missing);
    let missing = missing.count();
    phrase!(
        "{present} present, {missing} missing",
        present = files.len() - missing,
        missing
    )
}

/// Which backup, of when.
pub(crate) fn backup(backup: &BackupStatus) -> Phrase {
    phrase!("{id} of {at}", id = backup.id, at = moment(backup.at))
}

/// Whether it is proven to restore.
pub(crate) fn proof(backup: &BackupStatus) -> Phrase {
    match &backup.proof {
        Some(proof) if proof.fresh => {
            phrase!("proven to restore at {at}", at = moment(proof.at))
        }
        Some(proof) => phrase!(
            "proven to restore at {at}, longer ago than is allowed",
            at = moment(proof.at)
        ),
        None => phrase!("not proven to restore"),
    }
}

/// Which run, of when, how it ended, and what else there is to know of it.
pub(crate) fn run(run: &RunSummary) -> Vec<Phrase> {
    let outcome = match run.outcome {
        Standing::Completed => phrase!("completed"),
        Standing::RolledBack => phrase!("rolled back"),
        Standing::Stopped => phrase!("stopped part-way"),
        Standing::Active => phrase!("at work now"),
    };
    let mut parts = vec![phrase!(
        "{id} of {at} by {user}: {outcome}",
        id = run.id,
        at = moment(run.started_at),
        user = run.started_by,
        outcome
    )];
    if let Some(why) = &run.without_backup {
        parts.push(phrase!("without backup: {why}", why));
    }
    if run.elsewhere {
        parts.push(phrase!("on another database that this one is a copy of"));
    }
    parts
}

/// Who looks after the set, or could.
pub(crate) fn state(set: &SetSummary) -> Phrase {
    match (set.managed, set.adoptable) {
        (true, _) => phrase!("managed by pg_partman"),
        (_, Adoptable::Yes | Adoptable::YesWithMend) => phrase!("managed by hand, can be adopted"),
        (_, Adoptable::NeedsDecision) => {
            phrase!("managed by hand, somebody has to decide before it can be adopted")
        }
        (_, Adoptable::No) => phrase!("can't be adopted"),
    }
}

/// A mend that somebody doesn't want.
pub(crate) fn declined(mend: &Phrase) -> Phrase {
    phrase!("declined: {mend}", mend)
}

/// By what it is divided, how wide its partitions are, in which zone, and how far they reach.
pub(crate) fn set(set: &SetSummary) -> Vec<Phrase> {
    let strategy = serde_json::to_value(set.strategy).ok();
    let strategy = strategy.and_then(|value| value.as_str().map(str::to_uppercase));
    let control = match &set.control {
        Some(control) => Phrase::verbatim(control),
        None => phrase!("several columns or an expression"),
    };
    let by = phrase!(
        "{strategy} by {control}",
        strategy = strategy.unwrap_or_default(),
        control
    );
    let facts = [
        Some(by),
        set.interval
            .map(|interval| phrase!("every {interval}", interval)),
        set.time_zone.as_ref().map(Phrase::verbatim),
        set.horizon
            .as_ref()
            .map(|horizon| phrase!("up to {horizon}", horizon)),
    ];
    facts.into_iter().flatten().collect()
}

/// The columns of a table of partitions.
pub(crate) fn partition_columns() -> [Phrase; 5] {
    [
        phrase!("partition"),
        phrase!("from"),
        phrase!("to"),
        phrase!("rows (estimate)"),
        phrase!("size"),
    ]
}
