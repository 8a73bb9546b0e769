//! A plan as a page: one file that asks nothing of any machine, to be read on a screen or on paper.

mod answer;
mod graphs;
mod tables;
mod words;

use askama::Template;

use crate::plan::{Part, Plan, Variant};
use answer::Answer;
use tables::Table;

/// The page of a plan: HTML with its style and its graphs in it, and without a script.
pub fn page(plan: &Plan) -> String {
    Document::new(plan).render().expect("a template that asks for nothing but what it is given")
}

/// The style of the page; that of its graphs is the charts' own.
const STYLE: &str = include_str!("../../assets/plan.css");

/// What the template shows.
#[derive(Template)]
#[template(path = "plan.html")]
struct Document<'a> {
    plan: &'a Plan,
    style: &'static str,
    chart_style: &'static str,
    loads: String,
    begin: String,
    end: String,
    seeds: String,
    confidence: String,
    answers: Vec<Answer>,
    sections: Vec<Section>,
}

/// A part of the page with a heading.
struct Section {
    id: String,
    heading: String,
    text: String,
    graphs: Vec<Graph>,
    tables: Vec<Table>,
}

/// A graph with what stands above it.
struct Graph {
    heading: String,
    text: String,
    svg: String,
}

impl<'a> Document<'a> {
    fn new(plan: &'a Plan) -> Document<'a> {
        let mut sections = curves(plan);
        sections.push(model());
        sections.extend(differences(plan));
        sections.extend(figures(plan));
        let points = plan.variants.iter().flat_map(|variant| &variant.parts).flat_map(|part| &part.points);
        let mut loads: Vec<f64> = points.map(|point| point.load).collect();
        loads.sort_by(f64::total_cmp);
        loads.dedup();
        Document {
            plan,
            style: STYLE,
            chart_style: tollgate_chart::STYLE,
            loads: words::loads(&loads),
            begin: tollgate_chart::moment(plan.variants[0].begin.micros()),
            end: tollgate_chart::moment(plan.variants[0].end.micros()),
            seeds: words::counted(plan.seeds.len(), "seed"),
            confidence: words::percent(plan.confidence),
            answers: plan.variants.iter().map(|variant| Answer::new(plan, variant)).collect(),
            sections,
        }
    }
}

/// The curves of the whole site, and then of each appliance if there are several.
fn curves(plan: &Plan) -> Vec<Section> {
    let section = |(place, name): (usize, &str)| {
        let parts = parts_named(plan, name);
        let site = place == 0;
        Section {
            id: format!("curves-{place}"),
            heading: if site { String::from("Curves") } else { format!("Curves of {name}") },
            text: if site { about_curves(plan, &parts) } else { String::new() },
            graphs: graphs::all(plan, &parts, site),
            tables: Vec::new(),
        }
    };
    names_of_parts(plan).into_iter().enumerate().map(section).collect()
}

fn about_curves(plan: &Plan, parts: &[(&Variant, &Part)]) -> String {
    let several = parts.iter().any(|(variant, _)| variant.parts.len() > 2);
    let whole = if several { "All appliances together. " } else { "" };
    let sure = if plan.seeds.len() > 1 {
        "A dot is a load that was run, the shade around a line its confidence interval."
    } else {
        "A dot is a load that was run; with one seed there are no confidence intervals."
    };
    format!("{whole}{sure}")
}

/// What the second side of a comparison has more than the first.
fn differences(plan: &Plan) -> Option<Section> {
    let [first, second] = &plan.variants[..] else { return None };
    (!plan.differences.is_empty()).then(|| Section {
        id: String::from("differences"),
        heading: String::from("Differences"),
        text: format!(
            "What B ({}) has more or less than A ({}), on the same traffic with the same seeds. A difference whose interval does not \
             include zero is set in bold with an arrow, \u{25b2} for more and \u{25bc} for less; any other may be chance.",
            second.name, first.name
        ),
        graphs: Vec::new(),
        tables: tables::differences(&plan.differences),
    })
}

/// What a plan cannot tell.
fn model() -> Section {
    Section {
        id: String::from("model"),
        heading: String::from("What the model leaves out"),
        text: String::from(
            "A load multiplies mail and nothing else: its mix, its senders' habits and its rhythm over the day and the week \
             stay as they are. Times follow from the costs that the scenario gives; memory, the speed of disks and of the \
             network, and the appliance's own upkeep have no part in them. How the model works, what it was compared with \
             and all that it leaves out is told in crates/capacity/MODEL.md.",
        ),
        graphs: Vec::new(),
        tables: Vec::new(),
    }
}

/// All figures of each side and each part.
fn figures(plan: &Plan) -> Vec<Section> {
    let parts = plan.variants.iter().flat_map(|variant| variant.parts.iter().map(move |part| (variant, part)));
    let section = |(place, (variant, part)): (usize, (&Variant, &Part))| {
        let part_name = if part.name == "all" { "all appliances" } else { part.name.as_str() };
        let of = [words::side(plan, variant), (variant.parts.len() > 1).then(|| part_name.to_owned())];
        let of: String = of.into_iter().flatten().map(|name| format!(", {name}")).collect();
        Section {
            id: format!("figures-{place}"),
            heading: format!("All figures{of}"),
            text: words::has(&part.has, part.name == "all" && variant.parts.len() > 2),
            graphs: Vec::new(),
            tables: tables::figures(&part.points),
        }
    };
    parts.enumerate().map(section).collect()
}

/// The names of all parts of all sides, each once.
fn names_of_parts(plan: &Plan) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for part in plan.variants.iter().flat_map(|variant| &variant.parts) {
        if !names.contains(&part.name.as_str()) {
            names.push(&part.name);
        }
    }
    names
}

/// The parts of that name, with their sides.
fn parts_named<'a>(plan: &'a Plan, name: &str) -> Vec<(&'a Variant, &'a Part)> {
    let of = |variant: &'a Variant| Some((variant, variant.parts.iter().find(|part| part.name == name)?));
    plan.variants.iter().filter_map(of).collect()
}
