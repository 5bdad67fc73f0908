'use strict';

// Compares the traces of a server under OpenTelemetry over ours and over the original.

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { run } = require('../../support/child');
const { names } = require('../../support/packages');

const PROGRAM = require.resolve('./traced');

async function traced(name) {
  const { json } = await run(PROGRAM, {
    args: [name],
    env: { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' },
    timeout: 120_000,
  });
  return json;
}

test('a server has the same tree of spans', async () => {
  const [ours, original] = await Promise.all([traced(names.ours), traced(names.original)]);
  assert.deepEqual(ours, original);
  assert.equal(original.isTokenTold, false);
});
