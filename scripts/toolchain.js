'use strict';

// Provides the tools that compile and link the C code of releases for Linux: zig, from PyPI, in one version for all targets, so
// that a binary does not depend on the compiler of the machine. A binary requires at least the symbols of the glibc that it was
// linked with, so the releases link with an old glibc: 2.17, of 2012. zig has stubs of every glibc, and musl.

const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const cache = path.join(__dirname, '../node_modules/.cache/toolchain');

// The targets, in the form that cargo-zigbuild takes: with the version of glibc.
const TARGETS = {
  'x86_64-unknown-linux-gnu': 'x86_64-unknown-linux-gnu.2.17',
  'aarch64-unknown-linux-gnu': 'aarch64-unknown-linux-gnu.2.17',
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
 * @property {string} target the triple, in the form that `cargo zigbuild` takes
 * @property {string[]} versions the packages that the toolchain consists of
 * @property {Record<string, string>} env the variables that make cargo use the toolchain
 */

/**
 * Returns the toolchain for a target and downloads it if it is missing; returns null if no toolchain exists or can be downloaded.
 * @param {string} triple the target
 * @returns {Toolchain | null}
 */
function toolchain(triple) {
  const isHost = process.platform === 'linux' && process.arch === 'x64';
  if (!isHost || !Object.hasOwn(TARGETS, triple)) {
    return null;
  }
  try {
    const env = { PATH: `${installZig()}:${process.env.PATH}` };
    return { target: TARGETS[triple], versions: PYTHON_PACKAGES, env };
  } catch (error) {
    console.warn(
      `No toolchain of releases for ${triple}, so the host's links the binary: ${error.message}`,
    );
    return null;
  }
}

/** Installs zig and cargo-zigbuild into a Python environment, and returns the folder of its programs. */
function installZig() {
  const folder = path.join(cache, `python-${PYTHON_PACKAGES.join('-')}`);
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

module.exports = { hostTriple, installZig, toolchain };
