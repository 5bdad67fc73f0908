//! Describes why a request failed that was sent natively, as Node's own HTTP client would, or why it is left to that client.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError};

use super::failure::Failure;
use super::runtime::ThreadRefused;

impl Failure {
    /// Returns the failure for a connection that ends too early.
    fn reset(message: &str) -> Self {
        Self::with_code("ECONNRESET", message)
    }

    /// Returns the failure for a peer that closed the connection before it responded.
    fn hang_up() -> Self {
        Self::reset("socket hang up")
    }

    /// Returns the failure for a resource that a request needs and that the system refuses.
    pub fn of_system(syscall: &'static str, error: &io::Error) -> Self {
        Self::system(syscall, error).unwrap_or_else(|| Self::new(error.to_string()))
    }

    /// Returns the failure of the system call `syscall`, or `None` if `error` is not a system error.
    fn system(syscall: &'static str, error: &io::Error) -> Option<Self> {
        Some(Self {
            code: system_name(error.kind()),
            number: Some(error.raw_os_error()?),
            syscall: Some(syscall),
            ..Self::new(error.to_string())
        })
    }
}

/// Why a request is left to Node's own client: no connection for it could be opened natively.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Refusal {
    /// What is the matter, and what would have the request sent natively.
    pub reason: &'static str,
    /// Whether the next connection is likely to fail as well.
    pub is_lasting: bool,
    /// Whether nothing was wrong except that it took too long.
    pub is_slow: bool,
    /// Whether the request had been sent when the connection was refused after all.
    pub is_late: bool,
}

impl Refusal {
    fn new(reason: &'static str) -> Self {
        Self {
            reason,
            ..Self::default()
        }
    }
}

/// Returns why the request that failed with `error` is left to Node's own client, or `None` if it failed on an open connection or
/// for want of a thread.
pub fn refusal(error: &reqwest::Error) -> Option<Refusal> {
    let tls = chain(error).find_map(<dyn Error>::downcast_ref::<rustls::Error>);
    if !error.is_connect() {
        // A server may want another handshake once it has read the request, which rustls does not do.
        let is_alert = matches!(tls, Some(rustls::Error::AlertReceived(_)));
        return is_alert.then_some(Refusal {
            is_lasting: true,
            is_late: true,
            ..Refusal::new("the server has ended TLS after the request; perhaps it wants a certificate or another handshake")
        });
    }
    if chain(error).any(<dyn Error>::is::<ThreadRefused>) {
        // Node would end the process for want of the thread.
        return None;
    }
    Some(if let Some(tls) = tls {
        Refusal {
            is_lasting: true,
            ..Refusal::new(reason_of_tls(tls))
        }
    } else if error.is_timeout() {
        Refusal {
            is_lasting: true,
            is_slow: true,
            ..Refusal::new("no connection could be made natively within 10 s")
        }
    } else if error.is_dns() {
        Refusal::new("the host could not be looked up natively")
    } else {
        Refusal::new("no connection could be made natively, or the proxy has opened no tunnel")
    })
}

/// Returns what is the matter with a server that TLS has refused.
fn reason_of_tls(error: &rustls::Error) -> &'static str {
    use rustls::Error::*;
    match error {
        InvalidCertificate(certificate) => reason_of_certificate(certificate),
        AlertReceived(_) => "the server has ended the handshake with an alert",
        PeerIncompatible(_) => {
            "the server speaks neither TLS 1.3 nor TLS 1.2 with ECDHE and an AEAD cipher"
        }
        InvalidMessage(_) => "what the server has sent is not TLS",
        _ => "TLS has refused the server",
    }
}

fn reason_of_certificate(error: &CertificateError) -> &'static str {
    use CertificateError::*;
    match error {
        UnknownIssuer => {
            "no certificate that is trusted natively has issued the server's certificate"
        }
        Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. } => {
            "the server's certificate is not valid at this time"
        }
        NotValidForName | NotValidForNameContext { .. } => {
            "the server's certificate is for another name"
        }
        // webpki's own error, whose type rustls does not export.
        Other(other) if other.to_string() == "CaUsedAsEndEntity" => {
            "the server's certificate is its own root; a certificate signed by a CA is checked natively"
        }
        _ => "the server's certificate is not one that is checked natively",
    }
}

/// Returns whether the connection ended before the response to a request that was sent on it.
pub fn is_end_of_connection(error: &reqwest::Error) -> bool {
    !error.is_connect()
        && chain(error).any(|cause| {
            let http = cause.downcast_ref::<hyper::Error>();
            let io = cause.downcast_ref::<io::Error>();
            http.is_some_and(|http| http.is_incomplete_message() || http.is_canceled())
                || io.is_some_and(|io| {
                    matches!(
                        io.kind(),
                        io::ErrorKind::ConnectionReset
                            | io::ErrorKind::ConnectionAborted
                            | io::ErrorKind::BrokenPipe
                            | io::ErrorKind::UnexpectedEof
                    )
                })
        })
}

