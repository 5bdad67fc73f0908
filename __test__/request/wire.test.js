'use strict';

// Compares the bytes of each request, and the outcome of its response, with the published original's: both packages make every
// request to one recording TLS server.

const assert = require('node:assert/strict');
const { after, before, describe, test } = require('node:test');
const { inspect } = require('node:util');
const fc = require('fast-check');

const { build } = require('../support/recipe');
const {
  json,
  jsonObjects,
  longStrings,
  primitives,
  strings,
  values,
} = require('../support/values');
const { isUnparsable, property, startWire } = require('./wire');

const RUNS = Number(process.env.CONFORMANCE_RUNS || 10_000);

const SDK_INFO = object({ productName: 'product', version: '1.0.0' });

let wire;

before(async () => {
  wire = await startWire();
});

after(() => wire.close());

/** Returns a recipe of an object. */
function object(properties) {
  return { make: 'object', prototype: 'plain', entries: Object.entries(properties) };
}

/** Runs an asynchronous property for its share of all runs. */
async function check(share, arbitrary, property) {
  // A case that hangs is reported without shrinking, because every step of shrinking would also hang.
  let hung = false;
  const asserting = async (value) => {
    if (hung) return;
    try {
      await property(value);
    } catch (error) {
      hung = error.code === 'ERR_HUNG';
      throw error;
    }
  };
  await fc.assert(fc.asyncProperty(arbitrary, asserting), { numRuns: Math.ceil(RUNS * share) });
}

/** Returns a call that makes one request, or a list of requests, with a new Instance that connects to the server. */
function callOf({ instance, ...parts }) {
  return {
    kind: 'list' in parts ? 'sequence' : 'request',
    sdkInfo: SDK_INFO,
    ...parts,
    instance: {
      locator: 'v1:us1:instance-id',
      key: 'key-id:secret',
      serviceName: 'service',
      serviceVersion: 'v1',
      host: '127.0.0.1',
      port: wire.port,
      ...instance,
    },
  };
}

/** Makes a call with one package. */
const make = (seat, parts, respond) => wire.make(seat, callOf(parts), respond);

/** Makes one request with both packages and `options`, and compares everything that can be observed. */
function same(options, { respond, ...parts } = {}) {
  const recipe = 'make' in options ? options : object(options);
  return wire.same(callOf({ options: recipe, ...parts }), respond);
}

/** Does the same for a request that must reach the server. */
async function sameAndSent(options, parts) {
  const theirs = await same(options, parts);
  assert.ok(theirs.requests.length > 0, 'no request was sent');
  return theirs;
}

describe('paths', () => {
  const pieces = fc.oneof(
    { weight: 3, arbitrary: fc.string({ maxLength: 6 }) },
    {
      weight: 3,
      arbitrary: fc.constantFrom('/', '//', '/ ', ' ', '.', '..', '/./', '/../', '/..', '?', '#'),
    },
    fc.constantFrom('%', '%2e%2e', '%2F', '%zz', '%25', "'", '"', '`', '\\', '|', '^', '{', '}'),
    fc.constantFrom('<', '>', '[', ']', '@', ':', ';', '&', '=', '+', '~', '*', '!', '$', '(', ')'),
    fc.constantFrom('a?b=c', 'https://other', '//other', '@other', '%00', '%C3%A9', '\\\\other'),
    fc.integer({ min: 0, max: 0x7e }).map((unit) => String.fromCharCode(unit)),
  );
  const ascii = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(''));

  test('of ASCII are the original’s on the wire', async () => {
    await check(0.06, ascii, (text) => same({ path: text }));
  });

  test('with a query behind them are the original’s on the wire', async () => {
    await check(0.01, fc.tuple(ascii, strings), ([text, value]) =>
      same({ path: text, qs: object({ a: value }) }),
    );
  });

  for (const control of Array.from({ length: 0x21 }, (_, unit) => String.fromCharCode(unit))) {
    const name = `U+00${control.charCodeAt(0).toString(16).padStart(2, '0')}`;
    test(`with ${name} first, inside and last`, async () => {
      await same({ path: `${control}feeds` });
      await same({ path: `fe${control}eds` });
      await same({ path: `feeds${control}` });
      await same({ path: `/${control}/` });
    });
  }

  // Ours sends UTF-8, percent-encoded; the original sends the same for a path that is already encoded in this way. DEL is ASCII,
  // but like the other characters it is not allowed in a URL (RFC 3986, section 2).
  test('beyond ASCII are the original’s of the percent-encoded path', async () => {
    const beyond = fc
      .array(fc.oneof(pieces, strings), { maxLength: 5 })
      .map((parts) => parts.join('').replace(/[\u00a0\ufeff]/g, ''));
    // Buffer is used because encodeURIComponent throws on a lone surrogate.
    const encode = (text) =>
      text.replace(/[\u007f-\u{10ffff}]/gu, (point) =>
        [...Buffer.from(point)].map((byte) => `%${byte.toString(16).toUpperCase()}`).join(''),
      );
    await check(0.02, beyond, async (text) => {
      const theirs = await make(0, { options: object({ path: encode(text) }) });
      const mine = await make(1, { options: object({ path: text }) });
      assert.deepEqual(
        mine.requests.map(({ target }) => target),
        theirs.requests.map(({ target }) => target),
      );
    });
  });

  // The original's URL parser treats these characters as spaces, and trims them.
  test('that end in a no-break space or a byte order mark are the original’s', async () => {
    const ends = [
      '\u00a0',
      '\ufeff',
      '\ufeff/',
      '/\u00a0',
      '\u00a0 ',
      ' \ufeff',
      '\u0001\u00a0\ufeff ',
    ];
    for (const end of ends) {
      await sameAndSent({ path: end });
      await sameAndSent({ path: `feeds${end}` });
      await sameAndSent({ path: `feeds/${end}` });
    }
  });

  test('that are no strings become text as the original makes it', async () => {
    const others = [0, -0, 1.5, NaN, true, false, 10n, { make: 'date', time: 0 }].concat([
      { make: 'array', items: ['a', 'b'] },
      { make: 'text', value: 'a/b' },
      object({}),
      { make: 'boxed', value: 'a' },
      { make: 'function', entries: [] },
      { make: 'symbol', text: 'a' },
      { make: 'untextable' },
    ]);
    for (const other of others) await same({ path: other });
  });

  test('that are very long', async () => {
    // The native client takes no URL above 65 534 bytes.
    for (const length of [60_000, 70_000]) await same({ path: 'a'.repeat(length) });
  });

  test('are cleaned after the service, the version and the instance are in them', async () => {
    const parts = fc.record({
      serviceName: ascii.filter((text) => text !== ''),
      serviceVersion: ascii.filter((text) => text !== ''),
      path: ascii,
    });
    await check(0.01, parts, ({ path: text, ...instance }) => same({ path: text }, { instance }));
  });
});

