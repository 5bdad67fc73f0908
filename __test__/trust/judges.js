'use strict';

// Serves certificate chains over real TLS, and returns the verdicts of Node's own client and of ours.

const diagnostics = require('node:diagnostics_channel');
const https = require('node:https');
const tls = require('node:tls');

const { names } = require('../support/packages');

const { Instance, SDKInfo } = require(
  names.ours === 'pusher-platform-native' ? '../..' : names.ours,
);

const sdkInfo = new SDKInfo({ productName: 'product', version: '1' });

/**
 * Starts a server that presents a chain. Each chain has a server of its own, since ours remembers for a while that a server was
 * refused natively, and leaves it to Node's client.
 * @returns {Promise<{ port: number, close: () => void } | undefined>} undefined if no server can present the chain
 */
async function serve({ chain, key, version }) {
  let server;
  try {
    server = tls.createServer(
      {
        cert: chain,
        key,
        ciphers: 'DEFAULT:@SECLEVEL=0',
        minVersion: version,
        maxVersion: version,
      },
      (socket) => {
        socket.on('error', () => {});
        socket.once('data', () => {
          socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
        });
      },
    );
  } catch {
    return undefined;
  }
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Nothing waits for the end of the server: Node 20 does not always report it.
  return { port: server.address().port, close: () => server.close() };
}

// No system resolves these names.
const isInvented = (host) => host.endsWith('.test');

const told = ({ code, message, reason, host }) => ({ code, message, reason, host });

/** Returns the verdict of Node's own client. */
const judgedByNode = (port, { ca, host }) =>
  new Promise((resolve) => {
    const where = isInvented(host) ? { host: 'localhost', headers: { host } } : { host };
    const request = https.request(
      { ...where, port, agent: false, ...(ca && { ca }) },
      (response) => {
        response.resume();
        response.on('end', () => resolve({ status: response.statusCode }));
      },
    );
    request.on('error', (error) => resolve(told(error)));
    request.end();
  });

/** Returns the verdict of ours, and whether Node's client took part in it. A proxy serves the names that no system resolves. */
async function judgedByOurs(port, { ca, host }, proxy) {
  const instance = new Instance({
    locator: 'v1:test:instance',
    key: 'id:secret',
    serviceName: 'service',
    serviceVersion: 'v1',
    sdkInfo,
    host,
    port,
    ...(ca && { ca }),
  });
  let isOfNode = false;
  const see = () => {
    isOfNode = true;
  };
  // Only Node's client publishes to this channel.
  diagnostics.subscribe('http.client.request.start', see);
  if (isInvented(host)) process.env.HTTPS_PROXY = proxy.url;
  try {
    const { statusCode } = await instance.request({ method: 'GET', path: '/' });
    return { isOfNode, verdict: { status: statusCode } };
  } catch (error) {
    return { isOfNode, verdict: told(error) };
  } finally {
    delete process.env.HTTPS_PROXY;
    diagnostics.unsubscribe('http.client.request.start', see);
  }
}

module.exports = { judgedByNode, judgedByOurs, serve };
