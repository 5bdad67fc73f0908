'use strict';

// Compares the messages for our requests on undici's diagnostics channels with those that undici publishes for its own.

const assert = require('node:assert/strict');
const diagnostics = require('node:diagnostics_channel');
const http = require('node:http');
const { after, before, test } = require('node:test');
const { inspect } = require('node:util');

const { Agent, interceptors } = require('undici');

const { createPlatform } = require('pusher-platform-native/testing');
const { Instance } = require('../../..');
const { run } = require('../../support/child');
const { IDENTITY, optionsOf } = require('../../support/local');

const NAMES = [
  'request:create',
  'client:sendHeaders',
  'request:bodyChunkSent',
  'request:bodySent',
  'request:headers',
  'request:bodyChunkReceived',
  'request:trailers',
  'request:error',
];

let platform;
let instance;
let jwt;
let agent;

before(async () => {
  platform = await createPlatform(IDENTITY);
  instance = new Instance(optionsOf(platform));
  jwt = instance.generateAccessToken({ su: true }).token;
  agent = new Agent({ connect: { ca: platform.ca } }).compose(
    interceptors.redirect({ maxRedirections: 10 }),
    interceptors.retry({ maxRetries: 1, minTimeout: 1, statusCodes: [503], methods: ['PUT'] }),
  );
  platform.on('GET', 'good', { body: 'here', headers: { 'Set-Cookie': 'session=cookie-secret' } });
  platform.on('POST', 'good', { body: '' });
  platform.on('GET', 'bad', { status: 400, body: { error: 'bad' } });
  platform.on('GET', 'moved', { status: 302, headers: { location: 'good?y=2' } });
  platform.on('GET', 'broken', { fault: 'reset' });
  platform.on('GET', 'truncated', { fault: 'truncated' });
});

after(async () => {
  await agent.close();
  await platform.close();
});

/** Returns the messages that are published while `work` runs; `onCreate` is called with each request first. */
async function published(work, onCreate = () => {}) {
  const seen = [];
  const listeners = NAMES.map((name) => [
    `undici:${name}`,
    (message) => {
      if (name === 'request:create') onCreate(message.request);
      // A socket loses the address of its peer when it is closed.
      const { remoteAddress, remotePort } = message.socket || {};
      seen.push({ name, ...message, peer: remoteAddress && `${remoteAddress}:${remotePort}` });
    },
  ]);
  for (const [name, listener] of listeners) diagnostics.subscribe(name, listener);
  try {
    await work();
  } finally {
    for (const [name, listener] of listeners) diagnostics.unsubscribe(name, listener);
  }
  return seen;
}

const byOurs = (options) => instance.request({ ...options, jwt }).catch(() => {});

async function byUndici({ method, path, body, qs }) {
  const query = qs ? `?${new URLSearchParams(qs)}` : '';
  const headers = { authorization: `Bearer ${jwt}`, 'x-a': 'b' };
  const whole = {
    origin: `https://${platform.host}:${platform.port}`,
    path: `/services/feeds/v1/an-instance/${path}${query}`,
    method,
    headers: body ? { ...headers, 'content-type': 'application/json' } : headers,
    body: body && JSON.stringify(body),
  };
  try {
    await (await agent.request(whole)).body.text();
  } catch {
    // The error is published on the channel.
  }
}

/** Returns the parts of messages that tools read: undici's own messages contain much more. */
function told(seen) {
  const requests = [...new Set(seen.map(({ request }) => request))];
  return seen.map(({ name, request, response, error, chunk, peer }) => ({
    name,
    request: requests.indexOf(request),
    address: `${request.method} ${request.origin}${request.path}`,
    hasBody: request.body !== null,
    status: response?.statusCode,
    statusText: response?.statusText,
    isRaw: response?.headers.every(Buffer.isBuffer),
    length: response && valueIn(response.headers, 'content-length'),
    isError: error && error instanceof Error && typeof error.code === 'string',
    chunk: chunk && String(chunk),
    peer,
  }));
}

