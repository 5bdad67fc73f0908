'use strict';

// Measures tokens: nanoseconds per call, ours against the original, two JWT libraries, and the floor.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');

const { createSigner } = require('fast-jwt');
const { signSync } = require('@node-rs/jsonwebtoken');

const original = require('platform-node-original');
const ours = require('..');
const { blockOf, duration, interleave } = require('./measure');
const { instanceOptions } = require('./instance');

const ROUNDS = 400;
const DAY = 24 * 60 * 60;
const CREDENTIALS = { grant_type: 'client_credentials' };
const USERS = Array.from({ length: 1024 }, (_, index) => `user-${index}`);

const userOf = (index) => USERS[index % USERS.length];
const claimsOf = () => ({ room: 'lobby', roles: ['reader', 'writer'], premium: true });

const instances = {
  ours: new ours.Instance(instanceOptions(ours)),
  original: new original.Instance(instanceOptions(original)),
};

/** @returns {Promise<import('./measure').Row[]>} */
async function measure() {
  return [
    ...(await authenticate()),
    ...(await generateAccessToken()),
    ...(await authenticateWithClaims()),
    ...(await refresh()),
  ];
}

function authenticate() {
  const by = (instance) => (index) => instance.authenticate(CREDENTIALS, { userId: userOf(index) });
  return compare('authenticate, userId only', tokenOfBody, {
    ours: { call: by(instances.ours) },
    'the original': { call: by(instances.original), target: { atLeast: 10 } },
    'HMAC and base64 in node:crypto': { call: bare(), target: {} },
  });
}

function generateAccessToken() {
  const by = (instance) => () => instance.generateAccessToken({ su: true });
  return compare('generateAccessToken({su: true})', ({ token }) => token, {
    ours: { call: by(instances.ours) },
    'the original': { call: by(instances.original), target: { atLeast: 9 } },
  });
}

function authenticateWithClaims() {
  const by = (instance) => (index) =>
    instance.authenticate(CREDENTIALS, { userId: userOf(index), serviceClaims: claimsOf() });
  const { id, keyId, keySecret } = instances.original;
  // This is the code that a user would write around a JWT library.
  const around = (sign) => (index) => {
    const iat = Math.floor(Date.now() / 1000);
    const claims = { instance: id, iss: `api_keys/${keyId}`, iat, exp: iat + DAY };
    const token = sign({ ...claims, sub: userOf(index), ...claimsOf() });
    const body = { access_token: token, expires_in: DAY, token_type: 'bearer' };
    return { status: 200, headers: {}, body };
  };
  return compare('authenticate, userId and 3 claims', tokenOfBody, {
    ours: { call: by(instances.ours) },
    'the original': { call: by(instances.original), target: { atLeast: 5 } },
    'fast-jwt': {
      call: around(createSigner({ key: keySecret, algorithm: 'HS256' })),
      target: { atLeast: 5 },
    },
    '@node-rs/jsonwebtoken': {
      call: around((claims) => signSync(claims, keySecret)),
      target: { atLeast: 5 },
    },
  });
}

function refresh() {
  const tokens = USERS.map(
    (userId) => instances.original.authenticator.generateRefreshToken({ userId }).token,
  );
  const by = (instance) => (index) =>
    instance.authenticateWithRefreshToken(
      { grant_type: 'refresh_token', refresh_token: tokens[index % tokens.length] },
      { userId: userOf(index) },
    );
  return compare('refresh_token grant', tokenOfBody, {
    ours: { call: by(instances.ours) },
    'the original': { call: by(instances.original), target: { atLeast: 9 } },
  });
}

const tokenOfBody = ({ body }) => body.access_token;

// Returns the floor for every implementation on node:crypto: one HMAC, and base64 twice, of a token's bytes.
function bare() {
  const { token } = instances.original.generateAccessToken({ userId: USERS[0] });
  const [header, encoded] = token.split('.');
  const payload = Buffer.from(encoded, 'base64url').toString();
  const key = crypto.createSecretKey(Buffer.from(instances.original.keySecret));
  return () => {
    const message = `${header}.${Buffer.from(payload).toString('base64url')}`;
    return `${message}.${crypto.createHmac('sha256', key).update(message).digest('base64url')}`;
  };
}

async function compare(what, tokenOf, contenders) {
  const names = Object.keys(contenders);
  if (tokenOf) checkTokens(names, contenders, tokenOf);
  const blocks = names.map((name) => [name, blockOf(contenders[name].call)]);
  const results = await interleave(Object.fromEntries(blocks), ROUNDS);
  return names.slice(1).map((against) => {
    const { target } = contenders[against];
    const [mine, its] = [results.ours.time, results[against].time];
    return {
      what,
      against,
      ratio: target.atMost ? mine / its : its / mine,
      target,
      ours: duration(mine),
      theirs: duration(its),
    };
  });
}

/** Checks that all contenders do the same work: their tokens have the same claims, apart from the time of issue and expiry. */
function checkTokens(names, contenders, tokenOf) {
  const claims = names.map((name) => {
    const result = contenders[name].call(0);
    const token = typeof result === 'string' ? result : tokenOf(result);
    const { iat, exp, ...others } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    assert.equal(exp - iat, DAY, name);
    return others;
  });
  for (const each of claims) assert.deepEqual(each, claims[0]);
}

measure().then((rows) => process.send(rows));
