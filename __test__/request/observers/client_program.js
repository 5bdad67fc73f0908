'use strict';

// Makes calls of every kind, by one of three transports: natively, watched by observers, or through Node's own client. Prints the
// outcome of each call, the requests that the platform received, and the messages of the tracing channel.

const diagnostics = require('node:diagnostics_channel');

const { Instance } = require('../../..');
const native = require('../../../lib/binding');
const { createPlatform } = require('../../../testing');
const { IDENTITY, optionsOf } = require('../../support/local');

const transport = process.argv[2];
if (transport === 'watched') {
  for (const name of ['request:create', 'request:headers', 'request:trailers', 'request:error']) {
    diagnostics.subscribe(`undici:${name}`, () => {});
  }
}

const RETRY = { limit: 2, maxDelay: 20 };

/** @type {Array<[options: any, before?: (platform: any) => any]>} */
const CALLS = [
  [{ method: 'GET', path: 'good', qs: { a: [1, 'é'] } }],
  [{ method: 'POST', path: 'good', body: { a: 'é' } }],
  [{ method: 'PUT', path: 'good', body: null, headers: { 'Content-Type': 'text/plain' } }],
  [{ method: 'DELETE', path: 'good', headers: { 'X-A': ['1', '2'], Cookie: ['a=1', 'b=2'] } }],
  [{ method: 'POST', path: 'good', body: { a: 1 }, headers: { 'Transfer-Encoding': 'chunked' } }],
  [{ method: 'POST', path: 'good', body: { a: 'a'.repeat(40_000) } }],
  [{ method: 'GET', path: 'empty' }],
  [{ method: 'GET', path: 'bad' }],
  [{ method: 'GET', path: 'unreadable' }],
  [{ method: 'GET', path: 'moved' }],
  [{ method: 'POST', path: 'moved', body: {} }],
  [{ method: 'GET', path: 'moved/again', retry: RETRY }],
  [{ method: 'GET', path: 'moved/huge' }],
  [{ method: 'GET', path: 'round' }],
  [{ method: 'GET', path: 'to/http' }],
  [{ method: 'GET', path: 'to/nowhere' }],
  [{ method: 'GET', path: 'broken' }, uncounted],
  [{ method: 'GET', path: 'broken', retry: RETRY }, uncounted],
  [{ method: 'POST', path: 'broken', body: {}, retry: RETRY }],
  [{ method: 'GET', path: 'truncated' }],
  [{ method: 'GET', path: 'truncated', retry: 1 }],
  [{ method: 'GET', path: 'busy', retry: RETRY }],
  [{ method: 'GET', path: 'busy/long', retry: RETRY }],
  [{ method: 'GET', path: 'slow', timeout: 30 }, uncounted],
  [{ method: 'GET', path: 'slow', timeout: 30, retry: RETRY }, uncounted],
  [{ method: 'GET', path: 'busy', timeout: 40, retry: { limit: 1000, maxDelay: 1 } }, uncounted],
  [{ method: 'GET', path: 'slow' }, aborting('a reason')],
  [{ method: 'GET', path: 'slow', retry: RETRY }, aborting(undefined)],
  [{ method: 'GET', path: 'good' }, (options) => ({ ...options, signal: AbortSignal.abort(null) })],
  [{ method: 'GET', path: 'a\nb' }],
  [{ method: 'GET', path: 'good', headers: { 'X A': '1' } }],
  [{ method: 'a b', path: 'good' }],
  [{ method: 'HEAD', path: 'good', body: {} }],
  [{ method: 'GET', path: 'good', timeout: -1 }],
];

function aborting(reason) {
  return (options, platform) => {
    const controller = new AbortController();
    const arrived = () => platform.requests.filter(({ headers }) => 'x-awaited' in headers).length;
    const count = arrived();
    const check = setInterval(() => {
      if (arrived() > count) {
        clearInterval(check);
        controller.abort(reason);
      }
    });
    return { ...options, headers: { 'X-Awaited': '1' }, signal: controller.signal };
  };
}

// Whether the request arrives in that time, and how often it is retried, varies. Node's client sends a request again only if its
// connection had served before, which varies as well, while the native transport always does.
function uncounted(options) {
  return { ...options, headers: { 'X-Uncounted': '1' } };
}

