//! What a URL asks for.
//!
//! Releases of the appliance differ in how their URLs name a table, and all of them are understood: the page is the last
//! part of the path or `report_def_id`, the table `section` or `report_query_id`. What a URL says beyond that is passed
//! over.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{Redirect, Response};
use axum::routing::get;
use tokio::task;
use tollgate_catalogue::{Catalogue, FilterDirection, Table};

use crate::export::{Export, key_parameter};
use crate::page;
use crate::range::{Query, Range};
use crate::refusal::{Refusal, shown};
use crate::scope::Scope;
use crate::site::Site;

/// The routes of exports and pages: everything below `/monitor` and `/monitor_email`.
pub(crate) fn router() -> Router<Arc<Site>> {
    let overview = |prefix: &'static str| get(async move || Redirect::temporary(&format!("{prefix}/reports/overview")));
    let mut router = Router::new();
    for prefix in ["/monitor", "/monitor_email"] {
        for front in ["", "/", "/reports", "/reports/"] {
            router = router.route(&format!("{prefix}{front}"), overview(prefix));
        }
        router = router.route(&format!("{prefix}/{{*path}}"), get(answer));
    }
    router
}

/// The longest query that is read.
const LONGEST_QUERY: usize = 4096;

/// The parameters that mean something here, and so may be given once.
const KNOWN: [&str; 11] = [
    "format",
    "section",
    "date_range",
    "report_def_id",
    "report_query_id",
    "filter_type",
    "filter_name",
    "internal_user",
    "datestamp_from",
    "datestamp_to",
    "rule",
];

/// The last part of paths that leave it to the parameters which page is meant.
const ANY_PAGE: [&str; 2] = ["export", "report"];

async fn answer(State(site): State<Arc<Site>>, request: Request) -> Result<Response, Refusal> {
    let query = read_query(request.uri())?;
    let scope = read_scope(request.uri(), request.headers(), &site);
    let path = request.uri().path();
    let path = path.strip_prefix(scope.prefix()).and_then(|path| path.strip_prefix('/')).unwrap_or(path);
    let path = path.strip_prefix("reports/").unwrap_or(path);
    match query.get("format") {
        None => show_page(site, scope, path.to_owned(), query).await,
        Some("csv") => {
            let export = read_export(path, &query, scope, &site)?;
            if request.method() == Method::HEAD { export.answer_head(&site) } else { export.answer(&site).await }
        }
        Some(other) => Err(Refusal::bad(format!("format: found {}, allowed is csv", shown(other)))),
    }
}

/// The page behind an address, whose figures may have to be waited for.
async fn show_page(site: Arc<Site>, scope: Scope, path: String, query: Query) -> Result<Response, Refusal> {
    let path = match find_tables(&path, &query, site.catalogue) {
        Ok(tables) if ANY_PAGE.contains(&path.as_str()) => tables[0].page_path.clone(),
        // What is no page of the catalogue may still be one.
        Err(refusal) if refusal.status != StatusCode::NOT_FOUND => return Err(refusal),
        _ => path,
    };
    let permit = Arc::clone(&site.pages).acquire_owned().await;
    let render = task::spawn_blocking(move || {
        // Held for as long as the thread is, even if the client goes.
        let _permit = permit;
        page::render(&site, &scope, &path, &query)
    });
    render.await.map_err(|_| Refusal::failed("the page could not be made"))?
}

fn read_export(path: &str, query: &Query, scope: Scope, site: &Site) -> Result<Export, Refusal> {
    let tables = find_tables(path, query, site.catalogue)?;
    let [table] = tables[..] else {
        return Err(refuse_many(&tables));
    };
    let only = key_parameter(table).and_then(|parameter| query.get(parameter)).filter(|only| !only.is_empty());
    let rule = query.get("rule").map(|name| site.rule(name)).transpose()?;
    let rule = rule.filter(|_| table.follows_rule());
    let range = Range::read(query, &site.history)?;
    Ok(Export { scope, table, range, rule, only: only.map(str::to_owned) })
}

