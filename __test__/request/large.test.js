'use strict';

// Sends requests that are too large to be sent natively: their early answers, and the work that they make for the runtime's thread.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { readdirSync, readFileSync } = require('node:fs');
const https = require('node:https');
const net = require('node:net');
const { after, before, test } = require('node:test');

const { loopback } = require('../../testing/certificates');
const { optionsOf } = require('../support/local');
const { original, ours } = require('../support/packages');

const ROUNDS = 20;
const MEGABYTE = 1e6;

let refuser;

before(async () => {
  const { chain, key } = loopback();
  refuser = https.createServer({ cert: chain, key }, (_request, response) => {
    response.writeHead(413, { Connection: 'close' });
    response.end('{"error":"too_large"}');
  });
  await once(refuser.listen(0, '127.0.0.1'), 'listening');
  // The original does not have the option `ca`.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
});

after(() => {
  refuser.closeAllConnections();
  refuser.close();
});

// Node's server refuses the header before it has read all of it. The refusals of bodies arrive at any moment of the sending.
const REFUSED = {
  'a header of 100 kB': [431, { path: 'x', headers: { 'X-A': 'a'.repeat(100_000) } }],
  'a body of a megabyte': [413, { method: 'PUT', path: 'x', body: 'a'.repeat(MEGABYTE) }],
};

for (const [what, [status, options]] of Object.entries(REFUSED)) {
  test(`an early refusal of ${what} arrives as with the original`, async () => {
    const shares = [];
    for (const { Instance } of [original, ours]) {
      const { port } = refuser.address();
      const instance = new Instance(optionsOf({ host: '127.0.0.1', port }));
      let arrived = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const error = await instance.request(options).catch((reason) => reason);
        arrived += Number(error.status === status);
      }
      shares.push(arrived);
    }
    const [theirs, own] = shares;
    // A reset can overtake an answer under either package, which no client can help. The clients of some versions of Node get none at all.
    const least = Math.min(theirs, ROUNDS / 4);
    assert.ok(own >= least, `${own} of ${ROUNDS}, the original ${theirs}`);
  });
}

/** Returns the processor time that the runtime's thread has used, in hundredths of a second: see proc(5). */
function runtimeTime() {
  const threads = readdirSync('/proc/self/task').map((id) => `/proc/self/task/${id}`);
  const own = threads.filter((each) => readFileSync(`${each}/comm`, 'utf8').startsWith('pusher-'));
  assert.equal(own.length, 1);
  const fields = readFileSync(`${own[0]}/stat`, 'utf8').split(') ')[1].split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

const BURDENS = {
  'a path': { path: 'a'.repeat(20 * MEGABYTE) },
  'dot segments': { path: '../'.repeat(7 * MEGABYTE) },
  'characters to be encoded': { path: '\u20ac'.repeat(4 * MEGABYTE) },
  'a query string': { path: 'good', qs: { a: 'a b'.repeat(7 * MEGABYTE) } },
  'header lines': {
    path: 'good',
    headers: Object.fromEntries(
      Array.from({ length: 20_000 }, (_, i) => [`x-${i}`, 'a'.repeat(400)]),
    ),
  },
};

for (const [what, options] of Object.entries(BURDENS)) {
  test(`the runtime has no work with megabytes of ${what}`, {
    skip: process.platform !== 'linux' && 'there is no /proc',
  }, async () => {
    const { port } = refuser.address();
    const instance = new ours.Instance(optionsOf({ host: '127.0.0.1', port }));
    const fails = (call) => assert.rejects(instance.request({ ...call, timeout: 60_000 }));
    await fails({ path: 'good' });
    const start = runtimeTime();
    await fails(options);
    const used = runtimeTime() - start;
    assert.ok(used < 10, `${used / 100} seconds`);
  });
}

test('a message shows the start of a long path only', async (t) => {
  const sockets = [];
  const silent = net.createServer((socket) => sockets.push(socket.on('error', () => {})));
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const { port } = silent.address();
  const instance = new ours.Instance(optionsOf({ host: '127.0.0.1', port }));
  for (const length of [2000, 30_000, MEGABYTE]) {
    const call = instance.request({ path: 'a'.repeat(length), timeout: 1 });
    await assert.rejects(
      call,
      ({ code, message }) => code === 'ETIMEDOUT' && message.length < 1200,
    );
  }
});
