'use strict';

// Sends requests by Node's own client, for programs whose tests stand in it.

const { isIntercepted } = require('./interceptors');
const { made } = require('./response');

/**
 * @param {import('../binding').Step} step
 * @param {string | undefined} body
 * @param {string | undefined} ca
 * @param {any} given headers of the caller, by name
 */
exports.send = (step, body, ca, given) => {
  // Looked up for each request, as what stands in Node's client comes and goes.
  const { request } = require('https');
  const { method, hostname, port, path, hasBody } = step;
  const headers = headersOf(step, given);
  if (hasBody && body !== undefined) {
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
 * The headers of a request as Node's client takes them. Of those that the native transport adds, it adds `Connection` itself.
 * An interceptor gets no `Content-Type` either: the original sends none, and tests that were written over it get a body as
 * text, which interceptors parse where they are told that it is JSON.
 * @param {import('../binding').Step} step
 * @param {any} given
 */
function headersOf({ headers: lines, origin }, given) {
  const names = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  const left = isIntercepted() ? ['connection', 'content-type'] : ['connection'];
  /** @type {any} */
  const headers = {};
  for (let index = 0; index < lines.length; index += 2) {
    const [name, value] = lines.slice(index, index + 2);
    if (!left.includes(name) || names.has(name)) {
      headers[name] =
        name in headers ? [].concat(headers[name], /** @type {any} */ (value)) : value;
    }
  }
  headers.host = headers.host || new URL(origin).host;
  return headers;
}

/** @param {import('http').IncomingMessage} response */
function answerOf(response) {
  /** @param {string} body */
  const withBody = (body) => {
    const { statusCode, statusMessage, httpVersionMinor, rawHeaders, rawTrailers } = response;
    const trailers = response.complete ? rawTrailers || [] : [];
    return made(
      Number(statusCode),
      httpVersionMinor,
      /** @type {any} */ (statusMessage),
      rawHeaders,
      trailers,
      body,
    );
  };
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
        resolve(withBody(Buffer.concat(chunks).toString()));
      });
      response.on('error', reject);
      response.on('aborted', () =>
        reject(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })),
      );
    });
    return { promise, cancel: leave };
  };
  return { response: withBody(''), read, leave };
}
