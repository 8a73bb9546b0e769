//! Pages of whole scenarios.

#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::path::Path;

use tollgate_catalogue::Catalogue;
use tollgate_history::{Clock, History};
use tollgate_scenario::Scenario;

use super::layout::direction_name;
use super::*;
use crate::address::Query;
use crate::range::RangeChoice;
use crate::scope::Scope;

fn site_of(scenario: &Scenario) -> Site {
    let history = History::begin(scenario, Clock::Frozen(scenario.time.end().micros()), Some(1)).unwrap();
    Site::new(history, 1 << 20)
}

fn scenario(name: &str) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name);
    Scenario::read(&path, &[]).unwrap()
}

fn query(pairs: &[(&str, &str)]) -> Query {
    Query(pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect())
}

fn address(scope: Scope, path: &str, pairs: &[(&str, &str)]) -> PageAddress {
    PageAddress { scope, path: path.to_owned(), query: query(pairs) }
}

fn write(site: &Site, scope: Scope, path: &str, pairs: &[(&str, &str)]) -> Result<String, HttpRefusal> {
    view(site, &address(scope, path, pairs)).map(|view| view.render().unwrap())
}

fn page(site: &Site, path: &str, pairs: &[(&str, &str)]) -> String {
    write(site, Scope::Appliance(0), path, pairs).unwrap()
}

#[test]
fn a_page_with_too_many_addresses_is_refused() {
    let mut site = site_of(&scenario("fixture.toml"));
    let path = "incoming_mail";
    let write =
        |site: &Site, tab| write(site, Scope::Appliance(0), path, &[("date_range", "current_day"), ("tab", tab)]);
    assert!(write(&site, "addresses").is_ok());
    site.most_addresses = 1;
    assert!(write(&site, "domains").is_ok());
    let refusal = write(&site, "addresses").unwrap_err();
    assert_eq!(
        refusal.line,
        "date_range: found more than 1 rows of Incoming IP Addresses, allowed are 1 on a page; choose a shorter range or download \
         the export"
    );
}

/// The HTML of a section, from its heading to its export link.
fn block<'h>(html: &'h str, section: &str) -> &'h str {
    let (_, from) = html.split_once(&format!(" id=\"{section}\"")).expect("the section is there");
    from.split_once("</article>").expect("it ends").0
}

/// The visible text of each cell of a section's table, row by row.
fn rows_of(html: &str, section: &str) -> Vec<Vec<String>> {
    let body = block(html, section).split_once("<tbody>").unwrap().1.split_once("</tbody>").unwrap().0;
    let cells = |row: &str| {
        let cells = row.split("</th>").flat_map(|cells| cells.split("</td>"));
        let cells = cells.filter_map(|cell| cell.find("<t").map(|from| seen(&cell[from..])));
        cells.collect()
    };
    body.split("</tr>").map(cells).filter(|cells: &Vec<String>| !cells.is_empty()).collect()
}

/// The visible text of HTML: no tags, and no text for screen readers.
fn seen(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, behind)) = rest.split_once('<') {
        text += before;
        rest = match behind.strip_prefix("span class=\"hidden\">") {
            Some(hidden) => hidden.split_once("</span>").unwrap().1,
            None => behind.split_once('>').unwrap().1,
        };
    }
    text += rest;
    text.trim().to_owned()
}

