'use strict';

// Tests what other libraries promise for retries and abort signals, which the original does not have: each case is one promise,
// which ours keeps or breaks.

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { getEventListeners, once } = require('node:events');
const { readFileSync } = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const tls = require('node:tls');
const vm = require('node:vm');

const Polyfill = require('abort-controller').AbortController;

const { Instance } = require('../..');
const { loopback } = require('../../testing/certificates');
const { createPlatform } = require('../../testing');
const local = require('../support/local');

const HOUR = 3_600_000;
// The number of calls that are in flight at once, both on one signal and in total.
const AT_ONCE = 500;
const CALLS = 10_000;
const REASON = new Error('on purpose');

/* ------------------------------------------------------------------------ retries */

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** Returns a time in the three forms of RFC 9110, section 5.6.7. */
function httpDates(time) {
  const date = new Date(time);
  const [, day, month, year, clock] = date.toUTCString().split(' ');
  const weekday = DAYS[date.getUTCDay()];
  return {
    'IMF-fixdate': date.toUTCString(),
    'RFC 850': `${weekday}, ${day}-${month}-${year.slice(2)} ${clock} GMT`,
    asctime: `${weekday.slice(0, 3)} ${month} ${String(date.getUTCDate()).padStart(2)} ${clock} ${year}`,
  };
}

/** Yields values of Retry-After, and whether a client that waits at most a second retries after them. */
function* retryAfters() {
  for (const [form, value] of Object.entries(httpDates(Date.now() + HOUR))) {
    yield [`${form}, in an hour`, value, false];
  }
  for (const [form, value] of Object.entries(httpDates(Date.now() - HOUR))) {
    yield [`${form}, an hour ago`, value, true];
  }
  yield ['in seven thousand years', 'Fri, 31 Dec 9999 23:59:59 GMT', false];
  yield ['at the beginning of time', 'Thu, 01 Jan 1970 00:00:00 GMT', true];
  yield ['none to wait for', '0', true];
  yield ['seconds beyond the longest wait', '2', false];
  yield ['seconds beyond 64 bits', '18446744073709551616', false];
  yield ['seconds of a thousand digits', '9'.repeat(1000), false];
  yield ['a fraction of a second', '0.01', true];
  yield ['seconds and a fraction, beyond the longest wait', '1.5', false];
  yield ['a negative number', '-5', true];
  yield ['nothing', '', true];
  yield ['words', 'soon', true];
  yield ['a date that is none', 'Mon, 32 Foo 2026 25:61:61 GMT', true];
}

async function retries(keeps, platform) {
  const instance = new Instance(local.optionsOf(platform));
  const jwt = instance.generateAccessToken({ su: true }).token;
  /** Returns the number of requests until a call settles, if the platform sends these responses in turn. */
  const attempts = async (answers, options) => {
    platform.clear();
    const { method = 'GET' } = options;
    platform.on(method, 'a', () => (answers.length > 1 ? answers.shift() : answers[0]));
    await instance.request({ path: 'a', jwt, ...options }).catch(() => {});
    return platform.requests.length;
  };
  const done = { body: 'done' };
  const unavailable = { status: 503, headers: { 'Retry-After': '0' } };

  for (const [name, value, isAsked] of retryAfters()) {
    await keeps(`Retry-After: ${name}`, async () => {
      const answers = [{ status: 503, headers: { 'Retry-After': value } }, done];
      const count = await attempts(answers, { retry: { limit: 1, maxDelay: 1000 } });
      assert.equal(count, isAsked ? 2 : 1);
    });
  }
  for (const [form, value] of Object.entries(httpDates(Date.now() + HOUR))) {
    await keeps(`Retry-After: ${form} is waited for where that is allowed`, async () => {
      const answers = [{ status: 503, headers: { 'Retry-After': value } }, done];
      const retry = { limit: 1, maxDelay: 2 * HOUR };
      // The number is zero if the machine is so busy that no request has arrived before the timeout.
      assert.ok((await attempts(answers, { retry, timeout: 300 })) <= 1);
    });
  }
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']) {
    await keeps(`${method} is sent again, as it may be repeated`, async () => {
      assert.equal(await attempts([unavailable, done], { method, retry: 1 }), 2);
    });
  }
  for (const method of ['POST', 'PATCH']) {
    await keeps(`${method} is not sent again, as it may not be repeated`, async () => {
      assert.equal(await attempts([unavailable, done], { method, retry: 1 }), 1);
    });
  }
  for (const status of [408, 413, 429, 500, 502, 503, 504, 521, 522, 524]) {
    await keeps(
      `${status}, which one of them retries, is retried where it is asked for`,
      async () => {
        const answers = [{ ...unavailable, status }, done];
        assert.equal(await attempts(answers, { retry: { limit: 1, statusCodes: [status] } }), 2);
      },
    );
  }
  for (const status of [400, 401, 403, 404, 409, 422, 501]) {
    await keeps(`${status} is final`, async () => {
      assert.equal(await attempts([{ ...unavailable, status }, done], { retry: 3 }), 1);
    });
  }
  for (const fault of ['reset', 'truncated']) {
    await keeps(`a connection that ends early is tried again: ${fault}`, async () => {
      assert.equal(await attempts([{ fault }, done], { retry: 1 }), 2);
    });
  }
  await keeps('the limit is of retries, and two by default', async () => {
    assert.equal(await attempts([unavailable], { retry: {} }), 3);
    assert.equal(await attempts([unavailable], { retry: 5 }), 6);
  });
}

