'use strict';

// Holds every token that we issue, and every judgement of a refresh token, to the published original,
// byte for byte at the same clock.
//
// CONFORMANCE_RUNS is the number of generated cases in all. A failure prints the seed and the path
// that fast-check needs to run the case again: https://fast-check.dev/docs/tutorials/quick-start/

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { describe, test } = require('node:test');
const { isDeepStrictEqual } = require('node:util');
const fc = require('fast-check');

const { original, originalModule, ours, oursModule } = require('../support/packages');
const { outcome } = require('./outcome');
const { build } = require('./recipe');
const {
  INHERITED,
  json,
  jsonObjects,
  longStrings,
  numbers,
  primitives,
  STANDARD,
  strings,
  values,
} = require('./values');

const RUNS = Number(process.env.CONFORMANCE_RUNS || 10_000);

const NOW = 1_700_000_000;
const GRANT = { grant_type: 'client_credentials' };

/** Runs a property through its share of all runs. */
function check(share, arbitrary, property) {
  fc.assert(fc.property(arbitrary, property), { numRuns: Math.ceil(RUNS * share) });
}

/** Makes one call of both packages, at one clock, and compares what came of it. */
function compare(clock, call) {
  const realNow = Date.now;
  Date.now = () => clock;
  let theirs;
  let mine;
  try {
    theirs = outcome(() => call(0));
    mine = outcome(() => call(1));
  } finally {
    Date.now = realNow;
  }
  if (!isDeepStrictEqual(mine, theirs)) {
    assert.deepStrictEqual(legible(mine), legible(theirs));
    assert.fail('the outcomes differ');
  }
  return theirs;
}

/** Shows what a token says beside the token, so that a difference can be read. */
function legible(value) {
  if (typeof value === 'string' && /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(value)) {
    const [header, payload] = value.split('.');
    return { token: value, header: decoded(header), payload: decoded(payload) };
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(legible);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, legible(item)]));
}

const decoded = (segment) => Buffer.from(segment, 'base64url').toString('utf8');

// An instance's names and secret, as they may stand in a locator (no colon) and in a key.
const name = strings.map((text) => text.replace(/:/g, ';'));
const identities = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ id: 'b92b3c86', keyId: 'key', secret: 'secret' }) },
  fc.record({
    id: name,
    keyId: name.filter((text) => text !== ''),
    secret: fc
      .oneof(
        strings,
        fc.string({ minLength: 60, maxLength: 140 }),
        fc.constantFrom('BEGIN PUBLIC KEY', '-----BEGIN CERTIFICATE-----', 'BEGIN RSA PUBLIC KEY'),
      )
      .filter((text) => /^.+$/.test(text)),
  }),
);

function instances({ id, keyId, secret }) {
  return [original, ours].map(
    ({ Instance, SDKInfo }) =>
      new Instance({
        locator: `v1:us1:${id}`,
        key: `${keyId}:${secret}`,
        serviceName: 'service',
        serviceVersion: 'v1',
        sdkInfo: new SDKInfo({ productName: 'product', version: '1.0.0' }),
      }),
  );
}

const clocks = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: NOW * 1000 - 5000, max: NOW * 1000 + 5000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 8.64e15 }) },
  fc.constantFrom(0, 1, 999, 1000, -1, NOW * 1000 + 0.5, 2 ** 31 * 1000, 8.64e15),
);

const methods = fc.constantFrom(
  'authenticate',
  'authenticateWithRefreshToken',
  'generateAccessToken',
);

const object = (pairs) => ({ make: 'object', prototype: 'plain', entries: pairs });

// Options as recipes: each key present or absent; frozen now and then, since nobody may change them.
const options = (fields) =>
  fc.tuple(fc.record(fields, { requiredKeys: [] }), fc.nat(7)).map(([chosen, dice]) => {
    const recipe = object(Object.entries(chosen));
    return dice === 0 ? { make: 'frozen', value: recipe } : recipe;
  });

/** Makes a few calls of one instance, so that what an instance keeps between calls shows as well. */
function calls(optionsArbitrary, methodArbitrary = methods) {
  return fc.record({
    identity: identities,
    calls: fc.array(
      fc.record({ clock: clocks, method: methodArbitrary, options: optionsArbitrary }),
      { minLength: 1, maxLength: 3 },
    ),
  });
}

