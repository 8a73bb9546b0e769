//! Access: passwords, sessions, the log-in page, and the answers to clients without access.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tollgate_history::Clock;

use crate::raw::{Answer, PASSWORD, USER, ask, read_rest, start};
use crate::support::{self, Running};

/// A path that does not exist. A client with access gets status 404.
const NOWHERE: &str = "GET /no-such";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
/// The form with the right password, in the encoding of browsers.
const RIGHT: &str = "username=admin&password=se%3Acr%C3%A9t%3A+1";

fn basic(text: &[u8]) -> String {
    format!("Authorization: Basic {}", STANDARD.encode(text))
}

fn right() -> String {
    basic(format!("{USER}:{PASSWORD}").as_bytes())
}

/// The status of a request with a header line.
fn status(address: SocketAddr, line: &str) -> u16 {
    ask(address, NOWHERE, &[line], "").status
}

/// The header with which the client sends the cookie of an answer back.
fn cookie(answer: &Answer) -> String {
    let [cookie] = answer.header("set-cookie")[..] else { panic!("one cookie: {answer:?}") };
    format!("Cookie: {}", cookie.split(';').next().unwrap())
}

/// The form with which a page of a session logs out.
fn leaving(address: SocketAddr, session: &str) -> String {
    let page = ask(address, "GET /monitor/reports/no-such", &[session], "");
    format!("token={}", token_in(&page.body))
}

/// The token of 256 bits in a page or a form.
fn token_in(text: &str) -> String {
    let at = text.find("name=\"token\" value=\"").map(|at| at + 20).or_else(|| text.find("token=").map(|at| at + 6));
    text[at.unwrap()..].chars().take(43).collect()
}

#[test]
fn the_right_password_comes_in() {
    let server = start();
    let encoded = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    for line in [
        format!("Authorization: Basic {encoded}"),
        format!("authorization: basic {encoded}"),
        format!("AUTHORIZATION: BASIC  {encoded} "),
    ] {
        assert_eq!(status(server.address, &line), 404, "{line}");
    }
}

#[test]
fn a_password_in_the_url_comes_in() {
    let scenario = support::pair("2008-11-18T09:00:00Z", "1h", &[]);
    let server = Running::start(&scenario, Clock::Frozen(scenario.time.end().micros()), 0);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let url = |login: &str| format!("http://{login}{}/no-such", server.address);
    assert_eq!(agent.get(url("admin:ironport@")).call().unwrap().status(), 404);
    assert_eq!(agent.get(url("admin:secret@")).call().unwrap().status(), 401);
    assert_eq!(agent.get(url("")).call().unwrap().status(), 401);
}

#[test]
fn who_gives_no_credentials_is_told_the_realm() {
    let server = start();
    let encoded = STANDARD.encode(format!("{USER}:{PASSWORD}"));
    let refused = [
        String::from("Accept: */*"),
        "Authorization: ".into(),
        "Authorization: Basic".into(),
        "Authorization: Basic ".into(),
        format!("Authorization: {encoded}"),
        format!("Authorization: Bearer {encoded}"),
        format!("Authorization: Basic {}", &encoded[1..]),
        format!("Authorization: Basic {encoded}*"),
        format!("Authorization: Basic {USER}:{PASSWORD}"),
        basic(b"admin"),
        "Cookie: sid=".into(),
        "Cookie: sid=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".into(),
    ];
    for line in refused {
        let answer = ask(server.address, NOWHERE, &[&line], "");
        assert_eq!(answer.status, 401, "{line}");
        assert_eq!(answer.header("www-authenticate"), ["Basic realm=\"IronPort Web Interface\""], "{line}");
        assert_eq!(answer.header("cache-control"), ["no-store"], "{line}");
        assert_eq!(answer.body.lines().count(), 1, "{line}");
    }
}