/* ------------------------------------------------------------------------ signals */

/** Makes a server listen on a free port, and returns the port. */
async function listen(server, address = '127.0.0.1') {
  server.listen(0, address);
  await once(server, 'listening');
  return server.address().port;
}

const optionsAt = (port, host = '127.0.0.1') =>
  local.optionsOf({ host, port, ca: loopback().ca }, { timeout: 0 });

/**
 * Aborts a call at a particular moment, and checks that it rejects with the reason and that its connection, if any, closes.
 *
 * @param {(reached: () => void) => (socket: net.Socket) => void} serve what the server does with a connection
 * @param {object} [options] the options of the request
 */
async function abortAt(serve, { secure = true, options = {} } = {}) {
  const controller = new AbortController();
  let reached;
  const moment = new Promise((resolve) => {
    reached = resolve;
  });
  const closed = [];
  const sockets = [];
  const track = (socket) => {
    closed.push(once(socket, 'close'));
    socket.on('error', () => {});
  };
  const behave = serve(reached);
  const handle = (socket) => {
    sockets.push(socket);
    behave(socket.on('error', () => {}));
  };
  const { chain, key } = loopback();
  const server = secure ? tls.createServer({ cert: chain, key }, handle) : net.createServer(handle);
  server.on('connection', track);
  const instance = new Instance(optionsAt(await listen(server)));
  try {
    const call = instance.request({ path: 'a', signal: controller.signal, ...options });
    await moment;
    controller.abort(REASON);
    await assert.rejects(call, (error) => error === REASON);
    // A socket that reads nothing does not notice the end of its connection.
    for (const socket of sockets) socket.resume();
    await Promise.all(closed);
  } finally {
    server.close();
  }
}

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n';

/** The moments of a call that a server can detect. */
const MOMENTS = {
  'in the handshake': [(reached) => (socket) => socket.once('data', reached), { secure: false }],
  'while it sends': [
    (reached) => (socket) => socket.once('data', () => reached(socket.pause())),
    { options: { method: 'POST', body: 'a'.repeat(32 << 20) } },
  ],
  'while it waits for an answer': [(reached) => (socket) => socket.once('data', reached)],
  'within the head of an answer': [
    (reached) => (socket) =>
      socket.once('data', () => socket.write(ANSWER.slice(0, 20), () => setImmediate(reached))),
  ],
  'within the body of an answer': [
    (reached) => (socket) =>
      socket.once('data', () => socket.write(`${ANSWER}abc`, () => setImmediate(reached))),
  ],
  'between two redirects': [
    (reached) => {
      let hops = 0;
      return (socket) =>
        socket.on('data', () => {
          hops += 1;
          if (hops === 3) reached();
          else socket.write('HTTP/1.1 302 Found\r\nLocation: b\r\nContent-Length: 0\r\n\r\n');
        });
    },
  ],
  'between two attempts': [
    (reached) => (socket) =>
      socket.once('data', () =>
        socket.end('HTTP/1.1 503 No\r\nRetry-After: 1000\r\nContent-Length: 0\r\n\r\n', () =>
          setImmediate(reached),
        ),
      ),
    { options: { retry: { limit: 1, maxDelay: 1e9 } } },
  ],
};

