//! Keeps the library loaded until the process ends.
//!
//! Node unloads an addon when the last environment that loaded the addon ends, while the runtime thread still runs the addon's
//! code (napi-rs #3443). A pinned library outlives its environments. The linker could pin the library only on Linux
//! (`-z nodelete`), so the library pins itself on every platform, each time an environment loads it.

use std::ffi::c_void;
use std::io;

use napi::{Error, Result};

/// Pins the library. If pinning fails, the addon does not load.
pub fn pin() -> Result<()> {
    let address = pin as *const c_void;
    if pin_library_of(address) {
        return Ok(());
    }
    let cause = io::Error::last_os_error();
    Err(Error::from_reason(format!(
        "The addon cannot stay loaded: {cause}"
    )))
}

#[cfg(unix)]
fn pin_library_of(address: *const c_void) -> bool {
    let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: `dladdr` fills `info` if it finds the library, whose name is valid as long as the library is loaded.
    // With `RTLD_NOLOAD`, `dlopen` only finds the library that is loaded under that name, and loads nothing.
    unsafe {
        libc::dladdr(address, info.as_mut_ptr()) != 0
            && !libc::dlopen(
                info.assume_init().dli_fname,
                libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE,
            )
            .is_null()
    }
}

#[cfg(windows)]
fn pin_library_of(address: *const c_void) -> bool {
    use windows_sys::Win32::System::LibraryLoader::{
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
    };
    let mut module = std::ptr::null_mut();
    // SAFETY: with `GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS`, the name is an address within the library. `module` has room for a
    // handle.
    unsafe {
        GetModuleHandleExW(
            GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
            address.cast(),
            &mut module,
        ) != 0
    }
}