/// The tables that a path and the parameters leave, at least one.
fn find_tables(path: &str, query: &Query, catalogue: &'static Catalogue) -> Result<Vec<&'static Table>, Refusal> {
    let mut tables: Vec<&Table> = catalogue.tables().iter().collect();
    if !ANY_PAGE.contains(&path) {
        let narrowed = narrow(&mut tables, "page", Some(path), |table| Some(&table.page_path));
        narrowed.map_err(|refusal| Refusal::missing(refusal.line))?;
    }
    narrow(&mut tables, "report_def_id", query.get("report_def_id"), |table| Some(&table.report_def_id))?;
    narrow(&mut tables, "report_query_id", query.get("report_query_id"), |table| Some(&table.report_query_id))?;
    narrow(&mut tables, "section", query.get("section"), |table| Some(&table.section))?;
    if tables.iter().any(|table| table.direction.is_some()) {
        narrow(&mut tables, "filter_type", query.get("filter_type"), filter_type)?;
    }
    Ok(tables)
}

/// Keeps the tables for which a parameter has the value that was found, if it was given.
fn narrow<'a>(
    tables: &mut Vec<&'a Table>,
    name: &str,
    found: Option<&str>,
    value_of: impl Fn(&'a Table) -> Option<&'a str>,
) -> Result<(), Refusal> {
    let Some(found) = found else {
        return Ok(());
    };
    if tables.iter().any(|table| value_of(table) == Some(found)) {
        tables.retain(|table| value_of(table) == Some(found));
        return Ok(());
    }
    let mut allowed: Vec<&str> = Vec::new();
    for value in tables.iter().filter_map(|table| value_of(table)) {
        if !allowed.contains(&value) {
            allowed.push(value);
        }
    }
    Err(Refusal::bad(format!("{name}: found {}, allowed {}", shown(found), list(&allowed))))
}

/// Says which parameter would tell tables apart.
fn refuse_many(tables: &[&Table]) -> Refusal {
    let first = tables[0];
    if tables.iter().any(|table| table.page_path != first.page_path) {
        return Refusal::bad(
            "report_def_id: found none, and neither section nor report_query_id says which table is meant",
        );
    }
    if tables.iter().all(|table| table.report_query_id == first.report_query_id) {
        return Refusal::bad("filter_type: found none, allowed are incoming, outgoing");
    }
    let allowed: Vec<&str> = tables.iter().map(|table| table.section.as_str()).collect();
    Refusal::bad(format!("section: found none, allowed on {} {}", first.page_path, list(&allowed)))
}

fn filter_type(table: &Table) -> Option<&str> {
    table.direction.map(FilterDirection::word)
}

/// The parameters of a URL.
fn read_query(uri: &Uri) -> Result<Query, Refusal> {
    let text = uri.query().unwrap_or_default();
    if text.len() > LONGEST_QUERY {
        return Err(Refusal::bad(format!("query: found {} bytes, allowed are {LONGEST_QUERY}", text.len())));
    }
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decode(name)?, decode(value)?))
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(pair).collect::<Result<Vec<_>, Refusal>>()?;
    for name in KNOWN {
        let times = pairs.iter().filter(|(known, _)| known == name).count();
        if times > 1 {
            return Err(Refusal::bad(format!("{name}: found {times} times, allowed is once")));
        }
    }
    Ok(Query(pairs))
}

/// The text that a part of a query stands for.
fn decode(part: &str) -> Result<String, Refusal> {
    let refused = || Refusal::bad(format!("query: found {}, allowed is UTF-8 in URL encoding", shown(part)));
    let mut text = Vec::with_capacity(part.len());
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        text.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
                let (high, low) = (digit().ok_or_else(refused)?, digit().ok_or_else(refused)?);
                (high << 4 | low) as u8
            }
            plain => plain,
        });
    }
    String::from_utf8(text).map_err(|_| refused())
}

/// `/monitor_email` means all appliances. `/monitor` means the one that the first label of the host name names, and
/// without such a name the first.
fn read_scope(uri: &Uri, headers: &HeaderMap, site: &Site) -> Scope {
    if uri.path().starts_with(Scope::Merged.prefix()) {
        return Scope::Merged;
    }
    let header = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = uri.host().or(header).unwrap_or_default();
    let label = host.split(['.', ':']).next().unwrap_or_default();
    let appliances = &site.history.scenario().appliances;
    Scope::Appliance(appliances.iter().position(|known| known.name.eq_ignore_ascii_case(label)).unwrap_or(0))
}

fn list(allowed: &[&str]) -> String {
    let verb = if allowed.len() == 1 { "is" } else { "are" };
    format!("{verb} {}", tollgate_wording::list(allowed))
}
