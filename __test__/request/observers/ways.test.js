'use strict';

// Compares requests that are watched, and requests that Node's own client sends, with those of the native transport.

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { run } = require('../../support/child');

const PROGRAM = require.resolve('./way');

for (const way of ['watched', 'node']) {
  test(`every call comes to the same: ${way}`, async () => {
    const [one, other] = [await outcomes('native'), await outcomes(way)];
    assert.deepEqual(other.outcomes, one.outcomes);
    assert.deepEqual(other.requests, one.requests);
    assert.deepEqual(other.told, one.told);
    assert.deepEqual([one.ways, other.ways], [['native'], [way]]);
  });
}

async function outcomes(way) {
  const preload = require.resolve('../../../testing/node-http');
  const execArgv = way === 'node' ? ['--require', preload] : [];
  const { json } = await run(PROGRAM, { args: [way], execArgv, timeout: 120_000 });
  return json;
}
