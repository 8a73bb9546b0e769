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
