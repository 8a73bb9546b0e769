//! The pages of the monitor.

mod asked;
mod asset;
mod here;
mod layout;
mod moment;
mod rows;
mod rules;
mod summary;
#[cfg(test)]
mod tests;
mod view;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tollgate_catalogue::Rule;
use tollgate_wording as wording;

use self::asked::{Asked, Made};
use self::here::{Here, RANGE};
use self::layout::{Page, Part, Subject, pages};
use self::view::{Choice, Chooser, Content, Head, PageView, PartView, RangeChoice, RangeView, RefusalView};
use crate::range::{self, Query, Range};
use crate::refusal::{Refusal, shown};
use crate::scope::Scope;
use crate::site::Site;

/// The routes of what pages are made with: `/` and `/static`.
pub(crate) fn router() -> Router<Arc<Site>> {
    asset::router()
}

/// The page of a path, such as `overview`, under a query. It blocks until its figures have been made.
///
/// # Errors
/// If not even a page that says why can be made.
pub(crate) fn render(site: &Site, scope: &Scope, path: &str, query: &Query) -> Result<Response, Refusal> {
    let (status, html) = match write(site, scope, path, query) {
        Ok(html) => (StatusCode::OK, html),
        Err(refusal) => (refusal.status, write_refusal(site, scope, path, refusal)?),
    };
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    Ok((status, headers, html).into_response())
}

/// A page that says to a person why there is no other.
fn write_refusal(site: &Site, scope: &Scope, path: &str, refusal: Refusal) -> Result<String, Refusal> {
    let page = pages().iter().find(|page| page.path == path);
    let here = Here::new(scope, page.map_or("overview", |page| &page.path), &Query::default());
    let view = RefusalView { head: head(site, scope, page, &here), line: refusal.line };
    view.render().map_err(|error| Refusal::failed(error.to_string()))
}

/// The same as a text of HTML.
fn write(site: &Site, scope: &Scope, path: &str, query: &Query) -> Result<String, Refusal> {
    let Some(page) = pages().iter().find(|page| page.path == path) else {
        let allowed: Vec<&str> = pages().iter().map(|page| page.path.as_str()).collect();
        return Err(Refusal::missing(format!("page: found {}, allowed are {}", shown(path), allowed.join(", "))));
    };
    let range = Range::read(query, &site.history)?;
    let here = Here::new(scope, path, query);
    let parts = chosen_parts(page, query)?;
    let subject = page.subject.as_ref().and_then(|subject| query.get(&subject.parameter));
    let subject = subject.filter(|subject| !subject.is_empty());
    let content = match (&page.subject, subject) {
        (Some(subject), None) => Content::Chooser(chooser(site, scope, page, subject, &parts, &here)),
        _ => {
            let (rule, truth) = chosen_rules(site, page, query)?;
            let asked = Asked { site, scope, page, range: &range, query, here: &here, subject, rule, truth };
            let headed = parts.len() > 1;
            let parts = parts.iter().map(|part| make(&asked, part, headed)).collect::<Result<_, _>>()?;
            Content::Parts(parts)
        }
    };
    let view = PageView {
        head: head(site, scope, Some(page), &here),
        title: page.name.clone(),
        subject: subject.map(str::to_owned),
        tabs: tabs(page, &parts, &here),
        range: range_view(&range, &here),
        content,
        footer: footer(site, &range),
    };
    view.render().map_err(|error| Refusal::failed(error.to_string()))
}

