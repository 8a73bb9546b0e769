//! The URLs of pages and exports.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::address::Query;
use crate::range::{Range, RangeChoice};
use crate::scope::Scope;

/// The URL of a page, without the host. Links are made from it by setting and removing parameters.
#[derive(Clone, Debug)]
pub(super) struct PageUrl {
    path: String,
    parameters: Vec<(String, String)>,
}

/// The parameters of the time range.
pub(super) const RANGE: [&str; 3] = ["date_range", "datestamp_from", "datestamp_to"];

/// The other parameters that a page understands.
const OTHERS: [&str; 6] = ["tab", "internal_user", "filter_type", "filter_name", "rule", "compare"];
/// The beginnings of parameters that end with the name of a section: the order and the number of its rows.
const BY_SECTION: [&str; 3] = ["sort_col_", "sort_order_", "rows_"];

impl PageUrl {
    /// The page with a path and a query. Parameters that pages do not understand are dropped.
    pub(super) fn new(scope: &Scope, path: &str, query: &Query) -> PageUrl {
        let understood = |name: &str| {
            RANGE.contains(&name) || OTHERS.contains(&name) || BY_SECTION.iter().any(|begin| name.starts_with(begin))
        };
        let parameters = query.0.iter().filter(|(name, value)| understood(name) && !value.is_empty());
        PageUrl { path: path_of(scope, path), parameters: parameters.cloned().collect() }
    }

    /// Another page over the same time range.
    pub(super) fn page(&self, scope: &Scope, path: &str) -> PageUrl {
        PageUrl { path: path_of(scope, path), ..self.with_only(&RANGE) }
    }

    /// The same URL with some of its parameters only.
    pub(super) fn with_only(&self, names: &[&str]) -> PageUrl {
        let parameters = self.parameters.iter().filter(|(name, _)| names.contains(&name.as_str()));
        PageUrl { path: self.path.clone(), parameters: parameters.cloned().collect() }
    }

    /// A page of another scope, with the same parameters.
    pub(super) fn of(&self, scope: &Scope, path: &str) -> PageUrl {
        PageUrl { path: path_of(scope, path), parameters: self.parameters.clone() }
    }

    /// The same URL with a parameter set.
    pub(super) fn with(mut self, name: &str, value: &str) -> PageUrl {
        self = self.without(name);
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same URL without a parameter.
    pub(super) fn without(mut self, name: &str) -> PageUrl {
        self.parameters.retain(|(known, _)| known != name);
        self
    }

    /// The parameters except those that a form sets itself.
    pub(super) fn parameters_without(&self, names: &[&str]) -> Vec<(String, String)> {
        let kept = self.parameters.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        kept.cloned().collect()
    }

    /// The URL of the export of one section of the page. `subject` restricts it to one user or filter.
    pub(super) fn export(&self, range: &Range, section: &str, report_def_id: &str, subject: &[(&str, &str)]) -> String {
        let mut parameters = vec![("format", "csv"), ("section", section), ("date_range", range.choice.name())];
        if range.choice == RangeChoice::Custom {
            let given = self.parameters.iter().filter(|(name, _)| RANGE[1..].contains(&name.as_str()));
            parameters.extend(given.map(|(name, value)| (name.as_str(), value.as_str())));
        }
        parameters.push(("report_def_id", report_def_id));
        parameters.extend(subject);
        join(&self.path, parameters.into_iter())
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for PageUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        formatter.write_str(&join(&self.path, parameters))
    }
}

/// A URL that redirects to a page of another appliance, which has its own host name.
pub(super) fn appliance_url(name: &str, page: &PageUrl) -> String {
    join("/appliance", [("name", name), ("page", &page.to_string())].into_iter())
}

/// All characters except the unreserved ones of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Joins a path and parameters to a URL.
fn join<'a>(path: &str, parameters: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let encode = |text| utf8_percent_encode(text, RESERVED);
    let pairs: Vec<String> = parameters.map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

fn path_of(scope: &Scope, path: &str) -> String {
    format!("{}/reports/{path}", scope.prefix())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_urls_are_escaped() {
        let query = Query(vec![
            ("date_range".into(), "current_day".into()),
            ("filter_name".into(), "a&b=\"<c> d/é".into()),
            ("onload".into(), "x".into()),
            ("tab".into(), String::new()),
        ]);
        let url = PageUrl::new(&Scope::Merged, "content_filter_detail", &query);
        let path = "/monitor_email/reports/content_filter_detail";
        let name = "a%26b%3D%22%3Cc%3E%20d%2F%C3%A9";
        assert_eq!(url.to_string(), format!("{path}?date_range=current_day&filter_name={name}"));
        assert_eq!(
            url.page(&Scope::Appliance(0), "overview").to_string(),
            "/monitor/reports/overview?date_range=current_day"
        );
        let sorted = url.clone().with("filter_name", "x").with("sort_order_ss_0_0_0", "asc");
        assert_eq!(sorted.to_string(), format!("{path}?date_range=current_day&filter_name=x&sort_order_ss_0_0_0=asc"));
    }
}
