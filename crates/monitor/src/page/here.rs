//! The URL of the page that is shown, and of what it links to.

use crate::range::{Choice, Query, Range};
use crate::scope::Scope;

/// A page as its URL names it: what it shows of what there is, and links to it with something else.
#[derive(Clone, Debug)]
pub(super) struct Here {
    path: String,
    parameters: Vec<(String, String)>,
}

/// The parameters that name a range of time.
pub(super) const RANGE: [&str; 3] = ["date_range", "datestamp_from", "datestamp_to"];

/// The other parameters that a page understands; those of sorting and of how many rows are shown have a section's name
/// behind these.
const OTHERS: [&str; 6] = ["tab", "internal_user", "filter_type", "filter_name", "rule", "compare"];
const BY_SECTION: [&str; 3] = ["sort_col_", "sort_order_", "rows_"];

impl Here {
    /// The page of a path under a query. What pages do not understand is left out of links.
    pub(super) fn new(scope: &Scope, path: &str, query: &Query) -> Here {
        let understood = |name: &str| {
            RANGE.contains(&name) || OTHERS.contains(&name) || BY_SECTION.iter().any(|begin| name.starts_with(begin))
        };
        let parameters = query.0.iter().filter(|(name, value)| understood(name) && !value.is_empty());
        Here { path: path_of(scope, path), parameters: parameters.cloned().collect() }
    }

    /// Another page over the same range of time.
    pub(super) fn page(&self, scope: &Scope, path: &str) -> Here {
        let parameters = self.parameters.iter().filter(|(name, _)| RANGE.contains(&name.as_str()));
        Here { path: path_of(scope, path), parameters: parameters.cloned().collect() }
    }

    /// The same page, of other appliances.
    pub(super) fn of(&self, scope: &Scope, path: &str) -> Here {
        Here { path: path_of(scope, path), parameters: self.parameters.clone() }
    }

    /// The same with a parameter set.
    pub(super) fn with(mut self, name: &str, value: &str) -> Here {
        self = self.without(name);
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same without a parameter.
    pub(super) fn without(mut self, name: &str) -> Here {
        self.parameters.retain(|(known, _)| known != name);
        self
    }

    /// Its parameters but those that a form sets itself.
    pub(super) fn parameters_without(&self, names: &[&str]) -> Vec<(String, String)> {
        let kept = self.parameters.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        kept.cloned().collect()
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The URL, without the host.
    pub(super) fn url(&self) -> String {
        url(&self.path, self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }
}

/// The URL of the export of one section of a page: of one user or filter, if the page is about one.
pub(super) fn export_url(
    here: &Here,
    range: &Range,
    section: &str,
    report_def_id: &str,
    subject: &[(&str, &str)],
) -> String {
    let mut parameters = vec![("format", "csv"), ("section", section), ("date_range", range.choice.name())];
    if range.choice == Choice::Custom {
        let given = here.parameters.iter().filter(|(name, _)| RANGE[1..].contains(&name.as_str()));
        parameters.extend(given.map(|(name, value)| (name.as_str(), value.as_str())));
    }
    parameters.push(("report_def_id", report_def_id));
    parameters.extend(subject);
    url(&here.path, parameters.into_iter())
}

/// A URL of a path and parameters.
fn url<'a>(path: &str, parameters: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = path.to_owned();
    for (place, (name, value)) in parameters.enumerate() {
        text.push(if place == 0 { '?' } else { '&' });
        push_encoded(&mut text, name);
        text.push('=');
        push_encoded(&mut text, value);
    }
    text
}

/// Writes all but letters, digits and what RFC 3986 calls unreserved as `%` and two hexadecimal digits for each byte.
pub(super) fn push_encoded(text: &mut String, value: &str) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

fn path_of(scope: &Scope, path: &str) -> String {
    format!("{}/reports/{path}", scope.prefix())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_value_is_left_to_mean_something_in_a_url() {
        let query = Query(vec![
            ("date_range".into(), "current_day".into()),
            ("filter_name".into(), "a&b=\"<c> d/é".into()),
            ("onload".into(), "x".into()),
            ("tab".into(), String::new()),
        ]);
        let here = Here::new(&Scope::Merged, "content_filter_detail", &query);
        let path = "/monitor_email/reports/content_filter_detail";
        let name = "a%26b%3D%22%3Cc%3E%20d%2F%C3%A9";
        assert_eq!(here.url(), format!("{path}?date_range=current_day&filter_name={name}"));
        assert_eq!(
            here.page(&Scope::Appliance(0), "overview").url(),
            "/monitor/reports/overview?date_range=current_day"
        );
        let sorted = here.clone().with("filter_name", "x").with("sort_order_ss_0_0_0", "asc");
        assert_eq!(sorted.url(), format!("{path}?date_range=current_day&filter_name=x&sort_order_ss_0_0_0=asc"));
    }
}
