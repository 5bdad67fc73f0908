//! Issues and verifies access tokens and refresh tokens, with their signatures, base64url and JSON.
//! Reading claims from JavaScript belongs in `binding`, and sending tokens to a service in [`request`](crate::request).
//! The files here import from no other folder.

pub mod authenticator;
pub mod base64url;
pub mod hmac;
pub mod json;
pub mod refresh_token;

/// The first part of every token that this package issues: `{"alg":"HS256","typ":"JWT"}` in base64url.
pub const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
