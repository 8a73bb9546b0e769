//! Selects tables by name.

use anyhow::{Result, bail};
use tollgate_catalogue::{Catalogue, Table};
use tollgate_wording::{list, nearest};

/// The tables with these names, in the order of their numbers. Without names, all tables.
///
/// # Errors
/// If a name is not the name of a table.
pub(crate) fn select<'a>(catalogue: &'a Catalogue, names: &[String]) -> Result<Vec<&'a Table>> {
    let mut selected = Vec::new();
    for name in names {
        let before = selected.len();
        selected.extend(catalogue.select(name.trim()).map(|table| table.number));
        if selected.len() == before {
            let mut pages: Vec<&str> = catalogue.tables().iter().map(|table| table.page_path.as_str()).collect();
            pages.dedup();
            let shown = if name.trim().is_empty() { "\"\"" } else { name };
            bail!("--only {shown}: found no such table{}, and the pages {}", allowed(catalogue, name), list(pages));
        }
    }
    let tables = catalogue.tables().iter();
    Ok(tables.filter(|table| names.is_empty() || selected.contains(&table.number)).collect())
}

/// Parses `FILE=TABLE` into the file and the number of its table.
///
/// # Errors
/// If the text has another form, or if `TABLE` is the name of no table or of several.
pub(crate) fn parse_named(text: &str) -> Result<(String, u32)> {
    let Some((file, table)) = text.rsplit_once('=') else {
        bail!("found {text}, allowed is FILE=TABLE");
    };
    let catalogue = Catalogue::builtin();
    let numbers: Vec<u32> = catalogue.select(table).map(|table| table.number).collect();
    match numbers[..] {
        [number] => Ok((file.into(), number)),
        [] => bail!("found {table}, which is not a table{}", allowed(catalogue, table)),
        _ => bail!("found {table}, which names {} tables, allowed is the name of one table", numbers.len()),
    }
}

/// The end of an error about the name of a table: the nearest name and the allowed names.
fn allowed(catalogue: &Catalogue, found: &str) -> String {
    let tables = catalogue.tables();
    let meant = nearest(found.trim_end_matches(".csv"), tables.iter().flat_map(Table::names));
    let meant = meant.map(|meant| format!("; did you mean {meant:?}?")).unwrap_or_default();
    format!(
        "{meant}; allowed are numbers from 1 to {}, the files and titles that `tollgate reports` lists",
        tables.len()
    )
}
