'use strict';

// Presents the tokens that the tests of npm's fast-jwt pass to its decoder and its verifier, as refresh tokens. This file makes
// the cases from the values that fast-jwt's test files decoder, verifier, compliance and sign-decode list; fast-jwt itself signs
// the valid tokens.

const { createSigner } = require('fast-jwt');

const {
  HEADER,
  NOW,
  SECRET,
  claims,
  encode,
  hmac,
  judge,
  token,
} = require('../support/refresh_tokens');

module.exports = {
  title: 'tokens that fast-jwt signs, and those that it judges in its tests, as refresh tokens',
  source: 'fast-jwt 6.3.6, and cases written after the tests of 6.3.2',
  licence: 'Apache-2.0',
  isQuick: true,
  atLeast: 250,
  async run(report) {
    signed(report);
    headers(report);
    segments(report);
    times(report);
    forgeries(report);
  },
};

const RIGHT = { iss: 'api_keys/key-id', refresh: true, sub: 'ham' };

function signed(report) {
  const options = {
    'of nothing else': {},
    'that expire': { expiresIn: 60_000 },
    'that expire at once': { expiresIn: 1 },
    'that are valid later': { notBefore: 60_000 },
    'without a time': { noTimestamp: true },
    'with an id': { jti: '18' },
    'for an audience': { aud: ['a', /b/.source] },
    'with a nonce': { nonce: 'n' },
    'of another issuer': { iss: 'other' },
    'of our issuer': { iss: 'api_keys/key-id' },
    'for another': { sub: 'other' },
    'with a key id': { kid: '018c0ae5-4d9b-471b-bfd6-eef314bc7037' },
    'of another type': { header: { typ: 'application/jwt' } },
    'with more in the header': { header: { customField: 'test', crit: ['x'], x: 1 } },
    'that mutate their payload': { mutatePayload: true },
  };
  for (const algorithm of ['HS256', 'HS384', 'HS512']) {
    for (const [name, option] of Object.entries(options)) {
      for (const payload of [
        RIGHT,
        { ...RIGHT, iat: NOW - 60 },
        { ...RIGHT, exp: NOW - 1 },
        { iat: NOW },
      ]) {
        const sign = createSigner({
          algorithm,
          key: 'a secret of some length',
          clockTimestamp: NOW * 1000,
          ...option,
        });
        const label = `${algorithm} tokens ${name} of ${JSON.stringify(payload)}`;
        judge(report, label, sign({ ...payload }), { secret: 'a secret of some length' });
      }
    }
  }
  // The key is from RFC 7520, section 4.4; the claims are ours.
  const secret = Buffer.from('hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg', 'base64url');
  const sign = createSigner({ algorithm: 'HS256', key: secret, clockTimestamp: NOW * 1000 });
  judge(report, 'a token of the key of RFC 7520', sign(RIGHT), { secret });
  judge(report, 'a token of the key of RFC 7520, read as text', sign(RIGHT), {
    secret: secret.toString('latin1'),
  });
}

// Cases from the tests of decoder, and from the verifier's tests of crit and typ.
function headers(report) {
  const others = [
    'null',
    '[]',
    '"foo"',
    '123',
    'foo',
    '',
    '{',
    '{}',
    '{"alg":"HS256"}',
    '{"typ":"JWT"}',
  ];
  others.push(
    '{"alg":"HS256","typ":1}',
    '{"alg":"HS256","typ":"JWTAA"}',
    '{"alg":"HS256","typ":"application/jwt"}',
  );
  others.push(
    '{"alg":"HS256","typ":"JWT","crit":[]}',
    '{"alg":"HS256","typ":"JWT","crit":["x-missing"]}',
  );
  others.push(
    '{"alg":"HS256","typ":"JWT","crit":["x-custom-policy"],"x-custom-policy":"require-mfa"}',
  );
  others.push(
    '{"alg":"HS256","typ":"JWT","crit":["x-ext","x-ext"],"x-ext":"1"}',
    '{"alg":"HS256","typ":"JWT","crit":["alg"]}',
  );
  for (const header of others) {
    for (const payload of [
      claims(),
      '["attacker","role:admin"]',
      '123',
      'null',
      '{"sub":"test"}',
      JSON.stringify(claims()),
    ]) {
      judge(report, `${header} with ${payload}`, token({ header, payload }));
      judge(
        report,
        `${header} with ${payload}, not signed`,
        `${encode(header)}.${encode(payload)}.x`,
      );
    }
  }
}