function sameCalls({ identity, calls: list }) {
  const pair = instances(identity);
  for (const { clock, method, options: recipe } of list) {
    compare(clock, (seat) =>
      method === 'generateAccessToken'
        ? pair[seat][method](build(recipe))
        : pair[seat][method](GRANT, build(recipe)),
    );
  }
}

describe('tokens are the original’s, byte for byte', () => {
  test('with the options and the claims that services use', () => {
    const fields = {
      userId: strings,
      su: fc.boolean(),
      tokenExpiry: fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, 60, null)),
      serviceClaims: jsonObjects,
    };
    check(0.25, calls(options(fields)), sameCalls);
  });

  test('with claims of every kind', () => {
    const fields = { userId: strings, su: fc.boolean(), serviceClaims: values };
    check(0.25, calls(options(fields)), sameCalls);
  });

  test('with claims that take the place of the standard ones', () => {
    const reserved = fc.uniqueArray(
      fc.tuple(
        fc.oneof(
          { weight: 8, arbitrary: fc.constantFrom(...STANDARD) },
          fc.constantFrom(...INHERITED),
          fc.constantFrom('0', '7', '4294967294', '4294967295', 'a', 'b'),
          fc.constant({ make: 'wellKnown', name: 'toStringTag' }),
        ),
        fc.oneof(
          { weight: 3, arbitrary: json },
          { weight: 2, arbitrary: numbers },
          values,
          fc.record({ make: fc.constant('boxed'), value: numbers }),
          fc.record({ make: fc.constant('getter'), value: json }),
          fc.constantFrom(
            { make: 'function', entries: [] },
            { make: 'hidden', value: 1 },
            undefined,
          ),
        ),
      ),
      { maxLength: 6, selector: ([key]) => (typeof key === 'string' ? key : key.name) },
    );
    const claims = fc.tuple(reserved, fc.constantFrom('plain', 'none', 'class', 'inheriting'));
    const fields = {
      userId: strings,
      su: fc.boolean(),
      tokenExpiry: fc.integer(),
      serviceClaims: claims.map(([pairs, prototype]) => ({ ...object(pairs), prototype })),
    };
    check(0.15, calls(options(fields)), sameCalls);
  });

  test('with options of every kind', () => {
    const fields = {
      userId: values,
      su: values,
      tokenExpiry: fc.oneof(
        { weight: 2, arbitrary: primitives },
        { weight: 2, arbitrary: numbers },
        fc.constantFrom('60', '', ' ', '1e3', 1n, 0n, true, false, 0.1, -1, 1e308),
        fc.record({ make: fc.constant('number'), value: numbers }),
        fc.record({ make: fc.constant('text'), value: strings }),
        values,
      ),
      serviceClaims: fc.oneof(jsonObjects, values),
    };
    const property = fc.constantFrom('userId', 'su', 'tokenExpiry', 'serviceClaims', 'a');
    const odd = fc.oneof(
      { weight: 6, arbitrary: options(fields) },
      // Options that count, throw or hide: what is read, and what of it throws first.
      {
        weight: 2,
        arbitrary: fc
          .tuple(
            fc.uniqueArray(
              fc.tuple(
                property,
                fc.oneof(
                  fc.constant({ make: 'counter' }),
                  fc.constantFrom({ make: 'thrower', text: 'a' }, { make: 'thrower', text: 'b' }),
                  fc.record({ make: fc.constant('hidden'), value: primitives }),
                  json,
                ),
              ),
              { selector: ([key]) => key },
            ),
            fc.constantFrom('plain', 'none', 'class', 'inheriting'),
          )
          .map(([pairs, prototype]) => ({ ...object(pairs), prototype })),
      },
      { weight: 1, arbitrary: values },
    );
    check(0.15, calls(odd), sameCalls);
  });

  test('with very long claims and user ids', () => {
    const fields = {
      userId: longStrings,
      serviceClaims: fc.tuple(longStrings, longStrings).map((pair) =>
        object([
          ['a', pair[0]],
          ['b', pair[1]],
        ]),
      ),
    };
    check(0.01, calls(options(fields)), sameCalls);
  });
});

