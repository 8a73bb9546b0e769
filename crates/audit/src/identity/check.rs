//! An identity and the checks that it is made of.

use serde::Deserialize;

/// A statement that must hold between the figures of exports.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its name.
    pub name: String,
    /// The failure, as a sentence without a full stop.
    pub finding: String,
    /// The statement that must hold, as a sentence without a full stop.
    pub states: String,
    /// The meaning of a failure, in one or more sentences.
    pub meaning: String,
    /// The meaning of a notice, if it differs.
    pub(crate) meaning_of_notice: Option<String>,
    /// The identity whose failures explain the notices of this one.
    pub(crate) explained_by: Option<String>,
    /// The rule of the program that decides it, if it is not made of checks.
    pub(crate) rule: Option<IdentityRule>,
    /// The identity holds only if every outgoing connection is counted. Counting rules other than the documented one break it.
    pub(crate) needs_all_connections: bool,
    pub(crate) checks: Vec<IdentityCheck>,
}

/// A rule of the program that decides an identity which no comparison of sums can express.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IdentityRule {
    /// Dates name the minutes of their timestamps.
    Dates,
    /// Intervals begin and end at the seconds at which the appliance's intervals do.
    Timestamps,
    /// Intervals of a file do not overlap.
    Overlaps,
    /// Cells have values that their columns allow.
    Values,
    /// Files are of the same time.
    OtherTime,
    /// Tables have rows for every interval in which other tables show that they should.
    MissingRows,
    /// A key has one row in an interval.
    RepeatedRows,
    /// Reputation scores fit the sender groups.
    SenderScores,
    /// The sender groups of addresses have connections.
    ConnectedGroups,
    /// The domains of hosts are among the domains.
    HostDomains,
    /// Sender groups split into the actions of the mail flow policies.
    GroupActions,
    /// Blocked sender groups have as many connections in both tables, and no clean mail.
    BlockedGroups,
    /// As many messages come in as leave the work queue.
    IncomingFlow,
    /// Outbreaks have different IDs, possible times and possible numbers of messages.
    Outbreaks,
    /// Encrypted and unencrypted messages match the connections of the domains.
    MessageEncryption,
    /// The work queue obeys Little's law.
    QueueFlow,
}

impl IdentityRule {
    /// The numbers of the tables that the rule is about. Empty if it is about all of them.
    pub(crate) fn tables(self) -> &'static [u32] {
        match self {
            IdentityRule::Dates
            | IdentityRule::Timestamps
            | IdentityRule::Overlaps
            | IdentityRule::Values
            | IdentityRule::OtherTime
            | IdentityRule::MissingRows
            | IdentityRule::RepeatedRows => &[],
            IdentityRule::SenderScores => &[5],
            IdentityRule::ConnectedGroups => &[5, 7],
            IdentityRule::HostDomains => &[4, 5],
            IdentityRule::GroupActions => &[7, 8],
            IdentityRule::BlockedGroups => &[1, 5, 7],
            IdentityRule::IncomingFlow => &[1, 20, 25, 32],
            IdentityRule::Outbreaks => &[20, 25],
            IdentityRule::MessageEncryption => &[25, 26, 28, 29],
            IdentityRule::QueueFlow => &[2, 3, 30, 31, 32, 34, 38],
        }
    }
}

/// Two sums to compare for each row, interval, key or span.
#[derive(Clone, Debug)]
pub(crate) struct IdentityCheck {
    pub(crate) per: Per,
    pub(crate) left: Expression,
    pub(crate) relation: Relation,
    pub(crate) right: Expression,
    /// The divisor of the right side, if there is one.
    pub(crate) of: Option<Expression>,
    /// The factor of the right side, applied after the divisor.
    pub(crate) times: f64,
    /// The check is made only if these two sums are equal and not 0. Empty if it is always made.
    pub(crate) if_equal: Vec<Expression>,
    /// The check is made only if each of these sums equals the right side.
    pub(crate) witnesses: Vec<Expression>,
    /// Sums that belong to the right side on some appliances. The same ones belong to it in all rows.
    pub(crate) perhaps: Vec<Expression>,
    /// The check is not made if the file has this column.
    pub(crate) unless: Option<ColumnPlace>,
    /// The difference that is allowed, as a share of the right side.
    pub(crate) within: f64,
    /// The severity if the left side is too small.
    pub(crate) below: Severity,
    /// The severity if the left side is too large.
    pub(crate) above: Severity,
    /// If the left side is too large, it is a notice where all tables with keys have the same number of rows: then the lists look cut.
    pub(crate) is_notice_if_cut: bool,
    /// If the left side is too small, it is a notice where no other table with keys has more rows than its own.
    pub(crate) is_notice_if_longest: bool,
    /// True if the sides count different things, so that their difference means nothing.
    pub(crate) has_mixed_units: bool,
    /// The numbers of its tables, in order.
    pub(crate) tables: Vec<u32>,
    /// True if it has averages or percentages, which cannot be added up over a longer interval.
    pub(crate) is_rounded: bool,
}

