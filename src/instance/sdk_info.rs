//! The description of a service SDK, which the headers of each request carry.

/// The default value of `language`.
pub const DEFAULT_LANGUAGE: &str = "node";
/// The default value of `platform`.
pub const DEFAULT_PLATFORM: &str = "server";
/// The names of the headers for the product, the version, the language and the platform of the SDK.
pub const HEADERS: [&str; 4] = [
    "X-SDK-Product",
    "X-SDK-Version",
    "X-SDK-Language",
    "X-SDK-Platform",
];
