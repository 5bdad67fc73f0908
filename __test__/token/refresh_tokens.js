'use strict';

// Generates refresh tokens, valid, forged, expired and malformed, as recipes: a valid token has the parts of `RIGHT`, and
// `OTHERS` lists the alternatives for each part.

const crypto = require('node:crypto');
const fc = require('fast-check');

const { build } = require('../support/recipe');
const { primitives, strings } = require('../support/values');

/** The time at which tokens are verified, in seconds. The times in recipes are relative to it. */
const NOW = 1_700_000_000;

const at = (seconds) => ({ at: seconds });
const list = (...items) => ({ list: items });
const ISSUER = { issuer: true };

const RIGHT = {
  header: '{"alg":"HS256","typ":"JWT"}',
  iss: ISSUER,
  iat: at(0),
  exp: undefined,
  nbf: undefined,
  refresh: 'true',
  subject: { sub: '"ham"', userId: 'ham' },
  extra: undefined,
  reversed: false,
  wrapping: 'claims',
  mangle: 'nothing',
};

const TIMES = [
  ...[-1e6, -1, -0.5, 0, 0.5, 1, 1e6].map(at),
  ...['1e400', '-1e400', '1E10', '0', '-0', '1e-400', '123456789012345678901234567890'],
  ...['"1"', `"${NOW + 60}"`, 'null', 'true', 'false', '[]', '{}', '""'],
];

// Members that JSON allows, and some that it does not: both parsers must agree on each.
const MEMBERS = [
  '"a":1',
  '"exp":1',
  `"exp":${NOW + 60}`,
  '"iss":"other"',
  '"refresh":false',
  '"refresh":true',
  '"sub":"other"',
  '"alg":"none"',
  '"__proto__":{"exp":1,"refresh":true,"alg":"none"}',
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
  '"a":"\u007f\u2028\u2029\ufffe\u00e9\u{1f600}"',
  ...[127, 128, 129, 200, 1000, 5000].map(
    (depth) => `"a":${'['.repeat(depth)}${']'.repeat(depth)}`,
  ),
  ...[127, 128, 129, 5000].map((depth) => `"a":${'{"b":'.repeat(depth)}1${'}'.repeat(depth)}`),
  '"a":01',
  '"a":+1',
  '"a":.5',
  '"a":1.',
  '"a":-',
  '"a":1e',
  '"a":NaN',
  '"a":Infinity',
  '"a":undefined',
  '"a":"\n"',
  '"a":"\\x"',
  '"a":"\\u12"',
  "'a':1",
  'a:1',
  '"a":1,',
  ',"a":1',
  '"a"',
  '\u00a0"a":1',
  '\ufeff"a":1',
  '\v"a":1',
  '/**/"a":1',
  '"a":0x1',
  '"a":"',
  '"a":1}{',
  '"a":"\u0000"',
];

const ALGORITHMS = [
  ...['"HS384"', '"HS512"', '"none"', '"None"', '"hs256"', '"RS256"', '"ES256"', '"PS256"'],
  ...['"HS1"', '""', '" HS256"', '"HS256 "', 'null', '1', '["HS256"]', '{}', '"\\u0048S256"'],
];

const HEADERS = [
  ...ALGORITHMS.map((alg) => `{"alg":${alg},"typ":"JWT"}`),
  ...ALGORITHMS.map((alg) => `{"alg":${alg}}`),
  ...['"jwt"', '"JWT "', '""', 'null', '1', '["JWT"]', '"at+jwt"', '"\\u004aWT"'].map(
    (typ) => `{"alg":"HS256","typ":${typ}}`,
  ),
  ...MEMBERS.flatMap((member) => [
    `{"alg":"HS256","typ":"JWT",${member}}`,
    `{${member},"alg":"HS256","typ":"JWT"}`,
    `{${member},"alg":"HS256"}`,
  ]),
  '{"alg":"HS256"}',
  '{"typ":"JWT"}',
  '{"typ":"JWT","alg":"HS256"}',
  '{"alg":"none","typ":"JWT","alg":"HS256"}',
  '{"__proto__":{"alg":"HS256"},"typ":"JWT"}',
  '{"ALG":"HS256","typ":"JWT"}',
  '{"\\u0061lg":"HS256","typ":"JWT"}',
  '{"alg":"HS256","typ":"JWT","kid":1,"crit":["exp"],"b64":false,"jwk":{},"x5c":"a"}',
  ...['', 'null', '[]', '1', '0', 'true', '"HS256"', '["alg","HS256"]', '{', '{}', '{"alg"'],
  '\ufeff{"alg":"HS256","typ":"JWT"}',
  ' {"alg":"HS256","typ":"JWT"}\n',
  '{"alg":"HS256","typ":"\u00ffJWT"}',
];

