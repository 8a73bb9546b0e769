//! Which of the tables are wanted.

use anyhow::{Result, bail};
use tollgate_report::{Catalogue, Table};

/// The tables that names mean, in the order of their numbers; all of them without a name.
///
/// # Errors
/// If a name means no table.
pub(crate) fn select<'a>(catalogue: &'a Catalogue, names: &[String]) -> Result<Vec<&'a Table>> {
    let mut wanted = Vec::new();
    for name in names {
        let before = wanted.len();
        wanted.extend(catalogue.select(name.trim()).map(|table| table.number));
        if wanted.len() == before {
            let mut pages: Vec<&str> = catalogue.tables().iter().map(|table| table.page_path.as_str()).collect();
            pages.dedup();
            let last = catalogue.tables().len();
            bail!(
                "--only {name}: found no such table; allowed are the numbers 1 to {last}, names of files as `tollgate \
                 reports` lists them, and the pages {}",
                pages.join(", ")
            );
        }
    }
    let tables = catalogue.tables().iter();
    Ok(tables.filter(|table| names.is_empty() || wanted.contains(&table.number)).collect())
}