describe('query strings', () => {
  const deep = { depth: Infinity };
  // Circular values are left out, because both packages follow them until the stack overflows, or endlessly. Long strings are
  // left out, because no server accepts a URL of their length.
  const qs = fc.oneof(
    { weight: 3, arbitrary: jsonObjects },
    {
      weight: 2,
      arbitrary: values.filter((recipe) => !/'(ancestor|repeat)'/.test(inspect(recipe, deep))),
    },
    primitives,
  );
  const flags = fc.constantFrom(undefined, true, false, true, false, null, 0, 1, '', 'yes');

  test('of every kind are the original’s on the wire', async () => {
    await check(0.06, fc.tuple(qs, flags), ([recipe, useQuerystring]) =>
      same({ path: 'feeds', qs: recipe, useQuerystring }),
    );
  });

  const array = (...items) => ({ make: 'array', items });
  const examples = {
    'nested objects': object({ a: object({ b: object({ c: 'd' }) }) }),
    arrays: object({
      ids: array('a', 'b', 'c'),
      empty: array(),
      nested: array(array(1), array(2)),
    }),
    'an array of objects': object({ list: array(object({ a: 1 }), object({ b: array(1, 2) })) }),
    'null and undefined': object({ a: null, b: undefined, c: '' }),
    booleans: object({ joinable: true, other: false }),
    dates: object({ from: { make: 'date', time: 0 }, never: { make: 'date', time: NaN } }),
    numbers: object({ a: 0, b: -0, c: NaN, d: Infinity, e: 1e21 }),
    'nothing at all': object({}),
    'only what is left out': object({ a: undefined }),
    'reserved characters': object({ 'a&b=c': 'd&e=f?g#h+i%20j k\'l"m!n(o)p*q~r' }),
    'brackets in a name': object({ 'a[b]': 'c', 'd[]': 'e' }),
    'astral characters': object({ name: '\u{1f600}\u00e9\u20ac' }),
    'a buffer': object({ a: { make: 'buffer', text: 'b' } }),
    'a string': 'a=b',
    'an empty string': '',
    'an array alone': array('a', 'b'),
    'a circle': object({ a: object({ b: { make: 'ancestor', up: 0 } }) }),
    'an inherited property': { make: 'object', prototype: 'inheriting', entries: [['a', 'b']] },
    'a lone surrogate': object({ a: '\ud800' }),
  };
  for (const [name, recipe] of Object.entries(examples)) {
    for (const useQuerystring of [true, false]) {
      test(`${name}, useQuerystring ${useQuerystring}`, async () => {
        await same({ path: 'feeds', qs: recipe, useQuerystring });
        await same({ path: 'feeds', qs: recipe, useQuerystring, method: 'POST', body: 'text' });
      });
    }
  }
});