#[test]
fn wrong_credentials_are_refused() {
    // Each pair uses a new server, because after a third failure the next attempt waits.
    let wrong: [&[u8]; 8] = [
        b"admin:secret",
        b"admin:",
        b":",
        b":se:cr\xc3\xa9t: 1",
        b"Admin:se:cr\xc3\xa9t: 1",
        b"admin:se:cr\xe9t: 1",
        b"admin:se:cr\xc3\xa9t: 1 ",
        b"admin:se",
    ];
    for pair in wrong.chunks(2) {
        let server = start();
        for text in pair {
            let answer = ask(server.address, NOWHERE, &[&basic(text)], "");
            assert_eq!(answer.status, 401, "{text:?}");
            assert!(!answer.body.contains("secret") && !answer.head.contains("secret"), "{answer:?}");
        }
        // The right credentials have access at once, and the server remembers them.
        assert_eq!([status(server.address, &right()), status(server.address, &right())], [404, 404]);
        assert_eq!(status(server.address, &basic(pair[0])), 401);
    }
}

#[test]
fn many_wrong_passwords_at_once_are_refused_without_a_wait() {
    let server = start();
    let send = |request: String| {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    };
    let head = "HTTP/1.1\r\nHost: house.test\r\nConnection: close\r\n";
    let page = format!("GET / {head}{}\r\n\r\n", basic(b"admin:guess"));
    let form = "username=admin&password=guess";
    let form = format!("POST /login {head}{FORM}\r\nContent-Length: {}\r\n\r\n{form}", form.len());
    let streams: Vec<TcpStream> =
        (0..60).map(|number| send(if number % 2 == 0 { page.clone() } else { form.clone() })).collect();
    let answers = streams.into_iter().map(|mut stream| Answer::read(&read_rest(&mut stream)));
    let (refused, checked): (Vec<_>, Vec<_>) = answers.partition(|answer| answer.status == 429);
    // Up to four attempts need no wait, and four more wait. On a slow machine, some attempts come only when the first have waited.
    assert!(refused.len() >= 40 && checked.len() >= 8, "{} {}", refused.len(), checked.len());
    assert!(checked.iter().all(|answer| [401, 403].contains(&answer.status)));
    for answer in &refused {
        let seconds: u64 = answer.header("retry-after")[0].parse().unwrap();
        assert!((1..=8).contains(&seconds) && answer.header("cache-control") == ["no-store"], "{answer:?}");
        let is_form = answer.body.contains("Too many attempts") && answer.body.contains("value=\"admin\"");
        let is_line = answer.body.starts_with("log in: found too many attempts") && answer.body.lines().count() == 1;
        assert!(is_form || is_line, "{}", answer.body);
    }
}

#[test]
fn a_session_begins_with_the_form_and_ends_with_its_button() {
    let server = start();
    let page = ask(server.address, "GET /login", &[], "");
    assert_eq!((page.status, page.header("content-type")), (200, vec!["text/html; charset=utf-8"]));
    assert!(page.body.contains("name=\"username\"") && page.body.contains("name=\"password\""), "{}", page.body);
    assert_eq!(page.header("set-cookie"), [""; 0]);

    let form = format!("action=Login&screen=login&{RIGHT}");
    let answer = ask(server.address, "POST /login", &[FORM], &form);
    assert_eq!((answer.status, answer.header("location")), (303, vec!["/"]));
    let set = answer.header("set-cookie")[0];
    let token = set.strip_prefix("sid=").unwrap().split(';').next().unwrap();
    assert_eq!(set, format!("sid={token}; HttpOnly; SameSite=Lax; Path=/"));
    assert_eq!(token.len(), 43, "256 bits in base64");

    let session = cookie(&answer);
    assert_eq!(status(server.address, &session), 404);
    assert_eq!(status(server.address, &format!("Cookie: theme=dark; sid=other; sid={token}")), 404);
    let other = ask(server.address, "POST /login", &[FORM], &form);
    assert_ne!(cookie(&other), session);

    let answer = ask(server.address, "POST /logout", &[FORM, &session], &leaving(server.address, &session));
    assert_eq!((answer.status, answer.header("location")), (303, vec!["/login?action=LoggedOut"]));
    assert!(answer.header("set-cookie")[0].contains("Max-Age=0"), "{answer:?}");
    assert_eq!(status(server.address, &session), 401);
    let page = ask(server.address, "GET /login?action=LoggedOut", &[&session], "");
    assert!(page.body.contains("You have logged out."), "{}", page.body);
    assert_eq!(status(server.address, &cookie(&other)), 404, "the other session stays active");
}

