//! The files of a plan.

use std::path::Path;

use anyhow::Result;
use tollgate_capacity::{Answer, Estimate, FIGURES, Plan, Point};

use super::journal;
use super::sides::DIFFERENCE;
use crate::input::LoadedScenario;
use crate::output::{self, Kind, ReportManifest, ScenarioEntry, to_json, write_file};

/// The file name of the copy of the second scenario.
const COMPARED: &str = "compared.toml";

/// Writes all files of a plan into a directory.
///
/// # Errors
/// If one cannot be written.
pub(crate) fn write(directory: &Path, answer: &Answer, sides: &[LoadedScenario]) -> Result<()> {
    let Answer { plan, runs } = answer;
    let lines: Vec<Vec<u8>> = runs.iter().map(journal::to_line).collect::<Result<_>>()?;
    let mut files = vec![
        write_file(directory, "plan.csv", &csv(plan)?, plan_lines(plan))?,
        write_file(directory, "plan.json", &to_json(plan)?, 0)?,
        write_file(directory, "plan.html", tollgate_capacity::page(plan).as_bytes(), 0)?,
        write_file(directory, output::RUNS, &lines.concat(), lines.len())?,
    ];
    for (side, name) in sides.iter().zip([output::SCENARIO, COMPARED]) {
        files.push(write_file(directory, name, side.source.text().as_bytes(), 0)?);
    }
    let scenarios = sides.iter().map(|side| ScenarioEntry::new(&side.name, &side.source)).collect();
    write_file(directory, output::MANIFEST, &to_json(&ReportManifest::new(Kind::Plan, scenarios, files))?, 0)?;
    Ok(())
}

/// The points of a plan as CSV: a line for each side, part and load, then the differences of the whole site.
fn csv(plan: &Plan) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let heading = ["variant", "part", "load"].map(String::from).into_iter();
    let figures = FIGURES.iter().flat_map(|figure| ["", "_low", "_high"].map(|end| format!("{}{end}", figure.name)));
    writer.write_record(heading.chain(figures))?;
    let mut write = |side: &str, part: &str, point: &Point| {
        let cells = [side.to_owned(), part.to_owned(), point.load.to_string()].into_iter();
        let figures = point.figures.iter().flat_map(|&Estimate { mean, low, high }| [mean, low, high]);
        // The ends of an interval are infinite if the runs have too few messages.
        let text = |number: f64| if number.is_finite() { number.to_string() } else { String::new() };
        writer.write_record(cells.chain(figures.map(text)))
    };
    for side in &plan.sides {
        for part in &side.parts {
            part.points.iter().try_for_each(|point| write(&side.name, &part.name, point))?;
        }
    }
    plan.differences.iter().try_for_each(|point| write(DIFFERENCE, "all", point))?;
    Ok(writer.into_inner()?)
}

fn plan_lines(plan: &Plan) -> usize {
    let parts = plan.sides.iter().flat_map(|side| &side.parts);
    parts.map(|part| part.points.len()).sum::<usize>() + plan.differences.len()
}
