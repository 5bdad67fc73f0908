//! Reads responses to their end.

use std::borrow::Cow;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::{Bytes, BytesMut};
use http::{Extensions, HeaderMap, StatusCode, Version, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame};
use hyper::ext::ReasonPhrase;
use memmap2::MmapMut;

use super::describe;
use super::failure::Failure;

/// A response that has been read to the end.
#[derive(Debug, Default)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The reason phrase of the status line, in latin-1.
    pub reason: Cow<'static, [u8]>,
    /// Whether the HTTP version of the response is 1.0.
    pub http10: bool,
    /// The header lines.
    pub headers: HeaderMap,
    /// The trailers, which are the header lines after the body.
    pub trailers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Response {
    /// Returns a response with an empty body, built from the head.
    pub fn head(
        status: StatusCode,
        version: Version,
        extensions: &Extensions,
        headers: HeaderMap,
    ) -> Self {
        Self {
            status: status.as_u16(),
            reason: reason(status, extensions),
            http10: version == Version::HTTP_10,
            headers,
            ..Self::default()
        }
    }
}

/// The limit for the size of the header lines of a response in bytes: by default that of Node, whose option
/// `--max-http-header-size` sets another one for the whole process.
static MAX_HEADER_SIZE: AtomicUsize = AtomicUsize::new(16 * 1024);

/// The limit for the length of a body in bytes: the longest string of the running V8.
static MAX_BODY_SIZE: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Sets the limits for the size of the header lines and of the body of a response in bytes.
pub fn set_limits(header_size: usize, body_size: usize) {
    MAX_HEADER_SIZE.store(header_size, Ordering::Relaxed);
    MAX_BODY_SIZE.store(body_size, Ordering::Relaxed);
}

/// Fails if the header lines of a response are longer than the limit.
pub fn check_size(headers: &HeaderMap) -> Result<(), Failure> {
    let size: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if size > MAX_HEADER_SIZE.load(Ordering::Relaxed) {
        return Err(Failure::malformed("HPE_HEADER_OVERFLOW", "Header overflow"));
    }
    Ok(())
}

/// Reads a response to the end.
pub async fn read(response: reqwest::Response) -> Result<Response, Failure> {
    let (head, body) = http::Response::<reqwest::Body>::from(response).into_parts();
    let (body, trailers) = read_body(&head.headers, body).await?;
    Ok(Response {
        trailers,
        body,
        ..Response::head(head.status, head.version, &head.extensions, head.headers)
    })
}

/// Reads the body and the trailers. Drops the connection if the body becomes longer than the limit.
async fn read_body(
    headers: &HeaderMap,
    mut body: reqwest::Body,
) -> Result<(Bytes, HeaderMap), Failure> {
    // A body with neither a length nor chunks ends with the connection.
    let ends_with_connection =
        body.size_hint().exact().is_none() && !headers.contains_key(header::TRANSFER_ENCODING);
    let limit = MAX_BODY_SIZE.load(Ordering::Relaxed);
    let mut whole = Collected::default();
    let mut trailers = HeaderMap::new();
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) if whole.len() + data.len() > limit => {
                return Err(Failure::too_long(limit));
            }
            Ok(Ok(data)) => whole
                .push(data)
                .map_err(|error| Failure::of_system("mmap", &error))?,
            Ok(Err(frame)) => trailers = frame.into_trailers().unwrap_or_default(),
            Err(error) if ends_with_connection && describe::is_end_of_stream(&error) => break,
            Err(error) => return Err(describe::describe_body(&error)),
        }
    }
    Ok((whole.into(), trailers))
}

/// The part of a body that has arrived.
enum Collected {
    /// The first frame, which most bodies consist of.
    One(Bytes),
    Small(BytesMut),
    /// A large body has memory of its own, which the system takes back as soon as the body is dropped: allocators keep large blocks
    /// that another thread frees. The number is the length of the body.
    Large(MmapMut, usize),
}

/// The length from which a body is large.
const LARGE: usize = 1 << 20;

impl Collected {
    fn len(&self) -> usize {
        match self {
            Self::One(bytes) => bytes.len(),
            Self::Small(bytes) => bytes.len(),
            Self::Large(_, length) => *length,
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::One(bytes) => bytes,
            Self::Small(bytes) => bytes,
            Self::Large(map, length) => &map[..*length],
        }
    }

    /// Appends `data`. Fails if the system has no memory for it.
    fn push(&mut self, data: Bytes) -> io::Result<()> {
        let start = self.len();
        let end = start + data.len();
        match self {
            Self::One(bytes) if bytes.is_empty() => *self = Self::One(data),
            Self::Small(bytes) if end < LARGE => bytes.extend_from_slice(&data),
            Self::Large(map, length) if end <= map.len() => {
                map[start..end].copy_from_slice(&data);
                *length = end;
            }
            _ if end < LARGE => *self = Self::Small([self.bytes(), &data].concat()[..].into()),
            _ => {
                // What is not written yet takes no memory.
                let mut map = MmapMut::map_anon(end.saturating_mul(2))?;
                map[..start].copy_from_slice(self.bytes());
                map[start..end].copy_from_slice(&data);
                *self = Self::Large(map, end);
            }
        }
        Ok(())
    }
}

impl Default for Collected {
    fn default() -> Self {
        Self::One(Bytes::new())
    }
}

impl From<Collected> for Bytes {
    fn from(collected: Collected) -> Self {
        match collected {
            Collected::One(bytes) => bytes,
            Collected::Small(bytes) => bytes.freeze(),
            Collected::Large(map, length) => Self::from_owner(map).slice(..length),
        }
    }
}

/// Returns the reason phrase of a response. hyper keeps the reason phrase only if it differs from the usual text for `status`.
fn reason(status: StatusCode, extensions: &Extensions) -> Cow<'static, [u8]> {
    match extensions.get::<ReasonPhrase>() {
        Some(reason) => reason.as_bytes().to_vec().into(),
        None => status
            .canonical_reason()
            .unwrap_or_default()
            .as_bytes()
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_body_is_collected_whole(lengths in prop::collection::vec(0..LARGE, 0..8)) {
            let mut collected = Collected::default();
            let mut expected = Vec::new();
            for (name, length) in (0..).zip(lengths) {
                let frame = vec![name; length];
                expected.extend_from_slice(&frame);
                collected.push(frame.into()).unwrap();
            }
            prop_assert_eq!(collected.len(), expected.len());
            prop_assert!(Bytes::from(collected) == expected);
        }
    }
}