/// The parts of a page that are shown: all of them, or the one whose tab is chosen.
fn chosen_parts(page: &'static Page, query: &Query) -> Result<Vec<&'static Part>, Refusal> {
    let Some(parameter) = &page.tabs else { return Ok(page.parts.iter().collect()) };
    let key = query.get(parameter).unwrap_or(&page.parts[0].key);
    let found = page.parts.iter().find(|part| part.key == key);
    found.map(|part| vec![part]).ok_or_else(|| {
        let allowed: Vec<&str> = page.parts.iter().map(|part| part.key.as_str()).collect();
        Refusal::bad(format!("{parameter}: found {}, allowed are {}", shown(key), allowed.join(", ")))
    })
}

/// The counting rule that a page is shown under, and the one that tells the truth if it is to be shown beside.
fn chosen_rules(
    site: &Site,
    page: &Page,
    query: &Query,
) -> Result<(Option<&'static Rule>, Option<&'static Rule>), Refusal> {
    if !page.rules {
        return Ok((None, None));
    }
    let rule = query.get("rule").filter(|name| !name.is_empty()).map(|name| site.rule(name)).transpose()?;
    let truth = match query.get("compare").filter(|text| !text.is_empty()) {
        None => None,
        Some("truth") => site.catalogue.rules().first(),
        Some(other) => return Err(Refusal::bad(format!("compare: found {}, allowed is truth", shown(other)))),
    };
    Ok((rule, truth))
}

fn make(asked: &Asked<'_>, part: &Part, headed: bool) -> Result<PartView, Refusal> {
    let made: Vec<Made> = part.blocks.iter().map(|block| asked.make(block)).collect::<Result<_, _>>()?;
    let follows_rule = part.blocks.iter().any(|block| block.table.follows_rule());
    Ok(PartView {
        key: part.key.clone(),
        name: part.name.clone(),
        headed,
        figures: asked.key_figures(part, &made),
        rules: (asked.page.rules && follows_rule).then(|| rules::view(asked, part, &made)),
        tables: made.into_iter().map(|made| made.view).collect(),
    })
}

fn head(site: &Site, scope: &Scope, page: Option<&Page>, here: &Here) -> Head {
    let now = site.history.now_micros();
    let appliances = &site.history.scenario().appliances;
    let appliance = match *scope {
        Scope::Appliance(place) => appliances[place].name.clone(),
        Scope::Merged => String::from("All appliances"),
    };
    let in_menu = |listed: &&Page| listed.within.is_none();
    let current = page.map(|page| page.within.as_ref().unwrap_or(&page.path));
    let entry = |listed: &Page| Choice {
        name: listed.name.clone(),
        url: here.page(scope, &listed.path).url(),
        current: current == Some(&listed.path),
    };
    Head {
        style_url: asset::STYLE.url(),
        script_url: asset::SCRIPT.url(),
        appliances: appliance_choices(site, scope, page.unwrap_or(&pages()[0]), here),
        appliance,
        clock: wording::moment(now),
        clock_machine: wording::iso(now),
        menu: pages().iter().filter(in_menu).map(entry).collect(),
    }
}

/// Where there are several appliances, each of them and all as one.
fn appliance_choices(site: &Site, scope: &Scope, page: &Page, here: &Here) -> Vec<Choice> {
    let appliances = &site.history.scenario().appliances;
    if appliances.len() < 2 {
        return Vec::new();
    }
    let each = appliances.iter().enumerate().map(|(place, appliance)| Choice {
        name: appliance.name.clone(),
        url: asset::appliance_url(&appliance.name, &here.of(&Scope::Appliance(place), &page.path).url()),
        current: *scope == Scope::Appliance(place),
    });
    let all = Choice {
        name: String::from("All appliances"),
        url: here.of(&Scope::Merged, &page.path).url(),
        current: *scope == Scope::Merged,
    };
    each.chain([all]).collect()
}

fn tabs(page: &Page, chosen: &[&Part], here: &Here) -> Vec<Choice> {
    let Some(parameter) = &page.tabs else { return Vec::new() };
    let only = &chosen[0].key;
    let tab = |part: &Part| {
        let mut url = here.clone();
        for name in here.parameters_without(&RANGE).iter().map(|(name, _)| name) {
            url = url.without(name);
        }
        Choice { name: part.name.clone(), url: url.with(parameter, &part.key).url(), current: part.key == *only }
    };
    page.parts.iter().map(tab).collect()
}

fn range_view(range: &Range, here: &Here) -> RangeView {
    let choice = |choice: range::Choice| RangeChoice {
        name: choice.name(),
        label: choice.label(),
        current: choice == range.choice,
    };
    RangeView {
        path: here.path().to_owned(),
        hidden: here.parameters_without(&RANGE),
        choices: range::Choice::ALL.map(choice).into(),
        from: range::stamp(range.from_micros),
        to: range::stamp(range.to_micros),
        span: moment::span(range),
        step: moment::step(range),
        empty: range.from_micros == range.to_micros,
    }
}

/// What there is to choose from where a page is not told what it is about.
fn chooser(site: &Site, scope: &Scope, page: &Page, subject: &Subject, chosen: &[&Part], here: &Here) -> Chooser {
    let list = pages().iter().find(|listed| Some(&listed.path) == page.within.as_ref());
    let list = list.map(|listed| Choice {
        name: listed.name.clone(),
        url: here.page(scope, &listed.path).url(),
        current: false,
    });
    // There are few filters, and so they are listed; of users there may be many thousands.
    let is_wanted = |direction: &str| chosen.iter().any(|part| part.key == direction);
    let filters = site.history.simulation().directory().filters.iter();
    let filters = filters.filter(|filter| page.tabs.is_some() && is_wanted(direction_name(filter.direction)));
    let choices = filters.map(|filter| Choice {
        name: filter.name.to_string(),
        url: here.clone().with(&subject.parameter, &filter.name).url(),
        current: false,
    });
    Chooser {
        noun: subject.noun.clone(),
        parameter: subject.parameter.clone(),
        path: here.path().to_owned(),
        hidden: here.parameters_without(&[&subject.parameter]),
        choices: choices.collect(),
        list,
    }
}

fn direction_name(direction: tollgate_scenario::Direction) -> &'static str {
    match direction {
        tollgate_scenario::Direction::Incoming => "incoming",
        tollgate_scenario::Direction::Outgoing => "outgoing",
    }
}

fn footer(site: &Site, range: &Range) -> String {
    format!("Seed {} · {} {}", site.history.scenario().seed, moment::span(range), moment::step(range))
}
