'use strict';

// Tests what the platform for tests, `pusher-platform-native/testing`, documents.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { once } = require('node:events');
const https = require('node:https');
const { after, before, beforeEach, describe, test } = require('node:test');
const tls = require('node:tls');

const { Instance, SDKInfo } = require('pusher-platform-native');
const { createPlatform } = require('pusher-platform-native/testing');

const { run } = require('../support/child');
const { original } = require('../support/packages');

const LOCATOR = 'v1:local:an-instance';
const KEY = 'key-id:a:secret';
const PATH = '/services/feeds/v1/an-instance/feeds/playground';

// Each case takes far less time.
const it = (name, run) => test(name, { timeout: 120_000 }, run);

let platform;

before(async () => {
  platform = await createPlatform({ locator: LOCATOR, key: KEY });
});

beforeEach(() => platform.clear());

after(() => platform.close());

// The tokens are the original's own, because the platform must accept those.
const instanceOf = (locator, key) =>
  new original.Instance({
    locator,
    key,
    serviceName: 'feeds',
    serviceVersion: 'v1',
    client: {},
  });
const instance = instanceOf(LOCATOR, KEY);
const bearer = (options = {}, issuer = instance) =>
  `Bearer ${issuer.generateAccessToken(options).token}`;

describe('tokens', () => {
  /** Signs any header and claims with the platform's own secret. */
  const signed = (header, claims) => {
    const parts = [header, claims].map((part) => Buffer.from(JSON.stringify(part)));
    const text = parts.map((part) => part.toString('base64url')).join('.');
    const signature = crypto.createHmac('sha256', 'a:secret').update(text).digest('base64url');
    return `Bearer ${text}.${signature}`;
  };
  const claims = { instance: 'an-instance', iss: 'api_keys/key-id', exp: 4102444800 };
  const hs256 = { alg: 'HS256', typ: 'JWT' };

  it('accepts a good one, and records the request', async () => {
    platform.on('GET', 'feeds/playground', { body: { items: [] } });
    const authorization = bearer({ userId: 'zan' });
    const { status, body } = await fetchJson({ path: PATH, authorization });
    assert.deepEqual([status, body], [200, { items: [] }]);
    const [request] = platform.requests;
    assert.deepEqual([request.method, request.url, request.body], ['GET', PATH, undefined]);
    assert.equal(request.headers.authorization, authorization);
    assert.equal(request.claims.sub, 'zan');
    const own = await fetchJson({ path: PATH, authorization: signed(hs256, claims) });
    assert.equal(own.status, 200);
  });

  const [goodHeader, goodClaims, goodSignature] = bearer().split('.');
  const otherKey = instanceOf(LOCATOR, 'key-id:another');
  const otherKeyId = instanceOf(LOCATOR, 'another:a:secret');
  const otherInstance = instanceOf('v1:local:another', KEY);
  const refused = {
    'no token': [undefined, 'missing', /Authorization header/],
    'another scheme': ['Basic eDp5', 'invalid', /parse/],
    'no JWT': ['Bearer x', 'invalid', /parse/],
    'claims that are no JSON': [`${goodHeader}.bm8.${goodSignature}`, 'invalid', /parse/],
    'claims that are null': [signed(hs256, null), 'invalid', /parse/],
    'no signature': [`${goodHeader}.${goodClaims}.`, 'invalid', /signature/],
    'half a signature': [bearer().slice(0, -10), 'invalid', /signature/],
    'a signature with bits that base64 drops': [spareBits(bearer()), 'invalid', /signature/],
    "another secret's signature": [bearer({}, otherKey), 'invalid', /signature/],
    'claims that were exchanged': [
      [goodHeader, bearer({ su: true }).split('.')[1], goodSignature].join('.'),
      'invalid',
      /signature/,
    ],
    'alg none': [signed({ alg: 'none' }, claims), 'invalid', /HS256/],
    'alg HS512': [signed({ alg: 'HS512' }, claims), 'invalid', /HS256/],
    'another key as issuer': [bearer({}, otherKeyId), 'invalid', /issuer/],
    'another instance': [bearer({}, otherInstance), 'invalid', /another instance/],
    'a refresh token': [
      `Bearer ${instance.authenticator.generateRefreshToken({}).token}`,
      'invalid',
      /expiry/,
    ],
  };
  for (const [what, [authorization, code, description]] of Object.entries(refused)) {
    it(`refuses ${what}`, async () => {
      platform.respond({ status: 200 });
      const { status, headers, body } = await fetchJson({ path: PATH, authorization });
      assert.equal(status, 401);
      assert.equal(headers['www-authenticate'], 'Bearer');
      assert.equal(headers['content-type'], 'application/json');
      assert.deepEqual(Object.keys(body), ['error', 'error_description', 'error_uri']);
      assert.equal(body.error, `authentication/jwt/${code}`);
      assert.match(body.error_description, description);
      assert.equal(body.error_uri, `https://docs.pusher.com/errors/${body.error}`);
      assert.equal(platform.requests[0].claims, undefined);
    });
  }

  it('refuses an expired one', async () => {
    const authorization = bearer({ tokenExpiry: -1 });
    const { status, body } = await fetchJson({ path: PATH, authorization });
    assert.deepEqual([status, body.error], [401, 'authentication/expired']);
  });

  it('refuses the path of another instance', async () => {
    const otherPath = PATH.replace('an-instance', 'another');
    const { status, body } = await fetchJson({ path: otherPath, authorization: bearer() });
    assert.deepEqual([status, body.error], [403, 'authorization/instance_mismatch']);
  });

  it('knows no other paths, and tells of its services only with a token', async () => {
    const authorization = bearer();
    const outside = await fetchJson({ path: '/elsewhere?a=b', authorization });
    assert.deepEqual([outside.status, outside.body.error], [404, 'not_found/path_not_found']);
    const [{ serviceName, path, query }] = platform.requests;
    assert.deepEqual([serviceName, path, query], ['', '/elsewhere', { a: 'b' }]);
    assert.equal((await fetchJson({ path: PATH })).status, 401);
    const inside = await fetchJson({ path: PATH, authorization });
    assert.equal(inside.status, 404);
    assert.equal(inside.body.error, 'services/feeds/not_found/resource_not_found');
    assert.match(inside.body.error_description, /GET feeds\/playground/);
  });

  it('survives a client that goes away while it sends', async () => {
    const socket = await connect(platform);
    socket.end(`POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf`);
    await once(socket.resume(), 'close');
    platform.respond({});
    const answer = await fetchJson({ path: PATH, authorization: bearer() });
    assert.equal(answer.status, 200);
    assert.equal(platform.requests.length, 1);
  });
});

