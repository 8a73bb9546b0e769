//! The page of a plan, tested with plans that are written by hand.

mod answers;
mod crossings;
mod graphs;
mod scripts;
mod sides;
mod tables;

use tollgate_capacity::{
    Estimate, FIGURES, FirstBroken, FirstExhaustion, Limit, ObjectiveLimit, ObjectiveResult, Plan, PlanSide,
    PlanVerdict, Point, Resource, page,
};
use tollgate_scenario::{Moment, Traffic};

use crate::plans::{HOUR, TUESDAY, estimate, limit, plan, plan_side, point, points};

const EVIL: &str = "a<b>&\"c'</style><script>alert(1)</script>";

/// The text of the page of a plan of one side.
fn text_of(seeds: u64, side: PlanSide) -> String {
    let page = page(&plan(seeds, vec![side]));
    assert_sound(&page);
    text(&page)
}

/// The two drawings of the graph with that name.
fn drawing<'a>(page: &'a str, name: &str) -> &'a str {
    let begin = page.find(&format!("aria-label=\"{name}\"")).unwrap_or_else(|| panic!("no graph {name}"));
    page[begin..].split_once("</figure>").unwrap().0
}

/// The text of a page without tags, with single spaces between the words.
fn text(page: &str) -> String {
    let body = page.split_once("<body>").unwrap().1.split_once("<script").unwrap().0;
    let text: Vec<&str> = body.split('<').filter_map(|part| Some(part.split_once('>')?.1)).collect();
    text.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The page without the content of the elements with a name.
fn without_content(page: &str, name: &str) -> String {
    let end = format!("</{name}>");
    let part = |(place, part): (usize, &str)| match part.split_once(&end) {
        Some((element, after)) if place > 0 => {
            let attributes = element.split_once('>').unwrap().0;
            format!("<{name}{attributes}>{end}{after}")
        }
        _ => part.to_owned(),
    };
    page.split(&format!("<{name}")).enumerate().map(part).collect()
}

/// Fails unless elements are closed in order, ids are unique, links lead to ids, and the page loads nothing from elsewhere.
fn assert_sound(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    // Style sheets and scripts have no elements.
    let page = ["style", "script"].iter().fold(page.to_owned(), |page, name| without_content(&page, name));
    for part in page.split('<').skip(1) {
        let tag = part.split_once('>').unwrap().0;
        let name = tag.split([' ', '\n', '/']).next().unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{part}");
        } else if !tag.ends_with('/') && !["meta", "!DOCTYPE", "!--"].contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    for refused in ["<link", "<img", "@import", "url(", " src=", " style=\"", "href=\"http", "NaN", "inf "] {
        assert!(!page.contains(refused), "{refused}");
    }
    let identities: Vec<&str> = page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    for identity in &identities {
        assert_eq!(identities.iter().filter(|other| *other == identity).count(), 1, "{identity}");
    }
    for target in page.split("\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(identities.contains(&target) || target.len() == 6, "{target}");
    }
}
