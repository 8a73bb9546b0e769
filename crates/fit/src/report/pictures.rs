//! Pictures of the exports and of the runs, table by table.

use tollgate_catalogue::{Catalogue, Table};
use tollgate_chart::{OverTime, Series, SeriesRole, Unit};
use tollgate_wording::duration;

use crate::spread::{JudgedSeries, Judgement};

/// The largest number of steps in a picture. Of more steps, some are added up.
const MOST_STEPS: usize = 400;

/// The pictures of a page of the appliance.
pub(super) struct PagePictures {
    pub(super) page: String,
    pub(super) pictures: Vec<Picture>,
}

/// The count of a column over time.
pub(super) struct Picture {
    pub(super) heading: String,
    pub(super) text: String,
    pub(super) svg: String,
}

/// The pictures of all pages, one for each table: that of its column with the largest count.
pub(super) fn pages(judgement: &Judgement) -> Vec<PagePictures> {
    let Some(steps) = judgement.steps else { return Vec::new() };
    let mut pages: Vec<PagePictures> = Vec::new();
    for table in Catalogue::builtin().tables() {
        let columns = judgement.series.iter().filter(|series| series.table == table.number);
        let sum = |series: &JudgedSeries| series.exports.iter().sum::<f64>();
        let Some(series) = columns.max_by(|one, other| sum(one).total_cmp(&sum(other))) else { continue };
        let picture = picture(table, series, steps);
        match pages.last_mut().filter(|page| page.page == table.page) {
            Some(page) => page.pictures.push(picture),
            None => pages.push(PagePictures { page: table.page.clone(), pictures: vec![picture] }),
        }
    }
    pages
}

fn picture(table: &Table, series: &JudgedSeries, (begin, step): (i64, i64)) -> Picture {
    let count = series.exports.len();
    let together = count.div_ceil(MOST_STEPS).max(1);
    let add = |values: &[f64]| values.chunks(together).map(|steps| steps.iter().sum()).collect::<Vec<f64>>();
    let length = step * together as i64;
    let micros = |seconds: i64| u64::try_from(seconds).unwrap_or_default() * 1_000_000;
    let begins: Vec<u64> = (0..count.div_ceil(together)).map(|place| micros(begin + place as i64 * length)).collect();
    let line = |name: &str, role, values: &[f64]| Series { name: name.to_owned(), role, values: add(values) };
    let lines = [
        line("exports", SeriesRole::First, &series.exports),
        line("mean of the runs", SeriesRole::Second, &series.mean),
    ];
    let column = &table.columns[series.column].name;
    let title = format!("{}: {column}", table.title);
    let graph = OverTime {
        title: &title,
        begins_micros: &begins,
        interval_micros: micros(length),
        series: &lines,
        stacked: false,
        logarithmic: false,
        unit: Unit::Count,
        level: None,
    };
    let text = if together > 1 { format!("{column}, in steps of {}", duration(length as f64)) } else { column.clone() };
    Picture { heading: format!("{} {}", table.number, table.title), text, svg: graph.svg() }
}
