//! What is asked for: the head of a request, and what of it is refused.

use std::ffi::OsString;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::ffi::OsStringExt;
use std::time::{Duration, Instant};

/// So many bytes a head may have, and so many headers.
const HEAD: usize = 16 << 10;
const HEADERS: usize = 64;
/// How long it may take to say it.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request that may be answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// The names of the path, each one that an entry of a folder can have.
    pub(super) parts: Vec<OsString>,
    /// Whether the path ends as that of a folder.
    pub(super) folder: bool,
    /// Whether only the answer's head is wanted.
    pub(super) head: bool,
    /// The tag of what the caller has already.
    pub(super) known: Option<String>,
}

/// Why a request is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nobody is there any more, or nobody says anything.
    Gone,
    /// It is no HTTP, or its path is none.
    Malformed,
    /// It is too long.
    TooLong,
    /// It wants to change something.
    Method,
    /// It was meant for another host: some page elsewhere sent it here.
    Host,
}

/// Reads a request of a server at this address.
pub(super) fn read(stream: &mut TcpStream, address: SocketAddr) -> Result<Request, Refusal> {
    let (began, mut head, mut buffer) = (Instant::now(), Vec::new(), [0; 2048]);
    loop {
        let bytes = match stream.read(&mut buffer) {
            Ok(0) => return Err(Refusal::Gone),
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return Err(Refusal::Gone),
        };
        head.extend_from_slice(&buffer[..bytes]);
        match parse(&head, address)? {
            Some(request) => return Ok(request),
            None if head.len() > HEAD => return Err(Refusal::TooLong),
            None if began.elapsed() > PATIENCE => return Err(Refusal::Gone),
            None => {}
        }
    }
}

/// What a head says; nothing if it is not all there yet.
fn parse(head: &[u8], address: SocketAddr) -> Result<Option<Request>, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Partial) => return Ok(None),
        Ok(httparse::Status::Complete(_)) => {}
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::TooLong),
        Err(_) => return Err(Refusal::Malformed),
    }
    let named = |name: &'static str| {
        let same = move |header: &&httparse::Header<'_>| header.name.eq_ignore_ascii_case(name);
        request.headers.iter().filter(same).map(|header| header.value)
    };
    let mut hosts = named("host");
    if !hosts.next().is_some_and(|host| is_here(host, address)) || hosts.next().is_some() {
        return Err(Refusal::Host);
    }
    let head = match request.method {
        Some("GET") => false,
        Some("HEAD") => true,
        _ => return Err(Refusal::Method),
    };
    let (parts, folder) = path(request.path.unwrap_or_default()).ok_or(Refusal::Malformed)?;
    let known = named("if-none-match").next().map(String::from_utf8_lossy);
    Ok(Some(Request { parts, folder, head, known: known.map(|known| known.into_owned()) }))
}

/// Whether a host is this server by one of the names that point to nobody else.
fn is_here(host: &[u8], address: SocketAddr) -> bool {
    let (name, port) = match host.iter().rposition(|byte| *byte == b':') {
        Some(colon) => (&host[..colon], str::from_utf8(&host[colon + 1..]).ok()),
        None => (host, Some("80")),
    };
    let port = port.and_then(|port| port.parse().ok());
    port == Some(address.port())
        && (name == b"127.0.0.1" || name.eq_ignore_ascii_case(b"localhost"))
}

/// The names of a path, and whether it is that of a folder.
fn path(target: &str) -> Option<(Vec<OsString>, bool)> {
    let path = target.split(['?', '#']).next()?.strip_prefix('/')?;
    let folder = path.is_empty() || path.ends_with('/');
    let path = path.strip_suffix('/').unwrap_or(path);
    let parts = path.split('/').filter(|_| !path.is_empty()).map(part).collect::<Option<_>>()?;
    Some((parts, folder))
}

/// The name that is spelled so, if a folder can have an entry of that name.
fn part(spelled: &str) -> Option<OsString> {
    let mut bytes = spelled.bytes();
    let mut name = Vec::new();
    while let Some(byte) = bytes.next() {
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        name.push(match byte {
            b'%' => (digit()? << 4 | digit()?) as u8,
            _ => byte,
        });
    }
    let none = name.is_empty() || name == b"." || name == b".." || name.contains(&b'/');
    (!none && !name.contains(&0)).then(|| OsString::from_vec(name))
}

#[cfg(test)]
mod tests {
    use super::{Refusal, Request, parse, path};
    use std::net::SocketAddr;

    fn asked(head: &str) -> Result<Option<Request>, Refusal> {
        parse(head.as_bytes(), SocketAddr::from(([127, 0, 0, 1], 8080)))
    }

    #[test]
    fn paths_are_names_and_lead_nowhere_else() {
        let names = |target: &str| {
            path(target).map(|(parts, folder)| {
                (
                    parts
                        .iter()
                        .map(|part| part.to_string_lossy().into_owned())
                        .collect::<Vec<_>>(),
                    folder,
                )
            })
        };
        assert_eq!(names("/"), Some((vec![], true)));
        assert_eq!(names("/a%20b/c?x=/../"), Some((vec!["a b".to_owned(), "c".to_owned()], false)));
        assert_eq!(names("/a/"), Some((vec!["a".to_owned()], true)));
        for evil in [
            "/..",
            "/../x",
            "/a/../../x",
            "/%2e%2e/x",
            "/.%2E/x",
            "/a%2f..%2fx",
            "//evil.org/",
            "/a//b",
            "/./x",
            "/a%00b",
            "/%",
            "/%2",
            "/%zz",
            "/a/%e",
            "x",
            "",
            "http://127.0.0.1:8080/",
        ] {
            assert_eq!(names(evil), None, "{evil}");
        }
    }

    #[test]
    fn only_who_names_this_host_is_answered() {
        let get = |host: &str| asked(&format!("GET / HTTP/1.1\r\n{host}\r\n"));
        for host in ["127.0.0.1:8080", "localhost:8080", "LocalHost:8080"] {
            assert!(matches!(get(&format!("host: {host}\r\n")), Ok(Some(_))), "{host}");
        }
        for host in [
            "",
            "host: evil.org:8080\r\n",
            "host: 127.0.0.1\r\n",
            "host: 127.0.0.1:80\r\n",
            "host: 127.0.0.1:8080.evil.org\r\n",
            "host: localhost.evil.org:8080\r\n",
            "host: :8080\r\n",
            "host: 127.0.0.1:8080\r\nhost: evil.org\r\n",
            "host: evil.org\r\nhost: 127.0.0.1:8080\r\n",
        ] {
            assert_eq!(get(host), Err(Refusal::Host), "{host}");
        }
    }

    #[test]
    fn heads_may_come_in_parts_and_change_nothing() {
        let whole = "HEAD /a HTTP/1.1\r\nHost: localhost:8080\r\nIf-None-Match: \"7\"\r\n\r\n";
        assert!((0..whole.len()).all(|cut| asked(&whole[..cut]) == Ok(None)));
        let request = asked(whole).unwrap().unwrap();
        assert!(request.head && !request.folder && request.known.as_deref() == Some("\"7\""));
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"] {
            let head = format!("{method} / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n");
            assert_eq!(asked(&head), Err(Refusal::Method), "{method}");
        }
        let many = "x: y\r\n".repeat(65);
        let many = format!("GET / HTTP/1.1\r\n{many}\r\n");
        assert_eq!(asked(&many), Err(Refusal::TooLong));
        assert_eq!(asked("\u{16}\u{3}\u{1}\r\n\r\n"), Err(Refusal::Malformed));
    }
}
