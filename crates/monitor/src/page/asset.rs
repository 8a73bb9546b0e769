//! The files that pages use, the redirect from `/`, and the redirect to another appliance.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::Query as Parameters;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tollgate_wording::list;

use crate::refusal::{HttpRefusal, shown};
use crate::site::Site;

/// A file that pages use.
pub(super) struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static [&'static str],
}

pub(super) static STYLE: Asset = Asset {
    name: "style.css",
    kind: "text/css; charset=utf-8",
    text: &[tollgate_chart::BASE_STYLE, include_str!("../../assets/style.css"), tollgate_chart::STYLE],
};

pub(super) static SCRIPT: Asset = Asset {
    name: "script.js",
    kind: "text/javascript; charset=utf-8",
    text: &[include_str!("../../assets/script.js")],
};

/// The icon of the pages, under the name that browsers request.
static ICON: Asset =
    Asset { name: "favicon.ico", kind: "image/svg+xml", text: &[include_str!("../../assets/icon.svg")] };

/// The versions in the URLs of files: a digest of each file.
static VERSIONS: LazyLock<[String; 2]> = LazyLock::new(|| [STYLE.digest(), SCRIPT.digest()]);

impl Asset {
    /// The URL of the file. It changes with the content, so browsers can cache the file for ever.
    pub(super) fn url(&self) -> String {
        let version = &VERSIONS[usize::from(self.name != STYLE.name)];
        format!("/static/{}?{version}", self.name)
    }

    fn digest(&self) -> String {
        let digest = ring::digest::digest(&ring::digest::SHA256, self.text.concat().as_bytes());
        digest.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Answers with the file. Browsers may cache it for ever under the URL with its version. Under the plain name they must
    /// revalidate it.
    fn answer(&self, uri: &Uri) -> Response {
        let is_own = uri.query().is_some() && self.url().ends_with(&uri.to_string());
        let headers = [
            (header::CONTENT_TYPE, self.kind),
            (header::CACHE_CONTROL, if is_own { "public, max-age=31536000, immutable" } else { "no-cache" }),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        (headers, self.text.concat()).into_response()
    }
}

/// The routes of `/`, of the files, and of the redirect to another appliance.
pub(crate) fn router() -> Router<Arc<Site>> {
    Router::new()
        .route("/", get(async || redirect("/monitor/reports/overview")))
        .route("/static/style.css", get(async |uri: Uri| STYLE.answer(&uri)))
        .route("/static/script.js", get(async |uri: Uri| SCRIPT.answer(&uri)))
        .route("/favicon.ico", get(async |uri: Uri| ICON.answer(&uri)))
        .route("/appliance", get(appliance))
}

/// Redirects to a page of another appliance, on the port of the request.
async fn appliance(
    State(site): State<Arc<Site>>,
    Parameters(parameters): Parameters<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, HttpRefusal> {
    let find = |name: &str| parameters.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let (name, page) = (find("name"), find("page"));
    let appliances = &site.history.scenario().appliances;
    if !appliances.iter().any(|appliance| appliance.name == name) {
        let allowed = list(appliances.iter().map(|appliance| &appliance.name));
        return Err(HttpRefusal::missing(format!("name: found {}, allowed are {allowed}", shown(name))));
    }
    if !page.starts_with("/monitor/") {
        return Err(HttpRefusal::bad(format!(
            "page: found {}, allowed is a path that begins with /monitor/",
            shown(page)
        )));
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let port = host.rsplit_once(':').map(|(_, port)| port).filter(|port| port.parse::<u16>().is_ok());
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    Ok(redirect(&format!("//{name}.localhost{port}{page}")))
}

fn redirect(to: &str) -> Response {
    match HeaderValue::try_from(to) {
        Ok(to) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Err(_) => HttpRefusal::bad("page: found a control character, allowed is a path without any").into_response(),
    }
}
