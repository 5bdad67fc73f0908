//! OpenSSL's security level, which says how strong keys, digests, ciphers and key exchanges have to be.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The minimum bits of security at each of OpenSSL's security levels from 1 on (`minbits_table`).
const BITS: [usize; 5] = [80, 112, 128, 192, 256];

/// The minimum bits of security at the current level. As in Node, the whole process shares one level.
static MINIMUM: AtomicUsize = AtomicUsize::new(BITS[0]);

/// Sets OpenSSL's security level. Level 0, which allows everything, counts as level 1.
pub fn set_security_level(level: u32) {
    let index = usize::try_from(level)
        .unwrap_or(usize::MAX)
        .saturating_sub(1);
    MINIMUM.store(BITS[index.min(BITS.len() - 1)], Ordering::Relaxed);
}

/// Returns whether `bits` of security are enough at the current level.
pub fn is_enough(bits: usize) -> bool {
    bits >= MINIMUM.load(Ordering::Relaxed)
}
