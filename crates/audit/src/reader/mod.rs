//! The reader of exports. It finds out which file is which table, and reads the files window by window.
//!
//! Every file is read twice, a row at a time. The first pass checks each row and records the positions of the intervals. The
//! second pass reads one window after another. So memory depends on the number of intervals and on the rows of a window, not on
//! the length of the files.

mod archive;
mod cell;
mod date;
mod directory;
mod doubles;
mod file;
mod grid;
mod index;
mod indexed_file;
mod later;
mod layout;
mod missing;
mod moment;
mod remark;
mod rows;
mod times;
mod values;
mod windows;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use tollgate_catalogue::{Catalogue, Table};
use tollgate_wording::{printable, short_list};

pub use file::{ExportFile, OtherTime};
pub(crate) use later::later_columns;
pub(crate) use missing::{MOST_AGREE, MOST_SHORT};
pub(crate) use moment::micros;
pub use times::{Fault, Faults, RowTimes};
pub use values::{ColumnValues, WrongValue};
pub use windows::Windows;

use crate::error::Error;
use crate::window::ColumnForm;
use directory::FoundExports;
use indexed_file::{IndexedFile, KnownBy};
use rows::CsvFile;

/// The largest number of files that an error names.
const MOST_NAMES: usize = 4;

/// A directory of exports after the first pass: every row has been checked, and the positions of all intervals are known.
#[derive(Clone, Debug)]
pub struct Exports {
    found: FoundExports,
    files: Vec<ExportFile>,
    /// The index of each file, in the same order.
    sources: Vec<IndexedFile>,
    multiplier: Option<u32>,
    malformed: Vec<String>,
    remarks: Vec<String>,
}

impl Exports {
    /// Makes the first pass through exports: a directory, a ZIP archive of one, or a single file. The directory of a run with one
    /// appliance also works: its only subdirectory with exports is used, not counting those with the truth.
    ///
    /// `named` gives the table of some files, by file name. The table of any other file follows from its name, or else from its
    /// header. A file stays ambiguous if its header fits several tables. Copies of a file are ignored. A malformed file whose table the caller
    /// does not give is left out: see [`Exports::malformed`].
    ///
    /// # Errors
    /// If there are no exports or those of several appliances, if two files of one table differ, if no file is recognised, if a named file or table does not exist,
    /// if a file cannot be read, or if a file that the caller names or every file is malformed.
    pub fn open(path: &Path, named: &[(String, u32)]) -> Result<Exports, Error> {
        Exports::read(directory::find(path)?, named)
    }

    /// Makes the first pass through the exports of a site: those of one appliance as [`Exports::open`], or of several appliances in
    /// subdirectories of one directory, such as that of a run. At least one appliance is returned. A named file may be in any of the
    /// subdirectories.
    ///
    /// # Errors
    /// As [`Exports::open`], apart from several appliances. Directories of exports in different directories are refused.
    pub fn open_site(path: &Path, named: &[(String, u32)]) -> Result<Vec<Exports>, Error> {
        let all = directory::find_site(path)?;
        let has = |found: &FoundExports, file: &String| found.names.contains(file);
        let is_anywhere = |file: &String| all.iter().any(|found| has(found, file));
        let named_of = |found: &FoundExports| {
            let is_here = |(file, _): &&(String, u32)| has(found, file) || !is_anywhere(file);
            named.iter().filter(is_here).cloned().collect::<Vec<_>>()
        };
        let named: Vec<Vec<(String, u32)>> = all.iter().map(named_of).collect();
        all.into_iter().zip(named).map(|(found, named)| Exports::read(found, &named)).collect()
    }

