//! Handles: numbers that stand for native objects in calls that must be fast.
//!
//! The checks by which napi unwraps an object of a class cost several times as much as an argument does. A number is looked up
//! in a table of the thread, which needs no `unsafe` code. An object of a napi class owns the entry, and JavaScript keeps this
//! object as long as JavaScript uses the number.

use std::cell::RefCell;
use std::thread::LocalKey;

use napi::{Error, Result};
use slab::Slab;

/// The objects of one type that belong to a thread.
pub type Table<T> = LocalKey<RefCell<Slab<T>>>;

/// Owns an entry of a table, and removes the entry when the handle is dropped.
pub struct Handle<T: 'static> {
    table: &'static Table<T>,
    number: usize,
}

impl<T> Handle<T> {
    /// Stores `object` in `table`.
    pub fn new(table: &'static Table<T>, object: T) -> Self {
        let number = table.with_borrow_mut(|objects| objects.insert(object));
        Self { table, number }
    }

    /// Returns the number by which JavaScript names the object.
    pub fn number(&self) -> u32 {
        self.number as u32
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        // While the thread ends, the table may already have been destroyed.
        let _ = self
            .table
            .try_with(|objects| objects.borrow_mut().try_remove(self.number));
    }
}

/// Calls `work` with the object that `number` stands for.
pub fn with<T, R>(
    table: &'static Table<T>,
    number: u32,
    work: impl FnOnce(&T) -> Result<R>,
) -> Result<R> {
    table.with_borrow(|objects| match objects.get(number as usize) {
        Some(object) => work(object),
        None => Err(Error::from_reason("The native object is gone")),
    })
}
