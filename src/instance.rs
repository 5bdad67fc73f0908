//! What an instance is made from, validated in the original's order and words.

use crate::key::InstanceKey;
use crate::locator::Locator;

/// An option as JavaScript gave it.
#[derive(Clone, Copy, Debug)]
pub enum Given<'a> {
    /// `undefined` or `null`.
    Missing,
    /// A string.
    Text(&'a [u16]),
    /// A value of another type, and whether JavaScript takes it for true.
    Other {
        /// Whether it is truthy.
        truthy: bool,
    },
}

impl Given<'_> {
    /// Whether JavaScript takes it for true.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Missing => false,
            Self::Text(text) => !text.is_empty(),
            Self::Other { truthy } => *truthy,
        }
    }
}

/// The options of an instance that are checked on construction.
#[derive(Debug)]
pub struct Options<'a> {
    /// `version:cluster:id`.
    pub locator: Given<'a>,
    /// `id:secret`.
    pub key: Given<'a>,
    /// Name of the service, `feeds`.
    pub service_name: Given<'a>,
    /// Version of the service, `v1`.
    pub service_version: Given<'a>,
    /// Whether a client or the SDK's description is given.
    pub has_client: bool,
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
#[derive(Debug)]
pub struct Instance<'a> {
    /// Where it lives.
    pub locator: Locator<'a>,
    /// What it signs with.
    pub key: InstanceKey<'a>,
}

impl<'a> Instance<'a> {
    /// Checks `options` in the order in which the original does.
    pub fn new(options: &Options<'a>) -> Result<Self, InvalidOptions> {
        let locator = match options.locator {
            Given::Text(text) if !text.is_empty() => {
                Locator::parse(text).ok_or(InvalidOptions::LocatorFormat)?
            }
            Given::Other { truthy: true } => return Err(InvalidOptions::LocatorType),
            _ => return Err(InvalidOptions::NoLocator),
        };
        if !options.service_name.is_truthy() {
            return Err(InvalidOptions::NoServiceName);
        }
        if !options.service_version.is_truthy() {
            return Err(InvalidOptions::NoServiceVersion);
        }
        if !options.has_client {
            return Err(InvalidOptions::NoClient);
        }
        let key = match options.key {
            Given::Missing => return Err(InvalidOptions::NoKey),
            Given::Other { .. } => return Err(InvalidOptions::KeyType),
            Given::Text(text) => InstanceKey::parse(text).ok_or(InvalidOptions::KeyFormat)?,
        };
        Ok(Self { locator, key })
    }
}