    fn read(mut found: FoundExports, named: &[(String, u32)]) -> Result<Exports, Error> {
        let words = words(&found.names, named)?;
        let (mut names, mut sources, mut malformed) = (Vec::new(), Vec::new(), Vec::new());
        for (name, word) in std::mem::take(&mut found.names).into_iter().zip(words) {
            match IndexedFile::read(found.file(&name), &name, word) {
                Ok(source) => {
                    names.push(name);
                    sources.push(source);
                }
                Err(error @ Error::Malformed { .. }) if word.is_none() => malformed.push(error),
                Err(error) => return Err(error),
            }
        }
        found.names = names;
        if sources.iter().all(|source| source.layouts.is_empty()) {
            if !malformed.is_empty() {
                return Err(malformed.swap_remove(0));
            }
            let files = if found.is_single { "the file".into() } else { short_list(&found.names, MOST_NAMES) };
            return Err(Error::Directory {
                path: found.shown,
                problem: format!("no table has the name or the header of {files}"),
                remedy: "Name the files as `tollgate reports` lists them, or name their tables with --as".into(),
            });
        }
        let names = found.names.iter().cloned();
        let files: Vec<_> = names.zip(&sources).map(|(name, source)| ExportFile::new(name, source)).collect();
        let multiplier = directory::multiplier(&found.path);
        let malformed = malformed.iter().map(Error::to_string).collect();
        let mut exports = Exports { found, files, sources, multiplier, malformed, remarks: Vec::new() };
        for known_by in [KnownBy::Word, KnownBy::Name, KnownBy::SimilarName, KnownBy::Header] {
            exports.settle_known(known_by);
        }
        exports.settle_doubles()?;
        exports.find_candidates();
        missing::find(&mut exports.files, &exports.sources);
        exports.find_remarks();
        Ok(exports)
    }

    /// The directory, archive or single file that was read.
    pub fn directory(&self) -> &Path {
        &self.found.shown
    }

    /// Returns true if a single file was read, which was named without its directory.
    pub fn is_single_file(&self) -> bool {
        self.found.is_single
    }

    /// The path of a file, as users know it.
    pub fn path_of(&self, name: &str) -> PathBuf {
        self.found.file(name).shown
    }

    /// Every CSV file found, in order of name.
    pub fn files(&self) -> &[ExportFile] {
        &self.files
    }

    /// The settled file of a table.
    pub fn file_of(&self, table: u32) -> Option<&ExportFile> {
        self.files.iter().find(|file| file.table == Some(table))
    }

    /// Sets the table of an ambiguous file. `file` is its place among [`Exports::files`]. You may call it again with another of
    /// the file's candidates.
    ///
    /// # Panics
    /// If the table is not among the file's candidates, or if another file is that table.
    pub fn settle(&mut self, file: usize, table: u32) {
        assert!(self.files[file].candidates.contains(&table), "{table} is no candidate");
        self.files[file].table = None;
        assert!(self.file_of(table).is_none(), "another file is {table}");
        self.settle_as(file, table);
        self.find_remarks();
    }

