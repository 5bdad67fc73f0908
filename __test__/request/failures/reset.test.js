'use strict';

// Compares the outcome with the original's if a connection is closed or reset at any byte of a response.

const assert = require('node:assert/strict');
const diagnostics = require('node:diagnostics_channel');
const { after, before, it } = require('node:test');
const tls = require('node:tls');

const { authority, issue } = require('../../../testing/certificates.js');
const packages = require('../../support/packages.js');

/** Responses whose end is marked in every way that HTTP/1.1 has. */
const ANSWERS = {
  'of a known length': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde',
  'in chunks':
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;a=b\r\nde\r\n0\r\nA: b\r\n\r\n',
  'until the connection ends': 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcde',
  'without a body': 'HTTP/1.1 204 No Content\r\n\r\n',
  'of an error': 'HTTP/1.1 400 Bad Request\r\nContent-Length: 13\r\n\r\n{"error":"e"}',
};

/** The ways in which a connection ends after the bytes have been written. */
const ENDS = {
  closed: (socket) => socket.end(),
  // The connection ends without TLS's close_notify alert.
  dropped: (socket) => socket._parent.end(),
  // A TLS socket cannot be reset, but the TCP socket below it can.
  reset: (socket) => socket._parent.resetAndDestroy(),
};

const root = authority({ commonName: 'Root' });
const { key, cert } = issue(root, { ipAddresses: ['127.0.0.1'] });
let server;
let serve;

before(async () => {
  server = tls.createServer({ key, cert }, (socket) => {
    socket.on('error', () => {});
    socket._parent.on('error', () => {});
    socket.once('data', () => serve(socket));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  // The original does not have the option `ca`.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
});

after(() => {
  server.close();
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
});

async function outcomeOf({ BaseClient, SDKInfo }) {
  const client = new BaseClient({
    host: '127.0.0.1',
    port: server.address().port,
    instanceId: 'id',
    serviceName: 's',
    serviceVersion: 'v1',
    sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
  });
  try {
    const { statusCode, body, trailers } = await client.request({ method: 'GET', path: 'a' });
    return { statusCode, body, trailers };
  } catch (error) {
    const { message, code, errno, syscall, status } = error;
    return status === undefined ? { message, code, errno, syscall } : { status };
  }
}

/**
 * Returns the outcome of the original. Node reports a reset as a close if it reads both at once, which depends on timing;
 * therefore the reset comes only after Node has read the preceding bytes.
 */
function outcomeOfOriginal(text, end) {
  let onSocket;
  const client = new Promise((resolve) => {
    onSocket = resolve;
  });
  const start = ({ request }) =>
    request.socket ? onSocket(request.socket) : request.once('socket', onSocket);
  serve = async (socket) => {
    if (text === '') return end(socket);
    let read = 0;
    (await client).on('data', (bytes) => {
      read += bytes.length;
      // Node's own listener runs before this listener.
      if (read === text.length) end(socket);
    });
    socket.write(text);
  };
  diagnostics.subscribe('http.client.request.start', start);
  return outcomeOf(packages.original).finally(() =>
    diagnostics.unsubscribe('http.client.request.start', start),
  );
}

function outcomeOfOurs(text, end) {
  serve = (socket) => (text === '' ? end(socket) : socket.write(text, () => end(socket)));
  return outcomeOf(packages.ours);
}

for (const [kind, answer] of Object.entries(ANSWERS)) {
  for (const [how, end] of Object.entries(ENDS)) {
    it(`is ${how} at each byte of an answer ${kind}`, async () => {
      const offsets = Array.from({ length: answer.length + 1 }, (_, offset) =>
        answer.slice(0, offset),
      );
      const expected = [];
      const actual = [];
      for (const text of offsets) {
        expected.push([text, await outcomeOfOriginal(text, end)]);
        actual.push([text, await outcomeOfOurs(text, end)]);
      }
      assert.deepEqual(actual, expected);
    });
  }
}
