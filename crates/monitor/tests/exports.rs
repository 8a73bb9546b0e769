//! Exports over HTTP on real sockets, compared with the files of a run over the same time.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::LazyLock;

use tollgate_catalogue::{Catalogue, ColumnKind, Table};
use tollgate_history::Clock;
use tollgate_scenario::{DAY, HOUR, MINUTE, Scenario};

use crate::raw::{Answer, exchange};
use crate::support::slow::{Run, rows_of};
use crate::support::{Running, micros, pair};

const BEGIN: &str = "2008-11-17 00:00:00";
const END: &str = "2008-11-19 00:00:00";
const MEBIBYTE: u64 = 1 << 20;

/// Two days of two appliances, and a run for each of the three lengths of intervals.
struct Site {
    scenario: Scenario,
    runs: BTreeMap<u64, Run>,
}

/// A server for this site, with a clock that stands still at the end.
static SERVER: LazyLock<Running> = LazyLock::new(|| serve(64 * MEBIBYTE));

static SITE: LazyLock<Site> = LazyLock::new(|| {
    let scenario = pair("2008-11-17T00:00:00Z", "2d", &["volume=0.3"]);
    let runs = [5 * MINUTE, HOUR, DAY].map(|interval| (interval, Run::new(&scenario, interval)));
    Site { scenario, runs: runs.into() }
});

fn serve(cache_bytes: u64) -> Running {
    Running::start(&SITE.scenario, Clock::Frozen(micros(END)), cache_bytes)
}

impl Site {
    /// The file of a table of one appliance, between two moments and with a length of intervals.
    fn file(&self, table: &Table, appliance: usize, (from, to, interval): (&str, &str, u64)) -> String {
        self.runs[&interval].file(table, appliance, micros(from), micros(to))
    }
}

fn tables() -> &'static [Table] {
    Catalogue::builtin().tables()
}

fn table(number: u32) -> &'static Table {
    Catalogue::builtin().table(number).unwrap()
}

/// The URLs of a table in the form of each release, without the prefix `/monitor`.
fn urls(table: &Table, range: &str) -> [String; 5] {
    let Table { page_path: page, report_def_id: report, section, report_query_id: query, .. } = table;
    // These two tables share a query id, so a third parameter is needed.
    let filter = match table.number {
        18 => "&filter_type=incoming",
        19 => "&filter_type=outgoing",
        _ => "",
    };
    [
        format!("/reports/{page}?format=csv&section={section}&date_range={range}&report_def_id={report}"),
        format!("/export?format=csv&section={section}&date_range={range}&report_def_id={report}"),
        format!("/{page}?format=csv&section={section}&date_range={range}&report_def_id={report}"),
        format!(
            "/reports/report?format=csv&date_range={range}&report_query_id={query}&report_def_id={report}\
             &profile_type=all{filter}"
        ),
        format!("/reports/{page}?format=csv&report_query_id={query}&date_range={range}{filter}"),
    ]
}

#[test]
fn every_table_by_every_address_is_the_file_of_a_run() {
    let server = &*SERVER;
    for table in tables() {
        let expected = SITE.file(table, 0, ("2008-11-18 00:00:00", END, HOUR));
        for url in urls(table, "current_day") {
            let answer = server.get(&format!("/monitor{url}"));
            assert_eq!(answer.status, 200, "{url}: {}", answer.text());
            assert!(answer.text() == expected, "{url} is not {}", table.file);
            assert_eq!(answer.header("content-type"), Some("text/csv"));
            let name = format!("attachment; filename=\"{}\"", table.file);
            assert_eq!(answer.header("content-disposition"), Some(name.as_str()));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        }
        // The merged exports at all addresses are equal. Another test checks their content.
        let [first, others @ ..] = urls(table, "current_day");
        let merged = server.get(&format!("/monitor_email{first}"));
        assert_eq!(merged.status, 200, "{first}: {}", merged.text());
        for url in others {
            assert!(server.get(&format!("/monitor_email{url}")).body == merged.body, "{url}");
        }
    }
}

