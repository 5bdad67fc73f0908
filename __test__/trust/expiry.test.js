'use strict';

// Compares what a process trusts after a root has expired that was valid when the process started, with the published original.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const https = require('node:https');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { test } = require('node:test');

const { authority, issue } = require('../../testing/certificates');
const { run } = require('../support/child');
const { names } = require('../support/packages');

// A process starts within this time also on a busy machine.
const LIFETIME = 15_000;

/** Prints the outcome of a call while a root is valid, and of another one once Node refuses the root. */
async function program(name, [first, second], root, options) {
  const tls = require('node:tls');
  const { Instance, SDKInfo } = require(name);
  const call = (port) => {
    const instance = new Instance({
      locator: 'v1:local:an-instance',
      key: 'key-id:a:secret',
      serviceName: 'feeds',
      serviceVersion: 'v1',
      sdkInfo: new SDKInfo({ productName: 'feeds', version: '1.0.0' }),
      host: '127.0.0.1',
      port,
      ...options,
    });
    return instance.request({ path: 'path' }).then(
      ({ statusCode }) => statusCode,
      ({ code, message }) => `${code} ${message}`,
    );
  };
  const verdict = () =>
    new Promise((resolve) => {
      const socket = tls.connect({ host: '127.0.0.1', port: second, ca: root });
      socket.on('secureConnect', () => resolve(socket.destroy() && undefined));
      socket.on('error', ({ code }) => resolve(code));
    });
  const before = await call(first);
  let code;
  while (code === undefined) code = await verdict();
  console.log(JSON.stringify({ before, code, after: await call(second) }));
}

const WAYS = {
  'the option `ca`': [(cert) => ({ ca: cert }), () => ({})],
  NODE_EXTRA_CA_CERTS: [() => ({}), (file) => ({ NODE_EXTRA_CA_CERTS: file })],
};

for (const [way, [options, env]] of Object.entries(WAYS)) {
  test(`a root that expires is trusted no longer: ${way}`, async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'expiry-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'root.pem');
    const root = authority({
      commonName: 'Root that expires',
      notAfter: new Date(Date.now() + LIFETIME),
    });
    writeFileSync(file, root.cert);
    const { chain, key } = issue(root, { ipAddresses: ['127.0.0.1'] });
    // The second server has seen no client: a TLS session that is resumed shows no certificate.
    const ports = [];
    for (const _ of ['first', 'second']) {
      const server = https.createServer({ cert: chain, key }, (_request, response) => {
        response.writeHead(200, { Connection: 'close' }).end();
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      t.after(() => server.close());
      ports.push(server.address().port);
    }
    const [theirs, mine] = await Promise.all([
      outcome(names.original, { NODE_EXTRA_CA_CERTS: file }, {}),
      outcome(names.ours, env(file), options(root.cert)),
    ]);
    assert.deepEqual(mine, theirs);
    assert.equal(mine.before, 200);
    assert.equal(mine.code, 'CERT_HAS_EXPIRED');

    async function outcome(name, variables, more) {
      const given = [name, ports, root.cert, more].map((each) => JSON.stringify(each));
      const { json } = await run(`(${program})(${given})`, { env: variables });
      return json;
    }
  });
}
