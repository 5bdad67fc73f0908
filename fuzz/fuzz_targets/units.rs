//! Creates the code units of JavaScript strings from the bytes of the fuzzer.

/// Decodes `bytes` as UTF-8. Bytes that are not UTF-8 become arbitrary code units, which may include lone surrogates.
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
