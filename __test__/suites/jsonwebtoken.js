'use strict';

// Presents the tokens that the tests of npm's jsonwebtoken pass to `verify`, as refresh tokens. This file makes the cases from
// the values that jsonwebtoken's test files claim-*.test.js, jwt.hs, jwt.malicious, wrong_alg, invalid_exp, non_object_values,
// encoding, issue_304 and header-kid list.

const crypto = require('node:crypto');

const { loopback } = require('../../testing/certificates');
const { NOW, SECRET, claims, encode, hmac, judge, token } = require('../support/refresh_tokens');

module.exports = {
  title: 'tokens that jsonwebtoken judges in its tests, as refresh tokens',
  source: 'jsonwebtoken 8.5.1 and 9.0.2, cases written for this suite',
  licence: 'MIT',
  isQuick: true,
  atLeast: 700,
  async run(report) {
    times(report);
    otherClaims(report);
    payloads(report);
    malformed(report);
    algorithms(report);
    secrets(report);
  },
};

// Values from claim-exp, claim-nbf, claim-iat and invalid_exp, as JSON represents them; these tests set the clock to one minute.
const NUMERIC_DATES = [
  ...['true', 'false', 'null', '""', '" "', '"invalid"', '[]', '["foo"]', '{}', '{"foo":"bar"}'],
  ...['-1.1', '1.1', '0', '-0', '-10', '50', '55', '59', '60', '61', '65', '70', '80', '100'],
  ...[
    '60.0',
    '60.4',
    '60.5',
    '60.999',
    '59.999',
    '6e1',
    '6.0E+1',
    '600e-1',
    '0.6e2',
    '60.0000000000000001',
  ],
  ...['"60"', '"70"', '"1d"', '"10s"', '"0"', '"+70"', '"7e1"', '[70]', '{"valueOf":70}'],
  ...[
    '1e308',
    '1e309',
    '-1e309',
    '1e400',
    '-1e400',
    '1e-400',
    '4e-324',
    '8640000000000',
    '8640000000001',
  ],
  ...[
    '9007199254740993',
    '18446744073709551616',
    '-9223372036854775809',
    '123456789012345678901234567890',
  ],
];
const CLOCKS = [0, 999, 1000, 59_999, 60_000, 60_001, 60_999, 61_000, 69_000, 70_000, -1, -1000];

function times(report) {
  for (const claim of ['exp', 'nbf', 'iat']) {
    for (const value of NUMERIC_DATES) {
      for (const clock of claim === 'iat' ? [60_000] : CLOCKS) {
        const payload = claims(`"${claim}":${value}`);
        judge(report, `${claim} ${value} at ${clock} ms`, token({ payload }), { clock });
      }
    }
  }
  for (const [exp, nbf] of [
    [70, 60],
    [70, 61],
    [60, 60],
    [59, 61],
    [60, '"a"'],
    ['"a"', 61],
    ['"a"', '"a"'],
    [70, 50],
  ]) {
    for (const iss of ['api_keys/key-id', 'other']) {
      const payload = claims(`"exp":${exp}`, `"nbf":${nbf}`, `"iss":"${iss}"`);
      const name = `exp ${exp} with nbf ${nbf} of ${iss}`;
      judge(report, name, token({ payload }), { clock: 60_000 });
    }
  }
}

// Values from claim-iss, claim-sub, claim-aud, claim-jti, claim-private and header-kid.
const CLAIM_VALUES = [
  ...[
    'true',
    'false',
    'null',
    '-1',
    '0',
    '1',
    '-1.1',
    '1.1',
    '""',
    '" "',
    '"foo"',
    '[]',
    '["foo"]',
    '{}',
  ],
  ...['{"foo":"bar"}', '"api_keys/key-id"', '["api_keys/key-id"]', '["foo","api_keys/key-id"]'],
  ...['"ham"', '["ham"]', '"true"', '1e400', '"\\u0061pi_keys/key-id"', '"api_keys\\/key-id"'],
];

function otherClaims(report) {
  for (const claim of ['iss', 'sub', 'aud', 'jti', 'nonce', 'refresh', 'foo', 'instance', 'su']) {
    for (const value of CLAIM_VALUES) {
      const payload = claims(`"${claim}":${value}`);
      judge(report, `the claim ${claim} ${value}`, token({ payload }));
    }
  }
  for (const userId of [
    undefined,
    null,
    '',
    'ham',
    0,
    1,
    -1,
    1.1,
    true,
    false,
    {},
    [],
    ['ham'],
    NaN,
    Infinity,
  ]) {
    for (const sub of [
      'null',
      '""',
      '"ham"',
      '0',
      '1',
      '-1',
      '1.1',
      'true',
      'false',
      '{}',
      '[]',
      '["ham"]',
    ]) {
      const payload = claims(`"sub":${sub}`);
      const name = `sub ${sub} for ${Array.isArray(userId) ? `[${userId}]` : String(userId)}`;
      judge(report, name, token({ payload }), { userId });
    }
  }
  for (const value of CLAIM_VALUES) {
    for (const name of [
      'kid',
      'typ',
      'cty',
      'alg',
      'jku',
      'x5u',
      'x5c',
      'jwk',
      'crit',
      'b64',
      'zip',
      'enc',
      'iss',
    ]) {
      const header = `{"alg":"HS256","typ":"JWT","${name}":${value}}`;
      judge(report, `the header ${name} ${value}`, token({ header }));
    }
  }
}

