//! The password of a container: used, and nowhere to be seen. Found by looking: at the arguments of every process while
//! the program works, at all that it prints and writes, and at its journal.

use crate::support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use partman_testkit::Image;
use support::beside::Beside;

/// The processes that have this text among their arguments.
fn with_argument(text: &str) -> BTreeSet<String> {
    let processes = std::fs::read_dir("/proc").expect("Linux has it").flatten();
    let names = processes.filter_map(|one| one.file_name().into_string().ok());
    let has = |pid: &String| {
        let line = std::fs::read(Path::new("/proc").join(pid).join("cmdline"));
        line.is_ok_and(|line| String::from_utf8_lossy(&line).contains(text))
    };
    names
        .filter(|name| name.bytes().all(|b| b.is_ascii_digit()))
        .filter(has)
        .collect()
}

fn files_below(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in folder.read_dir().expect("a folder").flatten() {
        match entry.path() {
            path if path.is_dir() => files_below(&path, found),
            path => found.push(path),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_of_the_container_is_nowhere_to_be_seen() {
    let beside = Beside::of(Image::Postgres17, |it| it).await;
    beside.webhook_events().await;
    let secret = beside.container.password().to_owned();
    // Whoever made the container had to say it, which also shows that looking finds it.
    let before = with_argument(&secret);
    assert!(!before.is_empty());
    let over = Arc::new(AtomicBool::new(false));
    let (watched, ended) = (secret.clone(), Arc::clone(&over));
    let watch = std::thread::spawn(move || {
        let mut seen = BTreeSet::new();
        while !ended.load(Ordering::Relaxed) {
            seen.extend(with_argument(&watched));
            std::thread::sleep(Duration::from_millis(1));
        }
        seen
    });
    let without = ["--without-backup", "a test has no backup"];
    for (arguments, code) in [
        (&["init"][..], 0),
        (&["status", "--fail-on", "never", "--save", "seen.json"], 0),
        (&["status", "--fail-on", "never", "--format", "json"], 0),
        (
            &["check", "--fail-on", "never", "--report", "json=check.json"],
            0,
        ),
        (&["plan", "--out", "plan.json"], 0),
        (&["migrate", "--yes", without[0], without[1]], 0),
        (&["status", "--fail-on", "never"], 0),
        (&["rollback", "--yes"], 0),
        (
            &["status", "--database", "postgres://admin@127.0.0.1:1/x"],
            4,
        ),
    ] {
        let mut command = beside.partman(arguments);
        let ended = command.args(["-vv"]).assert().code(code);
        let output = ended.get_output();
        for printed in [&output.stdout, &output.stderr] {
            let printed = String::from_utf8_lossy(printed);
            assert!(!printed.contains(&secret), "{arguments:?}: {printed}");
        }
    }
    over.store(true, Ordering::Relaxed);
    let seen = watch.join().expect("it only looked");
    assert_eq!(
        seen.difference(&before).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
    let mut files = Vec::new();
    files_below(beside.folder.path(), &mut files);
    assert!(files.len() >= 4, "{files:?}");
    for path in files {
        let bytes = std::fs::read(&path).expect("it can be read");
        assert!(
            !String::from_utf8_lossy(&bytes).contains(&secret),
            "{path:?}"
        );
    }
    let journal = beside
        .sql("SELECT string_agg(run::text, ' ') || (SELECT string_agg(step::text, ' ') FROM partman_journal.entry step) FROM partman_journal.run run")
        .await;
    assert!(journal.contains("a test has no backup"), "{journal}");
    assert!(!journal.contains(&secret));
}
