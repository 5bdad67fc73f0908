//! Fuzzes the judge of certificate chains: with a root certificate, the certificate of a server, and others that the server sends.

#![no_main]

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use libfuzzer_sys::fuzz_target;
use pusher_platform_native::trust::{TrustSources, TrustStore, judge};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

const NOW: u64 = 1_795_608_000;

// An input consists of DER certificates: the root, the server's, and the others.
fuzz_target!(|input: &[u8]| {
    let mut certificates = split(input);
    let root = certificates.remove(0);
    let Some((leaf, sent)) = certificates.split_first() else {
        return;
    };
    let leaf = CertificateDer::from(*leaf);
    let sent: Vec<_> = sent.iter().map(|der| CertificateDer::from(*der)).collect();
    let name = ServerName::try_from("localhost").unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(NOW));
    let _ = judge(&trusting(Some(root)), &leaf, &sent, &name, now);
    // Nobody is trusted without a root.
    assert!(judge(&trusting(None), &leaf, &sent, &name, now).is_err());
});

fn trusting(root: Option<&[u8]>) -> TrustStore {
    let pem = root.map(|der| {
        let lines = BASE64_STANDARD.encode(der);
        format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
    });
    TrustStore::read(&TrustSources {
        roots: Some(pem.unwrap_or_default()),
        extra: None,
        system: false,
    })
}

/// Splits consecutive DER elements with lengths of two octets, as certificates have. The last part is what remains.
fn split(mut input: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while let [0x30, 0x82, high, low, ..] = input {
        let length = 4 + usize::from(u16::from_be_bytes([*high, *low]));
        let Some((part, rest)) = input.split_at_checked(length) else {
            break;
        };
        parts.push(part);
        input = rest;
    }
    parts.push(input);
    parts
}
