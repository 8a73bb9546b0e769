//! Reads the address of a page or an export from a URL.
//!
//! Releases of the appliance name tables differently in their URLs. All of these forms work. The last part of the path or
//! `report_def_id` names the page, and `section` or `report_query_id` names the table. Other parameters are ignored.

use axum::http::{HeaderMap, StatusCode, Uri, header};
use percent_encoding::percent_decode_str;
use tollgate_catalogue::{Catalogue, FilterDirection, Table};
use tollgate_wording::count;

use crate::refusal::{HttpRefusal, shown};
use crate::scope::Scope;
use crate::site::Site;

/// The maximum length of a query in bytes.
const LONGEST_QUERY: usize = 4096;

/// The parameters with a meaning. Each may be given once.
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

/// True if the server knows a parameter of exports.
pub(crate) fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

/// The last parts of paths that name no page. The parameters name it instead.
const ANY_PAGE: [&str; 2] = ["export", "report"];

/// The address of a page or an export.
#[derive(Debug)]
pub(crate) enum Address {
    /// A page.
    Page(PageAddress),
    /// The export of a table.
    Table(TableAddress),
}

/// The address of a page.
#[derive(Debug)]
pub(crate) struct PageAddress {
    pub(crate) scope: Scope,
    /// The name of the page, such as `overview`. A page of that name need not exist.
    pub(crate) path: String,
    pub(crate) query: Query,
}

/// The address of the export of a table.
#[derive(Debug)]
pub(crate) struct TableAddress {
    pub(crate) scope: Scope,
    pub(crate) table: &'static Table,
    pub(crate) query: Query,
}

/// The parameters of a URL, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Query(pub(crate) Vec<(String, String)>);

impl Address {
    /// Reads a URL. The `Host` header may name the appliance.
    ///
    /// # Errors
    /// If the parameters cannot be read, contradict each other, or name no table.
    pub(crate) fn read(uri: &Uri, headers: &HeaderMap, site: &Site) -> Result<Address, HttpRefusal> {
        let query = Query::read(uri.query().unwrap_or_default())?;
        let scope = read_scope(uri, headers, site);
        let path = uri.path();
        let path = path.strip_prefix(scope.prefix()).and_then(|path| path.strip_prefix('/')).unwrap_or(path);
        let path = path.strip_prefix("reports/").unwrap_or(path);
        match query.get("format") {
            None => {
                let path = find_page(path, &query, site.catalogue)?;
                Ok(Address::Page(PageAddress { scope, path, query }))
            }
            Some("csv") => {
                let table = find_table(path, &query, site.catalogue)?;
                Ok(Address::Table(TableAddress { scope, table, query }))
            }
            Some(other) => Err(HttpRefusal::bad(format!("format: found {}, allowed is csv", shown(other)))),
        }
    }
}

impl Query {
    /// Reads the parameters of a URL.
    ///
    /// # Errors
    /// If they are too long, not UTF-8 in URL encoding, or repeat a parameter that has a meaning.
    pub(crate) fn read(text: &str) -> Result<Query, HttpRefusal> {
        if text.len() > LONGEST_QUERY {
            let [found, allowed] = [text.len(), LONGEST_QUERY].map(|bytes| count(bytes as u64));
            return Err(HttpRefusal::bad(format!("query: found {found} bytes, allowed are at most {allowed}")));
        }
        // The library would accept malformed encoding as plain text.
        if let Some(part) = text.split(['&', '=']).find(|part| !is_encoded(part)) {
            return Err(HttpRefusal::bad(format!("query: found {}, allowed is UTF-8 in URL encoding", shown(part))));
        }
        let pairs: Vec<(String, String)> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        for name in KNOWN {
            let times = pairs.iter().filter(|(known, _)| known == name).count();
            if times > 1 {
                return Err(HttpRefusal::bad(format!("{name}: found {times} times, allowed is once")));
            }
        }
        Ok(Query(pairs))
    }

    /// The first value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// True if every `%` begins an encoded byte and the decoded bytes are UTF-8.
fn is_encoded(part: &str) -> bool {
    let is_byte = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|digit| digit.is_ascii_hexdigit());
    part.split('%').skip(1).all(is_byte) && percent_decode_str(part).decode_utf8().is_ok()
}

/// The name of the page that a path and the parameters name.
fn find_page(path: &str, query: &Query, catalogue: &'static Catalogue) -> Result<String, HttpRefusal> {
    match find_tables(path, query, catalogue) {
        Ok(tables) if ANY_PAGE.contains(&path) => Ok(tables[0].page_path.clone()),
        // No table is on a page of that name. The page itself may still exist, or is refused later.
        Err(refusal) if refusal.status != StatusCode::NOT_FOUND => Err(refusal),
        _ => Ok(path.to_owned()),
    }
}

/// The one table that a path and the parameters name.
fn find_table(path: &str, query: &Query, catalogue: &'static Catalogue) -> Result<&'static Table, HttpRefusal> {
    let tables = find_tables(path, query, catalogue)?;
    let [table] = tables[..] else {
        return Err(refuse_many(&tables));
    };
    Ok(table)
}

/// The tables that match a path and the parameters, at least one.
fn find_tables(path: &str, query: &Query, catalogue: &'static Catalogue) -> Result<Vec<&'static Table>, HttpRefusal> {
    let mut tables: Vec<&Table> = catalogue.tables().iter().collect();
    if !ANY_PAGE.contains(&path) {
        let narrowed = narrow(&mut tables, "page", Some(path), |table| Some(&table.page_path));
        narrowed.map_err(|refusal| HttpRefusal::missing(refusal.line))?;
    }
    narrow(&mut tables, "report_def_id", query.get("report_def_id"), |table| Some(&table.report_def_id))?;
    narrow(&mut tables, "report_query_id", query.get("report_query_id"), |table| Some(&table.report_query_id))?;
    narrow(&mut tables, "section", query.get("section"), |table| Some(&table.section))?;
    if tables.iter().any(|table| table.direction.is_some()) {
        narrow(&mut tables, "filter_type", query.get("filter_type"), filter_type)?;
    }
    Ok(tables)
}

/// Keeps the tables that match the value of a parameter, if it was given.
fn narrow<'a>(
    tables: &mut Vec<&'a Table>,
    name: &str,
    found: Option<&str>,
    value_of: impl Fn(&'a Table) -> Option<&'a str>,
) -> Result<(), HttpRefusal> {
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
    Err(HttpRefusal::bad(format!("{name}: found {}, allowed {}", shown(found), list(&allowed))))
}

/// Refuses an address that several tables match, and names the parameter that is missing.
fn refuse_many(tables: &[&Table]) -> HttpRefusal {
    let first = tables[0];
    if tables.iter().any(|table| table.page_path != first.page_path) {
        return HttpRefusal::bad(
            "report_def_id: found none, but section and report_query_id do not name one table without it",
        );
    }
    if tables.iter().all(|table| table.report_query_id == first.report_query_id) {
        return HttpRefusal::bad("filter_type: found none, allowed are incoming, outgoing");
    }
    let allowed: Vec<&str> = tables.iter().map(|table| table.section.as_str()).collect();
    HttpRefusal::bad(format!("section: found none, allowed on {} {}", first.page_path, list(&allowed)))
}

fn filter_type(table: &Table) -> Option<&str> {
    table.direction.map(FilterDirection::word)
}

/// The scope of a URL. `/monitor_email` means all appliances. `/monitor` means the appliance with the name in the first label of
/// the host name, or else the first appliance.
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
