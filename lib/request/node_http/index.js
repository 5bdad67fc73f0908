'use strict';

// Sends requests through Node's own client, which is the definition of what is not ordinary.

const { connectsItself, isIntercepted } = require('../choice.js');
const { agentFor, leaveTunnel, newAgent } = require('./agents.js');
const { copyOf, tooLong } = require('../response.js');
// The size is read for each response, since tests change it.
const limits = require('../response.js');

// Promises are made by the class that is there when the package is loaded. A program may replace it by one that has less.
const OwnPromise = Promise;

/**
 * Sends one request.
 * @param {import('../exchange').Step} step
 * @param {string | undefined} body
 * @param {{ ca?: string, rejectUnauthorized?: boolean }} trust the options of TLS when the call was made
 * @param {any} callerHeaders by name
 */
exports.send = (step, body, trust, callerHeaders) => {
  // The function is looked up for each request, since interceptors replace and restore it.
  const { request } = require('https');
  const { method, hostname, port, path, hasBody } = step;
  const headers = headersOf(step, callerHeaders);
  // A message has only one framing (RFC 9112, section 6.2), and the caller may have set `Transfer-Encoding`.
  if (hasBody && body !== undefined && !('transfer-encoding' in headers)) {
    headers['content-length'] = Buffer.byteLength(body);
  }
  // The headers have a `Host`, which may be empty.
  /** @type {any} */
  const options = { method, hostname, port: String(port), path, headers, setHost: false };
  for (const [name, value] of Object.entries(trust)) {
    if (value !== undefined) {
      options[name] = value;
    }
  }
  // A program that makes its connections itself sees each request that the original would send.
  const isOfProgram = connectsItself();
  options.agent = agentFor(step);
  /** @type {import('http').ClientRequest | undefined} */
  let sent;
  const attempt = () =>
    new OwnPromise((resolve, reject) => {
      const current = request(options);
      sent = current;
      // The listener stays after the response, when there may be no other listener for an error.
      current.on('error', reject);
      current.on('response', (response) => resolve(readerOf(response)));
      // A change of protocol closes the request without a response.
      current.on('close', () => reject(hangUp('socket hang up')));
      current.end(hasBody ? body : undefined);
    });
  // A request that has ended is not destroyed, since its connection may already be in use for another request.
  let isSettled = false;
  const promise = attempt()
    .catch((error) => {
      // The server may have closed the kept connection at that moment (RFC 9112, section 9.3.1).
      const isStale = sent?.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error?.code);
      if (isSettled || isOfProgram || !isStale || !step.isIdempotent) {
        throw error;
      }
      // Another kept connection might be closed as well.
      options.agent = newAgent(step.proxy, step.proxyAuthorization);
      return attempt();
    })
    .finally(() => {
      isSettled = true;
    });
  const cancel = () => {
    if (!isSettled) {
      isSettled = true;
      if (sent !== undefined) {
        sent.destroy();
        leaveTunnel(sent);
      }
    }
  };
  return { promise, cancel };
};

/**
 * Returns the headers of a request as Node's client takes them. The client adds `Connection` itself. An interceptor receives
 * neither the `Accept` nor the `Content-Type` header that this package adds: the original sends neither, and tests that were
 * written for it expect the body as text, which interceptors parse if its type is JSON.
 * @param {import('../exchange').Step} step
 * @param {any} callerHeaders
 */
function headersOf({ headers: lines, origin }, callerHeaders) {
  const names = new Map(Object.keys(callerHeaders).map((name) => [name.toLowerCase(), name]));
  const left = isIntercepted() ? ['connection', 'content-type'] : ['connection'];
  /** @type {Map<string, any>} */
  const headers = new Map(isIntercepted() ? [] : [['accept', '*/*']]);
  const seen = new Set();
  for (let index = 0; index < lines.length; index += 2) {
    const [name, value] = lines.slice(index, index + 2);
    if (names.has(name) || !left.includes(name)) {
      headers.set(name, seen.has(name) ? [headers.get(name), value].flat() : value);
      seen.add(name);
    }
  }
  if (!headers.has('host')) {
    headers.set('host', origin.slice('https://'.length));
  } else if (Array.isArray(callerHeaders[/** @type {string} */ (names.get('host'))])) {
    // Node refuses a list, also one of a single host.
    headers.set('host', [headers.get('host')].flat());
  }
  return Object.fromEntries(headers);
}

/**
 * Returns a response together with the functions that read it or close its connection.
 * @param {import('http').IncomingMessage} response
 */
function readerOf(response) {
  let isRead = false;
  const leave = () => {
    if (!isRead) {
      response.on('error', () => {});
      response.destroy();
    }
  };
  const read = () => {
    /** @type {Buffer[]} */
    const chunks = [];
    let size = 0;
    const promise = new OwnPromise((resolve, reject) => {
      response.on('data', (chunk) => {
        const bytes = Buffer.from(chunk);
        size += bytes.length;
        if (size > limits.maxBodySize) {
          reject(tooLong());
          leave();
          return;
        }
        chunks.push(bytes);
      });
      response.on('end', () => {
        isRead = true;
        resolve(undefined);
      });
      response.on('error', reject);
      response.on('close', () => reject(hangUp('aborted')));
    }).then(() => copyOf(response, Buffer.concat(chunks).toString()));
    return { promise, cancel: leave };
  };
  return { response, read, leave };
}

/** @param {string} message */
function hangUp(message) {
  return Object.assign(new Error(message), { code: 'ECONNRESET' });
}
