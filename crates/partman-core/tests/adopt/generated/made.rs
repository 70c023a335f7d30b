//! A case as SQL. Bounds are worked out by the server, in its own arithmetic and on its own clock.

use partman_core::RelationName;
use partman_core::name::{quote_ident, quote_literal};

use super::case::{Case, Default, Naming};

impl Case {
    pub(super) fn parent_name(&self) -> RelationName {
        RelationName::new(self.schema, self.parent)
    }

    /// Makes the set, with three rows in each partition. Its zone is the session's while it does, unless a
    /// clock is counted on.
    pub(super) fn sql(&self) -> String {
        let parent = self.parent_name();
        let control = quote_ident(self.control);
        let null = match self.default {
            Default::Null => "",
            _ => "NOT NULL",
        };
        let schema = quote_ident(self.schema);
        format!(
            "SET client_min_messages = warning;
             SET TimeZone = '{zone}';
             CREATE SCHEMA IF NOT EXISTS {schema};
             CREATE SCHEMA kept;
             CREATE TABLE {parent} (id bigint GENERATED ALWAYS AS IDENTITY, {control} {key} {null}, what text)
                 PARTITION BY RANGE ({control});
             CREATE INDEX ON {parent} ({control});
             DO $made$
             DECLARE
                 wide constant {step_type} := '{wide}';
                 base constant {local} := {base};
                 first constant {local} := base - wide * ({total} + {behind});
                 there constant bool[] := '{{{there}}}';
                 lower {key};
                 upper {key};
             BEGIN
                 FOR n IN 1..{total} LOOP
                     lower := {lower};
                     upper := {upper};
                     CONTINUE WHEN NOT there[n];
                     EXECUTE format('CREATE TABLE %I.%I PARTITION OF %s FOR VALUES FROM (%L) TO (%L)',
                                    {place}, {called}, {in_sql}, lower, upper);
                     INSERT INTO {parent} ({control}, what) SELECT lower, 'first' FROM generate_series(1, 3);
                 END LOOP;
                 {default}
             END $made$",
            zone = if self.is_clock() { "UTC" } else { self.zone },
            key = self.key.sql(),
            step_type = if self.key.is_time() { "interval" } else { "bigint" },
            wide = self.width.sql,
            local = self.local_type(),
            base = self.base(),
            total = self.between.len() + 2,
            behind = self.behind,
            there = self.there(),
            lower = self.at("first + wide * (n - 1)"),
            upper = self.at("first + wide * n"),
            place = quote_literal(if self.apart { "kept" } else { self.schema }),
            called = self.called(),
            in_sql = quote_literal(&parent.to_string()),
            default = self.default_sql(),
        )
    }

    fn there(&self) -> String {
        let between = self
            .between
            .iter()
            .map(|there| if *there { "t" } else { "f" });
        let all = std::iter::once("t").chain(between).chain(["t"]);
        all.collect::<Vec<_>>().join(",")
    }

    /// Whether steps are counted on the physical clock.
    fn is_clock(&self) -> bool {
        self.width.sql.contains("hour") || self.width.sql.contains("minute")
    }

    /// What steps are counted in: where a calendar counts, without a zone.
    fn local_type(&self) -> &'static str {
        match (self.key.is_time(), self.is_clock()) {
            (false, _) => "bigint",
            (true, true) => "timestamptz",
            (true, false) => "timestamp",
        }
    }

    /// Where the partition of the present begins.
    fn base(&self) -> String {
        match (self.key.is_time(), self.is_clock()) {
            (false, _) => "wide * 12".to_owned(),
            (true, true) => format!("date_trunc('{}', now(), 'UTC')", self.width.from),
            (true, false) => format!(
                "date_trunc('{}', now() AT TIME ZONE '{}')",
                self.width.from, self.zone
            ),
        }
    }

    /// A step as a value of the key.
    fn at(&self, step: &str) -> String {
        match (self.key.sql(), self.is_clock()) {
            ("timestamptz", false) => format!("({step}) AT TIME ZONE '{}'", self.zone),
            ("timestamp", true) => format!("({step}) AT TIME ZONE 'UTC'"),
            (key, _) => format!("({step})::{key}"),
        }
    }

    fn called(&self) -> String {
        let base: String = self.parent.chars().take(20).collect();
        let base = quote_literal(&base);
        let dated = |from: &str| {
            if self.key.is_time() {
                format!("to_char({from}, 'YYYYMMDD_HH24MISS')")
            } else {
                format!("{from}::text")
            }
        };
        match self.naming {
            Naming::Ordinal => format!("{base} || '_' || n"),
            Naming::Own => format!("{base} || '_p' || {}", dated("lower")),
            Naming::Dated if self.key.is_time() => {
                format!("{base} || to_char(lower, '_YYYY_MM_DD_HH24MI')")
            }
            Naming::Dated => format!("{base} || '_' || lower"),
            Naming::Lying => format!("{base} || '_p' || {}", dated("(lower + wide * 3)")),
            Naming::Hostile => r#"'it''s "so" %s \ _p' || n || '_pé'"#.to_owned(),
            Naming::Dotted => "'events.v' || n".to_owned(),
            Naming::Long => "rpad('x' || n || '_', 63, 'long_')".to_owned(),
        }
    }

    fn default_sql(&self) -> String {
        let (parent, control) = (self.parent_name(), quote_ident(self.control));
        let place = quote_ident(if self.apart { "kept" } else { self.schema });
        let create = format!("CREATE TABLE {place}.\"rest of it\" PARTITION OF {parent} DEFAULT");
        let insert = |value: &str| {
            format!(
                "{create}; INSERT INTO {parent} ({control}, what) SELECT {value}, 'rest' FROM generate_series(1, 2);"
            )
        };
        match self.default {
            Default::None => String::new(),
            Default::Empty => format!("{create};"),
            Default::Null => insert("NULL"),
            Default::Present => insert(&self.at("base")),
            Default::Far => format!(
                "{} INSERT INTO {parent} ({control}, what) VALUES ({}, 'far');",
                insert(&self.at("base - wide * 40")),
                self.at("base + wide * 60")
            ),
        }
    }
}
