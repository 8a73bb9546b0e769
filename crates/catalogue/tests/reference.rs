//! Compares the committed reference of the tables with the catalogue.

use std::path::Path;

use tollgate_catalogue::Catalogue;

/// `UPDATE=1 cargo nextest run -p tollgate-catalogue the_page_is_that_of_the_catalogue` writes the page again.
#[test]
fn the_page_is_that_of_the_catalogue() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("TABLES.md");
    let reference = Catalogue::builtin().reference();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &reference).expect("a page that can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == reference, "{} differs from the catalogue; UPDATE=1 writes it again", path.display());
}

#[test]
fn the_page_names_every_column_and_rule() {
    let reference = Catalogue::builtin().reference();
    for table in Catalogue::builtin().tables() {
        let section = reference.split(&format!("\n## {}. ", table.number)).nth(1).expect("a section for every table");
        let section = section.split("\n## ").next().unwrap_or_default();
        assert!(section.contains(&table.file));
        for column in &table.columns {
            assert!(section.contains(&format!("\n| {} | ", column.name)), "{}: {}", table.file, column.name);
        }
    }
    for rule in Catalogue::builtin().rules() {
        assert!(reference.contains(&format!("### {}", rule.name)));
    }
}

/// The places where the Reporting API document says something else or nothing: the table, the column if it is one, and words of
/// our reading. The list is made by hand from the document.
const DEPARTURES: [(u32, Option<&str>, &str); 17] = [
    (5, Some("DNS Verified"), "\"matched the hostname provided by the remote host\""),
    (5, Some("Stopped by Reputation Filtering"), "does not mention them here"),
    (12, None, "marks only the user as a key"),
    (13, None, "marks only the user as a key"),
    (18, None, "marks only the filter as a key"),
    (19, None, "marks only the filter as a key"),
    (20, None, "names the page Outgoing Content Filter: <Name>"),
    (21, None, "marks no key"),
    (22, None, "marks no key"),
    (23, None, "marks no key"),
    (24, None, "a listener that requires or allows TLS"),
    (26, None, "marks no key"),
    (27, None, "a listener that requires or allows TLS"),
    (28, Some("Total Connections"), "\"incoming connections\""),
    (29, None, "marks no key"),
    (29, Some("% Connections"), "\"to this connection\""),
    (42, None, "the same title as table 41"),
];

#[test]
fn departures_from_the_document_are_marked_as_readings() {
    for (number, column, words) in DEPARTURES {
        let table = Catalogue::builtin().table(number).expect("a table");
        let reading = match column {
            None => &table.reading,
            Some(name) => &table.columns.iter().find(|column| column.name == name).expect("a column").reading,
        };
        assert!(reading.as_ref().is_some_and(|reading| reading.contains(words)), "{number}: {column:?}: {reading:?}");
    }
}

#[test]
fn every_reading_has_its_mark() {
    let reference = Catalogue::builtin().reference();
    let escaped = |reading: &str| reading.replace('<', "\\<");
    for table in Catalogue::builtin().tables() {
        let columns = table.columns.iter().filter_map(|column| column.reading.as_ref());
        for reading in columns.chain(&table.reading) {
            assert!(reference.contains(&format!("*Our reading:* {}", escaped(reading))), "{}: {reading}", table.title);
        }
    }
}
