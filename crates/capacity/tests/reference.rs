//! Compares the committed table of figures with the program.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tollgate_capacity::{FIGURES, FigureUnit, PlanFigure};

const BEGIN: &str = "<!-- figures -->\n";
const END: &str = "<!-- end of figures -->\n";

fn table() -> String {
    let row = |figure: &PlanFigure| {
        let unit = match figure.unit {
            FigureUnit::PerHour => "per hour",
            FigureUnit::Seconds => "seconds",
            FigureUnit::Count => "number",
            FigureUnit::Share => "share, 0 to 1",
            FigureUnit::Kib => "KiB",
        };
        format!("| `{}` | {} | {unit} |\n", figure.name, figure.title)
    };
    format!("| name | meaning | unit |\n|---|---|---|\n{}", FIGURES.iter().map(row).collect::<String>())
}

/// `UPDATE=1 cargo nextest run -p tollgate-capacity the_table_of_figures` writes the table again.
#[test]
fn the_table_of_figures_is_that_of_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("PLAN.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let expected = format!("{before}{BEGIN}{}{END}{after}", table());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &expected).unwrap();
        return;
    }
    assert!(text == expected, "{} differs from the figures; UPDATE=1 writes it again", path.display());
}

#[test]
fn every_figure_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = FIGURES.iter().map(|figure| figure.name).collect();
    assert_eq!(names.len(), FIGURES.len());
    let is_plain = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    for figure in FIGURES {
        assert!(is_plain(figure.name) && !figure.name.ends_with("_low") && !figure.name.ends_with("_high"));
        assert_eq!(PlanFigure::find(figure.name).unwrap().title, figure.title);
    }
    assert!(PlanFigure::find("no_such_figure").is_none());
}
