//! Fuzzes locators and keys: the parsed parts must join to the input, and `Debug` must not show the secret.

#![no_main]

mod units;

use libfuzzer_sys::fuzz_target;
use pusher_platform_native::instance::key::InstanceKey;
use pusher_platform_native::instance::locator::Locator;

use units::units;

const COLON: u16 = b':' as u16;

fuzz_target!(|bytes: &[u8]| {
    let units = units(bytes);
    if let Some(locator) = Locator::parse(&units) {
        let parts = [
            locator.platform_version,
            locator.cluster,
            locator.instance_id,
        ];
        assert_eq!(parts.join(&COLON), units);
    }
    if let Some(key) = InstanceKey::parse(&units) {
        assert!(!key.id.contains(&COLON));
        let other = InstanceKey {
            secret: Default::default(),
            ..key.clone()
        };
        assert_eq!(format!("{key:?}"), format!("{other:?}"));
        assert_eq!([key.id.as_slice(), &key.secret].join(&COLON), units);
    }
});
