//! Builds the certificate chain from a server's leaf certificate to a trusted root certificate, and verifies the chain, as
//! OpenSSL's `X509_verify_cert` does (crypto/x509/x509_vfy.c of OpenSSL 3.0) with the options that Node sets.
//!
//! The comment of each function names the OpenSSL function that it follows. Features that Node does not enable are left out:
//! revocation, policies, proxy certificates, the strict profile, and partial chains, which end in a trusted certificate that is
//! not self-signed. As in OpenSSL, exactly one chain is built and then verified: no alternative chain is tried if it fails.
//!
//! Node lets OpenSSL continue after a fault (Node's `VerifyCallback` returns 1) and reports the last fault.

use super::certificates::{Authority, Certificate, usage};
use super::constraints;
use super::keys::{Curve, Key, SignatureKind};
use super::names::GeneralName;
use super::security;
use super::signatures::{self, Verdict};
use super::stores::TrustStore;
use super::verdicts::Distrust;

/// The largest number of certificates in a chain above the leaf certificate (`X509_VERIFY_PARAM_set_depth`, 100 by default).
const MAX_DEPTH: usize = 100;

/// Verifies `leaf`, the certificate of a server, with the certificates that the server `sent` and those in `store`, at the time
/// `now` in seconds of Unix time. Returns the last fault as an error.
pub fn judge(
    leaf: &Certificate,
    sent: &[Certificate],
    store: &TrustStore,
    now: i64,
) -> Result<(), Distrust> {
    let mut chain = Chain {
        certificates: vec![leaf],
        sent: 1,
        store,
        now,
        fault: None,
        is_unverified: false,
    };
    // On an internal error OpenSSL stops at once and keeps the last fault.
    if chain.verify(sent).is_none() {
        return Err(chain.fault.unwrap_or(Distrust::Unspecified));
    }
    match chain.fault {
        Some(fault) => Err(fault),
        None if chain.is_unverified => Err(Distrust::BadSignature),
        None => Ok(()),
    }
}

struct Chain<'a> {
    /// The certificates, from the leaf certificate to the root certificate.
    certificates: Vec<&'a Certificate>,
    /// The number of certificates at the start of the chain that the server sent. The others are from the trust store.
    sent: usize,
    store: &'a TrustStore,
    now: i64,
    /// The last fault.
    fault: Option<Distrust>,
    /// Whether the algorithm of a signature is not supported here, which is a fault if there is no other.
    is_unverified: bool,
}

impl<'a> Chain<'a> {
    /// Builds the chain and runs all checks (`X509_verify_cert`, `verify_chain`). Returns `None` if OpenSSL would stop with an
    /// internal error.
    fn verify(&mut self, sent: &'a [Certificate]) -> Option<()> {
        let leaf = self.certificates[0];
        self.fail_if(!has_strong_key(leaf), Distrust::WeakKey);
        self.build(sent)?;
        self.check_extensions();
        self.check_security();
        // `X509_get_pubkey_parameters` fails if the key of the leaf certificate is not supported.
        leaf.key.as_ref()?;
        self.check_signatures_and_times();
        self.check_names();
        self.check_resources();
        Some(())
    }

    fn fail_if(&mut self, is_fault: bool, fault: Distrust) {
        if is_fault {
            self.fault = Some(fault);
        }
    }

