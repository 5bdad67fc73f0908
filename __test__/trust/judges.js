'use strict';

// Serves certificate chains over real TLS, and returns the verdicts of Node's own client and of ours.

const https = require('node:https');
const tls = require('node:tls');

const { names } = require('../support/packages');

const { Instance, SDKInfo } = require(
  names.ours === 'pusher-platform-native' ? '../..' : names.ours,
);

const sdkInfo = new SDKInfo({ productName: 'product', version: '1' });

/** Starts a server that presents one chain after another. */
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
    /** @returns {string | undefined} the reason why the chain cannot be presented */
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

/** Returns the verdict of Node's own client. */
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

/** Returns the verdict of ours. */
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
