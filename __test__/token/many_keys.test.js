'use strict';

// Uses more keys and services than an environment keeps native objects for: each key that is used again must get its own.

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { Instance, SDKInfo } = require('../..');
const original = require('platform-node-original');

// This is more than three times the number of objects that an environment keeps.
const COUNT = 3500;
const CREDENTIALS = { grant_type: 'client_credentials' };

const make = (module, index) =>
  new module.Instance({
    locator: `v1:us1:id-${index}`,
    key: `key-${index}:secret-${index}`,
    serviceName: 'feeds',
    serviceVersion: 'v1',
    sdkInfo: new module.SDKInfo({ productName: 'p', version: '1' }),
  });

test('every instance signs with its own key, however many there are', (t) => {
  t.mock.method(Date, 'now', () => 1_700_000_000_000);
  const instances = Array.from({ length: COUNT }, (_, index) => make({ Instance, SDKInfo }, index));
  const theirs = Array.from({ length: COUNT }, (_, index) => make(original, index));
  // In the second round, every native object of the first round has been dropped in the meantime.
  for (let round = 0; round < 2; round++) {
    for (const [index, instance] of instances.entries()) {
      const token = instance.authenticate(CREDENTIALS, { userId: 'ham' }).body.access_token;
      const expected = theirs[index].authenticate(CREDENTIALS, { userId: 'ham' });
      assert.equal(token, expected.body.access_token, `instance ${index}`);
    }
  }
});

test('every instance takes its own refresh tokens, and no other’s', () => {
  const instances = Array.from({ length: COUNT }, (_, index) => make({ Instance, SDKInfo }, index));
  const tokens = instances.map(
    (instance) => instance.authenticator.generateRefreshToken({ userId: 'ham' }).token,
  );
  const statusOf = (index, token) =>
    instances[index].authenticateWithRefreshToken(
      { grant_type: 'refresh_token', refresh_token: token },
      { userId: 'ham' },
    ).status;
  for (const [index, token] of tokens.entries()) {
    assert.equal(statusOf(index, token), 200);
    assert.equal(statusOf((index + 1) % COUNT, token), 401);
  }
});

test('a secret in shared memory is copied before native code reads it', (t) => {
  const native = require('../../lib/binding');
  const secrets = [];
  const { authenticator } = native;
  t.mock.method(native, 'authenticator', (instanceId, keyId, secret) => {
    secrets.push(secret);
    return authenticator(instanceId, keyId, secret);
  });
  t.mock.method(Date, 'now', () => 1_700_000_000_000);
  const shared = Buffer.from(new SharedArrayBuffer(32), 8, 16).fill('secret');
  const tokens = [{ Instance, SDKInfo }, original].map((module) => {
    const instance = make(module, 0);
    instance.authenticator.instanceKeySecret = shared;
    return instance.authenticate(CREDENTIALS, { userId: 'ham' }).body.access_token;
  });
  assert.equal(tokens[0], tokens[1]);
  assert.deepEqual(secrets, [Buffer.from(shared)]);
  assert.ok(secrets[0].buffer instanceof ArrayBuffer);
});