#[test]
fn the_documents_own_addresses_are_answered() {
    let server = &*SERVER;
    let expected = SITE.file(table(14), 0, ("2008-11-18 00:00:00", END, HOUR));
    for url in [
        "/monitor/reports/content_filters?format=csv&sort_col_ss_0_0_0=MAIL_CONTENT_FILTER_INCOMING.RECIPIENTS_MATCHED\
         &section=ss_0_0_0&date_range=current_day&sort_order_ss_0_0_0=desc&report_def_id=mga_content_filters",
        "/monitor/reports/content_filters?format=csv&section=ss_0_0_0&date_range=current_day\
         &report_def_id=mga_content_filters",
        // With a parameter that sessions add, and without optional ones.
        "/monitor/reports/content_filters?CSRFKey=0f&format=csv&section=ss_0_0_0&&=&report_def_id=mga_content_filters",
        "/monitor/content_filters?section=ss%5f0_0_0&format=csv",
    ] {
        assert_eq!(server.get(url).text(), expected, "{url}");
    }
}

#[test]
fn every_range_is_a_cut_of_the_same_run() {
    let server = &*SERVER;
    let custom = |from: &str, to: &str| {
        let [from, to] = [from, to].map(|moment| moment.replace(' ', "+").replace(':', "%3A"));
        format!("custom&datestamp_from={from}&datestamp_to={to}")
    };
    for (range, cut) in [
        ("current_hour".into(), ("2008-11-18 23:00:00", END, 5 * MINUTE)),
        ("current_day".into(), ("2008-11-18 00:00:00", END, HOUR)),
        ("current_week".into(), (BEGIN, END, HOUR)),
        ("current_month".into(), (BEGIN, END, DAY)),
        ("current_quarter".into(), (BEGIN, END, DAY)),
        ("previous_day".into(), ("2008-11-18 00:00:00", END, HOUR)),
        ("calendar_day".into(), ("2008-11-18 00:00:00", END, HOUR)),
        ("previous_month".into(), (BEGIN, BEGIN, DAY)),
        ("calendar_month".into(), (BEGIN, BEGIN, DAY)),
        (
            custom("18 Nov 2008 22:57:00", "18 Nov 2008 23:21:00"),
            ("2008-11-18 22:55:00", "2008-11-18 23:25:00", 5 * MINUTE),
        ),
        (custom("17 Nov 2008 09:30:00", "18 Nov 2008 09:00:01"), ("2008-11-17 09:00:00", "2008-11-18 10:00:00", HOUR)),
        (custom("01 Nov 2008 00:00:00", "18 Nov 2008 00:00:00"), (BEGIN, "2008-11-18 00:00:00", DAY)),
    ] {
        for table in [1, 4, 9, 20, 23, 29, 31, 32].map(table) {
            for (appliance, host) in ["quiet.localhost", "OTHER.localhost:8080"].into_iter().enumerate() {
                let [url, ..] = urls(table, &range);
                let answer = server.ask("GET", &format!("/monitor{url}"), &[("Host", host)]);
                assert_eq!(answer.status, 200, "{url}: {}", answer.text());
                assert!(answer.text() == SITE.file(table, appliance, cut), "{url} of {host}");
            }
        }
    }
}

#[test]
fn a_rule_that_remembers_shows_in_a_range_what_it_shows_in_a_longer_one() {
    let rule = "appliances.0.counting={ rule = \"first-contact\", known_for = \"100m\" }";
    let scenario = pair("2008-11-18T06:00:00Z", "6h", &[rule]);
    let run = Run::new(&scenario, 5 * MINUTE);
    let (from, to) = ("2008-11-18 09:25:00", "2008-11-18 10:25:00");
    let server = Running::start(&scenario, Clock::Frozen(micros("2008-11-18 10:27:00")), MEBIBYTE);
    for table in [27, 29].map(table) {
        let [url, ..] = urls(table, "current_hour").map(|url| format!("/monitor{url}"));
        let own = server.get(&url).text();
        assert_eq!(own, run.file(table, 0, micros(from), micros(to)));
        // Naming the appliance's own rule changes nothing. Another rule gives other figures.
        assert_eq!(server.get(&format!("{url}&rule=first-contact")).text(), own);
        assert_ne!(server.get(&format!("{url}&rule=every-plain")).text(), own);
    }
}