test('a grant type of every kind gets the original’s answer', () => {
  const grantTypes = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('client_credentials', 'refresh_token') },
    { weight: 2, arbitrary: strings },
    fc.constantFrom('Client_Credentials', ' refresh_token', { make: 'untextable' }),
    fc.record({ make: fc.constant('text'), value: strings }),
    fc.constant({ make: 'array', items: ['client_credentials'] }),
    fc.constant({ make: 'boxed', value: 'client_credentials' }),
    values,
  );
  const refreshTokens = fc.oneof(strings, values);
  const payloads = fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .record(
          { grant_type: grantTypes, refresh_token: refreshTokens },
          { requiredKeys: ['grant_type'] },
        )
        .map((chosen) => object(Object.entries(chosen))),
    },
    fc.constant(object([['grant_type', { make: 'thrower', text: 'grant' }]])),
    fc.constant(
      object([
        ['grant_type', 'refresh_token'],
        ['refresh_token', { make: 'thrower', text: 'token' }],
      ]),
    ),
    values,
  );
  const arbitrary = fc.record({
    identity: identities,
    method: fc.constantFrom('authenticate', 'authenticateWithRefreshToken'),
    payload: payloads,
    options: fc.oneof(options({ userId: strings, tokenExpiry: numbers }), values),
  });
  check(0.06, arbitrary, ({ identity, method, payload, options: recipe }) => {
    const pair = instances(identity);
    compare(NOW * 1000, (seat) => pair[seat][method](build(payload), build(recipe)));
  });
});

// Refresh tokens. Most of a generated token is right, so that one wrong part decides alone; often
// enough two are wrong at once, which shows the order of the checks.

const often = (good, ...bad) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: fc.oneof(...bad) });

const ISSUER = { issuer: true };
const at = (seconds) => ({ at: seconds });

const times = fc.oneof(
  fc.constantFrom(-1e6, -1, -0.5, 0, 0.5, 1, 1e6).map(at),
  fc.constantFrom('1e400', '-1e400', '1E10', '0', '-0', '1e-400', '123456789012345678901234567890'),
  fc.constantFrom('"1"', `"${NOW + 60}"`, 'null', 'true', 'false', '[]', '{}', '""'),
);

// What JSON allows and what it does not; both parsers must agree on each.
const deep = (depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const fragments = fc.oneof(
  fc.constantFrom(
    '"a":1',
    '"exp":1',
    `"exp":${NOW + 60}`,
    '"iss":"other"',
    '"refresh":false',
    '"refresh":true',
    '"sub":"other"',
    '"__proto__":{"exp":1,"refresh":true}',
    '"constructor":null',
    '"\\u0065xp":1',
    '"iat":"then"',
    '"a":1,"a":2',
    '"":""',
    '"a":"\\ud800"',
    '"\\udc00":0',
    '"a":"\\u0000\\/\\b\\f\\n\\r\\t"',
    '"a":1e999',
    '"a":-0.0E+1',
    ' \t\n\r"a" :\n1 ',
    '"a":"\u007f\u2028\u2029\ufffe"',
  ),
  fc.constantFrom(
    '"a":01',
    '"a":+1',
    '"a":.5',
    '"a":1.',
    '"a":-',
    '"a":NaN',
    '"a":Infinity',
    '"a":undefined',
    '"a":"\n"',
    '"a":"\\x"',
    '"a":"\\u12"',
    "'a':1",
    'a:1',
    '"a":1,',
    '"a"',
    '\u00a0"a":1',
    '/**/"a":1',
    '"a":0x1',
    '"a":"',
    '"a":1}{',
    '"a":"\u0000"',
  ),
  fc.constantFrom(127, 128, 129, 200, 1000, 5000).map((depth) => `"a":${deep(depth)}`),
  fc.tuple(strings, json).map(([key]) => `${JSON.stringify(key)}:1`),
);

const subjects = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ sub: '"ham"', userId: 'ham' }) },
  fc.constantFrom(
    { sub: undefined, userId: undefined },
    { sub: undefined, userId: null },
    { sub: 'null', userId: null },
    { sub: 'null', userId: undefined },
    { sub: '1', userId: 1 },
    { sub: '1.0', userId: 1 },
    { sub: '1', userId: '1' },
    { sub: '"1"', userId: 1 },
    { sub: '-0', userId: 0 },
    { sub: '0', userId: -0 },
    { sub: '1e400', userId: Infinity },
    { sub: 'null', userId: NaN },
    { sub: '9007199254740993', userId: 9007199254740992 },
    { sub: '1', userId: 1n },
    { sub: 'true', userId: true },
    { sub: 'true', userId: 'true' },
    { sub: '""', userId: '' },
    { sub: '{}', userId: object([]) },
    { sub: '["ham"]', userId: 'ham' },
    { sub: '"ham"', userId: { make: 'boxed', value: 'ham' } },
    { sub: '"\\ud800"', userId: '\ud800' },
    { sub: '"\\ud800"', userId: '\ud801' },
    { sub: '"\\ud800"', userId: '\ufffd' },
    { sub: '"\\ud83d\\ude00"', userId: '\u{1f600}' },
    { sub: '"\\ude00\\ud83d"', userId: '\ude00\ud83d' },
    { sub: '"\u{1f600}"', userId: '\ud83d\ude00' },
    { sub: '"\\u0068am"', userId: 'ham' },
    { sub: '"\u00e9"', userId: 'e\u0301' },
    { sub: '"a\\u0000b"', userId: 'a\u0000b' },
    { sub: '"ham"', userId: 'Ham' },
  ),
  strings.map((text) => ({ sub: JSON.stringify(text), userId: text })),
  fc.tuple(strings, primitives).map(([text, userId]) => ({ sub: JSON.stringify(text), userId })),
  // Bytes that are not UTF-8 count as what Node decodes them to.
  fc
    .array(
      fc.constantFrom(0x61, 0x80, 0xc0, 0xe2, 0x82, 0xac, 0xed, 0xa0, 0xf0, 0x9f, 0xf8, 0xff),
      {
        maxLength: 6,
      },
    )
    .map((bytes) => ({ subBytes: bytes, userId: Buffer.from(bytes).toString('utf8') })),
);