// Cases from the tests of decoder and verifier: RFC 4648, section 3.3.
function segments(report) {
  const parts = [encode(HEADER), encode(claims())];
  parts.push(hmac(parts.join('.')));
  for (const [index, name] of ['header', 'payload', 'signature'].entries()) {
    const part = parts[index];
    for (const [where, changed] of Object.entries({
      'a space before': ` ${part}`,
      'a space behind': `${part} `,
      'a tab behind': `${part}\t`,
      'a newline behind': `${part}\n`,
      'a line end behind': `${part}\r\n`,
      'a space within': `${part.slice(0, -10)} ${part.slice(-10)}`,
      'a tab within': `${part.slice(0, -10)}\t${part.slice(-10)}`,
      'padding behind': `${part}=`,
      'more padding behind': `${part}==`,
      'standard digits': `${part.slice(0, -2)}+/`,
      'nothing in place': '',
      'other letters in place': 'bbb',
      'a word in place': 'Zm9v',
      'an ending of letters': `${part.slice(0, -3)}aaa`,
    })) {
      const sent = parts.with?.(index, changed) ?? Object.assign([...parts], { [index]: changed });
      judge(report, `${where} the ${name}`, sent.join('.'));
      if (index === 2) continue;
      const input = `${sent[0]}.${sent[1]}`;
      judge(report, `${where} the ${name}, signed so`, `${input}.${hmac(input)}`);
    }
  }
  for (const value of [
    false,
    null,
    0,
    NaN,
    [],
    { a: 1 },
    'foo',
    'foo.bar',
    'a.b.c',
    'Zm9v.b.c',
    Buffer.from(token()),
  ]) {
    judge(
      report,
      `the token ${Buffer.isBuffer(value) ? 'as bytes' : JSON.stringify(value) + typeof value}`,
      value,
    );
  }
}

// Cases from the verifier's tests of nbf, exp and both at once, which set the clock in milliseconds to whole seconds.
function times(report) {
  for (const clock of [100_000, 150_000, 199_999, 200_000, 200_500, 201_000, 300_000]) {
    for (const members of [
      ['"exp":200'],
      ['"nbf":200'],
      ['"nbf":150', '"exp":200'],
      ['"nbf":200', '"exp":200'],
      ['"exp":-1'],
    ]) {
      judge(report, `${members} at ${clock} ms`, token({ payload: claims(...members) }), { clock });
    }
  }
}

// Cases from the verifier's tests of GHSA-gmvf-9v4p-v8jc, of GHSA-8wpc-h4q6-8fxv and of array payloads.
function forgeries(report) {
  const row = 'refresh-token-secret';
  const algorithms = ['HS256', 'HS384', 'HS512', 'RS256', 'PS256', 'ES256', 'EdDSA', 'none'];
  for (const algorithm of algorithms) {
    const header = `{"alg":"${algorithm}","typ":"JWT","kid":"unknown-kid"}`;
    const input = `${encode(header)}.${encode(claims())}`;
    for (const secret of ['', SECRET]) {
      const whose = secret ? 'a secret' : 'an empty secret';
      judge(
        report,
        `${algorithm} signed with nothing, for ${whose}`,
        token({ header, secret: '' }),
        { secret, row },
      );
      judge(report, `${algorithm} not signed, for ${whose}`, `${input}.`, { secret, row });
      judge(report, `${algorithm} with a signature of a space, for ${whose}`, `${input}. `, {
        secret,
        row,
      });
    }
  }
}
