//! Selects tables by name.

use anyhow::{Result, bail};
use tollgate_catalogue::{Catalogue, Table};

/// The tables with these names, in the order of their numbers; all tables without a name.
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

/// A file and the number of the table that it is said to be, from `FILE=TABLE`.
///
/// # Errors
/// If the text is of another form, or means no table or several.
pub(crate) fn parse_named(text: &str) -> Result<(String, u32)> {
    let Some((file, table)) = text.rsplit_once('=') else {
        bail!("found {text}, allowed is FILE=TABLE");
    };
    let numbers: Vec<u32> = Catalogue::builtin().select(table).map(|table| table.number).collect();
    match numbers[..] {
        [number] => Ok((file.into(), number)),
        _ => bail!(
            "found {table}, allowed are the numbers 1 to {} and the names of files as `tollgate reports` lists them",
            Catalogue::builtin().tables().len()
        ),
    }
}
