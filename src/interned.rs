//! A bounded table that maps keys to objects, and drops the objects that have not been used for the longest time.
//!
//! An object can also be shared by all callers that would create it from the same parts. Such an object has a number, which
//! never stands for another object: once the table has dropped the object, the number finds nothing, and its holder creates the
//! object again from its parts.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use zeroize::Zeroizing;

/// The parts from which an object is created, as bytes. They may be secret, so `Key` does not implement `Debug`, and the bytes
/// are wiped from memory when the key is dropped.
#[derive(Eq, PartialEq)]
pub struct Key(Zeroizing<Vec<u8>>);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0[..].hash(state);
    }
}

impl Key {
    /// Joins `parts` into a key. The length of each part precedes the part, so that different parts never give equal keys.
    pub fn new<const N: usize>(parts: [&[u8]; N]) -> Self {
        let length = parts
            .iter()
            .map(|part| size_of::<usize>() + part.len())
            .sum();
        // The vector must never grow, because growing it would leave a copy of secret bytes in memory.
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        for part in parts {
            bytes.extend_from_slice(&part.len().to_ne_bytes());
            bytes.extend_from_slice(part);
        }
        Self(bytes)
    }
}

/// A table of at most `SLOTS` objects.
pub struct Table<T, const SLOTS: usize, K = Key> {
    entries: Vec<Entry<T, K>>,
    slots: HashMap<Arc<K>, usize>,
    /// The slot at which the next search for an object to drop begins.
    hand: usize,
}

struct Entry<T, K> {
    key: Arc<K>,
    /// The number of objects that occupied the slot earlier.
    generation: u64,
    /// Whether the object was used since the hand last passed its slot.
    used: Cell<bool>,
    object: T,
}

impl<T, const SLOTS: usize, K> Default for Table<T, SLOTS, K> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            slots: HashMap::new(),
            hand: 0,
        }
    }
}

impl<T, const SLOTS: usize, K: Eq + Hash> Table<T, SLOTS, K> {
    /// Returns the number of the object under `key`. If there is no such object, `make` creates it.
    pub fn number(&mut self, key: K, make: impl FnOnce() -> T) -> u64 {
        let slot = match self.slots.get(&key) {
            Some(&slot) => {
                self.entries[slot].used.set(true);
                slot
            }
            None => self.add(key, make()),
        };
        self.entries[slot].generation * SLOTS as u64 + slot as u64
    }

    /// Returns the object under `key`.
    pub fn find(&self, key: &K) -> Option<&T> {
        let entry = &self.entries[*self.slots.get(key)?];
        entry.used.set(true);
        Some(&entry.object)
    }

    /// Stores `object` under `key`, and drops the previous object of `key`.
    pub fn set(&mut self, key: K, object: T) {
        match self.slots.get(&key) {
            Some(&slot) => {
                self.entries[slot].object = object;
                self.entries[slot].used.set(true);
            }
            None => {
                self.add(key, object);
            }
        }
    }

    /// Stores `object` under a new `key` and returns its slot.
    fn add(&mut self, key: K, object: T) -> usize {
        let key = Arc::new(key);
        let mut entry = Entry {
            key: key.clone(),
            generation: 0,
            used: Cell::new(false),
            object,
        };
        let slot = if self.entries.len() < SLOTS {
            self.entries.push(entry);
            self.entries.len() - 1
        } else {
            let slot = self.victim();
            entry.generation = self.entries[slot].generation + 1;
            self.slots.remove(&self.entries[slot].key);
            self.entries[slot] = entry;
            slot
        };
        self.slots.insert(key, slot);
        slot
    }

    /// Returns the object that `number` stands for, unless the table has dropped it.
    pub fn get(&self, number: u64) -> Option<&T> {
        let slots = SLOTS as u64;
        let entry = self.entries.get((number % slots) as usize)?;
        if entry.generation != number / slots {
            return None;
        }
        entry.used.set(true);
        Some(&entry.object)
    }

    /// Returns the next slot whose object was not used for a whole round of the hand. This is the "clock" algorithm, an
    /// approximation of least recently used.
    fn victim(&mut self) -> usize {
        loop {
            let slot = self.hand;
            self.hand = (slot + 1) % SLOTS;
            if !self.entries[slot].used.replace(false) {
                return slot;
            }
        }
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
    }

    #[test]
    fn what_is_wanted_stays() {
        let mut table = Table::<u8, 4>::default();
        let kept = table.number(Key::new([&[0]]), || 0);
        for name in 1..200 {
            table.number(Key::new([&[name]]), || name);
            assert_eq!(table.get(kept), Some(&0));
        }
    }

    #[test]
    fn a_key_has_what_was_set_last() {
        let mut table = Table::<u8, 2, &str>::default();
        table.set("a", 1);
        table.set("a", 2);
        table.set("b", 3);
        assert_eq!((table.find(&"a"), table.find(&"b")), (Some(&2), Some(&3)));
        assert_eq!((table.find(&"c"), table.entries.len()), (None, 2));
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
            let mut given = HashMap::new();
            for name in names {
                let number = table.number(Key::new([&[name]]), || name);
                prop_assert_eq!(table.get(number), Some(&name));
                prop_assert_eq!(*given.entry(number).or_insert(name), name);
                for (&number, name) in &given {
                    prop_assert!(table.get(number).is_none_or(|found| found == name));
                }
                prop_assert!(table.entries.len() <= 4 && table.slots.len() == table.entries.len());
            }
        }
    }
}
