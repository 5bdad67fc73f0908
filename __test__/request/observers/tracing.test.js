'use strict';

// Tests what this package documents about the tracing channel and NODE_DEBUG.

const assert = require('node:assert/strict');
const { AsyncLocalStorage } = require('node:async_hooks');
const { subscribe, tracingChannel, unsubscribe } = require('node:diagnostics_channel');
const { OutgoingMessage } = require('node:http');
const { after, before, test } = require('node:test');

const { createPlatform } = require('pusher-platform-native/testing');
const { Instance } = require('../../..');
const { run } = require('../../support/child');
const { IDENTITY, optionsOf } = require('../../support/local');
const { original: originals } = require('../../support/packages');

let platform;
let instance;
let jwt;

before(async () => {
  platform = await createPlatform(IDENTITY);
  instance = new Instance(optionsOf(platform));
  jwt = instance.generateAccessToken({ su: true }).token;
  platform.on('GET', 'good', { body: 'here', headers: { 'Set-Cookie': 'a=1' } });
  platform.on('GET', 'bad', { status: 400, body: { error: 'bad', error_description: 'Bad' } });
  platform.on('GET', 'broken', { fault: 'reset' });
});

after(() => platform.close());

/** Returns the events that are published while `work` runs: their names, with copies of their messages. */
async function published(work) {
  const seen = [];
  const listener = (name) => (message) => seen.push({ name, ...message });
  const names = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];
  const subscribers = Object.fromEntries(names.map((name) => [name, listener(name)]));
  const channel = tracingChannel('pusher-platform:request');
  channel.subscribe(subscribers);
  try {
    await work();
  } finally {
    channel.unsubscribe(subscribers);
  }
  return seen;
}

test('a request that succeeds is told from start to end', async () => {
  let response;
  const seen = await published(async () => {
    response = await instance.request({ method: 'GET', path: '/good//', qs: { a: 1 }, jwt });
  });
  const origin = `https://${platform.host}:${platform.port}`;
  const url = `${origin}/services/feeds/v1/an-instance/good`;
  const asked = { method: 'GET', path: '/good//', origin, url, attempt: 1 };
  const { 'set-cookie': cookies, ...headers } = response.headers;
  assert.deepEqual(cookies, ['a=1']);
  const answered = { ...asked, status: 200, headers, result: response };
  assert.deepEqual(seen, [
    { name: 'start', ...asked },
    { name: 'end', ...asked },
    { name: 'asyncStart', ...answered },
    { name: 'asyncEnd', ...answered },
  ]);
  assert.equal(response.body, 'here');
});

test('a refusal and a failure are told as errors, with the number of attempts', async () => {
  for (const [path, status, attempt] of [
    ['bad', 400, 1],
    ['broken', undefined, 3],
  ]) {
    let error;
    const seen = await published(async () => {
      error = await instance.request({ method: 'GET', path, jwt, retry: 2 }).catch((it) => it);
    });
    assert.deepEqual(
      seen.map(({ name }) => name),
      ['start', 'end', 'error', 'asyncStart', 'asyncEnd'],
    );
    const { origin, url, headers, ...last } = seen.at(-1);
    assert.deepEqual(last, {
      name: 'asyncEnd',
      method: 'GET',
      path,
      attempt,
      error,
      ...(status && { status }),
    });
    assert.equal(url, `${origin}/services/feeds/v1/an-instance/${path}`);
    assert.deepEqual(headers, error.headers);
  }
});

test('its events are those of tracePromise over the original', async (t) => {
  const original = new originals.Instance(optionsOf(platform));
  const nodes = tracingChannel('a-test');
  const byNode = (options) => nodes.tracePromise(() => original.request(options), {});
  // The original does not have the option `ca`.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  t.after(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED);
  const options = (path) => [
    { method: 'GET', path, jwt },
    { method: 'GET', path: Symbol('thrown at once'), jwt },
  ];
  for (const call of ['good', 'bad', 'broken'].flatMap(options)) {
    const ours = await told(tracingChannel('pusher-platform:request'), () =>
      instance.request(call),
    );
    assert.deepEqual(ours, await told(nodes, () => byNode(call)));
    assert.equal(ours[0][0], 'start');
  }
});

