'use strict';

// Tests the tests' own tools, because a faulty tool would make every other test worthless.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { once } = require('node:events');
const { writeFileSync, mkdtempSync, rmSync } = require('node:fs');
const https = require('node:https');
const os = require('node:os');
const path = require('node:path');
const { describe, test } = require('node:test');
const tls = require('node:tls');

const { authority, issue, selfSigned } = require('../../testing/certificates');
const { run } = require('./child.js');
const packages = require('./packages.js');
const { record } = require('./recorder.js');

// Each case takes far less time; every case has its own limit, because making RSA keys is slow.
const it = (name, run) => test(name, { timeout: 120_000 }, run);

describe('packages', () => {
  it('loads the original, at the version that is the specification', () => {
    const { name, version } = require('platform-node-original/package.json');
    assert.equal(`${name}@${version}`, '@pusher/platform-node@0.15.5');
    assert.equal(packages.originalModule('instance').default, packages.original.Instance);
  });

  it('loads the package under test, and its deep modules', () => {
    assert.equal(packages.oursModule('instance').default, packages.ours.Instance);
    assert.equal(require(packages.names.ours), packages.ours);
  });

  it('puts in our seat what SUBJECT names', async () => {
    const program = `const packages = require('./__test__/support/packages.js');
      const { ours, original, oursModule, originalModule } = packages;
      console.log(ours === original, oursModule('common') === originalModule('common'));`;
    const { stdout } = await run(program, { env: { SUBJECT: 'platform-node-original' } });
    assert.equal(stdout, 'true true\n');
  });
});

describe('child', () => {
  it('runs source text, and reads the last line of its output as JSON', async () => {
    const result = await run('console.log("first"); console.log(JSON.stringify({ a: [1] }))');
    assert.deepEqual(result, {
      code: 0,
      signal: null,
      timedOut: false,
      stdout: 'first\n{"a":[1]}\n',
      stderr: '',
    });
    assert.deepEqual(result.json, { a: [1] });
  });

  it('runs a file, with arguments of the program and of Node', async () => {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'child-'));
    const file = path.join(directory, 'file.js');
    const print = 'console.log(JSON.stringify([...process.argv.slice(-2), typeof gc, __filename]))';
    writeFileSync(file, print);
    const options = { args: ['a b', '--c'], execArgv: ['--expose-gc'] };
    const result = await run(file, options);
    rmSync(directory, { recursive: true });
    assert.deepEqual(result.json, ['a b', '--c', 'function', file]);
  });

  it('requires as a file in the root of the repository would', async () => {
    const { json } = await run('console.log(JSON.stringify(require("./package.json").name))');
    assert.equal(json, 'pusher-platform-native');
  });

  it('hands on no more of the environment than it must', async () => {
    process.env.HTTPS_PROXY_OF_THE_HOST = 'http://127.0.0.1:1';
    const { json } = await run('console.log(JSON.stringify(process.env))', { env: { OWN: '1' } });
    delete process.env.HTTPS_PROXY_OF_THE_HOST;
    assert.equal(json.OWN, '1');
    assert.equal(json.PATH, process.env.PATH);
    const expected = new Set(['OWN', 'PATH', 'HOME', 'SUBJECT', 'SystemRoot']);
    // macOS adds a variable of its own to every process.
    const names = Object.keys(json).filter((name) => !name.startsWith('__CF'));
    assert.deepEqual(
      names.filter((name) => !expected.has(name)),
      [],
    );
  });

  it('tells how a program ended', async () => {
    const failed = await run('console.error("why"); process.exitCode = 3');
    assert.deepEqual([failed.code, failed.stderr], [3, 'why\n']);
    assert.throws(() => failed.json, /ended with 3, without JSON:\s+why/);
    const killed = await run('process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)');
    assert.deepEqual([killed.signal, killed.timedOut], ['SIGTERM', false]);
  });

  it('kills a program at its timeout, and a grandchild does not keep it waiting', async () => {
    const grandchild = 'setInterval(() => process.stdout.write("."), 20)'; // runs until the pipe breaks
    const program = `
      const { spawn } = require('node:child_process');
      spawn(process.execPath, ['-e', '${grandchild}'], { stdio: 'inherit' });
      setInterval(() => {}, 1000);`;
    const result = await run(program, { timeout: 500 });
    assert.deepEqual([result.timedOut, result.signal], [true, 'SIGKILL']);
    assert.throws(() => result.json, /was killed at its timeout/);
  });

  it('rejects where there is no such Node', async () => {
    await assert.rejects(run('', { node: '/no/such/node' }), { code: 'ENOENT' });
  });
});

