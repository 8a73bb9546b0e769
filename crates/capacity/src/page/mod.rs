//! The page of a plan: one file that loads no other, for screen and paper.

mod answer;
mod crossing;
mod definitions;
mod graphs;
mod labels;
mod script;
mod tables;

use askama::Template;
use tollgate_wording::{counted, whole_percent};

use self::answer::AnswerSection;
use self::graphs::Graph;
use self::script::PageScripts;
use self::tables::FigureTable;
use crate::plan::{Plan, PlanSide, SitePart};
use crate::verdict::PlanVerdict;

/// The page of a plan as HTML. The style, the graphs and the scripts are part of it. Without the scripts, the graphs are still
/// drawings.
pub fn page(plan: &Plan) -> String {
    PlanPage::new(plan).render().expect("a template without fallible filters")
}

/// The style sheets of the page: for all pages, of uPlot, for this page, and for graphs.
const STYLES: [&str; 4] = [
    tollgate_chart::BASE_STYLE,
    include_str!("../../assets/uplot/uPlot.min.css"),
    include_str!("../../assets/plan.css"),
    tollgate_chart::STYLE,
];

/// The values of the template.
#[derive(Template)]
#[template(path = "plan.html")]
struct PlanPage {
    styles: [&'static str; 4],
    scripts: PageScripts,
    heading: String,
    /// The overrides of the scenario, if the plan has one side.
    given: Option<String>,
    /// The loads, the span of time and the seeds.
    span: Vec<String>,
    /// The comparison of the sides: its main sentence, and the others.
    comparison: Option<String>,
    further_comparisons: Vec<String>,
    answers: Vec<AnswerSection>,
    /// Notes on the answers, one sentence each.
    notes: Vec<&'static str>,
    sections: Vec<PageSection>,
    command: String,
    version: String,
    scenario: String,
}

/// A section of the page.
struct PageSection {
    id: String,
    heading: String,
    text: String,
    graphs: Vec<Graph>,
    tables: Vec<FigureTable>,
    /// True if the section is folded on screen: tables, and the curves of a single appliance.
    is_folded: bool,
}

impl PlanPage {
    fn new(plan: &Plan) -> Self {
        let mut sections = curves(plan);
        sections.push(model());
        sections.extend(differences(plan));
        sections.extend(figures(plan));
        let verdict = PlanVerdict::new(plan);
        let sides = plan.sides.iter().zip(&verdict.sides);
        let (heading, given) = heading(plan);
        let limits = verdict.compared_objectives().into_iter().chain(verdict.compared_limits());
        let mut comparisons = verdict.compared_losses().into_iter().chain(limits);
        PlanPage {
            styles: STYLES,
            scripts: PageScripts::new(sections.iter().flat_map(|section| &section.graphs)),
            heading,
            given,
            span: span(plan),
            comparison: comparisons.next(),
            further_comparisons: comparisons.collect(),
            answers: sides.map(|(side, verdict)| AnswerSection::new(plan, side, verdict)).collect(),
            notes: verdict.notes(),
            sections,
            command: plan.command.clone(),
            version: plan.version.clone(),
            scenario: plan.scenario.clone(),
        }
    }
}

/// The heading of the page, and the overrides of the scenario if the plan has one side.
fn heading(plan: &Plan) -> (String, Option<String>) {
    match &plan.sides[..] {
        [only] => {
            let (name, values) = labels::scenario_and_values(only);
            (name.to_owned(), values.map(|values| format!("with {values}")))
        }
        [first, second] => {
            let [(first, _), (second, _)] = [first, second].map(labels::scenario_and_values);
            let heading = if first == second {
                format!("{first}: A and B compared")
            } else {
                format!("{first} and {second} compared")
            };
            (heading, None)
        }
        _ => (plan.scenario.clone(), None),
    }
}

/// The loads, the span of time and the seeds.
fn span(plan: &Plan) -> Vec<String> {
    let points = plan.sides.iter().flat_map(|side| &side.parts).flat_map(|part| &part.points);
    let mut loads: Vec<f64> = points.map(|point| point.load).collect();
    loads.sort_by(f64::total_cmp);
    loads.dedup();
    let time = match plan.sides.first() {
        Some(side) if plan.is_simultaneous() => Some(side.span()),
        _ => Some(String::from("different times")).filter(|_| plan.sides.len() > 1),
    };
    let seeds = counted(plan.seeds.len() as u64, "seed");
    let intervals = format!("{} confidence intervals", whole_percent(plan.confidence));
    let seeds = if plan.seeds.len() > 1 { format!("{seeds}, {intervals}") } else { seeds };
    [Some(format!("{} at {}", plan.multiplied_traffic(), labels::loads(&loads))), time, Some(seeds)]
        .into_iter()
        .flatten()
        .collect()
}

/// The graphs of the whole site, then of each appliance if there are several.
fn curves(plan: &Plan) -> Vec<PageSection> {
    let section = |(place, name): (usize, &str)| {
        let parts = parts_named(plan, name);
        let site = place == 0;
        let crossings = if site { crossing::all(plan, &parts) } else { Vec::new() };
        PageSection {
            id: format!("curves-{place}"),
            heading: match parts.iter().any(|(_, part)| part.points.len() > 1) {
                _ if !site => format!("Curves of {name}"),
                true => String::from("Curves"),
                false => String::from("Over time"),
            },
            text: if site { about_curves(plan, &parts) } else { String::new() },
            graphs: crossings.into_iter().chain(graphs::all(plan, &parts, site)).collect(),
            tables: Vec::new(),
            is_folded: !site,
        }
    };
    let sections = names_of_parts(plan).into_iter().enumerate().map(section);
    sections.filter(|section| !section.graphs.is_empty()).collect()
}

fn about_curves(plan: &Plan, parts: &[(&PlanSide, &SitePart)]) -> String {
    let several = parts.iter().any(|(side, _)| side.parts.len() > 2);
    let whole = if several { "All appliances together. " } else { "" };
    let has_curves = parts.iter().any(|(_, part)| part.points.len() > 1);
    let legend = match (has_curves, plan.seeds.len() > 1) {
        (false, _) => "There are no curves over load, because only one load was run.",
        (true, true) => "Each dot is a load that was run. The shading around a line is its confidence interval.",
        (true, false) => "Each dot is a load that was run. One seed gives no confidence intervals.",
    };
    format!("{whole}{legend}")
}

/// The differences of a comparison.
fn differences(plan: &Plan) -> Option<PageSection> {
    if plan.differences.is_empty() {
        return None;
    }
    let traffic = if plan.is_simultaneous() {
        "Both sides use the same seeds, so their traffic is the same as far as their scenarios agree."
    } else {
        "The sides cover different times, so their traffic differs although they use the same seeds."
    };
    let chance = if plan.seeds.len() > 1 {
        "A difference is bold if its interval excludes zero; \u{25b2} means that B has more, \u{25bc} that it has less. Any \
         other difference may be chance."
    } else {
        "One seed gives no interval, so any difference may be chance."
    };
    Some(PageSection {
        id: String::from("differences"),
        heading: String::from("Differences"),
        text: format!("Each value is B minus A. {traffic} {chance}"),
        graphs: Vec::new(),
        tables: tables::differences(plan),
        is_folded: true,
    })
}

/// The limits of the model.
fn model() -> PageSection {
    PageSection {
        id: String::from("model"),
        heading: String::from("Limits of the model"),
        text: String::from(
            "A load multiplies the amount of mail. It does not change the mix of mail, the behaviour of senders, or the rhythm \
             over the day and the week. Processing times come from the costs in the scenario. The model leaves out memory, the \
             speed of disks and of the network, and work of administrators on the appliance. crates/capacity/MODEL.md describes the model, \
             lists everything that it leaves out, and compares it with theory and with another simulator.",
        ),
        graphs: Vec::new(),
        tables: Vec::new(),
        is_folded: false,
    }
}

/// All figures of each part of each side.
fn figures(plan: &Plan) -> Vec<PageSection> {
    let parts = plan.sides.iter().flat_map(|side| side.parts.iter().map(move |part| (side, part)));
    let section = |(place, (side, part)): (usize, (&PlanSide, &SitePart))| {
        let part_name = if part.name == "all" { "all appliances" } else { part.name.as_str() };
        let of = [labels::short_heading(plan, side), (side.parts.len() > 1).then(|| part_name.to_owned())];
        let of: String = of.into_iter().flatten().map(|name| format!(", {name}")).collect();
        PageSection {
            id: format!("figures-{place}"),
            heading: format!("All figures{of}"),
            text: equipment(part, side),
            graphs: Vec::new(),
            tables: tables::figures(&part.points),
            is_folded: true,
        }
    };
    parts.enumerate().map(section).collect()
}

fn equipment(part: &SitePart, side: &PlanSide) -> String {
    let have = if part.name == "all" && side.parts.len() > 2 { "Together they have" } else { "It has" };
    format!("{have} {}", part.has.describe())
}

/// The names of all parts of all sides, without repetition.
fn names_of_parts(plan: &Plan) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for part in plan.sides.iter().flat_map(|side| &side.parts) {
        if !names.contains(&part.name.as_str()) {
            names.push(&part.name);
        }
    }
    names
}

/// The parts with that name, with their sides.
fn parts_named<'a>(plan: &'a Plan, name: &str) -> Vec<(&'a PlanSide, &'a SitePart)> {
    let of = |side: &'a PlanSide| Some((side, side.parts.iter().find(|part| part.name == name)?));
    plan.sides.iter().filter_map(of).collect()
}
