'use strict';

// Serves chains for real, and asks Node's own client and ours what they make of them.

const https = require('node:https');
const tls = require('node:tls');

const { names } = require('../support/packages');

const { Instance, SDKInfo } = require(
  names.ours === 'pusher-platform-native' ? '../..' : names.ours,
);

const sdkInfo = new SDKInfo({ productName: 'product', version: '1' });

/** A server that shows one chain after the other. */
async function serve() {
  const server = tls.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
  });
  server.on('tlsClientError', () => {});
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    port,
    /** @returns {string | undefined} why it cannot be shown */
    show({ chain, key, version }) {
      try {
        server.setSecureContext({
          cert: chain,
          key,
          ciphers: 'DEFAULT:@SECLEVEL=0',
          minVersion: version,
          maxVersion: version,
        });
        return undefined;
      } catch (error) {
        return error.message;
      }
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

const told = ({ code, message, reason, host }) => ({ code, message, reason, host });

/** What Node's own client makes of it. */
const judgedByNode = (port, { ca, host }) =>
  new Promise((resolve) => {
    const request = https.request(
      { host: 'localhost', port, agent: false, headers: { host }, ...(ca && { ca }) },
      (response) => {
        response.resume();
        response.on('end', () => resolve({ status: response.statusCode }));
      },
    );
    request.on('error', (error) => resolve(told(error)));
    request.end();
  });

/** What ours does. */
async function judgedByOurs(port, { ca, host }) {
  const instance = new Instance({
    locator: 'v1:test:instance',
    key: 'id:secret',
    serviceName: 'service',
    serviceVersion: 'v1',
    sdkInfo,
    host: 'localhost',
    port,
    ...(ca && { ca }),
  });
  try {
    const { statusCode } = await instance.request({ method: 'GET', path: '/', headers: { host } });
    return { status: statusCode };
  } catch (error) {
    return told(error);
  }
}

module.exports = { judgedByNode, judgedByOurs, serve };
