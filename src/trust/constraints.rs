//! Checks the names in certificates against name constraints, as crypto/x509/v3_ncons.c of OpenSSL does.

use super::certificates::{Certificate, Constraints, Subtree};
use super::elements::tag;
use super::names::{COMMON_NAME, EMAIL_ADDRESS, GeneralName};
use super::verdicts::Distrust;

/// The largest number of comparisons of one certificate with one set of constraints (`NAME_CHECK_MAX`).
const MAX_COMPARISONS: usize = 1 << 20;

/// `id-on-SmtpUTF8Mailbox` (1.3.6.1.5.5.7.8.9), the kind of an internationalized e-mail address (RFC 8398).
const SMTP_UTF8_MAILBOX: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 8, 9];

/// Checks the subject and all alternative names of `certificate` (`NAME_CONSTRAINTS_check`). Returns the first fault as an error.
pub fn check(certificate: &Certificate, constraints: &Constraints) -> Result<(), Distrust> {
    let subject = &certificate.subject;
    let alt_names = certificate.extensions.alt_names.as_deref().unwrap_or(&[]);
    let names = subject.attributes.len() + alt_names.len();
    let subtrees = constraints.permitted.len() + constraints.excluded.len();
    if names.saturating_mul(subtrees) > MAX_COMPARISONS {
        return Err(Distrust::Unspecified);
    }
    if !subject.is_empty() {
        check_name(&GeneralName::Directory(subject.clone()), constraints)?;
        for attribute in &subject.attributes {
            if attribute.kind != EMAIL_ADDRESS {
                continue;
            }
            if attribute.tag != tag::IA5_STRING {
                return Err(Distrust::UnsupportedName);
            }
            check_name(&GeneralName::Email(attribute.value.clone()), constraints)?;
        }
    }
    alt_names
        .iter()
        .try_for_each(|name| check_name(name, constraints))
}

/// Checks the common names that look like host names (`NAME_CONSTRAINTS_check_CN`). Returns the first fault as an error.
pub fn check_common_names(
    certificate: &Certificate,
    constraints: &Constraints,
) -> Result<(), Distrust> {
    for attribute in &certificate.subject.attributes {
        if attribute.kind != COMMON_NAME {
            continue;
        }
        let text = attribute.text().ok_or(Distrust::Unspecified)?;
        let text = text.trim_end_matches('\0');
        if text.contains('\0') {
            return Err(Distrust::UnsupportedName);
        }
        if is_host(text.as_bytes()) {
            check_name(&GeneralName::Dns(text.into()), constraints)?;
        }
    }
    Ok(())
}

/// Returns whether `name` looks like a host name: it has several labels, and hyphens only inside labels (`cn2dnsid`).
fn is_host(name: &[u8]) -> bool {
    let mut has_dot = false;
    for (index, &octet) in name.iter().enumerate() {
        if octet.is_ascii_alphanumeric() || octet == b'_' {
            continue;
        }
        if index == 0 || index + 1 == name.len() {
            return false;
        }
        let (before, after) = (name[index - 1], name[index + 1]);
        match octet {
            b'-' => {}
            b'.' if after != b'.' && before != b'-' && after != b'-' => has_dot = true,
            _ => return false,
        }
    }
    has_dot
}

/// Checks that `name` is within a permitted subtree, if there are any of its kind, and not within an excluded subtree
/// (`nc_match`).
fn check_name(name: &GeneralName, constraints: &Constraints) -> Result<(), Distrust> {
    let mut is_permitted = None;
    for subtree in of_kind(name, &constraints.permitted) {
        check_limits(subtree)?;
        if is_permitted != Some(true) {
            is_permitted = Some(is_within(name, &subtree.base)?);
        }
    }
    if is_permitted == Some(false) {
        return Err(Distrust::NotPermitted);
    }
    for subtree in of_kind(name, &constraints.excluded) {
        check_limits(subtree)?;
        if is_within(name, &subtree.base)? {
            return Err(Distrust::Excluded);
        }
    }
    Ok(())
}

/// Returns the subtrees that apply to names of the same kind as `name`.
fn of_kind<'a>(
    name: &'a GeneralName,
    subtrees: &'a [Subtree],
) -> impl Iterator<Item = &'a Subtree> {
    subtrees.iter().filter(move |subtree| {
        match (name, &subtree.base) {
            // Constraints on e-mail addresses apply to internationalized e-mail addresses as well.
            (GeneralName::Other { kind, .. }, base) if kind == SMTP_UTF8_MAILBOX => {
                matches!(base, GeneralName::Email(_))
            }
            (GeneralName::Other { kind, .. }, GeneralName::Other { kind: other, .. }) => {
                kind == other
            }
            (name, base) => std::mem::discriminant(name) == std::mem::discriminant(base),
        }
    })
}

/// Refuses a subtree with a minimum or maximum distance (`nc_minmax_valid`).
fn check_limits(subtree: &Subtree) -> Result<(), Distrust> {
    if subtree.has_limits {
        Err(Distrust::ConstraintLimits)
    } else {
        Ok(())
    }
}