/// Returns the failure for the `error` of a request that [`refusal`] does not leave to Node's own client.
pub fn describe(error: &reqwest::Error) -> Failure {
    chain(error)
        .find_map(|cause| {
            if let Some(ThreadRefused(error)) = cause.downcast_ref() {
                return Failure::system("getaddrinfo", error);
            }
            match cause.downcast_ref() {
                Some(tls) => Some(describe_tls(tls)),
                None => describe_io(cause.downcast_ref()?),
            }
        })
        // hyper's own error is the outermost of the chain and the least specific.
        .or_else(|| chain(error).find_map(|cause| describe_http(cause.downcast_ref()?)))
        .unwrap_or_else(|| {
            let innermost = chain(error).last().map(ToString::to_string);
            Failure::with_code("UNKNOWN", innermost.unwrap_or_default())
        })
}

/// Returns `error` and its causes, including the errors that an `io::Error` wraps, which `source` omits.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    fn next<'a>(error: &&'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
        let error = *error;
        match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    }
    std::iter::successors(Some(error), next)
}

fn describe_io(error: &io::Error) -> Option<Failure> {
    let is_write = error.kind() == io::ErrorKind::BrokenPipe;
    let is_end = error.kind() == io::ErrorKind::UnexpectedEof;
    Failure::system(if is_write { "write" } else { "read" }, error)
        .or_else(|| is_end.then(Failure::hang_up))
}

/// Returns the failure for an error of hyper itself. Node's parser distinguishes more kinds of malformed responses than hyper
/// does; if one kind of hyper covers several kinds of Node, the failure names the most likely one.
fn describe_http(error: &hyper::Error) -> Option<Failure> {
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return Some(Failure::hang_up());
    }
    if !error.is_parse() {
        return None;
    }
    Some(if error.is_parse_status() {
        Failure::malformed("HPE_INVALID_STATUS", "Invalid status code")
    } else {
        malformed(error)
    })
}

/// Returns the failure for a response that hyper considers malformed. If the text of `error` indicates no fault, httparse has
/// rejected the header lines or the trailers.
fn malformed(error: &(dyn Error + 'static)) -> Failure {
    let (code, reason) = fault(error).unwrap_or(HEADER);
    Failure::malformed(code, reason)
}

/// Returns the failure for an `error` that occurs while a body is read.
pub fn describe_body(error: &reqwest::Error) -> Failure {
    chain(error)
        .filter_map(<dyn Error>::downcast_ref::<io::Error>)
        .find_map(|error| {
            Failure::system("read", error).or_else(|| match error.kind() {
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData if !is_tls(error) => {
                    Some(malformed(error))
                }
                _ => None,
            })
        })
        .unwrap_or_else(|| Failure::reset("aborted"))
}

fn is_tls(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn Error + Send + Sync>::is::<rustls::Error>)
}

/// Returns whether the peer closed the connection without the `close_notify` alert that TLS requires.
pub fn is_end_of_stream(error: &reqwest::Error) -> bool {
    chain(error).any(|cause| {
        let io = cause.downcast_ref::<io::Error>();
        io.is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof)
    })
}

/// Returns the failure for an error of TLS on a connection that has been established. A TLS 1.3 server rejects a missing client
/// certificate only after the client has completed the handshake.
fn describe_tls(error: &rustls::Error) -> Failure {
    let rustls::Error::AlertReceived(alert) = error else {
        return Failure {
            syscall: Some("write"),
            ..Failure::with_code("EPROTO", format!("write EPROTO {error}"))
        };
    };
    let (code, reason) = match alert {
        AlertDescription::CertificateRequired => (
            "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
            "tlsv13 alert certificate required".to_owned(),
        ),
        other => ("EPROTO", format!("ssl/tls alert {other:?}")),
    };
    // OpenSSL's number for an alert is that of the alert and 1000.
    let number = 1000 + u32::from(u8::from(*alert));
    Failure {
        library: Some("SSL routines"),
        reason: Some(reason.clone()),
        ..Failure::with_code(code, format!("error:0A{number:06X}:SSL routines::{reason}"))
    }
}

