//! Goodbyes: a connection that is dropped tells the server that it goes, from a task of its own. A program that ends
//! before that task has run leaves "unexpected EOF on client connection" in the server's log, at each of its runs; so it
//! waits here, for a moment, until all have said goodbye.

use std::sync::LazyLock;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinHandle};
use tokio_util::task::TaskTracker;

/// Of the whole process, as the sockets are: whoever ends it has no list of the databases that were opened.
static CONNECTIONS: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// How long a server may take to end a statement that was cancelled.
const ENDS_WITHIN: Duration = Duration::from_millis(500);

/// Waits until the connections of this process are closed, at most this long. Call it last, when all that was opened has
/// been dropped; one that is still in use is waited for in vain.
pub async fn farewell(within: Duration) {
    CONNECTIONS.close();
    let _ = tokio::time::timeout(within, CONNECTIONS.wait()).await;
    CONNECTIONS.reopen();
}

/// Runs what drives or closes a connection.
pub(super) fn spawn(
    runtime: &Handle,
    task: impl Future<Output = ()> + Send + 'static,
) -> JoinHandle<()> {
    CONNECTIONS.spawn_on(task, runtime)
}

/// Gives a connection the time to hear that its statement has ended, and to say goodbye.
pub(super) async fn let_end(task: &AbortHandle) {
    let began = tokio::time::Instant::now();
    while !task.is_finished() && began.elapsed() < ENDS_WITHIN {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