#[test]
fn only_a_form_of_the_session_ends_it() {
    let server = start();
    let [mine, other] = [(), ()].map(|()| cookie(&ask(server.address, "POST /login", &[FORM], RIGHT)));
    let of_mine = leaving(server.address, &mine);
    let of_other = leaving(server.address, &other);
    assert_ne!(of_mine, of_other);

    // The appliance ends a session at this request. Here, it only shows a page with the button.
    let answer = ask(server.address, "GET /login?action=Logout", &[&mine], "");
    assert_eq!((answer.status, answer.header("set-cookie").len()), (200, 0));
    assert!(answer.body.contains("You are still logged in.") && answer.body.contains(&token_in(&of_mine)));
    assert_eq!(ask(server.address, "GET /logout", &[&mine], "").status, 405);
    for form in
        ["", "token=", "token=AAAA", of_other.as_str(), &format!("{of_mine}A"), &of_mine.replace("token", "tokens")]
    {
        let answer = ask(server.address, "POST /logout", &[FORM, &mine], form);
        assert_eq!((answer.status, answer.header("set-cookie").len()), (403, 0), "{form}");
        assert!(answer.body.starts_with("log out: found a form without the token"), "{}", answer.body);
    }
    let foreign = ask(server.address, "POST /logout", &[FORM, &mine, "Sec-Fetch-Site: cross-site"], &of_mine);
    assert_eq!(foreign.status, 403);
    // A stolen token ends nothing without the cookie of its session.
    for cookie in ["Accept: */*", "Cookie: sid=", "Cookie: sid=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(ask(server.address, "POST /logout", &[FORM, cookie], &of_mine).status, 303, "{cookie}");
    }
    assert_eq!(ask(server.address, "POST /logout", &[FORM, &other], &of_mine).status, 403);
    assert_eq!(status(server.address, &mine), 404, "the session is still active");

    assert_eq!(ask(server.address, "POST /logout", &[FORM, &mine], &of_mine).status, 303);
    assert_eq!([status(server.address, &mine), status(server.address, &other)], [401, 404]);
    // Without a session, there is nothing to end, and a second click is no error.
    assert_eq!(ask(server.address, "POST /logout", &[FORM, &mine], &of_mine).status, 303);
}

#[test]
fn a_page_without_a_session_has_no_button_to_log_out() {
    let server = start();
    let page = ask(server.address, "GET /monitor/reports/no-such", &[&right()], "");
    assert_eq!((page.status, page.body.contains("/logout")), (404, false));
}

#[test]
fn a_form_on_a_page_of_another_site_does_not_log_in() {
    let server = start();
    for (line, expected) in [
        ("Sec-Fetch-Site: same-origin", 303),
        ("Sec-Fetch-Site: none", 303),
        ("Origin: http://house.test", 303),
        ("Sec-Fetch-Site: cross-site", 403),
        ("Sec-Fetch-Site: same-site", 403),
        ("Origin: https://elsewhere.test", 403),
        ("Origin: http://house.test:81", 403),
        ("Origin: null", 403),
    ] {
        let answer = ask(server.address, "POST /login", &[FORM, line], RIGHT);
        let cookies = usize::from(expected == 303);
        assert_eq!((answer.status, answer.header("set-cookie").len()), (expected, cookies), "{line}");
        let refusal = "form: found one of another site (";
        assert_eq!(answer.body.starts_with(refusal), expected == 403, "{line}: {}", answer.body);
    }
    // A link on a page of another site shows the log-in page.
    assert_eq!(ask(server.address, "GET /login", &["Sec-Fetch-Site: cross-site"], "").status, 200);
}

