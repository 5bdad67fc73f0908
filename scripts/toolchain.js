'use strict';

// The C toolchain that links releases for Linux with glibc. A binary asks for at least the symbols of the glibc that it was
// linked with; napi-rs publishes gcc with glibc 2.17, of 2012, as npm packages, for hosts with x64.

const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const cache = path.join(__dirname, '../node_modules/.cache/toolchain');

// `compiler` compiles for any target; the host's gcc does so for the host alone.
const PACKAGES = {
  'x86_64-unknown-linux-gnu': {
    name: '@napi-rs/cross-toolchain-x64-target-x86_64',
    at: '1.0.0',
  },
  'aarch64-unknown-linux-gnu': {
    name: '@napi-rs/cross-toolchain-x64-target-aarch64',
    at: '1.0.3',
    compiler: 'clang',
  },
  'armv7-unknown-linux-gnueabihf': {
    name: '@napi-rs/cross-toolchain-x64-target-armv7',
    at: '1.0.5',
    compiler: 'clang',
  },
  's390x-unknown-linux-gnu': {
    name: '@napi-rs/cross-toolchain-x64-target-s390x',
    at: '1.0.5',
    compiler: 'clang',
  },
  'powerpc64le-unknown-linux-gnu': {
    name: '@napi-rs/cross-toolchain-x64-target-ppc64le',
    at: '1.0.5',
    compiler: 'clang',
  },
};

/**
 * The variables that make cargo and its C compiler use the toolchain, fetched where it is missing; null where there is none
 * for the target, or none to be had.
 * @param {string} triple the target
 */
function toolchain(triple) {
  const source = PACKAGES[triple];
  if (!source || process.platform !== 'linux' || process.arch !== 'x64') {
    return null;
  }
  const folder = path.join(cache, `${triple}-${source.at}`);
  try {
    if (!fs.existsSync(folder)) {
      fetch(source, triple, folder);
    }
  } catch (error) {
    console.warn(
      `No toolchain with an old glibc, so the host's links the binary: ${error.message}`,
    );
    return null;
  }
  const target = triple.replace(/-/g, '_');
  return {
    [`CARGO_TARGET_${target.toUpperCase()}_LINKER`]: path.join(folder, `bin/${triple}-gcc`),
    // Its own compiler, gcc 4.8, knows neither C11's atomics nor __ARM_ARCH: the host's, with its headers.
    [`CFLAGS_${target}`]: `--sysroot=${path.join(folder, triple, 'sysroot')}`,
    ...(source.compiler && { [`CC_${target}`]: source.compiler }),
  };
}

/** The triple of the machine that builds. */
function hostTriple() {
  return execFileSync('rustc', ['-vV'], { encoding: 'utf8' }).match(/^host: (.+)$/m)[1];
}

function fetch({ name, at }, triple, folder) {
  const stage = `${folder}.part`;
  fs.rmSync(stage, { recursive: true, force: true });
  fs.mkdirSync(stage, { recursive: true });
  try {
    // Its napi-rs wrapper comes with the CLI, and unpacks with a library that wants a newer Node than we do.
    const npm = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', stage];
    execFileSync('npm', [...npm, `${name}@${at}`], { stdio: ['ignore', 'ignore', 'inherit'] });
    const archive = path.join(stage, 'node_modules', name, `${triple}.tar.xz`);
    const unpacked = path.join(stage, 'unpacked');
    fs.mkdirSync(unpacked);
    execFileSync('tar', ['-xJf', archive, '-C', unpacked]);
    fs.renameSync(unpacked, folder);
  } finally {
    fs.rmSync(stage, { recursive: true, force: true });
  }
}

module.exports = { hostTriple, toolchain };