/**
 * Returns the events of a call in order, with their contents and their async contexts, and the points at which the call returns
 * and settles.
 */
async function told(channel, call) {
  const seen = [];
  const storage = new AsyncLocalStorage();
  const at = (name) => (message) =>
    seen.push([name, storage.getStore(), 'result' in message, kindOf(message.error)]);
  const names = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'];
  const subscribers = Object.fromEntries(names.map((name) => [name, at(name)]));
  channel.start.bindStore(storage, () => 'the store');
  channel.subscribe(subscribers);
  try {
    const promise = call();
    seen.push(['returned', storage.getStore()]);
    await promise;
    seen.push(['resolved', storage.getStore()]);
  } catch (error) {
    seen.push(['failed', storage.getStore(), kindOf(error)]);
  } finally {
    channel.unsubscribe(subscribers);
    channel.start.unbindStore(storage);
  }
  return seen;
}

function kindOf(error) {
  return error && [error.constructor.name, error.code, error.status];
}

test('a call that nothing can be told of fails as it does unseen', async () => {
  const refused = (options) => {
    try {
      return instance.request(options);
    } catch (error) {
      return `${error}`;
    }
  };
  for (const options of [undefined, null]) {
    const unseen = refused(options);
    let seen;
    await published(async () => {
      seen = refused(options);
    });
    assert.match(unseen, /^TypeError: /);
    assert.equal(seen, unseen);
  }
});

test('a header that is added at the start is sent', async () => {
  const channel = tracingChannel('pusher-platform:request');
  const late = [];
  const refusals = [];
  const subscribers = {
    start(message) {
      message.addHeader('traceparent', 'parent');
      message.addHeader('X-Own', 'theirs');
      message.addHeader('authorization', 'theirs');
      for (const name of ['Host', 'Content-Length', 'Transfer-Encoding']) {
        message.addHeader(name, '1');
      }
      for (const [name, value] of [
        ['x a', 'b'],
        ['x-a', 'b\n'],
        ['x-a', undefined],
      ]) {
        const nodes = () => new OutgoingMessage().setHeader(name, value);
        refusals.push([() => message.addHeader(name, value), nodes].map(refusal));
      }
    },
    asyncEnd: (message) => late.push(refusal(() => message.addHeader('x-late', 'b'))),
  };
  channel.subscribe(subscribers);
  try {
    await instance.request({ method: 'GET', path: 'good', jwt, headers: { 'x-own': 'mine' } });
  } finally {
    channel.unsubscribe(subscribers);
  }
  const { headers } = platform.requests.at(-1);
  assert.equal(headers.traceparent, 'parent');
  assert.equal(headers['x-own'], 'mine');
  assert.equal(headers.authorization, `Bearer ${jwt}`);
  assert.equal(headers.host, `${platform.host}:${platform.port}`);
  assert.ok(!('content-length' in headers) && !('transfer-encoding' in headers));
  assert.equal(refusals.length, 3);
  for (const [ours, nodes] of refusals) {
    assert.ok(nodes);
    assert.equal(ours, nodes);
  }
  assert.deepEqual(late, ['ERR_HTTP_HEADERS_SENT']);
});

function refusal(work) {
  try {
    work();
    return undefined;
  } catch ({ code }) {
    return code;
  }
}

test('the context of a caller is kept', async () => {
  const storage = new AsyncLocalStorage();
  const seen = [];
  const listener = () => seen.push(storage.getStore());
  for (const isWatched of [false, true]) {
    if (isWatched) subscribe('undici:request:headers', listener);
    const stores = await Promise.all(
      [1, 2, 3].map((store) =>
        storage.run(store, async () => {
          await instance.request({ method: 'GET', path: 'good', jwt });
          return storage.getStore();
        }),
      ),
    );
    assert.deepEqual(stores, [1, 2, 3]);
  }
  unsubscribe('undici:request:headers', listener);
  assert.deepEqual(seen.sort(), [1, 2, 3]);
});

