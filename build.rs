//! Links the addon as Node expects it, and keeps it loaded until the process ends.

fn main() {
    napi_build::setup();
    // Node unloads an addon when the last worker that loaded it ends, while our runtime thread still
    // runs its code (napi-rs #3443). Elsewhere `binding::resident` pins the library when it is loaded.
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if os == "linux" || os == "freebsd" || os == "android" {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
