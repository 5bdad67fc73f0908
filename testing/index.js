'use strict';

// Runs a local Pusher platform for the tests of service SDKs: an HTTPS server on loopback with one instance and one key.
//
// The hosted platform's services were retired. The local platform checks requests as they did, refuses them in the same format,
// and answers accepted requests as the test specifies.

const { once } = require('events');
const https = require('https');
const { inspect } = require('util');

const qs = require('qs');

const { loopback } = require('./certificates');
const { PlatformError } = require('./platform_error');
const { claimsOf } = require('./token');

/** @typedef {import('.').PlatformResponse} PlatformResponse */
/** @typedef {import('.').PlatformRequest} PlatformRequest */
/** @typedef {import('.').Responder} Responder */
/** @typedef {import('./token').InstanceKey} InstanceKey */

const HOST = '127.0.0.1';

// The longest delay that setTimeout accepts: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
const LONGEST_DELAY = 2 ** 31 - 1;

exports.createPlatform = createPlatform;

/** @type {typeof import('.').createPlatform} */
async function createPlatform(options) {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Expected `createPlatform({ locator, key })`, but got no options');
  }
  const { locator, key } = options;
  const instance = parse(locator, key);
  const certificate = loopback();
  /** @type {PlatformRequest[]} */
  const requests = [];
  /** @type {Responder[]} */
  const queue = [];
  /** @type {Array<{ method: string, segments: string[], responder: Responder }>} */
  const routes = [];
  /** The TCP connections by the client's port, since resetting a connection needs the socket below TLS. */
  const connections = new Map();

  const server = https.createServer({ cert: certificate.chain, key: certificate.key });
  server.on('connection', (socket) => {
    const { remotePort } = socket;
    connections.set(remotePort, socket);
    socket.on('close', () => connections.delete(remotePort));
  });
  server.on('request', async (message, response) => {
    const connection = connections.get(message.socket.remotePort);
    // Each connection serves one request only. After a reset of a reused connection, a client may retry the request
    // (RFC 9112, section 9.3.1), and the test would not see the fault.
    response.shouldKeepAlive = false;
    /** @type {Promise<false>} */
    const gone = new Promise((resolve) => response.once('close', () => resolve(false)));
    let body;
    try {
      body = await text(message);
    } catch {
      // The client disconnected while it was sending the request.
      response.destroy();
      return;
    }
    const request = describe(message, body);
    requests.push(request);
    try {
      await send(response, await answerTo(request), gone, connection);
    } catch (error) {
      await send(response, refusal(error), gone, connection);
    }
  });

  /** @param {PlatformRequest} request */
  function answerTo(request) {
    admit(request, instance);
    const responder = queue.shift() || routed(request);
    if (!responder) {
      const { method, serviceName, path } = request;
      const description = `There is no ${method} ${path}`;
      const error = `services/${serviceName}/not_found/resource_not_found`;
      throw new PlatformError(404, error, description);
    }
    return typeof responder === 'function' ? responder(request) : responder;
  }

  /** @param {PlatformRequest} request */
  function routed(request) {
    for (const { method, segments, responder } of routes) {
      const params = method === request.method && match(segments, segmentsOf(request.path));
      if (params) {
        request.params = params;
        return responder;
      }
    }
    return undefined;
  }

  server.listen(0, HOST);
  await once(server, 'listening');
  reachDirectly();

  return {
    host: HOST,
    port: /** @type {import('net').AddressInfo} */ (server.address()).port,
    ca: certificate.ca,
    requests,
    respond(responder) {
      if (!responder) {
        throw new TypeError('Expected `respond(responder)`: a function or a response');
      }
      queue.push(responder);
    },
    on(method, path, responder) {
      if (typeof method !== 'string' || typeof path !== 'string' || !responder) {
        throw new TypeError(
          'Expected `on(method, path, responder)`: two strings, and a function or a response',
        );
      }
      // New routes come first, so that a test can override the routes of its set-up.
      routes.unshift({ method: method.toUpperCase(), segments: segmentsOf(path), responder });
    },
    clear() {
      for (const list of [requests, queue, routes]) list.length = 0;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of connections.values()) socket.destroy();
      await closed;
    },
  };
}

/**
 * Keeps the requests of this process to the platform from going through a proxy, as those of a test run where `HTTPS_PROXY` is
 * set would. The names and the meaning of the variables are those of the original.
 */
function reachDirectly() {
  const { env } = process;
  const name = env.NO_PROXY || !env.no_proxy ? 'NO_PROXY' : 'no_proxy';
  const hosts = (env[name] || '').split(',').filter((host) => host.trim() !== '');
  // An asterisk stands for all hosts only if nothing is beside it.
  if (hosts.join() !== '*' && !hosts.some((host) => host.trim() === HOST)) {
    env[name] = [...hosts, HOST].join();
  }
}

/**
 * Parses a locator and a key.
 *
 * @param {string} locator
 * @param {string} key
 * @returns {InstanceKey}
 * @throws {Error} if one of them is malformed
 */
function parse(locator, key) {
  const parts = typeof locator === 'string' ? locator.split(':') : [];
  if (parts.length !== 3) {
    const given = inspect(locator, { depth: -1 });
    throw new Error(`Expected \`locator\` as \`version:cluster:instance-id\`, but got ${given}`);
  }
  const keyParts = typeof key === 'string' && /^([^:]+):(.+)$/.exec(key);
  if (!keyParts) throw new Error(`Expected \`key\` as \`key-id:secret\`, but got ${shownKey(key)}`);
  return { id: parts[2], keyId: keyParts[1], keySecret: keyParts[2] };
}

