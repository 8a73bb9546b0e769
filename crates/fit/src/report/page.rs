//! The page of a fit: one file that loads no other, for screen and paper.

use askama::Template;
use tollgate_wording::counted;

use super::document::FitReport;
use super::pictures::{PagePictures, pages};
use crate::draft::{FittedValue, Origin};
use crate::spread::{JudgedFigure, Judgement};

/// The style sheets of the page: for all pages, for this page, and for graphs.
const STYLES: [&str; 3] = [tollgate_chart::BASE_STYLE, include_str!("../../assets/fit.css"), tollgate_chart::STYLE];

/// The misfits in the first sentences of the page, and in the first table.
const FIRST_SENTENCES: usize = 6;
const FIRST_ROWS: usize = 20;

/// The values of the template.
#[derive(Template)]
#[template(path = "fit.html")]
struct FitPage<'a> {
    styles: [&'static str; 3],
    report: &'a FitReport,
    tables: String,
    verdict: String,
    misfits: Vec<String>,
    first: &'a [JudgedFigure],
    others: &'a [JudgedFigure],
    pages: Vec<PagePictures>,
    lists: Vec<ValueList<'a>>,
}

/// The values of one origin.
struct ValueList<'a> {
    heading: &'static str,
    about: &'static str,
    values: Vec<&'a FittedValue>,
}

/// The page of a report as HTML. The style and the pictures are part of it.
pub fn fit_report_page(report: &FitReport, judgement: &Judgement) -> String {
    let (first, others) = report.figures.split_at(report.figures.len().min(FIRST_ROWS));
    let list = |heading, about, origin| ValueList { heading, about, values: report.values_of(origin).collect() };
    let page = FitPage {
        styles: STYLES,
        report,
        tables: counted(report.tables.len() as u64, "table"),
        verdict: report.verdict().unwrap_or_default(),
        misfits: report.misfits().into_iter().take(FIRST_SENTENCES).map(JudgedFigure::sentence).collect(),
        first,
        others,
        pages: pages(judgement),
        lists: vec![
            list("Exact", "The exports show these values.", Origin::Exact),
            list("Fitted", "These values are estimated from the exports.", Origin::Fitted),
            list("Assumed", "The exports cannot show these values. Check them if you know the site.", Origin::Assumed),
        ],
    };
    page.render().expect("a template without fallible filters")
}
