//! The little HTTP/1.1 that WHIP and WHEP need: one kept connection, one request at a time, on a thread of its own so
//! that the media clock never waits for an answer.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use crate::net::Waker;

/// An SDP answer is far smaller; a bigger body is not one.
const MAX_BODY: usize = 256 * 1024;
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub enum Method {
    Post,
    Delete,
}

#[derive(Debug)]
pub struct Request {
    pub peer: usize,
    pub method: Method,
    pub url: String,
    pub token: String,
    pub body: String,
}

#[derive(Debug)]
pub struct Response {
    pub peer: usize,
    pub status: u16,
    /// Absolute; empty when there was none.
    pub location: String,
    pub body: String,
    pub took: Duration,
}

/// The asking side of the thread.
pub struct Client {
    requests: Sender<Request>,
    responses: Receiver<io::Result<Response>>,
}

impl Client {
    /// Answers are announced through `waker`.
    pub fn start(waker: Waker) -> io::Result<Self> {
        let (requests, incoming) = channel::<Request>();
        let (outgoing, responses) = channel();
        std::thread::Builder::new().name("http".into()).spawn(move || {
            let mut connection = None;
            for request in incoming {
                if outgoing.send(exchange(&mut connection, &request)).is_err() {
                    return;
                }
                waker.wake();
            }
        })?;
        Ok(Self { requests, responses })
    }

    pub fn ask(&self, request: Request) {
        // The thread ends only with this client.
        let _ = self.requests.send(request);
    }

    pub fn poll(&self) -> Option<io::Result<Response>> {
        self.responses.try_recv().ok()
    }
}

type Connection = (String, BufReader<TcpStream>);

/// A kept connection may have been closed by the server meanwhile: one retry on a fresh one.
fn exchange(connection: &mut Option<Connection>, request: &Request) -> io::Result<Response> {
    if connection.is_some()
        && let Ok(response) = attempt(connection, request)
    {
        return Ok(response);
    }
    *connection = None;
    attempt(connection, request)
}

fn attempt(connection: &mut Option<Connection>, request: &Request) -> io::Result<Response> {
    let started = Instant::now();
    let (host, path) = split_url(&request.url)?;
    if connection.as_ref().is_none_or(|(open, _)| open != host) {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        *connection = Some((host.to_string(), BufReader::new(stream)));
    }
    let Some((_, reader)) = connection else { return Err(io::ErrorKind::NotConnected.into()) };
    reader.get_mut().write_all(render(request, host, path).as_bytes())?;
    let mut response = read_response(reader)?;
    response.peer = request.peer;
    response.took = started.elapsed();
    if response.location.starts_with('/') {
        response.location = format!("http://{host}{}", response.location);
    }
    Ok(response)
}

fn split_url(url: &str) -> io::Result<(&str, &str)> {
    let rest = url.strip_prefix("http://").ok_or_else(|| invalid("only http:// is supported"))?;
    Ok(rest.find('/').map_or((rest, "/"), |at| rest.split_at(at)))
}

fn render(request: &Request, host: &str, path: &str) -> String {
    let method = match request.method {
        Method::Post => "POST",
        Method::Delete => "DELETE",
    };
    let Request { token, body, .. } = request;
    let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n{content}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn read_response(reader: &mut impl BufRead) -> io::Result<Response> {
    let mut line = String::new();
    reader.by_ref().take(8192).read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(|| invalid("no status line"))?;
    let mut response = Response { peer: 0, status, location: String::new(), body: String::new(), took: Duration::ZERO };
    let mut length = 0_usize;
    loop {
        line.clear();
        if reader.by_ref().take(8192).read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let header = line.trim_end();
        if header.is_empty() {
            break;
        }
        let Some((name, value)) = header.split_once(':') else { continue };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().map_err(|_| invalid("content length"))?,
            "location" => response.location = value.trim().to_string(),
            "transfer-encoding" => return Err(invalid("chunked bodies are not supported")),
            _ => {}
        }
    }
    if length > MAX_BODY {
        return Err(invalid("body too large"));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    response.body = String::from_utf8(body).map_err(|_| invalid("body is not UTF-8"))?;
    Ok(response)
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_created_answer_is_read() {
        let mut text: &[u8] = b"HTTP/1.1 201 Created\r\nLocation: /whip/c/r\r\nContent-Length: 5\r\n\r\nv=0\r\nnext";
        let response = read_response(&mut text).unwrap();
        assert_eq!((response.status, response.location.as_str()), (201, "/whip/c/r"));
        assert_eq!(response.body, "v=0\r\n");
        assert_eq!(text, b"next");
    }

    #[test]
    fn a_cut_answer_is_an_error() {
        for text in ["", "HTTP/1.1 201 Created\r\n", "HTTP/1.1 201 C\r\nContent-Length: 9\r\n\r\nv=0"] {
            assert!(read_response(&mut text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_request_carries_token_and_length() {
        let request = Request {
            peer: 0,
            method: Method::Post,
            url: "http://h:1/p".into(),
            token: "t".into(),
            body: "v=0".into(),
        };
        let (host, path) = split_url(&request.url).unwrap();
        let text = render(&request, host, path);
        assert!(text.starts_with("POST /p HTTP/1.1\r\nHost: h:1\r\n"));
        assert!(text.contains("Authorization: Bearer t\r\n") && text.contains("Content-Length: 3\r\n"));
        assert!(text.ends_with("\r\n\r\nv=0"));
    }
}
