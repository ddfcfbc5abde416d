//! [`Status`] and [`Response`]: what goes back.

use std::io::{self, Write};

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    Moved,
    BadRequest,
    NotFound,
    BadMethod,
    BodyTooLarge,
    Misdirected,
    HeadTooLong,
    Failed,
}

impl Status {
    fn line(self) -> &'static str {
        match self {
            Self::Ok => "200 OK",
            Self::Moved => "301 Moved Permanently",
            Self::BadRequest => "400 Bad Request",
            Self::NotFound => "404 Not Found",
            Self::BadMethod => "405 Method Not Allowed",
            Self::BodyTooLarge => "413 Content Too Large",
            Self::Misdirected => "421 Misdirected Request",
            Self::HeadTooLong => "431 Request Header Fields Too Large",
            Self::Failed => "500 Internal Server Error",
        }
    }

    /// What a person reads who sees the answer.
    fn words(self) -> &'static str {
        match self {
            Self::NotFound => "There is no such page in this report.",
            Self::BadMethod => "A report can be read only (GET, HEAD).",
            Self::Misdirected => {
                "This report is served to this machine alone, as 127.0.0.1 or localhost."
            }
            Self::Failed => "The file could not be read.",
            _ => "This request cannot be answered.",
        }
    }
}

/// One answer.
#[derive(Debug)]
pub(super) struct Response {
    pub status: Status,
    /// Media type.
    pub kind: String,
    /// Where a moved page is.
    pub location: Option<String>,
    pub content: Vec<u8>,
}

impl Response {
    pub(super) fn new(kind: String, content: Vec<u8>) -> Self {
        Self {
            status: Status::Ok,
            kind,
            location: None,
            content,
        }
    }

    /// An answer without a file, in words and with a way back.
    pub(super) fn empty(status: Status) -> Self {
        let page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
             <title>{0}</title>\n<p>{1}</p>\n<p><a href=\"/\">To the report</a></p>\n</html>\n",
            status.line(),
            status.words()
        );
        Self {
            status,
            kind: "text/html; charset=utf-8".into(),
            location: None,
            content: page.into_bytes(),
        }
    }

    pub(super) fn moved(location: String) -> Self {
        Self {
            location: Some(location),
            ..Self::empty(Status::Moved)
        }
    }

    pub(super) fn write(
        &self,
        to: &mut impl Write,
        head_only: bool,
        keep_alive: bool,
    ) -> io::Result<()> {
        let mut head = format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\n\
             X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nConnection: {}\r\n",
            self.status.line(),
            self.kind,
            self.content.len(),
            if keep_alive { "keep-alive" } else { "close" }
        );
        if let Some(location) = &self.location {
            head.push_str(&format!("Location: {location}\r\n"));
        }
        if self.status == Status::BadMethod {
            head.push_str("Allow: GET, HEAD\r\n");
        }
        head.push_str("\r\n");
        to.write_all(head.as_bytes())?;
        if !head_only {
            to.write_all(&self.content)?;
        }
        to.flush()
    }
}
