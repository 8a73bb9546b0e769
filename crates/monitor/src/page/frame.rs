//! The frame of every page: head, menus and time range.

use tollgate_scenario::Moment;

use super::asset;
use super::definition::{PageDefinition, PartDefinition};
use super::pages;
use super::request::PageRequest;
use super::url::{PageUrl, RANGE, appliance_url};
use super::view::{HeadView, LinkView, PageContent, PageView, RangeOption, RangeView, RefusalView};
use crate::address::{PageAddress, Query};
use crate::range::RangeChoice;
use crate::refusal::HttpRefusal;
use crate::scope::Scope;
use crate::site::Site;

/// Puts the content of a page into its frame.
pub(super) fn page(request: &PageRequest<'_>, content: PageContent) -> PageView {
    let PageRequest { site, scope, page, menu, url, .. } = request;
    PageView {
        head: head(site, scope, Some(page), menu, url),
        title: page.name.clone(),
        subject: request.subject.map(str::to_owned),
        tabs: tabs(request),
        range: range(request),
        notices: notices(request),
        content,
        seed: site.history.scenario().seed,
    }
}

/// The most restarts that a page names.
const MOST_NOTICES: usize = 5;

/// The times in the range without figures, because an appliance was restarting. The latest come first.
fn notices(request: &PageRequest<'_>) -> Vec<String> {
    let PageRequest { site, scope, range, .. } = request;
    let history = &site.history;
    // The future is not known on the page.
    let shown = Moment::from_micros(range.from_micros)..Moment::from_micros(range.to_micros.min(history.now_micros()));
    let mut times = Vec::new();
    let appliances = &history.scenario().appliances;
    for place in scope.appliances(appliances.len()) {
        let down = history.simulation().down(place, shown.clone());
        let inside = down.iter().filter(|time| time.start < shown.end && time.end > shown.start);
        times.extend(inside.map(|time| (time.start, time.end.min(shown.end), appliances[place].name.as_str())));
    }
    times.sort_unstable_by(|one, other| other.cmp(one));
    let more = times.len().saturating_sub(MOST_NOTICES);
    let latest = times.iter().take(MOST_NOTICES);
    let notice =
        |&(from, to, name): &(Moment, Moment, &str)| tollgate_wording::restarting(name, from.micros(), to.micros());
    let earlier = match more {
        0 => None,
        1 => Some("One earlier restart is not listed".to_owned()),
        _ => Some(format!("{} earlier restarts are not listed", tollgate_wording::count(more as u64))),
    };
    latest.map(notice).chain(earlier).collect()
}

/// A page with a refusal.
pub(super) fn refusal(site: &Site, address: &PageAddress, refusal: HttpRefusal) -> RefusalView {
    let menu = pages::all();
    let page = menu.iter().find(|page| page.path == address.path);
    let url = PageUrl::new(&address.scope, page.map_or("overview", |page| &page.path), &Query::default());
    RefusalView { head: head(site, &address.scope, page, menu, &url), line: refusal.line }
}

fn head(site: &Site, scope: &Scope, page: Option<&PageDefinition>, menu: &[PageDefinition], url: &PageUrl) -> HeadView {
    let appliances = &site.history.scenario().appliances;
    let current = page.map(|page| page.within.as_ref().unwrap_or(&page.path));
    let entry = |listed: &PageDefinition| LinkView {
        name: listed.name.clone(),
        url: url.page(scope, &listed.path).to_string(),
        current: current == Some(&listed.path),
    };
    HeadView {
        style_url: asset::STYLE.url(),
        script_url: asset::SCRIPT.url(),
        appliances: appliance_links(site, scope, page.unwrap_or(&menu[0]), url),
        appliance: match *scope {
            Scope::Appliance(place) => appliances[place].name.clone(),
            Scope::Merged => String::from(ALL),
        },
        now_micros: site.history.now_micros(),
        warning: site.history.too_fast().map(|too_fast| too_fast.to_string()),
        menu: menu.iter().filter(|listed| listed.within.is_none()).map(entry).collect(),
        leave_token: None,
    }
}

/// The name of the merged appliances.
const ALL: &str = "All appliances";

/// Links to each appliance and to all of them merged. A single appliance has none.
fn appliance_links(site: &Site, scope: &Scope, page: &PageDefinition, url: &PageUrl) -> Vec<LinkView> {
    let appliances = &site.history.scenario().appliances;
    if appliances.len() < 2 {
        return Vec::new();
    }
    let each = appliances.iter().enumerate().map(|(place, appliance)| LinkView {
        name: appliance.name.clone(),
        url: appliance_url(&appliance.name, &url.of(&Scope::Appliance(place), &page.path)),
        current: *scope == Scope::Appliance(place),
    });
    let all = LinkView {
        name: String::from(ALL),
        url: url.of(&Scope::Merged, &page.path).to_string(),
        current: *scope == Scope::Merged,
    };
    each.chain([all]).collect()
}

/// Links to the parts of a page, if it shows one part at a time.
fn tabs(request: &PageRequest<'_>) -> Vec<LinkView> {
    let Some(parameter) = &request.page.tabs else { return Vec::new() };
    let bare = request.url.with_only(&RANGE);
    let tab = |part: &PartDefinition| LinkView {
        name: part.name.clone(),
        url: bare.clone().with(parameter, &part.key).to_string(),
        current: request.parts.iter().any(|shown| shown.key == part.key),
    };
    request.page.parts.iter().map(tab).collect()
}

/// The menu of ranges.
fn range(request: &PageRequest<'_>) -> RangeView {
    let option = |choice: RangeChoice| RangeOption {
        name: choice.name(),
        label: choice.label(),
        current: choice == request.range.choice,
    };
    RangeView {
        path: request.url.path().to_owned(),
        hidden: request.url.parameters_without(&RANGE),
        options: RangeChoice::ALL.map(option).into(),
        range: request.range.clone(),
    }
}