describe('bodies', () => {
  test('of every kind are the original’s on the wire, or fail with its error', async () => {
    const bodies = fc.oneof({ weight: 2, arbitrary: json }, values);
    const methods = fc.constantFrom('POST', 'PUT', 'DELETE', 'PATCH', 'GET', undefined);
    await check(0.04, fc.tuple(bodies, methods), ([body, method]) =>
      same({ path: 'feeds', body, method }),
    );
  });

  const examples = {
    undefined: undefined,
    null: null,
    zero: 0,
    false: false,
    'an empty string': '',
    'a string': 'text',
    'a non-ASCII string': '\u00e9\u20ac\u{1f600}',
    'a lone surrogate': '\ud800',
    'an empty object': object({}),
    'an empty array': { make: 'array', items: [] },
    'a function': { make: 'function', entries: [] },
    'a symbol': { make: 'symbol', text: 'a' },
    'a BigInt': 1n,
    NaN,
    'toJSON that returns undefined': { make: 'toJSON', entries: [], returns: undefined },
    'toJSON that throws': { make: 'toJSON', entries: [], returns: { make: 'thrown', text: 'x' } },
    'a getter that throws': object({ a: { make: 'thrower', text: 'x' } }),
    'a circle': object({ a: object({ b: { make: 'ancestor', up: 1 } }) }),
    'a date': { make: 'date', time: 0 },
    'an invalid date': { make: 'date', time: NaN },
    'a buffer': { make: 'buffer', text: 'abc' },
    'a map': { make: 'map', entries: [['a', 1]] },
    'a megabyte': { make: 'repeat', text: '\u00e9', times: 500_000 },
  };
  for (const [name, body] of Object.entries(examples)) {
    test(`${name}, with every method`, async () => {
      for (const method of [
        'POST',
        'PUT',
        'PATCH',
        'DELETE',
        'GET',
        'OPTIONS',
        'HEAD',
        undefined,
      ]) {
        await same({ path: 'feeds', body, method });
      }
    });
  }

  test('that are very long', async () => {
    await check(0.002, longStrings, (body) => sameAndSent({ path: 'feeds', method: 'POST', body }));
  });

  test('that the caller names otherwise than JSON', async () => {
    const headers = object({ 'content-type': 'text/plain' });
    await sameAndSent({ path: 'feeds', method: 'POST', body: 'text', headers });
  });
});

describe('methods', () => {
  // CONNECT is left out: the original waits forever for a response, because Node passes the response to no listener.
  const known = [
    'GET',
    'HEAD',
    'POST',
    'PUT',
    'DELETE',
    'OPTIONS',
    'PATCH',
    'TRACE',
    'PURGE',
    'M-SEARCH',
  ];
  const spellings = (method) => [
    method,
    method.toLowerCase(),
    method[0] + method.slice(1).toLowerCase(),
  ];

  for (const method of known) {
    test(`${method}, in every case, with and without a body`, async () => {
      for (const spelling of spellings(method)) {
        await same({ path: 'feeds', method: spelling });
        await same({ path: 'feeds', method: spelling, body: object({ a: 1 }) });
        await same({ path: 'feeds', method: spelling, body: '' });
      }
    });
  }

  test('of the caller’s own, and those that are none', async () => {
    const texts = [
      'FEED',
      'feed',
      "!#$%&'*+-.^_`|~09",
      '',
      ' ',
      'A B',
      'GET\r\n',
      'G\u00c9T',
      'G(T',
      '\u20ac',
    ];
    const others = [null, 0, false, 5, true, 1n, object({}), { make: 'array', items: ['GET'] }]
      .concat([
        { make: 'symbol', text: 'GET' },
        { make: 'boxed', value: 'POST' },
      ])
      .concat([
        { make: 'text', value: 'POST' },
        { make: 'function', entries: [] },
      ]);
    for (const method of [...texts, ...others]) {
      await same({ path: 'feeds', method });
      await same({ path: 'feeds', method, body: 'text' });
    }
  });
});