// The subject is compared as JavaScript compares values, without conversion: the parsed claim with the given user id.
const SUBJECTS = [
  { sub: undefined, userId: undefined },
  { sub: undefined, userId: null },
  { sub: undefined, userId: 'undefined' },
  { sub: 'null', userId: null },
  { sub: 'null', userId: undefined },
  { sub: 'null', userId: 'null' },
  { sub: '1', userId: 1 },
  { sub: '1.0', userId: 1 },
  { sub: '1', userId: '1' },
  { sub: '"1"', userId: 1 },
  { sub: '-0', userId: 0 },
  { sub: '0', userId: -0 },
  { sub: '0', userId: '' },
  { sub: '0', userId: false },
  { sub: '1e400', userId: Infinity },
  { sub: '-1e400', userId: -Infinity },
  { sub: '0.1', userId: 0.1 },
  { sub: '5e-324', userId: 5e-324 },
  { sub: '1.7976931348623157e308', userId: Number.MAX_VALUE },
  { sub: 'null', userId: NaN },
  { sub: '9007199254740993', userId: 9007199254740992 },
  { sub: '1', userId: 1n },
  { sub: 'true', userId: true },
  { sub: 'false', userId: false },
  { sub: 'true', userId: 'true' },
  { sub: '""', userId: '' },
  { sub: '{}', userId: { make: 'object', prototype: 'plain', entries: [] } },
  { sub: '["ham"]', userId: 'ham' },
  { sub: '["ham"]', userId: { make: 'array', items: ['ham'] } },
  { sub: '"ham"', userId: { make: 'boxed', value: 'ham' } },
  { sub: '"ham"', userId: { make: 'symbol', text: 'ham' } },
  { sub: '"\\ud800"', userId: '\ud800' },
  { sub: '"\\ud800"', userId: '\ud801' },
  { sub: '"\\ud800"', userId: '\ufffd' },
  { sub: '"\\ud83d\\ude00"', userId: '\u{1f600}' },
  { sub: '"\\ude00\\ud83d"', userId: '\ude00\ud83d' },
  { sub: '"\u{1f600}"', userId: '\ud83d\ude00' },
  { sub: '"\\u0068am"', userId: 'ham' },
  { sub: '"\u00e9"', userId: '\u00e9' },
  { sub: '"\u00e9"', userId: 'e\u0301' },
  { sub: '"a\\u0000b"', userId: 'a\u0000b' },
  { sub: '"ham"', userId: 'Ham' },
  { sub: '"ham"', userId: 'ham ' },
  // Invalid UTF-8, and the byte sequences that other encoders write, are treated as the text that Node decodes them to.
  ...[
    [0xff],
    [0x80],
    [0xc0, 0x80],
    [0xe2, 0x82],
    [0xe2, 0x82, 0x61],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x9f, 0x98],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf8, 0x88, 0x80, 0x80, 0x80],
    [0xef, 0xbb, 0xbf],
  ].map(bytesSubject),
];

function bytesSubject(bytes) {
  return { subBytes: bytes, userId: Buffer.from(bytes).toString('utf8') };
}

// Wrappings of the claims, and replacements for them.
const WRAPPINGS = {
  claims: (text) => text,
  bom: (text) => `\ufeff${text}`,
  array: (text) => `[${text}]`,
  text: (text) => JSON.stringify(text),
  spaces: (text) => `\r\n\t ${text} `,
  trailing: (text) => `${text}\u0000`,
  half: (text) => text.slice(0, -1),
};
const PAYLOADS = ['', 'null', 'true', '1', '"a"', '[]', '{}', '{"exp":1}', '[{"exp":1}]'];

