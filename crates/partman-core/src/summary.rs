//! What reports say about a set: the assessment and the partitions in the words of the public contract.

use serde::{Deserialize, Serialize};

use crate::Interval;
use crate::assess::{Adoptable, Assessment, Code, Mend, MendKind};
use crate::bound::{Bound, Datum, KeyKind};
use crate::measure::Measure;
use crate::model::{Partition, PartitionSet, Strategy};
use crate::name::RelationName;
use crate::phrase;
use crate::wanted::Names;
use crate::words::Phrase;

/// One set as `status` and `plan` show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetSummary {
    /// The parent.
    pub parent: RelationName,
    /// The control column; the key's definition where it is not one column.
    pub control: Option<String>,
    /// How rows are divided.
    pub strategy: Strategy,
    /// The width of the partitions.
    pub interval: Option<Interval>,
    /// The zone of the bounds, where the key needs one.
    pub time_zone: Option<String>,
    /// Whether pg_partman has it.
    pub managed: bool,
    /// Whether it can be adopted.
    pub adoptable: Adoptable,
    /// What happens to names: `kept` or `renamed`.
    pub names: NamesAre,
    /// Why not, each with its way out.
    pub reasons: Vec<Phrase>,
    /// Which reason each of these is, in the same order.
    #[serde(default)]
    pub reason_codes: Vec<Code>,
    /// What a plan would repair.
    pub mends: Vec<Phrase>,
    /// Of which kind each of these is, in the same order.
    #[serde(default)]
    pub mend_kinds: Vec<MendKind>,
    /// What it could repair, and somebody declined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declined: Vec<Phrase>,
    /// What stays as it is, and what that means.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Phrase>,
    /// Upper end of the last partition.
    pub horizon: Option<String>,
    /// The DEFAULT partition.
    pub default: Option<PartitionSummary>,
    /// The others, in order.
    pub partitions: Vec<PartitionSummary>,
}

/// `kept` or `renamed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NamesAre {
    /// Partitions keep their names.
    Kept,
    /// They get pg_partman's.
    Renamed,
}

/// One partition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartitionSummary {
    /// Its name.
    pub name: RelationName,
    /// Lower bound; ISO 8601 for times, the catalog's text for what is neither time nor integer.
    pub from: Option<String>,
    /// Upper bound, exclusive.
    pub to: Option<String>,
    /// Estimate.
    pub rows: Option<i64>,
    /// On disk.
    pub bytes: Option<i64>,
}

impl SetSummary {
    /// Puts assessment and set together.
    pub fn new(seen: &Assessment, set: &PartitionSet) -> Self {
        let kind = set.control().map(|key| key.kind);
        let measure = set.measure();
        let needs_zone = kind == Some(KeyKind::Timestamptz) || measure != Measure::Itself;
        let counted = kind.map(|kind| (kind, measure));
        let (default, others): (Vec<_>, Vec<_>) =
            set.partitions.iter().partition(|p| p.is_default());
        Self {
            parent: set.name.clone(),
            control: seen.control.clone(),
            strategy: set.strategy,
            interval: seen.interval,
            time_zone: seen
                .zone
                .as_ref()
                .filter(|_| needs_zone)
                .map(|zone| zone.name.clone()),
            managed: seen.managed,
            adoptable: seen.adoptable(),
            names: if seen.names == Names::Rename {
                NamesAre::Renamed
            } else {
                NamesAre::Kept
            },
            reasons: seen
                .reasons
                .iter()
                .map(|reason| {
                    phrase!(
                        "{what}; {way_out}",
                        what = reason.what,
                        way_out = reason.way_out
                    )
                })
                .collect(),
            reason_codes: seen.reasons.iter().map(|reason| reason.code).collect(),
            mends: told(&seen.mends),
            mend_kinds: seen.mends.iter().map(|mend| mend.kind).collect(),
            declined: told(&seen.declined),
            notes: seen.notes.clone(),
            horizon: seen.horizon.map(|point| point.to_string()),
            default: default.first().map(|p| PartitionSummary::new(p, counted)),
            partitions: others
                .into_iter()
                .map(|p| PartitionSummary::new(p, counted))
                .collect(),
        }
    }
}

fn told(mends: &[Mend]) -> Vec<Phrase> {
    let told = mends
        .iter()
        .map(|mend| phrase!("{kind}: {what}", kind = mend.kind, what = mend.what));
    told.collect()
}

/// What the values of the key are, and what they count.
type Counted = Option<(KeyKind, Measure)>;

impl PartitionSummary {
    fn new(partition: &Partition, counted: Counted) -> Self {
        let (from, to) = match &partition.bound {
            Some(Bound::Range { from, to }) => {
                (Some(shown(counted, from)), Some(shown(counted, to)))
            }
            _ => (None, None),
        };
        Self {
            name: partition.name.clone(),
            from,
            to,
            rows: partition.rows,
            bytes: partition.bytes,
        }
    }
}

fn shown(counted: Counted, data: &[Datum]) -> String {
    let one = |datum: &Datum| match datum {
        Datum::MinValue => "MINVALUE".to_owned(),
        Datum::MaxValue => "MAXVALUE".to_owned(),
        Datum::Null => "NULL".to_owned(),
        Datum::Value(text) => counted
            .and_then(|(kind, measure)| measure.point(kind, text))
            .map_or_else(|| text.clone(), |point| point.to_string()),
    };
    data.iter().map(one).collect::<Vec<_>>().join(", ")
}
