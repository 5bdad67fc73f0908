'use strict';

// Compares calls to a server that asks for another handshake once it has read the request, as Apache does where `SSLVerifyClient`
// stands in a `<Location>`, with the original's. TLS 1.3 and rustls have no such handshake.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const https = require('node:https');
const os = require('node:os');
const path = require('node:path');
const { after, before, it } = require('node:test');

const { loopback } = require('../../testing/certificates');
const { run } = require('../support/child');
const { names } = require('../support/packages');

const { ca, ...certificate } = loopback();
const PROGRAM = `
  const { BaseClient, SDKInfo } = require(process.argv[1]);
  const [port, methods] = JSON.parse(process.argv[2]);
  const main = async () => {
    const client = new BaseClient({
      host: '127.0.0.1', port, instanceId: 'i', serviceName: 's', serviceVersion: 'v1',
      sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
    });
    const ends = [];
    for (const method of methods) {
      const sent = client.request({ method, path: method });
      ends.push(await sent.then(({ statusCode }) => statusCode, ({ code }) => code));
    }
    console.log(JSON.stringify(ends));
    process.exit();
  };
  main();`;

let server;
let seen = [];
let folder;
before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'renegotiation-'));
  fs.writeFileSync(path.join(folder, 'ca.pem'), ca);
  server = https.createServer({ ...certificate, maxVersion: 'TLSv1.2' }, (request, response) => {
    seen.push(request.method);
    const options = { requestCert: true, rejectUnauthorized: false };
    request.socket.renegotiate(options, (error) => {
      // Node takes a second renegotiation of a connection for an attack.
      if (!error) response.writeHead(200, { connection: 'close' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => {
  server.close();
  fs.rmSync(folder, { recursive: true });
});

async function endsOf(name, methods) {
  seen = [];
  const { json } = await run(PROGRAM, {
    args: [name, JSON.stringify([server.address().port, methods])],
    env: { NODE_EXTRA_CA_CERTS: path.join(folder, 'ca.pem') },
    timeout: 60_000,
  });
  return { ends: json, seen };
}

it('a renegotiation ends as with the original, from an idempotent request on', async () => {
  const methods = ['GET', 'POST', 'PUT'];
  const original = await endsOf(names.original, methods);
  const ours = await endsOf(names.ours, methods);
  assert.deepEqual(ours.ends, original.ends);
  // The first one has been sent natively before.
  assert.deepEqual(ours.seen, ['GET', ...original.seen]);
});

it('a renegotiation costs a call that may not be made again, and no other', async () => {
  const { ends, seen } = await endsOf(names.ours, ['POST', 'POST', 'GET']);
  assert.deepEqual(ends, ['EPROTO', 200, 200]);
  assert.deepEqual(seen, ['POST', 'POST', 'GET']);
});