test('what is thrown at once is told, too', async () => {
  const seen = await published(() =>
    assert.throws(() => instance.request({ method: 'GET', path: Symbol('odd'), jwt }), TypeError),
  );
  assert.deepEqual(
    seen.map(({ name }) => name),
    ['start', 'error', 'end'],
  );
});

test('no token is told', async () => {
  const seen = await published(() =>
    Promise.allSettled(
      ['good', 'bad', 'broken'].map((path) => instance.request({ method: 'GET', path, jwt })),
    ),
  );
  const text = require('node:util').inspect(seen, { depth: 20, showHidden: true });
  assert.ok(text.includes('good'));
  assert.ok(!text.includes(jwt) && !text.includes(instance.keySecret));
});

test('NODE_DEBUG prints a line a request', async () => {
  const program = `
    const { Instance, SDKInfo } = require(${JSON.stringify(require.resolve('../../..'))});
    const options = ${JSON.stringify(optionsOf(platform))};
    const instance = new Instance({ ...options, sdkInfo: new SDKInfo(options.sdkInfo) });
    const jwt = instance.generateAccessToken({ su: true }).token;
    const call = (path) => instance.request({ method: 'GET', path, jwt, retry: 1 }).catch(() => {});
    call('good').then(() => call('bad')).then(() => call('broken'));
  `;
  const { stderr } = await run(program, { env: { NODE_DEBUG: 'pusher-platform' } });
  const lines = stderr.trim().split('\n');
  assert.equal(lines.length, 3, stderr);
  // The host tells instances apart.
  const place = `to ${platform.host}:${platform.port}: `;
  assert.ok(lines.every((line) => line.includes(place)));
  const [good, bad, broken] = lines.map((line) => line.replace(place, ''));
  assert.match(good, /GET good 200 in \d+ ms, natively$/);
  assert.match(bad, /GET bad 400 in \d+ ms, natively$/);
  assert.match(broken, /GET broken ECONNRESET in \d+ ms, 2 attempts, natively$/);
  // A token starts with the encoded `{"`.
  assert.doesNotMatch(stderr, /eyJ|secret/);
});

for (const transport of ['auto', 'node']) {
  test(`NODE_DEBUG fails no call, whatever it is aborted with: ${transport}`, async () => {
    const program = `
      const { Instance, SDKInfo } = require(${JSON.stringify(require.resolve('../../..'))});
      const options = ${JSON.stringify(optionsOf(platform))};
      const instance = new Instance({ ...options, sdkInfo: new SDKInfo(options.sdkInfo) });
      const thrower = () => { throw new Error('on purpose'); };
      const reasons = [
        Object.create(null), { toString: thrower }, { get code() { return thrower(); } },
        { code: Object.create(null) }, { code: { toString: thrower } }, Symbol('s'), null, 0,
        { [Symbol.toPrimitive]: thrower }, new Proxy({}, { get: thrower }),
        { code: Symbol('c') }, { get [Symbol.toStringTag]() { return thrower(); } },
      ];
      const call = async (reason, index) => {
        const controller = new AbortController();
        const promise = instance.request({ method: 'GET', path: 'p' + index, signal: controller.signal });
        controller.abort(reason);
        try {
          await promise;
        } catch (error) {
          return error === reason;
        }
      };
      Promise.all(reasons.map(call)).then((same) => console.log(JSON.stringify(same)));
    `;
    const env = { NODE_DEBUG: 'pusher-platform', PUSHER_PLATFORM_TRANSPORT: transport };
    const { stderr, json, code } = await run(program, { env });
    assert.deepEqual([json, code], [Array(12).fill(true), 0], stderr);
    assert.equal(stderr.match(/GET p\d+ to [^ ]+: .* in \d+ ms/g)?.length, 12, stderr);
  });
}
