'use strict';

// A reset of the connection is told as one, wherever in an answer it comes.

const assert = require('node:assert/strict');
const { after, before, it } = require('node:test');
const tls = require('node:tls');

const { authority, issue } = require('../../testing/certificates.js');
const packages = require('../support/packages.js');

const ANSWERS = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc\r\n',
];

const root = authority({ commonName: 'Root' });
const { key, cert } = issue(root, { ipAddresses: ['127.0.0.1'] });
let server;
let text;

before(async () => {
  server = tls.createServer({ key, cert }, (socket) => {
    // A TLS socket cannot be reset, but the TCP socket below it can.
    const reset = () => socket._parent.resetAndDestroy();
    socket.on('error', () => {});
    socket.once('data', () => (text === '' ? reset() : socket.write(text, reset)));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
});

after(() => server.close());

async function errorOf({ BaseClient, SDKInfo }) {
  const client = new BaseClient({
    host: '127.0.0.1',
    port: server.address().port,
    instanceId: 'id',
    serviceName: 's',
    serviceVersion: 'v1',
    sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
    ca: root.cert,
  });
  const error = await client.request({ method: 'GET', path: 'a' }).catch((reason) => reason);
  return { message: error.message, ...error };
}

it('is what the original tells before an answer, at each byte of an answer', async (t) => {
  // The original has no `ca`.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  t.after(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED);
  text = '';
  const expected = await errorOf(packages.original);
  assert.equal(expected.syscall, 'read');
  for (const answer of ANSWERS) {
    for (let length = 0; length <= answer.length; length += 1) {
      text = answer.slice(0, length);
      assert.deepEqual(await errorOf(packages.ours), expected, JSON.stringify(text));
    }
  }
});
