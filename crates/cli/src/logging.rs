//! What the libraries tell while they work, on stderr: warnings by default, less with `-q`, more with each `-v`.

use tracing_subscriber::EnvFilter;

/// Our own crates; what others log stays at warnings, for nobody checked it for secrets.
const OURS: &[&str] = &[
    "partman",
    "partman_core",
    "partman_rollout",
    "partman_report",
    "docker_probe",
    "pg_backup",
];

/// Starts to write log lines. Call it once.
pub(crate) fn start(quiet: bool, verbose: u8) {
    let filter = EnvFilter::new(directives(quiet, verbose));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(crate::output::stderr_is_styled())
        .with_target(verbose > 1)
        .with_writer(std::io::stderr);
    if verbose > 1 {
        lines.init();
    } else {
        lines.without_time().init();
    }
}

fn directives(quiet: bool, verbose: u8) -> String {
    let (others, ours) = match (quiet, verbose) {
        (true, _) => ("error", "error"),
        (false, 0) => ("warn", "warn"),
        (false, 1) => ("warn", "info"),
        (false, 2) => ("warn", "debug"),
        (false, _) => ("warn", "trace"),
    };
    let ours = OURS.iter().map(|name| format!(",{name}={ours}"));
    ours.fold(others.to_owned(), |all, one| all + &one)
}

#[cfg(test)]
mod tests {
    use super::directives;

    #[test]
    fn only_our_own_crates_get_louder() {
        assert!(directives(false, 2).starts_with("warn,partman=debug,partman_core=debug,"));
        assert!(directives(true, 2).starts_with("error,partman=error,"));
    }
}
