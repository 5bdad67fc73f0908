//! A bounded table that maps keys to objects, and drops the objects that have not been used for the longest time.
//!
//! An object can also be shared by all callers that would create it from the same parts. Such an object has a number, which
//! never stands for another object: once the table has dropped the object, the number finds nothing, and its holder creates the
//! object again from its parts.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The number of bytes up to which a part stands in a key. A longer part is represented by its digest.
const LONG: usize = 256;

/// The number of bytes of the parts from which all numbered objects of a table were created. A single object may have more.
const MAX_BYTES: usize = 16 << 20;

/// The parts from which an object is created, as bytes. They may be secret, so `Key` does not implement `Debug`, and the bytes
/// are wiped from memory when the key is dropped.
#[derive(Eq, PartialEq)]
pub struct Key {
    bytes: Zeroizing<Vec<u8>>,
    /// The number of bytes of all parts.
    size: usize,
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes[..].hash(state);
    }
}

impl Key {
    /// Joins `parts` into a key. The length of each part precedes the part or its digest, so that different parts never give equal
    /// keys.
    pub fn new<const N: usize>(parts: [&[u8]; N]) -> Self {
        let length = parts
            .iter()
            .map(|part| size_of::<usize>() + held(part))
            .sum();
        // The vector must never grow, because growing it would leave a copy of secret bytes in memory.
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        for part in parts {
            bytes.extend_from_slice(&part.len().to_ne_bytes());
            if part.len() <= LONG {
                bytes.extend_from_slice(part);
            } else {
                bytes.extend_from_slice(&Sha256::digest(part));
            }
        }
        let size = parts.iter().map(|part| part.len()).sum();
        Self { bytes, size }
    }
}

/// Returns the number of bytes by which a key represents `part`.
fn held(part: &[u8]) -> usize {
    if part.len() <= LONG {
        part.len()
    } else {
        Sha256::output_size()
    }
}

/// A table of at most `SLOTS` objects. Those that have a number were created from 16 MiB at most.
pub struct Table<T, const SLOTS: usize, K = Key> {
    entries: Vec<Entry<T, K>>,
    slots: HashMap<Arc<K>, usize>,
    /// The slots of objects that were dropped for want of bytes.
    free: Vec<usize>,
    /// The number of bytes from which the objects were created.
    size: usize,
    /// The slot at which the next search for an object to drop begins.
    hand: usize,
}

struct Entry<T, K> {
    /// The number of objects that occupied the slot earlier.
    generation: u64,
    /// Whether the object was used since the hand last passed its slot.
    used: Cell<bool>,
    content: Option<Content<T, K>>,
}

struct Content<T, K> {
    key: Arc<K>,
    size: usize,
    object: T,
}

impl<T, const SLOTS: usize, K> Default for Table<T, SLOTS, K> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            slots: HashMap::new(),
            free: Vec::new(),
            size: 0,
            hand: 0,
        }
    }
}

impl<T, const SLOTS: usize> Table<T, SLOTS> {
    /// Returns the number of the object under `key`. If there is no such object, `make` creates it.
    pub fn number(&mut self, key: Key, make: impl FnOnce() -> T) -> u64 {
        let slot = match self.slots.get(&key) {
            Some(&slot) => {
                self.entries[slot].used.set(true);
                slot
            }
            None => {
                let size = key.size;
                self.add(key, size, make())
            }
        };
        self.entries[slot].generation * SLOTS as u64 + slot as u64
    }
}

impl<T, const SLOTS: usize, K: Eq + Hash> Table<T, SLOTS, K> {
    /// Returns the object under `key`.
    pub fn find(&self, key: &K) -> Option<&T> {
        self.entries[*self.slots.get(key)?].object()
    }

    /// Stores `object` under `key`, and drops the previous object of `key`.
    pub fn set(&mut self, key: K, object: T) {
        let known = self.slots.get(&key).map(|&slot| &mut self.entries[slot]);
        match known {
            Some(Entry {
                used,
                content: Some(content),
                ..
            }) => {
                content.object = object;
                used.set(true);
            }
            _ => {
                self.add(key, 0, object);
            }
        }
    }

