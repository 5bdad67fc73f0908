'use strict';

// Compares both packages in programs that change built-in objects: each of these works with the original.

const assert = require('node:assert/strict');
const { readdirSync, readFileSync } = require('node:fs');
const path = require('node:path');
const { after, before, describe, test } = require('node:test');

const { createPlatform } = require('pusher-platform-native/testing');

const { run } = require('../support/child');
const { IDENTITY } = require('../support/local');
const { names } = require('../support/packages');

const ROOT = path.resolve(__dirname, '../..');
let platform;

before(async () => {
  platform = await createPlatform(IDENTITY);
  for (const method of ['GET', 'POST']) {
    platform.on(method, 'a', ({ body }) => ({ body: { received: body } }));
  }
});

after(() => platform.close());

// What each program begins with. The functions that print are taken before anything is changed.
const START = `
  const { stringify } = JSON;
  const { log } = console;
  const given = JSON.parse(process.argv[1]);
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  process.removeAllListeners('warning');
  const { Instance, SDKInfo } = require(process.argv[2]);
  const instanceOf = (port = given.port) => new Instance({
    ...given.identity, host: '127.0.0.1', port, serviceName: 'feeds', serviceVersion: 'v1',
    sdkInfo: new SDKInfo({ productName: 'p', version: '1' }),
  });
  const jwt = instanceOf().generateAccessToken({ su: true }).token;
  const failureOf = (error) => {
    const { code, syscall, port, message } = Object(error);
    return [code, syscall, port, message];
  };
  const outcomeOf = (promise) => promise.then(
    ({ statusCode, body }) => [statusCode, body],
    failureOf,
  );
  const get = (options) => outcomeOf(instanceOf().request({ method: 'GET', path: 'a', jwt, ...options }));
  const post = (body) => outcomeOf(instanceOf().request({ method: 'POST', path: 'a', jwt, body }));
  const refused = () => outcomeOf(instanceOf(1).request({ method: 'GET', path: 'a', jwt }));
  const claimsOf = (options) => {
    try {
      const { token } = instanceOf().generateAccessToken({ tokenExpiry: 9, ...options });
      const { iat, exp, ...rest } = JSON.parse(Buffer.from(token.split('.')[1], 'base64').toString());
      return { rest, lasts: exp - iat };
    } catch (error) {
      return failureOf(error);
    }
  };
  const print = (...outcomes) => log(stringify(outcomes));
`;

/** Runs a program with one of the packages, and returns what it has printed. */
async function printedBy(subject, program, extra = {}) {
  const given = JSON.stringify({ port: platform.port, identity: IDENTITY, ...extra });
  const wrapped = `${START} (async () => { ${program} })();`;
  return (await run(wrapped, { args: [given, subject], timeout: 120_000 })).json;
}

async function compare(program) {
  const original = await printedBy(names.original, program);
  assert.deepEqual(await printedBy(names.ours, program), original);
  return original;
}

const replacedJson = (make) => `
  const written = JSON.stringify;
  JSON.stringify = (...args) => { const text = written(...args); return ${make}; };`;

const CLAIMS = 'claimsOf({ userId: "ham", serviceClaims: { room: 1 } })';

describe('JSON.stringify that returns', () => {
  /** What it returns, and what becomes of a body. */
  const results = {
    'a String object': 'text === undefined ? text : new String(text)',
    'a Buffer': 'text === undefined ? text : Buffer.from(text)',
    'other bytes': 'text === undefined ? text : new Uint8Array(Buffer.from(text))',
    'another text': 'written(args[0], null, 2)',
    nothing: 'undefined',
    null: 'null',
    zero: '0',
  };
  for (const [what, make] of Object.entries(results)) {
    test(`${what}: a token has the claims that the original's has`, async () => {
      await compare(
        `${replacedJson(make)} print(${CLAIMS}, claimsOf({ userId: 'ham', serviceClaims: { iss: 'own' } }));`,
      );
    });
    // The original's process ends if it is to send a String object.
    if (what !== 'a String object') {
      test(`${what}: a body is what the original sends`, async () => {
        const text = what === 'nothing' ? 'undefined' : make;
        await compare(`${replacedJson(text)} print(await get(), await post({ some: 'json' }));`);
      });
    }
  }

  test('a String object: a body is its text', async () => {
    const program = `${replacedJson(results['a String object'])} print(await get(), await post({ some: 'json' }));`;
    const body = '{"received":{"some":"json"}}';
    assert.deepEqual(await printedBy(names.ours, program), [
      [200, '{}'],
      [200, body],
    ]);
  });

  for (const [what, make] of Object.entries({ 'a number': '5', true: 'true', 'an object': '{}' })) {
    test(`${what}: the failure is the original's`, async () => {
      // The original's process ends afterwards.
      const program = `process.on('uncaughtException', () => {}); ${replacedJson(`(${make})`)}
        print(await post({ some: 'json' }), ${CLAIMS});`;
      await compare(program);
    });
  }
});

