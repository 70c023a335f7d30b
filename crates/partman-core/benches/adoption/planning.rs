//! How long it takes to look at a database of 100 sets of 100 partitions, and to make the plan for all of them.

use std::time::{Duration, Instant};

use partman_core::inspect::{Options, inspect};
use partman_core::plan::{Plan, Request, Selection};
use partman_core::postgres::{Database, Settings};
use partman_core::wanted::WantedExtension;
use partman_testkit::{Partman, TestDb};

use crate::measured::Spread;

/// One set a transaction, for a transaction locks all that it creates.
fn set(number: u32) -> String {
    format!(
        "SET TimeZone = 'UTC';
         CREATE TABLE public.events_{number} (id bigint, at timestamptz NOT NULL) PARTITION BY RANGE (at);
         DO $$ BEGIN
             FOR n IN 0 .. 99 LOOP
                 EXECUTE format('CREATE TABLE public.events_{number}_%s PARTITION OF public.events_{number} FOR VALUES FROM (%L) TO (%L)',
                                to_char(current_date - n, 'YYYY_MM_DD'), current_date - n, current_date - n + 1);
             END LOOP;
         END $$"
    )
}

pub(crate) async fn measure(rounds: u64) {
    let db = TestDb::new(Partman::V5_5_0).await;
    for number in 1..=100 {
        db.execute(&set(number)).await;
    }
    let dsn = format!(
        "host={} port={} dbname={} user=postgres",
        db.cluster().socket_dir().display(),
        db.cluster().port(),
        db.name()
    );
    let settings = Settings::from_url(&dsn).expect("settings");
    let database = Database::connect(&settings).await.expect("it answers");
    let request = Request {
        selection: Selection::All(Vec::new()),
        extension: WantedExtension::default(),
    };
    let (mut looking, mut planning) = (Vec::<Duration>::new(), Vec::<Duration>::new());
    for _ in 0..rounds {
        let mut session = database.session().await.expect("a session");
        let began = Instant::now();
        let seen = inspect(&mut session, &Options::new("UTC")).await;
        let seen = seen.expect("it can be looked at");
        looking.push(began.elapsed());
        let began = Instant::now();
        let plan = Plan::make(&seen, &request);
        planning.push(began.elapsed());
        assert_eq!(plan.adopts().len(), 100, "{:?}", plan.refusals);
    }
    println!(
        "\n100 sets of 100 partitions: inspected in {:.0} ms, planned in {:.0} ms (medians).",
        Spread::of(looking.into_iter()).median,
        Spread::of(planning.into_iter()).median
    );
}
