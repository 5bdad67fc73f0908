//! What a service SDK says of itself to the platform, in headers of every request.

/// `language` where none is given.
pub const DEFAULT_LANGUAGE: &str = "node";
/// `platform` where none is given.
pub const DEFAULT_PLATFORM: &str = "server";
/// Names of its headers: for the product, the version of the SDK, its language, and where it runs.
pub const HEADERS: [&str; 4] = [
    "X-SDK-Product",
    "X-SDK-Version",
    "X-SDK-Language",
    "X-SDK-Platform",
];
