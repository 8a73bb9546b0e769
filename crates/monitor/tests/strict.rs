//! Requests whose host, length or credentials are not clear.

use crate::raw::{Answer, exchange, start};

/// The status and the body of the answer to bytes, and the number of answers.
fn outcome(address: std::net::SocketAddr, bytes: &str) -> (u16, String, usize) {
    let text = exchange(address, bytes.as_bytes());
    let answers = text.matches("HTTP/1.").count();
    let answer = Answer::read(&text);
    (answer.status, answer.body, answers)
}

#[test]
fn a_request_names_one_host() {
    let server = start();
    for (lines, status, found) in [
        ("HTTP/1.1\r\nHost: house.test", 200, ""),
        ("HTTP/1.1\r\nHost: house.test:8080", 200, ""),
        ("HTTP/1.1\r\nHost: [::1]:8080", 200, ""),
        ("HTTP/1.0", 200, ""),
        ("HTTP/1.1", 400, "none"),
        ("HTTP/1.1\r\nHost:", 400, "\"\""),
        ("HTTP/1.1\r\nHost: house.test\r\nHost: other.test", 400, "several"),
        ("HTTP/1.1\r\nHost: house.test\r\nHost: house.test", 400, "several"),
        ("HTTP/1.0\r\nHost: house.test\r\nHost: other.test", 400, "several"),
        ("HTTP/1.1\r\nHost: house.test/other", 400, "\"house.test/other\""),
        ("HTTP/1.1\r\nHost: admin@house.test", 400, "\"admin@house.test\""),
    ] {
        // The connection ends after a refusal, so the second request gets no answer.
        let close = "Connection: close\r\n\r\n";
        let second = if status == 400 { "GET /login HTTP/1.1\r\nHost: house.test\r\n\r\n" } else { "" };
        let close = if status == 400 { "\r\n" } else { close };
        let (answered, body, answers) = outcome(server.address, &format!("GET /login {lines}\r\n{close}{second}"));
        assert_eq!((answered, answers), (status, 1), "{lines}: {body}");
        if status == 400 {
            let expected = format!("Host: found {found}, allowed is one Host header, such as 127.0.0.1:8080\n");
            assert_eq!(body, expected, "{lines}");
        }
    }
}

#[test]
fn a_request_has_one_set_of_credentials() {
    let server = start();
    let [right, wrong] =
        ["YWRtaW46c2U6Y3LDqXQ6IDE=", "YWRtaW46d3Jvbmc="].map(|login| format!("Authorization: Basic {login}\r\n"));
    for (lines, status) in [
        (right.clone(), 302),
        (format!("{right}{wrong}"), 400),
        (format!("{wrong}{right}"), 400),
        (format!("{right}{right}"), 400),
    ] {
        let head = format!("GET / HTTP/1.1\r\nHost: house.test\r\nConnection: close\r\n{lines}\r\n");
        let (answered, body, _) = outcome(server.address, &head);
        let expected = "Authorization: found several, allowed is one Authorization header\n";
        assert_eq!((answered, status == 302 || body == expected), (status, true), "{lines}: {body}");
    }
}

#[test]
fn a_body_has_one_clear_length() {
    let server = start();
    let form = "Content-Type: application/x-www-form-urlencoded\r\nConnection: close";
    let right = "username=admin&password=se%3Acr%C3%A9t%3A+1";
    let chunks = format!("{:x}\r\n{right}\r\n0\r\n\r\n", right.len());
    let length = format!("Content-Length: {}", right.len());
    for (lines, body, status) in [
        (length.as_str(), right, 303),
        ("Transfer-Encoding: chunked", chunks.as_str(), 303),
        ("Transfer-Encoding: Chunked", chunks.as_str(), 303),
        ("Transfer-Encoding: gzip", right, 400),
        ("Transfer-Encoding: identity", right, 400),
        ("Transfer-Encoding: gzip, chunked", chunks.as_str(), 400),
        ("Transfer-Encoding: chunked, chunked", chunks.as_str(), 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", chunks.as_str(), 400),
        ("Transfer-Encoding: chunked, gzip", chunks.as_str(), 400),
        (&format!("{length}\r\nTransfer-Encoding: chunked"), chunks.as_str(), 400),
        (&format!("Transfer-Encoding: chunked\r\n{length}"), chunks.as_str(), 400),
        (&format!("transfer-encoding:chunked\r\nA: b\r\ncontent-length:{}", chunks.len()), chunks.as_str(), 400),
        (&format!("{length}\r\nContent-Length: 1"), right, 400),
        ("Content-Length: -1", right, 400),
    ] {
        let request = format!("POST /login HTTP/1.1\r\nHost: house.test\r\n{form}\r\n{lines}\r\n\r\n{body}");
        let (answered, text, answers) = outcome(server.address, &request);
        assert_eq!((answered, answers), (status, 1), "{lines}: {text}");
    }
}

#[test]
fn a_body_that_looks_like_a_head_is_a_body() {
    let server = start();
    let body = "Transfer-Encoding: chunked\r\n\r\n";
    let first = format!("POST /login HTTP/1.1\r\nHost: house.test\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let second = "GET /login HTTP/1.1\r\nHost: house.test\r\nConnection: close\r\n\r\n";
    let text = exchange(server.address, format!("{first}{second}").as_bytes());
    let statuses: Vec<&str> = text.match_indices("HTTP/1.1 ").map(|(at, _)| &text[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["400", "200"], "the body is no form, and the connection continues: {text}");
}
