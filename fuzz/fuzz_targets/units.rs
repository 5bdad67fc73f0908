//! Code units of a JavaScript string, from what the fuzzer makes up.

/// Text, or where it is none any code units, surrogates without a partner among them.
pub fn units(bytes: &[u8]) -> Vec<u16> {
    match str::from_utf8(bytes) {
        Ok(text) => text.encode_utf16().collect(),
        Err(_) => {
            let pairs = bytes.chunks_exact(2);
            pairs
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect()
        }
    }
}
