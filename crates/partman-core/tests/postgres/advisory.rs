//! The lock that keeps runs apart.

use partman_core::postgres::Lock;
use partman_core::postgres::advisory::{release, try_lock};
use partman_testkit::{Partman, TestDb};

use crate::support::{self, becomes, database};

#[tokio::test]
async fn the_advisory_lock_says_who_has_it() {
    let db = TestDb::new(Partman::None).await;
    let database = database(&db).await;
    let mut first = database.session_as("partman migrate").await.unwrap();
    let mut second = database.session().await.unwrap();
    assert_eq!(try_lock(&mut first).await.unwrap(), Lock::Acquired);
    assert_eq!(try_lock(&mut first).await.unwrap(), Lock::Acquired);
    let Lock::Busy(holder) = try_lock(&mut second).await.unwrap() else {
        panic!("two sessions have the lock");
    };
    assert_eq!(holder.pid, Some(first.backend_pid()));
    assert_eq!(holder.application_name.as_deref(), Some("partman migrate"));
    assert_eq!(holder.user.as_deref(), Some("postgres"));
    assert_eq!(holder.client_addr.as_deref(), Some("127.0.0.1"));
    assert!(holder.since.is_some());
    release(&mut first).await.unwrap();
    assert_eq!(try_lock(&mut second).await.unwrap(), Lock::Acquired);
    let sibling = db.sibling("other").await;
    let elsewhere = support::database(&sibling).await;
    let mut elsewhere = elsewhere.session().await.unwrap();
    assert_eq!(try_lock(&mut elsewhere).await.unwrap(), Lock::Acquired);
    second.close();
    becomes(
        &db,
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
        "1",
    )
    .await;
    assert_eq!(try_lock(&mut first).await.unwrap(), Lock::Acquired);
}
