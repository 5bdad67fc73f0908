'use strict';

// Tests which connection carries a request.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const https = require('node:https');
const net = require('node:net');
const { it } = require('node:test');

const { loopback } = require('../../testing/certificates.js');
const { ours } = require('../support/packages.js');

const certificate = loopback();

/** Starts `server` on a free port, and stops it with all its connections when the test ends. */
async function listening(t, server) {
  const sockets = new Set();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server.address().port;
}

/**
 * Starts an HTTPS server behind a relay, and returns a client of the relay. `requests` holds the path of each request, the number
 * of its connection, and a function that answers it. `held` holds functions that let through the connections that the relay holds.
 */
async function start(t) {
  const server = https.createServer({ key: certificate.key, cert: certificate.chain });
  const requests = [];
  const held = [];
  const numbers = new Map();
  server.on('request', ({ socket, url }, response) => {
    if (!numbers.has(socket)) numbers.set(socket, numbers.size);
    const answer = () => response.end('{}');
    requests.push({ path: url.split('/').at(-1), connection: numbers.get(socket), answer });
    server.emit('asked');
  });
  const to = await listening(t, server);
  const relay = net.createServer((socket) => {
    const pass = () => {
      const upstream = net.connect(to, '127.0.0.1').on('error', () => socket.destroy());
      socket.pipe(upstream).pipe(socket);
    };
    if (held.push(pass) === 1) pass();
    else relay.emit('held');
  });
  const port = await listening(t, relay);
  const sdkInfo = new ours.SDKInfo({ productName: 'p', version: '1' });
  const client = new ours.BaseClient({
    ...{ host: '127.0.0.1', port, ca: certificate.ca, sdkInfo },
    ...{ instanceId: 'id', serviceName: 's', serviceVersion: 'v1' },
  });
  return { client, server, relay, requests, held };
}

it('a request takes a connection that becomes idle before its own is open, which later ones use', async (t) => {
  const { client, server, relay, requests, held } = await start(t);
  const asked = (count) => until(server, 'asked', () => requests.length === count);

  const first = client.request({ path: 'a' });
  await asked(1);
  const second = client.request({ path: 'b' });
  await until(relay, 'held', () => held.length === 2);
  requests[0].answer();
  await first;
  await asked(2);
  assert.equal(requests[1].connection, requests[0].connection);

  const third = client.request({ path: 'c' });
  held[1]();
  await asked(3);
  assert.notEqual(requests[2].connection, requests[0].connection);
  for (const { answer } of requests) answer();
  await Promise.all([second, third]);
});

it('a connection carries one request at a time', async (t) => {
  const { client, server, relay, requests, held } = await start(t);
  relay.on('held', () => held.at(-1)());
  for (let round = 1; round <= 3; round++) {
    const calls = Array.from({ length: 20 }, (_, n) => client.request({ path: `${n}` }));
    await until(server, 'asked', () => requests.length === 20 * round);
    const latest = requests.slice(-20);
    assert.equal(new Set(latest.map(({ connection }) => connection)).size, 20);
    for (const { answer } of latest) answer();
    await Promise.all(calls);
  }
  assert.equal(held.length, 20);
});

async function until(emitter, event, isTrue) {
  while (!isTrue()) await once(emitter, event);
}
