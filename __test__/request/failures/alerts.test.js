'use strict';

// Compares the errors for each fatal alert that a TLS server may send (RFC 8446, section 6) with the published original's,
// including numbers that stand for no alert.

const net = require('node:net');

const { compare, serverOf } = require('./support');

const RECORD = [0x15, 3, 3, 0, 2];
const FATAL = 2;

const refusing = (description) =>
  serverOf(() =>
    net.createServer((socket) => {
      socket.once('data', () => socket.end(Buffer.from([...RECORD, FATAL, description])));
    }),
  );

// Alert 0, close_notify, ends the connection without an error, and is among the cases of tls.test.js.
const descriptions = Array.from({ length: 255 }, (_, index) => index + 1);

compare(
  'a fatal alert',
  descriptions.map((description) => ({
    name: `number ${description}`,
    peers: [refusing(description)],
  })),
);
