'use strict';

// Measures loading and the first token in fresh processes: time and memory, ours against the original.

const { execFileSync } = require('node:child_process');
const path = require('node:path');

const { duration, interleave } = require('./measure');

const ROUNDS = 25;
const SUBJECTS = { ours: path.join(__dirname, '..'), 'the original': 'platform-node-original' };

/** @returns {Promise<import('./measure').Row[]>} */
async function measure() {
  const blocks = Object.entries(SUBJECTS).map(([name, subject]) => [name, () => inChild(subject)]);
  const { ours, 'the original': theirs } = await interleave(Object.fromEntries(blocks), ROUNDS);
  const row = (what, metric, atLeast, text) => ({
    what,
    against: 'the original',
    ratio: theirs[metric] / ours[metric],
    target: { atLeast },
    ours: text(ours[metric]),
    theirs: text(theirs[metric]),
  });
  const rows = [
    row('load and first token, fresh process', 'time', 8, duration),
    row('memory that adds (resident)', 'resident', 4, megabytes),
    row('memory that adds (JavaScript heap)', 'heap', 4, megabytes),
  ];
  if (ours.handles >= 0) rows.push(handlesRow(ours.handles));
  return rows;
}

/** Returns the row for threads and open files, which a new instance must not have: they come with the first request. */
function handlesRow(handles) {
  return {
    what: 'threads and open files of a new Instance',
    against: 'none',
    ratio: handles,
    target: { atMost: 0 },
    ours: String(handles),
    theirs: '0',
  };
}

const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(2)} MB`;

function inChild(subject) {
  const script = path.join(__dirname, 'first_token.js');
  return JSON.parse(execFileSync(process.execPath, [script, subject], { encoding: 'utf8' }));
}

measure().then((rows) => process.send(rows));
