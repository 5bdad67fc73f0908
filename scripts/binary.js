'use strict';

// Checks that a binary, and whatever else is packed with it, is fit to be published.

const MAX_BYTES = 5 * 1024 * 1024;
// The oldest glibc that the toolchain links with (scripts/toolchain.js), which is what the documents promise.
const GLIBC = [2, 17];
const GLIBC_OF_PPC64LE = [2, 19];

/**
 * Returns the reasons why a binary for `triple` cannot be published, as sentences; an empty array if there are none.
 * @param {Buffer} bytes
 * @param {string} triple
 * @param {{ anyGlibc?: boolean }} [options]
 * @returns {string[]}
 */
function faults(bytes, triple, { anyGlibc = false } = {}) {
  const found = [];
  if (bytes.length > MAX_BYTES) {
    found.push(`has ${bytes.length} bytes, above ${MAX_BYTES}`);
  }
  if (triple.includes('-linux-')) {
    if (bytes.includes('\0.symtab\0')) {
      found.push('is not stripped');
    }
    const version = glibc(bytes);
    const limit = triple.startsWith('powerpc64le') ? GLIBC_OF_PPC64LE : GLIBC;
    if (!anyGlibc && version && compare(version, limit) > 0) {
      found.push(`asks for glibc ${version.join('.')}, above ${limit.join('.')}`);
    }
  }
  return found;
}

/**
 * Returns the texts in a file that begin with one of the folders, or with a home folder of any user.
 * @param {Buffer} bytes
 * @param {string[]} folders
 * @returns {string[]}
 */
function foldersIn(bytes, folders) {
  const named = folders.map((folder) => folder.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const homes = ['/home/[\\w.-]+', '/Users/[\\w.-]+', '/root', '[A-Za-z]:\\\\Users\\\\[\\w.-]+'];
  const start = `(?:${[...named, ...homes].join('|')})[\\\\/]`;
  const texts = bytes.toString('latin1').matchAll(new RegExp(`${start}[\\x21-\\x7e]{0,80}`, 'g'));
  return [...new Set(Array.from(texts, ([text]) => text))];
}

/**
 * Returns the newest version of glibc whose symbols a binary requires, read from the names in its string table, or undefined if
 * the binary requires no symbol of glibc.
 * @param {Buffer} bytes
 */
function glibc(bytes) {
  const names = bytes.toString('latin1').matchAll(/\0GLIBC_([\d.]+)(?=\0)/g);
  return Array.from(names, ([, version]) => version.split('.').map(Number))
    .sort(compare)
    .pop();
}

function compare(one, other) {
  return one[0] - other[0] || one[1] - other[1];
}

module.exports = { faults, foldersIn, glibc };
