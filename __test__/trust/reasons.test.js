'use strict';

// Holds the reasons that are told for calls that TLS leaves to Node's own client, each provoked by a server of its kind: the texts are
// those of docs/options.md, and some are recognised by what the verifier says.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { describe, it } = require('node:test');
const tls = require('node:tls');

const { BaseClient, SDKInfo } = require('../..');
const { observed } = require('../../lib/request');
const { authority, issue, selfSigned } = require('../../testing/certificates');
const { serverOf } = require('../request/failures/support');
const { certificate, key } = require('./certificate');

const HOUR = 3600 * 1000;
const local = { commonName: 'localhost', ipAddresses: ['127.0.0.1'] };
const root = authority({ commonName: 'Root of the reasons' });
const own = selfSigned({ ...local, isAuthority: true });
const ownLeaf = selfSigned(local);
const good = issue(root, local);

const OPTIONS = fs.readFileSync(path.resolve(__dirname, '../../docs/options.md'), 'utf8');
const ROWS = OPTIONS.match(/^\|.*\|$/gm).map((row) => row.split('|')[1]);
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}';

/** Returns a server that shows `shown`, with these options of TLS. */
const showing = (shown, options) =>
  serverOf(() =>
    tls
      .createServer({ cert: shown.chain ?? shown.cert, key: shown.key, ...options }, (socket) =>
        socket.on('error', () => {}).once('data', () => socket.end(ANSWER)),
      )
      .on('tlsClientError', () => {}),
  );

/** Returns a server that answers the first bytes with these. */
const saying = (bytes) =>
  serverOf(() => net.createServer((socket) => socket.once('data', () => socket.end(bytes))));

/** Returns the record of a ServerHello that chooses this version (RFC 5246, section 7.4.1.3). */
function helloOf(version) {
  const random = '01'.repeat(32);
  const body = Buffer.from(`${version}${random}00c02f00`, 'hex');
  return Buffer.concat([Buffer.of(22, 3, 3, 0, body.length + 4, 2, 0, 0, body.length), body]);
}

/** Returns a certificate of an authority that has this extension in addition. */
function withExtension(extension) {
  const signer = key('p256', 1);
  const kept = key('p256', 2);
  const common = {
    notBefore: new Date(Date.now() - HOUR),
    notAfter: new Date(Date.now() + HOUR),
    issuer: [{ kind: 'CN', value: 'Root of an odd certificate' }],
    signer,
  };
  const trusted = certificate({
    ...common,
    subject: common.issuer,
    own: signer,
    extensions: [{ type: 'basicConstraints', critical: true, ca: true }],
  });
  const { cert } = certificate({
    ...common,
    serial: Buffer.of(2),
    subject: [{ kind: 'CN', value: 'localhost' }],
    own: kept,
    extensions: [
      { type: 'subjectAltName', names: [{ kind: 'ip', value: Buffer.of(127, 0, 0, 1) }] },
      extension,
    ],
  });
  return {
    ca: trusted.cert,
    cert,
    key: kept.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

const odd = withExtension({ type: 'unknown', critical: true });
const at = (from, to) => ({
  notBefore: new Date(Date.now() + from * HOUR),
  notAfter: new Date(Date.now() + to * HOUR),
});

/** Each kind of server, what a client trusts, and the reason. */
const CASES = {
  'is its own root, and an authority': {
    peer: showing(own),
    ca: own.cert,
    reason: /^the server's certificate is its own root; a certificate signed by a CA is checked/,
  },
  'is its own root, and no authority': {
    peer: showing(ownLeaf),
    ca: ownLeaf.cert,
    reason: /^none of the trusted certificates is a plain root; a certificate signed by a CA/,
  },
  'is of an unknown authority': {
    peer: showing(issue(authority({ commonName: 'Another root' }), local)),
    reason: /^no certificate that is trusted natively has issued the server's certificate$/,
  },
  'has expired': {
    peer: showing(issue(root, { ...local, ...at(-2, -1) })),
    reason: /^the server's certificate is not valid at this time$/,
  },
  'is not yet valid': {
    peer: showing(issue(root, { ...local, ...at(1, 2) })),
    reason: /^the server's certificate is not valid at this time$/,
  },
  'is for another name': {
    peer: showing(issue(root, { dnsNames: ['other.test'] })),
    reason: /^the server's certificate is for another name$/,
  },
  'has a critical extension that nobody knows': {
    peer: showing(odd),
    ca: odd.ca,
    reason: /^the server's certificate is not one that is checked natively$/,
  },
  'has a cipher suite that is not native': {
    peer: showing(good, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }),
    reason: /^the server has ended the handshake with an alert$/,
  },
  'chooses an old version': {
    peer: saying(helloOf('0302')),
    reason: /^the server speaks neither TLS 1\.3 nor TLS 1\.2 with ECDHE and an AEAD cipher$/,
  },
  'sends an alert': {
    peer: saying(Buffer.of(0x15, 3, 3, 0, 2, 2, 40)),
    reason: /^the server has ended the handshake with an alert$/,
  },
  'does not speak TLS': {
    peer: saying('HTTP/1.1 400 Bad Request\r\n\r\n'),
    reason: /^what the server has sent is not TLS$/,
  },
  'demands a certificate after the handshake': {
    peer: showing(good, { requestCert: true, minVersion: 'TLSv1.3' }),
    reason: /^the server has ended TLS after the request; perhaps it wants a certificate/,
  },
};

/** Makes a call, and returns the reasons for which it has gone through Node's client. */
async function reasonsOf({ peer, ca = root.cert }) {
  const server = await peer([]);
  const reasons = [];
  const record = {
    addTo() {},
    tried() {},
    responded() {},
    goesToNode: (reason) => reasons.push(reason),
  };
  const client = new BaseClient({
    host: '127.0.0.1',
    port: server.port,
    instanceId: 'id',
    serviceName: 's',
    serviceVersion: 'v1',
    sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
    ca,
  });
  try {
    // Whether it succeeds is for Node's client to say.
    await observed(client, { method: 'GET', path: 'a' }, record).catch(() => {});
  } finally {
    await server.close();
  }
  return reasons;
}

describe("a server whose calls TLS leaves to Node's client", () => {
  for (const [what, each] of Object.entries(CASES)) {
    it(what, async () => {
      const reasons = await reasonsOf(each);
      assert.equal(reasons.length, 1, JSON.stringify(reasons));
      assert.match(reasons[0], each.reason);
      // The page has each reason; one that shares its beginning with others is there by its end.
      const end = reasons[0].replace(/^the server's certificate /, '');
      assert.ok(
        ROWS.some((row) => row.includes(end)),
        `docs/options.md has no row for: ${reasons[0]}`,
      );
    });
  }

  it('is none where it is checked natively', async () => {
    assert.deepEqual(await reasonsOf({ peer: showing(good) }), []);
  });
});
