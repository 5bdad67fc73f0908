'use strict';

// Says where the build puts an addon, with the package that names it to Node, and describes how the addon was built.

const { execFileSync } = require('child_process');
const { createHash } = require('crypto');
const fs = require('fs');
const path = require('path');

const root = path.join(__dirname, '..');
const { name, version, napi } = JSON.parse(
  fs.readFileSync(path.join(root, 'package.json'), 'utf8'),
);

/**
 * Returns the paths of the package for a platform. The package is where npm would install it, so that the addon is loaded in the
 * project as it is in an installation.
 * @param {string} triple
 */
function packageOf(triple) {
  // The tasks load this file before they install the development dependencies.
  const { parseTriple } = require('@napi-rs/cli');
  const suffix = parseTriple(triple).platformArchABI;
  const folder = path.join(root, 'node_modules', `${name}-${suffix}`);
  const file = `${napi.binaryName}.${suffix}.node`;
  return { folder, file, addon: path.join(folder, file), build: path.join(folder, 'build.json') };
}

/**
 * Writes the files of the package beside the addon, once that is built.
 * @param {string} triple
 * @param {string | null} before what `commit` returned before the build, during which files may have changed
 * @param {{ profile: string, tools: string[], flags?: object }} how the versions of the tools, and the flags of the compilers
 */
function describe(triple, before, how) {
  const { folder, file, addon, build } = packageOf(triple);
  const manifest = { name: path.basename(folder), version, main: file };
  write(path.join(folder, 'package.json'), manifest);
  const built = commit() === before ? before : null;
  write(build, { commit: built, target: triple, ...how, sha256: sha256(addon) });
}

/** Returns the commit that the working tree is equal to, or null if there is none. */
function commit() {
  try {
    const changes = git(['status', '--porcelain', '--untracked-files=no']);
    return changes === '' ? git(['rev-parse', 'HEAD']) : null;
  } catch {
    // This is no clone, or git is not installed.
    return null;
  }
}

function git(args) {
  const stdio = ['ignore', 'pipe', 'ignore'];
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio }).trim();
}

/** @param {string} file */
function sha256(file) {
  return createHash('sha256').update(fs.readFileSync(file)).digest('hex');
}

function write(file, value) {
  fs.writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

module.exports = { commit, describe, packageOf, sha256 };
