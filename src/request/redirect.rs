//! Follows redirects as the original's HTTP library does (`request` 2.88, `lib/redirect.js`), with two exceptions: redirects from
//! https to http are refused (CVE-2023-28155), and another origin receives neither credentials nor a path in `Referer`.

use super::call::{BaseClient, Call, Request};
use super::failure::Failure;
use super::route::{Environment, Route};
use super::target::{self, Target};
use http::{HeaderName, HeaderValue, header};

/// The header lines that stay with the origin that the caller named. The fetch standard says so of `Authorization` (HTTP-redirect
/// fetch, step 13), and browsers do not let a program set the others.
const CREDENTIALS: [HeaderName; 3] = [
    header::AUTHORIZATION,
    header::COOKIE,
    header::PROXY_AUTHORIZATION,
];

/// The maximum number of redirects in one attempt.
const MAX_REDIRECTS: usize = 10;

/// The current request of an attempt, which each redirect replaces, and its route.
pub struct RoutedRequest {
    /// The request to send.
    pub request: Request,
    /// The route on which the request is sent.
    pub route: Route,
    followed: usize,
}

impl RoutedRequest {
    /// Returns the first request of an attempt, which is that for `call`. Fails if a part of `call` or the URL of the proxy is
    /// invalid.
    pub fn first(
        client: &BaseClient,
        call: &Call,
        environment: &Environment,
    ) -> Result<Self, Failure> {
        let mut request = client.request(call)?;
        let route = Route::of(&mut request, environment)?;
        Ok(Self {
            request,
            route,
            followed: 0,
        })
    }

    /// Replaces the request according to the `status` and `location` of a redirect. As in the original, all requests of an
    /// attempt use the proxy of the first request. Fails if the limit of redirects is reached or `location` is refused.
    pub fn follow(&mut self, status: u16, location: &[u8]) -> Result<(), Failure> {
        if self.followed == MAX_REDIRECTS {
            let url = &self.request.target;
            let message = format!("Exceeded maxRedirects. Probably stuck in a redirect loop {url}");
            return Err(Failure::new(message));
        }
        self.followed += 1;
        follow(&mut self.request, status, location)
    }
}

/// Returns whether a response with `status` and `location` is a redirect. The request decides whether redirects are followed.
pub fn is_redirect(status: u16, location: &[u8]) -> bool {
    (300..400).contains(&status) && !location.is_empty()
}

/// Changes `request` according to the `status` and `location` of a redirect. Fails if `location` is invalid or not https.
fn follow(request: &mut Request, status: u16, location: &[u8]) -> Result<(), Failure> {
    let location = target::escape_location(location);
    let invalid = |_| {
        Failure::new(format!(
            "Invalid URI \"{location}\". This can be caused by a crappy redirection."
        ))
    };
    let previous = request.target.url().map_err(invalid)?;
    let mut target = previous.join(&location).map_err(invalid)?;
    // A server must not choose credentials, and neither messages nor `Referer` may contain them. The setters fail only for a
    // URL that cannot have credentials.
    let _ = target.set_username("");
    let _ = target.set_password(None);
    match target.scheme() {
        "https" => {}
        "http" => {
            let message = format!("Refused redirect from {} to {target}", request.target);
            return Err(Failure::new(message));
        }
        other => return Err(Failure::new(format!("Invalid protocol: {other}:"))),
    }
    // The fetch standard's default, `strict-origin-when-cross-origin`. Another origin may not see the query, nor the path.
    let is_same_origin = previous.origin() == target.origin();
    let referer = if is_same_origin {
        request.target.without_fragment()
    } else {
        format!("{}/", request.target.origin())
    };
    // As in the original, a reference that is only a query keeps dot segments in the path; any other reference resolves them.
    request.target = if location.starts_with('?') {
        request.target.with_query_of(&target)
    } else {
        Target::of(&target)
    };
    // A 307 repeats the request unchanged. Any other status drops the body and the header lines that describe the body.
    if status != 307 {
        request.body = None;
        request.headers.remove(header::HOST);
        request.headers.remove(header::CONTENT_TYPE);
        request.headers.remove(header::CONTENT_LENGTH);
        if request.states_empty_body {
            request
                .headers
                .insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
    }
    // What has been removed does not come back with a redirect to the first origin.
    if !is_same_origin {
        for name in CREDENTIALS {
            request.headers.remove(name);
        }
    }
    if let Ok(referer) = HeaderValue::from_str(&referer) {
        request.headers.insert(header::REFERER, referer);
    }
    request.check_size();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method};
    use url::Url;

    use crate::request::target::Origin;

    fn followed(status: u16, location: &str) -> Result<Request, Failure> {
        let mut headers = HeaderMap::new();
        for name in CREDENTIALS {
            headers.insert(name, HeaderValue::from_static("secret"));
        }
        let mut request = Request {
            method: Method::GET,
            follows_redirects: true,
            is_ordinary: true,
            states_empty_body: false,
            target: Target::of(&Url::parse("https://a.test/b/c?d").unwrap()),
            headers,
            body: None,
            trust: None,
        };
        follow(&mut request, status, location.as_bytes())?;
        Ok(request)
    }

    #[test]
    fn another_origin_gets_no_credentials_and_no_query() {
        for status in [302, 307] {
            for elsewhere in ["https://b.test/", "https://a.test:1/", "//a.test.:443/"] {
                let mut request = followed(status, elsewhere).unwrap();
                assert!(
                    CREDENTIALS
                        .iter()
                        .all(|name| !request.headers.contains_key(name))
                );
                assert_eq!(request.headers[header::REFERER], "https://a.test/");
                follow(&mut request, status, b"https://a.test/").unwrap();
                assert!(
                    CREDENTIALS
                        .iter()
                        .all(|name| !request.headers.contains_key(name))
                );
            }
            for here in ["/", "https://A.test:443/", "?e"] {
                let request = followed(status, here).unwrap();
                assert!(
                    CREDENTIALS
                        .iter()
                        .all(|name| request.headers.contains_key(name))
                );
                assert_eq!(request.headers[header::REFERER], "https://a.test/b/c?d");
            }
        }
    }

    #[test]
    fn another_spelling_of_an_address_is_the_same_origin() {
        let mut request = followed(302, "/").unwrap();
        request.target = Origin::new("127.1:8443").target("/a?b".to_owned());
        follow(&mut request, 302, b"/c").unwrap();
        assert_eq!(request.target.to_string(), "https://127.0.0.1:8443/c");
        assert!(request.headers.contains_key(header::AUTHORIZATION));
    }

    #[test]
    fn credentials_and_fragments_of_a_location_stay_there() {
        let mut request = followed(302, "https://user:hush@a.test/e#part").unwrap();
        assert_eq!(request.target.to_string(), "https://a.test/e#part");
        follow(&mut request, 302, b"f").unwrap();
        assert_eq!(request.headers[header::REFERER], "https://a.test/e");
        let error = followed(302, "http://user:hush@a.test/e").err().unwrap();
        assert!(!error.message.contains("hush"), "{error}");
    }
}
