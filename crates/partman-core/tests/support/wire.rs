//! A wire to a server that can be cut: neither end is told, as when a network fails.

use std::path::PathBuf;

use partman_testkit::TestDb;
use tempfile::TempDir;
use tokio::net::{UnixListener, UnixStream};
use tokio_util::sync::CancellationToken;

/// Listens on a socket of its own and hands everything on, until it is cut; what connects later gets a new wire.
#[derive(Clone)]
pub(crate) struct Wire {
    cut: std::sync::Arc<std::sync::Mutex<CancellationToken>>,
    folder: std::sync::Arc<TempDir>,
    port: u16,
}

impl Wire {
    pub(crate) fn to(db: &TestDb) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = db.cluster().port();
        let name = format!(".s.PGSQL.{port}");
        let listener = UnixListener::bind(folder.path().join(&name)).expect("a socket");
        let wire = Self {
            cut: std::sync::Arc::default(),
            folder: std::sync::Arc::new(folder),
            port,
        };
        let (cut, server) = (wire.cut.clone(), db.cluster().socket_dir().join(&name));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let until = cut.lock().expect("no panic while it is held").clone();
                tokio::spawn(carry(client, server.clone(), until));
            }
        });
        wire
    }

    /// How a role reaches this database over the wire.
    pub(crate) fn dsn(&self, db: &TestDb, role: &str) -> String {
        let (folder, port) = (self.folder.path().display(), self.port);
        format!("host={folder} port={port} dbname={} user={role}", db.name())
    }

    /// Cuts every connection that there is.
    pub(crate) fn cut(&self) {
        let mut current = self.cut.lock().expect("no panic while it is held");
        current.cancel();
        *current = CancellationToken::new();
    }
}

async fn carry(mut client: UnixStream, server: PathBuf, until: CancellationToken) {
    let Ok(mut server) = UnixStream::connect(server).await else {
        return;
    };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
        () = until.cancelled() => {}
    }
}