describe('headers', () => {
  // Headers that concern the connection, or whose value decides the framing of the body, have tests of their own.
  const FRAMING = /^(content-length|transfer-encoding|connection|expect|upgrade|te|trailer|host)$/i;
  const headerNames = fc.oneof(
    { weight: 4, arbitrary: fc.stringMatching(/^[a-zA-Z0-9-]{1,8}$/) },
    fc.stringMatching(/^[!#$%&'*+.^_`|~0-9a-z-]{1,8}$/),
    fc.constantFrom(
      'x-a',
      'X-A',
      'X-SDK-Product',
      'x-sdk-version',
      'Authorization',
      'authorization',
    ),
    fc.constantFrom('Content-Type', 'content-type', 'User-Agent', 'Accept', 'Cookie', 'Date'),
    fc.constantFrom('accept-encoding', 'Referer', 'cache-control', 'If-None-Match', 'Range'),
    fc.constantFrom(
      '',
      ' ',
      'a b',
      'a\u0000b',
      'a:',
      '\u00e9',
      '(',
      'a\n',
      '__proto__',
      '0',
      '1',
      'constructor',
    ),
  );
  const headerValues = fc.oneof(
    { weight: 3, arbitrary: fc.string() },
    { weight: 2, arbitrary: fc.constantFrom('a', '', ' a ', '\ta', 'a, b', '"a"', 'a;b=c') },
    fc.constantFrom(
      '\u00e9',
      '\u00ff',
      '\u0100',
      '\u20ac',
      '\r\n',
      'a\r\nx: y',
      'a\u0000b\u0000c\u0000d',
      '\u0000',
      '\u007f',
    ),
    fc.constantFrom(0, -0, 1.5, NaN, true, false, null, undefined, 10n),
    fc.constantFrom({ make: 'symbol', text: 'a' }, { make: 'untextable' }, object({})),
    fc.record({
      make: fc.constant('array'),
      items: fc.array(fc.constantFrom('a', 'b', '', 1, true, null, undefined, '\u00e9', '\u20ac')),
    }),
    fc.record({ make: fc.constant('text'), value: fc.string() }),
    fc.constantFrom({ make: 'date', time: 0 }, { make: 'boxed', value: 'a' }),
  );
  const entries = fc
    .uniqueArray(fc.tuple(headerNames, headerValues), { maxLength: 5, selector: ([name]) => name })
    .filter((list) => !list.some(([name]) => FRAMING.test(name)));
  const headerObjects = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        make: fc.constant('object'),
        entries,
        prototype: fc.constantFrom('plain', 'plain', 'plain', 'none', 'class', 'inheriting'),
      }),
    },
    fc.constantFrom(undefined, null, 0, '', object({}), { make: 'map', entries: [['a', 'b']] }),
    fc.constantFrom('text', { make: 'array', items: ['a', 'b'] }, 5, true),
  );

  test('of every kind are the original’s on the wire, or fail with its error', async () => {
    await check(0.06, headerObjects, (headers) => same({ path: 'feeds', headers }));
  });

  test('and a token beside them', async () => {
    const tokens = fc.oneof(
      strings,
      primitives.filter((token) => token?.make === undefined),
      fc.constantFrom('a.b.c', '', undefined, null, 0, false, {
        make: 'text',
        value: 'a',
      }),
      fc.constantFrom({ make: 'array', items: ['a'] }, { make: 'symbol', text: 'a' }),
    );
    await check(0.02, fc.tuple(headerObjects, tokens), ([headers, jwt]) =>
      same({ path: 'feeds', headers, jwt }),
    );
  });

  test('changed on the SDKInfo, whose products and versions may be anything', async () => {
    const sdkInfo = fc
      .record({
        productName: headerValues,
        version: headerValues,
        language: headerValues,
        platform: headerValues,
      })
      .map(object);
    // A `__proto__` would change what the headers inherit, and the case would then fail because the original leaks headers
    // between calls.
    const changes = headerObjects.filter((recipe) => !inspect(recipe).includes('__proto__'));
    const changed = fc.record({ sdkInfo, headers: changes, own: headerObjects });
    await check(0.02, changed, ({ sdkInfo: info, headers, own }) =>
      same({ path: 'feeds', headers: own }, { sdkInfo: info, headers }),
    );
  });

  const given = {
    'a Content-Length that is right': { 'Content-Length': 4, body: '\u00e9' },
    'a content-length that is right, as text': { 'content-length': '4', body: '\u00e9' },
    'a Host that the certificate names': { Host: 'localhost' },
    'a host with a port': { host: 'localhost:8443' },
    'an empty Host': { Host: '' },
    'Connection: close': { Connection: 'close' },
    'Connection: keep-alive': { connection: 'keep-alive' },
    'Connection: Keep-Alive': { Connection: 'Keep-Alive' },
    'a User-Agent': { 'User-Agent': 'agent/1.0' },
    'an Authorization': { Authorization: 'Basic YTpi' },
    'an Accept': { Accept: 'application/json' },
    'an Accept-Encoding': { 'Accept-Encoding': 'gzip' },
    'a Content-Type without a body': { 'Content-Type': 'text/plain' },
    'a Content-Type in capitals': { 'CONTENT-TYPE': 'text/plain', body: 'a' },
    'a Cookie': { Cookie: 'a=b' },
    'several cookies': { Cookie: { make: 'array', items: ['a=b', 'c=d'] } },
    'a Cookie list of one': { Cookie: { make: 'array', items: [null] } },
    'an empty Cookie list': { Cookie: { make: 'array', items: [] } },
    'an empty list': { 'X-A': { make: 'array', items: [] } },
    'an empty list for an SDK header': { 'x-sdk-version': { make: 'array', items: [] } },
    'an empty list behind another case': { 'X-A': 'a', 'x-a': { make: 'array', items: [] } },
    'another case behind an empty list': { 'X-A': { make: 'array', items: [] }, 'x-a': 'a' },
    'an empty list without a name': { '': { make: 'array', items: [] } },
    'two cases of one name': { 'X-A': '1', 'x-a': '2', 'X-a': '3' },
    'two cases of a standard name': { 'Content-Type': 'a/b', 'content-type': 'c/d', body: 'a' },
    'an SDK header in another case': { 'x-sdk-product': 'other' },
    'an undefined SDK header': { 'X-SDK-Product': undefined },
    'an undefined Content-Type': { 'Content-Type': undefined, body: 'a' },
    'an empty Content-Type': { 'Content-Type': '', body: 'a' },
    'a Content-Type list': { 'Content-Type': { make: 'array', items: ['a/b'] }, body: 'a' },
    'Proxy-Authorization': { 'Proxy-Authorization': 'Basic YTpi' },
    'Keep-Alive': { 'Keep-Alive': 'timeout=5' },
    'a TE': { TE: 'trailers' },
  };
  for (const [name, { body, ...headers }] of Object.entries(given)) {
    test(`with ${name}`, async () => {
      await same({
        path: 'feeds',
        method: body === undefined ? 'GET' : 'POST',
        body,
        headers: object(headers),
      });
      await same({ path: 'feeds', method: 'POST', body, headers: object(headers), jwt: 'a.b.c' });
    });
  }

  // Node checks the certificate for the name in Host. Its error contains the certificate as OpenSSL parses it.
  test('with a Host that the certificate does not name', async () => {
    const call = { options: object({ path: 'feeds', headers: object({ Host: 'other.example' }) }) };
    const [theirs, mine] = [await make(0, call), await make(1, call)].map(
      ({ outcome: { rejected }, requests }) => ({
        requests,
        told: ['message', 'code', 'reason', 'host'].map((name) => property(rejected, name)),
      }),
    );
    assert.deepEqual(theirs.requests, []);
    assert.deepEqual(mine, theirs);
  });

  test('with both an authorization of the caller’s and a token', async () => {
    for (const name of ['Authorization', 'authorization', 'AUTHORIZATION']) {
      await sameAndSent({ path: 'feeds', headers: object({ [name]: 'Basic YTpi' }), jwt: 'a.b.c' });
    }
  });
});