    fn last(&self) -> &'a Certificate {
        self.certificates[self.certificates.len() - 1]
    }

    /// Builds the chain. At each step, an issuer in the trust store is preferred to one that the server sent (`build_chain`).
    fn build(&mut self, sent: &'a [Certificate]) -> Option<()> {
        let leaf = self.certificates[0];
        let mut unused: Vec<_> = std::iter::once(leaf).chain(sent).collect();
        let mut may_use_sent = true;
        loop {
            if let Some(issuer) = self.trusted_issuer() {
                let last = self.last();
                if !last.is_self_signed()? {
                    self.certificates.push(issuer);
                    may_use_sent = false;
                    if issuer.is_self_signed()? {
                        return Some(());
                    }
                    continue;
                }
                // A self-signed certificate is trusted only if the trust store holds the same certificate. The same name is not
                // enough.
                if last.der == issuer.der {
                    self.sent = self.certificates.len() - 1;
                    self.certificates[self.sent] = issuer;
                    return Some(());
                }
            }
            if !may_use_sent {
                break;
            }
            let Some(index) = self.sent_issuer(&unused) else {
                break;
            };
            self.certificates.push(unused.remove(index));
            self.sent += 1;
        }
        self.explain_distrust();
        Some(())
    }

    fn is_full(&self) -> bool {
        self.certificates.len() > MAX_DEPTH + 1
    }

    /// Returns the issuer of the last certificate from the trust store, if it is there (`X509_STORE_CTX_get1_issuer`).
    fn trusted_issuer(&self) -> Option<&'a Certificate> {
        if self.is_full() {
            return None;
        }
        let candidates = self.store.named(&self.last().issuer);
        let (_, issuer) = self.best(candidates.iter().enumerate(), |_| true)?;
        Some(issuer)
    }

    fn sent_issuer(&self, unused: &[&'a Certificate]) -> Option<usize> {
        let last = self.last();
        if self.is_full() || last.is_self_signed() == Some(true) {
            return None;
        }
        let may_repeat = last.is_self_issued && self.certificates.len() == 1;
        let is_new = |issuer: &Certificate| {
            may_repeat
                || self
                    .certificates
                    .iter()
                    .all(|known| known.der != issuer.der)
        };
        let candidates = unused.iter().copied().enumerate();
        self.best(candidates, is_new).map(|(index, _)| index)
    }

    /// Returns the first possible issuer that is valid now, or else the issuer that expires last (`find_issuer`).
    fn best<'b>(
        &self,
        candidates: impl Iterator<Item = (usize, &'b Certificate)>,
        is_allowed: impl Fn(&Certificate) -> bool,
    ) -> Option<(usize, &'b Certificate)> {
        let last = self.last();
        let mut best: Option<(usize, &Certificate)> = None;
        for (index, issuer) in candidates {
            if !issuer.is_likely_issuer_of(last) || !is_allowed(issuer) {
                continue;
            }
            if check_time(issuer, self.now).is_none() {
                return Some((index, issuer));
            }
            let is_later =
                |(_, best): (usize, &Certificate)| issuer.not_after.is_after(best.not_after);
            if best.is_none_or(is_later) {
                best = Some((index, issuer));
            }
        }
        best
    }

    /// Records why the chain is not trusted, if it does not end in a trusted root certificate (the end of `build_chain`).
    fn explain_distrust(&mut self) {
        // In OpenSSL's words, "a preliminary error has become final". The only possible error so far is a weak leaf key.
        if self.fault.is_some() {
            return;
        }
        let is_alone = self.certificates.len() == 1;
        self.fault = Some(match self.last().is_self_signed() {
            Some(true) if is_alone => Distrust::SelfSigned,
            Some(true) => Distrust::SelfSignedInChain,
            _ if self.sent < self.certificates.len() => Distrust::UnknownIssuerOfTrusted,
            _ => Distrust::UnknownIssuer,
        });
    }

    /// Checks the extensions, the curves and the path lengths (`check_extensions`).
    fn check_extensions(&mut self) {
        let mut must_be = Need::Either;
        let mut path_length = 0_i64;
        let mut proxies = 0_i64;
        for depth in 0..self.certificates.len() {
            let certificate = self.certificates[depth];
            let extensions = &certificate.extensions;
            self.fail_if(
                extensions.has_unknown_critical,
                Distrust::UnknownCriticalExtension,
            );
            self.fail_if(extensions.proxy.is_some(), Distrust::Proxy);
            let authority = certificate.checked_authority();
            let is_last = depth + 1 == self.certificates.len();
            match must_be {
                Need::Either => {}
                Need::NoAuthority => {
                    self.fail_if(authority != Authority::No, Distrust::Authority);
                }
                // A root certificate may also be a CA certificate by the rules from before basic constraints.
                Need::Authority => {
                    let is_one = match authority {
                        Authority::Yes => true,
                        Authority::No => false,
                        Authority::Traditional | Authority::Netscape(_) => is_last,
                    };
                    self.fail_if(!is_one, Distrust::NoAuthority);
                }
            }
            if self.certificates.len() > 1 {
                // This follows `check_curve`.
                match &certificate.key {
                    None => self.fail_if(true, Distrust::Unspecified),
                    Some(key) => {
                        let is_explicit = key.curve == Some(Curve::Explicit);
                        self.fail_if(is_explicit, Distrust::ExplicitCurve);
                    }
                }
            }
            let is_authority = must_be == Need::Authority;
            self.fail_if(
                !certificate.is_for_servers(is_authority),
                Distrust::WrongPurpose,
            );
            let allowed = extensions.path_length;
            self.fail_if(
                depth > 1
                    && allowed.is_some_and(|allowed| path_length > allowed.saturating_add(proxies)),
                Distrust::PathTooLong,
            );
            if depth > 0 && !certificate.is_self_issued {
                path_length += 1;
            }
            must_be = match extensions.proxy {
                None => Need::Authority,
                Some(limit) => {
                    if let Some(limit) = limit {
                        self.fail_if(proxies > limit, Distrust::ProxyPathTooLong);
                        proxies = limit;
                    }
                    proxies = proxies.saturating_add(1);
                    Need::NoAuthority
                }
            };
        }
    }

    /// Checks the strength of keys and digests, but not of the root certificate's digest (`check_auth_level`).
    fn check_security(&mut self) {
        for depth in 0..self.certificates.len() {
            let certificate = self.certificates[depth];
            self.fail_if(
                depth > 0 && !has_strong_key(certificate),
                Distrust::WeakAuthorityKey,
            );
            let is_last = depth + 1 == self.certificates.len();
            self.fail_if(
                !is_last && !has_strong_digest(certificate),
                Distrust::WeakDigest,
            );
        }
    }

    /// Verifies signatures and validity periods, from the root certificate to the leaf certificate (`internal_verify`). The root
    /// certificate's own signature is not verified, since it adds no security.
    fn check_signatures_and_times(&mut self) {
        let last = self.last();
        let mut depth = self.certificates.len();
        let mut issuer = None;
        if !last.is_likely_issuer_of(last) {
            // The chain does not end in a self-signed certificate.
            if depth > 1 {
                depth -= 1;
                issuer = Some(last);
            } else {
                self.fail_if(true, Distrust::UnknownLeafIssuer);
            }
        }
        for index in (0..depth).rev() {
            let subject = self.certificates[index];
            if let Some(issuer) = issuer {
                self.check_signature(subject, issuer);
            }
            let fault = check_time(subject, self.now);
            self.fault = fault.or_else(|| self.fault.take());
            issuer = Some(subject);
        }
    }

    fn check_signature(&mut self, subject: &Certificate, issuer: &Certificate) {
        // This follows `ossl_x509_signing_allowed`.
        if subject.extensions.proxy.is_some() {
            self.fail_if(
                issuer.forbids(usage::DIGITAL_SIGNATURE),
                Distrust::NoDigitalSignature,
            );
        } else {
            self.fail_if(
                issuer.forbids(usage::KEY_CERT_SIGN),
                Distrust::NoCertificateSigning,
            );
        }
        match &issuer.key {
            None => self.fail_if(true, Distrust::UnreadableIssuerKey),
            Some(key) => match verify(subject, key) {
                Verdict::Good => {}
                Verdict::Bad => self.fail_if(true, Distrust::BadSignature),
                Verdict::Unknown => self.is_unverified = true,
            },
        }
    }

    /// Checks the names in each certificate against the name constraints of all certificates above it
    /// (`check_name_constraints`).
    fn check_names(&mut self) {
        for depth in (0..self.certificates.len()).rev() {
            let certificate = self.certificates[depth];
            if depth > 0 && certificate.is_self_issued {
                continue;
            }
            if certificate.extensions.proxy.is_some() {
                let is_named = certificate.subject.is_proxy_of(&certificate.issuer);
                self.fail_if(!is_named, Distrust::ProxyName);
            }
            for above in (depth + 1..self.certificates.len()).rev() {
                let Some(constraints) = &self.certificates[above].extensions.constraints else {
                    continue;
                };
                let mut checked = constraints::check(certificate, constraints);
                if checked.is_ok() && depth == 0 && !has_dns_name(certificate) {
                    checked = constraints::check_common_names(certificate, constraints);
                }
                self.fault = checked.err().or_else(|| self.fault.take());
            }
        }
    }

    /// Refuses certificates with IP address or AS number extensions. OpenSSL compares these resources with those of the issuer
    /// (`X509v3_addr_validate_path`, `X509v3_asid_validate_path`). They say which routes the holder may announce (RFC 3779), and
    /// have no use in the certificate of a server.
    fn check_resources(&mut self) {
        let mut all = self.certificates.iter();
        let has_resources = all.any(|certificate| certificate.extensions.has_resources);
        self.fail_if(has_resources && self.fault.is_none(), Distrust::Resources);
    }
}