/// The unit that a check runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Per {
    /// Every row of its only table.
    Row,
    /// Every interval.
    Interval,
    /// Every key in every interval. `columns` are the key columns of each table.
    Key { name: String, columns: Vec<(u32, Vec<usize>)> },
    /// The whole span.
    Span,
}

/// The relation that the left side must have to the right side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Equals,
    AtMost,
    /// If the left side is not 0, the right side is not 0.
    Needs,
    /// At most the right side, if that is not 0.
    CarriedBy,
}

/// The severity of a failed check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    Break,
    Notice,
}

pub(crate) type Expression = Vec<Term>;

/// A product of numbers, constants and columns.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) number: f64,
    pub(crate) constants: Vec<Constant>,
    /// The columns: none, one, or several of tables without keys.
    pub(crate) places: Vec<ColumnPlace>,
    pub(crate) way: Aggregation,
    /// True if the term is left out where the file does not have its columns.
    pub(crate) is_optional: bool,
}

/// A number that is known only together with the exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Constant {
    Multiplier,
    MaxPerConnection,
    Seconds,
}

/// A column of a table of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ColumnPlace {
    pub(crate) table: u32,
    pub(crate) column: usize,
    pub(crate) rounding: Rounding,
}

/// The rounding of a number in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// None: it is a count.
    None,
    /// Rounded to twelve digits, or to fewer decimals by another program.
    TwelveDigits,
    /// Rounded to one decimal.
    OneDecimal,
}

/// The way in which the rows of a term make one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregation {
    /// The sum of the rows.
    Sum,
    /// The greatest of the rows.
    Greatest,
    /// The percentage in the second row of a summary.
    Share,
}

/// Assumptions that identities need besides the exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumptions {
    /// The number of recipients that one blocked connection stands for.
    pub multiplier: u32,
    /// The largest number of messages (recipients) that a connection may carry.
    pub max_per_connection: u32,
}

impl Identity {
    /// The numbers of the tables of its checks, in order.
    pub fn tables(&self) -> impl Iterator<Item = u32> {
        let of_rule = self.rule.map_or(&[][..], IdentityRule::tables).iter().copied();
        let mut tables: Vec<u32> =
            self.checks.iter().flat_map(|check| check.tables.iter().copied()).chain(of_rule).collect();
        tables.sort_unstable();
        tables.dedup();
        tables.into_iter()
    }

    /// Returns true if a check of the identity uses the reputation multiplier.
    pub fn uses_multiplier(&self) -> bool {
        let mut terms = self.checks.iter().flat_map(IdentityCheck::sums).flatten();
        self.rule == Some(IdentityRule::BlockedGroups)
            || terms.any(|term| term.constants.contains(&Constant::Multiplier))
    }
}

impl IdentityCheck {
    /// All sums of the check: left, right, divisor, the two that must be equal, witnesses, and those that perhaps belong to the right side.
    pub(crate) fn sums(&self) -> impl Iterator<Item = &Expression> {
        self.needed_sums().chain(&self.perhaps)
    }

    /// The sums without which the check cannot be made.
    fn needed_sums(&self) -> impl Iterator<Item = &Expression> {
        [&self.left, &self.right].into_iter().chain(&self.of).chain(&self.if_equal).chain(&self.witnesses)
    }

    /// The columns without which the check cannot be made.
    pub(crate) fn needed_places(&self) -> impl Iterator<Item = ColumnPlace> {
        let terms = self.needed_sums().flatten().filter(|term| !term.is_optional);
        terms.flat_map(|term| term.places.iter().copied())
    }

    /// Returns true if the check compares counts of several tables, which differ if the tables were read while mail was counted.
    pub(crate) fn compares_tables(&self) -> bool {
        self.tables.len() > 1 && matches!(self.relation, Relation::Equals | Relation::AtMost) && self.per != Per::Span
    }

    /// All columns of the check.
    pub(crate) fn places(&self) -> impl Iterator<Item = ColumnPlace> {
        self.sums().flatten().flat_map(|term| term.places.iter().copied())
    }
}
