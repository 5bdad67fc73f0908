//! Links the addon as Node-API requires. The WebAssembly module has a border of its own.

fn main() {
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family != "wasm") {
        napi_build::setup();
    }
}