#[test]
fn merged_exports_are_the_sums_of_the_appliances() {
    let server = &*SERVER;
    let cut = ("2008-11-18 00:00:00", END, HOUR);
    for table in tables() {
        let [url, ..] = urls(table, "current_day");
        let merged = rows_of(table, &server.get(&format!("/monitor_email{url}")).text());
        let mut expected: BTreeMap<Vec<String>, BTreeMap<String, u64>> = BTreeMap::new();
        for appliance in 0..2 {
            for (key, values) in rows_of(table, &SITE.file(table, appliance, cut)) {
                let sums = expected.entry(key).or_default();
                for (name, _, value) in values.into_iter().filter(|(_, kind, _)| *kind == ColumnKind::Count) {
                    let (sum, value): (&mut u64, u64) = (sums.entry(name).or_default(), value.parse().unwrap());
                    // Table 32 has the maximum depth of the work queue, so the merged value is the maximum.
                    *sum = if table.number == 32 { value.max(*sum) } else { *sum + value };
                }
            }
        }
        let counts = |values: Vec<(String, ColumnKind, String)>| {
            let counts = values.into_iter().filter(|(_, kind, _)| *kind == ColumnKind::Count);
            counts.map(|(name, _, value)| (name, value.parse().unwrap())).collect::<BTreeMap<String, u64>>()
        };
        let found: Vec<_> = merged.into_iter().map(|(key, values)| (key, counts(values))).collect();
        assert_eq!(found.len(), expected.len(), "{}", table.file);
        for (key, counts) in found {
            assert_eq!(expected.get(&key), Some(&counts), "{} {key:?}", table.file);
        }
    }
}

#[test]
fn a_name_restricts_a_detail_to_its_rows() {
    let server = &*SERVER;
    let cut = ("2008-11-18 00:00:00", END, HOUR);
    let keep = |table: &Table, column: usize, name: &str| {
        let file = SITE.file(table, 0, cut);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file.as_bytes());
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        let records = reader.records().map(Result::unwrap).enumerate();
        for (_, record) in records.filter(|(place, record)| *place == 0 || &record[column] == name) {
            writer.write_record(&record).unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    };
    let confidential = "Bounce, \"Confidential\"";
    for (number, filter_type, name, encoded) in [
        (16, "incoming", "Copy_To_Journal", "Copy_To_Journal"),
        (18, "incoming", "Copy_To_Journal", "Copy_To_Journal"),
        (19, "outgoing", "Copy_To_Journal", "Copy_To_Journal"),
        (17, "outgoing", confidential, "Bounce,+%22Confidential%22"),
        (19, "outgoing", confidential, "Bounce%2C%20%22Confidential%22"),
    ] {
        let table = table(number);
        let url = format!(
            "/monitor/reports/content_filter_detail?format=csv&date_range=current_day&report_query_id={}\
             &report_def_id={}&filter_type={filter_type}&filter_name={encoded}",
            table.report_query_id, table.report_def_id
        );
        let expected = keep(table, 4, name);
        assert!(expected.lines().count() > 1, "{name} was used");
        assert_eq!(server.get(&url).text(), expected, "{url}");
    }
    let file = SITE.file(table(10), 0, cut);
    let user = rows_of(table(10), &file)[3].0[4].clone();
    for number in 10..=13 {
        let [url, ..] = urls(table(number), "current_day");
        let answer = server.get(&format!("/monitor{url}&internal_user={}", user.replace('@', "%40")));
        assert_eq!(answer.text(), keep(table(number), 4, &user), "{url}");
    }
}

