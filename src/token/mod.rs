//! Access tokens and refresh tokens: issuing them, verifying them, their signatures, their base64url and their JSON.
//! Reading claims from JavaScript belongs in `binding`, and sending tokens to a service in [`request`](crate::request).
//! The files here import from no other folder.

pub mod authenticator;
pub mod base64url;
pub mod hmac;
pub mod json;
pub mod refresh_token;

/// The first part of every token that is issued: `{"alg":"HS256","typ":"JWT"}`, encoded.
pub const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