describe('answers', () => {
  const post = { method: 'POST', path: 'users', body: { id: 'zan' } };

  it('are given to one request after the other, and as the client tells them', async () => {
    platform.respond({ status: 201, headers: { 'X-One': '1', 'Set-Cookie': ['a', 'b'] } });
    platform.respond({ body: { a: [1, null] } });
    platform.respond({ body: '"text"', headers: { 'Content-Type': 'text/plain' } });
    platform.respond({ body: Buffer.from('bytes') });
    platform.respond(() => ({ body: null }));
    const list = await outcomesOf(platform, [post, post, post, post, post]);
    const contentType = 'content-type';
    const facts = list.map(({ status, headers, body }) => [status, headers[contentType], body]);
    assert.deepEqual(facts, [
      [201, undefined, ''],
      [200, 'application/json', '{"a":[1,null]}'],
      [200, 'text/plain', '"text"'],
      [200, undefined, 'bytes'],
      [200, 'application/json', 'null'],
    ]);
    assert.equal(list[0].headers['x-one'], '1');
    assert.deepEqual(list[0].headers['set-cookie'], ['a', 'b']);
  });

  it('of an error status reject as the client tells the errors of the platform', async () => {
    const error = { error: 'services/x/conflict', error_description: 'Taken', error_uri: 'u' };
    platform.respond({ status: 409, body: error });
    platform.respond({ status: 503, body: 'no JSON' });
    platform.respond({ status: 302, headers: { Location: '/elsewhere' } });
    const [conflict, broken, redirect] = await outcomesOf(platform, [post, post, post]);
    assert.deepEqual({ ...conflict, headers: 0 }, { status: 409, headers: 0, ...error });
    assert.deepEqual([broken.status, broken.error_description], [503, '']);
    assert.equal(redirect.message, 'Unsupported Redirect Response: 302');
  });

  it('refuses tokens as the client tells it, whatever is scripted', async () => {
    platform.respond({ body: 'for the last one' });
    const [none, bad, wrong, good] = await outcomesOf(platform, [
      { ...post, jwt: null },
      { ...post, jwt: 'x' },
      { ...post, jwt: instanceOf(LOCATOR, 'key-id:wrong').generateAccessToken({}).token },
      post,
    ]);
    assert.deepEqual([none.status, none.error], [401, 'authentication/jwt/missing']);
    assert.deepEqual([bad.status, bad.error], [401, 'authentication/jwt/invalid']);
    assert.deepEqual([wrong.status, wrong.error], [401, 'authentication/jwt/invalid']);
    assert.equal(good.body, 'for the last one');
  });

  it('are found by method and path, the latest first', async () => {
    platform.on('get', '/users/:id', ({ params }) => ({ body: params }));
    platform.on('GET', 'users/:id/rooms/:room', async ({ params }) => ({ body: params }));
    platform.on('GET', 'users/me', { body: 'me' });
    platform.on('DELETE', 'users/:id', { status: 204 });
    platform.respond({ body: 'once' });
    const get = (path) => ({ method: 'GET', path });
    const list = await outcomesOf(platform, [
      get('users/me'),
      get('users/me'),
      get('users/a%2Fb%20c'),
      get('users/%ff'),
      get('users/a/rooms/1'),
      { method: 'DELETE', path: 'users/me' },
      { method: 'PUT', path: 'users/me' },
      get('users'),
      get('users/a/rooms'),
    ]);
    assert.deepEqual(
      list.map(({ status, body }) => [status, body]),
      [
        [200, 'once'],
        [200, 'me'],
        [200, '{"id":"a/b c"}'],
        [200, '{"id":"%ff"}'],
        [200, '{"id":"a","room":"1"}'],
        [204, ''],
        [404, undefined],
        [404, undefined],
        [404, undefined],
      ],
    );
    const empty = '/services/feeds/v1/an-instance/users/';
    const { status } = await fetchJson({ path: empty, authorization: bearer() });
    assert.equal(status, 404);
  });

  it('tell the client of a mistake in a function', async () => {
    platform.respond(() => {
      throw new Error('a mistake');
    });
    platform.respond(async () => assert.equal(1, 2, 'not equal'));
    platform.respond({ fault: 'other' });
    platform.respond({ body: 1n });
    platform.respond({ headers: { 'X-Bad': 'a\nb' } });
    const list = await outcomesOf(platform, Array(5).fill(post));
    assert.deepEqual(
      list.map(({ status }) => status),
      Array(5).fill(500),
    );
    const [thrown, asserted, fault, bigInt, header] = list.map((each) => each.error_description);
    assert.equal(thrown, 'Error: a mistake');
    assert.match(asserted, /^AssertionError.*not equal/);
    const expected = "Expected `fault` as 'reset', 'malformed' or 'truncated', but got 'other'";
    assert.equal(fault, `TypeError: ${expected}`);
    assert.match(bigInt, /BigInt/);
    assert.match(header, /X-Bad/);
  });

  it('are forgotten when told so', async () => {
    platform.on('POST', 'users', {});
    platform.respond({});
    await outcomesOf(platform, [post]);
    platform.respond({});
    platform.clear();
    const [{ status }] = await outcomesOf(platform, [post]);
    assert.equal(status, 404);
    assert.equal(platform.requests.length, 1);
  });
});

