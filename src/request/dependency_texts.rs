//! Recognizes errors of dependencies by their texts, if no public type identifies them.
//!
//! No other file depends on the wording of a dependency. The tests below make the dependencies produce each text, so they fail
//! if an update changes a text.

use std::error::Error;

/// The cause of a failure that the text of an error indicates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// The system or the peer refuses the TCP connection.
    Tcp,
    /// A proxy responds, but does not open a tunnel.
    TunnelRefused,
    /// A proxy closes the connection before it responds.
    TunnelClosed,
    /// Another failure occurs on the connection to a proxy.
    Tunnel,
    /// The response is malformed, for which Node's parser has this code and reason.
    Malformed(&'static str, &'static str),
}

use Fault::*;

const CHUNK_SIZE: Fault = Malformed("HPE_INVALID_CHUNK_SIZE", "Invalid character in chunk size");
const CHUNK_OVERFLOW: Fault = Malformed("HPE_INVALID_CHUNK_SIZE", "Chunk size overflow");
const CHUNK_SIZE_END: Fault = Malformed("HPE_CR_EXPECTED", "Missing expected CR after chunk size");
const CHUNK_END: Fault = Malformed("HPE_STRICT", "Expected LF after chunk data");
const EXTENSION: Fault = Malformed("HPE_STRICT", "Invalid character in chunk extensions");
const EXTENSION_OVERFLOW: Fault =
    Malformed("HPE_CHUNK_EXTENSIONS_OVERFLOW", "Chunk extensions overflow");
const HEADER_OVERFLOW: Fault = Malformed("HPE_HEADER_OVERFLOW", "Header overflow");
const VERSION: Fault = Malformed("HPE_INVALID_CONSTANT", "Expected HTTP/, RTSP/ or ICE/");
const LENGTH: Fault = Malformed(
    "HPE_INVALID_CONTENT_LENGTH",
    "Invalid character in Content-Length",
);
const ENCODING: Fault = Malformed(
    "HPE_INVALID_TRANSFER_ENCODING",
    "Invalid `Transfer-Encoding` header value",
);

/// The beginning of each text, and the fault that the text indicates. The first entry that matches decides.
const TEXTS: [(&str, Fault); 23] = [
    // This text belongs to `ConnectError`, which hyper-util does not export (client/legacy/connect/http.rs).
    ("tcp ", Tcp),
    // These texts belong to `TunnelError`, which hyper-util does not export (client/legacy/connect/proxy/tunnel.rs).
    ("tunnel error: proxy authorization required", TunnelRefused),
    (
        "tunnel error: proxy response headers too long",
        TunnelRefused,
    ),
    ("tunnel error: unsuccessful", TunnelRefused),
    ("tunnel error: unexpected end of file", TunnelClosed),
    ("tunnel error: ", Tunnel),
    // These texts belong to `Parse` (hyper, error.rs). A client can only ask hyper whether the status is invalid.
    ("invalid HTTP version parsed", VERSION),
    ("invalid content-length parsed", LENGTH),
    ("unexpected transfer-encoding parsed", ENCODING),
    ("message head is too large", HEADER_OVERFLOW),
    // These texts belong to `io::Error`s whose kind only indicates invalid input (hyper, proto/h1/decode.rs).
    ("Invalid chunk size line: missing size digit", CHUNK_SIZE),
    ("Invalid chunk size line: Invalid Size", CHUNK_SIZE),
    ("Invalid chunk size linear white space", CHUNK_SIZE),
    ("invalid chunk size: overflow", CHUNK_OVERFLOW),
    ("Invalid chunk size LF", CHUNK_SIZE_END),
    ("Invalid chunk body CR", CHUNK_END),
    ("Invalid chunk body LF", CHUNK_END),
    ("invalid chunk extension contains newline", EXTENSION),
    ("chunk extensions over limit", EXTENSION_OVERFLOW),
    ("chunk trailers bytes over limit", HEADER_OVERFLOW),
    ("chunk trailers count overflow", HEADER_OVERFLOW),
    ("Invalid trailer end LF", CHUNK_SIZE_END),
    ("Invalid chunk end LF", CHUNK_END),
];

