//! The files of pages, the redirect from `/`, and the redirect from one appliance to another.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::Query as Parameters;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::refusal::{HttpRefusal, shown};
use crate::site::Site;

/// A file that pages refer to.
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

/// The picture that a browser puts beside a page's title, asked for by the name that browsers know.
static ICON: Asset =
    Asset { name: "favicon.ico", kind: "image/svg+xml", text: &[include_str!("../../assets/icon.svg")] };

/// The versions in the URLs of files: a digest of each.
static VERSIONS: LazyLock<[String; 2]> = LazyLock::new(|| [STYLE.digest(), SCRIPT.digest()]);

impl Asset {
    /// Its URL, another one for every other text: so it can be kept for ever.
    pub(super) fn url(&self) -> String {
        let version = &VERSIONS[usize::from(self.name != STYLE.name)];
        format!("/static/{}?{version}", self.name)
    }

    fn digest(&self) -> String {
        let digest = ring::digest::digest(&ring::digest::SHA256, self.text.concat().as_bytes());
        digest.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The file. Under a URL of its own text it can be kept for ever, under its plain name only while it is not asked for again.
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

/// The routes of the way in, of the files, and from one appliance to another.
pub(crate) fn router() -> Router<Arc<Site>> {
    Router::new()
        .route("/", get(async || redirect("/monitor/reports/overview")))
        .route("/static/style.css", get(async |uri: Uri| STYLE.answer(&uri)))
        .route("/static/script.js", get(async |uri: Uri| SCRIPT.answer(&uri)))
        .route("/favicon.ico", get(async |uri: Uri| ICON.answer(&uri)))
        .route("/appliance", get(appliance))
}

/// Leads to a page of another appliance: the port is the one that was asked on.
async fn appliance(
    State(site): State<Arc<Site>>,
    Parameters(parameters): Parameters<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, HttpRefusal> {
    let find = |name: &str| parameters.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let (name, page) = (find("name"), find("page"));
    let appliances = &site.history.scenario().appliances;
    if !appliances.iter().any(|appliance| appliance.name == name) {
        let allowed: Vec<&str> = appliances.iter().map(|appliance| appliance.name.as_str()).collect();
        return Err(HttpRefusal::missing(format!("name: found {}, allowed are {}", shown(name), allowed.join(", "))));
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
        Err(_) => HttpRefusal::bad("page: found what no URL may hold").into_response(),
    }
}
