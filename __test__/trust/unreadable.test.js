'use strict';

// Shows certificates that cannot be read, which no TLS library serves: the first messages of TLS 1.2 are plain text, so
// that a server can write them by hand.

const net = require('node:net');

const { authority, issue } = require('../../testing/certificates');
const { compare, serverOf } = require('../request/failures/support');

const root = authority({ commonName: 'Trusted root' });
const leaf = issue(root, { ipAddresses: ['127.0.0.1'] });

const HANDSHAKE = Buffer.from('160303', 'hex');
const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const SERVER_KEY_EXCHANGE = 12;
const SERVER_HELLO_DONE = 14;

/** A number in so many octets, before `content`, whose length it is (RFC 5246, section 4.3). */
function vector(octets, content) {
  const length = Buffer.alloc(octets);
  length.writeUIntBE(content.length, 0, octets);
  return Buffer.concat([length, content]);
}

/** A record that holds one handshake message (RFC 5246, sections 6.2.1 and 7.4). */
function message(type, ...parts) {
  const body = Buffer.concat([Buffer.of(type), vector(3, Buffer.concat(parts))]);
  return Buffer.concat([HANDSHAKE, vector(2, body)]);
}

/** Everything that a server sends before the client answers. */
const flight = (certificates) =>
  Buffer.concat([
    message(
      SERVER_HELLO,
      Buffer.from('0303', 'hex'),
      Buffer.alloc(32, 1), // the random
      Buffer.of(0), // no session
      Buffer.from('c02f00', 'hex'), // TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, not compressed
      Buffer.from('0005ff01000100', 'hex'), // secure renegotiation, which OpenSSL requires (RFC 5746)
    ),
    message(CERTIFICATE, vector(3, Buffer.concat(certificates.map((each) => vector(3, each))))),
    message(
      SERVER_KEY_EXCHANGE,
      Buffer.from('03001d', 'hex'), // X25519
      vector(1, Buffer.alloc(32, 9)),
      Buffer.from('0804', 'hex'), // rsa_pss_rsae_sha256
      vector(2, Buffer.alloc(256, 1)),
    ),
    message(SERVER_HELLO_DONE),
  ]);

const showing = (...certificates) =>
  serverOf(() =>
    net.createServer((socket) => {
      socket.once('data', () => socket.write(flight(certificates)));
    }),
  );

const der = Buffer.from(leaf.cert.replace(/-----[^-]+-----|\n/g, ''), 'base64');

compare(
  'a certificate that cannot be read',
  Object.entries({
    'no octets': [Buffer.alloc(0)],
    'no DER': [Buffer.from('no certificate')],
    'another structure': [Buffer.from('3003020101', 'hex')],
    'one that is cut short': [der.subarray(0, -1)],
    'one behind a sound one': [der, Buffer.from('3003020101', 'hex')],
  }).map(([name, certificates]) => ({
    name,
    peers: [showing(...certificates)],
  })),
  { env: (file) => ({ NODE_EXTRA_CA_CERTS: file('roots.pem', root.cert) }) },
);
