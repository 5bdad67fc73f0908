'use strict';

// Provides the tools that compile and link the C code of releases for Linux. A binary requires at least the symbols of the glibc
// that it was linked with, so the releases link with an old glibc: 2.17, of 2012. For x64 and arm64, napi-rs publishes gcc with
// that glibc as npm packages, for x64 hosts. For the other targets, zig has stubs of every glibc, and musl; zig comes with
// cargo-zigbuild from PyPI.

const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const cache = path.join(__dirname, '../node_modules/.cache/toolchain');

// Packages with a `compiler` compile for any target; the host's gcc compiles only for the host.
const GCC = {
  'x86_64-unknown-linux-gnu': {
    name: '@napi-rs/cross-toolchain-x64-target-x86_64',
    at: '1.0.0',
  },
  'aarch64-unknown-linux-gnu': {
    name: '@napi-rs/cross-toolchain-x64-target-aarch64',
    at: '1.0.3',
    compiler: 'clang',
  },
};

// The triples that zig links, in the form that cargo-zigbuild takes: with the version of glibc.
const ZIG = {
  'armv7-unknown-linux-gnueabihf': 'armv7-unknown-linux-gnueabihf.2.17',
  's390x-unknown-linux-gnu': 's390x-unknown-linux-gnu.2.17',
  'powerpc64le-unknown-linux-gnu': 'powerpc64le-unknown-linux-gnu.2.19',
  'x86_64-unknown-linux-musl': 'x86_64-unknown-linux-musl',
  'aarch64-unknown-linux-musl': 'aarch64-unknown-linux-musl',
};

// cargo-zigbuild calls the zig of the Python environment that it is installed in.
const PYTHON_PACKAGES = ['ziglang==0.17.1', 'cargo-zigbuild==0.24.1'];

/**
 * @typedef {object} Toolchain
 * @property {string} target the triple, in the form that the build command takes
 * @property {boolean} isZig whether the build command is `cargo zigbuild`
 * @property {Record<string, string>} env the variables that make cargo and its C compiler use the toolchain
 */

/**
 * Returns the toolchain for a target and downloads it if it is missing; returns null if no toolchain exists or can be downloaded.
 * @param {string} triple the target
 * @returns {Toolchain | null}
 */
function toolchain(triple) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return null;
  }
  try {
    if (Object.hasOwn(GCC, triple)) {
      return { target: triple, isZig: false, env: gccVariables(triple) };
    }
    if (usesZig(triple)) {
      const env = { PATH: `${installZig()}:${process.env.PATH}` };
      return { target: ZIG[triple], isZig: true, env };
    }
  } catch (error) {
    console.warn(
      `No toolchain of releases for ${triple}, so the host's links the binary: ${error.message}`,
    );
  }
  return null;
}

/**
 * Returns whether zig links for a target.
 * @param {string} triple
 */
function usesZig(triple) {
  return Object.hasOwn(ZIG, triple);
}

function gccVariables(triple) {
  const source = GCC[triple];
  const folder = path.join(cache, `${triple}-${source.at}`);
  if (!fs.existsSync(folder)) {
    fetch(source, triple, folder);
  }
  const target = triple.replace(/-/g, '_');
  return {
    [`CARGO_TARGET_${target.toUpperCase()}_LINKER`]: path.join(folder, `bin/${triple}-gcc`),
    // The toolchain's own compiler, gcc 4.8, knows neither C11's atomics nor __ARM_ARCH, so the host's compiler is used, with the
    // toolchain's headers.
    [`CFLAGS_${target}`]: `--sysroot=${path.join(folder, triple, 'sysroot')}`,
    ...(source.compiler && { [`CC_${target}`]: source.compiler }),
  };
}

/** Installs zig and cargo-zigbuild into a Python environment, and returns the folder of its programs. */
function installZig() {
  const folder = path.join(cache, 'python');
  const programs = path.join(folder, 'bin');
  if (!fs.existsSync(path.join(programs, 'cargo-zigbuild'))) {
    console.log('Installing zig and cargo-zigbuild');
    const options = { stdio: ['ignore', 'ignore', 'inherit'] };
    // The system's own Python is used, because other interpreters that come first on PATH may lack the venv library.
    execFileSync('/usr/bin/python3', ['-m', 'venv', '--clear', folder], options);
    execFileSync(path.join(programs, 'pip'), ['install', '-q', ...PYTHON_PACKAGES], options);
  }
  return programs;
}

/** Returns the triple of the machine that builds. */
function hostTriple() {
  return execFileSync('rustc', ['-vV'], { encoding: 'utf8' }).match(/^host: (.+)$/m)[1];
}

function fetch({ name, at }, triple, folder) {
  const stage = `${folder}.part`;
  fs.rmSync(stage, { recursive: true, force: true });
  fs.mkdirSync(stage, { recursive: true });
  try {
    // The napi-rs wrapper of the toolchain comes with the CLI, and its unpacking library requires a newer Node than this project
    // does.
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

module.exports = { hostTriple, installZig, toolchain, usesZig };
