'use strict';

// Holds what programs see of requests, on the tracing channel and with NODE_DEBUG, to what the package promises.

const assert = require('node:assert/strict');
const { tracingChannel } = require('node:diagnostics_channel');
const { after, before, test } = require('node:test');

const { createPlatform } = require('pusher-platform-native/testing');
const { Instance } = require('..');
const { run } = require('./support/child');
const { IDENTITY, optionsOf } = require('./support/local');

let platform;
let instance;
let jwt;

before(async () => {
  platform = await createPlatform(IDENTITY);
  instance = new Instance(optionsOf(platform));
  jwt = instance.generateAccessToken({ su: true }).token;
  platform.on('GET', 'good', { body: 'here' });
  platform.on('GET', 'bad', { status: 400, body: { error: 'bad', error_description: 'Bad' } });
  platform.on('GET', 'broken', { fault: 'reset' });
});

after(() => platform.close());

/** What is published while `work` is under way: names of events with copies of their messages. */
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
    response = await instance.request({ method: 'GET', path: 'good', jwt });
  });
  const asked = { method: 'GET', path: 'good', attempt: 1 };
  const answered = { ...asked, status: 200, result: response };
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
    const last = { name: 'asyncEnd', method: 'GET', path, attempt, status, error };
    assert.deepEqual(seen.at(-1), last);
  }
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
    const { Instance, SDKInfo } = require(${JSON.stringify(require.resolve('..'))});
    const options = ${JSON.stringify(optionsOf(platform))};
    const instance = new Instance({ ...options, sdkInfo: new SDKInfo(options.sdkInfo) });
    const jwt = instance.generateAccessToken({ su: true }).token;
    const call = (path) => instance.request({ method: 'GET', path, jwt, retry: 1 }).catch(() => {});
    call('good').then(() => call('bad')).then(() => call('broken'));
  `;
  const { stderr } = await run(program, { env: { NODE_DEBUG: 'pusher-platform' } });
  const lines = stderr.trim().split('\n');
  assert.equal(lines.length, 3, stderr);
  assert.match(lines[0], /GET good: 200 in \d+ ms$/);
  assert.match(lines[1], /GET bad: 400 in \d+ ms$/);
  assert.match(lines[2], /GET broken: ECONNRESET in \d+ ms, 2 attempts$/);
});