    /// True if the settled file of a table is equal to that of other exports, byte for byte. False if one of them has no such file.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn has_equal_file(&self, other: &Exports, table: u32) -> Result<bool, Error> {
        let open = |exports: &Exports| {
            let file = exports.file_of(table).map(|file| exports.found.file(&file.name));
            let open = |file: CsvFile| {
                let unreadable = |source| Error::Unreadable { path: file.shown.clone(), source };
                File::open(&file.path).map_err(unreadable).map(|opened| (BufReader::new(opened), file.shown.clone()))
            };
            file.map(open).transpose()
        };
        let (Some((mut ours, shown)), Some((mut theirs, other_shown))) = (open(self)?, open(other)?) else {
            return Ok(false);
        };
        loop {
            let one = ours.fill_buf().map_err(|source| Error::Unreadable { path: shown.clone(), source })?;
            let two = theirs.fill_buf().map_err(|source| Error::Unreadable { path: other_shown.clone(), source })?;
            let length = one.len().min(two.len());
            if one[..length] != two[..length] || length == 0 {
                return Ok(one.is_empty() && two.is_empty());
            }
            ours.consume(length);
            theirs.consume(length);
        }
    }

    /// The reputation multiplier of the appliance, if a run's manifest beside the directory has it.
    pub fn multiplier(&self) -> Option<u32> {
        self.multiplier
    }

    /// The error of each file with a malformed header or row. These files are left out.
    pub fn malformed(&self) -> &[String] {
        &self.malformed
    }

    /// Remarks for the user on how the directory was read, one sentence each.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Reads the settled tables, a window at a time, in order of time.
    ///
    /// # Errors
    /// If a file cannot be opened.
    pub fn windows(&self) -> Result<Windows<'_>, Error> {
        self.windows_of(|_| true)
    }

    /// Reads only the settled tables whose numbers are wanted.
    ///
    /// # Errors
    /// If a file cannot be opened.
    pub fn windows_of(&self, is_wanted: impl Fn(u32) -> bool) -> Result<Windows<'_>, Error> {
        self.windows_of_columns(is_wanted, |_, _| ColumnForm::Plain)
    }

    /// Reads the settled tables that are wanted, with each column in the form that `form` gives it. `form` gets the number of a table and
    /// the place of a column. Such as [`Identities::form_of`](crate::Identities::form_of), it can save much memory.
    ///
    /// # Errors
    /// If a file cannot be opened.
    pub fn windows_of_columns(
        &self,
        is_wanted: impl Fn(u32) -> bool,
        form: impl Fn(u32, usize) -> ColumnForm,
    ) -> Result<Windows<'_>, Error> {
        let files = self.files.iter().zip(&self.sources);
        let settled = files.filter_map(|(file, source)| {
            let table = file.table.filter(|&table| is_wanted(table))?;
            Some((source, source.layout(table)?))
        });
        Windows::open(&settled.collect::<Vec<_>>(), form)
    }

    /// Settles the files whose table is known in the given way, if each can be one table only and no other file can be that table.
    fn settle_known(&mut self, known_by: KnownBy) {
        let is_sure = |source: &IndexedFile| source.known_by == known_by && source.layouts.len() == 1;
        let sure: Vec<(usize, u32)> = (0..self.files.len())
            .filter(|&file| is_sure(&self.sources[file]))
            .map(|file| (file, self.sources[file].layouts[0].table.number))
            .filter(|&(_, table)| self.file_of(table).is_none())
            .collect();
        for &(file, table) in &sure {
            if sure.iter().filter(|(_, other)| *other == table).count() == 1 {
                self.settle_as(file, table);
            }
        }
    }

    /// Finds the candidates of the files that are not settled: the tables that no other file is.
    fn find_candidates(&mut self) {
        let settled: BTreeSet<u32> = self.files.iter().filter_map(|file| file.table).collect();
        for (file, source) in self.files.iter_mut().zip(&self.sources) {
            if file.table.is_none() {
                let tables = source.layouts.iter().map(|layout| layout.table.number);
                file.candidates = tables.filter(|table| !settled.contains(table)).collect();
            }
        }
    }

    fn find_remarks(&mut self) {
        // Names and headings of files may have characters that control a terminal.
        let remarks = remark::remarks(&self.files, &self.sources);
        self.remarks = self.found.remarks.iter().chain(&remarks).map(|remark| printable(remark)).collect();
    }

    fn settle_as(&mut self, file: usize, table: u32) {
        let source = &self.sources[file];
        let file = &mut self.files[file];
        file.table = Some(table);
        if let Some(layout) = source.layout(table) {
            file.name_columns(source, layout);
        }
    }
}

/// The table that the caller names for each file, if it names one.
fn words(names: &[String], named: &[(String, u32)]) -> Result<Vec<Option<&'static Table>>, Error> {
    let catalogue = Catalogue::builtin();
    let mut words: Vec<Option<&'static Table>> = vec![None; names.len()];
    for (file, number) in named {
        let refuse = |problem: String| Error::Named { file: file.clone(), table: *number, problem };
        let Some(place) = names.iter().position(|name| name == file) else {
            return Err(refuse(format!("There is no such file. The files are {}.", short_list(names, MOST_NAMES))));
        };
        let Some(table) = catalogue.table(*number) else {
            return Err(refuse(format!("There is no such table. The tables are 1 to {}.", catalogue.tables().len())));
        };
        if words[place].is_some() || words.iter().flatten().any(|other| other.number == *number) {
            return Err(refuse("Another --as names the same file or table. Name each of them once.".into()));
        }
        words[place] = Some(table);
    }
    Ok(words)
}
