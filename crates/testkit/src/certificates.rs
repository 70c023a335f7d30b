//! Certificates of our own making, for servers that speak TLS.
//!
//! An authority, certificates that it issues, and a running server that is made to show one of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::database::TestDb;

/// A folder of certificates, made with `openssl`; it is gone with the value.
#[derive(Debug)]
pub struct Certificates(TempDir);

impl Certificates {
    /// With an authority `ca` (`ca.crt`, `ca.key`).
    ///
    /// # Panics
    ///
    /// When `openssl` is not installed.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "it makes files")]
    pub fn new() -> Self {
        let this = Self(tempfile::tempdir().expect("the folder is ours"));
        this.openssl(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=our-ca -keyout ca.key -out ca.crt",
        );
        this
    }

    /// Where a file of this name is, or would be.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs `openssl` in the folder.
    ///
    /// # Panics
    ///
    /// When it fails.
    pub fn openssl(&self, arguments: &str) {
        let run = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(self.0.path())
            .output();
        let run = run.expect("openssl is installed");
        assert!(
            run.status.success(),
            "openssl {arguments}: {}",
            String::from_utf8_lossy(&run.stderr)
        );
    }

    /// A certificate from the authority, with these lines of extensions: `NAME.crt` and `NAME.key`.
    pub fn issue(&self, name: &str, subject: &str, extensions: &str) {
        fs::write(self.path("extensions"), extensions).expect("the folder is ours");
        self.openssl(&format!(
            "req -newkey rsa:2048 -nodes -subj /CN={subject} -keyout {name}.key -out {name}.csr"
        ));
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out {name}.crt"
        ));
    }

    /// A certificate that vouches for itself, as PostgreSQL's documentation makes one.
    pub fn sign_oneself(&self, name: &str, subject: &str) {
        self.openssl(&format!(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={subject} -keyout {name}.key -out {name}.crt"
        ));
    }

    /// Makes a server show this certificate, ask for those of the authority, and read its rules anew.
    ///
    /// # Panics
    ///
    /// When it does not.
    pub async fn install(&self, db: &TestDb, name: &str) {
        let data = db.cluster().data_dir();
        for (from, to) in [
            (format!("{name}.crt"), "server.crt"),
            (format!("{name}.key"), "server.key"),
        ] {
            copy_as_owner(&self.path(&from), &data.join(to), &data);
        }
        copy_as_owner(&self.path("ca.crt"), &data.join("root.crt"), &data);
        db.execute("ALTER SYSTEM SET ssl_ca_file = 'root.crt'")
            .await;
        db.execute("ALTER SYSTEM SET ssl = on").await;
        let before = db.query_text("SELECT clock_timestamp()").await;
        db.execute("SELECT pg_reload_conf()").await;
        let reloaded =
            format!("SELECT pg_conf_load_time() > '{before}' AND current_setting('ssl') = 'on'");
        for _ in 0..200 {
            if db.query_text(&reloaded).await == "t" {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("the server doesn't reload: {}", db.cluster().log());
    }
}

/// Copies a file so that the server, which may run as another user, can read it and nobody else.
fn copy_as_owner(from: &Path, to: &Path, like: &Path) {
    use std::os::unix::fs::MetadataExt;
    let owner = fs::metadata(like).expect("the folder is ours");
    fs::copy(from, to).expect("the folder is ours");
    std::os::unix::fs::chown(to, Some(owner.uid()), Some(owner.gid())).expect("the folder is ours");
    fs::set_permissions(to, fs::Permissions::from_mode(0o600)).expect("the folder is ours");
}
