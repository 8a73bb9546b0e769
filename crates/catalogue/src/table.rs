//! A table and its columns.

use serde::{Deserialize, Serialize};

use crate::account::{AccountName, Attribute, CATEGORIES, KeyPart};

/// One table: where it stands among the appliance's pages, and its columns.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// Its number, 1 to 42.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// The page of the appliance that it is exported from.
    pub page: String,
    /// That page in a URL.
    pub page_path: String,
    /// The report that it belongs to, in a URL.
    pub report_def_id: String,
    /// The section of the page, in a URL.
    pub section: String,
    /// The query behind it, in a URL.
    pub report_query_id: String,
    /// The name of its file.
    pub file: String,
    /// Whether it has rows for each interval, each beginning with the interval's times. The one table that has not is
    /// made of the whole span.
    pub timestamps: bool,
    /// How the table is read here, where the document leaves it open.
    pub reading: Option<String>,
    /// The columns behind the times.
    pub columns: Vec<Column>,
    /// The account that it is made from.
    #[serde(skip)]
    pub account: AccountName,
    /// Which filters the rows are of, in a table of filters.
    #[serde(skip)]
    pub direction: Option<FilterDirection>,
    /// The keys among the columns, in their order: none, one or two.
    #[serde(skip)]
    pub keys: Vec<KeyPart>,
}

/// One column of a table.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// Its heading.
    pub name: String,
    /// What it shows, in a sentence.
    pub definition: String,
    /// How it is read here, where the document leaves it open.
    pub reading: Option<String>,
    /// What its values are made of.
    #[serde(skip)]
    pub content: ColumnContent,
}

/// The kind of values that a column has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A part of the row's key.
    Key,
    /// What goes with the key: a text, a score or a moment, nothing that is counted.
    Attribute,
    /// A whole number.
    Count,
    /// A number that is no count: an average, or a percentage as exact as can be.
    Number,
    /// A percentage with one decimal.
    Percent,
}

/// Which way the mail goes whose filters a table shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterDirection {
    /// From outside to the users.
    Incoming,
    /// From the users to outside.
    Outgoing,
}

/// What the values of a column are made of.
#[derive(Clone, Debug)]
pub enum ColumnContent {
    /// A part of the row's key.
    Key {
        /// Which part.
        key: KeyPart,
        /// Whether it is the second of the table's keys.
        second: bool,
    },
    /// What goes with the key.
    Attribute(Attribute),
    /// A count.
    Sum(CellSum),
    /// One sum divided by another and by the unit.
    Average {
        /// The dividend.
        sum: CellSum,
        /// The divisor.
        per: CellSum,
        /// How many of what is counted make one of what is shown.
        unit: u64,
    },
    /// One sum as a percentage of another.
    Percent {
        /// The part.
        sum: CellSum,
        /// The whole.
        of: CellSum,
        /// Whether it is shown with one decimal.
        one_decimal: bool,
    },
}

/// A sum of cells, each by its place in the account's rows. A cell that stands in it twice counts twice.
#[derive(Clone, Debug, Default)]
pub struct CellSum {
    /// The cells that are taken as they are.
    pub plain: Vec<usize>,
    /// The cells that are taken times the reputation multiplier.
    pub multiplied: Vec<usize>,
}

/// The word that stands for the reputation multiplier in a sum.
pub(crate) const MULTIPLIER: &str = "multiplier";

/// The columns that every table with timestamps begins with.
const TIMES: [&str; 4] = ["Begin Timestamp", "End Timestamp", "Begin Date", "End Date"];

impl Table {
    /// The headings, those of the times included.
    pub fn headings(&self) -> impl Iterator<Item = &str> {
        let times = if self.timestamps { &TIMES[..] } else { &[] };
        times.iter().copied().chain(self.columns.iter().map(|column| column.name.as_str()))
    }

    /// Whether it shows nothing but sums over all keys of its account. Deliveries are booked key by key before they are summed.
    pub fn is_sum(&self) -> bool {
        self.keys.is_empty() && self.account != AccountName::Deliveries
    }

    /// Whether what it shows depends on the counting rule.
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

    /// True if a name means the table: its number, one of its [`names`](Table::names) or its file. Titles match in any
    /// letter case.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let titles = [&self.title, &self.page];
        name.parse() == Ok(self.number)
            || self.file == name
            || self.names().contains(&name)
            || titles.iter().any(|title| title.eq_ignore_ascii_case(name))
    }

    /// The names that mean the table: its file without the ending, the path of its page, its title and the title of its page.
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
    /// The word for it, as in a URL.
    pub fn word(self) -> &'static str {
        match self {
            FilterDirection::Incoming => "incoming",
            FilterDirection::Outgoing => "outgoing",
        }
    }
}
