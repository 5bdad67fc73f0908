'use strict';

// Tests that no call is lost, or waits, because something between client and server has forgotten a connection that was idle:
// after 5 and 12 idle seconds, by a reset or in silence, and after the process or the machine stood still.
//
// `RELAY_RUNS=100` repeats the calls.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, before, describe, it } = require('node:test');

const { run } = require('../../support/child');
const { canMove, movable } = require('../../support/clock');

const RUNS = Number(process.env.RELAY_RUNS) || 1;
const HOWS = ['reset', 'silence'];

const PROGRAM = path.join(__dirname, 'relay.js');
const NODE = ['--require', path.join(__dirname, '../../../testing/node-http.js')];

/** The ways of a call: natively or through Node's client, straight or through the tunnel of a proxy behind the relay. */
const WAYS = {
  natively: {},
  'natively, through a tunnel': { isProxied: true },
  "through Node's client": { execArgv: NODE },
  "through Node's client, through a tunnel": { execArgv: NODE, isProxied: true },
};

describe('a connection that is forgotten', { skip: canMove ? false : 'wants Linux' }, () => {
  let folder;
  let env;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'relay-'));
    env = movable(folder);
  });
  after(() => fs.rmSync(folder, { recursive: true }));

  async function made(cases, { execArgv, isProxied = false, client = 'ours' } = {}) {
    const given = JSON.stringify({ client, isProxied, cases });
    const { json } = await run(PROGRAM, { env, execArgv, args: [given], timeout: 300_000 });
    return cases.map((each, i) => ({ ...each, ...json[i] }));
  }

  const inEachWay = (title, cases, isAsExpected) => {
    for (const [way, options] of Object.entries(WAYS)) {
      it(`${title}: ${way}`, async () => {
        for (let round = 0; round < RUNS; round++) {
          for (const each of await made(cases, options)) isAsExpected(each);
        }
      });
    }
  };

  const forgotten = ['GET', 'POST'].flatMap((method) =>
    HOWS.flatMap((how) => [5, 12].map((seconds) => ({ method, how, seconds }))),
  );

  inEachWay('costs no call', forgotten, (each) => {
    const { outcomes, served, connections } = each;
    const name = JSON.stringify(each);
    assert.deepEqual(outcomes, [200, 200], name);
    assert.deepEqual(served, ['first', 'second'], name);
    assert.equal(connections, 2, name);
  });

  inEachWay('is used again before', [{ method: 'POST', seconds: 3 }], (each) => {
    assert.deepEqual([each.outcomes, each.connections], [[200, 200], 1], JSON.stringify(each));
  });

  const stopped = HOWS.flatMap((how) =>
    ['stopped', 'suspended'].map((pause) => ({ method: 'POST', how, seconds: 60, pause })),
  );

  inEachWay('is not used for a POST after the process was stopped', stopped, (each) => {
    const { outcomes, served } = each;
    assert.deepEqual(
      [outcomes, served],
      [
        [200, 200],
        ['first', 'second'],
      ],
      JSON.stringify(each),
    );
  });

  it('costs a client that keeps connections its call', async () => {
    const cases = HOWS.map((how) => ({
      method: 'POST',
      how,
      seconds: 5,
      hangs: how === 'silence',
    }));
    const ended = await made(cases, { client: 'an agent that keeps connections' });
    const second = ended.map(({ outcomes }) => outcomes);
    assert.deepEqual(second, [
      [200, 'ECONNRESET'],
      [200, 'hung'],
    ]);
  });
});
