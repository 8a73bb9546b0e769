//! The catalogue: what the tables and the counting rules are.

use std::sync::LazyLock;

use serde::Serialize;
use tollgate_ledger::{Delivery, Part};
use tollgate_scenario::Direction;

use crate::account::{Account, Attribute, Key};
use crate::entry::read_page;
use crate::error::CatalogueError;
use crate::rule::{CATEGORIES, Rule};

/// The tables, in order of their numbers, and the counting rules.
#[derive(Clone, Debug)]
pub struct Catalogue {
    tables: Vec<Table>,
    rules: Vec<Rule>,
}

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
    #[serde(skip)]
    pub(crate) account: Account,
    /// Which filters the rows are of, in a table of filters.
    #[serde(skip)]
    pub(crate) direction: Option<Direction>,
    /// The keys among the columns, in their order: none, one or two.
    #[serde(skip)]
    pub(crate) keys: Vec<Key>,
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
    #[serde(skip)]
    pub(crate) content: Content,
}

/// What kind of values a column has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
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

/// What a column shows.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// A part of the row's key: the first or the second of the table's keys.
    Key { key: Key, second: bool },
    /// What goes with the key.
    Attribute(Attribute),
    /// A count.
    Sum(Sum),
    /// One sum divided by another and by the unit: how many of what is counted make one of what is shown.
    Average { sum: Sum, per: Sum, unit: u64 },
    /// One sum as a percentage of another.
    Percent { sum: Sum, of: Sum, one_decimal: bool },
}

/// A sum of cells, each by its place in the account's rows. A cell that stands in it twice counts twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sum {
    /// The cells that are taken as they are.
    pub(crate) plain: Vec<usize>,
    /// The cells that are taken times the reputation multiplier.
    pub(crate) multiplied: Vec<usize>,
}

impl Column {
    /// What kind of values it has.
    pub fn kind(&self) -> Kind {
        match self.content {
            Content::Key { .. } => Kind::Key,
            Content::Attribute(_) => Kind::Attribute,
            Content::Sum(_) => Kind::Count,
            Content::Average { .. } | Content::Percent { one_decimal: false, .. } => Kind::Number,
            Content::Percent { one_decimal: true, .. } => Kind::Percent,
        }
    }
}

impl Sum {
    /// The sum over the cells of a row.
    #[inline]
    pub(crate) fn of(&self, cells: &[u64], multiplier: u64) -> u64 {
        let sum = |places: &[usize]| places.iter().map(|&place| cells[place]).sum::<u64>();
        sum(&self.plain) + multiplier * sum(&self.multiplied)
    }
}

/// The word that stands for the reputation multiplier in a sum.
pub(crate) const MULTIPLIER: &str = "multiplier";

/// The columns that every table with timestamps begins with.
const TIMES: [&str; 4] = ["Begin Timestamp", "End Timestamp", "Begin Date", "End Date"];

/// The files of the pages, in the order of the appliance's pages.
const PAGES: [(&str, &str); 11] = [
    ("overview.toml", include_str!("../catalogue/overview.toml")),
    ("incoming_mail.toml", include_str!("../catalogue/incoming_mail.toml")),
    ("sender_groups.toml", include_str!("../catalogue/sender_groups.toml")),
    ("internal_users.toml", include_str!("../catalogue/internal_users.toml")),
    ("internal_user_detail.toml", include_str!("../catalogue/internal_user_detail.toml")),
    ("content_filters.toml", include_str!("../catalogue/content_filters.toml")),
    ("content_filter_detail.toml", include_str!("../catalogue/content_filter_detail.toml")),
    ("virus_outbreaks.toml", include_str!("../catalogue/virus_outbreaks.toml")),
    ("virus_types.toml", include_str!("../catalogue/virus_types.toml")),
    ("tls_connections.toml", include_str!("../catalogue/tls_connections.toml")),
    ("system_capacity.toml", include_str!("../catalogue/system_capacity.toml")),
];

const RULES: (&str, &str) = ("rules.toml", include_str!("../catalogue/rules.toml"));

static BUILTIN: LazyLock<Catalogue> = LazyLock::new(|| {
    // The catalogue is part of the program, and a test reads it: that it is wrong is no error of whoever runs it.
    Catalogue::read(&PAGES, RULES).unwrap_or_else(|error| panic!("the builtin catalogue: {error:?}"))
});

impl Catalogue {
    /// The catalogue of the appliance's 42 tables.
    pub fn builtin() -> &'static Catalogue {
        &BUILTIN
    }

    /// Reads a catalogue: the files of the pages in order and the file of the counting rules, each as its name and its
    /// text.
    ///
    /// # Errors
    /// If a file is malformed, or a name in it means nothing.
    pub fn read(pages: &[(&str, &str)], rules: (&str, &str)) -> Result<Catalogue, CatalogueError> {
        let mut tables = Vec::new();
        for (file, text) in pages {
            read_page(file, text, &mut tables)?;
        }
        Ok(Catalogue { tables, rules: Rule::read(rules.0, rules.1)? })
    }

    /// All tables, in order of their numbers.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The table of that number.
    pub fn table(&self, number: u32) -> Option<&Table> {
        self.tables.iter().find(|table| table.number == number)
    }

    /// The tables that a name means: the table of that number or file (`.csv` may be left out), or all tables of the
    /// page of that path.
    pub fn select<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Table> {
        self.tables.iter().filter(move |table| table.is_called(name))
    }

    /// The counting rules, the appliance's documented one first.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The counting rule of that name.
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name == name)
    }
}

impl Table {
    /// The headings, those of the times included.
    pub fn headings(&self) -> impl Iterator<Item = &str> {
        let times = if self.timestamps { &TIMES[..] } else { &[] };
        times.iter().copied().chain(self.columns.iter().map(|column| column.name.as_str()))
    }

    /// The part of the counts that it is made from.
    pub fn part(&self) -> Part {
        self.account.part()
    }

    /// Which way the mail goes whose filters it shows, in a table of filters.
    pub fn direction(&self) -> Option<Direction> {
        self.direction
    }

    /// Whether it shows nothing but sums over all keys of its part. Deliveries are booked key by key before they are summed.
    pub fn is_sum(&self) -> bool {
        self.keys.is_empty() && self.account != Account::Deliveries
    }

    /// Whether what it shows depends on the counting rule.
    pub fn follows_rule(&self) -> bool {
        let categories = Delivery::COUNT..Delivery::COUNT + CATEGORIES;
        let is_category = |sum: &Sum| sum.plain.iter().any(|place| categories.contains(place));
        let follows = |column: &Column| match &column.content {
            Content::Key { .. } | Content::Attribute(_) => false,
            Content::Sum(sum) => is_category(sum),
            Content::Average { sum, per, .. } => is_category(sum) || is_category(per),
            Content::Percent { sum, of, .. } => is_category(sum) || is_category(of),
        };
        self.account == Account::Deliveries && self.columns.iter().any(follows)
    }

    fn is_called(&self, name: &str) -> bool {
        let file = name.strip_suffix(".csv").unwrap_or(name);
        self.file.strip_suffix(".csv") == Some(file) || self.page_path == name || name.parse() == Ok(self.number)
    }
}
