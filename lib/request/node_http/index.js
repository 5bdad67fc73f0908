'use strict';

// Sends requests by Node's own client, for programs whose tests stand in it.

const { isIntercepted } = require('./interceptors');
const { adopt } = require('../response');

/**
 * @param {import('../../../binding').Step} step
 * @param {string | undefined} body
 * @param {string | undefined} ca
 * @param {any} given headers of the caller, by name
 */
exports.send = (step, body, ca, given) => {
  // Looked up for each request, as what stands in Node's client comes and goes.
  const { request } = require('https');
  const { method, hostname, port, path, hasBody } = step;
  const headers = headersOf(step, given);
  // A message has one framing (RFC 9112, section 6.2): a caller may have asked for chunks.
  if (hasBody && body !== undefined && !('transfer-encoding' in headers)) {
    headers['content-length'] = Buffer.byteLength(body);
  }
  /** @type {any} */
  const options = { method, hostname, port, path, headers };
  if (ca !== undefined) {
    options.ca = ca;
  }
  if (step.proxy) {
    const { tunnelAgent } = require('./tunnel_agent');
    options.agent = tunnelAgent(step.proxy, step.proxyAuthorization);
  }
  /** @type {import('http').ClientRequest | undefined} */
  let sent;
  const promise = new Promise((resolve, reject) => {
    sent = request(options);
    // Also after the answer, where nobody else would listen.
    sent.on('error', reject);
    sent.on('response', (response) => resolve(answerOf(response)));
    // A change of protocol is no answer.
    sent.on('close', () => reject(hangUp('socket hang up')));
    sent.end(hasBody ? body : undefined);
  });
  // One that has ended is not disturbed: its connection may be in use for another.
  let isAnswered = false;
  const settled = () => {
    isAnswered = true;
  };
  promise.then(settled, settled);
  return { promise, cancel: () => !isAnswered && sent?.destroy() };
};

/**
 * The headers of a request as Node's client takes them. It adds `Connection` itself. An interceptor gets neither `Accept` nor a
 * `Content-Type` of ours: the original sends none, and tests that were written over it get a body as text, which
 * interceptors parse where they are told that it is JSON.
 * @param {import('../../../binding').Step} step
 * @param {any} given
 */
function headersOf({ headers: lines, origin }, given) {
  const names = new Set(Object.keys(given).map((name) => name.toLowerCase()));
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
  }
  return Object.fromEntries(headers);
}

/** @param {import('http').IncomingMessage} response */
function answerOf(response) {
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
    const promise = new Promise((resolve, reject) => {
      response.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
      response.on('end', () => {
        isRead = true;
        resolve(adopt(response, Buffer.concat(chunks).toString()));
      });
      response.on('error', reject);
      response.on('close', () => reject(hangUp('aborted')));
    });
    return { promise, cancel: leave };
  };
  return { response, read, leave };
}

/** @param {string} message */
function hangUp(message) {
  return Object.assign(new Error(message), { code: 'ECONNRESET' });
}
