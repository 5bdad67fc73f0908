'use strict';

// Measures, in the fresh process that it is run in, what it takes to load a package and to issue a first token.

const { readdirSync } = require('node:fs');

const { instanceOptions } = require('./instance');

const [subject] = process.argv.slice(2);

// Once, so that none of what follows pays for its first use.
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

/** How many threads and open files the process has, where the system tells: NaN elsewhere. */
function openHandles() {
  try {
    return readdirSync('/proc/self/task').length + readdirSync('/proc/self/fd').length;
  } catch {
    return Number.NaN;
  }
}
