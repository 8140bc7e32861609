//! Answers: a page, a file, or why not.
//!
//! What lies in a run's folder was written by nodes, so only the two pages that this program makes
//! are told to be HTML; everything else is text that no browser may take for more.

use super::request::Refusal;
use crate::report::html;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;

/// What every answer says: nothing is kept, guessed, framed, or asked of others.
const ALWAYS: &str = "\
    Connection: close\r\n\
    Cache-Control: no-cache\r\n\
    X-Content-Type-Options: nosniff\r\n\
    Referrer-Policy: no-referrer\r\n\
    Cross-Origin-Resource-Policy: same-origin\r\n\
    Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; \
    script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'\r\n";

const PAGE: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

#[derive(Debug)]
pub(super) struct Response {
    status: &'static str,
    kind: &'static str,
    /// A header of its own, with its line's end.
    more: String,
    tag: Option<String>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Text(String),
    /// So many bytes of a file, whatever becomes of it meanwhile.
    File(File, u64),
}

impl Response {
    fn new(status: &'static str, kind: &'static str, body: Body) -> Response {
        Response { status, kind, more: String::new(), tag: None, body }
    }

    pub(super) fn page(text: String) -> Response {
        Response::new("200 OK", PAGE, Body::Text(text))
    }

    /// Names this version of the page: whoever has it need not be given it again.
    pub(super) fn tagged(self, tag: String) -> Response {
        Response { tag: Some(tag), ..self }
    }

    /// The caller has the newest version already.
    pub(super) fn unchanged() -> Response {
        Response::new("304 Not Modified", PAGE, Body::Text(String::new()))
    }

    pub(super) fn file(name: Option<&OsString>, file: File, size: u64) -> Response {
        let name = name.map_or(&b""[..], |name| name.as_bytes());
        let kind = match name {
            b"index.html" | b"report.html" => PAGE,
            _ => TEXT,
        };
        Response::new("200 OK", kind, Body::File(file, size))
    }

    pub(super) fn missing() -> Response {
        Response::words("404 Not Found", "there is no such file here")
    }

    /// A folder is asked for by a path with a slash at its end, so that what it links to is in it.
    pub(super) fn moved(parts: &[OsString]) -> Response {
        let spelled = parts.iter().map(|part| html::spelled(part.as_bytes()));
        let more = format!("Location: /{}/\r\n", spelled.collect::<Vec<_>>().join("/"));
        Response { more, ..Response::words("301 Moved Permanently", "this is a folder") }
    }

    pub(super) fn refused(refusal: &Refusal) -> Response {
        match refusal {
            Refusal::Method => Response {
                more: "Allow: GET, HEAD\r\n".to_owned(),
                ..Response::words("405 Method Not Allowed", "nothing can be changed here")
            },
            Refusal::Host => {
                Response::words("421 Misdirected Request", "this server is 127.0.0.1 alone")
            }
            Refusal::TooLong => {
                Response::words("431 Request Header Fields Too Large", "that is too much")
            }
            Refusal::Malformed | Refusal::Gone => {
                Response::words("400 Bad Request", "this is no request for a file here")
            }
        }
    }

    fn words(status: &'static str, words: &str) -> Response {
        Response::new(status, TEXT, Body::Text(format!("{words}\n")))
    }

    pub(super) fn send(self, stream: &mut impl Write, head: bool) -> io::Result<()> {
        let length = match &self.body {
            Body::Text(text) => text.len() as u64,
            Body::File(_, size) => *size,
        };
        let (status, kind, more) = (self.status, self.kind, &self.more);
        let tag = self.tag.map(|tag| format!("ETag: {tag}\r\n")).unwrap_or_default();
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{ALWAYS}{more}{tag}\r\n"
        )?;
        match self.body {
            _ if head => {}
            Body::Text(text) => stream.write_all(text.as_bytes())?,
            Body::File(file, size) => {
                io::copy(&mut file.take(size), stream)?;
            }
        }
        stream.flush()
    }
}
