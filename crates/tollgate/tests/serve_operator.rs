//! `tollgate serve` for operators and programs: the log, the line of JSON, the metrics and the files.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;
use serde_json::Value;

use crate::serve::{Running, SCENARIO, get, password_file};
use crate::support::{run, transcript};

/// The Base64 of eve:hunter2.
const LOGIN: &str = "ZXZlOmh1bnRlcjI=";
const EXPORT: &str =
    "/monitor/reports/overview?format=csv&section=ss_1_0_1&date_range=current_hour&report_def_id=mga_overview";

/// Starts a server for eve, and returns it with the directory of its password file.
fn start(arguments: &[&str]) -> (tempfile::TempDir, Running) {
    let (directory, file) = password_file(b"hunter2\n");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let server = Running::start(&[&["--password-file", &file, "--user", "eve"], arguments].concat());
    (directory, server)
}

/// The requests of the tests of the log: an export, a query with secrets, a wrong password and a request that is none.
fn ask_everything(server: &Running) -> usize {
    // The second answer comes from the cache, with its length.
    server.get(EXPORT, Some(LOGIN));
    let body = server.get(EXPORT, Some(LOGIN)).split_once("\r\n\r\n").unwrap().1.len();
    server.get("/login?next=/monitor&password=hunter2&sid=hunter2&rule=%0A%1B", None);
    // The Base64 of eve:hunter3.
    server.get("/no-such?hunter2", Some("ZXZlOmh1bnRlcjM="));
    server.send("GET /bad HTTP/1.1\r\nCookie: sid=hunter2\r\n\r\n");
    server.send("\x1b[31mhunter2\r\n\r\n");
    body
}

#[test]
fn the_log_has_a_line_of_json_for_each_request_and_no_secret() {
    let (_directory, mut server) = start(&["--log", "json"]);
    let bytes = ask_everything(&server);
    let begun = server.read_until("a request was refused");
    let (status, rest) = server.end("TERM");
    let said = begun + &rest;
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(!said.contains("hunter") && !said.contains(LOGIN) && !said.contains('\x1b'), "{said}");
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let messages: Vec<&str> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
    let expected = [
        "the server answers",
        "request",
        "request",
        "request",
        "request",
        "request",
        "a request was refused",
        "the server has stopped",
    ];
    assert_eq!(messages, expected, "{said}");

    let export = &lines[2];
    let (path, query) = EXPORT.split_once('?').unwrap();
    let seen = ["level", "peer", "method", "path", "query"].map(|field| export[field].as_str().unwrap());
    assert_eq!(seen, ["INFO", "127.0.0.1", "GET", path, query]);
    assert_eq!((&export["status"], &export["bytes"], &export["complete"]), (&200.into(), &bytes.into(), &true.into()));
    assert!(export["seconds"].as_f64().unwrap() > 0.0 && export["timestamp"].as_str().unwrap().ends_with('Z'));
    assert_eq!(lines[3]["query"], "next=...&password=...&sid=...&rule=%0A%1B");
    assert_eq!((&lines[4]["status"], &lines[4]["query"]), (&401.into(), &"...".into()));
    assert_eq!((&lines[5]["status"], &lines[5]["path"]), (&400.into(), &"/bad".into()), "it has no host");
}

#[test]
fn the_log_has_a_line_of_text_for_each_request_and_no_secret() {
    let (_directory, mut server) = start(&["--log", "text", "--quiet"]);
    let bytes = ask_everything(&server);
    let begun = server.read_until("a request was refused");
    let said = begun + &server.end("TERM").1;
    assert!(!said.contains("hunter") && !said.contains(LOGIN) && !said.contains('\x1b'), "{said}");
    assert_eq!(said.lines().count(), 8, "{said}");
    let export = said.lines().nth(2).unwrap();
    let (path, query) = EXPORT.split_once('?').unwrap();
    let expected = format!(
        "INFO request peer=127.0.0.1 method=\"GET\" path=\"{path}\" query=\"{query}\" status=200 bytes={bytes} seconds="
    );
    assert!(export.contains(&expected) && export.ends_with(" complete=true"), "{export}\n{expected}");
}