/**
 * Returns a description of a key that is not valid. Its text is not shown, since it may contain a secret.
 * @param {unknown} key
 */
function shownKey(key) {
  if (typeof key !== 'string') return key === null ? 'null' : `a value of type ${typeof key}`;
  return key.includes(':') ? 'a string of another form' : 'a string without a colon';
}

/**
 * Returns the description of a request that responders receive and that `requests` records.
 *
 * @param {import('http').IncomingMessage} message
 * @param {string} body
 * @returns {PlatformRequest}
 */
function describe({ method = '', url = '', headers }, body) {
  const [pathname, query] = url.split(/\?(.*)/);
  const place = /^\/services\/([^/]+)\/([^/]+)\/([^/]+)\/(.+)$/.exec(pathname);
  const [, serviceName = '', serviceVersion = '', instanceId = '', path = pathname] = place || [];
  return {
    method,
    url,
    serviceName,
    serviceVersion,
    instanceId,
    path,
    params: {},
    query: qs.parse(query),
    headers,
    body: parsed(body),
  };
}

/**
 * Parses a body as JSON if possible, whatever its content type is, since the original sends JSON without a content type.
 *
 * @param {string} body
 */
function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return body === '' ? undefined : body;
  }
}

/**
 * Checks the path and the token of a request, and adds the token's claims to the request.
 *
 * @param {PlatformRequest} request
 * @param {InstanceKey} instance
 * @throws {PlatformError} if the platform refuses the request
 */
function admit(request, instance) {
  if (request.serviceName === '') {
    const expected = '/services/NAME/VERSION/INSTANCE_ID/PATH';
    const description = `Expected ${expected}, but got ${request.path}`;
    throw new PlatformError(404, 'not_found/path_not_found', description);
  }
  request.claims = claimsOf(request.headers.authorization, instance);
  if (request.instanceId !== instance.id) {
    const description = "Instance ID in the path and the access token don't match";
    throw new PlatformError(403, 'authorization/instance_mismatch', description);
  }
}

/** @param {string} path */
const segmentsOf = (path) => path.replace(/^\//, '').split('/');

/**
 * Returns the parameters of a path that matches a pattern such as `users/:id`, or undefined if the path does not match.
 *
 * @param {string[]} pattern
 * @param {string[]} segments
 */
function match(pattern, segments) {
  /** @type {Record<string, string>} */
  const params = {};
  const isMatch =
    pattern.length === segments.length &&
    pattern.every((expected, index) => {
      const segment = segments[index];
      if (!expected.startsWith(':')) return expected === segment;
      params[expected.slice(1)] = decoded(segment);
      return segment !== '';
    });
  return isMatch ? params : undefined;
}

/** @param {string} segment */
function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/**
 * Returns the response for an error: a refusal by the platform, or an exception in a responder of the test.
 *
 * @param {unknown} error
 */
function refusal(error) {
  if (error instanceof PlatformError) return error.answer;
  // The response includes the exception, so that the test sees the cause in the client's error.
  const description = String(error);
  return new PlatformError(500, 'internal_server_error', description).answer;
}

/**
 * Sends a response, after its delay and with its fault if it has any.
 *
 * @param {import('http').ServerResponse} response
 * @param {PlatformResponse} answer
 * @param {Promise<false>} gone settles when the response is closed
 * @param {import('net').Socket} connection the TCP socket below TLS
 */
async function send(response, answer, gone, connection) {
  const { status = 200, headers = {}, body, delay = 0, fault } = answer;
  const bytes = bytesOf(body);
  if (delay > 0 && !(await elapsed(delay, gone))) return;

  if (fault === 'reset') {
    // Node has this method from 16.17 on. Older versions close the connection, which a client reports as ECONNRESET as well.
    if (connection.resetAndDestroy) connection.resetAndDestroy();
    else connection.destroy();
    return;
  }
  if (fault === 'malformed') {
    response.socket?.end('This is no HTTP.\r\n\r\n');
    return;
  }

  response.statusCode = status;
  if (isJson(body)) response.setHeader('Content-Type', 'application/json');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (fault === 'truncated') {
    response.setHeader('Content-Length', bytes.length + 1);
    response.setHeader('Connection', 'close');
  } else if (fault !== undefined) {
    const given = inspect(fault, { depth: -1 });
    throw new TypeError(
      `Expected \`fault\` as 'reset', 'malformed' or 'truncated', but got ${given}`,
    );
  }
  response.end(bytes);
}

/**
 * Waits for `delay` milliseconds. Resolves to false if the client disconnects earlier.
 *
 * @param {number} delay
 * @param {Promise<false>} gone
 */
async function elapsed(delay, gone) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const wait = new Promise((resolve) => {
    timer = setTimeout(resolve, Math.min(delay, LONGEST_DELAY), true);
  });
  try {
    return await Promise.race([wait, gone]);
  } finally {
    if (timer) clearTimeout(timer);
  }
}

/** @param {any} body */
const isJson = (body) => body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body);

/** @param {any} body */
const bytesOf = (body) => Buffer.from(isJson(body) ? JSON.stringify(body) : body || '');

/** @param {import('http').IncomingMessage} message */
async function text(message) {
  const chunks = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
