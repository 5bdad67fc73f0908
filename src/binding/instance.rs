//! `Instance` for JavaScript.

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;

use super::throw::throw;
use super::value::{Text, read_option};
use crate::instance::{Error, Instance};

/// Checks the options of an instance in the original's order, and throws what it throws. Gives the version of the
/// platform, the cluster, the identity of the instance, that of the key, and its secret.
///
/// A function and no class, since nothing is asked of it later, and an object of a class costs several times as much.
#[napi(
    catch_unwind,
    ts_return_type = "[string, string, string, string, string]"
)]
pub fn check_instance(env: Env, options: Object) -> Result<Vec<Text>> {
    match Instance::new(|name| read_option(env.raw(), &options, name)) {
        Ok(Instance { locator, key }) => Ok([
            locator.platform_version,
            locator.cluster,
            locator.instance_id,
            key.id,
            // JavaScript keeps it in a property, as the original does.
            key.secret.to_vec(),
        ]
        .map(Text)
        .into()),
        Err(Error::Read(error)) => Err(error),
        Err(Error::Invalid(invalid)) => {
            Err(throw(env, invalid.is_type_error(), &invalid.to_string()))
        }
    }
}