/// The kind of certificate that is required at a position in the chain.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Need {
    /// The leaf certificate may or may not be a CA certificate.
    Either,
    /// The certificate must be a CA certificate.
    Authority,
    /// The certificate must not be a CA certificate, since it is above a proxy certificate.
    NoAuthority,
}

/// Verifies the signature of `subject` with the issuer's `key` (`X509_verify`).
fn verify(subject: &Certificate, key: &Key) -> Verdict {
    match &subject.signature {
        Some(signature) if subject.algorithm == subject.inner_algorithm => {
            signatures::verify(key, &subject.algorithm, &subject.to_be_signed, signature)
        }
        _ => Verdict::Bad,
    }
}

/// Returns whether the key has the required bits of security (`check_key_level`).
fn has_strong_key(certificate: &Certificate) -> bool {
    let key = certificate.key.as_ref();
    key.is_some_and(|key| security::is_enough(key.security))
}

/// Returns whether the digest of the signature has the required bits of security (`check_sig_level`).
fn has_strong_digest(certificate: &Certificate) -> bool {
    let kind = SignatureKind::of(&certificate.algorithm);
    kind.is_some_and(|kind| security::is_enough(kind.security()))
}

/// Returns whether there is a DNS name among the subject alternative names (`has_san_id`).
fn has_dns_name(certificate: &Certificate) -> bool {
    let names = certificate.extensions.alt_names.as_deref().unwrap_or(&[]);
    names.iter().any(|name| matches!(name, GeneralName::Dns(_)))
}

/// Returns the fault of a certificate's validity period (`ossl_x509_check_cert_time`). Of two faults, that of `notAfter` is
/// returned, because OpenSSL finds it last. In the second that `notAfter` names, the certificate has already expired.
fn check_time(certificate: &Certificate, now: i64) -> Option<Distrust> {
    match certificate.not_after.strict() {
        None => return Some(Distrust::MalformedNotAfter),
        Some(end) if end <= now => return Some(Distrust::Expired),
        Some(_) => {}
    }
    match certificate.not_before.strict() {
        None => Some(Distrust::MalformedNotBefore),
        Some(start) if start > now => Some(Distrust::NotYetValid),
        Some(_) => None,
    }
}
