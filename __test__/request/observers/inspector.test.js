'use strict';

// Compares the network events that a debugger receives for our requests with those that the running Node sends for its own.

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { run } = require('../../support/child');

const PROGRAM = require.resolve('./inspected');
const FLAG = '--experimental-network-inspection';

/** Returns the events that the debugger receives while `who` makes the requests. */
async function shown(who) {
  const { json } = await run(PROGRAM, { args: [who], execArgv: [FLAG] });
  return json;
}

test('the network tab shows requests as it shows those of Node', async () => {
  const [ours, nodes] = await Promise.all(['ours', 'https'].map(shown));
  assert.deepEqual(ours.events, nodes.events);
  assert.equal(nodes.events.length, 8);
  assert.ok(!ours.text.includes('Bearer'));
});
