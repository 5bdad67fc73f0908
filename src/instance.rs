//! What an instance is made from, validated in the original's order and words.

use zeroize::Zeroizing;

use crate::key::InstanceKey;
use crate::locator::Locator;

/// An option as JavaScript gave it. No `Debug`: one of them is a key.
#[derive(Clone, PartialEq)]
pub enum Given {
    /// `undefined` or `null`.
    Missing,
    /// A string.
    Text(Vec<u16>),
    /// A value of another type, and whether JavaScript takes it for true.
    Other {
        /// Whether it is truthy.
        truthy: bool,
    },
}

impl Given {
    fn is_truthy(&self) -> bool {
        match self {
            Self::Missing => false,
            Self::Text(text) => !text.is_empty(),
            Self::Other { truthy } => *truthy,
        }
    }
}

/// Why an instance cannot be made. The texts are the original's, typing error included, where it has one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidOptions {
    /// No locator.
    #[error("Expected `instanceLocator` property in Instance options")]
    NoLocator,
    /// The locator is not a string.
    #[error("options.locator.split is not a function")]
    LocatorType,
    /// The locator has not three parts.
    #[error("The `locator` property is in the wrong format")]
    LocatorFormat,
    /// No service name.
    #[error("Expected `serviceName` property in Instance options")]
    NoServiceName,
    /// No service version.
    #[error("Expected `serviceVersion` property in Instance otpions")]
    NoServiceVersion,
    /// Neither a client nor the SDK's description.
    #[error("Expected one of `client` or `sdkInfo` to be provided")]
    NoClient,
    /// No key. The original fails with a TypeError from inside.
    #[error("Expected `key` property in Instance options")]
    NoKey,
    /// The key is not a string.
    #[error("options.key.match is not a function")]
    KeyType,
    /// The key is not an id and a secret.
    #[error("Invalid instance key")]
    KeyFormat,
}

impl InvalidOptions {
    /// Whether JavaScript calls it a TypeError.
    pub fn is_type_error(self) -> bool {
        matches!(self, Self::LocatorType | Self::KeyType)
    }
}

/// An instance of the platform.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Instance {
    /// Where it lives.
    pub locator: Locator,
    /// What it signs with.
    pub key: InstanceKey,
}

impl Instance {
    /// Checks the options that `read` gives by name. An option is read only once those before it are good, as in the
    /// original, whose callers may see that.
    pub fn new<E>(
        mut read: impl FnMut(&'static str) -> Result<Given, E>,
    ) -> Result<Self, Error<E>> {
        let locator = match read("locator").map_err(Error::Read)? {
            Given::Text(text) if !text.is_empty() => {
                Locator::parse(&text).ok_or(InvalidOptions::LocatorFormat)?
            }
            Given::Other { truthy: true } => return Err(InvalidOptions::LocatorType.into()),
            _ => return Err(InvalidOptions::NoLocator.into()),
        };
        let mut is_given = |name| {
            read(name)
                .map(|given| given.is_truthy())
                .map_err(Error::Read)
        };
        if !is_given("serviceName")? {
            return Err(InvalidOptions::NoServiceName.into());
        }
        if !is_given("serviceVersion")? {
            return Err(InvalidOptions::NoServiceVersion.into());
        }
        if !is_given("client")? && !is_given("sdkInfo")? {
            return Err(InvalidOptions::NoClient.into());
        }
        let key = match read("key").map_err(Error::Read)? {
            Given::Missing => return Err(InvalidOptions::NoKey.into()),
            Given::Other { .. } => return Err(InvalidOptions::KeyType.into()),
            Given::Text(text) => {
                InstanceKey::parse(&Zeroizing::new(text)).ok_or(InvalidOptions::KeyFormat)?
            }
        };
        Ok(Self { locator, key })
    }
}

/// Why there is no instance.
#[derive(Debug)]
pub enum Error<E> {
    /// An option could not be read.
    Read(E),
    /// An option is wrong.
    Invalid(InvalidOptions),
}

impl<E> From<InvalidOptions> for Error<E> {
    fn from(invalid: InvalidOptions) -> Self {
        Self::Invalid(invalid)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const GOOD: [(&str, &str); 5] = [
        ("locator", "v1:us1:abc"),
        ("serviceName", "feeds"),
        ("serviceVersion", "v1"),
        ("sdkInfo", "given"),
        ("key", "id:secret"),
    ];

    fn check(options: &[(&str, &str)]) -> Option<InvalidOptions> {
        let read = |name: &str| {
            let option = options.iter().find(|(given, _)| *given == name);
            let text = option.map(|(_, value)| Given::Text(value.encode_utf16().collect()));
            Ok::<_, Infallible>(text.unwrap_or(Given::Missing))
        };
        match Instance::new(read) {
            Ok(_) => None,
            Err(Error::Invalid(invalid)) => Some(invalid),
        }
    }

    #[test]
    fn names_the_first_option_that_is_missing() {
        use InvalidOptions::*;
        let missing = [NoLocator, NoServiceName, NoServiceVersion, NoClient, NoKey];
        for (count, expected) in missing.into_iter().enumerate() {
            assert_eq!(check(&GOOD[..count]), Some(expected));
        }
        assert_eq!(check(&GOOD), None);
    }
}
