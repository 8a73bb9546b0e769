//! A plan as a page: one file that asks nothing of any machine, to be read on a screen or on paper.

mod answer;
mod graphs;
mod sheets;
mod tables;
mod words;

use askama::Template;

use crate::plan::{Plan, SitePart, Variant};
use answer::Answer;
use graphs::Graph;
use tables::Table;

/// The page of a plan: HTML with its style and its graphs in it, and without a script.
pub fn page(plan: &Plan) -> String {
    Document::new(plan).render().expect("a template that asks for nothing but what it is given")
}

/// The style sheets of the page: that of all pages, its own, and that of graphs.
const STYLES: [&str; 3] = [tollgate_chart::BASE_STYLE, include_str!("../../assets/plan.css"), tollgate_chart::STYLE];

/// What it is to keep up.
const MEANING: &str = "A site keeps up as long as messages do not wait for workers without a break for a day and nothing else is \
                       exhausted: no connection is turned away, no delivery waits for a connection, no hour takes all of the \
                       processor, and the queue has its disk.";

/// What the template shows.
#[derive(Template)]
#[template(path = "plan.html")]
struct Document {
    styles: [&'static str; 3],
    heading: String,
    /// The values that override those of the scenario, of a plan of one side.
    given: Option<String>,
    /// What was done, in parts of a line.
    span: Vec<String>,
    /// What a comparison comes to.
    difference: Option<String>,
    answers: Vec<Answer>,
    /// What it is to keep up, where an answer says so.
    meaning: Option<&'static str>,
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

impl Document {
    fn new(plan: &Plan) -> Document {
        let mut sections = curves(plan);
        sections.push(model());
        sections.extend(differences(plan));
        sections.extend(figures(plan));
        let is_limited = plan.variants.iter().any(|variant| variant.limit.is_some());
        let (heading, given) = heading(plan);
        Document {
            styles: STYLES,
            heading,
            given,
            span: span(plan),
            difference: answer::difference(plan),
            answers: plan.variants.iter().map(|variant| Answer::new(plan, variant)).collect(),
            meaning: is_limited.then_some(MEANING),
            sections,
        }
    }
}

/// What the page is about, and with which values in place of the scenario's own.
fn heading(plan: &Plan) -> (String, Option<String>) {
    match &plan.variants[..] {
        [only] => {
            let given = words::scenario(only).1.map(|values| format!("with {values}"));
            (plan.scenario.clone(), given)
        }
        [first, second] => {
            let [(first, _), (second, _)] = [first, second].map(words::scenario);
            let heading =
                if first == second { format!("{first}: A against B") } else { format!("{first} against {second}") };
            (heading, None)
        }
        _ => (plan.scenario.clone(), None),
    }
}

/// What was multiplied by what, when it plays, and how often it was done.
fn span(plan: &Plan) -> Vec<String> {
    let points = plan.variants.iter().flat_map(|variant| &variant.parts).flat_map(|part| &part.points);
    let mut loads: Vec<f64> = points.map(|point| point.load).collect();
    loads.sort_by(f64::total_cmp);
    loads.dedup();
    let time = match plan.variants.first() {
        Some(variant) if words::same_time(plan) => Some(words::period(variant)),
        _ => Some(String::from("each side at its own time")).filter(|_| plan.variants.len() > 1),
    };
    let seeds = words::counted(plan.seeds.len(), "seed");
    let sure = format!("{} confidence intervals", words::percent(plan.confidence));
    let seeds = if plan.seeds.len() > 1 { format!("{seeds}, {sure}") } else { seeds };
    [Some(format!("{} at {}", plan.load_of, words::loads(&loads))), time, Some(seeds)].into_iter().flatten().collect()
}

/// The curves of the whole site, and then of each appliance if there are several.
fn curves(plan: &Plan) -> Vec<Section> {
    let section = |(place, name): (usize, &str)| {
        let parts = parts_named(plan, name);
        let site = place == 0;
        Section {
            id: format!("curves-{place}"),
            heading: match parts.iter().any(|(_, part)| part.points.len() > 1) {
                _ if !site => format!("Curves of {name}"),
                true => String::from("Curves"),
                false => String::from("Over time"),
            },
            text: if site { about_curves(plan, &parts) } else { String::new() },
            graphs: graphs::all(plan, &parts, site),
            tables: Vec::new(),
        }
    };
    let sections = names_of_parts(plan).into_iter().enumerate().map(section);
    sections.filter(|section| !section.graphs.is_empty()).collect()
}

fn about_curves(plan: &Plan, parts: &[(&Variant, &SitePart)]) -> String {
    let several = parts.iter().any(|(variant, _)| variant.parts.len() > 2);
    let whole = if several { "All appliances together. " } else { "" };
    let curves = parts.iter().any(|(_, part)| part.points.len() > 1);
    let sure = match (curves, plan.seeds.len() > 1) {
        (false, _) => "One load makes no curve over loads.",
        (true, true) => "A dot is a load that was run, the shade around a line its confidence interval.",
        (true, false) => "A dot is a load that was run; with one seed there are no confidence intervals.",
    };
    format!("{whole}{sure}")
}

/// What the second side of a comparison has more than the first.
fn differences(plan: &Plan) -> Option<Section> {
    if plan.differences.is_empty() {
        return None;
    }
    let traffic = if words::same_time(plan) {
        "Both were run with the same seeds, and so on the same traffic wherever their scenarios agree."
    } else {
        "They play at different times, so their traffic is not the same, though the seeds are."
    };
    let sure = if plan.seeds.len() > 1 {
        "A difference whose interval does not include zero is set in bold with an arrow, \u{25b2} for more and \u{25bc} for \
         less; any other may be chance."
    } else {
        "One seed gives no interval: any difference may be chance."
    };
    Some(Section {
        id: String::from("differences"),
        heading: String::from("Differences"),
        text: format!("What B has more or less than A. {traffic} {sure}"),
        graphs: Vec::new(),
        tables: tables::differences(plan),
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
    let section = |(place, (variant, part)): (usize, (&Variant, &SitePart))| {
        let part_name = if part.name == "all" { "all appliances" } else { part.name.as_str() };
        let of = [words::short_side(plan, variant), (variant.parts.len() > 1).then(|| part_name.to_owned())];
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
fn parts_named<'a>(plan: &'a Plan, name: &str) -> Vec<(&'a Variant, &'a SitePart)> {
    let of = |variant: &'a Variant| Some((variant, variant.parts.iter().find(|part| part.name == name)?));
    plan.variants.iter().filter_map(of).collect()
}
