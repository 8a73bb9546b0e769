//! The page of a plan, made of plans by hand.

mod answers;
mod graphs;
mod sides;
mod tables;

use tollgate_capacity::{Estimate, FIGURES, FirstExhaustion, Limit, Plan, PlanVerdict, Point, Resource, PlanSide, page};
use tollgate_scenario::Moment;

use crate::plans::{HOUR, TUESDAY, estimate, limit, plan, point, points, plan_side};

const EVIL: &str = "a<b>&\"c'</style><script>alert(1)</script>";

/// The text of the page of a plan of one side, with so many seeds.
fn text_of(seeds: u64, side: PlanSide) -> String {
    let page = page(&plan(seeds, vec![side]));
    assert_sound(&page);
    text(&page)
}

/// The two drawings of the graph of that name.
fn drawing<'a>(page: &'a str, name: &str) -> &'a str {
    let begin = page.find(&format!("aria-label=\"{name}\"")).unwrap_or_else(|| panic!("no graph {name}"));
    page[begin..].split_once("</figure>").unwrap().0
}

/// The text of a page without its elements, a word after the other.
fn text(page: &str) -> String {
    let body = page.split_once("<body>").unwrap().1;
    let text: Vec<&str> = body.split('<').filter_map(|part| Some(part.split_once('>')?.1)).collect();
    text.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Fails unless every element is closed in its order and nothing is asked of any machine.
fn assert_sound(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    // What a style holds is no element.
    let (before, rest) = page.split_once("<style>").unwrap();
    let after = rest.split_once("</style>").unwrap().1;
    for part in before.split('<').skip(1).chain(after.split('<').skip(1)) {
        let tag = part.split_once('>').unwrap().0;
        let name = tag.split([' ', '\n', '/']).next().unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{part}");
        } else if !tag.ends_with('/') && !["meta", "!DOCTYPE"].contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    for refused in ["<script", "<link", "<img", "@import", "url(", " src=", " style=\"", "href=\"http", "NaN", "inf "] {
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
