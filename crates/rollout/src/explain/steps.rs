//! What each step of a plan is for. The statements themselves are in the plan; these are the reasons.

use super::{Entry, Kind};

/// The meaning of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepMeaning {
    /// The verb that its id begins with.
    pub id: &'static str,
    /// What it does, in one line.
    pub title: &'static str,
    /// Why a plan has it.
    pub why: &'static str,
    /// The locks that it takes, and for how long.
    pub locks: &'static str,
    /// How it is taken back.
    pub undo: &'static str,
}

impl StepMeaning {
    pub(super) fn entry(&self) -> Entry {
        Entry {
            id: self.id,
            kind: Kind::Step,
            title: self.title,
        }
    }

    /// The page, in Markdown.
    pub fn page(&self) -> String {
        format!(
            "# {}\n\n{}.\n\n## Why a plan has it\n\n{}\n\n## Locks\n\n{}\n\n## How it is taken back\n\n{}\n",
            self.id, self.title, self.why, self.locks, self.undo
        )
    }
}

pub(super) fn find(id: &str) -> Option<&'static StepMeaning> {
    ALL.iter().find(|step| step.id == id)
}

/// Every step, in the order in which plans have them.
pub(super) const ALL: &[StepMeaning] = &[
    StepMeaning {
        id: "back-up",
        title: "Makes a backup of the database and proves that it restores",
        why: "There is none that is whole and was proven recently, and nothing is changed without one behind it.",
        locks: "ACCESS SHARE on every table while it is read: reading and writing go on.",
        undo: "It stays: it is a backup like any other.",
    },
    StepMeaning {
        id: "put-files",
        title: "Puts pg_partman's control and script files into the running container",
        why: "The server in the container has none, so that CREATE EXTENSION could not find them. It reads them at that \
              moment and needs no restart. No file that is there is written over; the control file comes last.",
        locks: "None.",
        undo: "The files that this run put there are taken out, unless they were changed since, or a database of the \
               server still has the extension.",
    },
    StepMeaning {
        id: "create-extension",
        title: "Installs pg_partman in a schema of its own",
        why: "The extension isn't installed in this database. Its files have to be on the server already; no restart is \
              needed, and nothing that is there changes.",
        locks: "None on anything that others use.",
        undo: "The extension is dropped, and its schema if this run made it; only if nothing else uses it by then.",
    },
    StepMeaning {
        id: "rename-partition",
        title: "Gives a partition the name that pg_partman would have given it",
        why: "Versions of pg_partman before 5 read bounds out of names, so names have to be theirs; later versions read \
              the bounds, and names change only where that is asked for (--rename).",
        locks: "ACCESS EXCLUSIVE on this one partition, for less than a millisecond. Each rename is a transaction of its \
                own, so that no two locks are held together.",
        undo: "The old name is given back.",
    },
    StepMeaning {
        id: "fence-default",
        title: "Adds a constraint to a large DEFAULT partition that rules out the range of one partition to come",
        why: "Without it, PostgreSQL would read the whole DEFAULT partition under an ACCESS EXCLUSIVE lock when the \
              partition is attached. The constraint is added without looking at the rows (NOT VALID), and is there until \
              the partition is: in between, which is as long as reading DEFAULT takes, a row of that very range is \
              refused. So there is one for each range, only where DEFAULT holds no row of it, and the furthest come first.",
        locks: "ACCESS EXCLUSIVE on the DEFAULT partition, for a moment.",
        undo: "The constraint is dropped.",
    },
    StepMeaning {
        id: "validate-fence",
        title: "Proves that the DEFAULT partition holds no row of the range to come",
        why: "Only a constraint that is proven spares the reading when a partition is attached. Rows that are in the way \
              make it fail; then everything is taken back, and a person decides what becomes of them.",
        locks: "SHARE UPDATE EXCLUSIVE on the DEFAULT partition while it is read: reading and writing go on.",
        undo: "There is nothing to take back: the constraint goes with its own step.",
    },
    StepMeaning {
        id: "check-range",
        title: "Adds a constraint that keeps a table to the rows of the range that it will be attached for",
        why: "Without it, PostgreSQL would read the whole table under an ACCESS EXCLUSIVE lock when it is attached. The \
              constraint is added without looking at the rows (NOT VALID). Until the table has its new bounds, rows of \
              other ranges are refused that only this table would take; so this is planned only where the present has \
              another place, or stays in the range for longer than reading it takes.",
        locks: "ACCESS EXCLUSIVE on the table, for a moment.",
        undo: "The constraint is dropped.",
    },
    StepMeaning {
        id: "validate-range",
        title: "Proves that a table has only rows of the range that it will be attached for",
        why: "Only a constraint that is proven spares the reading when the table is attached. It gives up before the end \
              of the range comes; then everything is taken back.",
        locks: "SHARE UPDATE EXCLUSIVE on the table while it is read: reading and writing go on.",
        undo: "There is nothing to take back: the constraint goes with its own step.",
    },
    StepMeaning {
        id: "attach-default",
        title: "Makes a DEFAULT partition with all its rows the partition of their range, and an empty DEFAULT in its place",
        why: "Its rows belong into partitions that are missing, and are too many to move in a moment. So the table itself \
              becomes the partition: no row is moved, and each is there at every moment. It gets the name that pg_partman \
              would give it; the new DEFAULT takes the old one's name, for that is what the name means, and has indexes named after it.",
        locks: "ACCESS EXCLUSIVE on the parent, on the DEFAULT partition and on tables that its foreign keys refer to, for \
                a moment: DETACH takes them.",
        undo: "The same the other way round, after the constraint has been proven again; rows of the new DEFAULT go back \
               into the old one.",
    },
    StepMeaning {
        id: "stage-default",
        title: "Makes the tables that rows of a DEFAULT partition go to, and notes what changes in it meanwhile",
        why: "Its rows belong into several partitions that are missing, and are too many to move in a moment. They can't be \
              in a partition and in DEFAULT at once, so they are copied into tables that nobody sees yet. A trigger on \
              DEFAULT notes the keys of rows that are written meanwhile, in a table of partman's own schema.",
        locks: "SHARE ROW EXCLUSIVE on the DEFAULT partition, for a moment: writers of it wait, readers don't. Where there are \
                foreign keys, the same on the tables that they refer to.",
        undo: "The trigger and the tables are dropped; every row is in DEFAULT still.",
    },
    StepMeaning {
        id: "copy-default",
        title: "Copies the rows of a DEFAULT partition into these tables, a megabyte at a time",
        why: "Small pieces, each a transaction with a pause after it, keep nobody waiting and can be gone on with after a \
              kill. In the end the copy catches up with what was noted, and both sides are compared, row by row, as one \
              snapshot shows them. Takes as much room as DEFAULT.",
        locks: "ACCESS SHARE on the DEFAULT partition: reading and writing go on.",
        undo: "There is nothing to take back: the copies go with their tables.",
    },
    StepMeaning {
        id: "exchange-default",
        title: "Puts these tables in the place of the DEFAULT partition, in one moment",
        why: "Until then each row is seen in DEFAULT, from then on where it belongs. No table is read for it, for CHECKs say \
              what each holds. The old DEFAULT stays beside the set under another name, with all its rows, for the way back \
              and for as long as you like; it is yours to drop.",
        locks: "ACCESS EXCLUSIVE on the parent, on the DEFAULT partition and on tables that its foreign keys refer to, for \
                about a millisecond for each partition that is attached: DETACH takes them.",
        undo: "First the old DEFAULT is brought up to date, in pieces while everybody works: the partitions note what changes \
               (SHARE ROW EXCLUSIVE on each, for a moment), what is no longer the same is deleted from it, what it lacks is \
               copied, and both sides are compared. Then the same the other way round. Where somebody dropped it, or it \
               can't take the rows any more (a column or constraint that came since), the partitions stay.",
    },
    StepMeaning {
        id: "rebound",
        title: "Closes the open end of a partition",
        why: "pg_partman takes MINVALUE and MAXVALUE for values, and nothing can be created in an open range. The partition \
              is detached and attached again with the bounds of its rows, in one transaction: one interval, or below all those from \
              that of the oldest row on.",
        locks: "ACCESS EXCLUSIVE on the parent, on the partition, on a small DEFAULT partition and on tables that its \
                foreign keys refer to, for a moment: DETACH takes them.",
        undo: "The end is opened again, unless partitions beyond it or DEFAULT hold rows of it by then; that is told.",
    },
    StepMeaning {
        id: "keep-way-back",
        title: "Does nothing for now, and proves the constraint again on the way back",
        why: "The way back changes bounds as quickly as the way there, and needs the same proof for it. It has to be a step \
              of its own, for it may take long, and nobody waits for it.",
        locks: "None. On the way back SHARE UPDATE EXCLUSIVE on the table while it is read.",
        undo: "The constraint is validated.",
    },
    StepMeaning {
        id: "uncheck-range",
        title: "Drops the constraint, for the bounds say the same by now",
        why: "It has done its work, and every row that is written would be compared with it.",
        locks: "ACCESS EXCLUSIVE on the table, for a moment.",
        undo: "It is added again without looking at the rows, to be proven by the next step back.",
    },
    StepMeaning {
        id: "create-partition",
        title: "Creates a table like the parent and attaches it for its range",
        why: "The range has no partition yet: a hole, or the time ahead. It is created as a table of its own, with \
              the parent's columns, indexes, grants and owner, and attached when it is complete; that holds a weaker \
              lock than CREATE TABLE … PARTITION OF.",
        locks: "SHARE UPDATE EXCLUSIVE on the parent, for a moment: reading and writing go on. Where there is a DEFAULT \
                partition, ACCESS EXCLUSIVE on it and SHARE ROW EXCLUSIVE on the parent, so that writers wait for that \
                moment instead of finding that their row belongs elsewhere by now; rows of DEFAULT that belong into the \
                new partition are moved in the same transaction. Where there are foreign keys, a lock on the tables at \
                their other end; the plan lists each.",
        undo: "The table is locked, looked into, and dropped if it is empty. Rows that were brought along from DEFAULT go \
               back there first. With other rows in it, it stays, and that is told.",
    },
    StepMeaning {
        id: "configure",
        title: "Enters the set into pg_partman's configuration",
        why: "From here on pg_partman's maintenance looks after the set. Retention stays off: no partition is detached \
              or dropped by migrating.",
        locks: "None on anything that others use.",
        undo: "The row is deleted.",
    },
    StepMeaning {
        id: "maintain",
        title: "Lets pg_partman maintain the set once, in the time zone of its bounds",
        why: "It proves that pg_partman can go on from what is there, now and not at night: the bounds that it computes \
              are the ones that the set has, so it has nothing to create.",
        locks: "SHARE UPDATE EXCLUSIVE on the parent if it creates something, for a moment.",
        undo: "What it created is dropped, if it is empty.",
    },
];