// Changes before signing, so that the signature matches the change; head and body are base64url.
const CHANGES = {
  'padded header': ({ head, body }) => ({ head: `${head}=`, body }),
  'padded payload': ({ head, body }) => ({ head, body: `${body}==` }),
  'loose bits in the header': ({ head, body }) => ({ head: looseBits(head), body }),
  'loose bits in the payload': ({ head, body }) => ({ head, body: looseBits(body) }),
  'a dangling digit in the header': ({ head, body }) => ({ head: dangling(head), body }),
  'a dangling digit in the payload': ({ head, body }) => ({ head, body: dangling(body) }),
  'a dangling space in the header': ({ head, body }) => ({ head: danglingSpace(head), body }),
  'a dangling space in the payload': ({ head, body }) => ({ head, body: danglingSpace(body) }),
  'the standard alphabet': ({ head, body }) => ({ head, body: standard(body) }),
  'a newline in the payload': ({ head, body }) => ({
    head,
    body: `${body.slice(0, 8)}\n${body.slice(8)}`,
  }),
  'no payload': ({ head }) => ({ head, body: '' }),
  'no header': ({ body }) => ({ head: '', body }),
};

// Changes of the signed token.
const FORGERIES = {
  'no signature': ({ signed }) => `${signed}.`,
  'spaces for a signature': ({ signed }) => `${signed}. \u00a0`,
  'two segments': ({ signed }) => signed,
  'four segments': ({ token }) => `${token}.`,
  'five segments': ({ token }) => `${token}.a.b`,
  nothing: ({ token }) => token,
  'no text': () => '',
  'only dots': () => '..',
  'padded signature': ({ token }) => `${token}=`,
  'a longer signature': ({ token }) => `${token}AA`,
  'a shorter signature': ({ token }) => token.slice(0, -4),
  'loose bits in the signature': ({ signed, signature }) => `${signed}.${looseBits(signature)}`,
  'a dangling digit in the signature': ({ token }) => `${token}A`,
  'the signature in capitals': ({ signed, signature }) => `${signed}.${signature.toUpperCase()}`,
  'the signature in the standard alphabet': ({ signed, signature }) =>
    `${signed}.${standard(signature)}`,
  'the signature of another key': ({ signed, secret }) =>
    `${signed}.${hmac(signed, `${secret} `, 'sha256')}`,
  'the signature of another hash': ({ signed, secret }) =>
    `${signed}.${hmac(signed, secret, 'sha1')}`,
  'another payload': ({ token }) => token.replace(/\.(.)/, '.$1A'),
  'a space before': ({ token }) => ` ${token}`,
  'a space behind': ({ token }) => `${token} `,
  'a newline behind': ({ token }) => `${token}\n`,
  'a wide space behind': ({ token }) => `${token}\u2003`,
  'a NUL behind': ({ token }) => `${token}\0`,
  quotes: ({ token }) => `"${token}"`,
  'a scheme': ({ token }) => `Bearer ${token}`,
  'a String object': ({ token }) => Object(token),
  'an array': ({ token }) => [token],
  'an object that converts': ({ token }) => ({ toString: () => token }),
  'a Buffer': ({ token }) => Buffer.from(token),
};

const HASHES = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };

