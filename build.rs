//! Sets the linker options that an addon for Node needs.

fn main() {
    napi_build::setup();
}
