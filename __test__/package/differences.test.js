'use strict';

// Checks that the tests named in the tables of docs/differences.md exist, and tests the rows that no other test covers.

const assert = require('node:assert/strict');
const { X509Certificate } = require('node:crypto');
const { once } = require('node:events');
const { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { describe, test } = require('node:test');
const tls = require('node:tls');
const { inspect } = require('node:util');

const { createPlatform } = require('pusher-platform-native/testing');
const { authority, issue, loopback, selfSigned } = require('../../testing/certificates');
const { IDENTITY, optionsOf } = require('../support/local');
const { run } = require('../support/child');
const { names: packages, original, ours } = require('../support/packages');
const { certificate, describableKinds, key } = require('../trust/certificate');

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

test('there are few and short rows, each with a name of its own, four cells, and tests that exist', () => {
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
  assert.ok(names.length > 30 && names.length <= 35, `${names.length} rows`);
  for (const row of rows) {
    const words = row.split(/[\s|]+/).filter(Boolean);
    assert.ok(words.length <= 40, `${words.length} words: ${row}`);
  }
  for (const name of names) assert.match(name, /^\| `[a-z0-9]+(-[a-z0-9]+)*`$/);
  assert.equal(new Set(names).size, names.length);
});

test('secrets-shown', async (t) => {
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

test('secrets-shown in the error of an invalid URL', async () => {
  const shown = SEATS.map(async ([, { BaseClient, SDKInfo }]) => {
    const sdkInfo = new SDKInfo({ productName: 'product', version: '1' });
    const client = new BaseClient({ host: 'user:hush@127.0.0.1', port: 1, sdkInfo });
    const call = async () => client.request({ method: 'GET', path: 'a', headers: {} });
    const error = await call().catch((reason) => reason);
    return [error.code, inspect(error).includes('hush')];
  });
  assert.deepEqual(await Promise.all(shown), [
    ['ERR_INVALID_URL', true],
    ['ERR_INVALID_URL', false],
  ]);
});

describe('second-handshake', () => {
  // The number of connections that each of two calls opens. The server is remembered, so that the second call goes its way at once.
  test('a server that TLS refuses', async () => {
    const { chain: cert, key } = selfSigned({ ipAddresses: ['127.0.0.1'] });
    const counts = await connectionsOf(tls.createServer({ cert, key }), (port) => ({
      host: '127.0.0.1',
      port,
    }));
    assert.deepEqual(counts, { 'the original': [1, 1], ours: [2, 1] });
  });

  test('a proxy that refuses a tunnel', async (t) => {
    t.after(() => delete process.env.HTTPS_PROXY);
    const proxy = http.createServer().on('connect', (_request, socket) => {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    const counts = await connectionsOf(proxy, (port) => {
      process.env.HTTPS_PROXY = `http://127.0.0.1:${port}`;
      return { host: 'service.test' };
    });
    assert.deepEqual(counts, { 'the original': [1, 1], ours: [2, 2] });
  });
});

/** Returns for each package how many connections each of two calls opens to a server, which refuses both. */
async function connectionsOf(server, options) {
  let count = 0;
  server.on('connection', () => {
    count += 1;
  });
  server.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const seats = {};
  for (const [name, { Instance }] of SEATS) {
    const instance = new Instance(optionsOf(options(server.address().port)));
    seats[name] = [];
    for (let call = 0; call < 2; call += 1) {
      count = 0;
      await assert.rejects(instance.request({ method: 'GET', path: 'good' }));
      seats[name].push(count);
    }
  }
  server.close();
  return seats;
}

// Where the running Node can describe such a certificate, both packages reach the server.
test('node-defects: a key on an unnamed curve', async (t) => {
  const [signer, own] = [key('secp256k1'), key('p256')];
  const issuer = [{ kind: 'CN', value: 'A root' }];
  const common = { issuer, signer, notBefore: new Date(0), notAfter: new Date(4e12) };
  const root = certificate({
    ...common,
    subject: issuer,
    own: signer,
    extensions: [{ type: 'basicConstraints', critical: true, ca: true }],
  });
  const { cert } = certificate({
    ...common,
    subject: [{ kind: 'CN', value: 'localhost' }],
    own,
    extensions: [
      { type: 'subjectAltName', names: [{ kind: 'ip', value: Buffer.of(127, 0, 0, 1) }] },
    ],
  });
  const pem = own.privateKey.export({ type: 'pkcs8', format: 'pem' });
  const server = https.createServer({ cert, key: pem }, (_request, response) => response.end());
  server.on('tlsClientError', () => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'curve-')), 'root.pem');
  t.after(() => rmSync(path.dirname(file), { recursive: true }));
  writeFileSync(file, root.cert);
  const given = JSON.stringify(optionsOf({ host: '127.0.0.1', port: server.address().port }));
  const ends = [];
  for (const name of [packages.original, packages.ours]) {
    const { signal, stdout } = await run(
      `new (require('${name}').Instance)(${given}).request({ method: 'GET', path: 'good' })
        .then(({ statusCode }) => console.log(statusCode), console.log);`,
      { env: { NODE_EXTRA_CA_CERTS: file } },
    );
    ends.push([signal, stdout]);
  }
  const isDescribable = describableKinds().includes('secp256k1');
  const end = isDescribable ? [null, '200\n'] : ['SIGSEGV', ''];
  assert.deepEqual(ends, [end, end]);
});

// Releases of Node 22 find that no certificate is valid for an IPv6 address; its own function says whether this one does.
test('node-defects: an IPv6 address', async (t) => {
  const root = authority({ commonName: 'A root' });
  const options = issue(root, { ipAddresses: ['::1'] });
  const server = https.createServer(options, (_request, response) => response.end());
  server.on('tlsClientError', () => {}).listen(0, '::1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address();
  const request = https.get({ host: '::1', port, ca: root.cert, agent: false });
  const node = await once(request, 'response').then(
    ([response]) => response.resume().statusCode,
    ({ code }) => code,
  );
  const instance = new ours.Instance(optionsOf({ host: '::1', port, ca: root.cert }));
  const { statusCode } = await instance.request({ method: 'GET', path: 'good' });
  const verdict = tls.checkServerIdentity(
    '::1',
    new X509Certificate(options.cert).toLegacyObject(),
  );
  assert.deepEqual([node, statusCode], [verdict ? verdict.code : 200, 200]);
});

describe('stale-connection', () => {
  for (const [name, { Instance }] of SEATS) {
    test(name, async (t) => {
      trustAnyone(t);
      // Each connection serves one request, and ends when it gets another one.
      const { ca, chain: cert, key } = loopback();
      const server = tls.createServer({ cert, key }, (socket) => {
        let served = 0;
        socket
          .on('error', () => {})
          .on('data', () => {
            if (served > 0) socket.destroy();
            else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
            served += 1;
          });
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      t.after(() => server.close());
      const { port } = server.address();
      const instance = new Instance(optionsOf({ host: '127.0.0.1', port, ca }));
      const call = () => instance.request({ method: 'GET', path: 'good' });
      await call();
      const outcome = await call().then(
        ({ statusCode }) => statusCode,
        ({ code }) => code,
      );
      assert.equal(outcome, name === 'ours' ? 200 : 'ECONNRESET');
    });
  }
});