/// Returns whether `name` is within the subtree at `base` (`nc_match_single`).
fn is_within(name: &GeneralName, base: &GeneralName) -> Result<bool, Distrust> {
    match (name, base) {
        (GeneralName::Other { value, .. }, GeneralName::Email(base)) => {
            is_mailbox_within(value, base)
        }
        (GeneralName::Directory(name), GeneralName::Directory(base)) => Ok(name.is_within(base)),
        (GeneralName::Dns(name), GeneralName::Dns(base)) => Ok(is_dns_within(name, base)),
        (GeneralName::Email(name), GeneralName::Email(base)) => is_email_within(name, base),
        (GeneralName::Uri(name), GeneralName::Uri(base)) => is_uri_within(name, base),
        (GeneralName::Ip(name), GeneralName::Ip(base)) => is_ip_within(name, base),
        _ => Err(Distrust::UnsupportedConstraint),
    }
}

/// Returns whether a DNS name is `base` or a subdomain of it (`nc_dns`).
fn is_dns_within(name: &[u8], base: &[u8]) -> bool {
    let Some(rest) = name.len().checked_sub(base.len()) else {
        return false;
    };
    if base.is_empty() {
        return true;
    }
    let (before, end) = name.split_at(rest);
    let is_whole = before.is_empty() || base.starts_with(b".") || before.ends_with(b".");
    is_whole && end.eq_ignore_ascii_case(base)
}

/// Returns whether `name` is longer than `base` and ends with it, in any case of letters.
fn ends_with(name: &[u8], base: &[u8]) -> bool {
    name.len() > base.len() && name[name.len() - base.len()..].eq_ignore_ascii_case(base)
}

/// Returns whether an e-mail address matches `base`: an address, a host, or a domain that starts with a dot (`nc_email`).
fn is_email_within(name: &[u8], base: &[u8]) -> Result<bool, Distrust> {
    let (local, host) = split_email(name).ok_or(Distrust::UnsupportedName)?;
    let base = match split_email(base) {
        None if base.starts_with(b".") => return Ok(ends_with(name, base)),
        None => base,
        Some((b"", host)) => host,
        Some((base, _)) if base.len() != local.len() => return Ok(false),
        Some((base, _)) if base.contains(&0) || local.contains(&0) => {
            return Err(Distrust::UnsupportedName);
        }
        Some((base, _)) if base != local => return Ok(false),
        Some((_, host)) => host,
    };
    Ok(host.eq_ignore_ascii_case(base))
}

/// Splits an e-mail address into its local part and its host at the last `@`.
fn split_email(address: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = address.iter().rposition(|octet| *octet == b'@')?;
    Some((&address[..at], &address[at + 1..]))
}

/// Returns whether an internationalized e-mail address matches `base` (`nc_email_eai`). Unlike OpenSSL, which decodes
/// constraints in Punycode, this function refuses them.
fn is_mailbox_within((kind, name): &(u8, Vec<u8>), base: &[u8]) -> Result<bool, Distrust> {
    if base.contains(&0) || *kind != tag::UTF8_STRING {
        return Err(Distrust::UnsupportedName);
    }
    let (_, host) = split_email(name).ok_or(Distrust::UnsupportedName)?;
    let is_international = |label: &[u8]| {
        let prefix = label.get(..4);
        prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"xn--"))
    };
    // OpenSSL decodes constraints into a buffer of 256 octets, in which a leading dot takes one more.
    let longest = if base.starts_with(b".") { 254 } else { 255 };
    if base.len() > longest || base.split(|octet| *octet == b'.').any(is_international) {
        return Err(Distrust::Unspecified);
    }
    Ok(if base.starts_with(b".") {
        ends_with(name, base)
    } else {
        host.eq_ignore_ascii_case(base)
    })
}

/// Returns whether the host of a URI is `base`, or a subdomain if `base` starts with a dot (`nc_uri`).
fn is_uri_within(name: &[u8], base: &[u8]) -> Result<bool, Distrust> {
    let colon = name.iter().position(|octet| *octet == b':');
    let authority = colon
        .and_then(|colon| name[colon + 1..].strip_prefix(b"//"))
        .ok_or(Distrust::UnsupportedName)?;
    let end = authority
        .iter()
        .position(|octet| *octet == b':')
        .or_else(|| authority.iter().position(|octet| *octet == b'/'))
        .unwrap_or(authority.len());
    let host = &authority[..end];
    if host.is_empty() {
        return Err(Distrust::UnsupportedName);
    }
    Ok(if base.starts_with(b".") {
        ends_with(host, base)
    } else {
        host.eq_ignore_ascii_case(base)
    })
}

/// Returns whether an IP address is in the network that `base` gives as an address and a mask (`nc_ip`).
fn is_ip_within(name: &[u8], base: &[u8]) -> Result<bool, Distrust> {
    if !matches!(name.len(), 4 | 16) || !matches!(base.len(), 8 | 32) {
        return Err(Distrust::UnsupportedName);
    }
    if name.len() * 2 != base.len() {
        return Ok(false);
    }
    let (network, mask) = base.split_at(name.len());
    Ok(name
        .iter()
        .zip(network)
        .zip(mask)
        .all(|((octet, network), mask)| octet & mask == network & mask))
}