async function main() {
  const platform = await createPlatform(IDENTITY);
  prepare(platform);
  const instance = new Instance(optionsOf(platform));
  const { token: jwt } = instance.generateAccessToken({ su: true });
  const dead = new Instance(optionsOf({ ...platform, port: 1 }));
  const untrusted = new Instance(optionsOf(platform, { ca: undefined }));
  const sends = sendsOf();
  const transports = {};
  const messages = [];
  diagnostics.tracingChannel('pusher-platform:request').subscribe({
    asyncEnd({ method, path, url, status, attempt, headers, error }) {
      const address = url?.replace(/:\d+/, '');
      // How far a call comes before its timeout varies.
      const rest = [address, status, attempt, headers?.['content-type']];
      messages.push([method, path, ...(error?.code === 'ETIMEDOUT' ? [] : rest)]);
    },
  });
  const outcomes = [];
  const make = async (from, options) => {
    outcomes.push(await outcomeOf(() => from.request(options)));
    const transport = [...new Set(sends.splice(0))].join();
    if (transport) transports[transport] = (transports[transport] ?? 0) + 1;
  };
  for (const [options, before] of CALLS) {
    const given = before ? before(options, platform) : options;
    await make(instance, { ...given, jwt });
  }
  await make(dead, { method: 'GET', path: 'good', retry: RETRY });
  await make(untrusted, { method: 'GET', path: 'good' });
  const requests = platform.requests.map(asked).filter(Boolean);
  const port = new RegExp(`:${platform.port}`, 'g');
  const text = JSON.stringify({ outcomes, requests, messages, transports });
  process.stdout.write(text.replace(port, ''));
  await platform.close();
}

function prepare(platform) {
  for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
    platform.on(method, 'good', { body: 'é', headers: { 'Set-Cookie': ['a=1', 'b=2'] } });
  }
  platform.on('GET', 'empty', { status: 204 });
  platform.on('GET', 'bad', { status: 400, body: { error: 'bad', error_description: 'Bad' } });
  platform.on('GET', 'unreadable', { status: 500, body: 'no' });
  for (const method of ['GET', 'POST']) {
    platform.on(method, 'moved', { status: 302, headers: { location: 'good?b=1' } });
  }
  platform.on('GET', 'moved/again', { status: 307, headers: { location: '../busy' } });
  const huge = 'a'.repeat(17_000);
  platform.on('GET', 'moved/huge', {
    status: 302,
    headers: { location: '../good', 'X-Huge': huge },
  });
  platform.on('GET', 'round', { status: 301, headers: { location: 'round' } });
  platform.on('GET', 'to/http', { status: 302, headers: { location: 'http://127.0.0.1/a' } });
  platform.on('GET', 'to/nowhere', { status: 302, headers: { location: 'ftp://127.0.0.1/a' } });
  for (const method of ['GET', 'POST']) platform.on(method, 'broken', { fault: 'reset' });
  platform.on('GET', 'truncated', { fault: 'truncated' });
  platform.on('GET', 'busy', {
    status: 503,
    headers: { 'Retry-After': '0' },
    body: { error: 'a' },
  });
  platform.on('GET', 'busy/long', { status: 503, headers: { 'Retry-After': '9' }, body: {} });
  platform.on('GET', 'slow', { delay: 60_000, body: '' });
}

/** Returns a list to which the transport of each request is added when the request is sent. */
function sendsOf() {
  const sends = [];
  // A replaced `https.request` would change the transport.
  diagnostics.subscribe('http.client.request.start', () => sends.push('node'));
  const { send, Exchange } = native;
  native.send = (...args) => {
    sends.push('native');
    return send(...args);
  };
  const { send: sendOne } = Exchange.prototype;
  Exchange.prototype.send = function (...args) {
    sends.push('watched');
    return sendOne.apply(this, args);
  };
  return sends;
}

async function outcomeOf(make) {
  try {
    const response = await make();
    let read = '';
    for await (const chunk of response) read += chunk;
    const { statusCode, statusMessage, body, httpVersion, complete } = response;
    return {
      statusCode,
      statusMessage,
      body,
      read,
      headers: shown(response),
      httpVersion,
      complete,
    };
  } catch (error) {
    if (error === null || typeof error !== 'object') return { error };
    // The properties that only Node's own parser adds are left out.
    const { headers, rawPacket: _packet, bytesParsed: _bytes, reason: _reason, ...own } = error;
    // How many attempts fit into the time of a call varies.
    if (own.code === 'ETIMEDOUT') delete own.attempts;
    // The name and the message of an Error are not enumerable own properties, so they are copied by name.
    const { name, message } = error;
    return { ...own, ...(headers && { headers: shown({ headers }) }), name, message };
  }
}

function shown({ headers }) {
  const { date: _date, ...rest } = headers;
  return rest;
}

function asked({ method, path, query, headers, body }) {
  if ('x-uncounted' in headers) return undefined;
  const { authorization, host: _host, ...rest } = headers;
  return { method, path, query, body, isAuthorized: authorization !== undefined, headers: rest };
}

main();
