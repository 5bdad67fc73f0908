//! A bounded table of objects under keys, which drops what was not wanted for longest to make room.
//!
//! Objects that are shared by all who would make them from the same parts also have a number. It is good for one object
//! alone: once the table has dropped that one, its number finds nothing, and whoever holds it makes the object again from
//! its parts.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use zeroize::Zeroizing;

/// What an object is made from, as bytes. No `Debug`, since some of it is secret: it is wiped from memory with the object.
#[derive(Eq, PartialEq)]
pub struct Key(Zeroizing<Vec<u8>>);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0[..].hash(state);
    }
}

impl Key {
    /// Of parts, each of which its length sets apart from the next.
    pub fn new<const N: usize>(parts: [&[u8]; N]) -> Self {
        let length = parts
            .iter()
            .map(|part| size_of::<usize>() + part.len())
            .sum();
        // Never outgrown, which would leave a copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        for part in parts {
            bytes.extend_from_slice(&part.len().to_ne_bytes());
            bytes.extend_from_slice(part);
        }
        Self(bytes)
    }
}

/// At most `SLOTS` objects.
pub struct Table<T, const SLOTS: usize, K = Key> {
    entries: Vec<Entry<T, K>>,
    slots: HashMap<Arc<K>, usize>,
    /// Where the search for one to drop goes on.
    hand: usize,
}

struct Entry<T, K> {
    key: Arc<K>,
    /// How many objects had the slot before.
    generation: u64,
    /// Whether it was wanted since the hand last passed it.
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
    /// The number of the object of `key`, which `make` makes where there is none.
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

    /// The object of `key`.
    pub fn find(&self, key: &K) -> Option<&T> {
        let entry = &self.entries[*self.slots.get(key)?];
        entry.used.set(true);
        Some(&entry.object)
    }

    /// Puts `object` in the place of any that `key` had.
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

    /// The slot that an object of a new key gets.
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

    /// The object that `number` was given for, while it is here.
    pub fn get(&self, number: u64) -> Option<&T> {
        let slots = SLOTS as u64;
        let entry = self.entries.get((number % slots) as usize)?;
        if entry.generation != number / slots {
            return None;
        }
        entry.used.set(true);
        Some(&entry.object)
    }

    /// The next that was not wanted for a whole round ("clock", an approximation of least recently used).
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
