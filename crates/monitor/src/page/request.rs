//! The request for a page.

use tollgate_catalogue::{Rule, Table};
use tollgate_wording::list;

use super::definition::{PageDefinition, PartDefinition};
use super::pages;
use super::url::PageUrl;
use crate::address::{PageAddress, Query};
use crate::range::Range;
use crate::refusal::{HttpRefusal, shown};
use crate::scope::Scope;
use crate::site::Site;

/// A request for a page: an address with its names resolved.
pub(super) struct PageRequest<'a> {
    pub(super) site: &'a Site,
    pub(super) scope: &'a Scope,
    pub(super) page: &'static PageDefinition,
    /// All pages, in the order of the menu.
    pub(super) menu: &'static [PageDefinition],
    /// The parts that are shown: all of them, or the one of the chosen tab.
    pub(super) parts: Vec<&'static PartDefinition>,
    pub(super) range: Range,
    pub(super) query: &'a Query,
    /// The URL of the page itself.
    pub(super) url: PageUrl,
    /// The user or filter that the page is about.
    pub(super) subject: Option<&'a str>,
    /// True if the page is about one user or filter but the address names none.
    pub(super) lacks_subject: bool,
    /// The counting rule. Without one, each appliance uses its own.
    pub(super) rule: Option<&'static Rule>,
    /// The rule of the true figures, if the page compares.
    pub(super) truth: Option<&'static Rule>,
    /// The names of the appliances' own rules, as a list.
    pub(super) own_rules: String,
}

impl<'a> PageRequest<'a> {
    /// Resolves the names in an address.
    ///
    /// # Errors
    /// If the address names a page, range, tab or counting rule that does not exist.
    pub(super) fn read(site: &'a Site, address: &'a PageAddress) -> Result<PageRequest<'a>, HttpRefusal> {
        let PageAddress { scope, path, query } = address;
        let given = |name: &str| query.get(name).filter(|value| !value.is_empty());

        let menu = pages::all();
        let page = pages::page_at(path)?;
        let range = Range::read(query, &site.history)?;
        let tab = page.tabs.as_ref().map(|name| (name, query.get(name).unwrap_or(&page.parts[0].key)));
        let is_shown = |part: &&PartDefinition| tab.is_none_or(|(_, key)| part.key == key);
        let parts: Vec<&PartDefinition> = page.parts.iter().filter(is_shown).collect();
        if let Some((name, key)) = tab.filter(|_| parts.is_empty()) {
            let allowed = list(page.parts.iter().map(|part| &part.key));
            return Err(HttpRefusal::bad(format!("{name}: found {}, allowed are {allowed}", shown(key))));
        }
        let subject = page.subject.as_ref().and_then(|subject| given(&subject.parameter));
        let lacks_subject = page.subject.is_some() && subject.is_none();
        let rule = given("rule").filter(|_| page.rules).map(|name| site.rule(name)).transpose()?;
        let truth = match given("compare").filter(|_| page.rules) {
            None => None,
            Some("truth") => site.catalogue.rules().first(),
            Some(other) => return Err(HttpRefusal::bad(format!("compare: found {}, allowed is truth", shown(other)))),
        };

        let appliances = &site.history.scenario().appliances;
        let mut own_rules: Vec<&str> = Vec::new();
        for appliance in &appliances[scope.appliances(appliances.len())] {
            if !own_rules.contains(&appliance.counting.rule.as_str()) {
                own_rules.push(&appliance.counting.rule);
            }
        }
        let own_rules = list(own_rules);
        let url = PageUrl::new(scope, path, query);
        Ok(PageRequest {
            site,
            scope,
            page,
            menu,
            parts,
            range,
            query,
            url,
            subject,
            lacks_subject,
            rule,
            truth,
            own_rules,
        })
    }

    /// The counting rule of the request, if the table depends on it. Otherwise each appliance uses its own.
    pub(super) fn rule_of(&self, table: &Table) -> Option<&'static Rule> {
        self.rule.filter(|_| table.follows_rule())
    }
}
