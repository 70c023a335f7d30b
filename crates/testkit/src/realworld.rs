//! Partition sets as they are found in public repositories, rebuilt in shape.
//!
//! The files are ours; each names its source, and says in its header what should be made of it. Each loads
//! into an empty database. Their dates move with the clock, so that they ask for the same whenever tests run.

mod shift;

use jiff::civil::Date;

use shift::Shift;

/// One of those sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RealWorld {
    /// The file's name without `.sql`, such as `01_hatchet_v1_task`.
    pub name: &'static str,
    /// The whole file, as of the day on which it was written.
    sql: &'static str,
}

impl RealWorld {
    /// The set as of today; of a day on which it would still lie ahead, as of the day before.
    #[must_use]
    pub fn sql(&self) -> String {
        let now = jiff::Timestamp::now() - shift::LATEST_HOUR;
        self.sql_at(now.to_zoned(jiff::tz::TimeZone::UTC).date())
    }

    /// The set as of a day: less than a week behind it, or less than a year where months and years count. Before the files
    /// were written they are as they are.
    #[must_use]
    pub fn sql_at(&self, today: Date) -> String {
        Shift::to(today, self.interval()).of(self.sql)
    }

    /// The partitioned table, as `schema.table`.
    #[must_use]
    pub fn parent(&self) -> &'static str {
        self.header("parent")
    }

    /// The column that the set is partitioned by.
    #[must_use]
    pub fn control(&self) -> &'static str {
        self.header("control")
    }

    /// The interval in the words of the file, such as `monthly`.
    #[must_use]
    pub fn interval(&self) -> &'static str {
        self.header("interval")
    }

    /// `yes`, `needs-rename`, `needs-fill-gap`, `needs-conversion`, or `no` with the reason in brackets.
    #[must_use]
    pub fn adoptable(&self) -> &'static str {
        self.header("adoptable")
    }

    /// What a tool should find, in prose.
    #[must_use]
    pub fn expect(&self) -> &'static str {
        self.header("expect")
    }

    /// A field of the header.
    ///
    /// # Panics
    ///
    /// When the file lacks it; a test sees to it that none does.
    #[must_use]
    pub fn header(&self, field: &str) -> &'static str {
        let line = |line: &'static str| {
            line.strip_prefix("-- ")?
                .strip_prefix(field)?
                .strip_prefix(": ")
        };
        let found = self
            .sql
            .lines()
            .take_while(|line| line.starts_with("--"))
            .find_map(line);
        found.unwrap_or_else(|| panic!("{} has no `{field}` in its header", self.name))
    }
}

/// Every set, in the order of the files' names.
#[must_use]
pub fn realworld() -> &'static [RealWorld] {
    FILES
}

macro_rules! files {
    ($($name:literal)*) => {
        &[$(RealWorld { name: $name, sql: include_str!(concat!("../fixtures/realworld/", $name, ".sql")) }),*]
    };
}

const FILES: &[RealWorld] = files! {
    "01_hatchet_v1_task"
    "04_supabase_realtime_messages"
    "07_openaq_measurements"
    "10_mimic_chartevents_inherits"
    "13_infisical_audit_logs"
    "16_toronto_vds_raw"
    "19_toronto_miovision_volumes"
    "22_pagila_payment"
    "25_thingsboard_audit_log"
    "28_lago_enriched_events"
    "31_pg_party_expression"
    "34_absurd_tasks_uuidv7"
    "37_triggerdev_webhookdelivery"
    "40_gitlab_audit_events"
    "43_gobpmn_event_list_date"
    "46_hyades_projectmetrics"
    "49_near_balance_events"
    "52_alcosi_gateway_request_history"
    "55_sequent_events_text_key"
    "58_crius_snapshot"
    "61_wres_timeseriesvaluepart"
    "64_kubernaut_action_traces"
    "67_horoscope_transaction"
    "70_waku_messages_ns"
    "73_skyportal_localizationtiles"
    "76_zabbix_history_epoch"
    "79_container_registry_blobs_hash"
};