describe('hosts and ports', () => {
  test('by name, by address, and as text', async () => {
    for (const host of ['127.0.0.1', 'localhost', 'LOCALHOST', 'LocalHost']) {
      await sameAndSent({ path: 'feeds' }, { instance: { host } });
      await sameAndSent({ path: 'feeds' }, { instance: { host, port: String(wire.port) } });
    }
  });

  test('changed on the client', async () => {
    await sameAndSent({ path: 'feeds' }, { client: { host: 'localhost' } });
    await sameAndSent({ path: 'feeds' }, { instance: { port: 1 }, client: { port: wire.port } });
    await sameAndSent({ path: 'feeds' }, { client: { serviceName: 'other' } });
    await sameAndSent({ path: 'feeds' }, { client: { serviceVersion: 'v2' } });
    await sameAndSent({ path: 'feeds' }, { client: { instanceId: 'other' } });
    await same({ path: 'feeds' }, { client: { serviceName: undefined, instanceId: null } });
  });
});

describe('answers', () => {
  const bodies = {
    'a platform error': '{"error":"a/b","error_description":"c","error_uri":"https://d"}',
    'an error without a description': '{"error":"a/b"}',
    'an error that is an object': '{"error":{"a":1},"error_description":["b"],"error_uri":null}',
    'an object without errors': '{"a":1}',
    'an error with __proto__': '{"__proto__":{"error":"a"},"error_description":"b"}',
    'an array': '[1]',
    'a string': '"text"',
    'a number': '1',
    true: 'true',
    nothing: '',
    HTML: '<html>',
    'half of JSON': '{"error":',
    'JSON behind a byte order mark': '\ufeff{"error":"a"}',
    'a duplicate key': '{"error":"a","error":"b"}',
    'lone surrogates': '{"error":"\\ud800"}',
    'deep JSON': `{"error":${'['.repeat(500)}${']'.repeat(500)}}`,
    whitespace: ' \r\n\t{"error":"a"}\n',
  };
  const statuses = [
    200, 201, 202, 203, 206, 226, 299, 300, 304, 305, 399, 400, 401, 403, 404, 409,
  ].concat([418, 422, 429, 499, 500, 502, 503, 504, 599, 600, 799, 999]);

  for (const status of statuses) {
    test(`${status}, with bodies of every kind`, async () => {
      for (const body of status === 304 ? [''] : Object.values(bodies)) {
        await sameAndSent({ path: 'feeds' }, { respond: () => ({ status, body }) });
      }
      const respond = () => ({ status, body: status === 304 ? '' : '{"error":"a"}' });
      await sameAndSent({ path: 'feeds', method: 'POST', body: 'a' }, { respond });
      await sameAndSent({ path: 'feeds', method: 'HEAD' }, { respond });
    });
  }

  test('204 and 205, which have no body', async () => {
    for (const status of [204, 205])
      await sameAndSent({ path: 'feeds' }, { respond: () => ({ status }) });
  });

  const text = (...lines) => lines.join('\r\n');
  const raw = {
    'header names in odd case': text('HTTP/1.1 200 OK', 'x-A: b', 'CONTENT-length: 2', '', 'hi'),
    'headers that repeat': text(
      'HTTP/1.1 200 OK',
      'Set-Cookie: a=b',
      'set-cookie: c=d',
      'X-A: 1',
      'x-a: 2',
      'Age: 1',
      'Age: 2',
      'Content-Type: a/b',
      'Content-Type: c/d',
      'ETag: 1',
      'Vary: a',
      'Vary: b',
      'Cookie: a',
      'Cookie: b',
      'Date: x',
      'Date: y',
      'Content-Length: 0',
      '',
      '',
    ),
    'headers beyond ASCII': text(
      'HTTP/1.1 200 OK',
      'X-A: \u00e9\u00ff',
      'Content-Length: 0',
      '',
      '',
    ),
    'an empty header': text('HTTP/1.1 200 OK', 'X-A:', 'X-B: \t ', 'Content-Length: 0', '', ''),
    'headers with spaces around': text(
      'HTTP/1.1 200 OK',
      'X-A: \t b \t',
      'Content-Length: 0',
      '',
      '',
    ),
    'a __proto__ header': text('HTTP/1.1 200 OK', '__proto__: a', 'Content-Length: 0', '', ''),
    'a reason of its own': text('HTTP/1.1 200 Very Well', 'Content-Length: 0', '', ''),
    'no reason': text('HTTP/1.1 200 ', 'Content-Length: 0', '', ''),
    'no reason and no space': text('HTTP/1.1 200', 'Content-Length: 0', '', ''),
    'a body in chunks': text(
      'HTTP/1.1 200 OK',
      'Transfer-Encoding: chunked',
      '',
      '2',
      'hi',
      '3;extension=a',
      ' ho',
      '0',
      '',
      '',
    ),
    'trailers behind chunks': text(
      'HTTP/1.1 200 OK',
      'Trailer: X-A',
      'Transfer-Encoding: chunked',
      '',
      '2',
      'hi',
      '0',
      'X-A: b',
      '',
      '',
    ),
    'HTTP/1.0': text('HTTP/1.0 200 OK', 'Connection: close', '', 'until the end'),
    'HTTP/1.0 with a length': text(
      'HTTP/1.0 200 OK',
      'Connection: close',
      'Content-Length: 2',
      '',
      'hi',
    ),
    'a body until the end': text('HTTP/1.1 200 OK', 'Connection: close', '', 'until the end'),
    'no body until the end': text('HTTP/1.1 200 OK', 'Connection: close', '', ''),
    'an error until the end': text('HTTP/1.1 500 Oh', 'Connection: close', '', '{"error":"a"}'),
    'a 100 before': text(
      'HTTP/1.1 100 Continue',
      '',
      'HTTP/1.1 200 OK',
      'Content-Length: 2',
      '',
      'hi',
    ),
    'a 103 before': text(
      'HTTP/1.1 103 Early Hints',
      'Link: <a>',
      '',
      'HTTP/1.1 200 OK',
      'Content-Length: 2',
      '',
      'hi',
    ),
    'a compressed body that nobody asked for': text(
      'HTTP/1.1 200 OK',
      'Content-Encoding: gzip',
      'Content-Length: 4',
      '',
      '\u001f\u008b\u0008\u0000',
    ),
    'Location with 200': text('HTTP/1.1 200 OK', 'Location: /a', 'Content-Length: 0', '', ''),
    'a redirect without Location': text('HTTP/1.1 302 Found', 'Content-Length: 0', '', ''),
    'an Allow-like error': text(
      'HTTP/1.1 405 No',
      'Allow: GET',
      'X-A: 1',
      'x-a: 2',
      'Content-Length: 2',
      '',
      '{}',
    ),
    'a challenge': text(
      'HTTP/1.1 401 No',
      'WWW-Authenticate: Basic realm="a"',
      'Content-Length: 13',
      '',
      '{"error":"a"}',
    ),
    'many headers': text(
      'HTTP/1.1 200 OK',
      ...Array.from({ length: 90 }, (_, index) => `X-${index}: ${index}`),
      'Content-Length: 0',
      '',
      '',
    ),
  };
  for (const [name, bytes] of Object.entries(raw)) {
    test(`with ${name}`, async () => {
      await sameAndSent({ path: 'feeds' }, { respond: () => bytes });
    });
  }

  test('become JSON as the original’s do', async () => {
    const respond = () => ({ headers: { 'X-A': 'b' }, body: '{"a":1}' });
    const call = { options: object({ path: 'feeds' }) };
    const [theirs, mine] = [await make(0, call, respond), await make(1, call, respond)];
    assert.deepStrictEqual(mine.outcome.resolved.json, theirs.outcome.resolved.json);
  });

  test('to HEAD, which tell the length of a body that they do not have', async () => {
    const respond = () => text('HTTP/1.1 200 OK', 'Content-Length: 20', '', '');
    await sameAndSent({ path: 'feeds', method: 'HEAD' }, { respond });
    await sameAndSent({ path: 'feeds', method: 'head' }, { respond });
  });

  test('with bodies of any bytes, decoded alike', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc
        .array(
          fc.constantFrom(
            0x61,
            0x80,
            0xbf,
            0xc0,
            0xc3,
            0xa9,
            0xe2,
            0x82,
            0xac,
            0xed,
            0xa0,
            0xf0,
            0x9f,
            0xf4,
          ),
        )
        .map((list) => Uint8Array.from(list)),
      fc.constant(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)),
    );
    const statuses = fc.constantFrom(200, 400);
    await check(0.02, fc.tuple(bytes, statuses), ([body, status]) =>
      sameAndSent({ path: 'feeds' }, { respond: () => ({ status, body: Buffer.from(body) }) }),
    );
  });

  test('with JSON errors of every kind', async () => {
    const texts = fc.tuple(json, json, json).map(([error, description, uri]) => ({
      error,
      error_description: description,
      error_uri: uri,
    }));
    await check(0.01, texts, (fields) =>
      sameAndSent(
        { path: 'feeds' },
        { respond: () => ({ status: 500, body: JSON.stringify(build(object(fields))) }) },
      ),
    );
  });
});

