//! A Docker Engine of which only some containers are seen: those with one label. Many tests have containers at the same
//! time, and a person may have some too; whoever looks for "the only PostgreSQL there is" shall not meet these.
//!
//! It is the real Engine behind a socket of our own. What is asked goes there as it is, but that lists of containers are
//! asked for with the label.

use std::io;

use partman_testkit::{Container, Image};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{UnixListener, UnixStream};

const REAL: &str = "/var/run/docker.sock";
const LABEL: &str = "org.partman.test.seen";

/// The Engine, as the program under test sees it. It goes with the runtime.
pub(crate) struct Engine {
    folder: TempDir,
    value: String,
}

impl Engine {
    pub(crate) fn start() -> Self {
        use std::hash::{BuildHasher, RandomState};
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join("docker.sock")).expect("a socket");
        let value = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
        let label = format!("{LABEL}={value}");
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let label = label.clone();
                tokio::spawn(async move { forward(client, &label).await });
            }
        });
        Self { folder, value }
    }

    /// The value of `DOCKER_HOST`.
    pub(crate) fn address(&self) -> String {
        format!("unix://{}/docker.sock", self.folder.path().display())
    }

    /// A container that is seen.
    pub(crate) fn container(&self, image: Image) -> partman_testkit::ContainerOptions {
        let options = Container::options(image).label(LABEL, &self.value);
        options.discoverable()
    }
}

async fn forward(mut client: UnixStream, label: &str) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let mut engine = UnixStream::connect(REAL).await?;
    let head = String::from_utf8_lossy(&head);
    engine.write_all(rewritten(&head, label).as_bytes()).await?;
    copy_bidirectional(&mut client, &mut engine).await?;
    Ok(())
}

/// One request per connection, so that each begins with a line that is looked at.
fn rewritten(head: &str, label: &str) -> String {
    let (line, rest) = head.split_once("\r\n").expect("a request has lines");
    let mut line = line.to_owned();
    if line.contains("/containers/json") && !line.contains("filters=") {
        let filter = format!("filters=%7B%22label%22%3A%5B%22{label}%22%5D%7D");
        let (address, version) = line.rsplit_once(' ').expect("a request has a version");
        let with = if address.contains('?') { '&' } else { '?' };
        line = format!("{address}{with}{filter} {version}");
    }
    let once = match rest.to_lowercase().contains("upgrade:") {
        true => "",
        false => "Connection: close\r\n",
    };
    format!("{line}\r\n{once}{rest}")
}
