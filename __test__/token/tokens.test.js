'use strict';

// Compares every token that we issue, and every verification of a refresh token, with the published original, byte for byte at
// the same time.
//
// CONFORMANCE_RUNS is the total number of generated cases. A failure prints the seed and the path that fast-check needs to run
// the case again: https://fast-check.dev/docs/tutorials/quick-start/

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { inspect, isDeepStrictEqual } = require('node:util');
const fc = require('fast-check');

const { original, originalModule, ours, oursModule } = require('../support/packages');
const { outcome } = require('../support/outcome');
const { build } = require('../support/recipe');
const {
  at,
  HASHES,
  hmac,
  NOW,
  oneByOne,
  refreshToken,
  refreshTokens,
  userIdOf,
} = require('./refresh_tokens');
const {
  INHERITED,
  isSane,
  json,
  jsonObjects,
  longStrings,
  numbers,
  primitives,
  STANDARD,
  strings,
  values,
} = require('../support/values');

const RUNS = Number(process.env.CONFORMANCE_RUNS || 10_000);

const GRANT = { grant_type: 'client_credentials' };

/** Runs a property for its share of all runs. */
function check(share, arbitrary, property) {
  fc.assert(fc.property(arbitrary, property), { numRuns: Math.ceil(RUNS * share) });
}

/** Makes one call with both packages, at the same time, and compares the outcomes. */
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

/** Adds the decoded contents to each token, so that a difference can be read. */
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

const IDENTITY = { id: 'b92b3c86', keyId: 'key', secret: 'secret' };

// An instance's names and secret, in the form that a locator (without a colon) and a key allow.
const name = strings.map((text) => text.replace(/:/g, ';'));
const identities = fc.oneof(
  { weight: 2, arbitrary: fc.constant(IDENTITY) },
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

// Options as recipes: each key is present or absent; some options are frozen, because neither package may change them.
const options = (fields) =>
  fc.tuple(fc.record(fields, { requiredKeys: [] }), fc.nat(7)).map(([chosen, dice]) => {
    const recipe = object(Object.entries(chosen));
    return dice === 0 ? { make: 'frozen', value: recipe } : recipe;
  });

/** Makes several calls of one instance, to include what an instance keeps between calls. */
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
      fc
        .tuple(
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
        )
        .filter(isSane),
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

  // Each name is tested alone and in pairs, rather than at random, because each has a meaning to the original's libraries.
  test('with claims that are named as what every object has', () => {
    const names = [...INHERITED, 'toJSON', { make: 'wellKnown', name: 'toPrimitive' }];
    const claims = [0, 'a', null, undefined, { make: 'function', entries: [] }];
    const pair = instances(IDENTITY);
    const issue = (...entries) => {
      const recipe = object([['serviceClaims', object(entries)]]);
      compare(NOW * 1000, (seat) => pair[seat].generateAccessToken(build(recipe)));
    };
    for (const name of names) {
      for (const claim of claims) {
        issue([name, claim]);
        for (const other of ['toString', 'valueOf', 'constructor']) {
          if (other !== name) for (const second of claims) issue([name, claim], [other, second]);
        }
      }
    }
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
      // Options that count, throw or hide show which properties are read, and which error comes first.
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
  const payloads = fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .record(
          { grant_type: grantTypes, refresh_token: fc.oneof(strings, values) },
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

describe('refresh tokens', () => {
  // Returns the original's verdict on a token, to check that every verdict occurs.
  const verdict = ({ returned, threw }) => {
    if (threw) return 'threw';
    const { value } = returned.own.find(({ key }) => key === 'body');
    return value.own.find(({ key }) => key === 'error_description')?.value ?? 'granted';
  };
  const VERDICTS = [
    'Refresh token does not have a refresh claim',
    'Refresh token has an invalid user id',
    'Refresh token has expired',
    'Refresh token is invalid',
    'granted',
  ];

  const judge = (pair, recipe, identity, clock = NOW * 1000, tokenExpiry) => {
    const payload = { grant_type: 'refresh_token', refresh_token: refreshToken(recipe, identity) };
    return verdict(
      compare(clock, (seat) =>
        pair[seat].authenticateWithRefreshToken(payload, { userId: userIdOf(recipe), tokenExpiry }),
      ),
    );
  };

  test('that are right but for one part get the judgement of the original', () => {
    const pair = instances(IDENTITY);
    const seen = new Set();
    for (const recipe of [
      ...oneByOne(),
      ...oneByOne({ exp: at(-1) }),
      ...oneByOne({ header: '{"alg":"HS256"}' }),
    ]) {
      try {
        seen.add(judge(pair, recipe, IDENTITY));
      } catch (error) {
        error.message = `${inspect(recipe)}\n${error.message}`;
        throw error;
      }
    }
    // A BigInt is the only user id here that cannot be put into a token.
    assert.deepEqual([...seen].filter((each) => each !== 'threw').sort(), VERDICTS);
  });

  test('that are wrong in several parts do, too', () => {
    const arbitrary = fc.record({
      identity: identities,
      recipe: refreshTokens,
      clock: fc.oneof(
        { weight: 3, arbitrary: fc.constant(NOW * 1000) },
        fc.constantFrom(NOW * 1000 - 1, NOW * 1000 + 999, NOW * 1000 + 1000, 0),
      ),
      tokenExpiry: fc.oneof(fc.constant(undefined), numbers),
    });
    check(0.1, arbitrary, ({ identity, recipe, clock, tokenExpiry }) => {
      judge(instances(identity), recipe, identity, clock, tokenExpiry);
    });
  });

  test('that the one issued, the other takes', () => {
    const arbitrary = fc.record({
      identity: identities,
      // A BigInt cannot be put into a token, so no token could be accepted.
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
          // No method reads the instance's own copies after construction.
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
      const isKey = typeof made === 'string' || ['buffer', 'secretKey'].includes(secret?.make);
      const input = signingInput(algorithm, userId);
      const key = signedWith === 'itself' && isKey ? made : 'other';
      const hash = HASHES[algorithm] ?? 'sha256';
      const signature = signedWith === 'nothing' ? '' : hmac(input, key, hash);
      // The next test covers this case.
      fc.pre(made || signature !== '' || algorithm !== 'none');
      const payload = { grant_type: 'refresh_token', refresh_token: `${input}.${signature}` };
      compare(NOW * 1000, (seat) =>
        new Authenticators[seat]('id', 'key', build(secret)).authenticateWithRefreshToken(payload, {
          userId,
        }),
      );
    });
  });

  // Ours differs here on purpose. The original has already accepted the token when it fails to sign the next one without a
  // secret.
  test('without a secret refuses a token without a signature', () => {
    for (const secret of ['', undefined, null, 0]) {
      const token = `${signingInput('none', 'ham')}.`;
      const [theirs, mine] = Authenticators.map((Authenticator) =>
        outcome(() =>
          new Authenticator('id', 'key', secret).authenticateWithRefreshToken(
            { grant_type: 'refresh_token', refresh_token: token },
            { userId: 'ham' },
          ),
        ),
      );
      assert.ok(theirs.threw);
      assert.deepEqual(mine.returned.own[0].value, 401);
    }
  });

  function signingInput(algorithm, userId) {
    const header = { alg: algorithm, typ: 'JWT' };
    const claims = { iss: 'api_keys/key', refresh: true, sub: userId };
    return [header, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
  }
});