describe('a global Promise', () => {
  const classes = {
    'that extends the old one': 'class Own extends Promise {}',
    'that only has what a promise needs': `class Own {
      constructor(start) { this.inner = new Old(start); }
      then(...args) { return this.inner.then(...args); }
    }`,
  };
  for (const [what, made] of Object.entries(classes)) {
    test(`${what} is the class of what request returns`, async () => {
      const original = await compare(`
        const Old = Promise;
        globalThis.Promise = ${made};
        const promises = [instanceOf(), instanceOf(1)].map((instance) => instance.request({ method: 'GET', path: 'a', jwt }));
        const classes = promises.map((promise) => promise instanceof Promise);
        const outcomes = [];
        const settled = promises.map((promise) => promise.then(({ statusCode }) => statusCode, failureOf));
        for (const outcome of settled) outcomes.push(await outcome);
        globalThis.Promise = Old;
        print(classes, outcomes);`);
      assert.deepEqual(original[0], [true, true]);
    });
  }

  test('that only has what a promise needs does for calls through Node', async () => {
    const [outcome] = await printedBy(
      names.ours,
      `const Old = Promise;
      globalThis.Promise = ${classes['that only has what a promise needs']};
      const https = require('https');
      const { request } = https;
      https.request = (...args) => request(...args);
      const outcome = await get();
      globalThis.Promise = Old;
      print(outcome);`,
    );
    assert.deepEqual(outcome, [200, '{}']);
  });
});

describe('Error', () => {
  const changes = {
    'prepareStackTrace that formats errors alone':
      'Error.prepareStackTrace = (error, sites) => (error instanceof Error ? "    at " + sites.join() : sites);',
    'prepareStackTrace that throws for other objects':
      'Error.prepareStackTrace = (error) => { if (!(error instanceof Error)) throw new Error("stack"); return "    at a"; };',
    'prepareStackTrace that returns a number': 'Error.prepareStackTrace = () => 1;',
    'captureStackTrace that throws':
      'Error.captureStackTrace = () => { throw new Error("stack"); };',
    'captureStackTrace that is gone': 'delete Error.captureStackTrace;',
    'stacks that cannot be written':
      'Object.defineProperty(Error.prototype, "stack", { get: () => "    at a", set() { throw new Error("stack"); } });',
    'Symbol.hasInstance that throws':
      'Object.defineProperty(Error, Symbol.hasInstance, { value() { throw new Error("instance"); } });',
  };
  for (const [what, change] of Object.entries(changes)) {
    test(`${what}: the caller gets the failure`, async () => {
      const [outcome] = await compare(`${change} print(await refused());`);
      assert.equal(outcome[0], 'ECONNREFUSED');
    });
  }
});

test('an environment that cannot be read any more fails no call', async () => {
  // The original reads it with each call, and fails.
  const outcomes = await printedBy(
    names.ours,
    `const known = await get();
    Object.defineProperty(process, 'env', { get() { throw new Error('no environment'); } });
    require('fs').writeSync(1, stringify([known, await get()]));`,
  );
  assert.deepEqual(outcomes, [
    [200, '{}'],
    [200, '{}'],
  ]);
});

describe('Date.now that', () => {
  for (const [what, value] of Object.entries({
    'returns NaN': 'NaN',
    'returns a text': '"1600000000000"',
    'returns Infinity': 'Infinity',
    throws: '(() => { throw new Error("no clock"); })()',
  })) {
    test(`${what} does to tokens and calls what it does to the original's`, async () => {
      await compare(`
        const grant = (token) => {
          try {
            const payload = { grant_type: 'refresh_token', refresh_token: token };
            const { status, body } = instanceOf().authenticateWithRefreshToken(payload, { userId: 'ham' });
            return [status, body.error, body.error_description, body.expires_in];
          } catch (error) {
            return failureOf(error);
          }
        };
        const tokenOf = () => instanceOf().authenticator.generateRefreshToken({ userId: 'ham' }).token;
        const known = tokenOf();
        const first = tokenOf;
        Date.now = () => ${value};
        let made;
        try {
          made = Buffer.from(tokenOf().split('.')[1], 'base64').toString();
        } catch (error) {
          made = failureOf(error);
        }
        print(${CLAIMS}, claimsOf({ userId: 'ham' }), made, grant(known), grant('x'), await get(), await refused());`);
    });
  }
});

