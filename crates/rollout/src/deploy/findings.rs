//! What deployments can leave behind that somebody should know of: a run that stopped, and an image without the extension
//! that its container has.
//!
//! These rules judge the host and not the database, so they are not among the core's; their page is
//! `docs/how-to/deploy.md`.

use partman_core::Error;
use partman_core::check::{Finding, Meta, Severity};
use partman_core::model::Inspection;
use partman_core::phrase;

use super::{Folder, Header, HostStep, Lock, Recorded};
use crate::config::Config;
use crate::container::Chosen;
use crate::status::KnownDeployment;

const PAGE: &str = "docs/how-to/deploy.md";

/// The rules about deployments.
pub static META: [Meta; 2] = [STOPPED, ONLY_IN_CONTAINER];

const STOPPED: Meta = Meta {
    id: "deploy-stopped",
    severity: Severity::Error,
    varies: "",
    title: "A deployment into the container stopped part-way.",
    finds: "A journal in the folder `.partman` beside the configuration whose run is neither complete nor taken back, and that \
        acted on this very database.",
    matters: "What it did until then is done: there may be files in the container, an extension without sets, or sets that \
        are half adopted. Nothing is lost, and no data was moved.",
    remedy: "`partman resume` goes on with it, `partman rollback` takes it back.",
    cost: "Reads the journal; the server is not asked.",
};

const ONLY_IN_CONTAINER: Meta = Meta {
    id: "image-lacks-extension",
    severity: Severity::Warning,
    varies: "",
    title: "The container has pg_partman's files, and its image has not.",
    finds: "Files of pg_partman that were added to the container since it was made from its image, as \
        `partman deploy --strategy hot` does.",
    matters: "They last as long as this container: also when it is stopped and started, not when it is made anew (`docker \
        compose up` after a change, a new image). The sets and the extension are in the database and stay; but then the \
        extension can't be updated, and a dump of the database can't be restored there, until the files are back.",
    remedy: "Put the extension into the image (for Debian: install the package `postgresql-NN-partman` in its Dockerfile). \
        After a container was made anew without it, `partman deploy --strategy hot` puts the files back.",
    cost: "One question to the Docker Engine, which compares the container with its image; it is waited for a few seconds.",
};

/// Looks: in the project's folder, and at the container if there is one. What Docker doesn't tell is not known.
///
/// # Errors
/// A journal can't be read.
pub async fn known(
    config: &Config,
    seen: &Inspection,
    chosen: Option<&Chosen>,
) -> Result<KnownDeployment, Error> {
    let folder = Folder::of(config);
    let under_way = Lock::holder(&folder).is_some();
    let stopped = folder.open_run(&seen.server)?.filter(|_| !under_way);
    let only_in_container = match chosen.filter(|_| seen.extension.default_version.is_some()) {
        Some(chosen) if brought(&folder, chosen)? => Some(named(chosen)),
        Some(chosen) => only_in(chosen).await,
        None => None,
    };
    Ok(KnownDeployment {
        stopped: stopped.map(|run| {
            let Header {
                run,
                started_at,
                container_name,
                ..
            } = run.header;
            (run, started_at, container_name)
        }),
        only_in_container,
    })
}

/// Whether the last deployment put them there, as its journal says.
fn brought(folder: &Folder, chosen: &Chosen) -> Result<bool, Error> {
    let here =
        |run: &Recorded| run.header.container == chosen.facts().id && !run.progress().rolled_back;
    let puts = |step: &HostStep| matches!(step, HostStep::PutFiles(_));
    let last = folder.last()?.filter(here);
    Ok(last.is_some_and(|run| run.header.steps.iter().any(puts)))
}

fn named(chosen: &Chosen) -> (String, String) {
    let facts = chosen.facts();
    (facts.name.clone(), facts.image.clone())
}

async fn only_in(chosen: &Chosen) -> Option<(String, String)> {
    match chosen.has_more_than_its_image().await {
        Ok(more) => more.then(|| named(chosen)),
        Err(error) => {
            tracing::debug!(%error, "the container was not compared with its image");
            None
        }
    }
}

/// What is found; nothing where nobody looked.
pub fn findings(known: &KnownDeployment) -> Vec<Finding> {
    let stopped = known.stopped.as_ref().map(|(run, at, container)| {
        let at = format!("{at:.0}");
        let message = phrase!(
            "deployment {run} of {at} into container {container} stopped part-way",
            run,
            at,
            container
        );
        let help = phrase!("`partman resume` goes on with it, `partman rollback` takes it back");
        finding(&STOPPED, container, message, help)
    });
    let lacking = known.only_in_container.as_ref().map(|(container, image)| {
        let message = phrase!(
            "container {container} has pg_partman's files, and its image {image} has not: they go when the container is made anew",
            container,
            image
        );
        let help = phrase!("put pg_partman into the image before the container is made anew");
        finding(&ONLY_IN_CONTAINER, container, message, help)
    });
    stopped.into_iter().chain(lacking).collect()
}

fn finding(
    meta: &Meta,
    container: &str,
    message: partman_core::words::Phrase,
    help: partman_core::words::Phrase,
) -> Finding {
    let mut finding = Finding::new(meta, format!("container {container}"), message, help);
    finding.docs = format!("{PAGE}#{}", meta.id);
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_found_and_nothing_else() {
        assert_eq!(findings(&KnownDeployment::default()), []);
        let known = KnownDeployment {
            stopped: Some(("deploy-1".into(), jiff::Timestamp::UNIX_EPOCH, "db".into())),
            only_in_container: Some(("db".into(), "postgres:15".into())),
        };
        let found = findings(&known);
        let ids: Vec<_> = found.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(ids, ["deploy-stopped", "image-lacks-extension"]);
        assert!(found[1].message.to_string().contains("postgres:15"));
        assert_eq!(found[1].docs, "docs/how-to/deploy.md#image-lacks-extension");
    }
}
