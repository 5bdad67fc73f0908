'use strict';

// Checks that the tests named in the tables of docs/differences.md exist, and tests the rows that no other test covers.

const assert = require('node:assert/strict');
const dns = require('node:dns');
const { existsSync, readFileSync } = require('node:fs');
const path = require('node:path');
const { describe, test } = require('node:test');
const { Worker } = require('node:worker_threads');

const { createPlatform } = require('pusher-platform-native/testing');
const { IDENTITY, optionsOf } = require('../support/local');
const { original, ours } = require('../support/packages');

const DOCUMENT = path.join(__dirname, '../../docs/differences.md');
const SEATS = [
  ['the original', original],
  ['ours', ours],
];

/** Makes the original trust any server, because it does not have the option `ca`. */
function trustAnyone(t) {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  t.after(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED);
}

/** Returns the outcomes of a call with each package, each over a platform of its own. */
async function ofBoth(call) {
  const results = [];
  for (const [, { Instance }] of SEATS) {
    const platform = await createPlatform(IDENTITY);
    platform.on('GET', 'good', { body: 'here' });
    const instance = new Instance(optionsOf({ ...platform, host: 'localhost' }));
    const { token: jwt } = instance.generateAccessToken({ su: true });
    results.push(await call(() => instance.request({ method: 'GET', path: 'good', jwt }), jwt));
    await platform.close();
  }
  return results;
}

test('each row has a name of its own, four cells, and tests that exist', () => {
  const lines = readFileSync(DOCUMENT, 'utf8').split('\n');
  const rows = lines.filter((line) => line.startsWith('| `'));
  const names = rows.map((row) => {
    const cells = row.split(' | ');
    assert.equal(cells.length, 5, row);
    const [name, ...rest] = cells;
    const tests = [...rest[3].matchAll(/`([^`]+)`/g)];
    assert.ok(tests.length > 0, row);
    for (const [, file] of tests) assert.ok(existsSync(path.join(__dirname, '..', file)), row);
    return name;
  });
  assert.ok(names.length > 40);
  for (const name of names) assert.match(name, /^\| `[a-z0-9]+(-[a-z0-9]+)*`$/);
  assert.equal(new Set(names).size, names.length);
});

test('response-request', async (t) => {
  trustAnyone(t);
  const [theirs, mine] = await ofBoth(async (call, jwt) => {
    const response = await call();
    const { request, caseless } = response;
    const json = JSON.stringify(response);
    return { parts: [request, caseless].map(Boolean), isTokenShown: json.includes(jwt), json };
  });
  assert.deepEqual([theirs.parts, theirs.isTokenShown], [[true, true], true]);
  assert.deepEqual([mine.parts, mine.isTokenShown], [[false, false], false]);
  assert.deepEqual(Object.keys(JSON.parse(mine.json)), ['statusCode', 'body', 'headers']);
});

test('dns-lookup', async (t) => {
  trustAnyone(t);
  const { lookup } = dns;
  t.after(() => {
    dns.lookup = lookup;
  });
  const counts = await ofBoth(async (call) => {
    let count = 0;
    dns.lookup = (...args) => {
      count += 1;
      return lookup(...args);
    };
    await call();
    return count;
  });
  assert.deepEqual(counts, [1, 0]);
});

describe('stale-connection', () => {
  for (const [name, { Instance }] of SEATS) {
    test(name, async (t) => {
      trustAnyone(t);
      const server = await closingServer();
      t.after(() => server.worker.terminate());
      const instance = new Instance(
        optionsOf({ host: '127.0.0.1', port: server.port, ca: server.ca }),
      );
      const call = () => instance.request({ method: 'GET', path: 'good' });
      await call();
      // Without a turn of the event loop, the client does not notice the end of the connection before the next call.
      server.closeAll();
      const outcome = await call().then(
        ({ statusCode }) => statusCode,
        ({ code }) => code,
      );
      assert.equal(outcome, name === 'ours' ? 200 : 'ECONNRESET');
    });
  }
});

/** Starts a server in a separate thread, which closes its connections while this thread waits. */
async function closingServer() {
  const closed = new Int32Array(new SharedArrayBuffer(4));
  const source = `
    const { parentPort, workerData: closed } = require('node:worker_threads');
    const tls = require('node:tls');
    const { loopback } = require('./testing/certificates');
    const { ca, chain: cert, key } = loopback();
    const sockets = [];
    const answer = 'HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n';
    const server = tls.createServer({ cert, key }, (socket) => {
      sockets.push(socket);
      socket.on('error', () => {}).on('data', () => socket.write(answer));
    });
    parentPort.on('message', () => {
      let open = sockets.length;
      const end = () => {
        open -= 1;
        if (open === 0) {
          Atomics.store(closed, 0, 1);
          Atomics.notify(closed, 0);
        }
      };
      for (const socket of sockets.splice(0)) socket.end(end);
    });
    server.listen(0, '127.0.0.1', () => parentPort.postMessage({ port: server.address().port, ca }));
  `;
  const root = path.join(__dirname, '../..');
  const program = source.replace("'./testing/", `'${root.replace(/\\/g, '/')}/testing/`);
  const worker = new Worker(program, { eval: true, workerData: closed });
  const { port, ca } = await new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject);
  });
  const closeAll = () => {
    worker.postMessage('close');
    assert.notEqual(Atomics.wait(closed, 0, 0, 5000), 'timed-out');
  };
  return { worker, port, ca, closeAll };
}
