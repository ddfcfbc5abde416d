//! [`Request`]: what a browser asked for, read from a connection that may belong to anybody.

use std::io::{ErrorKind, Read};

use super::response::Status;

/// The longest head of a request in bytes; browsers send about 600.
pub(super) const LONGEST_HEAD: usize = 16 << 10;
/// Most header lines.
const MOST_HEADERS: usize = 64;

/// A request that can be answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// As it was sent: path, perhaps `?` and a query.
    pub target: String,
    /// Whether the content shall be left out of the answer.
    pub head_only: bool,
    /// Whether the connection stays open for another request.
    pub keep_alive: bool,
}

/// What came instead of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The other side has closed, or said nothing for too long.
    Gone,
    With(Status),
}

impl Request {
    /// Reads one head. `left` holds what was read beyond the last one and keeps what is read beyond this.
    pub(super) fn read(from: &mut impl Read, left: &mut Vec<u8>) -> Result<Self, Refused> {
        let mut piece = [0; 2048];
        loop {
            if let Some(end) = end_of_head(left) {
                let request = parse(&left[..end]);
                left.drain(..end);
                return request;
            }
            if left.len() > LONGEST_HEAD {
                return Err(Refused::With(Status::HeadTooLong));
            }
            match from.read(&mut piece) {
                Ok(0) => return Err(Refused::Gone),
                Ok(count) => left.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(Refused::Gone),
            }
        }
    }
}

/// Where the empty line ends that ends a head.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let searched = &bytes[..bytes.len().min(LONGEST_HEAD)];
    let place = searched.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(place + 4)
}

fn parse(head: &[u8]) -> Result<Request, Refused> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    match parsed.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Err(httparse::Error::TooManyHeaders) => return Err(Refused::With(Status::HeadTooLong)),
        _ => return Err(Refused::With(Status::BadRequest)),
    }
    let value = |name: &str| {
        let mut all = parsed
            .headers
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case(name));
        let first = all.next().map(|header| header.value);
        (first, all.next().is_some())
    };
    // A page elsewhere can make a browser ask this machine by a name of its own; only ours are answered.
    match value("host") {
        (Some(host), false) if is_loopback(host) => {}
        (Some(_), false) => return Err(Refused::With(Status::Misdirected)),
        _ => return Err(Refused::With(Status::BadRequest)),
    }
    // Nothing that is served takes a body, and one left unread would be taken for the next request.
    let length = value("content-length").0;
    if value("transfer-encoding").0.is_some() || length.is_some_and(|length| length != b"0") {
        return Err(Refused::With(Status::BodyTooLarge));
    }
    let head_only = match parsed.method {
        Some("GET") => false,
        Some("HEAD") => true,
        _ => return Err(Refused::With(Status::BadMethod)),
    };
    let closes = value("connection").0.is_some_and(|value| {
        value
            .to_ascii_lowercase()
            .windows(5)
            .any(|part| part == b"close")
    });
    Ok(Request {
        target: parsed.path.unwrap_or_default().to_owned(),
        head_only,
        keep_alive: parsed.version == Some(1) && !closes,
    })
}

/// Whether a `Host` is a name of this machine's own loopback, with or without a port.
fn is_loopback(host: &[u8]) -> bool {
    let Ok(host) = std::str::from_utf8(host) else {
        return false;
    };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    name == "127.0.0.1" || name.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Request, Refused> {
        Request::read(&mut &*bytes, &mut Vec::new())
    }

    #[test]
    fn a_request_is_its_target() {
        let request = read(b"GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n");
        let expected = Request {
            target: "/a?b".into(),
            head_only: false,
            keep_alive: true,
        };
        assert_eq!(request, Ok(expected));
        let request = read(b"HEAD / HTTP/1.1\r\nhost: LocalHost\r\nConnection: Close\r\n\r\n");
        assert!(request.is_ok_and(|request| request.head_only && !request.keep_alive));
    }

    #[test]
    fn what_follows_a_request_is_the_next() {
        let mut left = Vec::new();
        let two =
            b"GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\nGET /2 HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let mut from = &two[..];
        for target in ["/1", "/2"] {
            let request = Request::read(&mut from, &mut left);
            assert_eq!(request.map(|request| request.target), Ok(target.into()));
        }
        assert_eq!(Request::read(&mut from, &mut left), Err(Refused::Gone));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let with = |line: &str| {
            read(format!("GET / HTTP/1.1\r\nHost: localhost\r\n{line}\r\n\r\n").as_bytes())
        };
        let refused = |status| Err(Refused::With(status));
        assert_eq!(read(b"\x16\x03\x01\r\n\r\n"), refused(Status::BadRequest));
        assert_eq!(read(b"GET / HTTP/1.1\r\n\r\n"), refused(Status::BadRequest));
        assert_eq!(
            read(b"GET / HTTP/1.1\r\nHost: evil.example:8000\r\n\r\n"),
            refused(Status::Misdirected)
        );
        assert_eq!(with("Content-Length: 5"), refused(Status::BodyTooLarge));
        assert_eq!(
            with("Transfer-Encoding: chunked"),
            refused(Status::BodyTooLarge)
        );
        assert_eq!(
            read(b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            refused(Status::BadMethod)
        );
        assert_eq!(
            with(&format!("Cookie: {}", "a".repeat(LONGEST_HEAD))),
            refused(Status::HeadTooLong)
        );
        assert_eq!(with(&"A: b\r\n".repeat(99)), refused(Status::HeadTooLong));
        assert_eq!(read(&vec![b'a'; 1 << 20]), refused(Status::HeadTooLong));
        assert_eq!(read(b"GET / HTTP/1.1\r\nHost"), Err(Refused::Gone));
    }
}