const headers = fc.oneof(
  { weight: 12, arbitrary: fc.constant('{"alg":"HS256","typ":"JWT"}') },
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        often(
          '"alg":"HS256"',
          fc.constantFrom('"alg":"HS384"', '"alg":"HS512"'),
          fc.constantFrom('"alg":"none"', '"alg":"hs256"', '"alg":"RS256"', '"alg":"ES256"'),
          fc.constantFrom(
            '"alg":"PS256"',
            '"alg":"HS1"',
            '"alg":""',
            '"alg":"None"',
            '"alg":" HS256"',
          ),
          fc.constantFrom('"alg":null', '"alg":1', '"alg":["HS256"]', '"alg":{}', '"a":1'),
          fc.constantFrom('"__proto__":{"alg":"HS256"}', '"alg":"none","alg":"HS256"'),
          fc.constantFrom('"alg":"HS256","alg":"none"', '"\\u0061lg":"HS256"', '"ALG":"HS256"'),
        ),
        fc
          .constantFrom('"typ":"JWT"', '"typ":"JWT"', '"typ":"jwt"', '"typ":"JWT "', '"typ":null')
          .chain((typ) =>
            fc.constantFrom(typ, undefined, '"typ":1', '"typ":["JWT"]', '"typ":"at+jwt"'),
          ),
        fc.oneof(
          { weight: 4, arbitrary: fc.constant(undefined) },
          fc.constantFrom('"kid":"a"', '"crit":["exp"]', '"b64":false', '"jwk":{}', '"kid":1'),
          fragments,
        ),
        fc.boolean(),
      )
      .map(([alg, typ, extra, reversed]) => joined([alg, typ, extra], reversed)),
  },
  fc.constantFrom('', 'null', '[]', '1', '0', 'true', '"HS256"', '["alg","HS256"]', '{', '{}'),
  fc.constantFrom('\ufeff{"alg":"HS256","typ":"JWT"}', ' {"alg":"HS256","typ":"JWT"}\n'),
  fc.constantFrom(
    '{"alg":"HS256","typ":"JWT","a":"\u00e9\u20ac"}',
    '{"alg":"HS256","typ":"\u00ffJWT"}',
  ),
);

function joined(parts, reversed) {
  const present = parts.filter((part) => part !== undefined);
  return `{${(reversed ? present.reverse() : present).join(',')}}`;
}

