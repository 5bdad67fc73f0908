'use strict';

// Compares what TLS negotiates with what the original's negotiates, where the process limits it: its versions, and how strong its
// algorithms have to be.

const tls = require('node:tls');

const { certificate, key } = require('./certificate');
const { compare, response, serverOf } = require('../request/failures/support');

const DAY = 24 * 3600 * 1000;
const validity = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + DAY) };

/** Returns a certificate for 127.0.0.1 of a key of this kind, and its root, which has such a key as well. */
function issued(kind, digest) {
  const [above, own] = [key(kind, 1), key(kind, 2)];
  const issuer = [{ kind: 'CN', value: `Root with ${kind}` }];
  const common = { ...validity, issuer, signer: above, digest };
  const basicConstraints = { type: 'basicConstraints', critical: true, ca: true };
  const names = [{ kind: 'ip', value: Buffer.of(127, 0, 0, 1) }];
  return {
    root: certificate({ ...common, subject: issuer, own: above, extensions: [basicConstraints] }),
    cert: certificate({
      ...common,
      serial: Buffer.of(2),
      subject: [{ kind: 'CN', value: 'localhost' }],
      own,
      extensions: [{ type: 'subjectAltName', names }],
    }).cert,
    key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

const p256 = issued('p256', 'sha256');
const p384 = issued('p384', 'sha384');
const roots = [p256, p384].map(({ root }) => root.cert).join('');
const trusting = { env: (file) => ({ NODE_EXTRA_CA_CERTS: file('roots.pem', roots) }) };

/** Returns a server with these TLS options. */
const serverWith = (options, { cert, key } = p256) =>
  serverOf(() => {
    const server = tls.createServer({ cert, key, ...options }, (socket) => {
      socket.on('error', () => {}).once('data', () => socket.end(response('200 OK', 'body')));
    });
    return server.on('tlsClientError', () => {});
  });

const only = (version, options) => ({ minVersion: version, maxVersion: version, ...options });

/* --------------------------------------------------------------------------- versions */

/** Makes a call after the program has set defaults of `node:tls`. */
const setting = (set, server) => ({
  name: `${Object.entries(set).join(', ')}: a server with ${server}`,
  peers: [serverWith(only(server, { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }))],
  alone: true,
  given: { set },
  call: ({ client, given, require }) => {
    Object.assign(require('node:tls'), given.set);
    return client().request({ path: 'path' });
  },
});

compare(
  'defaults that the program has set',
  [
    setting({ DEFAULT_MIN_VERSION: 'TLSv1.3' }, 'TLSv1.2'),
    setting({ DEFAULT_MIN_VERSION: 'TLSv1.3' }, 'TLSv1.3'),
    setting({ DEFAULT_MAX_VERSION: 'TLSv1.2' }, 'TLSv1.2'),
    setting({ DEFAULT_MAX_VERSION: 'TLSv1.2' }, 'TLSv1.3'),
    setting({ DEFAULT_MIN_VERSION: 'TLSv1.3', DEFAULT_MAX_VERSION: 'TLSv1.2' }, 'TLSv1.3'),
    setting({ DEFAULT_MIN_VERSION: 'TLSv1', DEFAULT_MAX_VERSION: 'TLSv1.1' }, 'TLSv1.2'),
    setting({ DEFAULT_MIN_VERSION: 'TLSv1.4' }, 'TLSv1.3'),
    setting({ DEFAULT_CIPHERS: 'ECDHE-ECDSA-AES256-GCM-SHA384' }, 'TLSv1.2'),
  ],
  trusting,
);

for (const [flag, version] of [
  ['--tls-min-v1.3', 'TLSv1.2'],
  ['--tls-max-v1.2', 'TLSv1.3'],
]) {
  compare(flag, [{ name: `a server with ${version}`, peers: [serverWith(only(version))] }], {
    ...trusting,
    execArgv: [flag],
  });
}

/* --------------------------------------------------------------------------- strength */

const strong = {
  ecdhCurve: 'P-384',
  ciphers: 'TLS_AES_256_GCM_SHA384:ECDHE-ECDSA-AES256-GCM-SHA384',
};

compare(
  'security level 4',
  Object.entries({
    'all strong, TLS 1.3': serverWith(only('TLSv1.3', strong), p384),
    'all strong, TLS 1.2': serverWith(only('TLSv1.2', strong), p384),
    'a weak key': serverWith(strong),
    'a weak cipher': serverWith({ ...strong, ciphers: 'TLS_AES_128_GCM_SHA256' }, p384),
    'a weak cipher, TLS 1.2': serverWith(
      only('TLSv1.2', { ...strong, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }),
      p384,
    ),
    'a weak key exchange': serverWith({ ...strong, ecdhCurve: 'X25519' }, p384),
    'a weak digest': serverWith(only('TLSv1.2', { ...strong, sigalgs: 'ECDSA+SHA256' }), p384),
  }).map(([name, peer]) => ({ name, peers: [peer] })),
  { ...trusting, execArgv: ['--tls-cipher-list=DEFAULT:@SECLEVEL=4'] },
);
