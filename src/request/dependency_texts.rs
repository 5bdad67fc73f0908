//! Recognizes errors of dependencies by their texts, if no public type identifies them.
//!
//! No other file depends on the wording of a dependency. The tests below make the dependencies produce each text, so they fail
//! if an update changes a text.

use std::error::Error;

/// The cause of a failure that the text of an error indicates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    /// The system refuses to create a socket.
    Socket,
    /// The system or the peer refuses the TCP connection.
    Tcp,
    /// A proxy responds, but does not open a tunnel.
    TunnelRefused,
    /// A proxy closes the connection before it responds.
    TunnelClosed,
    /// Another failure occurs on the connection to a proxy.
    Tunnel,
    /// The status line has an unknown HTTP version.
    Version,
    /// The `Content-Length` is not a valid length.
    ContentLength,
    /// The response has a `Transfer-Encoding` that is not allowed.
    TransferEncoding,
    /// The header lines are more, or longer, than hyper accepts.
    HeadTooLarge,
    /// The size of a chunk is not a number.
    ChunkSize,
    /// The size of a chunk does not fit in 64 bits.
    ChunkSizeOverflow,
    /// The line with the size of a chunk has no LF after the CR.
    ChunkSizeEnd,
    /// A chunk is not followed by CR LF.
    ChunkEnd,
    /// The extension of a chunk is malformed.
    ChunkExtension,
    /// The extensions of the chunks are longer than hyper accepts.
    ChunkExtensionsTooLarge,
    /// The trailers are more, or longer, than hyper accepts.
    TrailersTooLarge,
}

/// The beginning of each text, and the fault that the text indicates. The first entry that matches decides.
const TEXTS: [(&str, Fault); 24] = {
    use Fault::*;
    [
        // These texts belong to `ConnectError`, which hyper-util does not export (client/legacy/connect/http.rs).
        ("tcp open error", Socket),
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
        ("invalid HTTP version parsed", Version),
        ("invalid content-length parsed", ContentLength),
        ("unexpected transfer-encoding parsed", TransferEncoding),
        ("message head is too large", HeadTooLarge),
        // These texts belong to `io::Error`s whose kind only indicates invalid input (hyper, proto/h1/decode.rs).
        ("Invalid chunk size line: missing size digit", ChunkSize),
        ("Invalid chunk size line: Invalid Size", ChunkSize),
        ("Invalid chunk size linear white space", ChunkSize),
        ("invalid chunk size: overflow", ChunkSizeOverflow),
        ("Invalid chunk size LF", ChunkSizeEnd),
        ("Invalid chunk body CR", ChunkEnd),
        ("Invalid chunk body LF", ChunkEnd),
        ("invalid chunk extension contains newline", ChunkExtension),
        ("chunk extensions over limit", ChunkExtensionsTooLarge),
        ("chunk trailers bytes over limit", TrailersTooLarge),
        ("chunk trailers count overflow", TrailersTooLarge),
        ("Invalid trailer end LF", ChunkSizeEnd),
        ("Invalid chunk end LF", ChunkEnd),
    ]
};

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
    use std::fs::File;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::process::Command;
    use std::{env, iter, thread};

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

    /// The environment variable that marks the process with a low limit of file descriptors.
    const IS_SHORT: &str = "TEST_IS_SHORT_OF_DESCRIPTORS";

    /// Returns the output of a separate process in which a request fails for lack of a file descriptor. The process runs the same
    /// test again, which then only prints that failure.
    fn without_descriptors() -> Vec<String> {
        // The harness names tests without the crate.
        let (_, module) = module_path!().split_once("::").unwrap_or_default();
        let name = format!("{module}::each_text_is_what_the_dependency_says");
        let output = Command::new("sh")
            .args(["-c", "ulimit -n 32; exec \"$0\" \"$@\""])
            .arg(env::current_exe().unwrap())
            .args(["--exact", &name, "--nocapture"])
            .env(IS_SHORT, "1")
            .output()
            .unwrap();
        let output = String::from_utf8_lossy(&output.stdout).into_owned();
        output.lines().map(str::to_owned).collect()
    }

    fn print_failure_without_descriptors() {
        let runtime = runtime();
        let held: Vec<_> = iter::from_fn(|| File::open("/dev/null").ok()).collect();
        let texts = runtime.block_on(get(None, "http://127.0.0.1:1/"));
        drop(held);
        println!("\n{}", texts.join("\n"));
    }

    fn said_for(text: &str) -> Vec<String> {
        match text {
            "tcp open error" => without_descriptors(),
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
        if env::var_os(IS_SHORT).is_some() {
            return print_failure_without_descriptors();
        }
        for (text, _) in TEXTS {
            // On Windows, only memory limits the number of sockets of a process.
            if cfg!(windows) && text == "tcp open error" {
                continue;
            }
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
