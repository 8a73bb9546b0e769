//! Files that compete for the same tables, and the possible assignments of tables to them.

use crate::reader::Exports;

use super::source::table_of;

/// Tables assigned to files: the place of each file among those of the exports, and the number of its table.
pub(super) type TableAssignment = Vec<(usize, u32)>;

/// The largest number of assignments that are tried at once.
const MAX_ASSIGNMENTS: usize = 1000;

/// Ambiguous files with candidates in common: the place of each file among those of the exports, and its candidates.
struct Rivals {
    files: Vec<(usize, Vec<u32>)>,
}

/// All assignments for each group of rivals. The list is empty for a group with more than `MAX_ASSIGNMENTS`.
pub(super) fn assignments_by_group(exports: &Exports) -> Vec<Vec<TableAssignment>> {
    find_rivals(exports).iter().map(Rivals::assignments).collect()
}

/// Every combination of one assignment from each group. Empty if there are more than `MAX_ASSIGNMENTS`.
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

/// The ambiguous files, grouped by common candidates. A file is left out if the headings of its candidates differ, because rows
/// that were read as one candidate could not be used as another.
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

    /// Every assignment of a different candidate to each file. Empty if there are more than `MAX_ASSIGNMENTS`.
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