/** Returns a port of this machine on which connections never open: its backlog is full, and nothing accepts connections. */
async function fullPort() {
  const program = `
    const server = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      process.stdout.write(server.address().port + '\\n', () => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      });
    });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = await once(child.stdout, 'data');
  const port = Number(text);
  // The system accepts one connection more than the backlog; the next connection waits.
  const waiting = Array.from({ length: 2 }, () => net.connect(port, '127.0.0.1'));
  await Promise.all(waiting.map((socket) => once(socket, 'connect')));
  return {
    port,
    close() {
      for (const socket of waiting) socket.on('error', () => {}).destroy();
      child.kill('SIGKILL');
    },
  };
}

const rejectsWith = (call, reason) => assert.rejects(call, (error) => error === reason);

async function aborts(keeps, platform) {
  const instance = new Instance(local.optionsOf(platform));
  const jwt = instance.generateAccessToken({ su: true }).token;
  const never = { delay: Number.POSITIVE_INFINITY };
  const request = (signal, options) => instance.request({ path: 'a', jwt, signal, ...options });

  await keeps('an abort before the call sends nothing', async () => {
    platform.clear();
    await rejectsWith(request(AbortSignal.abort(REASON)), REASON);
    assert.equal(platform.requests.length, 0);
  });
  await keeps('an abort while a name is looked up', async () => {
    const controller = new AbortController();
    const named = new Instance(optionsAt(1, 'a.name.that.is.not.known.invalid'));
    const call = named.request({ path: 'a', signal: controller.signal });
    controller.abort(REASON);
    await rejectsWith(call, REASON);
  });
  await keeps('an abort while it connects', async () => {
    const full = await fullPort();
    try {
      const controller = new AbortController();
      const call = new Instance(optionsAt(full.port)).request({
        path: 'a',
        signal: controller.signal,
      });
      // A further connection that is tried after this one also stays pending.
      setImmediate(() => controller.abort(REASON));
      await rejectsWith(call, REASON);
    } finally {
      full.close();
    }
  });
  for (const [moment, [serve, how]] of Object.entries(MOMENTS)) {
    await keeps(`an abort ${moment}`, () => abortAt(serve, how));
  }
  await keeps('an abort after the end changes nothing', async () => {
    platform.clear();
    platform.on('GET', 'a', { body: 'here' });
    const controller = new AbortController();
    const response = await request(controller.signal);
    controller.abort(REASON);
    assert.deepEqual([response.body, response.complete, response.aborted], ['here', true, false]);
  });
  await keeps('a call that follows an abort on the same client succeeds', async () => {
    platform.clear();
    platform.on('GET', 'a', { body: 'here' });
    assert.equal((await request(undefined)).statusCode, 200);
  });

  await keeps('AbortSignal.timeout rejects with its TimeoutError', async () => {
    platform.clear();
    platform.on('GET', 'a', never);
    const signal = AbortSignal.timeout(20);
    const error = await request(signal).catch((reason) => reason);
    assert.equal(error, signal.reason);
    assert.equal(error.name, 'TimeoutError');
  });
  await keeps('AbortSignal.any rejects with the reason of the first that aborts', async () => {
    // Node before 20.3 does not have AbortSignal.any.
    if (!AbortSignal.any) return;
    const [one, other] = [new AbortController(), new AbortController()];
    const call = request(AbortSignal.any([one.signal, other.signal, AbortSignal.timeout(1e6)]));
    other.abort(REASON);
    one.abort();
    await rejectsWith(call, REASON);
  });
  await keeps('a signal of a polyfill', () => foreign(new Polyfill(), request));
  await keeps('a signal of a polyfill, before the call', async () => {
    const controller = new Polyfill();
    controller.abort();
    await assert.rejects(request(controller.signal), { name: 'AbortError', code: 'ABORT_ERR' });
  });
  await keeps('a signal of another realm', () => foreign(ofAnotherRealm(), request));
  await manyOnOne(keeps, platform, request);
}

/** Returns an AbortController that consists of another realm's own objects. */
function ofAnotherRealm() {
  const context = vm.createContext({});
  context.self = context;
  for (const name of ['event-target-shim', 'abort-controller']) {
    const file = path.join(path.dirname(require.resolve(name)), `${name}.umd.js`);
    vm.runInContext(readFileSync(file, 'utf8'), context);
  }
  const Controller = vm.runInContext('AbortControllerShim.AbortController', context);
  const controller = new Controller();
  assert.ok(!(controller.signal instanceof Object));
  return controller;
}

/** Aborts a call with a controller that does not support reasons. */
async function foreign(controller, request) {
  const call = request(controller.signal);
  controller.abort();
  await assert.rejects(call, { name: 'AbortError' });
}

async function manyOnOne(keeps, platform, request) {
  platform.clear();
  platform.on('GET', 'a', { body: 'here' });
  const { signal } = new AbortController();
  const warnings = [];
  const warned = (warning) => warnings.push(warning.name);
  process.on('warning', warned);
  let most = 0;
  try {
    for (let count = 0; count < CALLS; count += AT_ONCE) {
      const calls = Array.from({ length: AT_ONCE }, () => request(signal));
      most = Math.max(most, getEventListeners(signal, 'abort').length);
      await Promise.all(calls);
      platform.requests.length = 0;
    }
    // Warnings are emitted in a later turn of the event loop.
    await new Promise(setImmediate);
  } finally {
    process.off('warning', warned);
  }
  const title = `${CALLS} calls on one signal`;
  await keeps(`${title}: no warning`, () => assert.deepEqual(warnings, []));
  await keeps(`${title}: one listener at a time`, () => assert.equal(most, 1));
  await keeps(`${title}: none is left`, () =>
    assert.equal(getEventListeners(signal, 'abort').length, 0),
  );
  await keeps('all calls of one signal end with it', async () => {
    const controller = new AbortController();
    const calls = Array.from({ length: AT_ONCE }, () => request(controller.signal));
    controller.abort(REASON);
    await Promise.all(calls.map((call) => rejectsWith(call, REASON)));
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  });
}

module.exports = {
  title: 'retries and signals, which only ours has',
  source:
    'what undici 7 (RetryAgent), got 14 and ky 1 promise and test of retries, Retry-After and signals',
  licence: 'MIT, each of them',
  isQuick: false,
  atLeast: 60,
  async run(report) {
    const keeps = async (name, promise) => {
      try {
        await promise();
        report.equal(name);
      } catch (error) {
        report.different(name, error);
      }
    };
    const platform = await createPlatform(local.IDENTITY);
    try {
      await retries(keeps, platform);
      await aborts(keeps, platform);
    } finally {
      await platform.close();
    }
  },
};