describe('redirects', () => {
  const statuses = [300, 301, 302, 303, 305, 307, 308];
  const methods = [
    'GET',
    'HEAD',
    'OPTIONS',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'FEED',
    'get',
    'post',
    undefined,
  ];

  // The first request is redirected; every other target responds with 200.
  const redirecting =
    (status, location) =>
    ({ target }) =>
      target.endsWith('/instance-id/feeds')
        ? { status, headers: { Location: location() } }
        : { body: 'there' };

  for (const status of statuses) {
    test(`${status}, with every method`, async () => {
      const respond = redirecting(status, () => '/elsewhere?a=b');
      for (const method of methods) {
        for (const body of [undefined, object({ a: 1 })]) {
          const headers = object({ 'X-A': 'b', 'Content-Type': 'a/b' });
          await same({ path: 'feeds', method, headers, body, jwt: 'a.b.c' }, { respond });
        }
      }
    });
  }

  const locations = {
    'a path': () => '/elsewhere',
    'a relative path': () => 'elsewhere',
    'a dotted path': () => '../../elsewhere/./a',
    'a query alone': () => '?a=b',
    'a fragment': () => '/elsewhere#fragment',
    'this host in full': () => `https://127.0.0.1:${wire.port}/elsewhere`,
    'this host without a scheme': () => `//127.0.0.1:${wire.port}/elsewhere`,
    'credentials in it': () => `https://user:pass@127.0.0.1:${wire.port}/elsewhere`,
    'a scheme in capitals': () => `HTTPS://127.0.0.1:${wire.port}/elsewhere`,
    'an unknown scheme': () => 'ftp://127.0.0.1/elsewhere',
    'no path': () => `https://127.0.0.1:${wire.port}`,
    'spaces and quotes': () => '/else where/"a"',
    'percent-encoding': () => '/%C3%A9%2F',
    'double slashes': () => '/a//b/',
    nothing: () => '',
  };
  for (const [name, location] of Object.entries(locations)) {
    test(`to ${name}`, async () => {
      for (const status of [302, 307]) {
        const respond = redirecting(status, location);
        for (const method of ['GET', 'HEAD']) {
          await sameAndSent({ path: 'feeds', method, jwt: 'a.b.c' }, { respond });
          await sameAndSent(
            { path: 'feeds', headers: object({ authorization: 'a' }) },
            { respond },
          );
        }
      }
    });
  }

  test('ten times, and no more', async () => {
    for (const count of [9, 10, 11, 12]) {
      const respond = ({ target }) => {
        const done = Number(/\d+$/.exec(target)?.[0] ?? 0);
        return done < count
          ? { status: 302, headers: { Location: `/${done + 1}` } }
          : { body: 'there' };
      };
      const { requests } = await sameAndSent({ path: 'feeds' }, { respond });
      assert.equal(requests.length, Math.min(count, 10) + 1);
    }
  });

  test('with a query, which the redirect’s own takes the place of', async () => {
    const respond = ({ target }) =>
      target.includes('elsewhere')
        ? { body: 'there' }
        : { status: 302, headers: { Location: '/elsewhere' } };
    await sameAndSent({ path: 'feeds', qs: object({ a: 'b' }) }, { respond });
  });
});