/// Returns Node's name for an error of a connection. JavaScript asks the running Node for the names of others by their numbers.
fn system_name(kind: io::ErrorKind) -> Option<&'static str> {
    use io::ErrorKind::*;
    Some(match kind {
        BrokenPipe => "EPIPE",
        ConnectionAborted => "ECONNABORTED",
        ConnectionReset => "ECONNRESET",
        HostUnreachable => "EHOSTUNREACH",
        NetworkDown => "ENETDOWN",
        NetworkUnreachable => "ENETUNREACH",
        NotConnected => "ENOTCONN",
        TimedOut => "ETIMEDOUT",
        _ => return None,
    })
}

/// Why a response is malformed, in the code and the words of Node's parser.
type Fault = (&'static str, &'static str);

const HEADER: Fault = ("HPE_INVALID_HEADER_TOKEN", "Invalid header token");
const CHUNK_SIZE: Fault = ("HPE_INVALID_CHUNK_SIZE", "Invalid character in chunk size");
const CHUNK_OVERFLOW: Fault = ("HPE_INVALID_CHUNK_SIZE", "Chunk size overflow");
const CHUNK_SIZE_END: Fault = ("HPE_CR_EXPECTED", "Missing expected CR after chunk size");
const CHUNK_END: Fault = ("HPE_STRICT", "Expected LF after chunk data");
const EXTENSION: Fault = ("HPE_STRICT", "Invalid character in chunk extensions");
const EXTENSION_OVERFLOW: Fault = ("HPE_CHUNK_EXTENSIONS_OVERFLOW", "Chunk extensions overflow");
const HEADER_OVERFLOW: Fault = ("HPE_HEADER_OVERFLOW", "Header overflow");
const VERSION: Fault = ("HPE_INVALID_CONSTANT", "Expected HTTP/, RTSP/ or ICE/");
const LENGTH: Fault = (
    "HPE_INVALID_CONTENT_LENGTH",
    "Invalid character in Content-Length",
);
const ENCODING: Fault = (
    "HPE_INVALID_TRANSFER_ENCODING",
    "Invalid `Transfer-Encoding` header value",
);

/// The beginning of each text, and the fault that the text indicates. The first entry that matches decides.
const TEXTS: [(&str, Fault); 17] = [
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
fn fault(error: &(dyn Error + 'static)) -> Option<Fault> {
    let text = error.to_string();
    TEXTS
        .iter()
        .find(|(begins, _)| text.starts_with(begins))
        .map(|(_, fault)| *fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;

    /// The responses that make a dependency say each of `TEXTS`, in their order.
    fn causes() -> [String; TEXTS.len()] {
        let server = |text: &str| format!("HTTP/{text}");
        let chunks = |text: &str| {
            server(&format!(
                "1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{text}"
            ))
        };
        let long = "a".repeat(20_000);
        let lines = "A: b\r\n".repeat(5);
        [
            server("3.7 200 OK\r\n\r\n"),
            server("1.1 200 OK\r\nContent-Length: many\r\n\r\n"),
            server("1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            server(&format!("1.1 200 OK\r\n{lines}\r\n")),
            chunks("x\r\n"),
            chunks("1x\r\n"),
            chunks("1 x\r\n"),
            chunks("fffffffffffffffff\r\n"),
            chunks("1\rx"),
            chunks("1\r\nab"),
            chunks("1\r\na\rb"),
            chunks("1;a\n"),
            chunks(&format!("1;{long}\r\n")),
            chunks(&format!("0\r\nA: {long}\r\n\r\n")),
            chunks(&format!("0\r\n{lines}\r\n")),
            chunks("0\r\nA: b\rx"),
            chunks("0\r\n\rx"),
        ]
    }

    /// Starts a server that sends `response` to the first request and closes the connection. Returns its URL.
    fn peer(response: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                socket.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            // Writing fails if the client closes the connection before it has read everything.
            let _ = socket.write_all(response.as_bytes());
        });
        format!("http://{address}/")
    }

    #[test]
    fn each_text_is_what_the_dependency_says() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        for ((text, expected), response) in TEXTS.into_iter().zip(causes()) {
            let builder = reqwest::Client::builder()
                .no_proxy()
                .tls_certs_only([])
                .http1_max_headers(4);
            let request = builder.build().unwrap().get(peer(response));
            let outcome = runtime.block_on(async { request.send().await?.bytes().await });
            let error = outcome.expect_err("no failure");
            let said: Vec<_> = chain(&error).map(ToString::to_string).collect();
            let is_said = said.iter().any(|said| said.starts_with(text));
            assert!(is_said, "Update TEXTS: {said:#?} instead of {text:?}");
            // No earlier text hides it.
            assert!(
                chain(&error)
                    .filter_map(fault)
                    .any(|found| found == expected),
                "{text:?}"
            );
        }
    }
}
