//! Sees to it that a container is gone when partman is, at whatever moment that is killed.
//!
//! A container that runs ends with our connection to it. One that was asked for and not started yet would stay; so before
//! it is asked for, a child of ours knows its name and waits for the end of a pipe.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ExitCode, Stdio};

use docker_probe::{Docker, Endpoint};
use pg_backup::Helper;

use crate::backups::{Error, Kind};

/// The word behind the hidden ones.
const VERB: &str = "container";
/// What the pipe says when all is well.
const DONE: &[u8] = b".";

/// A child that removes a container of this name unless it is told that all is well.
#[derive(Debug)]
pub(super) struct Keeper(Child);

impl Keeper {
    /// Starts one; nothing is there to be removed yet.
    pub(super) fn start(helper: &Helper, docker: &Docker, name: &str) -> Result<Self, Error> {
        let mut command = helper.command([VERB, name]);
        command
            .env("DOCKER_HOST", docker.endpoint().to_string())
            .env_remove("DOCKER_CONTEXT")
            .env_remove("PGPASSWORD")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        let child = command.spawn().map_err(|e| {
            let doing = "could not have somebody look after a container";
            Error::new(Kind::Io, doing).with_source(e)
        })?;
        Ok(Self(child))
    }

    /// The container is gone.
    pub(super) fn dismiss(&mut self) {
        if let Some(mut pipe) = self.0.stdin.take() {
            let _ = pipe.write_all(DONE);
        }
        let _ = self.0.wait();
    }
}

/// Becomes what partman has asked for: a keeper, or a child of `pg-backup`'s.
pub fn exec_child(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = words.into_iter().collect();
    match words.as_slice() {
        [verb, name] if verb == VERB => keep(&name.to_string_lossy()),
        _ => pg_backup::exec_child(words),
    }
}

fn keep(name: &str) -> ExitCode {
    let mut said = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut said);
    if said == DONE {
        return ExitCode::SUCCESS;
    }
    let remove = async {
        let endpoint = Endpoint::from_env(|variable| std::env::var_os(variable))?;
        Docker::connect_to(endpoint)
            .await?
            .remove_one_off(name)
            .await
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime.map(|runtime| runtime.block_on(remove)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
