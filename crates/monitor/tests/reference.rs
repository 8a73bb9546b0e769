//! `API.md` has the ids of the catalogue.

use std::fmt::Write;
use std::path::Path;

use tollgate_catalogue::Catalogue;

const BEGIN: &str = "<!-- generated from the catalogue by UPDATE=1 cargo test -p tollgate-monitor reference -->\n";
const END: &str = "<!-- end of the generated part -->\n";

/// `UPDATE=1 cargo test -p tollgate-monitor reference` generates this part of the page again.
#[test]
fn the_page_has_the_ids_of_the_catalogue() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("API.md");
    let committed = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = committed.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let made = format!("{before}{BEGIN}{}{END}{after}", ids());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &made).unwrap();
        return;
    }
    assert!(committed == made, "{} differs from the catalogue; UPDATE=1 generates it again", path.display());
}

fn ids() -> String {
    let mut text = String::new();
    let mut report = "";
    for table in Catalogue::builtin().tables() {
        if table.report_def_id != report {
            report = &table.report_def_id;
            writeln!(text, "\nPage `{}`, `report_def_id` `{report}`:\n", table.page_path).unwrap();
            text.push_str("| table | `section` | `report_query_id` | file |\n|---|---|---|---|\n");
        }
        let (title, section, query, file) = (&table.title, &table.section, &table.report_query_id, &table.file);
        writeln!(text, "| {}. {title} | `{section}` | `{query}` | `{file}` |", table.number).unwrap();
    }
    text + "\n"
}
