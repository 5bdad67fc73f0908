//! `SdkInfo` for JavaScript.

use napi_derive::napi;

use crate::sdk_info;

/// Description of a service SDK, with its defaults filled in.
#[napi]
pub struct SdkInfo(sdk_info::SdkInfo);

#[napi]
impl SdkInfo {
    /// The four parts; language and platform have defaults.
    #[napi(catch_unwind, constructor)]
    pub fn new(
        product_name: String,
        version: String,
        language: Option<String>,
        platform: Option<String>,
    ) -> Self {
        Self(sdk_info::SdkInfo::new(
            product_name,
            version,
            language,
            platform,
        ))
    }

    /// Language of the SDK.
    #[napi(catch_unwind, getter)]
    pub fn language(&self) -> &str {
        &self.0.language
    }

    /// Where it runs.
    #[napi(catch_unwind, getter)]
    pub fn platform(&self) -> &str {
        &self.0.platform
    }

    /// Names and values of its headers, in turn.
    #[napi(catch_unwind)]
    pub fn headers(&self) -> Vec<&str> {
        self.0
            .headers()
            .into_iter()
            .flat_map(|(name, value)| [name, value])
            .collect()
    }
}
