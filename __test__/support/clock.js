'use strict';

// Moves the clocks of a process, for the native code in it as well as for Node: a test that is about idle seconds does not wait
// for them.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const NANOSECONDS = 1e9;

// clock.c takes the place of a function of the C library, which the loader of Linux allows. Whoever builds the addon has a C
// compiler.
const canMove = process.platform === 'linux';

/**
 * Returns the variables of a process whose clocks can be moved.
 * @param {string} folder a folder for the files that this takes
 */
function movable(folder) {
  const library = path.join(folder, 'clock.so');
  const source = path.join(__dirname, 'clock.c');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source]);
  const moved = path.join(folder, 'moved-clocks');
  fs.writeFileSync(moved, new BigInt64Array(2));
  return { LD_PRELOAD: library, MOVED_CLOCKS: moved };
}

/**
 * Moves the clocks of this process on, which has the variables of `movable`.
 * @param {number} seconds
 * @param {{ isSuspended?: boolean }} [options] whether only those clocks move that run on while the machine is suspended: see
 *   clock_gettime(2)
 */
function advance(seconds, { isSuspended = false } = {}) {
  const by = BigInt(seconds * NANOSECONDS);
  const file = fs.openSync(process.env.MOVED_CLOCKS, 'r+');
  const moved = new BigInt64Array(2);
  fs.readSync(file, moved, 0, moved.byteLength, 0);
  if (!isSuspended) moved[0] += by;
  moved[1] += by;
  fs.writeSync(file, moved, 0, moved.byteLength, 0);
  fs.closeSync(file);
}

module.exports = { advance, canMove, movable };