    /// Stores `object`, which was created from `size` bytes, under a new `key`, and returns its slot.
    fn add(&mut self, key: K, size: usize, object: T) -> usize {
        while self.slots.len() == SLOTS || (self.size + size > MAX_BYTES && !self.slots.is_empty())
        {
            self.drop_one();
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.entries.push(Entry {
                generation: 0,
                used: Cell::new(false),
                content: None,
            });
            self.entries.len() - 1
        });
        let key = Arc::new(key);
        self.slots.insert(key.clone(), slot);
        self.size += size;
        self.entries[slot].used.set(false);
        self.entries[slot].content = Some(Content { key, size, object });
        slot
    }

    /// Returns the object that `number` stands for, unless the table has dropped it.
    pub fn get(&self, number: u64) -> Option<&T> {
        let slots = SLOTS as u64;
        let entry = self.entries.get((number % slots) as usize)?;
        if entry.generation != number / slots {
            return None;
        }
        entry.object()
    }

    /// Drops the next object that was not used for a whole round of the hand. This is the "clock" algorithm, an approximation of
    /// least recently used.
    fn drop_one(&mut self) {
        loop {
            let slot = self.hand;
            self.hand = (slot + 1) % self.entries.len();
            let entry = &mut self.entries[slot];
            if entry.used.replace(false) {
                continue;
            }
            if let Some(content) = entry.content.take() {
                entry.generation += 1;
                self.size -= content.size;
                self.slots.remove(&content.key);
                self.free.push(slot);
                return;
            }
        }
    }
}

impl<T, K> Entry<T, K> {
    fn object(&self) -> Option<&T> {
        let content = self.content.as_ref()?;
        self.used.set(true);
        Some(&content.object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_are_told_apart() {
        assert!(Key::new([b"a", b"bc"]) != Key::new([b"ab", b"c"]));
        assert!(Key::new([b"ab", b""]) == Key::new([b"ab", b""]));
        let long = [b'a'; LONG + 1];
        let digest = Sha256::digest(long);
        assert!(Key::new([&long]) == Key::new([&long.clone()]));
        assert!(Key::new([&long]) != Key::new([&digest]));
        assert!(Key::new([&long, b""]) != Key::new([b"", &long]));
        assert!(Key::new([&long]).bytes.len() < LONG);
    }

    #[test]
    fn bytes_are_bounded() {
        const SIZE: usize = MAX_BYTES / 8;
        let mut table = Table::<u8, 64>::default();
        let kept = table.number(Key::new([b"kept"]), || 0);
        for name in 1..100 {
            table.number(Key::new([&vec![name; SIZE]]), || name);
            // What is used stays.
            assert_eq!(table.get(kept), Some(&0));
            assert!(table.size <= MAX_BYTES && table.slots.len() <= 8);
            let own = table.entries.iter().flat_map(|entry| &entry.content);
            assert_eq!(own.map(|content| content.size).sum::<usize>(), table.size);
        }
        // A larger object than all is kept alone.
        let large = table.number(Key::new([&vec![0; MAX_BYTES + 1]]), || 1);
        assert_eq!((table.get(large), table.slots.len()), (Some(&1), 1));
        let next = table.number(Key::new([b"next"]), || 2);
        assert_eq!((table.get(next), table.get(large)), (Some(&2), None));
    }

    #[test]
    fn what_is_set_again_stays() {
        let mut table = Table::<u8, 4, u8>::default();
        for name in 1..200 {
            table.set(0, name);
            table.set(name, name);
            assert_eq!(table.slots.get(&0), Some(&0));
        }
    }

    proptest! {
        #[test]
        fn a_number_finds_its_own_object_or_none(names in prop::collection::vec(0u8..12, 1..200)) {
            let mut table = Table::<u8, 4>::default();
            let mut numbered = HashMap::new();
            for name in names {
                let number = table.number(Key::new([&[name]]), || name);
                prop_assert_eq!(table.get(number), Some(&name));
                prop_assert_eq!(*numbered.entry(number).or_insert(name), name);
                for (&number, name) in &numbered {
                    prop_assert!(table.get(number).is_none_or(|found| found == name));
                }
                prop_assert!(table.entries.len() <= 4 && table.slots.len() == table.entries.len());
            }
        }
    }
}
