'use strict';

// The servers and proxies of the scenarios. Each kind takes its options, and returns a function that serves a connection.

const http = require('node:http');
const net = require('node:net');
const tls = require('node:tls');
const { setTimeout: sleep } = require('node:timers/promises');

/**
 * @typedef {object} World what a peer knows
 * @property {import('../../testing/certificates').Certificate} certificate of all names
 * @property {number} count how many connections this peer has had before
 */

/** Begins TLS on a connection. */
function secure(socket, { certificate }, options) {
  const { chain: cert, key } = certificate;
  const secured = new tls.TLSSocket(socket, { isServer: true, cert, key, ...options });
  secured.on('error', () => socket.destroy());
  secured.once('secure', () => {
    socket.isSecured = true;
  });
  return secured;
}

/** Serves HTTPS on a connection. `respond` responds to each request, whose body it may leave unread. */
function serve(socket, world, respond, options) {
  const server = http.createServer(respond);
  server.emit('connection', secure(socket, world, options));
}

const respond = async (request, response, { isKept = false } = {}) => {
  let length = 0;
  for await (const bytes of request) length += bytes.length;
  response.shouldKeepAlive = isKept;
  response.end(`${request.method} ${length}`);
};

/** Answers each request at once, or after a number of milliseconds; connections end after an answer unless they are kept. */
const answers =
  ({ after = 0, isKept } = {}) =>
  (socket, world) =>
    serve(socket, world, async (request, response) => {
      if (after) await sleep(after);
      await respond(request, response, { isKept });
    });

/** Begins to serve a connection after a number of milliseconds. */
const answersAfter = (after, kind) => async (socket, world) => {
  await sleep(after);
  kind(socket, world);
};

/** Serves the first connections, and only listens on the others. */
const hangsAfter = (count, kind) => (socket, world) => {
  if (world.count < count) kind(socket, world);
  else socket.resume();
};

/** Ends a connection as soon as the client has spoken. */
const closes =
  ({ isReset = false } = {}) =>
  (socket) =>
    socket.once('data', () => (isReset ? socket.resetAndDestroy() : socket.end()));

/** Ends the connection instead of a response. */
const endsUnderRequest = () => (socket, world) =>
  serve(socket, world, (request) => request.socket.destroy());

/** Ends its own direction of the connection instead of a response, and goes on reading. */
const closesHalf = () => (socket, world) =>
  serve(socket, world, (request) => request.resume().socket.end());

/** Answers, then ends its own direction of the connection and goes on reading. */
const answersAndClosesHalf = () => (socket, world) =>
  serve(socket, world, async (request, response) => {
    await respond(request, response, { isKept: true });
    request.socket.end();
  });

// There is no renegotiation in TLS 1.3. OpenSSL wants a name for sessions where it asks for certificates.
const TLS_1_2 = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', sessionIdContext: 'field' };
// What a server asks for that wants a certificate for some paths only.
const CERTIFICATE = { requestCert: true, rejectUnauthorized: false };

/** Asks for renegotiation after each request, and answers then. */
const renegotiates = (options) => (socket, world) =>
  serve(
    socket,
    world,
    (request, response) => {
      request.socket.renegotiate(CERTIFICATE, () => respond(request, response, options));
    },
    TLS_1_2,
  );

/** A proxy that connects each tunnel to a port of the world, at once or after a number of milliseconds. */
const connects = (port, address, after = 0) =>
  proxy(async (socket) => {
    if (after) await sleep(after);
    const upstream = net.connect(port, address, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
  });

/** A proxy that does something at each request for a tunnel. */
const proxy = (onConnect) => (socket) => {
  const server = http.createServer().on('connect', (_request, tunnel) => onConnect(tunnel));
  server.emit('connection', socket);
};

/** A proxy that responds to each request for a tunnel with this status. */
const refuses = (status) =>
  proxy((socket) => socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`));

/**
 * Starts a peer.
 * @param {{ at: string, port?: number, does: (socket: net.Socket, world: World) => void }} peer
 * @param {Pick<World, 'certificate'>} world
 */
async function startPeer({ at, port = 443, does }, world) {
  const unsecured = new Set();
  let count = 0;
  const server = net.createServer((socket) => {
    unsecured.add(socket);
    socket.on('error', () => {}).on('close', () => unsecured.delete(socket));
    does(socket, { ...world, count });
    count += 1;
  });
  await new Promise((resolve, reject) => {
    server.on('error', reject).listen(port, at, 4096, () => resolve());
  });
  return {
    /** Returns how many open connections have not got through their handshake. */
    unsecured: () => [...unsecured].filter((socket) => !socket.isSecured).length,
  };
}

module.exports = {
  answers,
  answersAfter,
  answersAndClosesHalf,
  closes,
  closesHalf,
  connects,
  endsUnderRequest,
  hangsAfter,
  proxy,
  refuses,
  renegotiates,
  startPeer,
};
