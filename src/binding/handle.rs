//! Numbers that stand for native objects in calls that have to be fast.
//!
//! napi unwraps the objects of a class with checks that cost several times what an argument costs. A number is looked up
//! in a table of its thread, which needs no `unsafe`; the object of the class owns the entry, and JavaScript keeps it for
//! as long as it uses the number.

use std::cell::RefCell;
use std::thread::LocalKey;

use napi::{Error, Result};
use slab::Slab;

/// The objects of one kind that a thread has.
pub type Table<T> = LocalKey<RefCell<Slab<T>>>;

/// An entry of a table, for as long as this lives.
pub struct Handle<T: 'static> {
    table: &'static Table<T>,
    number: usize,
}

impl<T> Handle<T> {
    /// Puts `object` into `table`.
    pub fn new(table: &'static Table<T>, object: T) -> Self {
        let number = table.with_borrow_mut(|objects| objects.insert(object));
        Self { table, number }
    }

    /// What JavaScript calls it by.
    pub fn number(&self) -> u32 {
        self.number as u32
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        // The table may be gone already, where the thread ends.
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
