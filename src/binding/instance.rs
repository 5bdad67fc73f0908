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

    /// Version of the platform, cluster, identity of the instance, identity of the key, and its secret.
    #[napi(ts_return_type = "[string, string, string, string, string]")]
    pub fn parts(&self) -> Vec<Text> {
        let instance::Instance { locator, key } = &self.0;
        [
            &locator.platform_version,
            &locator.cluster,
            &locator.instance_id,
            &key.id,
            &key.secret,
        ]
        .map(|part| Text(part.clone()))
        .into()
    }
}
