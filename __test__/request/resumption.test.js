'use strict';

// Tests that a new connection resumes the TLS session of an earlier one, so that it costs no certificate, in both versions of TLS,
// natively and through Node's client.

const assert = require('node:assert/strict');
const { after, before, it } = require('node:test');
const tls = require('node:tls');

const { authority, issue } = require('../../testing/certificates.js');
const { ours } = require('../support/packages.js');

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

const root = authority({ commonName: 'Root' });
const servers = new Map();

before(async () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    const options = { ...issue(root, { ipAddresses: ['127.0.0.1'] }) };
    const server = tls.createServer(
      { ...options, minVersion: version, maxVersion: version },
      (socket) => {
        server.reused.push(socket.isSessionReused());
        // Each connection ends after its response.
        socket.on('error', () => {}).once('data', () => socket.end(ANSWER));
      },
    );
    server.reused = [];
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.set(version, server);
  }
});
after(() => {
  for (const server of servers.values()) server.close();
});

const WAYS = {
  natively: {},
  // A header that concerns the connection is Node's client's.
  "through Node's client": { headers: { TE: 'trailers' } },
};

for (const [way, options] of Object.entries(WAYS)) {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    it(`resumes the session of an earlier connection, ${way}, in ${version}`, async () => {
      const server = servers.get(version);
      server.reused = [];
      const client = new ours.BaseClient({
        host: '127.0.0.1',
        port: server.address().port,
        instanceId: 'id',
        serviceName: 's',
        serviceVersion: 'v1',
        sdkInfo: new ours.SDKInfo({ productName: 'p', version: '1' }),
        ca: root.cert,
      });
      for (let count = 0; count < 3; count++) {
        await client.request({ method: 'POST', path: 'a', ...options });
      }
      assert.deepEqual(server.reused, [false, true, true]);
    });
  }
}