#[test]
fn a_wrong_form_shows_the_page_again() {
    let server = start();
    let form = "username=%22%3E%3Cscript%3E&password=hunter2&next=/monitor/a%3Fb%3D%22c";
    let answer = ask(server.address, "POST /login", &[FORM], form);
    assert_eq!((answer.status, answer.header("set-cookie").len()), (403, 0));
    assert!(answer.body.contains("role=\"alert\""), "{}", answer.body);
    assert!(!answer.body.contains("<script") && !answer.body.contains("hunter2"), "{}", answer.body);
    let empty = ask(server.address, "POST /login", &[FORM], "");
    assert_eq!((empty.status, empty.header("set-cookie").len()), (403, 0));
}

#[test]
fn a_log_in_that_is_no_form_is_refused_in_one_line() {
    let server = start();
    let long = format!("{RIGHT}&screen={}", "x".repeat(20_000));
    for (line, body) in [("Content-Type: application/json", "{}"), ("Accept: */*", RIGHT), (FORM, long.as_str())] {
        let answer = ask(server.address, "POST /login", &[line], body);
        assert_eq!(answer.status, 400, "{line}");
        assert!(answer.body.starts_with("form: found ") && answer.body.lines().count() == 1, "{}", answer.body);
    }
    assert_eq!(ask(server.address, "DELETE /login", &[], "").status, 405);
}

#[test]
fn logging_in_leads_to_no_other_server() {
    let server = start();
    let places = [
        ("/monitor/overview%3Fdate_range%3Dcurrent_week", "/monitor/overview?date_range=current_week"),
        ("//host.test/", "/"),
        ("/%5Chost.test", "/"),
        ("/%09/host.test", "/"),
        ("http%3A%2F%2Fhost.test%2F", "/"),
        ("/%0D%0ASet-Cookie:%20a=b", "/"),
    ];
    for (next, place) in places {
        let answer = ask(server.address, "POST /login", &[FORM], &format!("{RIGHT}&next={next}"));
        assert_eq!((answer.status, answer.header("location")), (303, vec![place]), "{next}");
        assert_eq!(answer.header("set-cookie").len(), 1, "{next}");
    }
}

#[test]
fn a_person_at_a_browser_is_sent_to_the_form_and_a_script_is_not() {
    let server = start();
    let browser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for (request, place) in [
        ("GET /", "/login"),
        ("HEAD /monitor/overview", "/login?next=/monitor/overview"),
        ("GET /monitor/a?b=c&d=%22", "/login?next=/monitor/a%3Fb%3Dc%26d%3D%2522"),
        ("GET //host.test/", "/login?next=//host.test/"),
    ] {
        let answer = ask(server.address, request, &[browser], "");
        assert_eq!((answer.status, answer.header("location")), (303, vec![place]), "{request}");
    }
    let shown = ask(server.address, "GET /login?next=/monitor/a%3Fb%3Dc%26d%3D%2522", &[browser], "");
    assert!(shown.body.contains("value=\"/monitor/a?b=c&#38;d=%22\""), "{}", shown.body);

    assert_eq!(ask(server.address, "GET /monitor/reports/a?section=b&format=csv", &[browser], "").status, 401);
    assert_eq!(ask(server.address, "POST /monitor/overview", &[browser], "").status, 401);
    assert_eq!(ask(server.address, "GET /", &[browser, "Authorization: Basic x"], "").status, 401);
    assert_eq!(ask(server.address, "GET /", &["Accept: */*"], "").status, 401);
}

#[test]
fn every_answer_says_what_browsers_may_do_with_it() {
    let server = start();
    for (request, line) in
        [("GET /login", ""), ("GET /", ""), ("GET /no-such", right().as_str()), ("GET /static/no", "")]
    {
        let line = if line.is_empty() { "Accept: */*" } else { line };
        let answer = ask(server.address, request, &[line], "");
        assert_eq!(answer.header("x-content-type-options"), ["nosniff"], "{request}");
        assert_eq!(answer.header("x-frame-options"), ["DENY"], "{request}");
        assert_eq!(answer.header("referrer-policy"), ["same-origin"], "{request}");
        assert_eq!(answer.header("strict-transport-security"), [""; 0], "{request}: this is HTTP");
        let policy = answer.header("content-security-policy")[0];
        assert!(policy.contains("default-src 'self';") && policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}
