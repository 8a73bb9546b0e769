//! The kinds of URLs, for counting requests.

use axum::http::Uri;

/// The kind of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Export,
    Page,
    /// Logging in and out.
    Access,
    /// A file that pages use.
    Asset,
    Other,
}

impl Route {
    /// The kind of a URL. Every URL has one, also if nothing is there.
    pub(crate) fn of(uri: &Uri) -> Route {
        match uri.path() {
            "/login" | "/logout" => Route::Access,
            "/favicon.ico" => Route::Asset,
            path if path.starts_with("/static/") => Route::Asset,
            path if path.starts_with("/monitor/") || path.starts_with("/monitor_email/") => {
                if asks_for_csv(uri) {
                    Route::Export
                } else {
                    Route::Page
                }
            }
            _ => Route::Other,
        }
    }

    /// Its name in metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Route::Export => "export",
            Route::Page => "page",
            Route::Access => "access",
            Route::Asset => "asset",
            Route::Other => "other",
        }
    }
}

/// True if a URL has the parameter for an export.
pub(crate) fn asks_for_csv(uri: &Uri) -> bool {
    uri.query().is_some_and(|query| query.split('&').any(|parameter| parameter == "format=csv"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_url_has_a_kind() {
        for (uri, expected) in [
            ("/monitor/reports/overview?format=csv&section=ss_1_0_1", Route::Export),
            ("/monitor_email/reports/overview?date_range=current_day&format=csv", Route::Export),
            ("/monitor/reports/overview?format=csvs", Route::Page),
            ("/login?format=csv", Route::Access),
            ("/static/style.css?0", Route::Asset),
            ("/", Route::Other),
            ("/monitors", Route::Other),
        ] {
            assert_eq!(Route::of(&Uri::from_static(uri)), expected, "{uri}");
        }
    }
}
