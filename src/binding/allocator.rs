//! The allocator of the addon: mimalloc, except for large blocks, which the system takes back as soon as they are freed.
//!
//! The main thread frees what the runtime's thread has allocated. mimalloc only marks a large block as free then (`MADV_FREE`), and
//! returns it when the thread that has allocated it does so again: after many large bodies, gigabytes stayed resident. glibc's
//! allocator keeps them as well, as it takes blocks of up to 32 MB from its arenas once some have been freed.

use std::alloc::{GlobalAlloc, Layout};

use mimalloc::MiMalloc;

/// The size from which a block comes from the system, whose calls cost little next to filling such a block.
const LARGE: usize = 1 << 20;

/// The alignment that every page of the system has at least.
const PAGE: usize = 4096;

/// Allocates blocks by their size.
pub struct Allocator;

fn is_large(layout: Layout) -> bool {
    layout.size() >= LARGE && layout.align() <= PAGE
}

// SAFETY: where a block comes from depends on its layout alone, which the caller passes again to free the block. mimalloc and the
// system's functions keep the contract of the trait.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_large(layout) {
            system::allocate(layout)
        } else {
            // SAFETY: the caller guarantees the same conditions.
            unsafe { MiMalloc.alloc(layout) }
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_large(layout) {
            system::allocate(layout)
        } else {
            // SAFETY: the caller guarantees the same conditions.
            unsafe { MiMalloc.alloc_zeroed(layout) }
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller guarantees that `alloc` has returned `block` for `layout`, so that the same branch was taken.
        unsafe {
            if is_large(layout) {
                system::free(block, layout);
            } else {
                MiMalloc.dealloc(block, layout);
            }
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller guarantees that `size` makes a valid layout, and what `dealloc` needs. Blocks do not overlap.
        unsafe {
            let new = Layout::from_size_align_unchecked(size, layout.align());
            match (is_large(layout), is_large(new)) {
                (false, false) => MiMalloc.realloc(block, layout, size),
                (true, true) => system::resize(block, layout, new),
                _ => moved(block, layout, new),
            }
        }
    }
}

/// Moves a block to a new one.
///
/// # Safety
/// The allocator must have returned `block` for `old`.
unsafe fn moved(block: *mut u8, old: Layout, new: Layout) -> *mut u8 {
    // SAFETY: neither layout is empty, as one of them is large and the trait allows no other. The new block does not overlap.
    unsafe {
        let target = Allocator.alloc(new);
        if !target.is_null() {
            block.copy_to_nonoverlapping(target, old.size().min(new.size()));
            Allocator.dealloc(block, old);
        }
        target
    }
}

#[cfg(unix)]
mod system {
    use std::alloc::Layout;
    use std::ptr;

    /// Returns a block of zeros, or null if there is no memory.
    pub fn allocate(layout: Layout) -> *mut u8 {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping at an address of the system's choice touches no other.
        let block = unsafe { libc::mmap(ptr::null_mut(), layout.size(), access, kind, -1, 0) };
        if block == libc::MAP_FAILED {
            return ptr::null_mut();
        }
        block.cast()
    }

    /// # Safety
    /// `allocate` must have returned `block` for `layout`.
    pub unsafe fn free(block: *mut u8, layout: Layout) {
        // SAFETY: the mapping is that of the block, whose length the system rounds up to whole pages as it did before.
        unsafe { libc::munmap(block.cast(), layout.size()) };
    }

    /// # Safety
    /// `allocate` must have returned `block` for `old`.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub unsafe fn resize(block: *mut u8, old: Layout, new: Layout) -> *mut u8 {
        // SAFETY: as for `free`. The pages move without being copied, and nothing else refers to them.
        let block =
            unsafe { libc::mremap(block.cast(), old.size(), new.size(), libc::MREMAP_MAYMOVE) };
        if block == libc::MAP_FAILED {
            return ptr::null_mut();
        }
        block.cast()
    }

    /// # Safety
    /// `allocate` must have returned `block` for `old`.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub unsafe fn resize(block: *mut u8, old: Layout, new: Layout) -> *mut u8 {
        // SAFETY: the caller guarantees the same conditions.
        unsafe { super::moved(block, old, new) }
    }
}

/// The heap of Windows takes large blocks from the system, and returns them at once.
#[cfg(windows)]
mod system {
    use std::alloc::{GlobalAlloc, Layout, System};

    /// Returns a block of zeros, or null if there is no memory.
    pub fn allocate(layout: Layout) -> *mut u8 {
        // SAFETY: a large layout is not empty.
        unsafe { System.alloc_zeroed(layout) }
    }

    /// # Safety
    /// `allocate` must have returned `block` for `layout`.
    pub unsafe fn free(block: *mut u8, layout: Layout) {
        // SAFETY: the caller guarantees the same conditions.
        unsafe { System.dealloc(block, layout) };
    }

    /// # Safety
    /// `allocate` must have returned `block` for `old`.
    pub unsafe fn resize(block: *mut u8, old: Layout, new: Layout) -> *mut u8 {
        // SAFETY: the caller guarantees the same conditions.
        unsafe { System.realloc(block, old, new.size()) }
    }
}