#[test]
fn a_log_that_nobody_reads_any_more_does_not_end_the_server() {
    let (_directory, mut server) = start(&["--log", "text"]);
    drop(server.child.stderr.take());
    for _ in 0..3 {
        assert!(server.get(EXPORT, Some(LOGIN)).starts_with("HTTP/1.1 200 OK"));
    }
    server.child.kill().unwrap();
    server.child.wait().unwrap();
}

#[test]
fn without_a_log_no_request_is_printed() {
    let (_directory, server) = start(&[]);
    ask_everything(&server);
    let (_, said) = server.end("TERM");
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.starts_with("expected: peak memory of "), "{said}");
    assert!(said.contains("\ntry: curl "), "{said}");
}

#[test]
fn a_generated_password_is_not_in_the_log() {
    let server = Running::start(&["--log", "text"]);
    let (_, said) = server.end("TERM");
    let password = said.lines().find_map(|line| line.split_once(" as admin with the password ")).unwrap().1;
    assert_eq!(said.matches(password).count(), 1, "{said}");
}

#[test]
fn a_line_of_json_says_where_the_server_is() {
    let server = Running::start(&["--json", "--tls-self-signed", "--metrics", "0"]);
    let document: Value = serde_json::from_str(&server.url).unwrap();
    let port = document["port"].as_u64().unwrap();
    assert_eq!(document["url"], format!("https://127.0.0.1:{port}/"));
    assert_eq!((&document["pid"], &document["user"]), (&server.child.id().into(), &"admin".into()));
    assert_eq!(document["password"].as_str().map(str::len), Some(24));
    assert_eq!(document["fingerprint"].as_str().map(str::len), Some(95));
    let metrics = document["metrics_url"].as_str().unwrap().to_owned();
    let text = get(metrics.strip_prefix("http://").unwrap(), None);
    assert!(text.starts_with("HTTP/1.1 200 OK") && text.contains("\ntollgate_clock_timestamp_seconds "), "{text}");
    let (status, said) = server.end("TERM");
    assert_eq!(status.code(), Some(0), "{said}");
    assert!(!said.contains("password"), "{said}");

    let (_directory, server) = start(&["--json"]);
    let document: Value = serde_json::from_str(&server.url).unwrap();
    let mut fields: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["pid", "port", "url", "user"]);
    server.end("TERM");
}

#[test]
fn a_client_trusts_the_written_certificate() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("server.pem");
    let path = file.to_str().unwrap();
    for _ in 0..2 {
        let (_directory, server) = start(&["--tls-self-signed", "--tls-cert-out", path]);
        let pem = fs::read_to_string(&file).unwrap();
        assert!(pem.contains("BEGIN CERTIFICATE") && !pem.contains("KEY"), "{pem}");
        let (_, said) = server.end("TERM");
        assert!(said.contains(&format!("try: curl --cacert {path} -u eve:PASSWORD ")), "{said}");
    }
    fs::write(&file, "a key").unwrap();
    let output = run(&["serve", SCENARIO, "--listen", "0", "--tls-self-signed", "--tls-cert-out", path]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{said}");
    assert!(said.starts_with("error: --tls-cert-out: found a file that is not a certificate"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "a key");
}

#[test]
fn a_password_file_that_others_can_read_is_named() {
    for (mode, warns) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
        let (_directory, file) = password_file(b"hunter2\n");
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let (_, said) = Running::start(&["--password-file", &file]).end("TERM");
        let warning = format!("warning: {file}: found mode {mode:04o}, so other users may open the file");
        assert_eq!(said.contains(&warning), warns, "{said}");
    }
}

#[test]
fn a_certificate_that_is_not_made_is_not_written() {
    let arguments = ["serve", SCENARIO, "--tls-cert-out", "server.pem"];
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(2));
    assert_snapshot!(transcript(&arguments, &output));
}
