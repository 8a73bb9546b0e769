//! Refuses requests whose meaning could differ between programs: without a clear host, a clear length of the body or clear
//! credentials.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::io::AsyncRead;
use tokio_util::io::InspectReader;

use crate::refusal::{HttpRefusal, shown};

/// The longest line of a head that is looked at. Further characters of longer lines are skipped.
const LINE_BYTES: usize = 64;

/// An extension of a request: true if a head of its connection has both a length and an encoding of the body. Only the last head
/// of a connection can have an encoding.
#[derive(Clone, Debug, Default)]
pub(crate) struct LengthConflict(Arc<AtomicBool>);

/// Follows the heads of a connection.
#[derive(Debug, Default)]
struct Heads {
    conflict: LengthConflict,
    /// The beginning of the current line, in lower case.
    line: Vec<u8>,
    has_length: bool,
    has_encoding: bool,
    /// The length of the body of the current head.
    next_body_bytes: u64,
    /// The number of bytes that follow before the next head.
    body_bytes: u64,
    /// True if the rest of the connection has no heads that matter.
    is_over: bool,
}

/// Watches a connection for heads with both `Content-Length` and `Transfer-Encoding`. The HTTP library drops the length of such a
/// head, so nobody could find it later. Returns the connection, and the extension for the requests on it.
pub(crate) fn watch<S: AsyncRead>(stream: S) -> (InspectReader<S, impl FnMut(&[u8])>, LengthConflict) {
    let mut heads = Heads::default();
    let conflict = heads.conflict.clone();
    (InspectReader::new(stream, move |bytes: &[u8]| heads.follow(bytes)), conflict)
}

/// Answers with status 400 if a request has no clear host, length or credentials, and then closes the connection.
pub(crate) async fn refuse_unclear(request: Request, next: Next) -> Response {
    let is_encoded = request.headers().contains_key(header::TRANSFER_ENCODING);
    let checked = check_host(&request).and_then(|()| check_length(&request)).and_then(|()| check_credentials(&request));
    let is_refused = checked.is_err();
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    // After an encoded body, this server looks for no more heads.
    if is_refused || is_encoded {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn check_host(request: &Request) -> Result<(), HttpRefusal> {
    const ALLOWED: &str = "allowed is one Host header, such as 127.0.0.1:8080";
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if request.version() < Version::HTTP_11 => Ok(()),
        (None, _) => Err(HttpRefusal::bad(format!("Host: found none, {ALLOWED}"))),
        (Some(_), Some(_)) => Err(HttpRefusal::bad(format!("Host: found several, {ALLOWED}"))),
        (Some(host), None) => match host.to_str().ok().and_then(|text| text.parse::<Authority>().ok()) {
            Some(host) if !host.as_str().contains('@') => Ok(()),
            _ => {
                let found = String::from_utf8_lossy(host.as_bytes());
                Err(HttpRefusal::bad(format!("Host: found {}, {ALLOWED}", shown(&found))))
            }
        },
    }
}

/// Several programs could take different ones of several credentials.
fn check_credentials(request: &Request) -> Result<(), HttpRefusal> {
    if request.headers().get_all(header::AUTHORIZATION).iter().count() > 1 {
        return Err(HttpRefusal::bad("Authorization: found several, allowed is one Authorization header"));
    }
    Ok(())
}

fn check_length(request: &Request) -> Result<(), HttpRefusal> {
    let encodings: Vec<&HeaderValue> = request.headers().get_all(header::TRANSFER_ENCODING).iter().collect();
    let conflict = request.extensions().get::<LengthConflict>();
    match encodings[..] {
        [] => Ok(()),
        [encoding] if encoding.as_bytes().eq_ignore_ascii_case(b"chunked") => {
            if conflict.is_some_and(|conflict| conflict.0.load(Ordering::Acquire)) {
                return Err(HttpRefusal::bad(
                    "body: found both Content-Length and Transfer-Encoding, allowed is one of them",
                ));
            }
            Ok(())
        }
        [encoding, ..] => {
            let found = String::from_utf8_lossy(encoding.as_bytes());
            let found = if encodings.len() > 1 { "several".into() } else { shown(&found) };
            Err(HttpRefusal::bad(format!("Transfer-Encoding: found {found}, allowed is chunked")))
        }
    }
}

impl Heads {
    /// Follows further bytes of the connection.
    fn follow(&mut self, mut bytes: &[u8]) {
        while !self.is_over && !bytes.is_empty() {
            if self.body_bytes > 0 {
                let skipped = self.body_bytes.min(bytes.len() as u64);
                self.body_bytes -= skipped;
                bytes = &bytes[skipped as usize..];
                continue;
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let part = &bytes[..end.unwrap_or(bytes.len())];
            let room = LINE_BYTES.saturating_sub(self.line.len()).min(part.len());
            self.line.extend(part[..room].iter().map(u8::to_ascii_lowercase));
            let Some(end) = end else { return };
            bytes = &bytes[end + 1..];
            let line = std::mem::take(&mut self.line);
            self.end_line(line.trim_ascii_end());
        }
    }

    fn end_line(&mut self, line: &[u8]) {
        if let Some(length) = line.strip_prefix(b"content-length:") {
            self.has_length = true;
            let length = std::str::from_utf8(length.trim_ascii()).ok().and_then(|length| length.parse().ok());
            // The HTTP library refuses a length that is no number.
            self.is_over = length.is_none();
            self.next_body_bytes = length.unwrap_or(0);
        } else if line.starts_with(b"transfer-encoding:") {
            self.has_encoding = true;
        } else if line.is_empty() {
            self.end_head();
        }
        if self.has_length && self.has_encoding {
            self.conflict.0.store(true, Ordering::Release);
        }
    }

    fn end_head(&mut self) {
        self.is_over |= self.has_encoding;
        self.body_bytes = std::mem::take(&mut self.next_body_bytes);
        self.has_length = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// True if a conflict is found in bytes that arrive in pieces of a size.
    fn finds(text: &str, piece: usize) -> bool {
        let mut heads = Heads::default();
        text.as_bytes().chunks(piece).for_each(|bytes| heads.follow(bytes));
        heads.conflict.0.load(Ordering::Acquire)
    }

    #[test]
    fn a_head_with_two_lengths_is_found_and_a_body_is_no_head() {
        let long = "x".repeat(100);
        for (text, expected) in [
            ("POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", true),
            ("POST / HTTP/1.1\ntransfer-encoding:chunked\nCONTENT-LENGTH:5\n\n", true),
            ("\r\nGET / HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 0\r\nTransfer-Encoding: a\r\n\r\n", true),
            (&format!("GET /{long} HTTP/1.1\r\nA: {long}\r\nContent-Length: 1\r\nTransfer-Encoding: a\r\n\r\n"), true),
            (
                "POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n-GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
                false,
            ),
            ("POST / HTTP/1.1\r\nContent-Length: 26\r\n\r\nTransfer-Encoding: chunked\r\n\r\n", false),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nContent-Length: 5\r\n\r\n", false),
            (&format!("GET / HTTP/1.1\r\nA: {long}transfer-encoding: a\r\nContent-Length: 5\r\n\r\n"), false),
            ("GET / HTTP/1.1\r\nX-Content-Length: 5\r\nTransfer-Encoding: a\r\n\r\n", false),
        ] {
            assert_eq!([1, 7, 4096].map(|piece| finds(text, piece)), [expected; 3], "{text:?}");
        }
    }
}
