//! Pages on real sockets: the redirect from `/`, the files of pages, and the redirect to another appliance.

use tollgate_history::Clock;

use crate::support::{Running, micros, pair};

fn serve() -> Running {
    let scenario = pair("2008-11-18T09:00:00Z", "1h", &[]);
    Running::start(&scenario, Clock::Frozen(micros("2008-11-18 10:00:00")), 1 << 20)
}

/// The text between two others.
fn between<'a>(text: &'a str, before: &str, behind: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before}"));
    rest.split_once(behind).unwrap_or_else(|| panic!("no {behind} behind {before}")).0
}

#[test]
fn the_way_in_leads_to_a_page_whose_files_are_there() {
    let server = serve();
    let way_in = server.get("/");
    assert_eq!((way_in.status, way_in.header("location")), (302, Some("/monitor/reports/overview")));
    let page = server.get("/monitor/reports/overview");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let html = page.text();
    for (before, kind) in [("rel=\"stylesheet\" href=\"", "text/css"), ("<script src=\"", "text/javascript")] {
        let url = between(&html, before, "\"");
        let file = server.get(url);
        assert_eq!(file.status, 200, "{url}");
        assert!(file.header("content-type").unwrap().starts_with(kind), "{url}");
        assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"), "{url}");
        let plain = server.get(url.split_once('?').unwrap().0);
        assert_eq!(plain.header("cache-control"), Some("no-cache"), "a later release may have other content here");
        assert!(plain.body == file.body);
    }
    assert_eq!(server.get("/favicon.ico").header("content-type"), Some("image/svg+xml"));
    // The namespace of SVG looks like an address, but browsers do not request it.
    assert!(!html.replace("http://www.w3.org/2000/svg", "").contains("://"), "no URL of another host");
}

#[test]
fn one_appliance_leads_to_another_on_the_port_that_was_asked_on() {
    let server = serve();
    let html = server.get("/monitor/reports/virus_types?date_range=current_hour").text();
    let url = between(&html, "href=\"/appliance?name=other", "\"").replace("&#38;", "&");
    let answer = server.get(&format!("/appliance?name=other{url}"));
    let port = server.address.port();
    let expected = format!("//other.localhost:{port}/monitor/reports/virus_types?date_range=current_hour");
    assert_eq!((answer.status, answer.header("location")), (302, Some(expected.as_str())));
    for (asked, status) in [
        ("name=nobody&page=/monitor/reports/overview", 404),
        ("name=other&page=//elsewhere.example/", 400),
        ("name=other&page=/monitor/%0d%0aSet-Cookie:%20a=b", 400),
        ("name=other.localhost@elsewhere.example&page=/monitor/", 404),
    ] {
        let answer = server.get(&format!("/appliance?{asked}"));
        assert_eq!((answer.status, answer.header("location")), (status, None), "{asked}");
    }
}

#[test]
fn each_appliance_and_all_together_have_figures_of_their_own() {
    let server = serve();
    let attempted = |path: &str, host: &[(&str, &str)]| {
        let html = server.ask("GET", &format!("{path}/reports/overview?date_range=current_hour"), host).text();
        let figure = between(&html, "<dt>Attempted</dt><dd>", "</dd>");
        let exact = figure.split_once("class=\"hidden\">").map_or(figure, |(_, rest)| rest);
        let digits: String =
            exact.chars().take_while(|character| *character != '<').filter(char::is_ascii_digit).collect();
        digits.parse::<u64>().unwrap()
    };
    let first = attempted("/monitor", &[]);
    let other = attempted("/monitor", &[("Host", "other.localhost")]);
    let all = attempted("/monitor_email", &[]);
    assert!(first > other && other > 0, "{first} {other}");
    assert_eq!(all, first + other);
}
