//! Reads a page of the catalogue and resolves its names.

use serde::Deserialize;
use toml::Spanned;

use crate::account::{AccountName, Attribute, KeyPart};
use crate::error::CatalogueError;
use crate::table::{CellSum, Column, ColumnContent, FilterDirection, MULTIPLIER, Table};

/// Reads the tables of a page and adds them to those of other pages.
pub(crate) fn read_page(file: &str, text: &str, tables: &mut Vec<Table>) -> Result<(), CatalogueError> {
    let malformed = |source| CatalogueError::Malformed { file: file.into(), source: Box::new(source) };
    let page: PageToml = toml::from_str(text).map_err(malformed)?;
    let page_file = PageFile { file, text };
    for entry in page.table {
        let start = entry.span().start;
        let table = page_file.table(&page.page_path, &page.report_def_id, entry)?;
        if tables.iter().any(|other| other.number == table.number) {
            return page_file.refuse(start, "number", table.number, "a number that no other table has");
        }
        if tables.iter().any(|other| other.file == table.file) {
            return page_file.refuse(start, "file", &table.file, "a name that no other table has");
        }
        tables.push(table);
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageToml {
    page_path: String,
    report_def_id: String,
    table: Vec<Spanned<TableToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableToml {
    number: u32,
    title: String,
    page: String,
    section: String,
    report_query_id: String,
    file: String,
    account: AccountName,
    direction: Option<FilterDirection>,
    #[serde(default = "yes")]
    timestamps: bool,
    reading: Option<String>,
    column: Vec<Spanned<ColumnToml>>,
}

/// A column. It has exactly one of `key`, `attribute`, `sum`, `average` and `percent`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnToml {
    name: String,
    definition: String,
    reading: Option<String>,
    key: Option<KeyPart>,
    attribute: Option<Attribute>,
    sum: Option<CellTerms>,
    average: Option<AverageToml>,
    percent: Option<PercentToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AverageToml {
    sum: CellTerms,
    per: CellTerms,
    #[serde(default = "one")]
    unit: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PercentToml {
    sum: CellTerms,
    of: CellTerms,
    #[serde(default)]
    one_decimal: bool,
}

/// Cells by name, each with or without `multiplier *` before it.
type CellTerms = Vec<Spanned<String>>;

fn yes() -> bool {
    true
}

fn one() -> u64 {
    1
}

/// The file that is being read. Errors need its name and text.
struct PageFile<'a> {
    file: &'a str,
    text: &'a str,
}

impl PageFile<'_> {
    fn table(&self, page_path: &str, report_def_id: &str, entry: Spanned<TableToml>) -> Result<Table, CatalogueError> {
        let start = entry.span().start;
        let entry = entry.into_inner();
        if entry.direction.is_some() != (entry.account == AccountName::Filters) {
            return self.refuse(
                start,
                "direction",
                format!("{:?}", entry.direction),
                "one for filters, none otherwise",
            );
        }
        if entry.timestamps == (entry.account == AccountName::Outbreaks) {
            return self.refuse(start, "timestamps", entry.timestamps, "false for outbreaks, true otherwise");
        }
        let mut keys = Vec::new();
        let columns = entry.column.into_iter().map(|column| self.column(entry.account, &mut keys, column));
        let columns = columns.collect::<Result<_, _>>()?;
        Ok(Table {
            number: entry.number,
            title: entry.title,
            page: entry.page,
            page_path: page_path.into(),
            report_def_id: report_def_id.into(),
            section: entry.section,
            report_query_id: entry.report_query_id,
            file: entry.file,
            timestamps: entry.timestamps,
            reading: entry.reading,
            columns,
            account: entry.account,
            direction: entry.direction,
            keys,
        })
    }

    fn column(
        &self,
        account: AccountName,
        keys: &mut Vec<KeyPart>,
        entry: Spanned<ColumnToml>,
    ) -> Result<Column, CatalogueError> {
        let start = entry.span().start;
        let entry = entry.into_inner();
        let content = match (entry.key, entry.attribute, entry.sum, entry.average, entry.percent) {
            (Some(key), None, None, None, None) => {
                if !account.keys().contains(&key) || keys.contains(&key) || keys.len() == 2 {
                    let allowed = format!("each of {:?} once", account.keys());
                    return self.refuse(start, "key", format!("{key:?}"), allowed);
                }
                keys.push(key);
                ColumnContent::Key { key, second: keys.len() == 2 }
            }
            (None, Some(attribute), None, None, None) => {
                if !account.attributes().contains(&attribute) {
                    let allowed = format!("one of {:?}", account.attributes());
                    return self.refuse(start, "attribute", format!("{attribute:?}"), allowed);
                }
                ColumnContent::Attribute(attribute)
            }
            (None, None, Some(sum), None, None) => ColumnContent::Sum(self.sum(account, &sum)?),
            (None, None, None, Some(average), None) => ColumnContent::Average {
                sum: self.sum(account, &average.sum)?,
                per: self.sum(account, &average.per)?,
                unit: average.unit,
            },
            (None, None, None, None, Some(percent)) => ColumnContent::Percent {
                sum: self.sum(account, &percent.sum)?,
                of: self.sum(account, &percent.of)?,
                one_decimal: percent.one_decimal,
            },
            _ => {
                let allowed = "exactly one of key, attribute, sum, average and percent";
                return self.refuse(start, "column", &entry.name, allowed);
            }
        };
        Ok(Column { name: entry.name, definition: entry.definition, reading: entry.reading, content })
    }

    fn sum(&self, account: AccountName, cells: &CellTerms) -> Result<CellSum, CatalogueError> {
        let mut sum = CellSum::default();
        cells.iter().try_for_each(|term| self.add(account, (term.span().start, term.get_ref()), &mut sum))?;
        Ok(sum)
    }

    /// Adds a term to a sum: a cell, the multiplier and a cell, or a named sum of the account.
    fn add(&self, account: AccountName, (start, text): (usize, &str), sum: &mut CellSum) -> Result<(), CatalogueError> {
        if let Some((_, terms)) = account.sums().iter().find(|(name, _)| *name == text) {
            return terms.iter().try_for_each(|term| self.add(account, (start, term), sum));
        }
        let names = account.cells();
        let (terms, name) = match text.split_once(" * ") {
            Some((MULTIPLIER, name)) => (&mut sum.multiplied, name),
            Some(_) => return self.refuse(start, "factor", text, MULTIPLIER),
            None => (&mut sum.plain, text),
        };
        match names.iter().position(|cell| *cell == name) {
            Some(place) => terms.push(place),
            None => return self.refuse(start, "cell", text, format!("one of {}", names.join(", "))),
        }
        Ok(())
    }

    fn refuse<T>(
        &self,
        start: usize,
        field: &str,
        found: impl ToString,
        allowed: impl ToString,
    ) -> Result<T, CatalogueError> {
        let before = self.text.bytes().take(start);
        Err(CatalogueError::Unresolved {
            file: self.file.into(),
            line: 1 + before.filter(|&byte| byte == b'\n').count(),
            field: field.into(),
            found: found.to_string(),
            allowed: allowed.to_string(),
        })
    }
}
