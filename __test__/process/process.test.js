'use strict';

// Compares both packages in processes that have decided something, in a dozen of the cases of cases.js. `npm run suites --
// processes` runs all of them.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { casesOf } = require('./cases');
const { compareAll } = require('./compare');

// One of each kind.
const NAMES = [
  '--no-deprecation',
  '--frozen-intrinsics',
  '--stack-trace-limit',
  '--jitless',
  'NODE_DEBUG=http,https,net,tls,timer',
  'a process with all its objects frozen, before loading',
  'no process.binding, after loading',
  'no __proto__, before loading',
  'a removed working directory, after loading',
  'Error.prepareStackTrace that throws, after loading',
  'get and set on Object.prototype, before loading',
  'files that cannot be read any more',
  'dropped privileges',
  'no /proc',
];

describe('a process that has decided something', async () => {
  const cases = casesOf(process.execPath).filter(({ name }) => NAMES.includes(name));
  assert.equal(cases.length, NAMES.length);
  const ends = new Map();
  const all = compareAll(cases, process.execPath, ({ name }, faults, why) => {
    ends.set(name, { faults, why });
  });
  for (const { name, skip } of cases) {
    it(name, { skip }, async () => {
      await all;
      assert.deepEqual(ends.get(name), { faults: [], why: undefined });
    });
  }
});
