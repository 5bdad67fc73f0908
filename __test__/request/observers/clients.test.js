'use strict';

// Compares requests that are watched, and requests that Node's own client sends, with those of the native transport.

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { run } = require('../../support/child');

const PROGRAM = require.resolve('./client_program');

// Three calls are left to Node's client: one is long, one has a header that concerns the connection, and TLS refuses the server of
// the third. If nobody watches, the last two are given to the native transport first.
const TRANSPORTS = {
  native: { native: 31, node: 1, 'native,node': 2 },
  watched: { watched: 28, node: 2, 'watched,node': 1 },
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
