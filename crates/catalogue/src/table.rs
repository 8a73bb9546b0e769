//! A table and its columns.

use serde::{Deserialize, Serialize};

use crate::account::{AccountName, Attribute, CATEGORIES, KeyPart};

/// One table, with its place on the appliance's pages and its columns.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// Its number, from 1 to 42.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// The appliance's page that exports it.
    pub page: String,
    /// The page in a URL.
    pub page_path: String,
    /// Its report in a URL.
    pub report_def_id: String,
    /// Its section of the page in a URL.
    pub section: String,
    /// Its query in a URL.
    pub report_query_id: String,
    /// The name of its file.
    pub file: String,
    /// True if it has rows for each interval, which begin with the times of the interval. False for one
    /// table, whose rows are for the whole span.
    pub timestamps: bool,
    /// Our reading of the table, if the document is not clear about it.
    pub reading: Option<String>,
    /// The columns after the times.
    pub columns: Vec<Column>,
    /// The account that it is made from.
    #[serde(skip)]
    pub account: AccountName,
    /// The direction of the filters' mail, if it is a table of filters.
    #[serde(skip)]
    pub direction: Option<FilterDirection>,
    /// The key parts among the columns, in the order of the columns: none, one or two.
    #[serde(skip)]
    pub keys: Vec<KeyPart>,
}

/// One column of a table.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// Its definition, in one or two sentences.
    pub definition: String,
    /// Our reading of the column, if the document is not clear about it.
    pub reading: Option<String>,
    /// The source of its values.
    #[serde(skip)]
    pub content: ColumnContent,
}

/// The kind of values that a column has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A part of the row's key.
    Key,
    /// An attribute of the key, such as a text, a score or a moment.
    Attribute,
    /// A whole number.
    Count,
    /// A number that is not a count: an average, or a percentage with all its digits.
    Number,
    /// A percentage with one decimal.
    Percent,
}

/// The direction of the mail that a filter scans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterDirection {
    /// From outside to the users.
    Incoming,
    /// From the users to outside.
    Outgoing,
}

/// The source of a column's values.
#[derive(Clone, Debug)]
pub enum ColumnContent {
    /// A part of the row's key.
    Key {
        /// The part.
        key: KeyPart,
        /// True if it is the second of the table's key parts.
        second: bool,
    },
    /// An attribute of the key.
    Attribute(Attribute),
    /// A count.
    Sum(CellSum),
    /// One sum divided by another and by the unit.
    Average {
        /// The dividend.
        sum: CellSum,
        /// The divisor.
        per: CellSum,
        /// The number of counted units in one shown unit, such as 1,000,000 for microseconds shown as seconds.
        unit: u64,
    },
    /// One sum as a percentage of another.
    Percent {
        /// The part.
        sum: CellSum,
        /// The whole.
        of: CellSum,
        /// True if it is shown with one decimal.
        one_decimal: bool,
    },
}

/// A sum of cells. A cell is given by its place in the account's rows; if it is listed twice, it is added twice.
#[derive(Clone, Debug, Default)]
pub struct CellSum {
    /// The cells that are added as they are.
    pub plain: Vec<usize>,
    /// The cells that are multiplied by the reputation multiplier first.
    pub multiplied: Vec<usize>,
}

/// The word for the reputation multiplier in a sum.
pub(crate) const MULTIPLIER: &str = "multiplier";

/// The first columns of every table with timestamps.
const TIMES: [&str; 4] = ["Begin Timestamp", "End Timestamp", "Begin Date", "End Date"];

impl Table {
    /// The headings, including those of the times.
    pub fn headings(&self) -> impl Iterator<Item = &str> {
        let times = if self.timestamps { &TIMES[..] } else { &[] };
        times.iter().copied().chain(self.columns.iter().map(|column| column.name.as_str()))
    }

    /// True if it has a row for each key rather than one for each interval.
    pub fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// True if it shows only sums over all keys of its account. It is false for deliveries, because a counting rule counts
    /// them key by key before they are added up.
    pub fn is_sum(&self) -> bool {
        self.keys.is_empty() && self.account != AccountName::Deliveries
    }

    /// True if a column depends on the counting rule.
    pub fn follows_rule(&self) -> bool {
        let cells = self.account.cells();
        let is_category = |sum: &CellSum| sum.plain.iter().any(|&place| CATEGORIES.contains(&cells[place]));
        let follows = |column: &Column| match &column.content {
            ColumnContent::Key { .. } | ColumnContent::Attribute(_) => false,
            ColumnContent::Sum(sum) => is_category(sum),
            ColumnContent::Average { sum, per, .. } => is_category(sum) || is_category(per),
            ColumnContent::Percent { sum, of, .. } => is_category(sum) || is_category(of),
        };
        self.account == AccountName::Deliveries && self.columns.iter().any(follows)
    }

    /// True if a name stands for the table: its number, its file or one of its [`names`](Table::names). Titles match in any
    /// letter case.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let titles = [&self.title, &self.page];
        name.parse() == Ok(self.number)
            || self.file == name
            || self.names().contains(&name)
            || titles.iter().any(|title| title.eq_ignore_ascii_case(name))
    }

    /// The names that stand for the table: its file without `.csv`, the path of its page, its title and the title of its
    /// page.
    pub fn names(&self) -> [&str; 4] {
        let file = self.file.strip_suffix(".csv").unwrap_or(&self.file);
        [file, &self.page_path, &self.title, &self.page]
    }
}

impl Column {
    /// The kind of its values.
    pub fn kind(&self) -> ColumnKind {
        match self.content {
            ColumnContent::Key { .. } => ColumnKind::Key,
            ColumnContent::Attribute(_) => ColumnKind::Attribute,
            ColumnContent::Sum(_) => ColumnKind::Count,
            ColumnContent::Average { .. } | ColumnContent::Percent { one_decimal: false, .. } => ColumnKind::Number,
            ColumnContent::Percent { one_decimal: true, .. } => ColumnKind::Percent,
        }
    }
}

impl CellSum {
    /// The sum over the cells of a row.
    #[inline]
    pub fn of(&self, cells: &[u64], multiplier: u64) -> u64 {
        let sum = |places: &[usize]| places.iter().map(|&place| cells[place]).sum::<u64>();
        sum(&self.plain) + multiplier * sum(&self.multiplied)
    }
}

impl FilterDirection {
    /// Its name in a URL.
    pub fn word(self) -> &'static str {
        match self {
            FilterDirection::Incoming => "incoming",
            FilterDirection::Outgoing => "outgoing",
        }
    }
}
