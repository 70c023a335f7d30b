use std::time::{Duration, Instant};

use super::*;

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

async fn finish(script: &str, input: &[u8]) -> Finished {
    let never = CancellationToken::new();
    run(shell(script), input.to_vec(), Sink::Keep, &never)
        .await
        .expect("sh runs")
}

#[tokio::test]
async fn output_complaint_and_status_are_told() {
    let finished = finish("cat; echo oh >&2; exit 3", b"in").await;
    assert_eq!(
        (finished.code, finished.output, finished.errors.as_str()),
        (Some(3), b"in".to_vec(), "oh")
    );
    assert_eq!(finish("kill -9 $$", b"").await.signal, Some(9));
    assert!(
        finish("seq 100000 >&2", b"")
            .await
            .errors
            .ends_with("100000")
    );
}

#[tokio::test]
async fn a_missing_program_is_an_error() {
    let never = CancellationToken::new();
    let run = run(
        Command::new("/nowhere/pg_dump"),
        Vec::new(),
        Sink::Discard,
        &never,
    );
    assert_eq!(
        run.await.expect_err("it is not there").kind(),
        Kind::NotFound
    );
}

#[tokio::test]
async fn what_a_program_leaves_behind_is_ended_with_it() {
    let start = Instant::now();
    finish("sleep 30 & exit 0", b"").await;
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "the pipe was held open"
    );
}

#[tokio::test]
async fn cancelling_ends_the_whole_group_and_waits_for_it() {
    let cancel = CancellationToken::new();
    let file = tempfile::NamedTempFile::new().expect("a file");
    let script = format!(
        "sleep 30 & echo $! >{}; trap '' TERM; while :; do sleep 1; done",
        file.path().display()
    );
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(200)).await;
        stop.cancel();
    });
    let error = run(shell(&script), Vec::new(), Sink::Discard, &cancel).await;
    assert_eq!(error.expect_err("it was cancelled").kind(), Kind::Cancelled);
    let pid = std::fs::read_to_string(file.path()).expect("it was written");
    let status = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    assert!(status.is_empty() || status.contains(") Z "), "{status}");
}