const claims = fc.record({
  issuer: often(
    ISSUER,
    fc.constantFrom('"api_keys/other"', '""', 'null', '1', undefined, '"API_KEYS/key"', '{}'),
    fc.constantFrom(['issuer'], ['issuer', 'other'], []).map((list) => ({ list })),
  ),
  exp: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, times),
  nbf: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, times),
  iat: fc.oneof({ weight: 3, arbitrary: fc.constant(at(0)) }, times),
  refresh: often('true', fc.constantFrom('"true"', 'false', '1', 'null', '[true]', undefined)),
  extra: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fragments),
  reversed: fc.boolean(),
  // What stands before, and whether the claims are the payload at all.
  wrapped: often('claims', fc.constantFrom('bom', 'array', 'text', 'spaces', 'trailing', 'other')),
  other: fc.constantFrom('', 'null', 'true', '1', '"a"', '[]', '{}', '{"exp":1}', '[{"exp":1}]'),
});

const mangles = often(
  'nothing',
  fc.constantFrom(
    'other key',
    'other hash',
    'no signature',
    'spaces for signature',
    'two segments',
  ),
  fc.constantFrom('four segments', 'five segments', 'empty payload', 'empty header', 'empty'),
  fc.constantFrom('padded header', 'padded payload', 'padded signature', 'long signature'),
  fc.constantFrom('header bits', 'payload bits', 'signature bits', 'header dangling'),
  fc.constantFrom('payload dangling', 'signature dangling', 'standard alphabet', 'upper case'),
  fc.constantFrom(
    'space before',
    'space after',
    'newline after',
    'newline inside',
    'unicode space',
  ),
  fc.constantFrom('quoted', 'bearer', 'boxed', 'array', 'textual', 'buffer', 'short signature'),
);

const HASHES = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };

/** Signs as a JSON Web Token is signed: RFC 7515, section 5.1. */
function hmac(input, secret, hash) {
  return crypto.createHmac(hash, secret).update(input).digest('base64url');
}

/** Changes the bits of a last base64 digit that hold no data, where there are any. */
function looseBits(segment) {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  if (segment.length % 4 < 2) return segment;
  return segment.slice(0, -1) + ALPHABET[ALPHABET.indexOf(segment.at(-1)) ^ 1];
}

function claimsText({ issuer, exp, nbf, iat, refresh, extra, reversed }, { sub }, keyId) {
  const iss = JSON.stringify(`api_keys/${keyId}`);
  const text = (value) => {
    if (value?.issuer) return iss;
    if (value?.list) return `[${value.list.map((item) => (item === 'issuer' ? iss : '"b"'))}]`;
    if (typeof value === 'object') return String(NOW + value.at);
    return value;
  };
  const parts = Object.entries({ iss: issuer, iat, exp, nbf, refresh, sub })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `"${key}":${text(value)}`);
  return joined([...parts, extra], reversed);
}

const WRAPPINGS = {
  claims: (text) => text,
  bom: (text) => `\ufeff${text}`,
  array: (text) => `[${text}]`,
  text: (text) => JSON.stringify(text),
  spaces: (text) => `\r\n\t ${text} `,
  trailing: (text) => `${text}\u0000`,
  other: (_text, other) => other,
};

/** Makes the refresh token of a recipe, which may be anything but a token. */
function refreshToken({ header, payload, subject, mangle }, { keyId, secret }) {
  const marked = subject.subBytes ? { sub: '"SUBJECT"' } : subject;
  const text = WRAPPINGS[payload.wrapped](claimsText(payload, marked, keyId), payload.other);
  const bytes = subject.subBytes
    ? Buffer.from(
        Buffer.from(text)
          .toString('latin1')
          .replace('SUBJECT', () => Buffer.from(subject.subBytes).toString('latin1')),
        'latin1',
      )
    : Buffer.from(text);

  let head = Buffer.from(header).toString('base64url');
  let body = bytes.toString('base64url');
  if (mangle === 'standard alphabet') body = bytes.toString('base64').replace(/=/g, '');
  if (mangle === 'padded header') head += '=';
  if (mangle === 'padded payload') body += '==';
  if (mangle === 'header bits') head = looseBits(head);
  if (mangle === 'payload bits') body = looseBits(body);
  if (mangle === 'header dangling') head += 'A'.repeat((5 - (head.length % 4)) % 4);
  if (mangle === 'payload dangling') body += 'A'.repeat((5 - (body.length % 4)) % 4);
  if (mangle === 'newline inside') body = `${body.slice(0, 8)}\n${body.slice(8)}`;
  if (mangle === 'empty payload') body = '';
  if (mangle === 'empty header') head = '';

  const named = /"(HS(?:256|384|512))"/.exec(header)?.[1] ?? 'HS256';
  const hash = mangle === 'other hash' ? 'sha1' : HASHES[named];
  const key = mangle === 'other key' ? `${secret} ` : secret;
  const signed = `${head}.${body}`;
  const signature = hmac(signed, key, hash);
  const token = `${signed}.${signature}`;

  switch (mangle) {
    case 'no signature':
      return `${signed}.`;
    case 'spaces for signature':
      return `${signed}. \u00a0`;
    case 'two segments':
      return signed;
    case 'four segments':
      return `${token}.`;
    case 'five segments':
      return `${token}.a.b`;
    case 'empty':
      return '';
    case 'padded signature':
      return `${token}=`;
    case 'long signature':
      return `${token}AA`;
    case 'short signature':
      return token.slice(0, -4);
    case 'signature bits':
      return `${signed}.${looseBits(signature)}`;
    case 'signature dangling':
      return `${token}A`;
    case 'upper case':
      return `${signed}.${signature.toUpperCase()}`;
    case 'space before':
      return ` ${token}`;
    case 'space after':
      return `${token} `;
    case 'newline after':
      return `${token}\n`;
    case 'unicode space':
      return `${token}\u2003`;
    case 'quoted':
      return `"${token}"`;
    case 'bearer':
      return `Bearer ${token}`;
    case 'boxed':
      return Object(token);
    case 'array':
      return [token];
    case 'textual':
      return { toString: () => token };
    case 'buffer':
      return Buffer.from(token);
    default:
      return token;
  }
}

