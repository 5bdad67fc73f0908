//! Checks the options of an instance in the original's order, with the original's messages.

use zeroize::Zeroizing;

use super::key::InstanceKey;
use super::locator::Locator;

/// The value of an option as JavaScript passed it. `Given` does not implement `Debug`, because the key is a secret.
#[derive(Clone, PartialEq)]
pub enum Given {
    /// `undefined` or `null`.
    Missing,
    /// A string.
    Text(Vec<u16>),
    /// A value of any other type.
    Other {
        /// Whether JavaScript converts the value to `true`.
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

/// The reason why options are invalid. The messages are the original's, including its misspelling of "options".
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidOptions {
    /// The locator is missing.
    #[error("Expected `instanceLocator` property in Instance options")]
    NoLocator,
    /// The locator is not a string.
    #[error("options.locator.split is not a function")]
    LocatorType,
    /// The locator does not have three parts.
    #[error("The `locator` property is in the wrong format")]
    LocatorFormat,
    /// The service name is missing.
    #[error("Expected `serviceName` property in Instance options")]
    NoServiceName,
    /// The service version is missing.
    #[error("Expected `serviceVersion` property in Instance otpions")]
    NoServiceVersion,
    /// Both the client and the description of the SDK are missing.
    #[error("Expected one of `client` or `sdkInfo` to be provided")]
    NoClient,
    /// The key is missing. The original throws a TypeError that does not name the option.
    #[error("Expected `key` property in Instance options")]
    NoKey,
    /// The key is not a string.
    #[error("options.key.match is not a function")]
    KeyType,
    /// The key does not consist of an identifier and a secret.
    #[error("Invalid instance key")]
    KeyFormat,
}

impl InvalidOptions {
    /// Returns whether JavaScript receives a TypeError rather than an Error.
    pub fn is_type_error(self) -> bool {
        matches!(self, Self::LocatorType | Self::KeyType)
    }
}

/// The checked options of an instance.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Instance {
    /// The locator, which names the cluster and the instance.
    pub locator: Locator,
    /// The key that signs the tokens of the instance.
    pub key: InstanceKey,
}

impl Instance {
    /// Checks the options; `read` returns the option of a given name. As in the original, an option is read only after the
    /// options before it have been found valid. A getter on the options can observe this order.
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

/// The reason why [`Instance::new`] failed.
#[derive(Debug)]
pub enum Error<E> {
    /// An option could not be read.
    Read(E),
    /// An option is invalid.
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
