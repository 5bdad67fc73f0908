//! Checks the options of an instance in the original's order, with the original's messages. Where one of them misleads, it is
//! followed by what is meant.

use zeroize::Zeroizing;

use super::key::InstanceKey;
use super::locator::Locator;

/// The value of an option as JavaScript passed it. `OptionValue` does not implement `Debug`, because the key is a secret.
#[derive(Clone, PartialEq)]
pub enum OptionValue {
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

impl OptionValue {
    fn is_truthy(&self) -> bool {
        match self {
            Self::Missing => false,
            Self::Text(text) => !text.is_empty(),
            Self::Other { truthy } => *truthy,
        }
    }
}

/// The reason why options are invalid. The messages begin as the original's do, with its names and its misspelling of "options".
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidOptions {
    /// The locator is missing.
    #[error(
        "Expected `instanceLocator` property in Instance options: the options have no `locator`"
    )]
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
    #[error(
        "Expected `serviceVersion` property in Instance otpions: the options have no `serviceVersion`"
    )]
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
        mut read: impl FnMut(&'static str) -> Result<OptionValue, E>,
    ) -> Result<Self, Error<E>> {
        let locator = match read("locator").map_err(Error::Read)? {
            OptionValue::Text(text) if !text.is_empty() => {
                Locator::parse(&text).ok_or(InvalidOptions::LocatorFormat)?
            }
            OptionValue::Other { truthy: true } => return Err(InvalidOptions::LocatorType.into()),
            _ => return Err(InvalidOptions::NoLocator.into()),
        };
        let mut is_present = |name| {
            read(name)
                .map(|value| value.is_truthy())
                .map_err(Error::Read)
        };
        if !is_present("serviceName")? {
            return Err(InvalidOptions::NoServiceName.into());
        }
        if !is_present("serviceVersion")? {
            return Err(InvalidOptions::NoServiceVersion.into());
        }
        if !is_present("client")? && !is_present("sdkInfo")? {
            return Err(InvalidOptions::NoClient.into());
        }
        let key = match read("key").map_err(Error::Read)? {
            OptionValue::Missing => return Err(InvalidOptions::NoKey.into()),
            OptionValue::Other { .. } => return Err(InvalidOptions::KeyType.into()),
            OptionValue::Text(text) => {
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

/// Returns the positions of the colons of a valid locator and a valid key, as `first + 2¹⁶ * second + 2³² * key`, or `None` if a string
/// is invalid or a position does not fit 16 bits.
pub fn find_colons(locator: &[u16], key: &[u16]) -> Option<f64> {
    let [first, second] = Locator::colons(locator)?;
    let third = InstanceKey::colon(key)?;
    let part = |at: usize| u16::try_from(at).ok().map(f64::from);
    Some(part(first)? + part(second)? * 65536.0 + part(third)? * 4294967296.0)
}
