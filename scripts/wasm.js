'use strict';

// Builds the WebAssembly module, lib/binding/core.wasm: with rustup's target where it is installed, and otherwise with packages of
// Debian, which include the source of the standard library.

const { execFileSync, spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const { installOnce } = require('./installed');
const { installDebian } = require('./platforms/debian');
const { flagsFor } = require('./reproducible');

const root = path.join(__dirname, '..');
const MODULE = path.join(root, 'lib/binding/core.wasm');

const TARGET = 'wasm32-wasip1';
const DEBIAN = ['rustc-web', 'cargo-web', 'rust-web-src', 'wasi-libc', 'lld-19'];
const BINARYEN = '131.0.0';
const MAX_BYTES = 560_000;

// Node 14 knows these features of WebAssembly, and no newer ones.
const FEATURES = ['bulk-memory', 'sign-ext', 'mutable-globals', 'nontrapping-float-to-int'];

/**
 * Builds the module, and returns the versions of the tools. Throws a `Lacking` error (platforms/debian.js) if the machine has no
 * toolchain for it and none can be installed.
 */
function buildWasm() {
  const { cargo, rustc, args, env, more } = hasTarget() ? rustupTools() : debianTools();
  const folder = path.join(root, 'build/wasm');
  const flags = [
    ...more,
    // Nothing calls `main`: JavaScript calls `_initialize` once, and then the exports.
    '-Clink-arg=--export=_initialize',
    '-Clink-arg=-zstack-size=1048576',
  ];
  const command = [
    ...['rustc', '--locked', '--lib', '--crate-type', 'cdylib'],
    ...['--profile', 'wasm', '--target', TARGET, ...args],
  ];
  console.log(`Compiling for ${TARGET}`);
  const { status } = spawnSync(cargo, command, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      CARGO_TARGET_DIR: folder,
      CARGO_TERM_QUIET: 'true',
      ...flagsFor(TARGET, { cargo, rustc, more: flags }).env,
      ...env,
    },
  });
  if (status !== 0) {
    throw new Error(`The core does not compile for ${TARGET}`);
  }
  optimize(path.join(folder, TARGET, 'wasm/pusher_platform_native.wasm'));
  const { size } = fs.statSync(MODULE);
  if (size > MAX_BYTES) {
    throw new Error(`${MODULE} has ${size} bytes, above ${MAX_BYTES}`);
  }
  console.log(`The module is ${path.relative(root, MODULE)}, ${size} bytes`);
  return [output(rustc, ['--version']), `binaryen ${BINARYEN}`];
}

/** Returns whether rustup has installed the target. */
function hasTarget() {
  const { stdout } = spawnSync('rustup', ['target', 'list', '--installed'], { encoding: 'utf8' });
  return String(stdout).split('\n').includes(TARGET);
}

function rustupTools() {
  const sysroot = output('rustc', ['--print', 'sysroot']);
  const start = path.join(sysroot, 'lib/rustlib', TARGET, 'lib/self-contained/crt1-reactor.o');
  return { cargo: 'cargo', rustc: 'rustc', args: [], env: {}, more: [`-Clink-arg=${start}`] };
}

function debianTools() {
  installDebian(DEBIAN);
  const libraries = '/usr/lib/wasm32-wasi';
  const rustc = '/usr/bin/rustc';
  return {
    cargo: '/usr/bin/cargo',
    rustc,
    args: ['-Zbuild-std=std,panic_abort'],
    env: {
      // The unstable `build-std` option above requires this variable.
      RUSTC_BOOTSTRAP: '1',
      RUSTC: rustc,
      CARGO: '/usr/bin/cargo',
      CARGO_TARGET_WASM32_WASIP1_LINKER: 'wasm-ld-19',
    },
    more: [
      '-Clinker-flavor=wasm-ld',
      '-Clink-self-contained=no',
      `-L${libraries}`,
      `-Clink-arg=${libraries}/crt1-reactor.o`,
    ],
  };
}

/** @param {string} built */
function optimize(built) {
  const binaryen = installOnce('toolchain/binaryen', { binaryen: BINARYEN });
  const program = path.join(binaryen, 'node_modules/binaryen/bin/wasm-opt');
  const features = FEATURES.map((name) => `--enable-${name}`);
  const args = [program, '-O3', ...features, built, '-o', MODULE];
  execFileSync(process.execPath, args, { stdio: 'inherit' });
}

function output(command, args) {
  return execFileSync(command, args, { encoding: 'utf8' }).trim();
}

module.exports = { MODULE, TARGET, buildWasm };