/** Signs as RFC 7515, section 5.1, specifies for a JSON Web Signature. */
function hmac(input, secret, hash) {
  return crypto.createHmac(hash, secret).update(input).digest('base64url');
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

// Changes the unused bits of the last base64 digit (RFC 4648, section 3.5), if there are any.
function looseBits(segment) {
  if (segment.length % 4 < 2) return segment;
  return segment.slice(0, -1) + DIGITS[DIGITS.indexOf(segment.at(-1)) ^ 1];
}

// Appends a digit that holds too few bits for a byte.
function dangling(segment) {
  return segment + 'A'.repeat((5 - (segment.length % 4)) % 4);
}

// Appends a character that is not a base64 digit in the same place.
function danglingSpace(segment) {
  return `${dangling(segment).slice(0, -1)} `;
}

function standard(segment) {
  return segment.replace(/-/g, '+').replace(/_/g, '/');
}

const OTHERS = {
  header: HEADERS,
  iss: [
    ...['"api_keys/other"', '"api_keys/"', '"API_KEYS/key"', '""', 'null', '1', '{}', undefined],
    ...[list(ISSUER), list(ISSUER, '"other"'), list('"other"', ISSUER), list()],
  ],
  iat: [...TIMES, undefined],
  exp: TIMES,
  nbf: TIMES,
  refresh: ['"true"', 'false', '1', 'null', '[true]', '{}', '""', undefined],
  subject: SUBJECTS,
  extra: MEMBERS,
  reversed: [true],
  wrapping: [...Object.keys(WRAPPINGS), ...PAYLOADS.map((payload) => ({ payload }))],
  mangle: [...Object.keys(CHANGES), ...Object.keys(FORGERIES)],
};

/** Yields tokens that are valid except for one part, with each part and each of its alternatives in turn, all with `changes`. */
function* oneByOne(changes = {}) {
  for (const [part, others] of Object.entries(OTHERS)) {
    for (const other of others) yield { ...RIGHT, ...changes, [part]: other };
  }
}

// Tokens with several invalid parts, which show the order of the checks.
const RANDOM = {
  extra: fc
    .tuple(
      strings,
      primitives.filter((value) => value?.make === undefined && typeof value !== 'bigint'),
    )
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value) ?? 'null'}`),
  subject: fc.oneof(
    strings.map((text) => ({ sub: JSON.stringify(text), userId: text })),
    fc.tuple(strings, primitives).map(([text, userId]) => ({ sub: JSON.stringify(text), userId })),
    fc
      .array(
        fc.constantFrom(0x61, 0x80, 0xc0, 0xe2, 0x82, 0xac, 0xed, 0xa0, 0xf0, 0x9f, 0xf8, 0xff),
        {
          maxLength: 6,
        },
      )
      .map(bytesSubject),
  ),
};
const refreshTokens = fc.record(
  Object.fromEntries(
    Object.entries(OTHERS).map(([part, others]) => [
      part,
      fc.oneof(
        { weight: 10, arbitrary: fc.constant(RIGHT[part]) },
        { weight: 1, arbitrary: RANDOM[part] ?? fc.constantFrom(...others) },
        { weight: 1, arbitrary: fc.constantFrom(...others) },
      ),
    ]),
  ),
);

/** Makes the value that a recipe describes, which may also be something other than a token, for an instance's key. */
function refreshToken(recipe, { keyId, secret }) {
  let segments = {
    head: Buffer.from(recipe.header).toString('base64url'),
    body: payloadBytes(recipe, keyId).toString('base64url'),
  };
  segments = CHANGES[recipe.mangle]?.(segments) ?? segments;
  const signed = `${segments.head}.${segments.body}`;
  const algorithm = /"(HS(?:256|384|512))"/.exec(recipe.header)?.[1] ?? 'HS256';
  const signature = hmac(signed, secret, HASHES[algorithm]);
  const token = `${signed}.${signature}`;
  return FORGERIES[recipe.mangle]?.({ token, signed, signature, secret }) ?? token;
}

function payloadBytes({ wrapping, subject, ...recipe }, keyId) {
  const sub = subject.subBytes ? '"SUBJECT"' : subject.sub;
  const text =
    wrapping.payload ??
    WRAPPINGS[wrapping](claimsText({ ...recipe, sub }, JSON.stringify(`api_keys/${keyId}`)));
  if (!subject.subBytes) return Buffer.from(text);
  const [before, behind = ''] = text.split('SUBJECT');
  return Buffer.concat([Buffer.from(before), Buffer.from(subject.subBytes), Buffer.from(behind)]);
}

function claimsText({ iss, iat, exp, nbf, refresh, sub, extra, reversed }, issuer) {
  const text = (value) => {
    if (value.issuer) return issuer;
    if (value.list) return `[${value.list.map(text)}]`;
    return typeof value === 'string' ? value : String(NOW + value.at);
  };
  const members = Object.entries({ iss, iat, exp, nbf, refresh, sub })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `"${name}":${text(value)}`);
  if (extra !== undefined) members.push(extra);
  return `{${(reversed ? members.reverse() : members).join(',')}}`;
}

/** Makes the user id that a recipe's token is presented with. */
const userIdOf = ({ subject }) => build(subject.userId);

module.exports = { HASHES, NOW, at, hmac, oneByOne, refreshToken, refreshTokens, userIdOf };
