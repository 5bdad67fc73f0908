'use strict';

// Tests the request options that only this package has, as it documents them: timeouts, cancellation, retries, and a trust store
// of the program's choice, over real TLS.

const assert = require('node:assert/strict');
const { once } = require('node:events');
const https = require('node:https');
const { after, before, beforeEach, describe, test } = require('node:test');

const { loopback } = require('../../testing/certificates');
const { createPlatform } = require('pusher-platform-native/testing');
const { BaseClient, Instance } = require('../..');
const local = require('../support/local');

// Each case takes far less time.
const it = (name, run) => test(name, { timeout: 120_000 }, run);

let platform;

before(async () => {
  platform = await createPlatform(local.IDENTITY);
});

beforeEach(() => platform.clear());

after(() => platform.close());

const optionsOf = (options) => local.optionsOf(platform, options);

/** Makes a request with a new instance of these options. */
function request(options, requestOptions) {
  const instance = new Instance(optionsOf(options));
  const jwt = instance.generateAccessToken({ su: true }).token;
  return instance.request({ method: 'GET', path: 'a', jwt, ...requestOptions });
}

/** Starts an HTTPS server that calls `listener`, and resolves with the server and its address. */
async function serve(listener) {
  const { chain, key, ca } = loopback();
  const server = https.createServer({ cert: chain, key }, listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, host: '127.0.0.1', port: server.address().port, ca };
}