describe('requests', () => {
  it('are recorded as their SDK meant them', async () => {
    const bodies = [{ a: 'ü' }, null, 0, 'text'];
    const qs = { limit: 20, a: { b: ['1', '2'] } };
    await outcomesOf(platform, [
      { method: 'patch', path: 'users/ä b', qs, headers: { 'X-Own': 'own' } },
      { method: 'GET', path: 'a', qs: { list: [1, 2] }, useQuerystring: true },
      ...bodies.map((body) => ({ method: 'POST', path: '/a/', body })),
    ]);
    const [first, second, ...posts] = platform.requests;
    const { headers, claims, ...rest } = first;
    assert.deepEqual(rest, {
      method: 'PATCH',
      url: '/services/things/v2/an-instance/users/%C3%A4%20b?limit=20&a%5Bb%5D%5B0%5D=1&a%5Bb%5D%5B1%5D=2',
      serviceName: 'things',
      serviceVersion: 'v2',
      instanceId: 'an-instance',
      path: 'users/%C3%A4%20b',
      params: {},
      query: { limit: '20', a: { b: ['1', '2'] } },
      body: undefined,
    });
    assert.equal(headers['x-own'], 'own');
    assert.equal(headers['x-sdk-product'], 'testing');
    assert.equal(claims.su, true);
    assert.deepEqual(second.query, { list: ['1', '2'] });
    assert.deepEqual(
      posts.map(({ path, body }) => [path, body]),
      bodies.map((body) => ['a', body]),
    );
  });

  it('have a text for a body that is no JSON', async () => {
    const authorization = bearer();
    await fetchJson({ path: PATH, method: 'POST', authorization, body: '{"half' });
    assert.equal(platform.requests[0].body, '{"half');
  });
});

