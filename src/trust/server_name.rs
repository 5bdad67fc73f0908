//! Checks that a certificate is for the requested host, as Node's `tls.checkServerIdentity` does. Unlike webpki, Node accepts
//! partial wildcards, and a common name if the certificate has no DNS name.

use std::net::IpAddr;

use super::certificates::Certificate;
use super::names::{Attribute, COMMON_NAME, GeneralName};

/// The host names and addresses that a certificate is for.
#[derive(Debug, Default)]
pub struct Identity {
    dns_names: Vec<String>,
    addresses: Vec<IpAddr>,
    common_names: Vec<String>,
    /// The subject alternative names in the format of Node's error messages.
    text: String,
}

impl Identity {
    /// Returns the names and addresses in `certificate`.
    pub fn of(certificate: &Certificate) -> Self {
        let mut identity = Self::default();
        let mut texts = Vec::new();
        for name in certificate.extensions.alt_names.iter().flatten() {
            match name {
                GeneralName::Dns(name) => {
                    let name: String = name.iter().map(|octet| char::from(*octet)).collect();
                    texts.push(format!("DNS:{name}"));
                    identity.dns_names.push(name);
                }
                GeneralName::Ip(octets) => {
                    if let Some(address) = address(octets) {
                        texts.push(format!("IP Address:{}", expanded(address)));
                        identity.addresses.push(address);
                    }
                }
                _ => {}
            }
        }
        identity.text = texts.join(", ");
        identity.common_names = certificate
            .subject
            .attributes
            .iter()
            .filter(|attribute| attribute.kind == COMMON_NAME)
            .filter_map(Attribute::text)
            .collect();
        identity
    }

    /// Returns why the certificate is not for `host`, in Node's words, or `None` if the certificate is for `host`.
    pub fn mismatch(&self, host: &str) -> Option<String> {
        if let Ok(address) = host.parse::<IpAddr>() {
            let listed: Vec<_> = self.addresses.iter().map(IpAddr::to_string).collect();
            let list = listed.join(", ");
            return (!self.addresses.contains(&address))
                .then(|| format!("IP: {host} is not in the cert's list: {list}"));
        }
        let host = host.strip_suffix('.').unwrap_or(host);
        let matches = |names: &[String]| names.iter().any(|name| covers(name, host));
        if !self.dns_names.is_empty() {
            return (!matches(&self.dns_names))
                .then(|| format!("Host: {host}. is not in the cert's altnames: {}", self.text));
        }
        match self.common_names.last() {
            Some(name) => (!matches(&self.common_names))
                .then(|| format!("Host: {host}. is not cert's CN: {name}")),
            None => Some("Cert does not contain a DNS name".into()),
        }
    }
}

/// Returns whether `pattern` matches `host` by Node's version of the rules in RFC 6125, section 6.4.3.
fn covers(pattern: &str, host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let pattern = pattern
        .strip_suffix('.')
        .unwrap_or(pattern)
        .to_ascii_lowercase();
    let (Some((host_first, host_rest)), Some((first, rest))) =
        (split_label(&host), split_label(&pattern))
    else {
        return false;
    };
    let is_sound = pattern
        .bytes()
        .all(|byte| byte.is_ascii_graphic() || byte == 0x7f)
        && pattern.split('.').all(|label| !label.is_empty());
    if !is_sound || host_rest != rest {
        return false;
    }
    match first.split_once('*') {
        // A label without a wildcard must be equal, and so must an A-label (Punycode).
        None => host_first == first,
        Some(_) if first.contains("xn--") => host_first == first,
        // `*.com` matches nothing, and neither does a label with two wildcards.
        Some((prefix, suffix)) => {
            rest.contains('.')
                && !suffix.contains('*')
                && prefix.len() + suffix.len() <= host_first.len()
                && host_first.starts_with(prefix)
                && host_first.ends_with(suffix)
        }
    }
}

/// Splits a name into its first label and the rest.
fn split_label(name: &str) -> Option<(&str, &str)> {
    (!name.is_empty()).then(|| name.split_once('.').unwrap_or((name, "")))
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        16 => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
        _ => None,
    }
}

/// Formats an address as OpenSSL does: an IPv6 address has all eight groups, without leading zeros.
fn expanded(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => address
            .segments()
            .map(|segment| format!("{segment:X}"))
            .join(":"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_cover_one_label() {
        assert!(covers("example.com", "EXAMPLE.com"));
        assert!(covers("*.example.com", "a.example.com"));
        assert!(covers("a*z.example.com", "abcz.example.com"));
        assert!(!covers("*.example.com", "example.com"));
        assert!(!covers("*.example.com", "a.b.example.com"));
        assert!(!covers("*.com", "example.com"));
        assert!(!covers("**.example.com", "a.example.com"));
        assert!(!covers("xn--*.example.com", "xn--a.example.com"));
        assert!(!covers("a..example.com", "a..example.com"));
        assert!(!covers("", ""));
    }
}
