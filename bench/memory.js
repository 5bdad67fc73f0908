'use strict';

// Measures the resident memory of processes that create many instances, use each once and drop it: ours against the original. Also
// measures what a process keeps of large responses.

const { execFileSync } = require('node:child_process');
const path = require('node:path');

const BODIES = 40;
const BODY = 20e6;
const AFTER = ['10 000', 'a million', 'another million'];

/** @returns {import('./measure').Row[]} */
function measure() {
  const [ours, theirs] = [path.join(__dirname, '..'), 'platform-node-original'].map(residents);
  const compared = AFTER.slice(0, 2).map((count, index) => ({
    what: `memory after ${count} instances`,
    against: 'the original',
    ratio: ours[index] / theirs[index],
    target: { atMost: 1 },
    ours: megabytes(ours[index]),
    theirs: megabytes(theirs[index]),
  }));
  const grown = {
    what: `memory after ${AFTER[2]}`,
    against: 'after the first million',
    ratio: ours[2] / ours[1],
    target: { atMost: 1.05 },
    ours: megabytes(ours[2]),
    theirs: megabytes(ours[1]),
  };
  return [...compared, grown, kept()];
}

/** Returns the row for the memory that is kept of responses: an allocator that keeps what is freed keeps a tenth to a half. */
function kept() {
  const script = path.join(__dirname, 'bodies.js');
  const options = ['--expose-gc', script, String(BODIES), String(BODY)];
  const { NODE_CHANNEL_FD: _, ...env } = process.env;
  const growth = Number(execFileSync(process.execPath, options, { encoding: 'utf8', env }));
  return {
    what: `memory kept of ${BODIES} responses of 20 MB at once`,
    against: 'their size',
    ratio: growth / (BODIES * BODY),
    target: { atMost: 0.1 },
    ours: megabytes(growth),
    theirs: megabytes(BODIES * BODY),
  };
}

const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

/** @param {string} subject @returns {number[]} */
function residents(subject) {
  const script = path.join(__dirname, 'dropped.js');
  return JSON.parse(execFileSync(process.execPath, [script, subject], { encoding: 'utf8' }));
}

process.send(measure());
