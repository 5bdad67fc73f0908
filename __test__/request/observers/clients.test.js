'use strict';

// Compares requests that are watched, and requests that Node's own client sends, with those of the native transport.

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { run } = require('../../support/child');

const PROGRAM = require.resolve('./client_program');

// Four calls are left to Node's client: one is long, one has a header that concerns the connection, TLS refuses the server of another,
// and no server listens for the last. If nobody watches, the last three are given to the native transport first.
const TRANSPORTS = {
  native: { native: 30, node: 1, 'native,node': 3 },
  watched: { watched: 27, node: 2, 'watched,node': 2 },
  node: { node: 31 },
};

for (const transport of ['watched', 'node']) {
  test(`every call comes to the same: ${transport}`, async () => {
    const [one, other] = [await outcomes('native'), await outcomes(transport)];
    assert.deepEqual(other.outcomes, one.outcomes);
    assert.deepEqual(other.requests, one.requests);
    assert.deepEqual(other.messages, one.messages);
    assert.deepEqual(
      [one.transports, other.transports],
      [TRANSPORTS.native, TRANSPORTS[transport]],
    );
  });
}

async function outcomes(transport) {
  const preload = require.resolve('../../../testing/node-http');
  const execArgv = transport === 'node' ? ['--require', preload] : [];
  const { json } = await run(PROGRAM, { args: [transport], execArgv, timeout: 120_000 });
  return json;
}
