//! `Instance` for JavaScript.

use napi::{Env, Result};
use napi_derive::napi;

use super::throw::throw;
use super::value::{Given, Text};
use crate::instance;

/// A checked locator and key, in parts.
#[napi]
pub struct Instance {
    platform_version: Vec<u16>,
    cluster: Vec<u16>,
    id: Vec<u16>,
    key_id: Vec<u16>,
    key_secret: Vec<u16>,
}

#[napi]
impl Instance {
    /// Checks the options in the original's order, and throws what it throws.
    #[napi(
        constructor,
        ts_args_type = "locator: unknown, key: unknown, serviceName: unknown, serviceVersion: unknown, hasClient: boolean"
    )]
    pub fn new(
        env: Env,
        locator: Given,
        key: Given,
        service_name: Given,
        service_version: Given,
        has_client: bool,
    ) -> Result<Self> {
        let options = instance::Options {
            locator: locator.borrow(),
            key: key.borrow(),
            service_name: service_name.borrow(),
            service_version: service_version.borrow(),
            has_client,
        };
        let instance = instance::Instance::new(&options)
            .map_err(|invalid| throw(env, invalid.is_type_error(), &invalid.to_string()))?;
        Ok(Self {
            platform_version: instance.locator.platform_version.into(),
            cluster: instance.locator.cluster.into(),
            id: instance.locator.instance_id.into(),
            key_id: instance.key.id.into(),
            key_secret: instance.key.secret.into(),
        })
    }

    /// Version of the platform, `v1`.
    #[napi(getter, ts_return_type = "string")]
    pub fn platform_version(&self) -> Text {
        Text(self.platform_version.clone())
    }

    /// Cluster, `us1`.
    #[napi(getter, ts_return_type = "string")]
    pub fn cluster(&self) -> Text {
        Text(self.cluster.clone())
    }

    /// Identity of the instance.
    #[napi(getter, ts_return_type = "string")]
    pub fn id(&self) -> Text {
        Text(self.id.clone())
    }

    /// Identity of the key.
    #[napi(getter, ts_return_type = "string")]
    pub fn key_id(&self) -> Text {
        Text(self.key_id.clone())
    }

    /// What tokens are signed with.
    #[napi(getter, ts_return_type = "string")]
    pub fn key_secret(&self) -> Text {
        Text(self.key_secret.clone())
    }
}
