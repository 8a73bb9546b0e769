//! An identity and the checks that it is made of.

/// Something that must be true of a set of exports.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its name.
    pub name: String,
    /// The statement that must hold, as a sentence without a full stop.
    pub states: String,
    /// The meaning of a failure, as a sentence.
    pub meaning: String,
    pub(crate) checks: Vec<IdentityCheck>,
}

/// Two sums to be compared, over and over.
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
    /// Sums that must say what the right side says, else there is nothing to compare.
    pub(crate) witnesses: Vec<Expression>,
    /// By what part of the right side the left side may differ from it.
    pub(crate) within: f64,
    /// The result if the left side is below the relation, and the result if it is above.
    pub(crate) below: Severity,
    pub(crate) above: Severity,
    /// The tables in it, in order of their numbers.
    pub(crate) tables: Vec<u32>,
    /// True if it has averages or percentages. These do not add up over a longer interval.
    pub(crate) is_rounded: bool,
}

/// The unit that a check runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Per {
    /// Every row of its only table.
    Row,
    /// Every interval.
    Interval,
    /// Every key in every interval: for each of its tables the columns of the key.
    Key { name: String, columns: Vec<(u32, Vec<usize>)> },
    /// The whole span.
    Span,
}

/// How the left side must stand to the right side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Equals,
    AtMost,
    /// Where the left side is not zero, the right side is not.
    Needs,
    /// At most, where the right side is not zero.
    CarriedBy,
}

/// The severity of a failed check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    Break,
    Notice,
}

pub(crate) type Expression = Vec<Term>;

/// A product.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) number: f64,
    pub(crate) constants: Vec<Constant>,
    /// The columns: none, one, or several of tables without keys.
    pub(crate) places: Vec<ColumnPlace>,
    pub(crate) way: Aggregation,
}

/// A number that is not known before the exports are.
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

/// How far a number in a file may be from the exact one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// Not at all: it is a count.
    None,
    /// By half a unit of its twelfth digit.
    TwelveDigits,
    /// By half a unit of its only decimal.
    OneDecimal,
}

/// How the rows that belong together are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregation {
    Sum,
    /// The greatest of them.
    Greatest,
    /// The second row of a summary, which has percentages.
    Share,
}

/// Assumptions that identities need besides the exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumptions {
    /// The recipients that a blocked connection stands for.
    pub multiplier: u32,
    /// The messages (recipients) that a connection may carry.
    pub max_per_connection: u32,
}

impl Identity {
    /// The numbers of the tables that its checks are about.
    pub fn tables(&self) -> impl Iterator<Item = u32> {
        let mut tables: Vec<u32> = self.checks.iter().flat_map(|check| check.tables.iter().copied()).collect();
        tables.sort_unstable();
        tables.dedup();
        tables.into_iter()
    }
}

impl IdentityCheck {
    /// Every sum in it: left, right, what divides it and the witnesses.
    pub(crate) fn sums(&self) -> impl Iterator<Item = &Expression> {
        [&self.left, &self.right].into_iter().chain(&self.of).chain(&self.witnesses)
    }

    /// Every column in it.
    pub(crate) fn places(&self) -> impl Iterator<Item = ColumnPlace> {
        self.sums().flatten().flat_map(|term| term.places.iter().copied())
    }
}