// Cases from non_object_values, encoding, buffer, and claim-iat's tests of string payloads.
function payloads(report) {
  const texts = [
    'hello',
    '123',
    'null',
    'true',
    '"hello"',
    '[]',
    '[{}]',
    '{}',
    '',
    ' ',
    '{',
    '}',
    '{"iat"',
    'José',
  ];
  for (const payload of [...texts, claims(), JSON.stringify(claims()), `[${claims()}]`]) {
    for (const header of [
      '{"alg":"HS256","typ":"JWT"}',
      '{"alg":"HS256"}',
      '{"alg":"HS256","typ":"jwt"}',
    ]) {
      judge(report, `the payload ${payload} below ${header}`, token({ header, payload }));
    }
  }
  for (const encoding of ['utf8', 'latin1', 'utf16le', 'ucs2', 'ascii']) {
    for (const name of ['José', 'Jos\u0301', '\u00ff', '\u20ac', '\u{1f600}']) {
      const sub = Buffer.from(claims(`"sub":"${name}"`), encoding);
      judge(report, `sub ${name} in ${encoding}`, token({ payload: sub }), { userId: name });
      const kid = Buffer.from(`{"alg":"HS256","typ":"JWT","kid":"${name}"}`, encoding);
      judge(report, `kid ${name} in ${encoding}`, token({ header: kid }));
    }
  }
}

// Cases from jwt.hs, decoding, issue_304 and verify: values that are not tokens, and malformed tokens.
function malformed(report) {
  const right = token();
  const [header, payload, signature] = right.split('.');
  const input = `${header}.${payload}`;
  const others = {
    null: null,
    undefined: undefined,
    'a number': 123,
    zero: 0,
    NaN,
    true: true,
    false: false,
    'an object': {},
    'an array': [],
    'an array of a token': [right],
    'a function': () => right,
    'a Buffer': Buffer.from(right),
    'a String object': Object(right),
    'an object that converts': { toString: () => right, split: () => right.split('.') },
    'an empty string': '',
    'a space': ' ',
    'one segment': 'foo',
    'two segments': input,
    'two segments of nothing': '.',
    'three segments of nothing': '..',
    'four segments of nothing': '...',
    'four segments': `${right}.${signature}`,
    'five segments, as a JWE': `${header}.${payload}.${signature}.${payload}.${signature}`,
    'six segments': `${right}.${right}`,
    'letters for segments': 'a.b.c',
    'no header': `.${payload}.${hmac(`.${payload}`)}`,
    'no payload': `${header}..${hmac(`${header}.`)}`,
    'no signature': `${input}.`,
    'a space for a signature': `${input}. `,
    'white space for a signature': `${input}.\t\r\n\u00a0\u2003\ufeff`,
    'a trailing space': `${right} `,
    'a trailing newline': `${right}\n`,
    'a leading space': ` ${right}`,
    'a byte-order mark before': `\ufeff${right}`,
    'quotes around': `"${right}"`,
    'a scheme before': `Bearer ${right}`,
    'the signature of another secret': `${input}.${hmac(input, 'invalid secret')}`,
    'the signature cut by a letter': right.slice(0, -1),
    'the signature with a letter more': `${right}A`,
    'the signature in hexadecimal': `${input}.${Buffer.from(signature, 'base64url').toString('hex')}`,
    'letters beyond ASCII': `${input}.${'\u0141'.repeat(43)}`,
    'a lone surrogate': `${right}\ud800`,
    'a NUL': `${right}\0`,
  };
  for (const [name, value] of Object.entries(others)) judge(report, name, value);
  for (const secret of ['', null, undefined, 0, false, NaN]) {
    for (const [name, value] of Object.entries({
      signed: right,
      'not signed': `${input}.`,
      malformed: 'a',
    })) {
      const row = name === 'not signed' ? 'refresh-token-secret' : undefined;
      judge(report, `a token ${name}, without a secret: ${String(secret) || '""'}`, value, {
        secret,
        row,
      });
    }
    for (const alg of ['none', 'HS256', 'None', 'RS256']) {
      for (const bytes of ['', ' ', 'AA', hmac('a')]) {
        const head = encode(`{"alg":"${alg}","typ":"JWT"}`);
        const name = `${alg} with the signature "${bytes}", without a secret: ${String(secret) || '""'}`;
        const row = alg === 'none' ? 'refresh-token-secret' : undefined;
        judge(report, name, `${head}.${payload}.${bytes}`, { secret, row });
      }
    }
  }
}