/// Every URL that a page links to, with HTML escapes resolved.
fn links(html: &str) -> Vec<String> {
    let links = html.split(" href=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    links.map(|(url, _)| url.replace("&#38;", "&").replace("&amp;", "&")).collect()
}

/// The parameters of a URL.
fn parameters(url: &str) -> Query {
    Query::read(url.split_once('?').expect("there are parameters").1).unwrap()
}

fn expect_rows(html: &str, section: &str, expected: &[&[&str]]) {
    assert_eq!(rows_of(html, section), expected, "{section}");
}

#[test]
fn the_page_shows_what_the_first_site_of_the_thread_saw() {
    let site = site_of(&scenario("thread-a-exact.toml"));
    let html = page(&site, "tls_connections", &[("date_range", "current_hour")]);
    expect_rows(
        &html,
        "ss_0_4_0",
        &[
            &["Successful - Required", "", "0.2%", "2"],
            &["Successful - Preferred", "", "99.8%", "943"],
            &["Failed - TLS Required", "", "0.0%", "0"],
            &["Failed - Preferred", "", "0.0%", "0"],
            &["Unencrypted Connections", "", "0.0%", "0"],
            &["Total Connections", "", "", "945"],
        ],
    );
    expect_rows(
        &html,
        "ss_0_4_1",
        &[
            &["TLS Encrypted", "", "26.0%", "1,019"],
            &["Unencrypted", "", "74.0%", "2,903"],
            &["Total Messages", "", "", "3,922"],
        ],
    );
}

#[test]
fn beside_the_truth_the_page_says_what_is_missing() {
    let site = site_of(&scenario("thread-a-exact.toml"));
    let html = page(&site, "tls_connections", &[("date_range", "current_day"), ("compare", "truth")]);
    expect_rows(
        &html,
        "ss_0_4_0",
        &[
            &["Successful - Required", "0.2%", "2", "0.1%", "2", "same"],
            &["Successful - Preferred", "99.8%", "943", "29.5%", "943", "same"],
            &["Failed - TLS Required", "0.0%", "0", "0.0%", "0", "same"],
            &["Failed - Preferred", "0.0%", "0", "0.0%", "0", "same"],
            &["Unencrypted Connections", "0.0%", "0", "70.4%", "2,252", "\u{2260} \u{2212}2,252"],
            &["Total Connections", "", "945", "", "3,197", "\u{2260} \u{2212}2,252"],
        ],
    );
    let sentence = "The tables show 945 encrypted and no unencrypted connections, but 2,903 unencrypted messages. \
                    2,252 connections are not counted.";
    assert!(html.contains(sentence), "{}", block(&html, "puzzle"));
    let truthful = page(&site, "tls_connections", &[("rule", "every-plain"), ("compare", "truth")]);
    assert!(truthful.contains("No difference"));
    assert!(truthful.contains("The export uses the appliance&#39;s own counting rule, attempt-only."));
}

#[test]
fn the_page_shows_what_the_second_site_of_the_thread_saw() {
    let site = site_of(&scenario("thread-d-exact.toml"));
    let html = page(&site, "tls_connections", &[("date_range", "current_day")]);
    expect_rows(
        &html,
        "ss_0_4_0",
        &[
            &["Successful - Required", "", "0.0%", "0"],
            &["Successful - Preferred", "", "96.6%", "1,904"],
            &["Failed - TLS Required", "", "0.0%", "0"],
            &["Failed - Preferred", "", "1.7%", "34"],
            &["Unencrypted Connections", "", "1.7%", "34"],
            &["Total Connections", "", "", "1,972"],
        ],
    );
    expect_rows(
        &html,
        "ss_0_4_1",
        &[
            &["TLS Encrypted", "", "21.2%", "3,390"],
            &["Unencrypted", "", "78.8%", "12.6k"],
            &["Total Messages", "", "", "16.0k"],
        ],
    );
    assert!(block(&html, "ss_0_4_1").contains("<span class=\"hidden\">12,600</span>"));
    expect_rows(
        &html,
        "ss_0_1_0",
        &[
            &["Successful - Required", "", "0.0%", "0"],
            &["Successful - Preferred", "", "13.4%", "1,091"],
            &["Failed - TLS Required", "", "0.0%", "0"],
            &["Failed - Preferred", "", "0.0%", "0"],
            &["Unencrypted Connections", "", "86.6%", "7,055"],
            &["Total Connections", "", "", "8,146"],
        ],
    );
    expect_rows(
        &html,
        "ss_0_1_1",
        &[
            &["TLS Encrypted", "", "14.4%", "1,401"],
            &["Unencrypted", "", "85.6%", "8,314"],
            &["Total Messages", "", "", "9,715"],
        ],
    );
    let compared = page(&site, "tls_connections", &[("date_range", "current_day"), ("compare", "truth")]);
    assert!(compared.contains("but 12,600 unencrypted messages. 9,741 connections are not counted."));
}

#[test]
fn rows_are_in_the_order_that_is_asked_for_and_all_are_there() {
    let site = site_of(&scenario("quiet-hour.toml"));
    let ask = |more: &[(&str, &str)]| {
        let html = page(&site, "incoming_mail", &[&[("date_range", "current_day"), ("tab", "domains")], more].concat());
        let total = html.split_once("Showing ").and_then(|(_, rest)| rest.split_once(" of ")).unwrap().1;
        let total: String =
            total.chars().take_while(|character| !character.is_whitespace() && *character != '<').collect();
        (rows_of(&html, "ss_0_0_0"), total)
    };
    let attempted = |rows: &[Vec<String>]| {
        let numbers = rows.iter().map(|row| row[1].clone());
        numbers
            .map(|text| match text.strip_suffix('k') {
                Some(thousands) => (thousands.parse::<f64>().unwrap() * 1000.0) as u64,
                None => text.replace(',', "").parse().unwrap(),
            })
            .collect::<Vec<u64>>()
    };
    let (usual, total) = ask(&[]);
    assert_eq!(usual.len(), 10);
    assert!(total.parse::<usize>().unwrap() > 30, "{total}");
    assert!(attempted(&usual).is_sorted_by(|one, two| one >= two), "{usual:?}");
    let column = ("sort_col_ss_0_0_0", "Total Attempted");
    let (least, _) = ask(&[column, ("sort_order_ss_0_0_0", "asc"), ("rows_ss_0_0_0", "50")]);
    assert_eq!(least.len(), 50);
    assert!(attempted(&least).is_sorted(), "{least:?}");
    for (order, reversed) in [("asc", false), ("desc", true)] {
        let (mut names, _) =
            ask(&[("sort_col_ss_0_0_0", "Domain"), ("sort_order_ss_0_0_0", order), ("rows_ss_0_0_0", "100")]);
        if reversed {
            names.reverse();
        }
        assert!(names.iter().map(|row| &row[0]).is_sorted(), "{names:?}");
    }
    let (theirs, _) = ask(&[("sort_col_ss_0_0_0", "MAIL_CONTENT_FILTER_INCOMING.RECIPIENTS_MATCHED")]);
    assert_eq!(theirs, usual, "the column names of the appliance's database are ignored");
}

#[test]
fn every_table_has_an_export_that_leads_to_it() {
    let site = site_of(&scenario("quiet-hour.toml"));
    let directory = site.history.simulation().directory();
    let mut numbers = Vec::new();
    for listed in pages::all() {
        let keys: Vec<&str> = match listed.tabs {
            Some(_) => listed.parts.iter().map(|part| part.key.as_str()).collect(),
            None => vec![""],
        };
        for key in keys {
            let filter = directory.filters.iter().find(|filter| direction_name(filter.direction) == key);
            let subject = match listed.subject.as_ref().map(|subject| subject.parameter.as_str()) {
                Some("internal_user") => directory.users[3].to_string(),
                Some(_) => filter.unwrap().name.to_string(),
                None => String::new(),
            };
            let parameter = listed.subject.as_ref().map_or("nothing", |subject| &subject.parameter);
            let html = page(
                &site,
                &listed.path,
                &[
                    ("date_range", "custom"),
                    ("datestamp_from", "18 Nov 2008 09:00:00"),
                    ("datestamp_to", "18 Nov 2008 10:00:00"),
                    (listed.tabs.as_deref().unwrap_or("nothing"), key),
                    (parameter, &subject),
                ],
            );
            for url in links(&html).iter().filter(|url| url.contains("format=csv")) {
                let asked = parameters(url);
                assert!(url.starts_with(&format!("/monitor/reports/{}?format=csv&section=", listed.path)), "{url}");
                assert_eq!(asked.get("date_range"), Some("custom"));
                assert_eq!(asked.get("datestamp_to"), Some("18 Nov 2008 10:00:00"));
                assert_eq!(asked.get(parameter), listed.subject.as_ref().map(|_| subject.as_str()), "{url}");
                let mut tables = site.catalogue.tables().iter().filter(|table| {
                    table.page_path == listed.path
                        && Some(table.section.as_str()) == asked.get("section")
                        && Some(table.report_def_id.as_str()) == asked.get("report_def_id")
                });
                let table = tables.next().expect("the catalogue knows it");
                assert!(tables.next().is_none(), "{url} is of two tables");
                assert!(block(&html, &table.section).contains("Info"));
                numbers.push(table.number);
            }
        }
    }
    numbers.sort_unstable();
    let all: Vec<u32> = Catalogue::builtin().tables().iter().map(|table| table.number).collect();
    assert_eq!(numbers, all);
}

#[test]
fn names_and_urls_never_become_markup() {
    let hostile = "</svg><script>alert(\"x\")</script>&'";
    let mut scenario = scenario("quiet-hour.toml");
    for filter in &mut scenario.content_filters {
        filter.name = format!("{hostile}{}", filter.name);
    }
    let name = scenario.content_filters[0].name.clone();
    let site = site_of(&scenario);
    let direction = direction_name(scenario.content_filters[0].direction);
    let asked = [
        ("content_filters", vec![("sort_col_ss_0_0_0", hostile), ("datestamp_from", hostile)]),
        ("content_filter_detail", vec![("filter_type", direction)]),
        ("content_filter_detail", vec![("filter_type", direction), ("filter_name", &name)]),
        ("internal_user_detail", vec![("filter_name", hostile)]),
    ];
    let mut shown = 0;
    for (path, parameters) in asked {
        let html = page(&site, path, &parameters);
        let body = html.split_once("<body>").unwrap().1;
        assert!(!body.contains("<script") && !body.contains("alert(\""), "{path} {parameters:?}");
        assert!(!html.contains(" style=") && !html.contains(" onclick"), "the content security policy forbids these");
        shown += usize::from(html.contains("&#60;script&#62;alert(&#34;x&#34;)&#60;/script&#62;&#38;&#39;"));
    }
    assert!(shown >= 3, "only {shown} pages show the name");
    let refused = |path: &str, pairs: &[(&str, &str)]| {
        write(&site, Scope::Appliance(0), path, pairs).map(|_| ()).expect_err("the value is not allowed").line
    };
    let lines = [
        refused(hostile, &[]),
        refused("overview", &[("date_range", hostile)]),
        refused("incoming_mail", &[("tab", hostile)]),
        refused("tls_connections", &[("rule", hostile)]),
        refused("tls_connections", &[("compare", hostile)]),
        refused("internal_users", &[("rows_ss_0_0_0", "21")]),
        refused("internal_user_detail", &[("internal_user", hostile)]),
    ];
    for line in lines {
        assert!(line.contains("found") && line.contains("allowed") && !line.contains('\n'), "{line}");
    }
}

#[test]
fn a_page_that_cannot_be_shown_says_why() {
    let site = site_of(&scenario("thread-a-exact.toml"));
    let answer = |path: &str, pairs: &[(&str, &str)]| {
        respond(&site, &address(Scope::Appliance(0), path, pairs), None).map(|answer| answer.status().as_u16()).unwrap()
    };
    assert_eq!(answer("overview", &[]), 200);
    assert_eq!(answer("nothing", &[]), 404);
    assert_eq!(answer("overview", &[("date_range", "<b>")]), 400);
    let refused = address(Scope::Appliance(0), "overview", &[("date_range", "<b>")]);
    let refusal = view(&site, &refused).map(|_| ()).unwrap_err();
    let html = frame::refusal(&site, &refused, refusal).render().unwrap();
    assert!(html.contains("date_range: found &#34;&#60;b&#62;&#34;, allowed are current_hour"), "{html}");
}

#[test]
fn every_page_can_be_had_of_every_range_and_of_all_appliances() {
    let mut scenario = scenario("quiet-hour.toml");
    let mut other = scenario.appliances[0].clone();
    other.name = String::from("second");
    scenario.appliances.push(other);
    let site = site_of(&scenario);
    for choice in RangeChoice::ALL.into_iter().filter(|choice| *choice != RangeChoice::Custom) {
        for listed in pages::all() {
            for scope in [Scope::Appliance(1), Scope::Merged] {
                let html = write(&site, scope, &listed.path, &[("date_range", choice.name())]).unwrap();
                let current = format!("aria-current=\"page\">{}<", listed.name);
                assert!(listed.within.is_some() || html.contains(&current), "{}", listed.path);
                assert!(html.contains(&format!("value=\"{}\" selected", choice.name())));
            }
        }
    }
    let html = write(&site, Scope::Merged, "overview", &[("date_range", "current_hour")]).unwrap();
    let to_other = "/appliance?name=second&page=%2Fmonitor%2Freports%2Foverview%3Fdate_range%3Dcurrent_hour";
    assert!(links(&html).iter().any(|url| url == to_other), "{:?}", links(&html));
    let before = History::begin(&scenario, Clock::Frozen(scenario.time.begin.micros() + 1), Some(1)).unwrap();
    let html = page(&Site::new(before, 1 << 20), "overview", &[]);
    assert!(html.contains("This range has no complete interval yet"), "{html}");
}
