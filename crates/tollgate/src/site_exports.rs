//! Opens the exports of a site, without names or cells of its files in errors.

use std::path::Path;

use anyhow::{Error, Result, anyhow};
use tollgate_audit::{Assumptions, Error as ReadError, Exports, Identities, Multiplier, settle};
use tollgate_catalogue::Catalogue;
use tollgate_wording::counted;

use crate::terminal;

/// The names of an input that messages may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamesInMessages {
    /// The names of files, and the text of cells.
    Shown,
    /// Neither.
    Hidden,
}

/// The instruction for whoever wants to see what a message hides.
const AUDIT: &str = "`tollgate audit PATH` shows the file and the text";

/// Opens the exports of the appliances of a site. Their figures settle files whose table is not clear.
///
/// # Errors
/// If exports cannot be read.
pub(crate) fn open_site(
    path: &Path,
    named: &[(String, u32)],
    (quiet, names): (bool, NamesInMessages),
) -> Result<Vec<Exports>> {
    let mut site = Exports::open_site(path, named).map_err(|error| names.error(error))?;
    for exports in &mut site {
        let multiplier = Multiplier::find(None, exports).map_err(|error| names.error(error))?.value;
        let assumptions = Assumptions { multiplier, max_per_connection: 100 };
        settle(exports, Identities::builtin(), assumptions).map_err(|error| names.error(error))?;
        if !quiet {
            note_remarks(exports, names);
        }
    }
    Ok(site)
}

fn note_remarks(exports: &Exports, names: NamesInMessages) {
    let remarks: Vec<&String> = exports.remarks().iter().chain(exports.malformed()).collect();
    match names {
        NamesInMessages::Shown => {
            remarks.iter().for_each(|remark| terminal::note_fitted(&format!("note: {remark}")));
        }
        NamesInMessages::Hidden if remarks.is_empty() => {}
        NamesInMessages::Hidden => {
            let remarks = counted(remarks.len() as u64, "remark");
            terminal::note_fitted(&format!("note: {remarks} on the files; `tollgate audit PATH` prints them"));
        }
    }
}

impl NamesInMessages {
    /// An error of reading exports, without the path, the names of files and the text of cells if these are hidden.
    pub(crate) fn error(self, error: ReadError) -> Error {
        if self == NamesInMessages::Shown {
            return error.into();
        }
        match error {
            ReadError::Unreadable { source, .. } => anyhow!("cannot read PATH, or a file in it: {source}"),
            ReadError::Directory { .. } => {
                anyhow!(
                    "found no exports of one appliance or one site in PATH; \
                     `tollgate audit PATH` says why"
                )
            }
            ReadError::Named { table, .. } => {
                anyhow!(
                    "--as FILE={table}: there is no such file, or you named it twice; \
                     `tollgate audit PATH` says which"
                )
            }
            ReadError::Malformed { line, column, allowed, .. } => {
                let has_heading = |column: &str| {
                    let headings = Catalogue::builtin().tables().iter().flat_map(|table| &table.columns);
                    ["row", "header"].contains(&column) || headings.into_iter().any(|heading| heading.name == column)
                };
                let place = if has_heading(&column) { column } else { "a column".into() };
                anyhow!("line {line} of a file: {place}: found other text, allowed is {allowed}; {AUDIT}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn hidden_errors_have_no_text_of_the_input() {
        let text = "planted.example".to_owned();
        let path: &Path = text.as_ref();
        let errors = [
            ReadError::Unreadable { path: path.into(), source: io::ErrorKind::NotFound.into() },
            ReadError::Directory { path: path.into(), problem: text.clone(), remedy: text.clone() },
            ReadError::Named { file: text.clone(), table: 27, problem: text.clone() },
            ReadError::Malformed {
                path: path.into(),
                line: 2,
                column: text.clone(),
                found: text.clone(),
                allowed: "a number".into(),
            },
        ];
        for error in errors {
            assert!(error.to_string().contains(&text));
            let hidden = format!("{:#}", NamesInMessages::Hidden.error(error));
            assert!(!hidden.contains("planted"), "{hidden}");
        }
    }
}