const refreshes = fc.record({
  clock: fc.oneof(
    { weight: 3, arbitrary: fc.constant(NOW * 1000) },
    fc.constantFrom(NOW * 1000 - 1, NOW * 1000 + 999, NOW * 1000 + 1000, 0),
  ),
  header: headers,
  payload: claims,
  subject: subjects,
  mangle: mangles,
  tokenExpiry: fc.oneof(fc.constant(undefined), numbers),
});

describe('refresh tokens', () => {
  test('get the judgement of the original, forged ones and expired ones too', () => {
    const seen = new Map();
    const arbitrary = fc.record({ identity: identities, refresh: refreshes });
    check(0.1, arbitrary, ({ identity, refresh }) => {
      const pair = instances(identity);
      const token = refreshToken(refresh, identity);
      const { outcome: result, description } = judged(
        compare(refresh.clock, (seat) =>
          pair[seat].authenticateWithRefreshToken(
            { grant_type: 'refresh_token', refresh_token: token },
            { userId: build(refresh.subject.userId), tokenExpiry: refresh.tokenExpiry },
          ),
        ),
      );
      seen.set(description ?? result, (seen.get(description ?? result) ?? 0) + 1);
    });
    // A suite of tokens that are all refused for one reason would compare nothing.
    if (RUNS >= 1000) {
      assert.deepEqual([...seen.keys()].filter((key) => typeof key === 'string').sort(), [
        'Refresh token does not have a refresh claim',
        'Refresh token has an invalid user id',
        'Refresh token has expired',
        'Refresh token is invalid',
        'granted',
      ]);
    }
  });

  test('that the one issued, the other takes', () => {
    const arbitrary = fc.record({
      identity: identities,
      // Of a BigInt no token can be made, so there is none to take.
      userId: fc.oneof(strings, primitives).filter((userId) => typeof userId !== 'bigint'),
      later: fc.integer({ min: 0, max: 2 ** 40 }),
    });
    check(0.01, arbitrary, ({ identity, userId, later }) => {
      const pair = instances(identity);
      for (const issuer of [0, 1]) {
        const { body } = pair[issuer].authenticateWithRefreshToken(GRANT, {
          userId: build(userId),
        });
        const payload = { grant_type: 'refresh_token', refresh_token: body.refresh_token };
        compare(Date.now() + later, (seat) =>
          pair[seat].authenticateWithRefreshToken(payload, { userId: build(userId) }),
        );
      }
    });
  });
});

function judged({ returned, threw }) {
  if (threw) return { outcome: 'threw' };
  const body = returned.own.find(({ key }) => key === 'body').value;
  const description = body.own.find(({ key }) => key === 'error_description')?.value;
  return { outcome: 'granted', description };
}