describe('where ours differs on purpose', () => {
  const ours = async (parts, respond) => make(1, parts, respond);
  const header = ({ headers }, name) => headers.find(([each]) => each.toLowerCase() === name)?.[1];
  const headersOf = (described) =>
    property(described, 'headers').own.map(({ key, value }) => [key, value]);

  test('a body is application/json, and nothing else is said to be', async () => {
    const post = async (parts) =>
      (await ours({ options: object({ method: 'POST', path: 'feeds', ...parts }) })).requests[0];
    assert.equal(header(await post({ body: object({}) }), 'content-type'), 'application/json');
    assert.equal(header(await post({ body: null }), 'content-type'), 'application/json');
    assert.equal(header(await post({}), 'content-type'), undefined);
  });

  test('a call leaves no header and no token to later calls', async () => {
    const path = 'feeds';
    const list = [{ path, headers: object({ 'X-A': 'b' }), jwt: 'a.b.c' }, { path }].map(object);
    const { outcome, requests } = await ours({ list });
    assert.equal(header(requests[0], 'x-a'), 'b');
    assert.equal(header(requests[0], 'authorization'), 'Bearer a.b.c');
    assert.equal(header(requests[1], 'x-a'), undefined);
    assert.equal(header(requests[1], 'authorization'), undefined);
    assert.deepEqual(
      outcome.headers.own.map(({ key }) => key),
      ['X-SDK-Product', 'X-SDK-Version', 'X-SDK-Language', 'X-SDK-Platform'],
    );
  });

  test('an error that cannot be parsed keeps its headers', async () => {
    const respond = () => ({ status: 502, headers: { 'X-A': 'b' }, body: '<html>' });
    const { outcome } = await ours({ options: object({ path: 'feeds' }) }, respond);
    assert.ok(isUnparsable(outcome.rejected));
    assert.deepEqual(headersOf(outcome.rejected), [
      ['x-a', 'b'],
      ['content-length', '6'],
    ]);
  });

  test('an error of null is an ErrorResponse', async () => {
    const respond = () => ({ status: 500, headers: { 'X-A': 'b' }, body: 'null' });
    const { outcome } = await ours({ options: object({ path: 'feeds' }) }, respond);
    assert.equal(outcome.rejected.class, 'ErrorResponse');
    assert.equal(property(outcome.rejected, 'status'), 500);
    assert.deepEqual(headersOf(outcome.rejected), [
      ['x-a', 'b'],
      ['content-length', '4'],
    ]);
  });

  test('a 307 to another host takes no token along', async () => {
    const elsewhere = `https://localhost:${wire.port}/elsewhere`;
    const respond = ({ target }) =>
      target.endsWith('/feeds') ? { status: 307, headers: { Location: elsewhere } } : {};
    const { requests } = await ours({ options: object({ path: 'feeds', jwt: 'a.b.c' }) }, respond);
    assert.equal(header(requests[0], 'authorization'), 'Bearer a.b.c');
    assert.equal(header(requests[1], 'authorization'), undefined);
  });

  // Limits of the HTTP implementation: hyper groups headers by their names, and returns no reason phrase that is not ASCII.
  test('raw headers that repeat stand together, and a reason beyond ASCII is empty', async () => {
    const respond = () =>
      [
        'HTTP/1.1 200 Tr\u00e8s',
        ...['Set-Cookie: a=b', 'X-A: 1', 'Set-Cookie: c=d', 'Content-Length: 0', '', ''],
      ].join('\r\n');
    const call = { options: object({ path: 'feeds' }) };
    const [theirs, mine] = [await make(0, call, respond), await make(1, call, respond)];
    assert.deepEqual(mine.outcome.resolved.headers, theirs.outcome.resolved.headers);
    assert.deepEqual(
      mine.outcome.resolved.rawHeaders.own.map(({ value }) => String(value).toLowerCase()),
      ['set-cookie', 'a=b', 'set-cookie', 'c=d', 'x-a', '1', 'content-length', '0', '8'],
    );
    assert.equal(mine.outcome.resolved.statusMessage, '');
  });

  test('a redirect beyond ASCII is followed percent-encoded', async () => {
    const respond = ({ target }) =>
      target.endsWith('/feeds')
        ? { status: 302, headers: { Location: '/\u00e9' } }
        : { body: '{}' };
    const { requests } = await ours({ options: object({ path: 'feeds' }) }, respond);
    // Node writes the header as latin-1, and the client keeps the byte.
    assert.equal(requests[1].target, '/%E9');
  });

  test('a redirect from https to http is refused, and both are named', async () => {
    const location = 'http://127.0.0.1:1/elsewhere';
    const respond = () => ({ status: 302, headers: { Location: location } });
    const { outcome, requests } = await ours({ options: object({ path: 'feeds' }) }, respond);
    assert.equal(requests.length, 1);
    assert.ok(outcome.rejected.isError);
    const message = property(outcome.rejected, 'message');
    assert.ok(message.includes(location), message);
    assert.ok(message.includes(`https://127.0.0.1:${wire.port}/services/`), message);
  });
});