describe('faults', () => {
  const get = { method: 'GET', path: 'users' };
  // A request comes before, so that the connection has been used, and a request comes after, which must not be affected.
  for (const method of ['GET', 'POST']) {
    const request = { method, path: 'users' };
    for (const [fault, code, message] of [
      ['reset', 'ECONNRESET', /read ECONNRESET/],
      ['malformed', 'HPE_INVALID_CONSTANT', /Parse Error/],
      ['truncated', 'ECONNRESET', /aborted/],
    ]) {
      it(`${fault}: the client tells it, once (${method})`, async () => {
        platform.on(method, 'users', { body: { ok: true } });
        platform.respond({});
        platform.respond({ fault, body: { ok: true } });
        // A request that is idempotent is sent three times at most.
        const isRepeated = fault === 'reset' && method === 'GET';
        if (isRepeated) {
          platform.respond({ fault });
          platform.respond({ fault });
        }
        const list = await outcomesOf(platform, [request, request, request]);
        assert.equal(list[0].status, 200);
        assert.equal(list[1].code, code);
        assert.match(list[1].message, message);
        assert.equal(list[2].body, '{"ok":true}');
        assert.equal(platform.requests.length, isRepeated ? 5 : 3);
      });
    }
  }

  it('truncated: without a body too', async () => {
    platform.respond({ fault: 'truncated' });
    const [{ code }] = await outcomesOf(platform, [get]);
    assert.equal(code, 'ECONNRESET');
  });

  it('come from functions too', async () => {
    let calls = 0;
    platform.on('POST', 'users', () => {
      calls += 1;
      return calls === 1 ? { fault: 'reset' } : {};
    });
    const post = { method: 'POST', path: 'users' };
    const [first, second] = await outcomesOf(platform, [post, post]);
    assert.deepEqual([first.code, second.status], ['ECONNRESET', 200]);
  });
});

describe('delays', () => {
  it('come before the answer', async () => {
    platform.respond({ delay: 200, body: 'late' });
    const sentAt = process.hrtime.bigint();
    const { body } = await fetchText({ path: PATH, authorization: bearer() });
    assert.equal(body, 'late');
    assert(process.hrtime.bigint() - sentAt >= 199_000_000n);
  });

  it('hold up no other answer', async () => {
    const own = await createPlatform({ locator: LOCATOR, key: KEY });
    const request = { path: PATH, authorization: bearer() };
    let held;
    await new Promise((resolve) => {
      own.respond(() => {
        resolve();
        return { delay: Infinity };
      });
      held = assert.rejects(fetchText(request, own), { code: 'ECONNRESET' });
    });
    own.respond({ body: 'at once' });
    assert.equal((await fetchText(request, own)).body, 'at once');
    await Promise.all([held, own.close()]);
  });

  it('keep no process alive once the client has gone', async () => {
    const { code, stdout, stderr } = await run(`
      const { createPlatform } = require('pusher-platform-native/testing');
      const https = require('https');
      createPlatform({ locator: 'v1:local:an-instance', key: 'key-id:a:secret' }).then((platform) => {
        let request;
        platform.respond(() => {
          request.destroy();
          return { delay: Infinity };
        });
        platform.respond(async () => {
          request.destroy();
          await platform.close();
          await new Promise(setImmediate);
          return { delay: Infinity };
        });
        const { host, port, ca } = platform;
        const headers = { authorization: '${bearer()}' };
        const ask = (next) => {
          request = https.get({ host, port, ca, headers, path: '${PATH}' });
          request.on('error', ({ code }) => {
            console.log(code);
            next();
          });
        };
        ask(() => ask(() => {}));
      });`);
    assert.equal(stdout, 'ECONNRESET\nECONNRESET\n', stderr);
    assert.equal(code, 0);
  });
});

