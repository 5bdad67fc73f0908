'use strict';

// Tries to reach a host: by a call of this package, and step by step by Node's own modules.

const dns = require('dns');
const http = require('http');
const https = require('https');
const net = require('net');
const tls = require('tls');

const { adviceOn } = require('./advice');
const { addressOf } = require('./environment');

// The longest time for each step, in milliseconds.
const PATIENCE = 5000;

/**
 * The outcome of a step: the time that it took, in milliseconds, or its error and what to do about it.
 * @typedef {{ ms: number, detail?: string } | { error: string, advice?: string }} Outcome
 */

/**
 * Returns the outcome of a call of this package, and how the call was sent. Any answer will do: the host need not know the service.
 * @param {{ host: string, port: number, ca?: string, proxy?: string }} target
 * @returns {Promise<Outcome & { error?: string, transport?: string, reason?: string }>}
 */
exports.reachByPackage = async ({ host, port, ca, proxy }) => {
  /** @type {any} */
  const { BaseClient, ErrorResponse, SDKInfo } = require('../index');
  const { observed } = require('../lib/request');
  const sdkInfo = new SDKInfo({ productName: 'pusher-platform-native-doctor', version: '1' });
  const names = { serviceName: 'doctor', serviceVersion: 'v1', instanceId: 'doctor' };
  const client = new BaseClient({ host, port, ...names, sdkInfo, ca, timeout: PATIENCE });
  /** @type {string | undefined} */
  let reason;
  const record = {
    addTo() {},
    goesToNode: (/** @type {string | undefined} */ why) => {
      reason = why;
    },
    tried() {},
    responded() {},
  };
  const call = async () => {
    try {
      const { statusCode } = await observed(client, { method: 'GET', path: 'doctor' }, record);
      return `answered ${statusCode}`;
    } catch (/** @type {any} */ error) {
      if (error instanceof ErrorResponse) {
        return `answered ${error.status}`;
      }
      // The host has answered by a redirect to where calls do not go, or with an unusual status.
      const [, status] = /^Unsupported .*: (\d+)$/.exec(error.message) || [];
      if (status === undefined) {
        throw error;
      }
      return `answered ${status}`;
    }
  };
  const outcome = await timed(call, { port, proxy });
  return reason === undefined
    ? { ...outcome, transport: 'native' }
    : { ...outcome, transport: 'node', reason };
};

/**
 * Returns the outcomes of the steps by which Node's own client would reach a host, up to the first that fails.
 * @param {{ host: string, port: number, ca?: string, proxy: { url: string, named: string, authorization?: string } | undefined }} target
 */
exports.reachByNode = async ({ host, port, ca, proxy }) => {
  const first = proxy ? addressOf(proxy.url) : { host, port, isTls: false };
  /** @type {import('./advice').Known} */
  const known = { port: first.port, proxy: proxy?.named };
  /** @type {any} */
  let socket;
  /** @type {Array<[string, () => Promise<string | undefined>]>} */
  const steps = [
    ['look-up', async () => (await look(first.host)).map(({ address }) => address).join(', ')],
    [
      'connection',
      async () => {
        socket = await opened(net.connect(first.port, first.host), 'connect');
        return `${socket.remoteAddress}`;
      },
    ],
  ];
  if (proxy) {
    steps.push([
      'tunnel',
      async () => {
        socket.destroy();
        socket = await tunnel(proxy, `${net.isIPv6(host) ? `[${host}]` : host}:${port}`);
        return undefined;
      },
    ]);
  }
  steps.push([
    'handshake',
    async () => {
      const servername = net.isIP(host) ? undefined : host;
      const handshake = tls.connect({ socket, host, servername, ca });
      // After a refusal, the socket does not tell any more what it has seen. Node itself judges at this event.
      handshake.prependOnceListener('secure', () => Object.assign(known, seenIn(handshake)));
      socket = await opened(handshake, 'secureConnect');
      return `${socket.getProtocol()}, ${socket.getCipher().name}`;
    },
  ]);
  /** @type {Record<string, Outcome>} */
  const outcomes = {};
  for (const [name, step] of steps) {
    const outcome = await timed(step, known);
    outcomes[name] = outcome;
    if ('error' in outcome) {
      break;
    }
  }
  socket?.destroy();
  return outcomes;
};

/**
 * @param {string} host
 * @returns {Promise<Array<{ address: string }>>}
 */
function look(host) {
  return new Promise((resolve, reject) => {
    dns.lookup(host, { all: true }, (error, found) => (error ? reject(error) : resolve(found)));
  });
}

/**
 * Returns a socket once it is open.
 * @param {any} socket
 * @param {string} event
 */
function opened(socket, event) {
  return new Promise((resolve, reject) => {
    // The listener stays, since a socket without one ends the process if it fails later.
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('The other side has closed the connection')));
    socket.once(event, () => resolve(socket));
    socket.setTimeout(PATIENCE, () => socket.destroy(late()));
  });
}

/**
 * Returns a tunnel through a proxy.
 * @param {{ url: string, authorization?: string }} proxy
 * @param {string} authority
 */
function tunnel({ url, authorization }, authority) {
  const { host, port, isTls } = addressOf(url);
  return new Promise((resolve, reject) => {
    /** @type {Record<string, string>} */
    const headers = { host: authority };
    if (authorization) {
      headers['proxy-authorization'] = authorization;
    }
    const request = (isTls ? https : http).request({
      ...{ method: 'CONNECT', host, port, path: authority, headers, agent: false },
      timeout: PATIENCE,
    });
    /** @param {any} response @param {any} socket */
    const conclude = (response, socket) => {
      if (response.statusCode === 200) {
        resolve(socket);
      } else {
        socket.destroy();
        reject(new Error(`The proxy has answered ${response.statusCode}`));
      }
    };
    request.once('connect', conclude);
    request.once('response', (response) => conclude(response, response));
    request.once('timeout', () => request.destroy(late()));
    request.on('error', reject);
    request.end();
  });
}

function late() {
  return new Error(`Nothing has come for ${PATIENCE / 1000} seconds`);
}

/**
 * Returns who has signed the last certificate that a server sent, and the names in its own.
 * @param {import('tls').TLSSocket} socket
 */
function seenIn(socket) {
  let certificate = socket.getPeerCertificate(true);
  const names = certificate?.subjectaltname;
  const passed = new Set();
  while (certificate?.issuerCertificate && !passed.has(certificate.fingerprint)) {
    passed.add(certificate.fingerprint);
    certificate = certificate.issuerCertificate;
  }
  const { CN, O } = certificate?.issuer || {};
  return { names, issuer: CN || O };
}

/**
 * Returns the outcome of a step.
 * @param {() => Promise<string | undefined>} step
 * @param {import('./advice').Known} known
 * @returns {Promise<Outcome>}
 */
async function timed(step, known) {
  const start = process.hrtime();
  try {
    const detail = await step();
    const [seconds, nanoseconds] = process.hrtime(start);
    return { ms: Math.round(seconds * 1e3 + nanoseconds / 1e6), detail };
  } catch (/** @type {any} */ error) {
    const message = String(error?.message || error?.code || error)
      .replace(/\s+/g, ' ')
      .trim();
    const code = error?.code;
    return {
      error: !code || message.includes(code) ? message : `${code}: ${message}`,
      advice: adviceOn(error, known),
    };
  }
}
