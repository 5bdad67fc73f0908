'use strict';

// Measures the cost of loading a package and of issuing the first token, in this process, which must be fresh.

const { readdirSync } = require('node:fs');

const { instanceOptions } = require('./instance');

const [subject] = process.argv.slice(2);

// The first calls here keep one-time costs of these functions out of the measurement.
memory();
openHandles();

const before = memory();
const start = process.hrtime.bigint();
const surface = require(subject);
const handles = openHandles();
const instance = new surface.Instance(instanceOptions(surface));
const added = openHandles() - handles;
const { token } = instance.generateAccessToken({ su: true });
const time = Number(process.hrtime.bigint() - start);
const after = memory();

if (token.split('.').length !== 3) throw new Error(`No token: ${token}`);

console.log(
  JSON.stringify({
    time,
    resident: after.rss - before.rss,
    heap: after.heapUsed - before.heapUsed,
    handles: added,
  }),
);

function memory() {
  return process.memoryUsage();
}

/** Returns the number of threads and open files of this process, or NaN on systems without /proc. */
function openHandles() {
  try {
    return readdirSync('/proc/self/task').length + readdirSync('/proc/self/fd').length;
  } catch {
    return Number.NaN;
  }
}