function valueIn(lines, name) {
  const index = lines.findIndex((line, at) => at % 2 === 0 && String(line).toLowerCase() === name);
  return index < 0 ? undefined : String(lines[index + 1]);
}

for (const call of [
  { method: 'GET', path: 'good', qs: { x: '1' } },
  { method: 'POST', path: 'good', body: { a: 'é' } },
  { method: 'GET', path: 'bad' },
  { method: 'GET', path: 'moved' },
  { method: 'GET', path: 'broken' },
  { method: 'GET', path: 'truncated' },
]) {
  test(`${call.method} ${call.path} is told as undici tells its own`, async () => {
    const ours = told(await published(() => byOurs(call)));
    const theirs = told(await published(() => byUndici(call)));
    // If a request fails before its response, the native transport does not know how far it came. It also reads a body in one
    // piece.
    const known = ({ name }) => call.path !== 'broken' || /create|error/.test(name);
    const whole = ({ name }) => call.path !== 'truncated' || name !== 'request:bodyChunkReceived';
    assert.deepEqual(ours.filter(whole), theirs.filter(known).filter(whole));
    assert.ok(ours.length >= 2);
  });
}

test('each attempt is a request of its own', async () => {
  const options = { method: 'PUT', path: 'good', retry: { limit: 1, maxDelay: 1 } };
  const twice = (call) => {
    for (const body of ['{"error":"busy"}', '{}']) {
      platform.respond({ status: body === '{}' ? 200 : 503, body });
    }
    return published(call);
  };
  const ours = told(await twice(() => byOurs(options)));
  const theirs = told(await twice(() => byUndici(options)));
  const requests = (seen) => seen.map(({ name, request, status }) => [name, request, status]);
  // undici does not read the body of a response that it retries.
  const isRead = ([name, request]) => request === 1 || /create|headers|sendHeaders/.test(name);
  assert.deepEqual(requests(ours).filter(isRead), requests(theirs).filter(isRead));
  assert.equal(new Set(ours.map(({ request }) => request)).size, 2);
});

test('no token, cookie or credentials are told', async () => {
  const secrets = { Cookie: 'a=cookie-secret', 'Proxy-Authorization': 'Basic proxy-secret' };
  const seen = await published(() =>
    instance.request({ method: 'GET', path: 'moved', jwt, headers: secrets }),
  );
  const messages = seen.map((message) => [
    message,
    message.response?.headers.map(String),
    message.headers && String(message.headers),
  ]);
  const text = inspect(messages, { depth: 20, showHidden: true, maxArrayLength: null });
  assert.ok(text.includes('x-sdk-product') && text.includes('content-length'));
  for (const secret of [jwt, 'cookie-secret', 'proxy-secret']) assert.ok(!text.includes(secret));
});

test('what listeners add is on the wire, for each request its own', async () => {
  const before = platform.requests.length;
  let count = 0;
  await published(
    () => instance.request({ method: 'GET', path: 'moved', jwt, headers: { 'X-Own': 'mine' } }),
    (request) => {
      count += 1;
      assert.equal(request.addHeader('traceparent', `parent-${count}`), request);
      request.addHeader('X-OWN', 'theirs');
      request.addHeader('Authorization', 'theirs');
      // Sentry merges values into the list of headers.
      request.headers.push('baggage', `a=${count}`);
      // These are invalid as header names and values.
      request.headers.push('x bad', 'a', 'x-bad', 'a\nb');
    },
  );
  const sent = platform.requests.slice(before).map(({ headers }) => headers);
  assert.deepEqual(
    sent.map((headers) => [headers.traceparent, headers.baggage, headers['x-own']]),
    [
      ['parent-1', 'a=1', 'mine'],
      ['parent-2', 'a=2', 'mine'],
    ],
  );
  for (const headers of sent) {
    assert.equal(headers.authorization, `Bearer ${jwt}`);
    assert.ok(!('x-bad' in headers));
  }
});

