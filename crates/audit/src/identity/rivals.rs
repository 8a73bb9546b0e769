//! Files that may be the same tables, and every way of assigning tables to them.

use crate::reader::Exports;

use super::source::table_of;

/// Which table each of some files is taken for: the places of the files among those of the exports, and the tables' numbers.
pub(super) type TableAssignment = Vec<(usize, u32)>;

/// The most assignments that are tried at once.
const MAX_ASSIGNMENTS: usize = 1000;

/// Ambiguous files that want some of the same tables: their places among the files of the exports, and what each may be.
struct Rivals {
    files: Vec<(usize, Vec<u32>)>,
}

/// For each group of rivals every way of assigning tables to its files; none for a group that has too many.
pub(super) fn assignments_by_group(exports: &Exports) -> Vec<Vec<TableAssignment>> {
    find_rivals(exports).iter().map(Rivals::assignments).collect()
}

/// Every way of taking one assignment from each group; none if there are too many.
pub(super) fn combine(groups: &[&[TableAssignment]]) -> Vec<TableAssignment> {
    let count = groups.iter().try_fold(1usize, |product, group| product.checked_mul(group.len()));
    if count.is_none_or(|count| count > MAX_ASSIGNMENTS) {
        return Vec::new();
    }
    let mut combined = vec![TableAssignment::new()];
    for group in groups {
        let mut longer = Vec::new();
        for start in &combined {
            longer.extend(group.iter().map(|assignment| [start.as_slice(), assignment].concat()));
        }
        combined = longer;
    }
    combined
}

/// The ambiguous files, those together that want some of the same tables. Files of which the columns would stand elsewhere in
/// another of the tables are left out, as a window read as one table could not be taken for the other.
fn find_rivals(exports: &Exports) -> Vec<Rivals> {
    let mut groups: Vec<Rivals> = Vec::new();
    for (file, entry) in exports.files().iter().enumerate().filter(|(_, entry)| entry.table.is_none()) {
        let is_free = |table: &u32| exports.file_of(*table).is_none();
        let candidates: Vec<u32> = entry.candidates.iter().copied().filter(is_free).collect();
        let headings = |table: u32| table_of(table).map(|table| table.headings().collect::<Vec<_>>());
        if candidates.is_empty() || candidates.iter().any(|&table| headings(table) != headings(candidates[0])) {
            continue;
        }
        let (near, far): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.wants_any(&candidates));
        groups = far;
        let files = near.into_iter().flat_map(|group| group.files).chain([(file, candidates)]).collect();
        groups.push(Rivals { files });
    }
    groups
}

impl Rivals {
    fn wants_any(&self, tables: &[u32]) -> bool {
        self.files.iter().any(|(_, candidates)| candidates.iter().any(|table| tables.contains(table)))
    }

    /// Every way of assigning another of its tables to each file; none if there are too many.
    fn assignments(&self) -> Vec<TableAssignment> {
        let mut assignments = vec![TableAssignment::new()];
        for (file, candidates) in &self.files {
            let mut longer = Vec::new();
            for start in &assignments {
                let free = candidates.iter().filter(|table| start.iter().all(|(_, taken)| taken != *table));
                longer.extend(free.map(|&table| [start.as_slice(), &[(*file, table)]].concat()));
            }
            assignments = longer;
            if assignments.len() > MAX_ASSIGNMENTS {
                return Vec::new();
            }
        }
        assignments
    }
}
