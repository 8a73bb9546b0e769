//! All tables and counting rules.

use std::sync::LazyLock;

use crate::error::CatalogueError;
use crate::page::read_page;
use crate::rule::Rule;
use crate::table::Table;

/// The tables, in order of their numbers, and the counting rules.
#[derive(Clone, Debug)]
pub struct Catalogue {
    tables: Vec<Table>,
    rules: Vec<Rule>,
}

/// The files of the pages. Their order does not matter.
const PAGES: [(&str, &str); 11] = [
    ("overview.toml", include_str!("../tables/overview.toml")),
    ("incoming_mail.toml", include_str!("../tables/incoming_mail.toml")),
    ("sender_groups.toml", include_str!("../tables/sender_groups.toml")),
    ("internal_users.toml", include_str!("../tables/internal_users.toml")),
    ("internal_user_detail.toml", include_str!("../tables/internal_user_detail.toml")),
    ("content_filters.toml", include_str!("../tables/content_filters.toml")),
    ("content_filter_detail.toml", include_str!("../tables/content_filter_detail.toml")),
    ("virus_outbreaks.toml", include_str!("../tables/virus_outbreaks.toml")),
    ("virus_types.toml", include_str!("../tables/virus_types.toml")),
    ("tls_connections.toml", include_str!("../tables/tls_connections.toml")),
    ("system_capacity.toml", include_str!("../tables/system_capacity.toml")),
];

const RULES: (&str, &str) = ("rules.toml", include_str!("../rules.toml"));

static BUILTIN: LazyLock<Catalogue> = LazyLock::new(|| {
    // The catalogue is part of the program and tests read it, so an error in it is a bug.
    Catalogue::read(&PAGES, RULES).unwrap_or_else(|error| panic!("the builtin catalogue: {error:?}"))
});

impl Catalogue {
    /// The catalogue of the appliance's 42 tables.
    pub fn builtin() -> &'static Catalogue {
        &BUILTIN
    }

    /// Reads a catalogue from the files of the pages and the file of the counting rules. Each file is a pair of name and text.
    ///
    /// # Errors
    /// If a file is malformed or uses an unknown name.
    pub fn read(pages: &[(&str, &str)], rules: (&str, &str)) -> Result<Catalogue, CatalogueError> {
        let mut tables = Vec::new();
        for (file, text) in pages {
            read_page(file, text, &mut tables)?;
        }
        tables.sort_by_key(|table| table.number);
        Ok(Catalogue { tables, rules: Rule::read(rules.0, rules.1)? })
    }

    /// All tables, in order of their numbers.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The table with that number.
    pub fn table(&self, number: u32) -> Option<&Table> {
        self.tables.iter().find(|table| table.number == number)
    }

    /// The tables that a name stands for: the table with that number, file (`.csv` is optional) or title, or all tables of
    /// the page with that path or title.
    pub fn select<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Table> {
        self.tables.iter().filter(move |table| table.is_called(name))
    }

    /// The counting rules. The documented rule of the appliance is the first.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The counting rule with that name.
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name == name)
    }
}