test('no listener can break the request that it looks at', async () => {
  const names = ['Host', 'Content-Length', 'Transfer-Encoding', 'Connection', 'Expect', 'Upgrade'];
  const count = platform.requests.length;
  const call = { method: 'POST', path: 'good', jwt, body: { a: 1 }, timeout: 5000 };
  await instance.request(call);
  await published(
    () => instance.request(call),
    (request) => {
      for (const name of names) {
        request.addHeader(name, '1');
        request.headers.push(name, '1');
      }
    },
  );
  await published(
    () => instance.request(call),
    (request) => {
      request.headers = undefined;
    },
  );
  const [before, ...watched] = platform.requests.slice(count);
  assert.equal(watched.length, 2);
  for (const { headers, body } of watched) {
    assert.deepEqual(headers, before.headers);
    assert.deepEqual(body, before.body);
  }
});

test('what no header may hold is refused as Node refuses it', async () => {
  const refusals = [];
  const given = [
    ['x a', 'b'],
    ['', 'b'],
    ['x-a', 'b\n'],
    ['x-a', 'b\u0100'],
    ['x-a', undefined],
  ];
  await published(
    () => instance.request({ method: 'GET', path: 'good', jwt }),
    (request) => {
      for (const [name, value] of given) {
        refusals.push([
          refusal(() => request.addHeader(name, value)),
          refusal(() => node(name, value)),
        ]);
      }
    },
  );
  assert.equal(refusals.length, given.length);
  for (const [ours, nodes] of refusals) {
    assert.ok(nodes);
    assert.equal(ours, nodes);
  }
});

function node(name, value) {
  new http.OutgoingMessage().setHeader(name, value);
}

function refusal(work) {
  try {
    work();
    return undefined;
  } catch (error) {
    return `${error.code} ${error.message}`;
  }
}

test('a signal is told as undici tells it, whatever its reason', async () => {
  platform.on('GET', 'slow', { delay: 60_000 });
  for (const reason of [undefined, null, 'because', new TypeError('because')]) {
    const controller = new AbortController();
    const seen = await published(async () => {
      const call = instance.request({
        method: 'GET',
        path: 'slow',
        jwt,
        signal: controller.signal,
      });
      setImmediate(() => controller.abort(reason));
      await call.catch(() => {});
    });
    const { name, error } = seen.at(-1);
    assert.equal(name, 'request:error');
    assert.equal(typeof error.message, 'string');
    assert.equal(error.name, reason instanceof TypeError ? 'TypeError' : 'AbortError');
  }
});

test('a listener that throws disturbs no request', async () => {
  const program = `
    const diagnostics = require('diagnostics_channel');
    const { Instance, SDKInfo } = require('./index.js');
    const options = ${JSON.stringify(optionsOf(platform))};
    const instance = new Instance({ ...options, sdkInfo: new SDKInfo(options.sdkInfo) });
    const jwt = instance.generateAccessToken({ su: true }).token;
    const thrown = [];
    process.on('uncaughtException', ({ message }) => thrown.push(message));
    const names = ${JSON.stringify(NAMES)};
    for (const name of names) {
      diagnostics.subscribe('undici:' + name, () => { throw new Error(name); });
    }
    diagnostics.tracingChannel('pusher-platform:request').subscribe({
      start() { throw new Error('start'); },
      asyncEnd() { throw new Error('asyncEnd'); },
    });
    instance.request({ method: 'GET', path: 'good', jwt }).then(({ body }) => {
      setImmediate(() => console.log(JSON.stringify([body, thrown])));
    });
  `;
  const { json } = await run(program);
  const [body, thrown] = json;
  assert.equal(body, 'here');
  const expected = NAMES.filter((name) => !/bodyChunkSent|error/.test(name));
  assert.deepEqual(thrown.sort(), ['asyncEnd', 'start', ...expected].sort());
});