describe('a signal whose reason', () => {
  // The original has no signals: the caller gets the reason itself.
  const throwing = (names) =>
    `(() => { const reason = new Error('mine'); for (const name of ${JSON.stringify(names)}) {
      Object.defineProperty(reason, name, { get() { throw new Error('read'); } }); } return reason; })()`;
  const reasons = {
    'throws when its stack, code or name is read': throwing([
      'stack',
      'code',
      'name',
      'message',
      'errors',
      'cause',
    ]),
    'is a Proxy that throws':
      'new Proxy({}, { get() { throw new Error("read"); }, getPrototypeOf() { throw new Error("read"); }, has() { throw new Error("read"); } })',
    'is a revoked Proxy':
      '(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })()',
    'has no prototype': 'Object.create(null)',
  };
  const ways = {
    natively: '',
    "through Node's client":
      "const https = require('https'); const { request } = https; https.request = (...args) => request(...args);",
    'while it is traced': "process.env.NODE_DEBUG = 'pusher-platform';",
  };
  for (const [what, reason] of Object.entries(reasons)) {
    for (const [way, prelude] of Object.entries(ways)) {
      test(`${what} is what the caller gets, ${way}`, async () => {
        platform.respond({ delay: Infinity });
        const program = `
          ${prelude}
          const reason = ${reason};
          const controller = new AbortController();
          const call = instanceOf().request({ method: 'GET', path: 'a', jwt, signal: controller.signal, retry: 2 });
          setImmediate(() => controller.abort(reason));
          print(await call.then(() => 'resolved', (error) => error === reason));`;
        const env = way === 'while it is traced' ? { NODE_DEBUG: 'pusher-platform' } : {};
        const given = JSON.stringify({ port: platform.port, identity: IDENTITY });
        const { json, code } = await run(`${START} (async () => { ${program} })();`, {
          args: [given, names.ours],
          env,
        });
        assert.deepEqual([json, code], [[true], 0]);
        platform.clear();
        platform.on('GET', 'a', ({ body }) => ({ body: { received: body } }));
        platform.on('POST', 'a', ({ body }) => ({ body: { received: body } }));
      });
    }
  }
});

test('functions that a program adds to all objects are no part of a call', async () => {
  // Every name of a property that the package reads or writes.
  const sources = readdirSync(path.join(ROOT, 'lib'), { recursive: true })
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(path.join(ROOT, 'lib', file), 'utf8'));
  const words = sources.flatMap((text) => text.match(/(?<=[.{,]\s*)[a-z]\w*(?=\b)/g) || []);
  const inherited = [...new Set(words)].filter((name) => !(name in {})).sort();
  const program = `
    const plain = stringify([await get(), await refused(), ${CLAIMS}]);
    const unlike = {};
    for (const name of given.names) {
      Object.defineProperty(Object.prototype, name, { __proto__: null, value() { return this; }, configurable: true, writable: true });
      let outcome;
      try {
        const all = Promise.all([get(), refused(), ${CLAIMS}]);
        let timer;
        const late = new Promise((resolve) => { timer = setTimeout(resolve, given.patience, 'hangs'); });
        outcome = await Promise.race([all, late]);
        clearTimeout(timer);
      } catch (error) {
        outcome = failureOf(error);
      }
      delete Object.prototype[name];
      if (stringify(outcome) !== plain) unlike[name] = outcome;
    }
    log(stringify(unlike));
    process.exit();`;
  const original = await printedBy(names.original, program, {
    names: inherited,
    // A name with which the original takes longer is left out.
    patience: 700,
  });
  // Some of them change Node itself, and so the original.
  const rest = inherited.filter((name) => !(name in original));
  assert.ok(rest.includes('take') && rest.includes('get'), Object.keys(original).join());
  assert.deepEqual(await printedBy(names.ours, program, { names: rest, patience: 20_000 }), {});
});
