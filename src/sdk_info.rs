//! What a service SDK says of itself to the platform, in headers of every request.

/// `language` where none is given.
pub const DEFAULT_LANGUAGE: &str = "node";
/// `platform` where none is given.
pub const DEFAULT_PLATFORM: &str = "server";

/// Description of a service SDK.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SdkInfo {
    /// Name of the product, `chatkit`.
    pub product_name: String,
    /// Version of the SDK.
    pub version: String,
    /// Language of the SDK.
    pub language: String,
    /// Where it runs.
    pub platform: String,
}

impl SdkInfo {
    /// Fills in the defaults; as in the original, an empty text counts as none.
    pub fn new(
        product_name: String,
        version: String,
        language: Option<String>,
        platform: Option<String>,
    ) -> Self {
        let or = |given: Option<String>, default: &str| {
            given
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| default.to_owned())
        };
        Self {
            product_name,
            version,
            language: or(language, DEFAULT_LANGUAGE),
            platform: or(platform, DEFAULT_PLATFORM),
        }
    }

    /// Its headers, in order.
    pub fn headers(&self) -> [(&'static str, &str); 4] {
        [
            ("X-SDK-Product", &self.product_name),
            ("X-SDK-Version", &self.version),
            ("X-SDK-Language", &self.language),
            ("X-SDK-Platform", &self.platform),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_in_defaults() {
        let info = SdkInfo::new("p".into(), "1".into(), None, Some(String::new()));
        assert_eq!(
            info.headers().map(|(_, value)| value),
            ["p", "1", DEFAULT_LANGUAGE, DEFAULT_PLATFORM]
        );
    }
}