describe('the platform', () => {
  it('says how it is called', async () => {
    for (const none of [undefined, null, 'v1:local:id']) {
      await assert.rejects(
        createPlatform(none),
        /^TypeError: Expected `createPlatform\({ locator, key }\)`/,
      );
    }
    for (const args of [[], ['GET'], ['GET', 'a'], ['GET', () => ({})], [undefined, 'a', {}]]) {
      assert.throws(
        () => platform.on(...args),
        /^TypeError: Expected `on\(method, path, responder\)`/,
      );
    }
    assert.throws(() => platform.respond(), /^TypeError: Expected `respond\(responder\)`/);
  });

  it('listens on loopback, with a certificate that its authority alone makes trusted', async () => {
    assert.equal(platform.host, '127.0.0.1');
    for (const servername of [undefined, 'localhost']) {
      const socket = await connect({ ...platform, servername });
      assert.equal(socket.authorized, true);
      socket.destroy();
    }
    await assert.rejects(connect({ ...platform, ca: undefined }), {
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
  });

  it('closes with connections open, and twice', async (t) => {
    const own = await createPlatform({ locator: LOCATOR, key: KEY });
    t.after(() => own.close());
    const socket = await connect(own);
    const closed = once(socket.resume(), 'close');
    await own.close();
    await own.close();
    await closed;
  });

  it('says what is wrong with a locator or a key', async () => {
    for (const [options, message] of [
      [{ locator: 'v1:x' }, "Expected `locator` as `version:cluster:instance-id`, but got 'v1:x'"],
      [{ locator: 5 }, 'Expected `locator` as `version:cluster:instance-id`, but got 5'],
      [{ key: undefined }, 'Expected `key` as `key-id:secret`, but got a value of type undefined'],
      [{ key: null }, 'Expected `key` as `key-id:secret`, but got null'],
      [{ key: 'a-secret' }, 'Expected `key` as `key-id:secret`, but got a string without a colon'],
      [{ key: ':a-secret' }, 'Expected `key` as `key-id:secret`, but got a string of another form'],
    ]) {
      await assert.rejects(createPlatform({ locator: LOCATOR, key: KEY, ...options }), { message });
    }
  });

  it('needs neither the addon nor a secret in sight', async () => {
    const { json, stdout, stderr } = await run(`
      const { inspect } = require('util');
      const { createPlatform } = require('pusher-platform-native/testing');
      createPlatform({ locator: 'v1:local:an-instance', key: 'key-id:a-secret' }).then((platform) => {
        console.log(inspect(platform, { depth: null, showHidden: true }));
        console.log(JSON.stringify(Object.keys(require.cache).filter((name) => /\\.node$/.test(name))));
        return platform.close();
      });`);
    assert.deepEqual(json, []);
    assert.doesNotMatch(stdout + stderr, /a-secret|PRIVATE KEY/);
  });
});

/** Makes an SDK's requests, one after another, and returns the value that each resolves or rejects with. */
async function outcomesOf({ host, port, ca }, list) {
  const sdk = new Instance({
    locator: LOCATOR,
    key: KEY,
    serviceName: 'things',
    serviceVersion: 'v2',
    sdkInfo: new SDKInfo({ productName: 'testing', version: '1.0.0' }),
    host,
    port,
    ca,
  });
  const { token } = sdk.generateAccessToken({ su: true });
  const outcomes = [];
  for (const each of list) {
    const jwt = each.jwt === null ? undefined : each.jwt || token;
    const outcome = await sdk.request({ ...each, jwt }).then(
      ({ statusCode: status, headers, body }) => ({ status, headers, body }),
      (error) => error,
    );
    outcomes.push(outcome);
  }
  return outcomes;
}

async function fetchText({ authorization, body, ...options }, { host, port, ca } = platform) {
  const headers = authorization && { authorization };
  const request = https.request({ agent: false, host, port, ca, headers, ...options });
  request.end(body);
  const [response] = await once(request, 'response');
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  const { statusCode: status } = response;
  return { status, headers: response.headers, body: Buffer.concat(chunks).toString() };
}

async function fetchJson(options) {
  const { body, ...answer } = await fetchText(options);
  return { ...answer, body: body && JSON.parse(body) };
}

async function connect({ host, port, ca, servername }) {
  const socket = tls.connect({ host, port, ca, servername });
  await once(socket, 'secureConnect');
  // close() on the other side may arrive here as a reset.
  socket.on('error', () => {});
  return socket;
}

/**
 * Returns the token with another spelling of its signature that a lenient decoder accepts: the last digit of 32 octets has two
 * unused bits.
 */
function spareBits(token) {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + digits[digits.indexOf(token.at(-1)) + 1];
}
