//! Parses instance keys: `keyId:keySecret`.

use std::fmt;

use zeroize::Zeroizing;

/// The parts of an instance key, as UTF-16. `Debug` does not show the secret, and the secret is wiped from memory when the key is
/// dropped.
#[derive(Clone, Eq, PartialEq)]
pub struct InstanceKey {
    /// The identifier of the key. The `iss` claim of the key's tokens contains this identifier.
    pub id: Vec<u16>,
    /// The secret that signs tokens.
    pub secret: Zeroizing<Vec<u16>>,
}

impl InstanceKey {
    /// Parses an identifier, a colon, and a secret without line terminators: the original's `/^([^:]+):(.+)$/`.
    pub fn parse(key: &[u16]) -> Option<Self> {
        let colon = Self::colon(key)?;
        Some(Self {
            id: key[..colon].to_vec(),
            secret: key[colon + 1..].to_vec().into(),
        })
    }

    /// Returns the position of the first colon if `key` is valid.
    pub fn colon(key: &[u16]) -> Option<usize> {
        // In a regular expression, `.` does not match these code units (ECMA-262, LineTerminator).
        const LINE_TERMINATORS: [u16; 4] = [0x0a, 0x0d, 0x2028, 0x2029];

        let colon = key.iter().position(|&unit| unit == u16::from(b':'))?;
        let (id, secret) = (&key[..colon], &key[colon + 1..]);
        let valid = !id.is_empty()
            && !secret.is_empty()
            && !secret.iter().any(|unit| LINE_TERMINATORS.contains(unit));
        valid.then_some(colon)
    }
}

impl fmt::Debug for InstanceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let id = String::from_utf16_lossy(&self.id);
        formatter
            .debug_struct("InstanceKey")
            .field("id", &id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_has_no_secret() {
        let units: Vec<u16> = "id:hush".encode_utf16().collect();
        let text = format!("{:?}", InstanceKey::parse(&units));
        assert!(text.contains("id") && !text.contains("hush"), "{text}");
    }
}
