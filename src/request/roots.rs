//! The root certificates that are trusted natively while webpki finds them valid.

use std::time::Duration;

use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, RootCertStore};

use super::call::TrustStore;

/// Returns a store with the certificates of `trust` that webpki can read and that are valid at the time `now`, and the time from which
/// other ones are. A chain that needs another one is refused natively. Both times are in seconds since 1970.
///
/// webpki does not look at the validity of a root while it verifies a chain, so it is asked about each root here.
pub fn roots(trust: &TrustStore, now: u64) -> (RootCertStore, u64) {
    let mut store = RootCertStore::empty();
    let mut until = u64::MAX;
    for certificate in CertificateDer::pem_slice_iter(trust.pem().as_bytes()).flatten() {
        let is_valid = match validity(&certificate, now) {
            Validity::Now { end } => {
                until = until.min(end);
                true
            }
            Validity::Later { first } => {
                until = until.min(first);
                false
            }
            Validity::Never => false,
        };
        if is_valid {
            store.add_parsable_certificates([certificate]);
        }
    }
    (store, until)
}

/// The validity of a certificate at a time, in seconds since 1970.
enum Validity {
    /// It is valid before the second `end`, in which OpenSSL, unlike webpki, takes it for expired.
    Now { end: u64 },
    /// It is valid from the second `first`.
    Later { first: u64 },
    /// It has expired, or webpki cannot read it.
    Never,
}

/// Returns what webpki says about the validity of a certificate, which it judges before anything else.
fn validity(certificate: &CertificateDer, now: u64) -> Validity {
    let Ok(parsed) = ParsedCertificate::try_from(certificate) else {
        return Validity::Never;
    };
    let judge = |time| {
        let time = UnixTime::since_unix_epoch(Duration::from_secs(time));
        let none = RootCertStore::empty();
        match verify_server_cert_signed_by_trust_anchor(&parsed, &none, &[], time, &[]) {
            Err(rustls::Error::InvalidCertificate(error)) => Some(error),
            _ => None,
        }
    };
    match judge(now) {
        Some(CertificateError::NotValidYetContext { not_before, .. }) => Validity::Later {
            first: not_before.as_secs(),
        },
        // At the end of time, the error tells when it expires.
        _ => match judge(u64::MAX) {
            Some(CertificateError::ExpiredContext { not_after, .. })
                if now < not_after.as_secs() =>
            {
                Validity::Now {
                    end: not_after.as_secs(),
                }
            }
            _ => Validity::Never,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A root that is valid from 1 000 000 000 to 2 000 000 000 seconds since 1970.
    const ROOT: &str = "\
-----BEGIN CERTIFICATE-----
MIIBXTCCAQSgAwIBAgIQbnNdMttcEVDhuPS99xZZ8DAKBggqhkjOPQQDAjAPMQ0w
CwYDVQQDDARSb290MB4XDTAxMDkwOTAxNDY0MFoXDTMzMDUxODAzMzMyMFowDzEN
MAsGA1UEAwwEUm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNsaqYIUgzUs
wYm7TuJM16xV/ceXqWq+IThzELIPYURB2ewTkwUoVIiO16FH04t0XoIlitdxhWTw
lYIoA++PNrmjQjBAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgGGMB0G
A1UdDgQWBBRvsIj24MrWzMELIqNXvVEWLv/ShjAKBggqhkjOPQQDAgNHADBEAiBV
rL1iagoLRQXfOfzw6N5eTaMPjiodc/PmFdeON1WghQIgaaxIgoixtLZpkKESCqx0
Ih//4WaThsDrwzJLBfnSSKo=
-----END CERTIFICATE-----
";

    #[test]
    fn a_root_is_trusted_while_it_is_valid() {
        let [start, end] = [1_000_000_000, 2_000_000_000];
        let trust = TrustStore::new(ROOT.to_owned());
        let at = |now| {
            let (store, until) = roots(&trust, now);
            (store.len(), until)
        };
        assert_eq!(at(start - 1), (0, start));
        assert_eq!(at(start), (1, end));
        assert_eq!(at(end - 1), (1, end));
        assert_eq!(at(end), (0, u64::MAX));
        assert_eq!(roots(&TrustStore::default(), start).1, u64::MAX);
    }
}
