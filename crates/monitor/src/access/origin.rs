//! Refuses forms on pages of other sites.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::refusal::{HttpRefusal, shown};

/// The header in which a browser says where a request comes from. A page cannot set it.
const FETCH_SITE: &str = "sec-fetch-site";

/// Refuses a form that a browser sends from a page of another site. A browser names the site in `Sec-Fetch-Site`, or in `Origin`
/// if it is old or the server speaks HTTP. Other programs send neither.
pub(super) async fn refuse_foreign(request: Request, next: Next) -> Response {
    let origin = if request.method() == Method::POST { foreign_origin(request.headers()) } else { None };
    match origin {
        None => next.run(request).await,
        Some(found) => HttpRefusal::forbidden(format!(
            "form: found one of another site ({found}), allowed are forms on the pages of this server"
        ))
        .into_response(),
    }
}

/// The header that says that a request comes from a page of another site.
fn foreign_origin(headers: &HeaderMap) -> Option<String> {
    if let Some(site) = headers.get(FETCH_SITE) {
        let is_own = site == "same-origin" || site == "none";
        return (!is_own).then(|| format!("Sec-Fetch-Site is {}", shown(&String::from_utf8_lossy(site.as_bytes()))));
    }
    let origin = String::from_utf8_lossy(headers.get(header::ORIGIN)?.as_bytes());
    let host = headers.get(header::HOST).map(|host| String::from_utf8_lossy(host.as_bytes()));
    // A proxy may end HTTPS before this server, so the schemes may differ.
    let is_own = origin
        .split_once("://")
        .is_some_and(|(_, authority)| host.is_some_and(|host| authority.eq_ignore_ascii_case(&host)));
    (!is_own).then(|| format!("Origin is {}", shown(&origin)))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_form_of_another_site_is_foreign() {
        for (site, origin, host, expected) in [
            (None, None, "house.test", None),
            (Some("same-origin"), None, "house.test", None),
            (Some("none"), None, "house.test", None),
            // A proxy may change the host. Browsers do not let pages set Sec-Fetch-Site.
            (Some("same-origin"), Some("https://public.test"), "127.0.0.1:8080", None),
            (Some("cross-site"), Some("http://house.test"), "house.test", Some("Sec-Fetch-Site is \"cross-site\"")),
            (Some("same-site"), None, "house.test", Some("Sec-Fetch-Site is \"same-site\"")),
            (Some("Same-Origin"), None, "house.test", Some("Sec-Fetch-Site is \"Same-Origin\"")),
            (None, Some("http://house.test:8080"), "House.test:8080", None),
            (None, Some("https://house.test"), "house.test", None),
            (None, Some("http://house.test:81"), "house.test:8080", Some("Origin is \"http://house.test:81\"")),
            (None, Some("http://house.test.evil"), "house.test", Some("Origin is \"http://house.test.evil\"")),
            (None, Some("house.test"), "house.test", Some("Origin is \"house.test\"")),
            (None, Some("null"), "house.test", Some("Origin is \"null\"")),
        ] {
            let given = [(FETCH_SITE, site), ("origin", origin), ("host", Some(host))];
            let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
            let headers =
                given.map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)));
            let headers: HeaderMap = headers.collect();
            assert_eq!(foreign_origin(&headers).as_deref(), expected, "{headers:?}");
        }
    }
}