#[test]
fn invalid_urls_are_refused_in_one_line() {
    let server = &*SERVER;
    let sections = "ss_1_0_1, ss_2_0_1, ss_2_0_2";
    let pages = "overview, incoming_mail, sender_groups, internal_users, internal_user_detail, content_filters, \
                 content_filter_detail, virus_outbreaks, virus_types, tls_connections, system_capacity";
    let long = "x".repeat(5000);
    let shown = "x".repeat(60);
    for (url, status, line) in [
        ("nothing?format=csv", 404, format!("page: found \"nothing\", allowed are {pages}")),
        ("../etc/passwd?format=csv", 404, format!("page: found \"../etc/passwd\", allowed are {pages}")),
        (&format!("{long}?format=csv"), 404, format!("page: found \"{shown}...\", allowed are {pages}")),
        ("overview?format=xml", 400, "format: found \"xml\", allowed is csv".into()),
        ("overview?format=csv", 400, format!("section: found none, allowed on overview are {sections}")),
        ("overview?format=csv&section=ss_0_0_0", 400, format!("section: found \"ss_0_0_0\", allowed are {sections}")),
        (
            "overview?format=csv&section=ss_1_0_1&report_def_id=mga_virus_types",
            400,
            "report_def_id: found \"mga_virus_types\", allowed is mga_overview".into(),
        ),
        (
            "overview?format=csv&section=ss_1_0_1&report_query_id=mga_overview_outgoing_mail_summary",
            400,
            "section: found \"ss_1_0_1\", allowed is ss_2_0_1".into(),
        ),
        (
            "virus_types?format=csv&report_query_id=%3Cb%3E%0d%0aX",
            400,
            "report_query_id: found \"<b>\\r\\nX\", allowed are mga_virus_types_top_incoming_virus_types, \
             mga_virus_types_top_outgoing_virus_types, mga_virus_types_virus_types_detail"
                .into(),
        ),
        (
            "report?format=csv&date_range=current_day",
            400,
            "report_def_id: found none, but section and report_query_id do not name one table without it".into(),
        ),
        (
            "content_filter_detail?format=csv&report_query_id=mga_content_filter_detail_content_filter_by_user",
            400,
            "filter_type: found none, allowed are incoming, outgoing".into(),
        ),
        (
            "content_filter_detail?format=csv&section=ss_0_1_0&filter_type=outgoing",
            400,
            "filter_type: found \"outgoing\", allowed is incoming".into(),
        ),
        (
            "content_filter_detail?format=csv&section=ss_0_0_1&filter_name=Drop_Executables",
            404,
            "filter_name: found \"Drop_Executables\", allowed are Bounce, \"Confidential\", Copy_To_Journal, \
             Drop_Test_Mail, Quarantine_Card_Numbers"
                .into(),
        ),
        (
            "internal_user_detail?format=csv&section=ss_0_0_0&internal_user=nobody@example.com",
            404,
            "internal_user: found \"nobody@example.com\", allowed are the users that internal_users lists".into(),
        ),
        (
            "overview?format=csv&section=ss_1_0_1&date_range=today",
            400,
            "date_range: found \"today\", allowed are current_hour, current_day, current_week, current_month, \
             current_quarter, previous_day, previous_month, custom"
                .into(),
        ),
        (
            "overview?format=csv&section=ss_1_0_1&rule=honest",
            400,
            format!("rule: found \"honest\", allowed are {}", rule_names().join(", ")),
        ),
        (
            "overview?format=csv&section=ss_1_0_1&section=ss_2_0_1",
            400,
            "section: found 2 times, allowed is once".into(),
        ),
        ("overview?format=csv&section=%zz", 400, "query: found \"%zz\", allowed is UTF-8 in URL encoding".into()),
        ("overview?format=csv&section=%", 400, "query: found \"%\", allowed is UTF-8 in URL encoding".into()),
        ("overview?format=csv&x=%c3%28", 400, "query: found \"%c3%28\", allowed is UTF-8 in URL encoding".into()),
        (&format!("overview?{long}"), 400, "query: found 5,000 bytes, allowed are at most 4,096".into()),
    ] {
        let answer = server.get(&format!("/monitor/reports/{url}"));
        assert_eq!((answer.status, answer.text()), (status, line + "\n"), "{url}");
        assert_eq!(answer.header("content-disposition"), None);
    }
}