const NAMES = [
  ...['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...[
    'ES256',
    'ES384',
    'ES512',
    'ES256K',
    'EdDSA',
    'none',
    'None',
    'NONE',
    'hs256',
    'HS1',
    '',
    'HS256 ',
    ' HS256',
  ],
];

// Cases from wrong_alg, jwt.malicious and validateAsymmetricKey: an algorithm of one kind, with a key of another.
function algorithms(report) {
  const pem = (key) => key.export({ type: 'spki', format: 'pem' });
  const rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  const curves = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521', ES256K: 'secp256k1' };
  const ec = Object.values(curves).map((namedCurve) => [
    namedCurve,
    crypto.generateKeyPairSync('ec', { namedCurve }),
  ]);
  const ed = crypto.generateKeyPairSync('ed25519');
  const certificate = loopback();
  const keys = {
    'a shared secret': { secret: SECRET },
    'an RSA key': { secret: pem(rsa.publicKey), key: rsa.privateKey },
    'an RSA key of PKCS #1': {
      secret: rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }),
      key: rsa.privateKey,
    },
    'a private RSA key': {
      secret: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      key: rsa.privateKey,
    },
    'a certificate': { secret: certificate.cert, key: crypto.createPrivateKey(certificate.key) },
    'an Ed25519 key': { secret: pem(ed.publicKey), key: ed.privateKey },
    ...Object.fromEntries(
      ec.map(([curve, { publicKey, privateKey }]) => [
        `a key of ${curve}`,
        { secret: pem(publicKey), key: privateKey },
      ]),
    ),
  };
  for (const [kind, { secret, key }] of Object.entries(keys)) {
    for (const alg of NAMES) {
      const input = `${encode(`{"alg":"${alg}","typ":"JWT"}`)}.${encode(claims())}`;
      const signatures = {
        'its text as a secret': hmac(input, secret, /\d{3}/.exec(alg)?.[0] ?? 256),
        nothing: '',
      };
      if (key) signatures['the private key'] = signed(alg, input, key);
      for (const [by, signature] of Object.entries(signatures)) {
        // The original treats a secret that looks like a public key as one.
        const row = by === 'the private key' ? 'refresh-token-secret' : undefined;
        judge(
          report,
          `${alg || 'no algorithm'} signed with ${by}, for ${kind}`,
          `${input}.${signature}`,
          { secret, row },
        );
      }
    }
  }
}

// Signs as RFC 7518, section 3, specifies for each family; if a key cannot sign, the result is bytes that are not a signature.
function signed(alg, input, key) {
  const options = { key, dsaEncoding: 'ieee-p1363' };
  if (alg.startsWith('PS')) {
    options.padding = crypto.constants.RSA_PKCS1_PSS_PADDING;
    options.saltLength = crypto.constants.RSA_PSS_SALTLEN_DIGEST;
  }
  const hash = key.asymmetricKeyType === 'ed25519' ? null : `sha${/\d{3}/.exec(alg)?.[0] ?? 256}`;
  try {
    return crypto.sign(hash, Buffer.from(input), options).toString('base64url');
  } catch {
    return 'AAAA';
  }
}

// Cases from undefined_secretOrPublickey and jwt.malicious: secrets that are not text.
function secrets(report) {
  const key = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  const others = {
    'a Buffer': Buffer.from(SECRET),
    'a Uint8Array': new Uint8Array(Buffer.from(SECRET)),
    'a KeyObject': crypto.createSecretKey(Buffer.from(SECRET)),
    'a public KeyObject': key,
    'an object that throws': {
      toString() {
        throw new Error('Arbitrary Code Execution');
      },
    },
    'an object': { key: SECRET, passphrase: 'a' },
    'an array': [SECRET],
    'a number': 1,
    true: true,
    'a String object': Object(SECRET),
    'a function': () => SECRET,
  };
  for (const [name, secret] of Object.entries(others)) {
    judge(report, `for ${name} as a secret`, token(), { secret });
    judge(
      report,
      `not signed, for ${name} as a secret`,
      `${token().split('.').slice(0, 2).join('.')}.`,
      { secret },
    );
  }
  for (const alg of [256, 384, 512]) {
    for (const secret of [
      'a',
      'a'.repeat(63),
      'a'.repeat(64),
      'a'.repeat(65),
      'a'.repeat(1000),
      '\u00e9',
      '\ud800',
      '\0',
    ]) {
      const header = `{"alg":"HS${alg}","typ":"JWT"}`;
      const name = `HS${alg} with a secret of ${secret.length} times ${JSON.stringify(secret[0])}`;
      judge(report, name, token({ header, secret }), { secret });
    }
  }
  judge(report, 'issued in the future', token({ payload: claims(`"iat":${NOW + 1e6}`) }));
}
