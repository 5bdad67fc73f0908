'use strict';

// Holds what a caller is told of each fatal alert that a TLS server may send (RFC 8446, section 6) to what the published
// original tells, also of numbers that stand for no alert.

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

// 0 ends the connection without a fault, and is among the cases of tls.test.js.
const descriptions = Array.from({ length: 255 }, (_, index) => index + 1);

compare(
  'a fatal alert',
  descriptions.map((description) => ({
    name: `number ${description}`,
    peers: [refusing(description)],
  })),
);