describe('target/authenticator', () => {
  const Authenticators = [originalModule('authenticator'), oursModule('authenticator')].map(
    (module) => module.default,
  );
  const secrets = fc.oneof(
    { weight: 3, arbitrary: strings },
    fc.constantFrom('', undefined, null, 0, 5, NaN, true, 1n),
    fc.record({ make: fc.constant('buffer'), text: strings }),
    fc.record({ make: fc.constant('secretKey'), text: strings.filter((text) => text !== '') }),
    fc.record({ make: fc.constant('bytes'), bytes: fc.array(fc.nat(255), { maxLength: 80 }) }),
    fc.constantFrom('BEGIN PUBLIC KEY', 'a BEGIN CERTIFICATE', 'BEGIN RSA PUBLIC KEY'),
    fc.constant(object([['type', 'secret']])),
    values,
  );
  const expiries = fc.oneof(numbers, primitives, fc.constant({ make: 'number', value: 7 }));
  const constructed = fc.record({
    id: fc.oneof(strings, values),
    keyId: fc.oneof(strings, values),
    secret: secrets,
    tokenExpiry: expiries,
  });
  const construct = ({ id, keyId, secret, tokenExpiry }) =>
    Authenticators.map(
      (Authenticator) =>
        new Authenticator(build(id), build(keyId), build(secret), build(tokenExpiry)),
    );
  const claimFields = options({
    userId: strings,
    tokenExpiry: numbers,
    serviceClaims: jsonObjects,
  });

  test('made from arguments of every kind issues what the original’s issues', () => {
    const arbitrary = fc.record({ constructed, clock: clocks, method: methods, claimFields });
    check(0.02, arbitrary, ({ constructed: parts, clock, method, claimFields: recipe }) => {
      const pair = construct(parts);
      compare(clock, (seat) =>
        method === 'generateAccessToken'
          ? pair[seat][method](build(recipe))
          : pair[seat][method](GRANT, build(recipe)),
      );
    });
  });

  test('changed after it was made issues what the original’s issues', () => {
    const change = fc.oneof(
      fc.record({ property: fc.constant('instanceKeySecret'), value: secrets }),
      fc.record({ property: fc.constant('tokenExpiry'), value: expiries }),
      fc.record({
        property: fc.constantFrom('instanceId', 'instanceKeyId'),
        value: fc.oneof(strings, values),
      }),
    );
    const arbitrary = fc.record({
      identity: identities,
      changes: fc.array(change, { minLength: 1, maxLength: 3 }),
      method: methods,
      claimFields,
    });
    check(0.02, arbitrary, ({ identity, changes, method, claimFields: recipe }) => {
      const pair = instances(identity);
      for (const { property, value } of changes) {
        pair.forEach((instance) => {
          // The instance's own copies are read by nobody after construction.
          instance.keySecret = 'unused';
          instance.authenticator[property] = build(value);
        });
        compare(NOW * 1000, (seat) =>
          method === 'generateAccessToken'
            ? pair[seat][method](build(recipe))
            : pair[seat][method](GRANT, build(recipe)),
        );
      }
    });
  });

  test('judges refresh tokens by secrets of every kind', () => {
    const arbitrary = fc.record({
      secret: secrets,
      signedWith: fc.constantFrom('itself', 'itself', 'nothing', 'other'),
      algorithm: fc.constantFrom('HS256', 'HS256', 'HS512', 'none'),
      userId: strings,
    });
    check(0.02, arbitrary, ({ secret, signedWith, algorithm, userId }) => {
      const made = build(secret);
      const isKey =
        typeof made === 'string' || Buffer.isBuffer(made) || made instanceof crypto.KeyObject;
      const input = ['{"alg":"ALG","typ":"JWT"}', '{"iss":"api_keys/key","refresh":true,"sub":SUB}']
        .map((text) => text.replace('ALG', algorithm).replace('SUB', () => JSON.stringify(userId)))
        .map((text) => Buffer.from(text).toString('base64url'))
        .join('.');
      const key = signedWith === 'itself' && isKey ? made : 'other';
      const hash = HASHES[algorithm] ?? 'sha256';
      const signature = signedWith === 'nothing' ? '' : hmac(input, key, hash);
      const payload = { grant_type: 'refresh_token', refresh_token: `${input}.${signature}` };
      compare(NOW * 1000, (seat) =>
        new Authenticators[seat]('id', 'key', build(secret)).authenticateWithRefreshToken(payload, {
          userId,
        }),
      );
    });
  });
});
