//! `Instance` for JavaScript.

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;

use super::throw::throw;
use super::value::{Text, read_option};
use crate::instance::{self, Error};

/// A checked locator and key, in parts.
#[napi]
pub struct Instance(instance::Instance);

#[napi]
impl Instance {
    /// Checks the options in the original's order, and throws what it throws.
    #[napi(constructor)]
    pub fn new(env: Env, options: Object) -> Result<Self> {
        match instance::Instance::new(|name| read_option(env.raw(), &options, name)) {
            Ok(instance) => Ok(Self(instance)),
            Err(Error::Read(error)) => Err(error),
            Err(Error::Invalid(invalid)) => {
                Err(throw(env, invalid.is_type_error(), &invalid.to_string()))
            }
        }
    }

    /// Version of the platform, `v1`.
    #[napi(getter, ts_return_type = "string")]
    pub fn platform_version(&self) -> Text {
        Text(self.0.locator.platform_version.clone())
    }

    /// Cluster, `us1`.
    #[napi(getter, ts_return_type = "string")]
    pub fn cluster(&self) -> Text {
        Text(self.0.locator.cluster.clone())
    }

    /// Identity of the instance.
    #[napi(getter, ts_return_type = "string")]
    pub fn id(&self) -> Text {
        Text(self.0.locator.instance_id.clone())
    }

    /// Identity of the key.
    #[napi(getter, ts_return_type = "string")]
    pub fn key_id(&self) -> Text {
        Text(self.0.key.id.clone())
    }

    /// What tokens are signed with.
    #[napi(getter, ts_return_type = "string")]
    pub fn key_secret(&self) -> Text {
        Text(self.0.key.secret.clone())
    }
}