#[test]
fn only_reading_is_allowed_and_heads_have_no_body() {
    let server = &*SERVER;
    let [url, ..] = urls(table(5), "current_week").map(|url| format!("/monitor{url}"));
    let plain = [("Accept-Encoding", "identity")];
    let head = server.ask("HEAD", &url, &plain);
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, None));
    let got = server.get(&url);
    assert_eq!(head.header("content-disposition"), got.header("content-disposition"));
    // The length is known after the export has been made, unless the answer is compressed.
    let again = server.ask("HEAD", &url, &plain);
    let length = got.body.len().to_string();
    assert_eq!((again.status, again.body.len(), again.header("content-length")), (200, 0, Some(length.as_str())));
    let login = "Authorization: Basic YWRtaW46aXJvbnBvcnQ=\r\nConnection: close";
    let zipped = format!("HEAD {url} HTTP/1.1\r\nHost: x\r\n{login}\r\nAccept-Encoding: gzip\r\n\r\n");
    let zipped = Answer::read(&exchange(server.address, zipped.as_bytes()));
    assert_eq!((zipped.status, zipped.header("content-length").len(), zipped.body.len()), (200, 0, 0));
    assert_eq!(server.ask("HEAD", "/monitor/nothing?format=csv", &plain).status, 404);
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let answer = server.ask(method, &url, &[("Origin", &format!("http://{}", server.address))]);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET,HEAD")), "{method}");
    }
}

#[test]
fn exports_are_the_same_compressed_again_and_when_nothing_is_kept() {
    let servers = [&*SERVER, &serve(0)];
    for table in [1, 5, 20].map(table) {
        let [url, ..] = urls(table, "current_week").map(|url| format!("/monitor{url}"));
        let expected = SITE.file(table, 0, (BEGIN, END, HOUR));
        for server in servers {
            for _ in 0..2 {
                // The client decompresses the answer.
                let zipped = server.ask("GET", &url, &[("Accept-Encoding", "gzip")]);
                assert!(zipped.text() == expected, "{url}");
                let plain = server.get(&url);
                assert!(plain.text() == expected, "{url}");
                assert_eq!(plain.header("content-encoding"), None);
            }
        }
        let again = servers[0].get(&url);
        assert_eq!(
            again.header("content-length"),
            Some(expected.len().to_string().as_str()),
            "a complete export has a length"
        );
    }
}

#[test]
fn downloads_that_are_cut_off_cost_nothing() {
    let server = serve(MEBIBYTE);
    let [url, ..] = urls(table(5), "current_week").map(|url| format!("/monitor{url}"));
    let request =
        format!("GET {url} HTTP/1.1\r\nHost: quiet.localhost\r\nAuthorization: Basic YWRtaW46aXJvbnBvcnQ=\r\n\r\n");
    let mut first = [0; 100];
    for read in [false, true].into_iter().cycle().take(40) {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        if read {
            stream.read_exact(&mut first).unwrap();
            assert!(first.starts_with(b"HTTP/1.1 200 OK\r\n"));
        }
    }
    assert!(server.get(&url).text() == SITE.file(table(5), 0, (BEGIN, END, HOUR)));
}

#[test]
fn a_slow_reader_holds_nobody_up_and_gets_the_whole_export() {
    let server = serve(0);
    let [url, ..] = urls(table(5), "current_week").map(|url| format!("/monitor{url}"));
    let expected = SITE.file(table(5), 0, (BEGIN, END, HOUR));
    let mut slow = TcpStream::connect(server.address).unwrap();
    write!(slow, "GET {url} HTTP/1.0\r\nAuthorization: Basic YWRtaW46aXJvbnBvcnQ=\r\n\r\n").unwrap();
    let mut read = vec![0; 100];
    slow.read_exact(&mut read).unwrap();
    // With HTTP/1.0, the answer ends with the connection, so the body has no sizes of chunks.
    for _ in 0..20 {
        assert!(server.get(&url).text() == expected);
        let mut some = [0; 1000];
        slow.read_exact(&mut some).unwrap();
        read.extend(some);
    }
    slow.read_to_end(&mut read).unwrap();
    let text = String::from_utf8(read).unwrap();
    assert!(text.split_once("\r\n\r\n").unwrap().1 == expected);
}

fn rule_names() -> Vec<&'static str> {
    Catalogue::builtin().rules().iter().map(|rule| rule.name.as_str()).collect()
}
