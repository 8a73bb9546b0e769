//! Columns that later releases of AsyncOS add to tables of the catalogue.

/// A column that the document does not have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LaterColumn {
    /// Its heading.
    pub(crate) name: &'static str,
    /// Other headings of the same column.
    forms: &'static [&'static str],
    /// The numbers of its tables.
    tables: &'static [u32],
}

/// The sender tables and the Overview.
const INCOMING: &[u32] = &[1, 4, 5, 6];

/// The columns, as in published clients of AsyncOS 5 to 9 and on the appliance's Overview page.
const COLUMNS: [LaterColumn; 12] = [
    column("Total Threat Messages", &["total threat"], &[1]),
    column("Total Attempted Messages", &["total attempted"], &[1]),
    column(
        "Detected by Advanced Malware Protection",
        &["detected by amp", "stopped by advanced malware protection", "advanced malware protection"],
        &[1, 2, 4, 5, 6],
    ),
    column("Messages with Malicious URLs", &["malicious urls"], &[1, 2, 4, 5, 6]),
    column("Stopped by DMARC", &[], INCOMING),
    column("Marketing", &["marketing messages"], INCOMING),
    column("Social", &["social networking messages", "social messages", "social networking"], INCOMING),
    column("Bulk", &["bulk messages"], INCOMING),
    column("Total Graymails", &["total graymail", "total graymail messages"], INCOMING),
    column("Spam Detected", &[], &[2]),
    column("Stopped by DLP", &[], &[2]),
    column("Total Messages Processed", &["total attempted messages", "total attempted"], &[2]),
];

const fn column(name: &'static str, forms: &'static [&'static str], tables: &'static [u32]) -> LaterColumn {
    LaterColumn { name, forms, tables }
}

/// The later columns of a table, in the order in which a window has them.
pub(crate) fn later_columns(table: u32) -> impl Iterator<Item = &'static LaterColumn> {
    COLUMNS.iter().filter(move |column| column.tables.contains(&table))
}

impl LaterColumn {
    /// Returns true if a heading is that of the column. The heading must be in lower case and without a colon.
    pub(crate) fn is_headed(&self, heading: &str) -> bool {
        self.name.eq_ignore_ascii_case(heading) || self.forms.contains(&heading)
    }
}