describe('ca', () => {
  it('is trusted, as a text, a Buffer, and one of a list', async () => {
    platform.on('GET', 'a', { body: 'here' });
    const other = loopback().chain;
    for (const ca of [platform.ca, Buffer.from(platform.ca), [other, Buffer.from(platform.ca)]]) {
      assert.equal((await request({ ca })).body, 'here');
    }
  });

  it('takes the place of whom Node trusts', async () => {
    await assert.rejects(request({ ca: undefined }), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    await assert.rejects(request({ ca: require('node:tls').rootCertificates[0] }), {
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
  });

  it('is of one client alone', async () => {
    platform.on('GET', 'a', {});
    await request({});
    await assert.rejects(request({ ca: undefined }), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });

  it('is checked at once', () => {
    for (const ca of [5, true, [5], {}]) {
      assert.throws(() => new Instance(optionsOf({ ca })), { code: 'ERR_INVALID_ARG_TYPE' });
    }
    for (const ca of ['', 'no certificate', []]) {
      assert.throws(() => new Instance(optionsOf({ ca })), { code: 'ERR_INVALID_ARG_VALUE' });
    }
  });
});

describe('the message about an option', () => {
  class Foreign {}
  const longest = 2 ** 32 - 1;
  const privateKey = '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----';

  for (const [options, expected, given] of [
    [{ timeout: '5' }, '"timeout" option must be a number', "'5'"],
    [{ timeout: null }, '"timeout" option must be a number', 'null'],
    [{ timeout: -1 }, '"timeout" option must be 0 or more', '-1'],
    [{ retry: 'often' }, '"retry" option must be a number or an object', "'often'"],
    [{ retry: 1.5 }, '"retry.limit" option must be an integer', '1.5'],
    [{ retry: -1 }, `"retry.limit" option must be from 0 to ${longest}`, '-1'],
    [{ retry: { limit: [1] } }, '"retry.limit" option must be a number', '[Array]'],
    [{ retry: { maxDelay: 5n } }, '"retry.maxDelay" option must be a number', '5n'],
    [{ retry: { methods: 'GET' } }, '"retry.methods" option must be a list of strings', "'GET'"],
    [{ retry: { methods: ['GET', 1] } }, '"retry.methods[1]" option must be a string', '1'],
    [
      { retry: { statusCodes: 503 } },
      '"retry.statusCodes" option must be a list of numbers',
      '503',
    ],
    [
      { retry: { statusCodes: ['503'] } },
      '"retry.statusCodes[0]" option must be a number',
      "'503'",
    ],
    [
      { retry: { statusCodes: [1000] } },
      '"retry.statusCodes[0]" option must be from 0 to 999',
      '1000',
    ],
    [{ ca: { pem: 'x' } }, '"ca" option must be a string, a Buffer, or a list of them', '[Object]'],
    [
      { ca: new Foreign() },
      '"ca" option must be a string, a Buffer, or a list of them',
      'Foreign {}',
    ],
    [{ ca: ['x', 5] }, '"ca[1]" option must be a string or a Buffer', '5'],
  ]) {
    it(`names it, what was expected and what was given: ${given} for ${expected}`, () => {
      const message = `The ${expected}; it is ${given}`;
      assert.throws(() => new Instance(optionsOf(options)), { message });
    });
  }

  it('names an unsuitable signal', async () => {
    const message = 'The "signal" option must be an AbortSignal; it is 5';
    await assert.rejects(request({}, { signal: 5 }), { message });
  });

  it('names a property of `retry` that does not exist, for an instance and for a request', async () => {
    const properties = {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /"retry" .* "limt", only limit, /,
    };
    const retry = { limt: 2 };
    assert.throws(() => new Instance(optionsOf({ retry })), properties);
    await assert.rejects(request({}, { retry }), properties);
  });

  it('says where a signal belongs, if an instance or a client is given one', () => {
    const { signal } = new AbortController();
    const properties = { code: 'ERR_INVALID_ARG_VALUE', message: /"signal" .* each call/ };
    for (const Client of [Instance, BaseClient]) {
      assert.throws(() => new Client(optionsOf({ signal })), properties);
      for (const none of [undefined, null]) new Client(optionsOf({ signal: none }));
    }
  });

  it('shows the start of a text without certificates, and no private key', () => {
    for (const [ca, given] of [
      [Buffer.from('no certificate'), "'no certificate'"],
      [[''], "''"],
      [privateKey, "'-----BEGIN EC PRIVATE KE..."],
    ]) {
      const message = `The "ca" option must contain a certificate in PEM; its text is ${given}`;
      assert.throws(() => new Instance(optionsOf({ ca })), { message });
    }
  });
});

describe('timeout', () => {
  const never = { delay: Number.POSITIVE_INFINITY };

  it('ends a request that gets no answer, per request and for an instance', async () => {
    platform.on('GET', 'a', never);
    for (const [options, requestOptions] of [
      [{}, { timeout: 50 }],
      [{ timeout: 50 }, {}],
      [{ timeout: 1e9 }, { timeout: 50 }],
    ]) {
      await assert.rejects(request(options, requestOptions), (error) => {
        assert.ok(error instanceof Error);
        assert.equal(error.code, 'ETIMEDOUT');
        assert.match(error.message, /50 ms/);
        return true;
      });
    }
  });

  it('ends a body that never ends', async () => {
    const { server, ...at } = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': 10 });
      response.write('begun');
    });
    await assert.rejects(request(at, { timeout: 200 }), { code: 'ETIMEDOUT' });
    server.closeAllConnections();
    server.close();
  });

  it('leaves alone what ends in time, and is none where it is 0', async () => {
    platform.on('GET', 'a', { body: 'here', delay: 50 });
    assert.equal((await request({ timeout: 1e9 })).body, 'here');
    assert.equal((await request({ timeout: 1 }, { timeout: 0 })).body, 'here');
    assert.equal((await request({ timeout: Number.POSITIVE_INFINITY })).body, 'here');
  });

  it('is checked', async () => {
    for (const timeout of ['5', null, {}]) {
      assert.throws(() => new Instance(optionsOf({ timeout })), { code: 'ERR_INVALID_ARG_TYPE' });
      await assert.rejects(request({}, { timeout }), { code: 'ERR_INVALID_ARG_TYPE' });
    }
    for (const timeout of [-1, Number.NaN]) {
      assert.throws(() => new Instance(optionsOf({ timeout })), { code: 'ERR_OUT_OF_RANGE' });
    }
    assert.equal(platform.requests.length, 0);
  });
});

describe('signal', () => {
  it('ends a request, with its reason, and closes its connection', async () => {
    const controller = new AbortController();
    const { server, ...at } = await serve(() => {});
    const arrived = once(server, 'request');
    const reason = new Error('on purpose');
    const ended = assert.rejects(request(at, { signal: controller.signal }), (error) => {
      assert.equal(error, reason);
      return true;
    });
    const [{ socket }] = await arrived;
    const closed = once(socket, 'close');
    controller.abort(reason);
    await Promise.all([ended, closed]);
    server.close();
  });

  it('sends nothing where it has aborted already', async () => {
    platform.on('GET', 'a', {});
    await assert.rejects(request({}, { signal: AbortSignal.abort() }), { name: 'AbortError' });
    await assert.rejects(request({}, { signal: AbortSignal.abort(null) }), (error) => !error);
    await request({});
    assert.equal(platform.requests.length, 1);
  });

  it('ends the wait for a retry', async () => {
    const controller = new AbortController();
    platform.on('GET', 'a', () => {
      setImmediate(() => controller.abort());
      return { status: 503, headers: { 'Retry-After': '1000' } };
    });
    const retry = { maxDelay: 1e9 };
    await assert.rejects(request({ retry }, { signal: controller.signal }), { name: 'AbortError' });
  });

  /** Returns a signal, and the set of its listeners. */
  const heardSignal = () => {
    const controller = new AbortController();
    const listening = new Set();
    const signal = {
      get aborted() {
        return controller.signal.aborted;
      },
      addEventListener: (_, listener) => listening.add(listener),
      removeEventListener: (_, listener) => listening.delete(listener),
    };
    return { signal, listening };
  };

  it('is not listened to any more once the request has ended', async () => {
    platform.on('GET', 'a', { body: 'here' });
    const { signal, listening } = heardSignal();
    const pending = request({}, { signal });
    assert.equal(listening.size, 1);
    assert.equal((await pending).body, 'here');
    assert.equal(listening.size, 0);
  });

  it('is listened to once, however many requests it may end', async () => {
    platform.on('GET', 'a', { body: 'here', delay: 10 });
    const { signal, listening } = heardSignal();
    const pending = Array.from({ length: 20 }, () => request({}, { signal }));
    assert.equal(listening.size, 1);
    await pending[0];
    assert.ok(listening.size <= 1);
    await Promise.all(pending);
    assert.equal(listening.size, 0);

    const never = Array.from({ length: 20 }, () => request({}, { signal }));
    for (const listener of listening) listener();
    for (const each of never) await assert.rejects(each, { name: 'AbortError' });
    assert.equal(listening.size, 0);
  });

  it('leaves other requests alone', async () => {
    platform.on('GET', 'a', { body: 'here', delay: 50 });
    const controller = new AbortController();
    const others = [request({}), request({}, { signal: new AbortController().signal })];
    const ended = assert.rejects(request({}, { signal: controller.signal }), {
      name: 'AbortError',
    });
    controller.abort();
    await ended;
    assert.deepEqual(
      (await Promise.all(others)).map(({ body }) => body),
      ['here', 'here'],
    );
  });

  it('is checked, and may be null', async () => {
    platform.on('GET', 'a', { body: 'here' });
    for (const signal of [5, {}, 'abort']) {
      await assert.rejects(request({}, { signal }), { code: 'ERR_INVALID_ARG_TYPE' });
    }
    assert.equal((await request({}, { signal: null })).body, 'here');
  });
});

describe('retry', () => {
  /** Responds with the given responses in turn, and repeats the last one. */
  const inTurn = (...answers) => {
    platform.on('GET', 'a', () => (answers.length > 1 ? answers.shift() : answers[0]));
    platform.on('POST', 'a', () => (answers.length > 1 ? answers.shift() : answers[0]));
  };
  const again = { status: 503, headers: { 'Retry-After': '0' } };
  const attempts = () => platform.requests.length;

  it('is off by default', async () => {
    inTurn(again, { body: 'here' });
    await assert.rejects(request({}), { status: 503 });
    assert.equal(attempts(), 1);
  });

  it('sends again after what is temporary, per request and for an instance', async () => {
    for (const [options, requestOptions] of [
      [{ retry: 2 }, {}],
      [{}, { retry: 2 }],
      [{ retry: 0 }, { retry: { limit: 2 } }],
      [{ retry: {} }, { timeout: 1e9 }],
    ]) {
      for (const status of [429, 502, 503, 504]) {
        platform.clear();
        inTurn({ ...again, status }, { fault: 'reset' }, { body: 'here' });
        assert.equal((await request(options, requestOptions)).body, 'here');
        assert.equal(attempts(), 3);
      }
    }
  });

  it('ends with the last outcome', async () => {
    inTurn(again);
    await assert.rejects(request({ retry: 3 }), { status: 503 });
    assert.equal(attempts(), 4);
    await assert.rejects(request({ retry: 3 }, { retry: 0 }), { status: 503 });
    assert.equal(attempts(), 5);
  });

  it('sends again only what may be repeated, unless told', async () => {
    const post = { method: 'POST', body: { one: 1 } };
    inTurn(again, { body: 'here' });
    await assert.rejects(request({ retry: 1 }, post), { status: 503 });
    inTurn(again, { body: 'here' });
    const answer = await request({ retry: { limit: 1, methods: ['POST'] } }, post);
    assert.equal(answer.body, 'here');
    const sent = platform.requests.slice(-2).map(({ method, body }) => ({ method, body }));
    assert.deepEqual(sent, [post, post]);
  });

  it('leaves other status codes alone, unless told', async () => {
    inTurn({ status: 500 }, { body: 'here' });
    await assert.rejects(request({ retry: 1 }), { status: 500 });
    inTurn({ status: 500 }, { body: 'here' });
    await request({ retry: { limit: 1, statusCodes: [500] } });
  });

  it('does not wait for longer than allowed', async () => {
    inTurn({ status: 503, headers: { 'Retry-After': '2' } }, { body: 'here' });
    await assert.rejects(request({ retry: { limit: 1, maxDelay: 1000 } }), { status: 503 });
    assert.equal(attempts(), 1);
  });

  it('takes a date that has passed for no wait', async () => {
    const past = new Date(0).toUTCString();
    inTurn({ status: 503, headers: { 'Retry-After': past } }, { body: 'here' });
    assert.equal((await request({ retry: { limit: 1, maxDelay: 0 } })).body, 'here');
  });

  it('is bounded by timeout', async () => {
    inTurn({ status: 503, headers: { 'Retry-After': '1000' } });
    const retry = { limit: 1, maxDelay: 1e9 };
    await assert.rejects(request({ retry, timeout: 100 }), { code: 'ETIMEDOUT' });
  });

  it('does not send again what failed for good', async () => {
    // The certificate is refused before the request is sent.
    await assert.rejects(request({ ca: undefined, retry: 5 }), {
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
  });

  it('is checked', () => {
    const refuses = (retry, code) =>
      assert.throws(() => new Instance(optionsOf({ retry })), { code });
    for (const retry of ['2', true, { limit: '2' }, { methods: 'GET' }, { methods: [1] }]) {
      refuses(retry, 'ERR_INVALID_ARG_TYPE');
    }
    for (const retry of [{ statusCodes: 503 }, { statusCodes: ['503'] }, { maxDelay: '1' }]) {
      refuses(retry, 'ERR_INVALID_ARG_TYPE');
    }
    for (const retry of [-1, 1.5, { maxDelay: -1 }, { statusCodes: [1000] }]) {
      refuses(retry, 'ERR_OUT_OF_RANGE');
    }
    const client = { ...optionsOf({ retry: 'often' }), instanceId: 'an-instance' };
    assert.throws(() => new BaseClient(client), { code: 'ERR_INVALID_ARG_TYPE' });
  });
});

describe('what nobody can mean', () => {
  const token = { token: 'a.b.c', expires_in: 1 };
  // The options of the instance, those of the request, and what the error says. The original sends each of them somewhere else, or
  // fails without a word of the option.
  const cases = {
    'a port that is a word': [{ port: 'abc' }, {}, /^The "port" option .*; it is 'abc'$/],
    'a port with a fraction': [{ port: 1.5 }, {}, /^The "port" option .*; it is 1\.5$/],
    'a port below zero': [{ port: -1 }, {}, /^The "port" option /],
    'a host that is a URL': [
      { host: 'https://user:a-secret@a.example' },
      {},
      /^The "host" .* a URL$/,
    ],
    'a host with its port': [
      { host: 'a.example:8443' },
      {},
      /^The "host" .*pass host: 'a\.example', port: 8443$/,
    ],
    'the whole result as jwt': [{}, { jwt: token }, /^The "jwt" option .*: pass the `token`/],
    'a promise as jwt': [{}, { jwt: Promise.resolve('a') }, /^The "jwt" .* promise: await it$/],
    'no path': [{}, { path: undefined }, /^The "path" option must be a string; it is undefined$/],
    'null as path': [{}, { path: null }, /^The "path" option must be a string; it is null$/],
  };
  for (const [name, [options, of, message]] of Object.entries(cases)) {
    it(`${name} is an error that names the option, and nothing is sent`, async () => {
      const sent = request(options, of);
      await assert.rejects(sent, (error) => {
        assert.ok(error instanceof TypeError);
        assert.match(error.code, /^ERR_INVALID_ARG_(TYPE|VALUE)$/);
        assert.match(error.message, message);
        return true;
      });
      assert.deepEqual(platform.requests, []);
    });
  }

  it('does not forbid what the original sends', async () => {
    const { port } = platform;
    platform.on('GET', 'a', { body: 'here' });
    for (const given of [String(port), [port], `${port}\n`]) {
      assert.equal((await request({ port: given })).body, 'here');
    }
    const { token: jwt } = new Instance(optionsOf()).generateAccessToken({ su: true });
    assert.equal((await request({}, { jwt: new String(jwt) })).body, 'here');
    assert.equal((await request({}, { jwt: { toString: () => jwt } })).body, 'here');
  });
});

describe('certificates that are none', () => {
  const cases = {
    'the name of a file': [
      '/etc/ssl/ca.pem',
      /ca\.pem'?: pass what the file contains, not its name$/,
    ],
    'an empty list': [[], /it is an empty list$/],
  };
  for (const [name, [ca, message]] of Object.entries(cases)) {
    it(`are refused: ${name}`, () => {
      assert.throws(() => new Instance(optionsOf({ ca })), {
        code: 'ERR_INVALID_ARG_VALUE',
        message,
      });
    });
  }
});

it('readJSON says that a promise has to be awaited', async () => {
  const { readJSON } = require('../..');
  platform.on('GET', 'a', { body: { a: 1 } });
  await assert.rejects(readJSON(request({})), { name: 'TypeError', message: /await it first$/ });
  assert.deepEqual(await readJSON(await request({})), { a: 1 });
  await assert.rejects(readJSON({}), SyntaxError);
});

it('a proxy of a kind that is not supported is named in the error', async () => {
  const { code, json } = await require('../support/child').run(
    `const { Instance } = require('.');
    const { optionsOf } = require('./__test__/support/local');
    const instance = new Instance(optionsOf({ host: 'a.example', port: 443 }));
    instance
      .request({ method: 'GET', path: 'a' })
      .catch(({ message }) => console.log(JSON.stringify(message)));`,
    { env: { HTTPS_PROXY: `socks5://user:a-secret@127.0.0.1:${platform.port}` } },
  );
  assert.equal(code, 0);
  assert.match(json, /^tunneling socket could not be .* \(the proxy's URL begins with socks5:, /);
  assert.doesNotMatch(json, /a-secret/);
});