describe('certificates', () => {
  const names = { dnsNames: ['localhost', '*.example.test'], ipAddresses: ['127.0.0.1', '::1'] };
  const past = { notBefore: new Date('2001-02-03T04:05:06Z'), notAfter: new Date('2002-01-01') };
  const future = { notBefore: new Date('2049-12-31T23:59:59Z'), notAfter: new Date('2050-01-01') };

  for (const keyType of ['ec', 'rsa']) {
    const root = authority({ commonName: 'Root', keyType });
    const outer = authority({ commonName: 'Outer', keyType, issuer: root });
    const inner = issue(outer, { commonName: 'Inner', keyType, isAuthority: true });
    const leaf = issue(inner, { commonName: 'Leaf', keyType, ...names });

    it(`${keyType}: a server's certificate is accepted, under each of its names`, async () => {
      const certificate = issue(root, { keyType, ...names });
      assert.equal(await handshake(certificate, { servername: 'localhost' }), 'accepted');
      assert.equal(await handshake(certificate, { servername: 'a.example.test' }), 'accepted');
      assert.equal(await handshake(certificate), 'accepted');
      assert.equal(
        await handshake(certificate, { servername: 'other.test' }),
        'ERR_TLS_CERT_ALTNAME_INVALID',
      );
    });

    it(`${keyType}: a chain is accepted with its intermediates, and not without`, async () => {
      assert.equal(leaf.chain.match(/BEGIN/g).length, 3);
      assert.equal(leaf.ca, root.cert);
      assert.equal(await handshake(leaf), 'accepted');
      const bare = { ...leaf, chain: leaf.cert };
      assert.equal(await handshake(bare), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    });

    it(`${keyType}: a self-signed one is accepted where it is trusted, CA or not`, async () => {
      for (const isAuthority of [false, true]) {
        const certificate = selfSigned({ commonName: 'Own', keyType, isAuthority, ...names });
        assert.equal(await handshake(certificate), 'accepted');
        const untrusted = await handshake(certificate, { ca: root.ca });
        assert.equal(untrusted, 'DEPTH_ZERO_SELF_SIGNED_CERT');
        assert.equal(new crypto.X509Certificate(certificate.cert).ca, isAuthority);
      }
    });

    it(`${keyType}: one that is out of date, or nobody's, is refused`, async () => {
      assert.equal(await handshake(issue(root, { ...names, ...past })), 'CERT_HAS_EXPIRED');
      assert.equal(await handshake(issue(root, { ...names, ...future })), 'CERT_NOT_YET_VALID');
      const stranger = authority({ commonName: 'Stranger', keyType });
      assert.equal(await handshake(leaf, { ca: stranger.ca }), 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
      // An unrelated authority with the root's name is also refused.
      const impostor = authority({ commonName: 'Root', keyType });
      assert.notEqual(await handshake(leaf, { ca: impostor.ca }), 'accepted');
    });

    it(`${keyType}: the parsed certificate says what was asked for`, () => {
      const parsed = new crypto.X509Certificate(leaf.cert);
      const issuer = new crypto.X509Certificate(inner.cert);
      assert.equal(parsed.subject, 'CN=Leaf');
      assert.equal(parsed.issuer, 'CN=Inner');
      assert.equal(parsed.publicKey.asymmetricKeyType, keyType);
      assert.deepEqual(parsed.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
      assert.deepEqual([parsed.ca, issuer.ca], [false, true]);
      assert(parsed.checkIssued(issuer) && parsed.verify(issuer.publicKey));
      assert(parsed.checkPrivateKey(crypto.createPrivateKey(leaf.key)));
    });
  }

  it('an authority signs another kind of key', async () => {
    const root = authority({ commonName: 'Root', keyType: 'rsa' });
    assert.equal(await handshake(issue(root, { keyType: 'ec', ...names })), 'accepted');
    const other = authority({ commonName: 'Root', keyType: 'ec' });
    assert.equal(await handshake(issue(other, { keyType: 'rsa', ...names })), 'accepted');
  });

  it('a name that is only in CN counts for Node', async () => {
    const certificate = selfSigned({ commonName: 'only.test' });
    assert.equal(new crypto.X509Certificate(certificate.cert).subjectAltName, undefined);
    assert.equal(await handshake(certificate, { servername: 'only.test' }), 'accepted');
    const other = await handshake(certificate, { servername: 'other.test' });
    assert.equal(other, 'ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('writes IPv4 and IPv6 addresses in every notation', () => {
    const ipAddresses = ['10.0.0.255', '::', '::1', '1::', '2001:DB8::a:1', '1:2:3:4:5:6:7:8'];
    const { cert } = selfSigned({ ipAddresses: [...ipAddresses, '64:ff9b::192.0.2.33'] });
    const parsed = new crypto.X509Certificate(cert);
    for (const address of ipAddresses) assert.equal(parsed.checkIP(address), address);
    assert(parsed.checkIP('64:ff9b::c000:221'));
    assert.equal(parsed.checkIP('::2'), undefined);
  });

  it('writes dates on both sides of 2050, and lengths of one, two and three octets', () => {
    const { cert } = selfSigned({ commonName: 'x', ...future });
    const parsed = new crypto.X509Certificate(cert);
    assert.equal(parsed.validFrom, 'Dec 31 23:59:59 2049 GMT');
    assert.equal(parsed.validTo, 'Jan  1 00:00:00 2050 GMT');
    // RFC 5280, section 4.1.2.5: UTCTime (tag 17) through 2049, GeneralizedTime (tag 18) from 2050.
    assert(parsed.raw.includes(Buffer.from('\x17\x0d491231235959Z', 'latin1')));
    assert(parsed.raw.includes(Buffer.from('\x18\x0f20500101000000Z', 'latin1')));

    for (const count of [1, 10, 100, 5000]) {
      const dnsNames = Array.from({ length: count }, (_, index) => `host-${index}.example.test`);
      const many = new crypto.X509Certificate(selfSigned({ dnsNames }).cert);
      assert.equal(many.subjectAltName.split(', ').length, count);
      assert.equal(many.checkHost(dnsNames.at(-1)), dnsNames.at(-1));
    }
  });

  // OpenSSL ignores some faults that other parsers refuse, so version and extensions are compared octet by octet.
  it('writes the version and the extensions in DER', () => {
    const has = ({ cert }, hex) => {
      const { raw } = new crypto.X509Certificate(cert);
      assert(raw.toString('hex').includes(hex), hex);
    };
    const critical = '0101ff';
    const root = authority({ commonName: 'Root', keyType: 'rsa' });
    const keyId = root.issuing.keyId.toString('hex');
    has(root, 'a003020102'); // version 3
    has(root, `0603551d13${critical}040530030101ff`); // basicConstraints, CA:TRUE
    has(root, `0603551d0f${critical}040403020186`); // keyUsage, seven bits
    has(root, `0603551d0e04160414${keyId}`); // subjectKeyIdentifier

    const leaf = issue(root, { keyType: 'rsa', dnsNames: ['a'], ipAddresses: ['1.2.3.4'] });
    has(leaf, `0603551d13${critical}04023000`); // basicConstraints, nothing
    has(leaf, `0603551d0f${critical}0404030205a0`); // keyUsage, three bits
    has(leaf, `0603551d23041830168014${keyId}`); // authorityKeyIdentifier
    has(leaf, `0603551d11${critical}040b3009820161870401020304`); // subjectAltName

    const named = issue(root, { commonName: 'b', dnsNames: ['a'] });
    has(named, `0603551d0f${critical}040403020780`); // keyUsage, one bit
    has(named, '0603551d1104053003820161'); // subjectAltName of a certificate with a subject: not critical
  });

  it('gives every certificate a positive serial number of its own', () => {
    const serials = Array.from({ length: 50 }, () => {
      const { serialNumber } = new crypto.X509Certificate(selfSigned({}).cert);
      assert.match(serialNumber, /^[4-7][0-9A-F]{31}$/);
      return serialNumber;
    });
    assert.equal(new Set(serials).size, serials.length);
  });
});

describe('recorder', () => {
  it('keeps every byte of a head: case, order, repetitions, latin-1', async (t) => {
    const server = await recorded(t);
    const rawHead =
      'PATCH /a%20b?c=[d] HTTP/1.1\r\nHost: x\r\nX-oNe: 1\r\nx-one:2\r\nÜ: é \r\n\r\n';
    const [head] = (await converse(server, [rawHead], 1)).split('\r\n');

    assert.equal(head, 'HTTP/1.1 200 OK');
    assert.deepEqual(server.requests, [
      {
        method: 'PATCH',
        target: '/a%20b?c=[d]',
        version: '1.1',
        headers: [
          ['Host', 'x'],
          ['X-oNe', '1'],
          ['x-one', '2'],
          ['Ü', 'é '],
        ],
        rawHead,
        body: Buffer.alloc(0),
        connection: 1,
      },
    ]);
  });

  it('reads bodies by length and in chunks, however they arrive', async (t) => {
    const server = await recorded(t, { respond: (request) => ({ body: request.body }) });
    const sized = 'POST /1 HTTP/1.1\r\nCONTENT-LENGTH: 7\r\n\r\n\r\n\r\n\xff\0x';
    const chunked =
      'POST /2 HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n' +
      '4;name=value\r\n\r\n\r\n\r\n000A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n';
    const both = `${sized}${chunked}GET /3 HTTP/1.1\r\n\r\n`;
    await converse(server, [both], 3);
    await converse(server, [...both], 3);

    const expected = [
      ['/1', '\r\n\r\n\xff\0x'],
      ['/2', '\r\n\r\n0123456789'],
      ['/3', ''],
    ];
    assert.deepEqual(
      server.requests.map((each) => [each.connection, each.target, each.body.toString('latin1')]),
      [...expected.map((each) => [1, ...each]), ...expected.map((each) => [2, ...each])],
    );
  });

  it('records nothing of a request that breaks off', async (t) => {
    const server = await recorded(t);
    for (const half of ['GET / HT', 'PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\nfour']) {
      const socket = await connect(server);
      socket.end(half);
      await once(socket.resume(), 'close');
    }
    assert.deepEqual(server.requests, []);
  });

  it('sends raw answers as they are, and closes where their head says so', async (t) => {
    const answers = [
      'HTTP/1.1 200 \xfc\r\nA:  b\r\n\r\n',
      Buffer.from('HTTP/1.0 299\r\n\r\n\xff', 'latin1'),
    ];
    const last = 'HTTP/1.1 200 OK\r\nconnection: Close\r\n\r\nto the end';
    const rest = [...answers, last];
    const server = await recorded(t, { respond: async () => rest.shift() });
    const answer = await converse(server, ['GET / HTTP/1.1\r\n\r\n'.repeat(3)]);
    assert.equal(answer, answers[0] + answers[1].toString('latin1') + last);
  });

  it('frames an answer that is given as an object', async (t) => {
    const respond = ({ target, method }) =>
      ({
        '/plain': { status: 404, statusMessage: 'Gone Fishing', headers: { 'x-A': 1 }, body: 'ü' },
        '/pairs': {
          headers: [
            ['Set-Cookie', 'a'],
            ['Set-Cookie', 'b'],
          ],
        },
        '/none': { status: 204 },
        '/same': { status: 304 },
        '/chunked': { headers: { 'transfer-encoding': 'chunked' }, body: '0\r\n\r\n' },
        '/end': { headers: { Connection: 'close' }, body: method },
      })[target];
    const server = await recorded(t, { respond });
    const targets = ['/plain', '/pairs', '/none', '/same', '/chunked'];
    const heads = [...targets.map((target) => `GET ${target}`), 'HEAD /plain', 'HEAD /end'];
    const answer = await converse(
      server,
      heads.map((head) => `${head} HTTP/1.1\r\n\r\n`),
    );
    const plain = 'HTTP/1.1 404 Gone Fishing\r\nx-A: 1\r\nContent-Length: 2\r\n\r\n';
    assert.equal(
      Buffer.from(answer, 'latin1').toString(),
      `${plain}ü` +
        'HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n' +
        'HTTP/1.1 204 No Content\r\n\r\n' +
        'HTTP/1.1 304 Not Modified\r\n\r\n' +
        'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n' +
        plain +
        'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\n',
    );
  });

  it('leaves a request without an answer, and close() ends its connection', async (t) => {
    let arrived;
    const arrival = new Promise((resolve) => {
      arrived = resolve;
    });
    const respond = () => {
      arrived();
      return null;
    };
    const server = await recorded(t, { respond });
    const answer = converse(server, ['GET / HTTP/1.1\r\n\r\n'.repeat(2)]);
    await arrival;
    await server.close();
    await server.close();
    assert.equal(await answer, '');
    assert.equal(server.requests.length, 1);
  });

  it('gives the socket to the one that answers', async (t) => {
    const respond = (_request, socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
      return null;
    };
    const server = await recorded(t, { respond });
    const answer = await converse(server, ['GET / HTTP/1.1\r\n\r\n']);
    assert.match(answer, /half$/);
  });

  it('lets a mistake of the test fail the test', async () => {
    const program = `
      const { record } = require('./__test__/support/recorder.js');
      const https = require('node:https');
      record({ respond() { throw new Error('a mistake'); } }).then(({ host, port, ca }) => {
        https.get({ host, port, ca }).on('error', () => {});
      });`;
    const { code, stderr } = await run(program);
    assert.equal(code, 1);
    assert.match(stderr, /a mistake/);
  });

  it('listens on the address that it is given, with the certificate that it is given', async (t) => {
    const certificate = selfSigned({ commonName: 'only.test' });
    const server = await recorded(t, { host: '::1', certificate });
    const socket = await connect(server, { servername: 'only.test' });
    assert.equal(socket.getPeerCertificate().subject.CN, 'only.test');
    assert.equal(socket.remoteAddress, server.host);
    socket.destroy();
  });
});

/** Starts a recorder that closes when its test ends, whether the test passes or fails. */
async function recorded(t, options) {
  const server = await record(options);
  t.after(() => server.close());
  return server;
}

/** Returns how a TLS client judges a server with `certificate`: "accepted", or the code of the error. */
async function handshake(certificate, options = {}) {
  const server = await record({ certificate });
  const { host, port, ca } = server;
  try {
    const answer = await fetchHead({ host, port, ca, ...options });
    assert.equal(answer.statusCode, 200);
    return 'accepted';
  } catch (error) {
    return error.code;
  } finally {
    await server.close();
  }
}

async function fetchHead(options) {
  const request = https.get({ agent: false, ...options });
  const [response] = await once(request, 'response');
  response.resume();
  return response;
}

async function connect({ host, port, ca }, options = {}) {
  const socket = tls.connect({ host, port, ca, ...options });
  // close() on the other side may arrive here as a reset.
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  return socket;
}

/**
 * Writes each of `parts` (latin-1) to a new connection, and returns the received text: everything until the connection ends, or
 * until `heads` responses have begun and the last one is complete without a body.
 */
async function converse(server, parts, heads = Infinity) {
  const socket = await connect(server);
  let text = '';
  const done = new Promise((resolve) => {
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      if (text.split('HTTP/1.1 ').length > heads && text.endsWith('\r\n\r\n')) resolve();
    });
    socket.on('close', resolve);
  });
  for (const part of parts) {
    await new Promise((resolve) => socket.write(part, 'latin1', resolve));
  }
  await done;
  socket.destroy();
  return text;
}
