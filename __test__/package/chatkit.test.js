'use strict';

// Runs a service SDK that others wrote, `@pusher/chatkit-server`, over the published original and over ours, and compares each of
// its requests, results and errors.

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');

const { default: Chatkit } = require('@pusher/chatkit-server');
const {
  answersAt,
  callAt,
  cases,
  INTERNAL,
  NOW,
  recipe,
  succeeding,
  SYNCHRONOUS,
} = require('./chatkit');
const { startWire } = require('../request/wire');

let wire;

before(async () => {
  wire = await startWire();
});

after(() => wire.close());

test('every method of the service SDK has a case', () => {
  const methods = Object.getOwnPropertyNames(Chatkit.prototype)
    .filter((name) => name !== 'constructor' && !INTERNAL.includes(name))
    .sort();
  assert.deepEqual(Object.keys(cases).sort(), methods);
});

for (const [method, lists] of Object.entries(cases)) {
  test(`${method} sends and gets what it does over the original`, async () => {
    let requests = 0;
    for (const respond of Object.values(answersAt(wire.port))) {
      for (const args of lists) {
        const call = callAt(wire.port, [{ method, args: args.map(recipe), clock: NOW }]);
        requests += (await wire.same(call, respond)).requests.length;
      }
    }
    assert.equal(requests > 0, !SYNCHRONOUS.includes(method), `${requests} requests`);
  });
}

test('a Chatkit keeps its token until half a minute before it expires', async () => {
  const minutes = [0, 1, 24 * 60 - 1, 24 * 60 - 0.5, 24 * 60 + 1];
  const list = minutes.map((minute) => ({
    method: 'getUser',
    args: [recipe({ id: 'ham' })],
    clock: NOW + minute * 60_000,
  }));
  const { requests } = await wire.same(callAt(wire.port, list), succeeding(wire.port, 200));
  const tokens = requests.map(({ headers }) => new Map(headers).get('Authorization'));
  assert.equal(new Set(tokens).size, 2);
});

describe('a Chatkit cannot be made', () => {
  const options = {
    'with a locator in the wrong format': { instanceLocator: 'v1:us1' },
    'with a key in the wrong format': { key: 'secret' },
  };
  for (const [name, changes] of Object.entries(options)) {
    test(name, async () => {
      const list = [{ method: 'getRoles', args: [], clock: NOW }];
      const { outcome } = await wire.same(callAt(wire.port, list, changes));
      assert.ok(outcome.outcomes[0].threw);
    });
  }
});