/// Returns the fault that the text of `error` indicates. The texts of its causes are ignored.
pub fn fault(error: &(dyn Error + 'static)) -> Option<Fault> {
    let text = error.to_string();
    TEXTS
        .iter()
        .find(|(begins, _)| text.starts_with(begins))
        .map(|(_, fault)| *fault)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    use tokio::runtime::Runtime;

    use super::*;

    /// Returns the texts of `error` and its causes.
    fn texts(error: &(dyn Error + 'static)) -> Vec<String> {
        let mut texts = Vec::new();
        let mut next = Some(error);
        while let Some(error) = next {
            texts.push(error.to_string());
            next = error.source();
        }
        texts
    }

    fn runtime() -> Runtime {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    }

    fn client(proxy: Option<&str>) -> reqwest::Client {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .http1_max_headers(4);
        match proxy {
            Some(url) => builder.proxy(reqwest::Proxy::all(url).unwrap()),
            None => builder,
        }
        .build()
        .unwrap()
    }

    /// Returns the texts of the error with which a GET of `url` fails, either before or within the body.
    async fn get(proxy: Option<&str>, url: &str) -> Vec<String> {
        match client(proxy).get(url).send().await {
            Ok(answer) => texts(&answer.bytes().await.expect_err("no failure")),
            Err(error) => texts(&error),
        }
    }

    fn failure(url: &str) -> Vec<String> {
        runtime().block_on(get(None, url))
    }

    /// Starts a server that sends `answer` in response to the first request and closes the connection. Returns the server's URL.
    fn peer(answer: Vec<u8>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                socket.read_exact(&mut byte).unwrap();
                asked.push(byte[0]);
            }
            // Writing fails if the client closes the connection before it has read everything.
            let _ = socket.write_all(&answer);
        });
        format!("http://{address}/")
    }

    fn answered(answer: impl Into<Vec<u8>>) -> Vec<String> {
        failure(&peer(answer.into()))
    }

    fn chunked(body: impl AsRef<str>) -> Vec<String> {
        let body = body.as_ref();
        answered(format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}"
        ))
    }

    fn tunneled(answer: &str) -> Vec<String> {
        tunneled_by(&peer(answer.into()))
    }

    fn tunneled_by(proxy: &str) -> Vec<String> {
        runtime().block_on(get(Some(proxy), "https://name.invalid/"))
    }

    /// Returns the URL of a server that is not there.
    fn nobody() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/", listener.local_addr().unwrap())
    }

    fn said_for(text: &str) -> Vec<String> {
        match text {
            "tcp " => failure(&nobody()),
            "tunnel error: proxy authorization required" => {
                tunneled("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            }
            "tunnel error: unsuccessful" => tunneled("HTTP/1.1 403 Forbidden\r\n\r\n"),
            "tunnel error: unexpected end of file" => tunneled(""),
            "tunnel error: proxy response headers too long" => {
                let long = "a".repeat(10_000);
                tunneled(&format!("HTTP/1.1 200 OK\r\nA: {long}\r\n\r\n"))
            }
            "tunnel error: " => tunneled_by(&nobody()),
            "invalid HTTP version parsed" => answered("HTTP/3.7 200 OK\r\n\r\n"),
            "invalid content-length parsed" => {
                answered("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")
            }
            "unexpected transfer-encoding parsed" => {
                answered("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
            }
            "message head is too large" => {
                let lines = "A: b\r\n".repeat(5);
                answered(format!("HTTP/1.1 200 OK\r\n{lines}\r\n"))
            }
            "Invalid chunk size line: missing size digit" => chunked("x\r\n"),
            "Invalid chunk size line: Invalid Size" => chunked("1x\r\n"),
            "Invalid chunk size linear white space" => chunked("1 x\r\n"),
            "invalid chunk size: overflow" => chunked("fffffffffffffffff\r\n"),
            "Invalid chunk size LF" => chunked("1\rx"),
            "Invalid chunk body CR" => chunked("1\r\nab"),
            "Invalid chunk body LF" => chunked("1\r\na\rb"),
            "invalid chunk extension contains newline" => chunked("1;a\n"),
            "chunk extensions over limit" => chunked(format!("1;{}\r\n", "a".repeat(20_000))),
            "chunk trailers bytes over limit" => {
                chunked(format!("0\r\nA: {}\r\n\r\n", "a".repeat(20_000)))
            }
            "chunk trailers count overflow" => {
                chunked(format!("0\r\n{}\r\n", "A: b\r\n".repeat(5)))
            }
            "Invalid trailer end LF" => chunked("0\r\nA: b\rx"),
            "Invalid chunk end LF" => chunked("0\r\n\rx"),
            other => panic!("No test makes a dependency say {other:?}"),
        }
    }

    #[test]
    fn each_text_is_what_the_dependency_says() {
        for (text, _) in TEXTS {
            let said = said_for(text);
            assert!(
                said.iter().any(|said| said.starts_with(text)),
                "A dependency no longer says {text:?} but {said:#?}: bring TEXTS up to date"
            );
        }
    }

    #[test]
    fn no_text_hides_another() {
        let texts: HashSet<_> = TEXTS.iter().map(|(text, _)| text).collect();
        assert_eq!(texts.len(), TEXTS.len());
        for (index, (text, _)) in TEXTS.iter().enumerate() {
            assert!(
                TEXTS[..index]
                    .iter()
                    .all(|(earlier, _)| !text.starts_with(earlier)),
                "{text}"
            );
        }
    }
}
